package com.example.leader;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.StoredRecord;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lease records as rows of a table, {@code schema.sql}: one row for each lock, replaced by {@code UPDATE ... WHERE revision = ? AND object_id = ?},
 * created by {@code INSERT}, never deleted. Written for PostgreSQL and H2; what to look at with another database is in docs/stores.md of the project, under
 * <em>Traps of databases</em>.
 *
 * <p>JDBC blocks, and the caller must not: each call runs on one of a few threads of this store, in one transaction on a connection of its own from
 * the data source. What cannot be finished in time is given up: the caller is told that the outcome is unknown, the server is told to cancel, and the
 * connection is cut if the server does not answer. Nothing is ever retried here: the caller does that, after it has read what holds.
 *
 * <p>The clock of the database is not used, nor any wall clock.
 */
public final class JdbcLeaseStore implements LeaseStore {

    private static final Logger LOG = LoggerFactory.getLogger(JdbcLeaseStore.class);

    /** Of one lock: a row that somebody else keeps locked must not take all threads, since other locks are renewed on them. */
    static final int MAX_HUNG = 2;

    /** At most 512 calls are under way, plus those that were given up; see {@link LeaseStore}. */
    private static final int MAX_WAITING = 1024;

    private final DataSource dataSource;
    private final Duration timeout;
    private final int threads;
    private final int statementSeconds;
    private final LeaseTable table;
    private final ConcurrentHashMap<String, Integer> underWay = new ConcurrentHashMap<>();

    private volatile @Nullable ExecutorService executor;
    private volatile @Nullable ScheduledThreadPoolExecutor timeouts;
    private volatile @Nullable PostgresWatch watch;

    /**
     * @param dataSource gives connections at READ COMMITTED; on PostgreSQL one of them is kept for listening. If it is a pool, it should give up waiting
     *                   for a connection after {@code timeout}
     * @param timeout    how long a call may take; a sixth of the renew deadline is for how long the caller waits, and more than that keeps threads busy only
     * @param threads    how many calls run at once, at most; as many connections are in use
     */
    public JdbcLeaseStore(DataSource dataSource, Duration timeout, int threads) {
        this.dataSource = dataSource;
        this.timeout = timeout;
        this.threads = threads;
        this.statementSeconds = (int) Math.max(1, timeout.plusMillis(999).toSeconds());
        this.table = new LeaseTable(statementSeconds);
    }

    @Override
    public void open(String member, Listener listener) throws Exception {
        boolean canListen;
        try (Connection connection = connect()) {
            if (connection.getTransactionIsolation() != Connection.TRANSACTION_READ_COMMITTED) {
                throw new IllegalStateException("the data source gives connections with transaction isolation "
                        + connection.getTransactionIsolation()
                        + "; set it to READ COMMITTED (2): a stricter one makes an error of every lost race");
            }
            table.read(connection, " ");
            canListen = connection.isWrapperFor(PGConnection.class);
        } catch (SQLException e) {
            throw new IllegalStateException(
                    "cannot read the table lease (" + e.getMessage()
                            + "); see that the database can be reached, run schema.sql, and grant SELECT, INSERT and"
                            + " UPDATE on the table and USAGE on the sequence lease_revision",
                    e);
        }
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads,
                threads,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(MAX_WAITING),
                task -> daemon("lease-jdbc", task));
        pool.allowCoreThreadTimeOut(true);
        ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1, task -> daemon("lease-timeouts", task));
        clock.setRemoveOnCancelPolicy(true);
        timeouts = clock;
        executor = pool;
        if (canListen) {
            PostgresWatch started = new PostgresWatch(dataSource, timeout, listener);
            watch = started;
            daemon("lease-watch", started::run).start();
        } else {
            listener.watching(
                    false, "this database does not report changes; each lease is looked at every retryPeriodMillis");
        }
    }

    private static Thread daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public CompletionStage<StoredRecord> read(String lock) {
        return call("read", lock, connection -> table.read(connection, lock));
    }

    @Override
    public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
        return call("write", lock, connection -> table.write(connection, lock, expected, next));
    }

    @FunctionalInterface
    private interface Task<T> {
        T of(Connection connection) throws SQLException;
    }

    private <T> CompletionStage<T> call(String what, String lock, Task<T> task) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        ExecutorService pool = executor;
        ScheduledThreadPoolExecutor clock = timeouts;
        if (pool == null || clock == null) {
            return CompletableFuture.failedFuture(new SQLException("the store is not open"));
        }
        if (underWay.merge(lock, 1, Integer::sum) > MAX_HUNG) {
            ended(lock);
            return CompletableFuture.failedFuture(new SQLException("lock " + lock + ": the former " + MAX_HUNG
                    + " calls have not returned; see what keeps its row of the table lease locked, and"
                    + " whether the database answers"));
        }
        try {
            // Before the call begins: what is refused here has not been written.
            Future<?> timesOut = clock.schedule(
                    () -> answer.completeExceptionally(
                            named(what, lock, new SQLException("no answer for " + timeout.toMillis() + " ms"))),
                    timeout.toMillis(),
                    TimeUnit.MILLISECONDS);
            answer.whenComplete((done, failure) -> timesOut.cancel(false));
            pool.execute(() -> {
                Runnable reply = perform(what, lock, task, answer);
                ended(lock); // before the answer, whose receiver may call again at once
                reply.run();
            });
        } catch (RejectedExecutionException e) {
            ended(lock);
            answer.completeExceptionally(
                    named(what, lock, new SQLException("closed, or " + MAX_WAITING + " calls wait for a thread", e)));
        }
        return answer;
    }

    private <T> Runnable perform(String what, String lock, Task<T> task, CompletableFuture<T> answer) {
        if (answer.isDone()) {
            return () -> {}; // given up while it waited for a thread: not begun any more
        }
        try {
            T done = inTransaction(task);
            return () -> answer.complete(done);
        } catch (Throwable t) {
            return () -> answer.completeExceptionally(named(what, lock, t));
        }
    }

    private void ended(String lock) {
        underWay.computeIfPresent(lock, (name, calls) -> calls == 1 ? null : calls - 1);
    }

    private static Exception named(String what, String lock, Throwable t) {
        return new SQLException(
                "lock " + lock + ": cannot " + what + " its row of the table lease (" + t.getMessage()
                        + "); see that the database can be reached and is not read-only, and that the pool has"
                        + " connections left",
                t);
    }

    /** Written is what was committed; whatever throws before that has returned, or after it, has an outcome that nobody knows. */
    private <T> T inTransaction(Task<T> task) throws SQLException {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false); // set each time: what the pool is set to does not matter then
            try {
                T done = task.of(connection);
                if (done instanceof Outcome.Conflict) {
                    connection.rollback(); // after a failed insert PostgreSQL commits nothing anyway
                } else {
                    connection.commit();
                }
                return done;
            } catch (Throwable t) {
                try {
                    connection.rollback();
                } catch (SQLException e) {
                    t.addSuppressed(e);
                }
                throw t;
            }
        }
    }

    private Connection connect() throws SQLException {
        Connection connection = dataSource.getConnection();
        try {
            // After the server should have cancelled: a statement whose connection was cut goes on waiting for its row.
            connection.setNetworkTimeout(Runnable::run, (statementSeconds + 1) * 1000);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /** Bounded. Threads are not interrupted: that would close the file of an embedded database. */
    @Override
    public void close() {
        PostgresWatch watching = watch;
        watch = null;
        if (watching != null) {
            watching.close();
        }
        ExecutorService pool = executor;
        executor = null;
        if (pool != null) {
            pool.shutdown();
            try {
                if (!pool.awaitTermination(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                    LOG.warn(
                            "Calls to the database have not returned for {} ms; they end by themselves",
                            timeout.toMillis());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        ScheduledThreadPoolExecutor clock = timeouts;
        timeouts = null;
        if (clock != null) {
            clock.shutdown(); // after the last time-out: whoever still waits for an answer is told
        }
    }
}
