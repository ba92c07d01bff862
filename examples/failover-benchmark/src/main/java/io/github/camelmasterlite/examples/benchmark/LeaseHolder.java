package io.github.camelmasterlite.examples.benchmark;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A process that gives back a lease with one PUT, or one that sees this by a watch and takes it with another: the floor of every hand-over
 * by leases.
 *
 * <p>Commands of the one that holds: {@code lock}, {@code unlock}. The other needs none.
 */
public final class LeaseHolder {
    private static final String HOLD = "hold";

    private LeaseHolder() {}

    /**
     * Runs until the parent is gone.
     *
     * @param args hold or wait, the kubeconfig, the namespace, the name of the lease
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        String name = args[3];
        Reporter reporter = new Reporter();
        try (LeaseApi api = new LeaseApi(args[1], args[2])) {
            if (args[0].equals(HOLD)) {
                hold(api, name, reporter);
            } else {
                take(api, name, reporter);
            }
        }
    }

    private static void hold(LeaseApi api, String name, Reporter reporter) throws IOException {
        ObjectNode lease = api.get(name);
        reporter.report(Report.Kind.READY, null);
        while (true) {
            String command = reporter.command();
            switch (command) {
                case "lock" -> {
                    api.put(api.get(name), "old");
                    lease = api.get(name);
                    reporter.report(Report.Kind.LOCKED, null);
                }
                case "unlock" -> {
                    Report unlocked = Report.now(Report.Kind.UNLOCKED, null);
                    api.put(lease, "");
                    reporter.report(unlocked);
                }
                default -> throw new IllegalArgumentException("Unknown command " + command);
            }
        }
    }

    private static void take(LeaseApi api, String name, Reporter reporter) throws IOException, InterruptedException {
        BlockingQueue<ObjectNode> released = new LinkedBlockingQueue<>();
        api.watch(name, lease -> {
            if (lease.path("spec").path("holderIdentity").asText().isEmpty()) {
                reporter.report(Report.Kind.SEEN, null);
                released.add(lease);
            }
        });
        Thread commands = new Thread(reporter::command, "parent-watch");
        commands.setDaemon(true);
        commands.start();
        reporter.report(Report.Kind.READY, null);
        while (true) {
            api.put(released.take(), "new");
            reporter.report(Report.Kind.LOCKED, null);
        }
    }
}
