package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What many locks cost one member: time until all are led, threads, heap. */
final class LeaseScale {
    private static final int MANY = 100;

    /** Longer than the minute for which pools of threads keep those that have nothing to do. */
    private static final Duration QUIET = Duration.ofSeconds(75);

    private final Setup setup;
    private final Results results;
    private final String by;

    LeaseScale(Setup setup, Results results, String by) {
        this.setup = setup;
        this.results = results;
        this.by = by;
    }

    /** What is weighed with a number of locks. */
    private record Weights(Weight plain, Weight leader, Weight follower) {}

    List<String> measure() throws BenchmarkException, IOException, InterruptedException {
        String all = "one member: context started -> all consumers started" + by;
        Weights one = weigh(1, all);
        Weights many = weigh(MANY, all);
        List<String> lines = new ArrayList<>(Results.head());
        lines.add(results.row(all, 1));
        lines.add(results.row(all, MANY));
        lines.add("");
        lines.add(
                "| %s | threads at rest, 1 lock | %d locks | at most, 1 lock | %d locks | heap MB, 1 lock | %d locks | more | more than the routes alone |"
                        .formatted(by.replace(", ", ""), MANY, MANY, MANY));
        lines.add("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        lines.add(row("same routes without master:", one.plain, many.plain, one, many));
        lines.add(row("leader", one.leader, many.leader, one, many));
        lines.add(row("follower", one.follower, many.follower, one, many));
        return lines;
    }

    private static String row(String who, Weight one, Weight many, Weights ones, Weights manies) {
        double more = many.megabytes() - one.megabytes();
        double routes = manies.plain.megabytes() - ones.plain.megabytes();
        return String.format(
                Locale.ROOT,
                "| %s | %d | %d | %d | %d | %.2f | %.2f | %.2f | %.2f |",
                who,
                one.now(),
                many.now(),
                one.peak(),
                many.peak(),
                one.megabytes(),
                many.megabytes(),
                more,
                more - routes);
    }

    private Weights weigh(int locks, String all) throws BenchmarkException, IOException, InterruptedException {
        System.err.printf("  scale, %d locks%s%n", locks, by);
        Cluster plain = setup.cluster("scale-plain", locks, BenchMember.PLAIN, BenchMember.SAMPLE);
        Cluster cluster = setup.cluster("scale", locks, BenchMember.SAMPLE);
        Child leader = cluster.join(1).get(0);
        cluster.awaitAllLed();
        long last = cluster.starts().values().stream()
                .mapToLong(Cluster.Start::nanos)
                .max()
                .orElseThrow();
        results.add(all, locks, 1, "all", last - cluster.contextStartedNanos(leader));
        Child follower = cluster.join(1).get(0);
        cluster.settle(QUIET);
        Weight leaders = weight(cluster, leader);
        Weight followers = weight(cluster, follower);
        cluster.end();
        Child alone = plain.join(1).get(0);
        plain.settle(QUIET); // as long as the others
        Weights weights = new Weights(weight(plain, alone), leaders, followers);
        plain.end();
        return weights;
    }

    private static Weight weight(Cluster cluster, Child member)
            throws BenchmarkException, IOException, InterruptedException {
        return Weight.sampled(cluster.threads(member), cluster.heapBytes(member));
    }
}
