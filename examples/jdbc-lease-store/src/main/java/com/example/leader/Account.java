package com.example.leader;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * What only the leader may change. A leader that was paused between its check and its statement does not know that another has taken over, and no
 * lease can stop it; the row can: it knows the highest fencing token that has written to it, and refuses lower ones.
 */
final class Account {

    private static final String UPDATE =
            "UPDATE account SET balance = balance + ?, fence = ? WHERE id = 1 AND fence <= ?";

    private final DataSource dataSource;

    Account(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /**
     * Adds to the balance.
     *
     * @param fencingToken of the tenure in which it is done
     * @return false if a later tenure has written already; nothing was done
     */
    boolean add(long amount, long fencingToken) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement update = connection.prepareStatement(UPDATE)) {
            update.setLong(1, amount);
            update.setLong(2, fencingToken);
            update.setLong(3, fencingToken);
            return update.executeUpdate() == 1; // committed with it: the pool gives connections in auto-commit mode
        }
    }
}
