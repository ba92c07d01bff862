package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Many locks in one process: how long until all are led, and how many threads it takes. */
final class Scale {
    private static final int LOCKS = 1000;
    private static final String ALL = "one member: context started -> all consumers started";

    private final Setup setup;
    private final Results results;

    Scale(Setup setup, Results results) {
        this.setup = setup;
        this.results = results;
    }

    List<String> measure() throws BenchmarkException, IOException, InterruptedException {
        int rounds = Math.max(3, setup.rounds() / 10);
        Cluster cluster = setup.cluster("scale", LOCKS, BenchMember.SAMPLE);
        Map<String, ThreadCount> threads = new TreeMap<>();
        for (int round = 1; round <= rounds; round++) {
            Setup.progress("scale, %d locks".formatted(LOCKS), round, rounds);
            cluster.prepare(1);
            cluster.settle(setup.settle());
            Child member = cluster.join(1).get(0);
            cluster.awaitAllLed();
            long last = cluster.starts().values().stream()
                    .mapToLong(Cluster.Start::nanos)
                    .max()
                    .orElseThrow();
            results.add(ALL, LOCKS, round, "all", last - cluster.contextStartedNanos(member));
            cluster.settle(setup.settle());
            cluster.threads(member).forEach((name, count) -> threads.merge(name, count, ThreadCount::max));
            cluster.retire(List.of(member));
        }
        cluster.end();

        List<String> lines = new ArrayList<>(Results.head());
        lines.add(results.row(ALL, LOCKS));
        lines.add(results.row(Floor.FSYNC, 0));
        lines.add("");
        lines.add("In the median %,d durable writes of a small file would have fitted into that time, for %,d locks."
                .formatted(
                        results.median(ALL, LOCKS).orElseThrow()
                                / Math.max(1, results.median(Floor.FSYNC, 0).orElseThrow()),
                        LOCKS));
        lines.add("");
        lines.add(
                "| threads that came or went, by name | before the context starts | at most | when all locks are led |");
        lines.add("|---|---:|---:|---:|");
        threads.forEach((name, count) -> {
            if (count.varies()) {
                lines.add("| %s | %d | %d | %d |".formatted(name, count.before(), count.peak(), count.now()));
            }
        });
        return lines;
    }
}
