package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * From the end of the leader to the consumers of the next.
 *
 * <p>In each round one member leads all locks and the others wait. The leader is asked to end or killed; afterwards all locks are brought
 * together on one member again and the group is filled up.
 */
final class HandOvers {
    private static final String STOPPED_LAST = "SIGTERM: last old consumer stopped -> last next started";
    /** Camel stops all consumers of a context, and then lets go of one after the other: as long as this no lock can be released. */
    private static final String OTHERS_STOPPED = "floor: old consumer stopped -> all consumers of its context stopped";

    private static final String KILLED_RESIDENT = "kill -9 sent -> next consumer started, whole heap in memory";

    /** How long this program does nothing after it has ended a leader: longer than a take-over should need. */
    private static final Duration QUIET = Duration.ofMillis(100);

    private final Setup setup;
    private final Results results;
    private final boolean kill;
    private final String by;

    /**
     * @param by what to add to the name of each measure
     */
    HandOvers(Setup setup, Results results, boolean kill, String by) {
        this.setup = setup;
        this.results = results;
        this.kill = kill;
        this.by = by;
    }

    List<String> measure() throws BenchmarkException, IOException, InterruptedException {
        List<String> rows = new ArrayList<>();
        for (int locks : setup.lockCounts()) {
            rounds(
                    setup.cluster(kill ? "kill" : "graceful", locks),
                    locks,
                    (kill ? Measures.KILLED : Measures.STOPPED) + by);
            rows.add(results.row((kill ? Measures.KILLED : Measures.STOPPED) + by, locks));
            if (locks > 1) {
                rows.add(results.row((kill ? Measures.KILLED_LAST : STOPPED_LAST) + by, locks));
                if (!kill) {
                    rows.add(results.row(OTHERS_STOPPED + by, locks));
                }
            }
            if (!kill) {
                rows.add(results.row(Measures.TERMINATED + by, locks));
            }
        }
        if (kill) {
            int locks = setup.lockCounts().get(0);
            rounds(setup.residentCluster("kill-resident", locks), locks, KILLED_RESIDENT + by);
            rows.add(results.row(KILLED_RESIDENT + by, locks));
        }
        return rows;
    }

    private void rounds(Cluster cluster, int locks, String each)
            throws BenchmarkException, IOException, InterruptedException {
        cluster.join(1);
        cluster.awaitAllLed();
        for (int round = 1; round <= setup.rounds(); round++) {
            Setup.progress("%s, %d locks".formatted(each, locks), round, setup.rounds());
            cluster.join(setup.members() - cluster.members().size());
            cluster.settle(setup.settle());
            round(cluster, locks, each, round);
            gather(cluster);
        }
        cluster.end();
    }

    private void round(Cluster cluster, int locks, String each, int round)
            throws BenchmarkException, InterruptedException {
        Child leader = busiest(cluster);
        long signalNanos = kill ? leader.kill() : leader.terminate();
        cluster.keepOut(QUIET);
        cluster.awaitAllLedWithout(leader);
        cluster.awaitEnd(leader);
        cluster.checkNoOverlap();

        Map<String, Cluster.Start> starts = cluster.starts();
        Map<String, Long> stops = cluster.stops();
        long lastStart = Long.MIN_VALUE;
        long lastStop = Long.MIN_VALUE;
        for (Map.Entry<String, Cluster.Start> entry : starts.entrySet()) {
            String lock = entry.getKey();
            long start = entry.getValue().nanos();
            lastStart = Math.max(lastStart, start);
            if (kill) {
                results.add(each, locks, round, lock, start - signalNanos);
            } else {
                Long stop = stops.get(lock);
                if (stop == null || stop < signalNanos) {
                    throw new BenchmarkException("%s ended without stopping its work for %s".formatted(leader, lock));
                }
                lastStop = Math.max(lastStop, stop);
                results.add(each, locks, round, lock, start - stop);
                results.add(Measures.TERMINATED + by, locks, round, lock, start - signalNanos);
            }
        }
        if (each.equals(Measures.KILLED + by)) {
            results.add(Measures.KILLED_LAST + by, locks, round, "all", lastStart - signalNanos);
        } else if (!kill) {
            results.add(STOPPED_LAST + by, locks, round, "all", lastStart - lastStop);
            for (Map.Entry<String, Long> stop : stops.entrySet()) {
                if (starts.containsKey(stop.getKey())) {
                    results.add(OTHERS_STOPPED + by, locks, round, stop.getKey(), lastStop - stop.getValue());
                }
            }
        }
    }

    /** Leaves the member that leads most and those that lead nothing. */
    private void gather(Cluster cluster) throws BenchmarkException, InterruptedException {
        for (int attempt = 0; attempt < setup.members(); attempt++) {
            Set<Child> others = new HashSet<>();
            cluster.starts().values().forEach(start -> others.add(start.member()));
            others.remove(busiest(cluster));
            if (others.isEmpty()) {
                return;
            }
            cluster.retire(others);
            cluster.awaitAllLed();
        }
    }

    static Child busiest(Cluster cluster) throws BenchmarkException {
        Map<Child, Integer> count = new HashMap<>();
        cluster.starts().values().forEach(start -> count.merge(start.member(), 1, Integer::sum));
        return count.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElseThrow(() -> new BenchmarkException("Nobody leads"));
    }
}
