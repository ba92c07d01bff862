package io.github.camelmasterlite.election;

import io.github.camelmasterlite.Spi;
import org.jspecify.annotations.Nullable;

/**
 * A record as it lies in a store, with what a compare-and-set write needs to replace exactly it.
 *
 * @param kind     whether there is a record, and whether it can be read
 * @param record   the record; null unless {@code kind} is {@link Kind#RECORD}
 * @param revision rises with every write to this lock's record, also across its deletion and creation; the fencing token of a tenure is the revision of
 *                 the write that began it. Positive; where there is no record and the store knows no revision, 0
 * @param identity what tells a record from one that was created after its deletion; compared with {@code equals}; null if the store has no such thing or
 *                 there is no record
 */
@Spi
public record StoredRecord(
        Kind kind,
        @Nullable LeaseRecord record,
        long revision,
        @Nullable Object identity) {

    /** What a store may hold. */
    public enum Kind {
        /** There is no record. */
        ABSENT,
        /** There is something that nobody can read. */
        GARBAGE,
        /** There is a record, held or given up. */
        RECORD
    }

    public StoredRecord {
        if ((record != null) != (kind == Kind.RECORD)) {
            throw new IllegalArgumentException(kind + " with " + record);
        }
    }

    /**
     * No record.
     *
     * @param revision the revision at which there was none, if the store knows one; else 0
     */
    public static StoredRecord absent(long revision) {
        return new StoredRecord(Kind.ABSENT, null, revision, null);
    }

    /** Something that cannot be read. */
    public static StoredRecord garbage(long revision, @Nullable Object identity) {
        return new StoredRecord(Kind.GARBAGE, null, revision, identity);
    }

    /** A record. */
    public static StoredRecord of(LeaseRecord record, long revision, @Nullable Object identity) {
        return new StoredRecord(Kind.RECORD, record, revision, identity);
    }

    /** Whether a member holds it, as far as it says. */
    public boolean isHeld() {
        return record != null && record.isHeld();
    }
}
