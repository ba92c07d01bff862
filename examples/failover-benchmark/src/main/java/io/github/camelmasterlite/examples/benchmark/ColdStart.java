package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** From a Camel context that has started to the consumers behind {@code master:}, where no member led before. */
final class ColdStart {
    private final Setup setup;
    private final Results results;

    ColdStart(Setup setup, Results results) {
        this.setup = setup;
        this.results = results;
    }

    List<String> measure() throws BenchmarkException, IOException, InterruptedException {
        List<String> rows = new ArrayList<>();
        for (int locks : setup.lockCounts()) {
            for (int members : new int[] {1, setup.members()}) {
                String each = Measures.sinceContext(members);
                String last = Measures.starting(members) + ": context started -> last consumer started";
                rounds(locks, members, each, last);
                rows.add(results.row(each, locks));
                if (locks > 1) {
                    rows.add(results.row(last, locks));
                }
            }
        }
        return rows;
    }

    private void rounds(int locks, int members, String each, String last)
            throws BenchmarkException, IOException, InterruptedException {
        Cluster cluster = setup.cluster("cold", locks);
        for (int round = 1; round <= setup.rounds(); round++) {
            Setup.progress("cold start, %d members, %d locks".formatted(members, locks), round, setup.rounds());
            cluster.prepare(members);
            cluster.settle(setup.settle());
            cluster.join(members);
            cluster.awaitAllLed();
            long lastNanos = 0;
            for (Map.Entry<String, Cluster.Start> start : cluster.starts().entrySet()) {
                long nanos = start.getValue().nanos()
                        - cluster.contextStartedNanos(start.getValue().member());
                results.add(each, locks, round, start.getKey(), nanos);
                lastNanos = Math.max(lastNanos, nanos);
            }
            results.add(last, locks, round, "all", lastNanos);
            cluster.settle(setup.settle());
            cluster.checkNoOverlap();
            cluster.retire(cluster.members());
        }
        cluster.end();
    }
}
