package com.example.leader;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

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
}
