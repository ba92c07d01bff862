package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What members of each side cost while nothing happens. */
final class PeerRest {
    /** Whoever has just started is still busy with itself. */
    private static final Duration QUIET = Duration.ofSeconds(15);

    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final Setup setup;
    private final PeerResults results;
    private final List<Row> rows = new ArrayList<>();

    PeerRest(Setup setup, PeerResults results) {
        this.setup = setup;
        this.results = results;
    }

    /** Threads at most and at rest, and bytes of heap after a collection. */
    private record Weight(int peak, int now, long heapBytes) {}

    private record Row(
            PeerSide side,
            int locks,
            Map<String, Double> requests,
            double leaderPercent,
            double followerPercent,
            @Nullable Weight leader,
            @Nullable Weight follower,
            @Nullable Weight plain) {

        double requestsInAll() {
            return requests.values().stream().mapToDouble(rate -> rate).sum();
        }
    }

    /**
     * One side with this many locks; one member leads them all.
     *
     * @param api of the server whose requests are counted, if there is one
     */
    void measure(PeerSide side, PeerMeeting meeting, @Nullable LeaseApi api, int locks)
            throws BenchmarkException, IOException, InterruptedException {
        System.err.printf("  rest, %s, %d locks%n", side.label(), locks);
        Weight plain = null;
        if (side.isCamel()) {
            Cluster routes = PeerRounds.cluster(setup, meeting, "plain", locks, BenchMember.PLAIN, BenchMember.SAMPLE);
            try {
                Child alone = routes.join(1).get(0);
                routes.settle(setup.settle());
                plain = weight(routes, alone);
            } catch (BenchmarkException e) {
                results.note("%s, %d locks, plain routes: %s".formatted(side.label(), locks, e.getMessage()));
            } finally {
                routes.abandon();
            }
        }
        Cluster cluster = PeerRounds.cluster(setup, meeting, "rest", locks, BenchMember.SAMPLE);
        try {
            Child leader = cluster.begin(1).get(0);
            if (!cluster.areAllLedWithin(LIMIT)) {
                throw new BenchmarkException("not all locks were led within %d s".formatted(LIMIT.toSeconds()));
            }
            List<Child> others = cluster.begin(setup.members() - 1);
            cluster.areStartedWithin(LIMIT, others);
            Child follower = others.get(0);
            cluster.settle(setup.settle().compareTo(QUIET) > 0 ? setup.settle() : QUIET);
            Map<String, Double> before = api == null ? Map.of() : ApiLoad.count(api);
            Duration leaderBefore = leader.cpuTime();
            Duration followerBefore = follower.cpuTime();
            long start = System.nanoTime();
            cluster.settle(setup.idle());
            long nanos = System.nanoTime() - start;
            double leaderPercent = 100.0 * leader.cpuTime().minus(leaderBefore).toNanos() / nanos;
            double followerPercent =
                    100.0 * follower.cpuTime().minus(followerBefore).toNanos() / nanos;
            Map<String, Double> requests = new TreeMap<>();
            if (api != null) {
                ApiLoad.count(api)
                        .forEach((name, count) -> requests.put(
                                name, Math.max(0, (count - before.getOrDefault(name, 0.0)) * 1e9 / nanos)));
                requests.values().removeIf(rate -> rate == 0);
            }
            Weight leading = side.isCamel() ? weight(cluster, leader) : null;
            Weight following = side.isCamel() ? weight(cluster, follower) : null;
            rows.add(new Row(side, locks, requests, leaderPercent, followerPercent, leading, following, plain));
        } catch (BenchmarkException e) {
            results.note("%s, rest, %d locks: %s".formatted(side.label(), locks, e.getMessage()));
        } finally {
            cluster.abandon();
            meeting.clear();
        }
    }

    private static Weight weight(Cluster cluster, Child member)
            throws BenchmarkException, IOException, InterruptedException {
        int peak = 0;
        int now = 0;
        for (ThreadCount count : cluster.threads(member).values()) {
            peak += count.peak();
            now += count.now();
        }
        return new Weight(peak, now, cluster.heapBytes(member));
    }

    List<String> table(boolean hasServer) {
        List<String> lines = new ArrayList<>();
        lines.add(
                "| locks | who | " + (hasServer ? "requests/s | of them | " : "")
                        + "processor, leader | follower | threads of the leader at rest | at most | of a follower at rest | same routes without master: | heap MB of the leader | of a follower | same routes without master: |");
        lines.add("|---:|---|" + (hasServer ? "---:|---|" : "") + "---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        for (Row row : rows) {
            List<String> kinds = new ArrayList<>();
            row.requests.forEach((name, rate) -> kinds.add(String.format(Locale.ROOT, "%s %.2f", name, rate)));
            lines.add(String.format(
                    Locale.ROOT,
                    "| %d | %s | %s%.2f %% | %.2f %% | %s | %s | %s | %s | %s | %s | %s |",
                    row.locks,
                    row.side.label(),
                    hasServer
                            ? String.format(Locale.ROOT, "%.2f | %s | ", row.requestsInAll(), String.join(", ", kinds))
                            : "",
                    row.leaderPercent,
                    row.followerPercent,
                    row.leader == null ? "-" : row.leader.now,
                    row.leader == null ? "-" : row.leader.peak,
                    row.follower == null ? "-" : row.follower.now,
                    row.plain == null ? "-" : row.plain.now,
                    megabytes(row.leader),
                    megabytes(row.follower),
                    megabytes(row.plain)));
        }
        return lines;
    }

    /** The same as lines of comma-separated values. */
    List<String> csv() {
        List<String> lines = new ArrayList<>();
        lines.add(
                "who,locks,requests per s,leader processor percent,follower processor percent,leader threads,leader threads at most,follower threads,plain threads,leader heap bytes,follower heap bytes,plain heap bytes");
        for (Row row : rows) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%s,%d,%.3f,%.2f,%.2f,%s,%s,%s,%s,%s,%s,%s",
                    row.side.label(),
                    row.locks,
                    row.requestsInAll(),
                    row.leaderPercent,
                    row.followerPercent,
                    row.leader == null ? "" : row.leader.now,
                    row.leader == null ? "" : row.leader.peak,
                    row.follower == null ? "" : row.follower.now,
                    row.plain == null ? "" : row.plain.now,
                    row.leader == null ? "" : row.leader.heapBytes,
                    row.follower == null ? "" : row.follower.heapBytes,
                    row.plain == null ? "" : row.plain.heapBytes));
        }
        return lines;
    }

    /** Requests a second by side and number of locks. */
    Map<String, Map<Integer, Double>> requests() {
        Map<String, Map<Integer, Double>> lines = new TreeMap<>();
        rows.forEach(row ->
                lines.computeIfAbsent(row.side.label(), side -> new TreeMap<>()).put(row.locks, row.requestsInAll()));
        return lines;
    }

    private static String megabytes(@Nullable Weight weight) {
        return weight == null ? "-" : String.format(Locale.ROOT, "%.1f", weight.heapBytes / 1e6);
    }
}
