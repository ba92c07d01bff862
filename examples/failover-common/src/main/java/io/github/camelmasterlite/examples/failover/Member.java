package io.github.camelmasterlite.examples.failover;

import io.github.camelmasterlite.master.MasterConstants;
import java.io.IOException;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.ExtendedStartupListener;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListenerSupport;
import org.slf4j.LoggerFactory;

/**
 * One member of the cluster: an ordinary Camel application with a route for each lock, of which those run whose lock this member holds.
 *
 * <p>What an application of your own needs of this is the route's {@code master:lock:} and the bean {@code cluster}; the rest
 * writes the history and makes sure that no member outlives the demonstration.
 */
public final class Member {
    static final int ORPHANED = 3;
    private static final int SHUTDOWN_TIMEOUT_SECONDS = 10;

    private Member() {}

    /** By what this member and the others elect their leader. */
    public interface Election {

        /**
         * The service of this member.
         *
         * @param arguments what {@link Demo.Meeting#arguments} gave
         */
        CamelClusterService service(String member, List<String> arguments) throws Exception;
    }

    /**
     * Runs until the process is told to end.
     *
     * @param args member id, number of locks, period of the ticks in milliseconds, then what the election needs
     */
    public static void run(String[] args, Election election) {
        String member = args[0];
        int locks = Integer.parseInt(args[1]);
        int periodMillis = Integer.parseInt(args[2]);

        Journal journal = new Journal(member);
        System.setOut(System.err);
        endWithParent();

        Main main = new Main();
        main.bind("timer", new RecordedTimer(journal));
        main.configure().withShutdownTimeout(SHUTDOWN_TIMEOUT_SECONDS);
        main.configure().addRoutesBuilder(new Ticks(journal, locks, periodMillis));
        main.addMainListener(new TellsWhenStarted(journal));
        try {
            main.bind("cluster", election.service(member, List.of(args).subList(3, args.length)));
            main.run();
        } catch (Exception e) {
            // not a constant of the class: what logging may print while it starts must not come before setOut
            LoggerFactory.getLogger(Member.class).error("{} does not start", member, e);
            System.exit(1);
        }
    }

    /** The name of a lock, counted from 1. */
    static String lock(int number) {
        return "lock" + number;
    }

    private static final class Ticks extends RouteBuilder {
        private final Journal journal;
        private final int locks;
        private final int periodMillis;

        Ticks(Journal journal, int locks, int periodMillis) {
            this.journal = journal;
            this.locks = locks;
            this.periodMillis = periodMillis;
        }

        @Override
        public void configure() {
            for (int number = 1; number <= locks; number++) {
                String lock = lock(number);
                // delay: Camel's timer would wait a second before its first tick
                from("master:" + lock + ":timer:clock?period=" + periodMillis + "&delay=10")
                        .routeId(lock)
                        .process(exchange -> journal.record(
                                Event.Kind.ACT,
                                lock,
                                exchange.getMessage().getHeader(MasterConstants.FENCING_TOKEN, Long.class)));
            }
        }
    }

    private static final class TellsWhenStarted extends MainListenerSupport {
        private final Journal journal;

        TellsWhenStarted(Journal journal) {
            this.journal = journal;
        }

        @Override
        public void beforeConfigure(BaseMainSupport main) {
            try {
                main.getCamelContext().addStartupListener(new ExtendedStartupListener() {
                    @Override
                    public void onCamelContextStarted(CamelContext context, boolean alreadyStarted) {}

                    @Override
                    public void onCamelContextFullyStarted(CamelContext context, boolean alreadyStarted) {
                        journal.record(Event.Kind.CONTEXT_STARTED);
                    }
                });
            } catch (Exception e) {
                throw new IllegalStateException("The context does not take listeners", e);
            }
        }
    }

    /** Standard input ends when the parent does, however it ended. */
    private static void endWithParent() {
        Thread watch = new Thread(
                () -> {
                    try {
                        while (System.in.read() >= 0) {
                            // the parent says nothing
                        }
                    } catch (IOException e) {
                        // the same as its end
                    }
                    Runtime.getRuntime().halt(ORPHANED);
                },
                "parent-watch");
        watch.setDaemon(true);
        watch.start();
    }
}
