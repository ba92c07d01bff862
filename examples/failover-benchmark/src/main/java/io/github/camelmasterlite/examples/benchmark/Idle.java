package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What members cost that have nothing to do. */
final class Idle {
    private static final int[] LOCKS = {1, 200, 1000};

    /** A program that has just started is still busy with itself. */
    private static final Duration LEAST_QUIET = Duration.ofSeconds(5);

    private final Setup setup;

    Idle(Setup setup) {
        this.setup = setup;
    }

    List<String> measure() throws BenchmarkException, IOException, InterruptedException {
        Duration quiet = setup.settle().compareTo(LEAST_QUIET) > 0 ? setup.settle() : LEAST_QUIET;
        List<String> lines = new ArrayList<>();
        lines.add("| routes or locks | same routes without master: | leader | follower |");
        lines.add("|---:|---:|---:|---:|");
        for (int locks : LOCKS) {
            System.err.printf("  idle, %d locks%n", locks);
            Cluster plain = setup.cluster("idle-plain", locks, BenchMember.PLAIN);
            Child alone = plain.join(1).get(0);
            plain.settle(quiet);
            String base = watch(plain, alone).get(0);
            plain.end();

            Cluster cluster = setup.cluster("idle", locks);
            Child leader = cluster.join(1).get(0);
            cluster.awaitAllLed();
            Child follower = cluster.join(1).get(0);
            cluster.settle(quiet);
            List<String> shares = watch(cluster, leader, follower);
            cluster.end();
            lines.add("| %,d | %s | %s | %s |".formatted(locks, base, shares.get(0), shares.get(1)));
        }
        return lines;
    }

    private List<String> watch(Cluster cluster, Child... members) throws BenchmarkException, InterruptedException {
        List<Duration> before = new ArrayList<>();
        for (Child member : members) {
            before.add(member.cpuTime());
        }
        long startNanos = System.nanoTime();
        cluster.settle(setup.idle());
        List<String> shares = new ArrayList<>();
        for (int i = 0; i < members.length; i++) {
            long usedNanos = members[i].cpuTime().minus(before.get(i)).toNanos();
            double percent = 100.0 * usedNanos / (System.nanoTime() - startNanos);
            shares.add(String.format(Locale.ROOT, "%.2f %%", percent));
        }
        return shares;
    }
}
