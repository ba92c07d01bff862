package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** What the API server and the HTTP client alone need: a PUT that another's watch reports, and that one's PUT. */
final class LeaseFloor {
    private static final Duration QUIET = Duration.ofMillis(100);
    private static final String LEASE = "benchmark-floor";

    private final Setup setup;
    private final Results results;
    private final String classPath;
    private final String kubeconfig;
    private final String namespace;
    private final String by;

    LeaseFloor(Setup setup, Results results, String classPath, String kubeconfig, String namespace, String by) {
        this.setup = setup;
        this.results = results;
        this.classPath = classPath;
        this.kubeconfig = kubeconfig;
        this.namespace = namespace;
        this.by = by;
    }

    /** With processes that have done it before, and with processes that do it for the first time, as members do. */
    List<String> measure() throws BenchmarkException, IOException, InterruptedException {
        String again = Measures.PUT_AND_WATCH + by;
        String first = Measures.PUT_AND_WATCH_FIRST + by;
        try (LeaseApi api = new LeaseApi(kubeconfig, namespace)) {
            for (int round = -5; round <= setup.rounds(); round++) {
                long nanos = api.create(LEASE);
                if (round > 0) {
                    results.add(Measures.CREATED + by, 0, round, "-", nanos);
                }
            }
        }
        Child holder = launch("hold");
        Child waiter = launch("wait");
        for (int round = -5; round <= setup.rounds(); round++) {
            long nanos = handOver(holder, waiter);
            if (round > 0) { // the processes have to get warm
                Setup.progress(again, round, setup.rounds());
                results.add(again, 0, round, "-", nanos);
            }
        }
        end(holder);
        end(waiter);
        for (int round = 1; round <= setup.rounds(); round++) {
            Setup.progress(first, round, setup.rounds());
            Child freshHolder = launch("hold");
            Child freshWaiter = launch("wait");
            results.add(first, 0, round, "-", handOver(freshHolder, freshWaiter));
            end(freshHolder);
            end(freshWaiter);
        }
        return List.of(results.row(again, 0), results.row(first, 0));
    }

    private long handOver(Child holder, Child waiter) throws BenchmarkException, IOException, InterruptedException {
        holder.send("lock");
        setup.children().await(holder, Report.Kind.LOCKED);
        setup.children().pause(QUIET);
        holder.send("unlock");
        Children.HandOver changed = setup.children().awaitHandOver(holder, waiter);
        return changed.lockedNanos() - changed.unlockedNanos();
    }

    private Child launch(String role) throws BenchmarkException, IOException, InterruptedException {
        Child child = setup.children()
                .launch(
                        "lease-" + role,
                        List.of("-Xmx" + setup.heap()),
                        new Meeting.Launch(LeaseHolder.class, classPath, List.of(role, kubeconfig, namespace, LEASE)));
        setup.children().await(child, Report.Kind.READY);
        return child;
    }

    private void end(Child child) throws BenchmarkException, InterruptedException {
        child.kill();
        setup.children().await(child, Report.Kind.EXITED);
    }
}
