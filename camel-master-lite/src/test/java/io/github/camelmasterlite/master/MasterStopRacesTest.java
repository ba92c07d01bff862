package io.github.camelmasterlite.master;

import static io.github.camelmasterlite.master.MasterFixture.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.LocalClusterService;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A context that stops while leadership changes: no lock of the one waits for a lock of the other. {@code -Dstop.rounds=N} runs that many rounds,
 * {@code -Dstop.seed=N} begins elsewhere.
 */
@ExtendWith(QuietRoutes.class)
class MasterStopRacesTest {

    private static final int ROUNDS = 120;
    private static final long MOST_MILLIS = 2_000;

    /** What happens to the leadership of the context that stops. */
    private enum Change {
        RESIGNS,
        IS_DISABLED,
        ITS_VIEW_IS_STOPPED,
        ITS_SERVICE_IS_STOPPED,
        GAINS,
        ANOTHER_TAKES_OVER_AND_STOPS
    }

    private static final class Member {
        final LocalClusterService service;
        final DefaultCamelContext context = new DefaultCamelContext();

        Member(String id, String cluster, ChaosComponent.History history) throws Exception {
            service = new LocalClusterService(cluster);
            service.setId(id);
            context.getShutdownStrategy().setTimeout(60); // what comes to its aid must not be a time-out
            context.addService(service, true, true);
            context.addComponent("chaos", new ChaosComponent(id, history));
            MasterComponent master = new MasterComponent();
            master.setBackOffDelay(1);
            master.setBackOffMaxAttempts(2);
            context.addComponent("master", master);
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("master:lock1:chaos:x").routeId("route1").process(exchange -> {});
                    from("master:lock1:chaos:y").routeId("route2").process(exchange -> {});
                    from("master:lock2:chaos:z").routeId("route3").process(exchange -> {});
                }
            });
        }
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS) // a long run is a choice; the ordinary one takes less than a minute
    void noStopWaitsForAChangeOfLeadershipOrTheOtherWayRound() throws Exception {
        int rounds = Integer.getInteger("stop.rounds", ROUNDS);
        Random random = new Random(Long.getLong("stop.seed", 1));
        Map<Change, List<Long>> micros = new EnumMap<>(Change.class);
        long began = System.nanoTime();
        for (int round = 0; round < rounds; round++) {
            Change change = Change.values()[round % Change.values().length];
            micros.computeIfAbsent(change, c -> new ArrayList<>()).add(round(round, change, random));
        }
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
        List<Long> all = micros.values().stream().flatMap(List::stream).sorted().toList();
        System.out.printf("%d stops in %d s, milliseconds: %s%n", rounds, seconds, summary(all));
        micros.forEach((change, of) -> System.out.printf("  %s: %s%n", change, summary(of)));
        assertThat(all.get(all.size() - 1)).isLessThan(TimeUnit.MILLISECONDS.toMicros(MOST_MILLIS));
    }

    /** Returns how long the stop took, in microseconds. */
    private static long round(int round, Change change, Random random) throws Exception {
        String cluster = "races-" + System.identityHashCode(random) + "-" + round;
        ChaosComponent.History history = new ChaosComponent.History(random.nextLong());
        Member stopping = new Member("stopping", cluster, history);
        Member other = new Member("other", cluster, history);
        Member leader = change == Change.GAINS ? other : stopping;
        Member follower = leader == stopping ? other : stopping;
        leader.context.start();
        until(() -> leader.service.isLeader("lock1"));
        follower.context.start();
        LeadershipView view = stopping.service.getView("lock1");
        stopping.service.releaseView(view);

        CyclicBarrier together = new CyclicBarrier(2);
        long stopDelay = random.nextInt(300_000);
        long changeDelay = random.nextInt(300_000);
        CompletableFuture<Long> stop = onAThread("stops", () -> {
            together.await();
            delay(stopDelay);
            long from = System.nanoTime();
            stopping.context.stop();
            return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - from);
        });
        CompletableFuture<Long> changed = onAThread("changes leadership", () -> {
            together.await();
            delay(changeDelay);
            switch (change) {
                case RESIGNS -> view.resign(Duration.ZERO);
                case IS_DISABLED -> view.setDisabled(true);
                case ITS_VIEW_IS_STOPPED -> stopping.service.stopView("lock1");
                case ITS_SERVICE_IS_STOPPED -> stopping.service.stop();
                case GAINS -> other.service.stop();
                case ANOTHER_TAKES_OVER_AND_STOPS -> {
                    view.resign(Duration.ofSeconds(1));
                    other.context.stop();
                }
            }
            return 0L;
        });
        try {
            long took = stop.get(2 * MOST_MILLIS, TimeUnit.MILLISECONDS);
            changed.get(2 * MOST_MILLIS, TimeUnit.MILLISECONDS);
            return took;
        } catch (TimeoutException e) {
            throw new AssertionError(
                    "round " + round + " (" + change + ") does not end; the threads:\n" + threads(), e);
        } finally {
            history.calmDown();
            onAThread("cleans up", () -> {
                        stopping.context.stop();
                        other.context.stop();
                        return 0L;
                    })
                    .get(10 * MOST_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private static void delay(long nanos) {
        long until = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private interface Step {
        long run() throws Exception;
    }

    private static CompletableFuture<Long> onAThread(String name, Step step) {
        CompletableFuture<Long> outcome = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        outcome.complete(step.run());
                    } catch (Throwable t) {
                        outcome.completeExceptionally(t);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        return outcome;
    }

    private static String threads() {
        return Arrays.stream(ManagementFactory.getThreadMXBean().dumpAllThreads(true, true))
                .map(ThreadInfo::toString)
                .collect(Collectors.joining("\n"));
    }

    private static String summary(List<Long> micros) {
        List<Long> sorted = micros.stream().sorted().toList();
        return String.format(
                "p50 %.1f, p99 %.1f, max %.1f",
                sorted.get(sorted.size() / 2) / 1_000.0,
                sorted.get((int) (sorted.size() * 0.99)) / 1_000.0,
                sorted.get(sorted.size() - 1) / 1_000.0);
    }
}
