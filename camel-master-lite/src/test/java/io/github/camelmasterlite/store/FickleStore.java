package io.github.camelmasterlite.store;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.engine.MemoryLeaseStore;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Records in memory, out of reach or refused as the test says. */
public final class FickleStore implements LeaseStore {
    private final MemoryLeaseStore store;

    /** Nothing is answered and no change is reported. */
    public volatile boolean silent;

    /** Writes are refused. */
    public volatile boolean readOnly;

    /** Null until it is opened. */
    public volatile @Nullable Listener listener;

    /** One member's way to {@code shelf}. */
    public FickleStore(MemoryLeaseStore.Shelf shelf) {
        store = new MemoryLeaseStore(shelf);
    }

    @Override
    public void open(String member, Listener listener) {
        this.listener = listener;
        store.open(member, new Listener() {
            @Override
            public void changed(String lock, StoredRecord stored) {
                if (!silent) {
                    listener.changed(lock, stored);
                }
            }

            @Override
            public void look(String lock) {
                listener.look(lock);
            }

            @Override
            public void lookAll() {
                listener.lookAll();
            }

            @Override
            public void watching(boolean live, @Nullable String reason) {
                listener.watching(live, reason);
            }

            @Override
            public void members(List<String> ids) {
                if (!silent) {
                    listener.members(ids);
                }
            }
        });
    }

    @Override
    public CompletionStage<StoredRecord> read(String lock) {
        return silent ? new CompletableFuture<>() : store.read(lock);
    }

    @Override
    public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
        if (silent) {
            return new CompletableFuture<>();
        }
        return readOnly
                ? CompletableFuture.failedFuture(new IOException("forbidden: grant update on leases"))
                : store.write(lock, expected, next);
    }

    @Override
    public void close() {
        store.close();
    }
}
