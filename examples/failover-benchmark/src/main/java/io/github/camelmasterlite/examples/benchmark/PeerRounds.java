package io.github.camelmasterlite.examples.benchmark;

import io.github.camelmasterlite.kubernetes.FaultProxy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
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
    static final String FROZEN = "SIGSTOP sent -> next consumer started";
    static final String RENEWED = "one renewal answered with HTTP 409 -> next renewal of the same leader written";
    static final String WITHOUT = "after one HTTP 409: time without a running consumer, of the %d s that were watched";

    /** Not of a side, but of this program, on which those depend whose take-over waits for the pod. */
    static final String POD_DELETED = "kill -9 sent -> pod of the killed member deleted by this program";

    /** How long this program does nothing after it has done something to a leader. */
    private static final Duration QUIET = Duration.ofMillis(100);

    /** How long is looked at what comes after the first take-over of each kind, for the picture of it. */
    private static final Duration PICTURED = Duration.ofSeconds(2);

    /** How long after all is led again is looked whether a second member works. */
    private static final Duration AFTERWARDS = Duration.ofSeconds(1);

    /** Longer than members wait for their Camel context to stop. */
    private static final Duration LEAVE = Duration.ofSeconds(30);

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
        String where = "%s, %d locks, round %d".formatted(part, locks, round);
        try {
            what.run(cluster);
        } catch (BenchmarkException e) {
            results.failure(side, "%s failed: %s".formatted(where, e.getMessage()));
        } finally {
            cluster.overlaps().forEach(overlap -> results.overlap(side, where, overlap));
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
        String last = Measures.allSinceAsked(setup.members());
        with(side, meeting, PeerPart.cold, locks, round, cluster -> {
            cluster.prepare(setup.members());
            cluster.settle(Duration.ofMillis(500));
            List<Child> joined = cluster.begin(setup.members());
            start(cluster, joined);
            boolean areAll = cluster.areAllLedWithin(limit);
            consumersStarted(side, cluster, setup.members(), locks, round);
            if (areAll) {
                long first =
                        joined.stream().mapToLong(cluster::askedNanos).min().orElseThrow();
                long all = cluster.starts().values().stream()
                        .mapToLong(Cluster.Start::nanos)
                        .max()
                        .orElseThrow();
                results.add(last, side.label(), locks, round, "all", all - first);
            } else {
                results.addUnfinished(last, side.label(), locks, round, "all", limit);
            }
            cluster.settle(AFTERWARDS);
        });
    }

    /** From the request to start to the consumers, and, where there is a Camel context, from its start. */
    private void consumersStarted(PeerSide side, Cluster cluster, int together, int locks, int round) {
        String asked = Measures.sinceAsked(together);
        String context = Measures.sinceContext(together);
        Map<String, Cluster.Start> starts = cluster.starts();
        for (String lock : locks(locks)) {
            Cluster.Start start = starts.get(lock);
            if (start == null) {
                results.addUnfinished(asked, side.label(), locks, round, lock, limit);
                if (side.isCamel()) {
                    results.addUnfinished(context, side.label(), locks, round, lock, limit);
                }
                continue;
            }
            results.add(asked, side.label(), locks, round, lock, start.nanos() - cluster.askedNanos(start.member()));
            if (side.isCamel()) {
                // a member may lead before the last of its routes has started: then nothing was waited for
                long nanos = start.nanos() - cluster.contextStartedNanos(start.member());
                results.add(context, side.label(), locks, round, lock, Math.max(0, nanos));
            }
        }
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

    /**
     * One member leads everything, and the others follow; null if it never came to that.
     *
     * @param isCold whether this start is like any other of this side: what comes to be led is a sample of it
     */
    private @Nullable Child gathered(PeerSide side, Cluster cluster, int locks, int round, boolean isCold)
            throws BenchmarkException, IOException, InterruptedException {
        List<Child> first = cluster.begin(1);
        start(cluster, first);
        boolean areAll = cluster.areAllLedWithin(limit);
        if (isCold) {
            consumersStarted(side, cluster, 1, locks, round);
        }
        if (!areAll) {
            results.failure(
                    side,
                    "%d locks, round %d: not all locks were led within %d s; nothing further was measured in it"
                            .formatted(locks, round, limit.toSeconds()));
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
            Child leader = gathered(side, cluster, locks, round, true);
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
            long waited = System.nanoTime();
            boolean isEnded = switch (fault) {
                case graceful -> cluster.haveStoppedWithin(LEAVE, leader, led, signal);
                case kill -> cluster.hasEndedWithin(LEAVE, leader);
                default -> true;
            };
            if (!isEnded) {
                results.failure(
                        side,
                        "%s, %d locks, round %d: %d s after the take-over the leader had not stopped all its consumers"
                                .formatted(fault, locks, round, LEAVE.toSeconds()));
            }
            Long farewell = leader.farewellNanos();
            if (fault == PeerPart.kill && meeting.hasPods() && farewell != null) {
                results.add(POD_DELETED, side.label(), locks, round, leader.name(), farewell - signal);
            }
            boolean isPictured = failovers.stream().noneMatch(known -> known.side() == side && known.fault() == fault);
            cluster.settle(isPictured ? PICTURED : AFTERWARDS);
            long end = System.nanoTime();
            List<Cluster.Change> history = cluster.history();
            takeOvers(side, fault, locks, round, TakeOver.of(history, leader, led, signal), signal, waited, areAll);
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
            Map<String, TakeOver> takeOvers,
            long signal,
            long waited,
            boolean areAll) {
        String sent = switch (fault) {
            case graceful -> Measures.TERMINATED;
            case kill -> Measures.KILLED;
            default -> FROZEN;
        };
        long last = signal;
        for (Map.Entry<String, TakeOver> entry : takeOvers.entrySet()) {
            String lock = entry.getKey();
            Long start = entry.getValue().startNanos();
            Long stop = entry.getValue().stopNanos();
            if (start == null) {
                results.addUnfinished(sent, side.label(), locks, round, lock, Duration.ofNanos(waited - signal));
            } else {
                last = Math.max(last, start);
                results.add(sent, side.label(), locks, round, lock, start - signal);
            }
            if (fault != PeerPart.graceful) {
                continue;
            }
            if (stop == null) {
                results.failure(
                        side,
                        "%d locks, round %d: the leader ended without stopping its consumer for %s"
                                .formatted(locks, round, lock));
            } else if (start == null) {
                // counts from the stop, so it was not waited for as long as since the signal
                Duration since = Duration.ofNanos(Math.max(0, waited - stop));
                results.addUnfinished(Measures.STOPPED, side.label(), locks, round, lock, since);
            } else {
                results.add(Measures.STOPPED, side.label(), locks, round, lock, start - stop);
            }
        }
        if (locks > 1 && fault != PeerPart.freeze) {
            String all = fault == PeerPart.graceful ? Measures.TERMINATED_LAST : Measures.KILLED_LAST;
            if (areAll) {
                results.add(all, side.label(), locks, round, "all", last - signal);
            } else {
                results.addUnfinished(all, side.label(), locks, round, "all", Duration.ofNanos(waited - signal));
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
            // through the proxy, which other starts do not have before them
            Child leader = gathered(side, cluster, 1, round, false);
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
            OptionalLong renewal = Renewals.next(proxy.answered(), lease, leader.name(), refused);
            Renewals.byOthers(proxy.answered(), lease, leader.name(), refused)
                    .ifPresent(taken -> results.note(
                            "%s, conflict, round %d: after %,d ms the lease was written by another, or given back"
                                    .formatted(side.label(), round, (taken - refused) / 1_000_000)));
            if (renewal.isPresent()) {
                results.add(RENEWED, side.label(), 1, round, LOCK, renewal.getAsLong() - refused);
            } else {
                results.addUnfinished(RENEWED, side.label(), 1, round, LOCK, Duration.ofNanos(end - refused));
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
