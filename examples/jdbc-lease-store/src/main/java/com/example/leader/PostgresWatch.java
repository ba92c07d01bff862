package com.example.leader;

import io.github.camelmasterlite.election.LeaseStore.Listener;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.apache.camel.util.json.DeserializationException;
import org.apache.camel.util.json.JsonObject;
import org.apache.camel.util.json.Jsoner;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * Hears what PostgreSQL says of leases ({@code LISTEN}), on one connection that is kept, and one thread. Everything it reports is a hint: while it is
 * deaf, members look every retry period, which it says.
 *
 * <p>A connection that is silent may be dead, or belong to a pooler that gives each transaction another server connection. So it sends itself a
 * notification every {@value #PROBE_MILLIS} ms; when that has not come back by the next, it is deaf.
 */
final class PostgresWatch {

    private static final long PROBE_MILLIS = 5_000;

    /** How long {@link #close()} may go unnoticed. Nothing is sent when it is over. */
    private static final int WAKE_MILLIS = 200;

    private final DataSource dataSource;
    private final Duration timeout;
    private final Listener listener;
    private final CountDownLatch closed = new CountDownLatch(1);

    PostgresWatch(DataSource dataSource, Duration timeout, Listener listener) {
        this.dataSource = dataSource;
        this.timeout = timeout;
        this.listener = listener;
    }

    /** Until {@link #close()}. */
    void run() {
        try {
            do {
                String reason = "interrupted";
                try (Connection connection = dataSource.getConnection()) {
                    listen(connection);
                } catch (SQLException | RuntimeException e) {
                    reason = "cannot listen (" + e.getMessage()
                            + "); see that the database can be reached, is no replica, has the trigger of"
                            + " schema-postgresql.sql, and that no pooler shares out the connection by transactions";
                }
                if (closed.getCount() > 0) {
                    listener.watching(false, reason);
                }
            } while (!closed.await(timeout.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void listen(Connection connection) throws SQLException {
        connection.setAutoCommit(true);
        connection.setNetworkTimeout(Runnable::run, (int) timeout.toMillis());
        PGConnection server = connection.unwrap(PGConnection.class);
        String own = "lease_probe_" + UUID.randomUUID().toString().replace('-', '_');
        try (Statement statement = connection.createStatement();
                Listening listening = () -> statement.execute("UNLISTEN *")) { // it goes back to the pool
            statement.execute("LISTEN lease_changed");
            statement.execute("LISTEN " + own);
            try (ResultSet triggers = statement.executeQuery(
                    "SELECT 1 FROM pg_trigger WHERE tgrelid = 'lease'::regclass AND tgname = 'lease_changed' AND"
                            + " tgenabled <> 'D'")) {
                if (!triggers.next()) {
                    throw new SQLException("the table lease has no trigger lease_changed");
                }
            }
            boolean isKnownToHear = false;
            boolean wasHeard = true;
            long probedNanos = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(PROBE_MILLIS);
            while (closed.getCount() > 0) {
                long sinceMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - probedNanos);
                if (sinceMillis >= PROBE_MILLIS) {
                    if (!wasHeard) {
                        throw new SQLException("a notification to itself has not come back");
                    }
                    wasHeard = false;
                    probedNanos = System.nanoTime();
                    statement.execute("NOTIFY " + own);
                }
                PGNotification[] heard = server.getNotifications(WAKE_MILLIS);
                for (PGNotification notification : heard == null ? new PGNotification[0] : heard) {
                    if (!notification.getName().equals(own)) {
                        report(notification.getParameter());
                        continue;
                    }
                    wasHeard = true;
                    if (!isKnownToHear) {
                        isKnownToHear = true;
                        listener.watching(true, null);
                        listener.lookAll(); // at what happened while nobody listened
                    }
                }
            }
        }
    }

    @FunctionalInterface
    private interface Listening extends AutoCloseable {
        @Override
        void close() throws SQLException;
    }

    private void report(String payload) {
        if (closed.getCount() == 0) {
            return;
        }
        try {
            JsonObject row = (JsonObject) Jsoner.deserialize(payload);
            String lock = row.getString("lock_name");
            String objectId = row.getString("object_id");
            if (lock == null) {
                listener.within(listener::lookAll); // somebody else's notification on this channel
                return;
            }
            if (objectId == null) {
                listener.within(() -> listener.look(lock)); // deleted, or too long for a notification
                return;
            }
            listener.within(() -> listener.changed(
                    lock,
                    LeaseTable.stored(
                            objectId,
                            numberOrZero(row, "revision"),
                            row.getString("holder"),
                            row.getString("signature"),
                            row.getLong("duration_ms"),
                            numberOrZero(row, "acquired_at_micros"),
                            numberOrZero(row, "renewed_at_micros"),
                            numberOrZero(row, "term"))));
        } catch (DeserializationException | ClassCastException e) {
            listener.within(listener::lookAll);
        }
    }

    private static long numberOrZero(JsonObject row, String column) {
        Long number = row.getLong(column);
        return number == null ? 0 : number;
    }

    /** The thread ends within {@value #WAKE_MILLIS} ms; what it hears until then is not reported. */
    void close() {
        closed.countDown();
    }
}
