package io.github.camelmasterlite.engine;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.StoredRecord;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * One store for all starts of a service. An earlier start may still be giving up what it held when the next begins, so the store is opened by the first of those that overlap and
 * closed by the last.
 *
 * <p>Opening and closing are serialized by the monitor of this object; reports and calls pass without it.
 */
public final class SharedStore {

    private record Watching(boolean live, @Nullable String reason) {}

    private final LeaseStore store;
    private final List<Use> uses = new CopyOnWriteArrayList<>();
    private final Everyone everyone = new Everyone();
    private String member = "";
    private volatile @Nullable Watching watching;
    private volatile @Nullable List<String> members;

    /**
     * @param store for this object alone
     */
    public SharedStore(LeaseStore store) {
        this.store = store;
    }

    /** The store for one more start. */
    public LeaseStore use() {
        return new Use();
    }

    private synchronized void open(Use use, String id, LeaseStore.Listener listener) throws Exception {
        boolean isFirst = uses.isEmpty();
        if (!isFirst && !id.equals(member)) {
            throw new IllegalStateException("id: it was changed from '" + member + "' to '" + id + "' while work of '"
                    + member + "' has not ended; start again when it has, or keep the id");
        }
        use.listener = listener;
        uses.add(use);
        if (isFirst) {
            member = id;
            boolean isOpen = false;
            try {
                store.open(id, everyone);
                isOpen = true;
            } finally {
                if (!isOpen) {
                    uses.remove(use);
                }
            }
        } else {
            introduce(listener);
        }
    }

    /** Tells what was reported before; a report that comes at the same time may be told first, and is then told again. */
    private void introduce(LeaseStore.Listener listener) {
        Watching live = watching;
        if (live != null) {
            listener.watching(live.live, live.reason);
        }
        List<String> ids = members;
        if (ids != null) {
            listener.members(ids);
        }
    }

    private synchronized void close(Use use) {
        if (uses.remove(use) && uses.isEmpty()) {
            watching = null;
            members = null;
            store.close();
        }
    }

    /** Passes on to all that have the store open. */
    private final class Everyone implements LeaseStore.Listener {
        @Override
        public void changed(String lock, StoredRecord stored) {
            uses.forEach(use -> use.listener.changed(lock, stored));
        }

        @Override
        public void look(String lock) {
            uses.forEach(use -> use.listener.look(lock));
        }

        @Override
        public void lookAll() {
            uses.forEach(use -> use.listener.lookAll());
        }

        @Override
        public void watching(boolean live, @Nullable String reason) {
            watching = new Watching(live, reason);
            uses.forEach(use -> use.listener.watching(live, reason));
        }

        @Override
        public void members(List<String> ids) {
            members = List.copyOf(ids);
            uses.forEach(use -> use.listener.members(ids));
        }

        @Override
        public void within(Runnable task) {
            Runnable wrapped = task;
            for (Use use : uses) {
                Runnable inner = wrapped;
                wrapped = () -> use.listener.within(inner);
            }
            wrapped.run();
        }
    }

    private final class Use implements LeaseStore {
        private volatile Listener listener = new MemoryLeaseStore.Deaf();

        @Override
        public void open(String member, Listener listener) throws Exception {
            SharedStore.this.open(this, member, listener);
        }

        @Override
        public CompletionStage<StoredRecord> read(String lock) {
            return store.read(lock);
        }

        @Override
        public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
            return store.write(lock, expected, next);
        }

        @Override
        public Duration durationStep() {
            return store.durationStep();
        }

        @Override
        public void forget(String lock) {
            if (uses.size() == 1) {
                store.forget(lock); // else the other start may have the lock, too
            }
        }

        @Override
        public void close() {
            SharedStore.this.close(this);
        }
    }
}
