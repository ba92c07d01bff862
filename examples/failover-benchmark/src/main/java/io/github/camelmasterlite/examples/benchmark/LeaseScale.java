package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What many locks cost one member: time until all are led, threads, heap. */
final class LeaseScale {
    private static final int[] LOCKS = {1, 100};
    private static final Duration QUIET = Duration.ofSeconds(8);

    private final Setup setup;
    private final Results results;
    private final String by;

    LeaseScale(Setup setup, Results results, String by) {
        this.setup = setup;
        this.results = results;
        this.by = by;
    }

    /** Threads and bytes of heap. */
    private record Weight(int threads, long heapBytes) {}

    List<String> measure() throws BenchmarkException, IOException, InterruptedException {
        String all = "one member: context started -> all consumers started" + by;
        Map<String, Weight> weights = new HashMap<>();
        List<String> lines = new ArrayList<>(Results.head());
        for (int locks : LOCKS) {
            System.err.printf("  scale, %d locks%s%n", locks, by);
            Cluster plain = setup.cluster("scale-plain", locks, BenchMember.PLAIN);
            Child alone = plain.join(1).get(0);
            plain.settle(QUIET);
            weights.put("plain " + locks, weight(plain, alone));
            plain.end();

            Cluster cluster = setup.cluster("scale", locks);
            Child leader = cluster.join(1).get(0);
            cluster.awaitAllLed();
            long last = cluster.starts().values().stream()
                    .mapToLong(Cluster.Start::nanos)
                    .max()
                    .orElseThrow();
            results.add(all, locks, 1, "all", last - cluster.contextStartedNanos(leader));
            Child follower = cluster.join(1).get(0);
            cluster.settle(QUIET);
            weights.put("leader " + locks, weight(cluster, leader));
            weights.put("follower " + locks, weight(cluster, follower));
            cluster.end();
            lines.add(results.row(all, locks));
        }
        lines.add("");
        lines.add("| " + by.replace(", ", "")
                + " | threads, 1 lock | 100 locks | heap MB, 1 lock | 100 locks | more | more than the routes alone |");
        lines.add("|---|---:|---:|---:|---:|---:|---:|");
        double plainMore = more(weights, "plain");
        for (String who : List.of("plain", "leader", "follower")) {
            Weight one = weights.get(who + " 1");
            Weight many = weights.get(who + " 100");
            if (one == null || many == null) {
                throw new IllegalStateException(who);
            }
            lines.add(String.format(
                    Locale.ROOT,
                    "| %s | %d | %d | %.2f | %.2f | %.2f | %.2f |",
                    who.equals("plain") ? "same routes without master:" : who,
                    one.threads,
                    many.threads,
                    one.heapBytes / 1e6,
                    many.heapBytes / 1e6,
                    more(weights, who),
                    more(weights, who) - plainMore));
        }
        return lines;
    }

    private static double more(Map<String, Weight> weights, String who) {
        Weight one = weights.get(who + " 1");
        Weight many = weights.get(who + " 100");
        if (one == null || many == null) {
            throw new IllegalStateException(who);
        }
        return (many.heapBytes - one.heapBytes) / 1e6;
    }

    private static Weight weight(Cluster cluster, Child member)
            throws BenchmarkException, IOException, InterruptedException {
        int threads = cluster.threads(member).values().stream()
                .mapToInt(ThreadCount::now)
                .sum();
        return new Weight(threads, cluster.heapBytes(member));
    }
}
