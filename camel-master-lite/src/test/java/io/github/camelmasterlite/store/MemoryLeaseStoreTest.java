package io.github.camelmasterlite.store;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.engine.MemoryLeaseStore;

/** Records in memory keep the contract. */
class MemoryLeaseStoreTest extends LeaseStoreContract {

    private final MemoryLeaseStore.Shelf shelf = new MemoryLeaseStore.Shelf();

    @Override
    protected LeaseStore connect() {
        return new MemoryLeaseStore(shelf);
    }

    @Override
    protected void deleteByHand(String lock) {
        shelf.delete(lock);
    }

    @Override
    protected boolean garbleByHand(String lock) {
        shelf.overwrite(lock, null);
        return true;
    }

    @Override
    protected boolean editByHand(String lock, LeaseRecord record) {
        shelf.overwrite(lock, record);
        return true;
    }
}
