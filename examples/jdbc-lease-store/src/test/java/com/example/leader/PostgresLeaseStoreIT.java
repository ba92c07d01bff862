package com.example.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.LeaseStore.Outcome;
import io.github.camelmasterlite.election.StoredRecord;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Leases in PostgreSQL keep the contract, changes are reported; and what only a real server shows. */
class PostgresLeaseStoreIT extends JdbcContract {

    private static final Duration SOON = Duration.ofSeconds(10);

    private static HikariDataSource pool;
    private static TroubledDataSource dataSource;

    @BeforeAll
    static void createTables() throws Exception {
        pool = Databases.pool(Postgres.database("contract"), 100, Duration.ofSeconds(5));
        Databases.createTables(pool);
        dataSource = new TroubledDataSource(pool);
    }

    @AfterAll
    static void close() {
        pool.close();
    }

    @Override
    TroubledDataSource dataSource() {
        return dataSource;
    }

    @Test
    void aRevisionIsHigherThanAllThatWereTakenWhileItsInsertWaited() throws Exception {
        LeaseStore store = open(new Told(), Duration.ofSeconds(5));
        StoredRecord absent = get(store.read("waiting"));
        try (Connection other = begin()) {
            execute(other, "INSERT INTO lease (lock_name, object_id, revision) VALUES ('waiting', 'x', 0)");
            CompletionStage<Outcome> creation = store.write("waiting", absent, held("a", 1));
            awaitLocked();
            execute(other, "UPDATE lease SET revision = nextval('lease_revision') WHERE lock_name = 'waiting'");
            long taken = number(other, "SELECT revision FROM lease WHERE lock_name = 'waiting'");
            execute(other, "DELETE FROM lease WHERE lock_name = 'waiting'");
            other.commit();
            assertThat(get(creation))
                    .isInstanceOfSatisfying(
                            Outcome.Written.class,
                            written -> assertThat(written.stored().revision()).isGreaterThan(taken));
        } finally {
            store.close();
        }
    }

    @Test
    void aRowThatIsKeptLockedHoldsUpNoOtherLockAndWhatIsGivenUpIsNotDoneLater() throws Exception {
        LeaseStore store = open(new Told(), Duration.ofMillis(500));
        StoredRecord first = created(store, "kept", held("a", 1));
        StoredRecord other = created(store, "other", held("a", 1));
        try (Connection person = begin()) {
            execute(person, "SELECT 1 FROM lease WHERE lock_name = 'kept' FOR UPDATE");
            CompletionStage<Outcome> renewal = store.write("kept", first, held("a", 2));
            awaitLocked();
            assertThat(get(store.write("other", other, held("a", 2)))).isInstanceOf(Outcome.Written.class);
            assertThatThrownBy(() -> get(renewal))
                    .hasMessageContaining("lock kept")
                    .hasMessageContaining("500 ms");
            await("the server has cancelled it").atMost(SOON).until(() -> locked() == 0);
            person.rollback();
        }
        assertThat(get(store.read("kept"))).isEqualTo(first);
        store.close();
    }

    @Test
    void everyWriteIsReportedAsItIsStored() throws Exception {
        Told told = new Told();
        LeaseStore store = open(told, Duration.ofSeconds(5));
        await().atMost(SOON).until(() -> told.news.contains("live"));
        StoredRecord first = created(store, "told", held("日本語 \"quoted\" \\", 1));
        StoredRecord second = ((Outcome.Written) get(store.write("told", first, held("a", 2)))).stored();
        await().atMost(SOON).untilAsserted(() -> assertThat(told.changes).containsExactly(first, second));
        assertThat(told.news).as("it has heard all along").doesNotContain("deaf");
        store.close();
    }

    @Test
    void aWatchThatIsCutSaysSoAndComesBackWithALookAtEverything() throws Exception {
        Told told = new Told();
        LeaseStore store = open(told, Duration.ofMillis(500));
        await().atMost(SOON).until(() -> told.news.contains("live"));
        told.news.clear();
        try (Connection person = pool.getConnection()) {
            execute(person, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'NOTIFY%'");
        }
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(told.news).containsSubsequence("deaf", "live", "look at all"));
        store.close();
    }

    @Test
    void withoutItsTriggerItSaysThatNobodyHears() throws Exception {
        try (HikariDataSource bare = Databases.pool(Postgres.database("bare"), 3, Duration.ofSeconds(5))) {
            assertThatThrownBy(() -> open(bare, new Told())).hasMessageContaining("schema.sql");
            Databases.createTables(bare);
            try (Connection person = bare.getConnection()) {
                execute(person, "DROP TRIGGER lease_changed ON lease");
            }
            Told told = new Told();
            LeaseStore store = open(bare, told);
            await().atMost(SOON).until(() -> told.news.contains("deaf"));
            assertThat(told.reason).contains("trigger", "schema-postgresql.sql");
            store.close();
        }
    }

    @Test
    void aStricterIsolationIsRefusedAtTheStart() {
        try (HikariDataSource strict = new HikariDataSource()) {
            strict.setJdbcUrl(pool.getJdbcUrl());
            strict.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
            strict.setMaximumPoolSize(1);
            assertThatThrownBy(() -> open(strict, new Told())).hasMessageContaining("READ COMMITTED");
        }
    }

    private static LeaseStore open(Told told, Duration timeout) throws Exception {
        LeaseStore store = new JdbcLeaseStore(pool, timeout, 4);
        store.open("a", told);
        return store;
    }

    private static LeaseStore open(HikariDataSource from, Told told) throws Exception {
        LeaseStore store = new JdbcLeaseStore(from, Duration.ofSeconds(5), 1);
        store.open("a", told);
        return store;
    }

    private static LeaseRecord held(String member, long term) {
        LeaseRecord.Signature signature = new LeaseRecord.Signature("incarnation", term, term, false);
        return new LeaseRecord(member, signature, Duration.ofSeconds(15), term, term, term);
    }

    private static StoredRecord created(LeaseStore store, String lock, LeaseRecord record) throws Exception {
        return ((Outcome.Written) get(store.write(lock, get(store.read(lock)), record))).stored();
    }

    private static <T> T get(CompletionStage<T> call) throws Exception {
        return call.toCompletableFuture().get(SOON.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static Connection begin() throws SQLException {
        Connection connection = pool.getConnection();
        connection.setAutoCommit(false);
        return connection;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static void awaitLocked() {
        await("a statement waits for a row").atMost(SOON).until(() -> locked() == 1);
    }

    private static long locked() throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return number(
                    connection,
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'contract'");
        }
    }

    /** What a store has reported. */
    private static final class Told implements LeaseStore.Listener {
        final List<String> news = new CopyOnWriteArrayList<>();
        final List<StoredRecord> changes = new CopyOnWriteArrayList<>();
        volatile @Nullable String reason;

        @Override
        public void changed(String lock, StoredRecord stored) {
            changes.add(stored);
        }

        @Override
        public void look(String lock) {}

        @Override
        public void lookAll() {
            news.add("look at all");
        }

        @Override
        public void watching(boolean live, @Nullable String why) {
            reason = why;
            news.add(live ? "live" : "deaf");
        }

        @Override
        public void members(List<String> ids) {}
    }
}
