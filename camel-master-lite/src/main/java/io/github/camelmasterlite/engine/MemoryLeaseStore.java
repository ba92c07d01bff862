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
            tell(lock, at(lock), null);
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
            tell(lock, stored, null);
        }

        private void tell(String lock, StoredRecord stored, @Nullable MemoryLeaseStore author) {
            List<MemoryLeaseStore> told;
            synchronized (this) {
                told = List.copyOf(connections);
            }
            for (MemoryLeaseStore connection : told) {
                Listener listener = connection.listener;
                if (connection != author && listener != null) {
                    listener.changed(lock, stored);
                }
            }
        }

        private void membersChanged() {
            List<MemoryLeaseStore> told;
            List<String> ids;
            synchronized (this) {
                told = List.copyOf(connections);
                ids = told.stream()
                        .map(connection -> connection.member)
                        .distinct()
                        .sorted()
                        .toList();
            }
            for (MemoryLeaseStore connection : told) {
                Listener listener = connection.listener;
                if (listener != null) {
                    listener.members(ids);
                }
            }
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
    private volatile @Nullable Listener listener;
    private volatile String member = "";

    /**
     * @param shelf where the records lie
     */
    public MemoryLeaseStore(Shelf shelf) {
        this.shelf = shelf;
    }

    /**
     * Connects.
     *
     * @throws IllegalStateException if another connection to the same records has the same member id
     */
    @Override
    public void open(String member, Listener listener) {
        synchronized (shelf) {
            if (shelf.connections.stream().anyMatch(other -> other != this && other.member.equals(member))) {
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
            shelf.tell(lock, written.stored(), this);
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
