package com.example.leader;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseRecord.Signature;
import io.github.camelmasterlite.election.LeaseStore.Outcome;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.election.StoredRecord.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The statements: each method runs within a transaction that its caller begins and ends, at READ COMMITTED. */
final class LeaseTable {

    private static final String SELECT = """
        SELECT object_id, revision, holder, signature, duration_ms, acquired_at_micros, renewed_at_micros, term
        FROM lease WHERE lock_name = ?\
        """;

    /** Not a lease yet; {@link #UPDATE} makes it one in the same transaction. */
    private static final String INSERT = "INSERT INTO lease (lock_name, object_id, revision) VALUES (?, ?, 0)";

    private static final String UPDATE = """
        UPDATE lease SET revision = nextval('lease_revision'), holder = ?, signature = ?, duration_ms = ?,
            acquired_at_micros = ?, renewed_at_micros = ?, term = ?
        WHERE lock_name = ? AND revision = ? AND object_id = ?\
        """;

    /** A row with that key exists: PostgreSQL, H2 and DB2 say so; others say 23000. */
    private static final String UNIQUE_VIOLATION = "23505";

    private final int timeoutSeconds;

    /**
     * @param timeoutSeconds after which the server is told to cancel a statement
     */
    LeaseTable(int timeoutSeconds) {
        this.timeoutSeconds = timeoutSeconds;
    }

    StoredRecord read(Connection connection, String lock) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SELECT)) {
            select.setQueryTimeout(timeoutSeconds);
            select.setString(1, lock);
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    return StoredRecord.absent(0);
                }
                return stored(
                        row.getString(1),
                        row.getLong(2),
                        row.getString(3),
                        row.getString(4),
                        row.getObject(5, Long.class),
                        row.getLong(6),
                        row.getLong(7),
                        row.getLong(8));
            }
        }
    }

    /** What a row says; a row without a holder, or with a duration that is none, is nothing that anybody wrote in order. */
    static StoredRecord stored(
            String objectId,
            long revision,
            @Nullable String holder,
            @Nullable String signature,
            @Nullable Long durationMillis,
            long acquiredAtMicros,
            long renewedAtMicros,
            long term) {
        if (holder == null || (durationMillis != null && durationMillis <= 0)) {
            return StoredRecord.garbage(revision, objectId);
        }
        Duration duration = durationMillis == null ? null : Duration.ofMillis(durationMillis);
        Signature signed = Signature.fromText(signature);
        LeaseRecord record = new LeaseRecord(holder, signed, duration, acquiredAtMicros, renewedAtMicros, term);
        return StoredRecord.of(record, revision, objectId);
    }

    /**
     * Replaces {@code expected}, or creates a row if that is absent.
     *
     * @return the outcome, once the transaction is committed
     */
    Outcome write(Connection connection, String lock, StoredRecord expected, LeaseRecord next) throws SQLException {
        if (expected.kind() != Kind.ABSENT) {
            return update(connection, lock, expected.revision(), String.valueOf(expected.identity()), next);
        }
        // First the row, then its revision: whoever deleted an earlier row has done so before the insert went through,
        // so the number that is taken after it is higher than all of that row's. Taken in the insert itself, it could
        // be lower: the insert may wait for others with its number in hand.
        String objectId = UUID.randomUUID().toString();
        return insert(connection, lock, objectId)
                ? update(connection, lock, 0, objectId, next)
                : new Outcome.Conflict();
    }

    private boolean insert(Connection connection, String lock, String objectId) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            insert.setQueryTimeout(timeoutSeconds);
            insert.setString(1, lock);
            insert.setString(2, objectId);
            insert.executeUpdate();
            return true;
        } catch (SQLException e) {
            // The one exception whose meaning is certain. All others say that it is not known what was done.
            if (UNIQUE_VIOLATION.equals(e.getSQLState())) {
                return false;
            }
            throw e;
        }
    }

    private Outcome update(Connection connection, String lock, long revision, String objectId, LeaseRecord next)
            throws SQLException {
        LeaseRecord kept = inMillis(next);
        try (PreparedStatement update = connection.prepareStatement(UPDATE, new String[] {"revision"})) {
            update.setQueryTimeout(timeoutSeconds);
            update.setString(1, kept.holder());
            update.setString(
                    2, kept.signature() == null ? null : kept.signature().toText());
            if (kept.duration() == null) {
                update.setNull(3, Types.BIGINT);
            } else {
                update.setLong(3, kept.duration().toMillis());
            }
            update.setLong(4, kept.acquiredAtMicros());
            update.setLong(5, kept.renewedAtMicros());
            update.setLong(6, kept.term());
            update.setString(7, lock);
            update.setLong(8, revision);
            update.setString(9, objectId);
            if (update.executeUpdate() == 0) {
                return new Outcome.Conflict();
            }
            try (ResultSet keys = update.getGeneratedKeys()) {
                if (!keys.next()) {
                    throw new SQLException("the driver does not return the revision of an UPDATE; read it after the"
                            + " UPDATE, in the same transaction");
                }
                return new Outcome.Written(StoredRecord.of(kept, keys.getLong(1), objectId));
            }
        }
    }

    /** Durations are kept in milliseconds, and never shortened. */
    private static LeaseRecord inMillis(LeaseRecord next) {
        Duration duration = next.duration();
        if (duration == null) {
            return next;
        }
        Duration rounded = Duration.ofMillis(duration.plusNanos(999_999).toMillis());
        return new LeaseRecord(
                next.holder(), next.signature(), rounded, next.acquiredAtMicros(), next.renewedAtMicros(), next.term());
    }
}
