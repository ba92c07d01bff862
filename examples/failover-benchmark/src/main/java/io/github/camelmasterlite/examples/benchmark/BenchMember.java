package io.github.camelmasterlite.examples.benchmark;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.ExtendedStartupListener;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.cluster.CamelPreemptiveClusterView;
import org.apache.camel.impl.DefaultCamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member: a Camel application with a route for each lock. It prepares itself and then waits for a command, so that what is measured
 * is not the start of a JVM.
 *
 * <p>Commands: {@code start} starts the Camel context, {@code threads} tells how many threads of which name there were and are,
 * {@code thread-count} how many the JVM has counted, {@code heap} how much of it is in use, {@code stand} makes a member that holds back a candidate.
 */
public final class BenchMember {
    /** Mode: routes without {@code master:}, no cluster service. */
    static final String PLAIN = "plain";

    /** Mode: watch the threads, by name. It costs processor time: not where that is measured. */
    static final String SAMPLE = "sample";

    /** Mode: consumers send exchanges. */
    static final String TICK = "tick";

    /** Mode: the context starts, but the member stands for no lock until it is told to. */
    static final String HOLD_BACK = "hold-back";

    private static final Logger LOG = LoggerFactory.getLogger(BenchMember.class);
    private static final int SHUTDOWN_TIMEOUT_SECONDS = 20;

    private BenchMember() {}

    /** By what this member and the others elect their leaders. */
    interface Election {

        /**
         * The service of this member.
         *
         * @param arguments those of {@link Meeting.Launch}
         */
        CamelClusterService service(CamelContext context, String member, List<String> arguments) throws Exception;
    }

    /**
     * Runs until the process is told to end.
     *
     * @param args member id, number of locks, modes with commas between ({@link #PLAIN}, {@link #SAMPLE}, {@link #TICK},
     *             {@link #HOLD_BACK}), then what the election needs
     */
    static void run(String[] args, Election election) {
        try {
            start(args, election);
        } catch (Exception e) {
            LOG.error("{} fails", args[0], e);
            System.exit(1);
        }
    }

    private static void start(String[] args, Election election) throws Exception {
        String member = args[0];
        int locks = Integer.parseInt(args[1]);
        List<String> modes = List.of(args[2].split(",", -1));
        boolean plain = modes.contains(PLAIN);
        boolean sample = modes.contains(SAMPLE);

        Reporter reporter = new Reporter();
        CamelContext context = new DefaultCamelContext();
        context.getShutdownStrategy().setTimeout(SHUTDOWN_TIMEOUT_SECONDS);
        context.addComponent("bench", new BenchComponent(reporter, modes.contains(TICK)));
        context.addStartupListener(new ExtendedStartupListener() {
            @Override
            public void onCamelContextStarted(CamelContext started, boolean alreadyStarted) {}

            @Override
            public void onCamelContextFullyStarted(CamelContext started, boolean alreadyStarted) {
                reporter.report(Report.Kind.CONTEXT_STARTED, null);
            }
        });
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                for (int number = 1; number <= locks; number++) {
                    String lock = "lock-" + number;
                    from((plain ? "" : "master:" + lock + ":") + "bench:" + lock)
                            .routeId(lock)
                            .process(exchange -> reporter.report(
                                    BenchComponent.isLate(exchange) ? Report.Kind.ACTED_LATE : Report.Kind.ACTED,
                                    lock));
                }
            }
        });
        CamelClusterService cluster =
                election.service(context, member, List.of(args).subList(3, args.length));
        Runtime.getRuntime().addShutdownHook(new Thread(context::stop, "stop-context"));
        ThreadSample threads = new ThreadSample();
        List<CamelPreemptiveClusterView> heldBack = new ArrayList<>();
        reporter.report(Report.Kind.READY, null);

        while (true) {
            String command = reporter.command();
            switch (command) {
                case "start" -> {
                    if (sample) {
                        threads.begin();
                    }
                    if (!plain) {
                        context.addService(cluster);
                        if (modes.contains(HOLD_BACK)) {
                            for (int number = 1; number <= locks; number++) {
                                CamelPreemptiveClusterView view =
                                        (CamelPreemptiveClusterView) cluster.getView("lock-" + number);
                                view.setDisabled(true);
                                heldBack.add(view);
                            }
                        }
                    }
                    context.start();
                }
                case "stand" -> heldBack.forEach(view -> view.setDisabled(false));
                case "threads" -> threads.tell(reporter);
                case "thread-count" ->
                    reporter.report(new Report(
                            Report.Kind.THREAD_COUNT, null, System.nanoTime(), ThreadSample.countedByTheJvm()));
                case "heap" -> reporter.report(Report.Kind.HEAP, String.valueOf(usedHeapBytes()));
                default -> throw new IllegalArgumentException("Unknown command " + command);
            }
        }
    }

    private static long usedHeapBytes() {
        System.gc();
        System.gc(); // what the first has made reachable for cleaners only
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
