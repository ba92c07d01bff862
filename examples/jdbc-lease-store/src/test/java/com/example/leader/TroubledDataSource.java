package com.example.leader;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A data source whose database is slow, or out of reach before or after a commit, as a test says. */
final class TroubledDataSource implements DataSource {

    /** What happens to transactions. */
    enum Trouble {
        NONE,
        /** The connection is lost before the commit reaches the database. */
        REQUEST_LOST,
        /** The connection is lost when the database has committed, before it says so. */
        ANSWER_LOST
    }

    private final DataSource healthy;
    private volatile CountDownLatch held = new CountDownLatch(0);
    volatile Trouble trouble = Trouble.NONE;

    TroubledDataSource(DataSource healthy) {
        this.healthy = healthy;
    }

    /** Until {@link #letGo()} nobody gets a connection. */
    void hold() {
        held = new CountDownLatch(1);
    }

    void letGo() {
        held.countDown();
    }

    @Override
    public Connection getConnection() throws SQLException {
        try {
            held.await();
        } catch (InterruptedException e) {
            throw new SQLException(e);
        }
        Connection connection = healthy.getConnection();
        return (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    boolean isCommit = method.getName().equals("commit");
                    if (isCommit && trouble == Trouble.REQUEST_LOST) {
                        throw new SQLException("connection lost", "08006");
                    }
                    Object result = invoke(connection, method, arguments);
                    if (isCommit && trouble == Trouble.ANSWER_LOST) {
                        throw new SQLException("connection lost", "08006");
                    }
                    return result;
                });
    }

    private static @Nullable Object invoke(Connection connection, java.lang.reflect.Method method, Object[] arguments)
            throws Throwable {
        try {
            return method.invoke(connection, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(PrintWriter out) {}

    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
