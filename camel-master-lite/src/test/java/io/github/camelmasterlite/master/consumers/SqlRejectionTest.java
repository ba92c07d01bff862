package io.github.camelmasterlite.master.consumers;

import static io.github.camelmasterlite.master.consumers.GuardedRoute.stays;
import static io.github.camelmasterlite.master.consumers.GuardedRoute.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rows are polled while authority is unverified. */
class SqlRejectionTest {

    private static final int MANY = 20;
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private static final String NEW = "sql:select name, id from work where state = 'new' order by id?dataSource=#db"
            + "&delay=20&initialDelay=0&onConsume=update work set state = 'done' where id = :#id";
    private static final String MARKED = "&onConsumeFailed=update work set state = 'failed' where id = :#id";

    private final GuardedRoute route = new GuardedRoute();
    private final JdbcDataSource db = new JdbcDataSource();

    @BeforeEach
    void table() throws SQLException {
        db.setURL("jdbc:h2:mem:work" + DATABASES.incrementAndGet() + ";DB_CLOSE_DELAY=-1");
        update("create table work (id int primary key, name varchar(20), state varchar(10))");
        route.context.getRegistry().bind("db", db);
    }

    @AfterEach
    void stop() throws SQLException {
        route.close();
        update("shutdown");
    }

    private void update(String sql) throws SQLException {
        try (Connection connection = db.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private List<String> states() throws SQLException {
        List<String> states = new ArrayList<>();
        try (Connection connection = db.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select state from work order by id")) {
            while (rows.next()) {
                states.add(rows.getString(1));
            }
        }
        return states;
    }

    private void lead(String options, int rows) throws SQLException {
        update("insert into work values (0, 'first', 'new')");
        route.lead(NEW, options);
        until(() -> states().equals(List.of("done")));
        route.suspendAuthority();
        StringBuilder all = new StringBuilder("insert into work values ");
        for (int id = 1; id <= rows; id++) {
            all.append(id == 1 ? "" : ", ").append("(%d, 'row%02d', 'new')".formatted(id, id));
        }
        update(all.toString());
    }

    private static List<String> oneDoneAnd(int rows, String state) {
        List<String> states = new ArrayList<>(List.of("done"));
        states.addAll(Collections.nCopies(rows, state));
        return states;
    }

    @Test
    void aLossMarksTheRowWithOnConsumeFailed() throws Exception {
        lead("master.guard=wait" + MARKED, 1);
        route.untilSomethingWaits();
        stays(() -> states().equals(List.of("done", "new")));

        route.lose();

        until(() -> states().equals(List.of("done", "failed")));
        assertThat(route.rejected).hasSize(1);
        assertThat(route.routed).hasSize(1);
    }

    @Test
    void aLossWithoutOnConsumeFailedLeavesTheRowForTheNextTenure() throws Exception {
        lead("master.guard=wait", 1);
        route.untilSomethingWaits();

        route.lose();

        assertThat(states()).containsExactly("done", "new");
        assertThat(route.rejected).hasSize(1);
        route.gainAgain();
        until(() -> states().equals(List.of("done", "done")));
        assertThat(route.routed).hasSize(2);
    }

    @Test
    void aLossLeavesTheRestOfTheBatchAlone() throws Exception {
        lead("master.guard=wait" + MARKED, MANY);
        route.untilSomethingWaits();

        route.lose();

        // the one that waited, and at most the next, in hand when the consumer was told to stop
        until(() -> states().get(1).equals("failed"));
        stays(() -> Collections.frequency(states(), "failed") <= 2);
        assertThat(Collections.frequency(states(), "new")).isGreaterThanOrEqualTo(MANY - 2);
    }

    @Test
    void aConfirmationConsumesAllRowsInTheirOrder() throws Exception {
        lead("master.guard=wait" + MARKED, MANY);
        route.untilSomethingWaits();
        stays(() -> route.rejected.isEmpty());

        route.confirm();

        until(() -> states().equals(oneDoneAnd(MANY, "done")));
        assertThat(route.rejected).isEmpty();
        assertThat(route.routed.subList(1, MANY + 1)).isSorted();
    }

    @Test
    void failMarksEveryRowWithOnConsumeFailed() throws Exception {
        lead("master.guard=fail" + MARKED, MANY);

        until(() -> states().equals(oneDoneAnd(MANY, "failed")));
        route.confirm();

        stays(() -> route.routed.size() == 1);
        assertThat(route.rejected).hasSize(MANY);
    }

    @Test
    void aLossRollsBackATransactedPoll() throws Exception {
        lead("master.guard=wait&transacted=true" + MARKED, 1);
        route.untilSomethingWaits();

        route.lose();

        assertThat(route.rejected).hasSize(1);
        assertThat(states()).containsExactly("done", "new");
        route.gainAgain();
        until(() -> states().equals(List.of("done", "done")));
    }

    @Test
    void offRoutesTheRowWithoutAuthority() throws Exception {
        lead("master.guard=off" + MARKED, 1);

        until(() -> states().equals(List.of("done", "done")));

        assertThat(route.service.isLeader(GuardedRoute.LOCK)).isFalse();
        assertThat(route.rejected).isEmpty();
    }
}
