package io.github.camelmasterlite.examples.benchmark;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Leaders that do not give back their lease: killed, or stopped and woken up again later. */
final class LeaseLosses {
    private static final String LOCK = "lock-1";

    /** A renewal that was under way when the leader was ended has arrived by then. */
    private static final Duration ARRIVAL = Duration.ofMillis(200);

    /** How long the old leader and the new one run beside each other after the old one has woken up. */
    private static final Duration TOGETHER = Duration.ofSeconds(1);

    private static final Duration RENEWAL_LIMIT = Duration.ofSeconds(30);
    private static final Duration LOOK = Duration.ofMillis(100);

    private final Setup setup;
    private final Results results;
    private final LeaseApi api;

    LeaseLosses(Setup setup, Results results, LeaseApi api) {
        this.setup = setup;
        this.results = results;
        this.api = api;
    }

    /**
     * How a member is configured, and how often that is measured.
     *
     * @param lease   the lease duration that comes of the options
     * @param options of the service
     */
    record Times(Duration lease, List<String> options, int rounds) {
        Times {
            options = List.copyOf(options);
        }

        @Override
        public String toString() {
            return "lease of %d s".formatted(lease.toSeconds());
        }
    }

    /**
     * From the last renewal of a leader that is killed.
     *
     * @param name what leases of this cluster begin with
     */
    List<String> kills(Cluster cluster, String name, Times times)
            throws BenchmarkException, IOException, InterruptedException {
        String late = "kill -9, %s: last renewal sent + %d s -> next consumer started"
                .formatted(times, times.lease.toSeconds());
        String all = "kill -9, %s: kill sent -> next consumer started".formatted(times);
        for (int round = 1; round <= times.rounds; round++) {
            Setup.progress(late, round, times.rounds);
            cluster.join(setup.members() - cluster.members().size());
            cluster.awaitAllLed();
            awaitRenewal(cluster, name);
            cluster.settle(setup.settle());
            Child leader = HandOvers.busiest(cluster);
            long killNanos = leader.kill();
            cluster.keepOut(ARRIVAL);
            long renewedNanos = renewedNanos(name);
            cluster.awaitAllLedWithout(leader);
            cluster.awaitEnd(leader);
            long start = requireNonNull(cluster.starts().get(LOCK)).nanos();
            results.add(late, 1, round, LOCK, start - renewedNanos - times.lease.toNanos());
            results.add(all, 1, round, LOCK, start - killNanos);
        }
        cluster.end();
        return List.of(results.row(late, 1), results.row(all, 1));
    }

    /** From the last renewal of a leader that is stopped; it is woken up when another leads. */
    List<String> freezes(Cluster cluster, String name, Times times)
            throws BenchmarkException, IOException, InterruptedException {
        String stopped = "SIGSTOP, %s: last renewal sent + %d s -> next consumer started"
                .formatted(times, times.lease.toSeconds());
        String ended = "SIGCONT, %s: sent -> old consumer stopped".formatted(times);
        int admitted = 0;
        int late = 0;
        int refused = 0;
        cluster.join(setup.members());
        for (int round = 1; round <= times.rounds; round++) {
            Setup.progress(stopped, round, times.rounds);
            cluster.awaitAllLed();
            awaitRenewal(cluster, name);
            cluster.settle(setup.settle());
            Child leader = HandOvers.busiest(cluster);
            long stopNanos = leader.freeze();
            cluster.keepOut(ARRIVAL);
            long renewedNanos = renewedNanos(name);
            cluster.awaitAllLedWithout(leader);
            long start = requireNonNull(cluster.starts().get(LOCK)).nanos();
            results.add(stopped, 1, round, LOCK, start - renewedNanos - times.lease.toNanos());
            Long last = cluster.lastAct(leader);
            if (last == null || stopNanos - last > TOGETHER.toNanos()) {
                throw new BenchmarkException(leader + " was not at work when it was stopped");
            }
            long wakeNanos = leader.thaw();
            cluster.awaitStopped(LOCK, wakeNanos);
            results.add(ended, 1, round, LOCK, requireNonNull(cluster.stops().get(LOCK)) - wakeNanos);
            cluster.settle(TOGETHER);
            admitted += requireNonNull(cluster.lastAct(leader)) > wakeNanos ? 1 : 0;
            Long lateAct = cluster.lastLateAct(leader);
            late += lateAct != null && lateAct > wakeNanos ? 1 : 0;
            Long refusal = cluster.lastRefusal(leader);
            refused += refusal != null && refusal > wakeNanos ? 1 : 0;
            cluster.readmit(leader);
        }
        cluster.end();
        List<String> rows = new ArrayList<>(List.of(results.row(stopped, 1), results.row(ended, 1)));
        rows.add("");
        rows.add(
                "After SIGCONT, %s: in %d of %d rounds an exchange that the old leader began after it was admitted, in %d one was refused; in %d one that was on its way when the leader was stopped went on."
                        .formatted(times, admitted, times.rounds, refused, late));
        return rows;
    }

    /** Who joined later than the last renewal counts from what it saw when it joined: all must have seen the same one. */
    private void awaitRenewal(Cluster cluster, String name)
            throws BenchmarkException, IOException, InterruptedException {
        long deadlineNanos = System.nanoTime() + RENEWAL_LIMIT.toNanos();
        String before = renewed(name);
        while (renewed(name).equals(before)) {
            if (deadlineNanos - System.nanoTime() <= 0) {
                throw new BenchmarkException("Waited %d s for a renewal".formatted(RENEWAL_LIMIT.toSeconds()));
            }
            cluster.settle(LOOK);
        }
    }

    private String renewed(String name) throws IOException {
        return api.get(name + "-" + LOCK).path("spec").path("renewTime").asText();
    }

    /** When the present state of the lease was about to be sent, on this process's monotonic clock: both clocks are this machine's. */
    private long renewedNanos(String name) throws IOException {
        Instant renewed = Instant.parse(renewed(name));
        return System.nanoTime() - ChronoUnit.NANOS.between(renewed, Instant.now());
    }
}
