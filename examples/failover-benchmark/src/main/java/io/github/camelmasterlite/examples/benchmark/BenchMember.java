package io.github.camelmasterlite.examples.benchmark;

import io.github.camelmasterlite.file.FileLockClusterService;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.ExtendedStartupListener;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member: a Camel application with a route for each lock. It prepares itself and then waits for a command, so that what is measured
 * is not the start of a JVM.
 *
 * <p>Commands: {@code start} starts the Camel context, {@code threads} tells how many threads of which name there were and are.
 */
public final class BenchMember {
    /** Mode: routes without {@code master:}, no cluster service. */
    static final String PLAIN = "plain";

    /** Mode: watch the threads. */
    static final String SAMPLE = "sample";

    private static final Logger LOG = LoggerFactory.getLogger(BenchMember.class);
    private static final int SHUTDOWN_TIMEOUT_SECONDS = 20;

    private BenchMember() {}

    /**
     * Runs until the process is told to end.
     *
     * @param args member id, directory of the locks, number of locks, modes: {@link #PLAIN}, {@link #SAMPLE}
     */
    public static void main(String[] args) {
        try {
            run(args);
        } catch (Exception e) {
            LOG.error("{} fails", args[0], e);
            System.exit(1);
        }
    }

    private static void run(String[] args) throws Exception {
        String member = args[0];
        String root = args[1];
        int locks = Integer.parseInt(args[2]);
        List<String> modes = List.of(args).subList(3, args.length);
        boolean plain = modes.contains(PLAIN);
        boolean sample = modes.contains(SAMPLE);

        Reporter reporter = new Reporter();
        CamelContext context = new DefaultCamelContext();
        context.getShutdownStrategy().setTimeout(SHUTDOWN_TIMEOUT_SECONDS);
        context.addComponent("bench", new BenchComponent(reporter));
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
                            .stop();
                }
            }
        });
        FileLockClusterService cluster = new FileLockClusterService();
        cluster.setId(member);
        cluster.setRoot(root);
        Runtime.getRuntime().addShutdownHook(new Thread(context::stop, "stop-context"));
        ThreadSample threads = new ThreadSample();
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
                    }
                    context.start();
                }
                case "threads" -> threads.tell(reporter);
                default -> throw new IllegalArgumentException("Unknown command " + command);
            }
        }
    }
}
