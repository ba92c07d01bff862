package com.example.leader;

import io.github.camelmasterlite.cluster.LeaseClusterService;
import java.time.Duration;
import javax.sql.DataSource;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member of a cluster whose leases lie in a database, {@code DB_URL}. With the argument {@code schema} it creates the tables and ends.
 *
 * <p>The one member that leads runs the route below; the others are ready to.
 */
public final class LeaderApplication {

    private static final Logger LOG = LoggerFactory.getLogger(LeaderApplication.class);

    private static final Duration RENEW_DEADLINE = Duration.ofSeconds(2);

    /** The service gives a call up after a sixth of the renew deadline; a call should not keep a thread for much longer. */
    private static final Duration CALL_TIMEOUT = Duration.ofMillis(500);

    private static final int THREADS = 4;

    private LeaderApplication() {}

    /**
     * Runs until the process is told to end.
     *
     * @param args {@code schema}, or none
     */
    public static void main(String[] args) throws Exception {
        String url = System.getenv().getOrDefault("DB_URL", "jdbc:postgresql://localhost:5432/postgres?user=postgres");
        DataSource work = Databases.pool(url, 2, Duration.ofSeconds(5));
        if (args.length > 0 && args[0].equals("schema")) {
            Databases.createTables(work);
            return;
        }
        Main main = new Main();
        main.bind("cluster", cluster(Databases.pool(url, THREADS + 1, CALL_TIMEOUT)));
        main.configure().addRoutesBuilder(new Clock(new Account(work)));
        main.run();
    }

    /** A bean of this type is all that master: needs. Times are short here so that a crash is over soon; leave them out for 15 s, 10 s and 2 s. */
    private static LeaseClusterService cluster(DataSource leases) {
        LeaseClusterService cluster = new LeaseClusterService(new JdbcLeaseStore(leases, CALL_TIMEOUT, THREADS));
        cluster.setLeaseDurationMillis(3_000);
        cluster.setRenewDeadlineMillis(RENEW_DEADLINE.toMillis());
        cluster.setRetryPeriodMillis(500);
        return cluster;
    }

    /** Adds 1 to the account every second. */
    private static final class Clock extends RouteBuilder {
        private final Account account;

        Clock(Account account) {
            this.account = account;
        }

        @Override
        public void configure() {
            from("master:lock1:timer:clock?period=1000&delay=0")
                    .process(exchange -> LOG.info("tick with token {} ...", token(exchange)))
                    .delay(250) // work that takes a while, in which anything may happen
                    .process(this::add);
        }

        private void add(Exchange exchange) throws Exception {
            long token = token(exchange);
            boolean isDone = account.add(1, token);
            LOG.info(
                    isDone ? "... added, with token {}" : "... REFUSED: token {} is older than that of the row", token);
        }

        private static long token(Exchange exchange) {
            return exchange.getMessage().getHeader("CamelMasterFencingToken", Long.class);
        }
    }
}
