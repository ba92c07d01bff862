package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What members of each side cost while nothing happens.
 *
 * <p>No member does anything for this program meanwhile; routes without {@code master:} are watched for as long, after as long. Threads and heap are asked for afterwards.
 */
final class PeerRest {
    /** Whoever has just started is still busy with itself. */
    private static final Duration QUIET = Duration.ofSeconds(15);

    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final Setup setup;
    private final PeerResults results;
    private final List<Row> rows = new ArrayList<>();
    private @Nullable Map<String, Double> ownRequests;

    PeerRest(Setup setup, PeerResults results) {
        this.setup = setup;
        this.results = results;
    }

    /** Share of one processor, and weight; weight of Java members only. */
    private record Cost(double percent, @Nullable Weight weight) {}

    private record Row(
            PeerSide side,
            int locks,
            RequestRates requests,
            Cost leader,
            Cost follower,
            @Nullable Cost plain) {}

    /**
     * One side with this many locks; one member leads them all.
     *
     * @param api of the server whose requests are counted, if there is one
     */
    void measure(PeerSide side, PeerMeeting meeting, @Nullable LeaseApi api, int locks)
            throws BenchmarkException, IOException, InterruptedException {
        System.err.printf("  rest, %s, %d locks%n", side.label(), locks);
        Map<String, Double> own = api == null ? Map.of() : own(api);
        Cost plain = side.isCamel() ? plain(side, meeting, locks) : null;
        Cluster cluster = PeerRounds.cluster(setup, meeting, "rest", locks);
        try {
            Child leader = cluster.begin(1).get(0);
            if (!cluster.areAllLedWithin(LIMIT)) {
                throw new BenchmarkException("not all locks were led within %d s".formatted(LIMIT.toSeconds()));
            }
            List<Child> others = cluster.begin(setup.members() - 1);
            if (!cluster.areStartedWithin(LIMIT, others)) {
                throw new BenchmarkException("not all members had started within %d s".formatted(LIMIT.toSeconds()));
            }
            Child follower = others.get(0);
            cluster.settle(quiet());
            Map<String, Double> before = api == null ? Map.of() : ApiLoad.count(api);
            Duration leaderBefore = leader.cpuTime();
            Duration followerBefore = follower.cpuTime();
            long start = System.nanoTime();
            cluster.settle(setup.idle());
            long nanos = System.nanoTime() - start;
            double leaderPercent = percent(leader, leaderBefore, nanos);
            double followerPercent = percent(follower, followerBefore, nanos);
            Map<String, Double> counted =
                    api == null ? Map.of() : RequestRates.between(before, ApiLoad.count(api), nanos);
            if (cluster.starts().values().stream().anyMatch(led -> !led.member().equals(leader))) {
                results.note("%s, rest, %d locks: locks have changed hands although nothing was done to anybody"
                        .formatted(side.label(), locks));
            }
            rows.add(new Row(
                    side,
                    locks,
                    new RequestRates(counted, own),
                    new Cost(leaderPercent, side.isCamel() ? Weight.counted(cluster, leader) : null),
                    new Cost(followerPercent, side.isCamel() ? Weight.counted(cluster, follower) : null),
                    plain));
        } catch (BenchmarkException e) {
            results.failure(side, "rest, %d locks: %s".formatted(locks, e.getMessage()));
        } finally {
            cluster.overlaps().forEach(overlap -> results.overlap(side, "rest, %d locks".formatted(locks), overlap));
            cluster.abandon();
            meeting.clear();
        }
    }

    private Duration quiet() {
        return setup.settle().compareTo(QUIET) > 0 ? setup.settle() : QUIET;
    }

    /** What the server asks of itself; measured once, while no member runs. */
    private Map<String, Double> own(LeaseApi api) throws BenchmarkException, InterruptedException {
        Map<String, Double> known = ownRequests;
        if (known != null) {
            return known;
        }
        System.err.println("  rest, the API server alone");
        setup.children().pause(quiet());
        Map<String, Double> before = ApiLoad.count(api);
        long start = System.nanoTime();
        setup.children().pause(setup.idle());
        Map<String, Double> own = RequestRates.between(before, ApiLoad.count(api), System.nanoTime() - start);
        ownRequests = own;
        return own;
    }

    private @Nullable Cost plain(PeerSide side, PeerMeeting meeting, int locks)
            throws BenchmarkException, IOException, InterruptedException {
        Cluster routes = PeerRounds.cluster(setup, meeting, "plain", locks, BenchMember.PLAIN);
        try {
            Child alone = routes.join(1).get(0);
            routes.settle(quiet());
            Duration before = alone.cpuTime();
            long start = System.nanoTime();
            routes.settle(setup.idle());
            double percent = percent(alone, before, System.nanoTime() - start);
            return new Cost(percent, Weight.counted(routes, alone));
        } catch (BenchmarkException e) {
            results.failure(side, "rest, %d locks, plain routes: %s".formatted(locks, e.getMessage()));
            return null;
        } finally {
            routes.abandon();
        }
    }

    private static double percent(Child member, Duration before, long nanos) {
        return 100.0 * member.cpuTime().minus(before).toNanos() / nanos;
    }

    List<String> table(boolean hasServer) {
        List<String> lines = new ArrayList<>();
        lines.add(
                "| locks | who | "
                        + (hasServer
                                ? "requests/s counted by the server | its own, without members | caused by members | of them | "
                                : "")
                        + "processor, leader | follower | same routes without master: | threads of the leader at rest | at most | of a follower at rest | same routes without master: | heap MB of the leader | of a follower | same routes without master: |");
        lines.add("|---:|---|" + (hasServer ? "---:|---:|---:|---|" : "")
                + "---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        for (Row row : rows) {
            lines.add(String.format(
                    Locale.ROOT,
                    "| %d | %s | %s%.2f %% | %.2f %% | %s | %s | %s | %s | %s | %s | %s | %s |",
                    row.locks,
                    row.side.label(),
                    hasServer
                            ? String.format(
                                    Locale.ROOT,
                                    "%.2f | %.2f | %.2f | %s | ",
                                    row.requests.countedInAll(),
                                    row.requests.ownInAll(),
                                    row.requests.netInAll(),
                                    row.requests.netByName())
                            : "",
                    row.leader.percent,
                    row.follower.percent,
                    row.plain == null ? "-" : String.format(Locale.ROOT, "%.2f %%", row.plain.percent),
                    now(row.leader),
                    row.leader.weight == null ? "-" : row.leader.weight.peak(),
                    now(row.follower),
                    now(row.plain),
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
                "who,locks,requests per s counted,own requests per s of the server,requests per s of members,leader processor percent,follower processor percent,plain processor percent,leader threads,leader threads at most,follower threads,plain threads,leader heap bytes,follower heap bytes,plain heap bytes");
        for (Row row : rows) {
            Weight leader = row.leader.weight;
            Weight follower = row.follower.weight;
            Weight plain = row.plain == null ? null : row.plain.weight;
            lines.add(String.format(
                    Locale.ROOT,
                    "%s,%d,%.3f,%.3f,%.3f,%.2f,%.2f,%s,%s,%s,%s,%s,%s,%s,%s",
                    row.side.label(),
                    row.locks,
                    row.requests.countedInAll(),
                    row.requests.ownInAll(),
                    row.requests.netInAll(),
                    row.leader.percent,
                    row.follower.percent,
                    row.plain == null ? "" : String.format(Locale.ROOT, "%.2f", row.plain.percent),
                    leader == null ? "" : leader.now(),
                    leader == null ? "" : leader.peak(),
                    follower == null ? "" : follower.now(),
                    plain == null ? "" : plain.now(),
                    leader == null ? "" : leader.heapBytes(),
                    follower == null ? "" : follower.heapBytes(),
                    plain == null ? "" : plain.heapBytes()));
        }
        return lines;
    }

    /** Requests a second that members cause, by side and number of locks. */
    Map<String, Map<Integer, Double>> requests() {
        Map<String, Map<Integer, Double>> lines = new TreeMap<>();
        rows.forEach(row -> lines.computeIfAbsent(row.side.label(), side -> new TreeMap<>())
                .put(row.locks, row.requests.netInAll()));
        return lines;
    }

    private static String now(@Nullable Cost cost) {
        Weight weight = cost == null ? null : cost.weight;
        return weight == null ? "-" : String.valueOf(weight.now());
    }

    private static String megabytes(@Nullable Cost cost) {
        Weight weight = cost == null ? null : cost.weight;
        return weight == null ? "-" : weight.megabytesText();
    }
}
