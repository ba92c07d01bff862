package com.example.leader;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.StoredRecord;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Leases in H2 keep the contract; H2 reports no changes. */
class H2LeaseStoreTest extends JdbcContract {

    private static HikariDataSource pool;
    private static TroubledDataSource dataSource;

    @BeforeAll
    static void createTables() throws Exception {
        pool = Databases.pool(
                "jdbc:h2:mem:leases;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH",
                50,
                Duration.ofSeconds(5));
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

    /** Time-outs of calls that have been answered do not wait for their time. */
    @Test
    void theThreadOfTheTimeOutsEndsWithTheStore() throws Exception {
        JdbcLeaseStore store = new JdbcLeaseStore(dataSource, Duration.ofHours(1), 2);
        store.open("me", new Ignoring());
        Set<Thread> before = timeOutThreads();
        for (int i = 0; i < 3; i++) {
            store.read("answered").toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
        Set<Thread> ofStore = timeOutThreads();
        ofStore.removeAll(before);
        assertThat(ofStore).hasSize(1);
        store.close();
        for (Thread thread : ofStore) {
            thread.join(5_000);
            assertThat(thread.isAlive()).isFalse();
        }
    }

    private static Set<Thread> timeOutThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("lease-timeouts"))
                .collect(Collectors.toSet());
    }

    private static final class Ignoring implements LeaseStore.Listener {

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
}
