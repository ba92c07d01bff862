package io.github.camelmasterlite.examples.benchmark;

import io.github.camelmasterlite.kubernetes.FaultProxy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Rounds of one side: each with members and a place of their own, so that no other side runs meanwhile.
 *
 * <p>What does not come within the limit is a result as well. A round that fails for another reason is told in the notes.
 */
final class PeerRounds {
    static final String GRACEFUL = "SIGTERM: old consumer stopped -> next started";
    static final String GRACEFUL_SENT = "SIGTERM sent -> next consumer started";
    static final String GRACEFUL_LAST = "SIGTERM sent -> last next consumer started";
    static final String KILLED = "kill -9 sent -> next consumer started";
    static final String KILLED_LAST = "kill -9 sent -> last next consumer started";
    static final String FROZEN = "SIGSTOP sent -> next consumer started";
    static final String RENEWED = "one renewal answered with HTTP 409 -> next renewal written";
    static final String WITHOUT = "after one HTTP 409: time without a running consumer, of the %d s that were watched";
    static final String COLD_ALONE = "one member: context started -> consumer started";
    static final String COLD = "%d members starting together: context started -> consumer started";
    static final String COLD_LAST = "%d members starting together: first context started -> all locks led";

    /** How long this program does nothing after it has done something to a leader. */
    private static final Duration QUIET = Duration.ofMillis(100);

    /** How long is looked at what comes after the first take-over of each kind, for the picture of it. */
    private static final Duration PICTURED = Duration.ofSeconds(2);

    private static final Duration RENEWAL_LIMIT = Duration.ofSeconds(40);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final String LOCK = "lock-1";

    private final Setup setup;
    private final PeerResults results;
    private final Duration limit;
    private final List<Plots.Failover> failovers = new ArrayList<>();

    /**
     * @param limit how long something is waited for that does not come
     */
    PeerRounds(Setup setup, PeerResults results, Duration limit) {
        this.setup = setup;
        this.results = results;
        this.limit = limit;
    }

    /** One round of each side and part at least, as far as there was one. */
    List<Plots.Failover> failovers() {
        return List.copyOf(failovers);
    }

    /** What members do in a round. */
    private interface Round {
        void run(Cluster cluster) throws BenchmarkException, IOException, InterruptedException;
    }

    private void with(PeerSide side, PeerMeeting meeting, PeerPart part, int locks, int round, Round what)
            throws BenchmarkException, IOException, InterruptedException {
        System.err.printf("  %s, %s, %d locks: round %d%n", part, side.label(), locks, round);
        Cluster cluster = cluster(setup, meeting, part.name(), locks);
        try {
            what.run(cluster);
        } catch (BenchmarkException e) {
            results.note("%s, %s, %d locks, round %d failed: %s"
                    .formatted(side.label(), part, locks, round, e.getMessage()));
        } finally {
            cluster.abandon();
            meeting.clear();
        }
    }

    /** Only as many members are made as take part. */
    static Cluster cluster(Setup setup, PeerMeeting meeting, String name, int locks, String... modes)
            throws IOException {
        Setup there = new Setup(
                setup.children(),
                setup.rounds(),
                setup.members(),
                setup.lockCounts(),
                setup.heap(),
                meeting,
                setup.settle(),
                setup.idle());
        return new Cluster(there, List.of("-Xmx" + setup.heap()), 1, name, locks, modes);
    }

    /** All members start together. */
    void cold(PeerSide side, PeerMeeting meeting, int locks, int round)
            throws BenchmarkException, IOException, InterruptedException {
        String each = COLD.formatted(setup.members());
        String last = COLD_LAST.formatted(setup.members());
        with(side, meeting, PeerPart.cold, locks, round, cluster -> {
            cluster.prepare(setup.members());
            cluster.settle(Duration.ofMillis(500));
            List<Child> joined = cluster.begin(setup.members());
            start(cluster, joined);
            boolean areAll = cluster.areAllLedWithin(limit);
            Map<String, Cluster.Start> starts = cluster.starts();
            for (String lock : locks(locks)) {
                Cluster.Start start = starts.get(lock);
                if (start == null) {
                    results.addUnfinished(each, side.label(), locks, round, lock, limit);
                } else {
                    long nanos = start.nanos() - cluster.contextStartedNanos(start.member());
                    // a member may lead before the last of its routes has started: then that start is what was waited
                    // for
                    results.add(each, side.label(), locks, round, lock, Math.max(0, nanos));
                }
            }
            if (areAll) {
                long first = joined.stream()
                        .mapToLong(cluster::contextStartedNanos)
                        .min()
                        .orElseThrow();
                long all = starts.values().stream()
                        .mapToLong(Cluster.Start::nanos)
                        .max()
                        .orElseThrow();
                results.add(last, side.label(), locks, round, "all", Math.max(0, all - first));
            } else {
                results.addUnfinished(last, side.label(), locks, round, "all", limit);
            }
        });
    }

    private void start(Cluster cluster, List<Child> joined) throws BenchmarkException, InterruptedException {
        if (!cluster.areStartedWithin(limit, joined)) {
            throw new BenchmarkException("Waited %d s for Camel contexts to start".formatted(limit.toSeconds()));
        }
    }

    private static List<String> locks(int number) {
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= number; i++) {
            names.add("lock-" + i);
        }
        return names;
    }

    /** One member leads everything, and the others follow; null if it never came to that. */
    private @Nullable Child gathered(PeerSide side, Cluster cluster, int locks, int round)
            throws BenchmarkException, IOException, InterruptedException {
        List<Child> first = cluster.begin(1);
        start(cluster, first);
        boolean areAll = cluster.areAllLedWithin(limit);
        Map<String, Cluster.Start> starts = cluster.starts();
        for (String lock : locks(locks)) {
            Cluster.Start start = starts.get(lock);
            if (start == null) {
                results.addUnfinished(COLD_ALONE, side.label(), locks, round, lock, limit);
            } else {
                long nanos = start.nanos() - cluster.contextStartedNanos(start.member());
                results.add(COLD_ALONE, side.label(), locks, round, lock, Math.max(0, nanos));
            }
        }
        if (!areAll) {
            results.note(
                    "%s, %d locks, round %d: not all locks were led within %d s; nothing further was measured in it"
                            .formatted(side.label(), locks, round, limit.toSeconds()));
            return null;
        }
        start(cluster, cluster.begin(setup.members() - 1));
        cluster.settle(setup.settle());
        return HandOvers.busiest(cluster);
    }

    /** Something is done to the leader of all locks. */
    void handOver(PeerSide side, PeerMeeting meeting, PeerPart fault, int locks, int round)
            throws BenchmarkException, IOException, InterruptedException {
        with(side, meeting, fault, locks, round, cluster -> {
            Child leader = gathered(side, cluster, locks, round);
            if (leader == null) {
                return;
            }
            Set<String> led = new TreeSet<>();
            cluster.starts().forEach((lock, start) -> {
                if (start.member().equals(leader)) {
                    led.add(lock);
                }
            });
            if (led.size() < locks) {
                results.note("%s, %s, %d locks, round %d: the leader led %d of them only"
                        .formatted(side.label(), fault, locks, round, led.size()));
            }
            long signal = switch (fault) {
                case graceful -> leader.terminate();
                case kill -> leader.kill();
                case freeze -> leader.freeze();
                default -> throw new IllegalArgumentException(fault.name());
            };
            cluster.keepOut(QUIET);
            boolean areAll = cluster.areAllLedWithin(limit, leader);
            boolean isPictured = failovers.stream().noneMatch(known -> known.side() == side && known.fault() == fault);
            if (isPictured) {
                cluster.settle(PICTURED);
            }
            long end = System.nanoTime();
            List<Cluster.Change> history = cluster.history();
            takeOvers(side, fault, locks, round, leader, led, signal, areAll, history);
            if (isPictured) {
                List<Cluster.Change> ofOne = history.stream()
                        .filter(change -> change.lock().equals(LOCK))
                        .toList();
                failovers.add(new Plots.Failover(side, fault, signal, end, leader, ofOne));
            }
        });
    }

    private void takeOvers(
            PeerSide side,
            PeerPart fault,
            int locks,
            int round,
            Child leader,
            Set<String> led,
            long signal,
            boolean areAll,
            List<Cluster.Change> history) {
        Map<String, Long> starts = new HashMap<>();
        Map<String, Long> stops = new HashMap<>();
        for (Cluster.Change change : history) {
            if (change.nanos() < signal) {
                continue;
            }
            if (change.isStart() && !change.member().equals(leader)) {
                starts.merge(change.lock(), change.nanos(), Math::min);
            } else if (!change.isStart() && change.member().equals(leader)) {
                stops.merge(change.lock(), change.nanos(), Math::max);
            }
        }
        String sent = switch (fault) {
            case graceful -> GRACEFUL_SENT;
            case kill -> KILLED;
            default -> FROZEN;
        };
        long last = signal;
        for (String lock : led) {
            Long start = starts.get(lock);
            Long stop = stops.get(lock);
            if (start == null) {
                results.addUnfinished(sent, side.label(), locks, round, lock, limit);
                if (fault == PeerPart.graceful) {
                    results.addUnfinished(GRACEFUL, side.label(), locks, round, lock, limit);
                }
                continue;
            }
            last = Math.max(last, start);
            results.add(sent, side.label(), locks, round, lock, start - signal);
            if (fault == PeerPart.graceful) {
                if (stop == null) {
                    results.note("%s, %d locks, round %d: the leader ended without stopping its consumer for %s"
                            .formatted(side.label(), locks, round, lock));
                } else {
                    results.add(GRACEFUL, side.label(), locks, round, lock, start - stop);
                }
            }
        }
        if (locks > 1 && fault != PeerPart.freeze) {
            String all = fault == PeerPart.graceful ? GRACEFUL_LAST : KILLED_LAST;
            if (areAll) {
                results.add(all, side.label(), locks, round, "all", last - signal);
            } else {
                results.addUnfinished(all, side.label(), locks, round, "all", limit);
            }
        }
    }

    /**
     * One renewal of the leader meets a conflict.
     *
     * @param meeting through the proxy
     * @param watched how long is looked what comes of it
     */
    void conflict(PeerSide side, PeerMeeting meeting, FaultProxy proxy, Duration watched, int round)
            throws BenchmarkException, IOException, InterruptedException {
        String without = WITHOUT.formatted(watched.toSeconds());
        with(side, meeting, PeerPart.conflict, 1, round, cluster -> {
            Child leader = gathered(side, cluster, 1, round);
            if (leader == null) {
                return;
            }
            String lease = "/" + meeting.lastPlace() + "-" + LOCK;
            FaultProxy.Rule rule = proxy.next(
                    1,
                    request -> request.isPut() && request.path().endsWith(lease),
                    FaultProxy.Fault.refusal(409, "Conflict"));
            long deadline = System.nanoTime() + RENEWAL_LIMIT.toNanos();
            while (rule.hits() == 0 && deadline - System.nanoTime() > 0) {
                cluster.settle(LOOK);
            }
            if (rule.hits() == 0) {
                rule.end();
                throw new BenchmarkException("Waited %d s for a renewal".formatted(RENEWAL_LIMIT.toSeconds()));
            }
            // what was answered by the proxy never reached the server
            long refused = proxy.requests().stream()
                    .filter(request -> request.isPut() && request.path().endsWith(lease))
                    .filter(request -> proxy.answered().stream()
                            .noneMatch(answer -> answer.request().equals(request)))
                    .mapToLong(FaultProxy.Request::nanos)
                    .max()
                    .orElseThrow();
            cluster.settle(watched.minusNanos(System.nanoTime() - refused));
            long end = System.nanoTime();
            OptionalLong renewal = proxy.answered().stream()
                    .filter(answer -> answer.code() == 200
                            && answer.request().isPut()
                            && answer.request().path().endsWith(lease)
                            && answer.request().nanos() > refused)
                    .mapToLong(answer -> answer.request().nanos())
                    .min();
            if (renewal.isPresent()) {
                results.add(RENEWED, side.label(), 1, round, LOCK, renewal.getAsLong() - refused);
            } else {
                results.addUnfinished(RENEWED, side.label(), 1, round, LOCK, watched);
            }
            List<Cluster.Change> history = cluster.history();
            results.add(without, side.label(), 1, round, LOCK, idleNanos(history, refused, end));
            if (failovers.stream().noneMatch(known -> known.side() == side && known.fault() == PeerPart.conflict)) {
                failovers.add(new Plots.Failover(side, PeerPart.conflict, refused, end, leader, history));
            }
        });
    }

    /** For how long between two moments no consumer ran. */
    static long idleNanos(List<Cluster.Change> history, long from, long to) {
        List<Cluster.Change> sorted = history.stream()
                .sorted(java.util.Comparator.comparing(Cluster.Change::nanos))
                .toList();
        long idle = 0;
        int running = 0;
        long since = from;
        for (Cluster.Change change : sorted) {
            if (change.nanos() > from && change.nanos() <= to) {
                if (running == 0) {
                    idle += change.nanos() - since;
                }
                since = change.nanos();
            }
            running += change.isStart() ? 1 : -1;
        }
        return running == 0 ? idle + to - since : idle;
    }
}
