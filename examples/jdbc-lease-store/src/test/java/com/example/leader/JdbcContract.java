package com.example.leader;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseRecord.Signature;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.store.LeaseStoreContract;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;

/** The contract of this project's stores, over a database with the tables in it. */
abstract class JdbcContract extends LeaseStoreContract {

    /** To the database; may be in trouble. */
    abstract TroubledDataSource dataSource();

    @Override
    protected LeaseStore connect() {
        return new JdbcLeaseStore(dataSource(), Duration.ofSeconds(5), 2);
    }

    @Override
    protected void deleteByHand(String lock) throws SQLException {
        byHand("DELETE FROM lease WHERE lock_name = ?", lock);
    }

    @Override
    protected boolean garbleByHand(String lock) throws SQLException {
        byHand("UPDATE lease SET holder = NULL, revision = nextval('lease_revision') WHERE lock_name = ?", lock);
        return true;
    }

    @Override
    protected boolean editByHand(String lock, LeaseRecord record) throws SQLException {
        Signature signature = Objects.requireNonNull(record.signature());
        Duration duration = Objects.requireNonNull(record.duration());
        byHand(
                """
                UPDATE lease SET revision = nextval('lease_revision'), holder = ?, signature = ?, duration_ms = ?,
                    acquired_at_micros = ?, renewed_at_micros = ?, term = ? WHERE lock_name = ?\
                """,
                record.holder(),
                signature.toText(),
                duration.toMillis(),
                record.acquiredAtMicros(),
                record.renewedAtMicros(),
                record.term(),
                lock);
        return true;
    }

    private void byHand(String sql, Object... values) throws SQLException {
        try (Connection connection = dataSource().getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }

    @Override
    protected AutoCloseable slowDown() {
        dataSource().hold();
        return dataSource()::letGo;
    }

    @Override
    protected AutoCloseable loseRequests() {
        return trouble(TroubledDataSource.Trouble.REQUEST_LOST);
    }

    @Override
    protected AutoCloseable loseAnswers() {
        return trouble(TroubledDataSource.Trouble.ANSWER_LOST);
    }

    private AutoCloseable trouble(TroubledDataSource.Trouble trouble) {
        dataSource().trouble = trouble;
        return () -> dataSource().trouble = TroubledDataSource.Trouble.NONE;
    }
}
