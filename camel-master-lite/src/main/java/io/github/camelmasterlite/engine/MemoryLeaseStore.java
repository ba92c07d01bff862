package io.github.camelmasterlite.engine;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.StoredRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One member's connection to records in the memory of this JVM. Other JVMs do not see them. */
public final class MemoryLeaseStore implements LeaseStore {

    /** The records themselves, shared by the connections of all members. All state is guarded by the object. */
    public static final class Shelf {
        private final Map<String, StoredRecord> records = new HashMap<>();
        private final List<MemoryLeaseStore> connections = new ArrayList<>();
        private long revisions;

        private synchronized StoredRecord at(String lock) {
            StoredRecord stored = records.get(lock);
            return stored == null ? StoredRecord.absent(revisions) : stored;
        }

        private synchronized Outcome replace(String lock, StoredRecord expected, LeaseRecord next) {
            StoredRecord stored = records.get(lock);
            boolean isAsExpected = stored == null
                    ? expected.kind() == StoredRecord.Kind.ABSENT
                    : expected.kind() != StoredRecord.Kind.ABSENT
                            && stored.revision() == expected.revision()
                            && stored.identity() == expected.identity();
            if (!isAsExpected) {
                return new Outcome.Conflict();
            }
            Object identity = stored == null ? new Object() : stored.identity();
            StoredRecord written = StoredRecord.of(next, ++revisions, identity);
            records.put(lock, written);
            return new Outcome.Written(written);
        }

        /** Removes a record, as a person might. */
        public void delete(String lock) {
            synchronized (this) {
                records.remove(lock);
                revisions++;
            }
            tell(lock, at(lock));
        }

        /** Puts a record in place of whatever is there, as a person or another program might; null for something that cannot be read. */
        public void overwrite(String lock, @Nullable LeaseRecord record) {
            StoredRecord stored;
            synchronized (this) {
                StoredRecord before = records.get(lock);
                Object identity = before == null ? new Object() : before.identity();
                stored = record == null
                        ? StoredRecord.garbage(++revisions, identity)
                        : StoredRecord.of(record, ++revisions, identity);
                records.put(lock, stored);
            }
            tell(lock, stored);
        }

        /** The author, too: it may be leaving the lock and taking it up again at the same time, and the one does not know of the other. */
        private void tell(String lock, StoredRecord stored) {
            for (MemoryLeaseStore connection : connections()) {
                Listener listener = connection.listener;
                if (listener != null) {
                    listener.changed(lock, stored);
                }
            }
        }

        /** Tells until what was told last is what holds: another thread may have told something newer in the meantime, and been overtaken. */
        private void membersChanged() {
            List<MemoryLeaseStore> told = List.of();
            for (List<MemoryLeaseStore> now = connections(); !now.equals(told); now = connections()) {
                told = now;
                List<String> ids = now.stream()
                        .map(connection -> connection.member)
                        .distinct()
                        .sorted()
                        .toList();
                for (MemoryLeaseStore connection : now) {
                    Listener listener = connection.listener;
                    if (listener != null) {
                        listener.members(ids);
                    }
                }
            }
        }

        private synchronized List<MemoryLeaseStore> connections() {
            return List.copyOf(connections);
        }
    }

    /** Hears nothing. */
    static final class Deaf implements Listener {
        @Override
        public void changed(String lock, StoredRecord stored) {}

        @Override
        public void look(String lock) {}

        @Override
        public void lookAll() {}

        @Override
        public void watching(boolean live, @Nullable String reason) {}

        @Override
        public void members(List<String> ids) {}
    }

    private final Shelf shelf;
    private final Object owner;
    private volatile @Nullable Listener listener;
    private volatile String member = "";

    /**
     * @param shelf where the records lie
     */
    public MemoryLeaseStore(Shelf shelf) {
        this(shelf, new Object());
    }

    /**
     * @param shelf where the records lie
     * @param owner the connections of one owner may have the same member id: one that has been started again may still be giving up what it held
     */
    public MemoryLeaseStore(Shelf shelf, Object owner) {
        this.shelf = shelf;
        this.owner = owner;
    }

    /**
     * Connects.
     *
     * @throws IllegalStateException if a connection of another owner to the same records has the same member id
     */
    @Override
    public void open(String member, Listener listener) {
        synchronized (shelf) {
            if (shelf.connections.stream().anyMatch(other -> other.owner != owner && other.member.equals(member))) {
                throw new IllegalStateException("id: there is a member '" + member
                        + "' of this cluster already; give each member an id of its own (setId)");
            }
            this.member = member;
            this.listener = listener;
            if (!shelf.connections.contains(this)) {
                shelf.connections.add(this);
            }
        }
        listener.watching(true, null);
        shelf.membersChanged();
    }

    @Override
    public CompletionStage<StoredRecord> read(String lock) {
        return CompletableFuture.completedFuture(shelf.at(lock));
    }

    @Override
    public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
        Outcome outcome = shelf.replace(lock, expected, next);
        if (outcome instanceof Outcome.Written written) {
            shelf.tell(lock, written.stored());
        }
        return CompletableFuture.completedFuture(outcome);
    }

    @Override
    public void close() {
        synchronized (shelf) {
            shelf.connections.remove(this);
            listener = null;
        }
        shelf.membersChanged();
    }
}
