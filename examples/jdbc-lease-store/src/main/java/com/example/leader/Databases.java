package com.example.leader;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;

/** Pools of connections to the database, and its tables. */
final class Databases {

    private Databases() {}

    /**
     * A pool. Leases have one of their own: work that uses up all connections of its pool must not keep leases from being renewed.
     *
     * @param connections how many
     * @param timeout     how long to wait for one at most; at least 250 ms
     */
    static HikariDataSource pool(String url, int connections, Duration timeout) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(timeout.toMillis());
        config.setValidationTimeout(timeout.toMillis());
        config.setTransactionIsolation("TRANSACTION_READ_COMMITTED"); // whatever the default of the database is
        return new HikariDataSource(config);
    }

    static void createTables(DataSource dataSource) throws SQLException, IOException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(script("/schema.sql"));
            if (connection.getMetaData().getDatabaseProductName().equals("PostgreSQL")) {
                statement.execute(script("/schema-postgresql.sql"));
            }
        }
    }

    private static String script(String name) throws IOException {
        try (InputStream in = Databases.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException(name + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
