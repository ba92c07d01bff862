package io.github.camelmasterlite.master;

import static io.github.camelmasterlite.master.MasterFixture.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.LocalClusterService;
import io.github.camelmasterlite.cluster.WorkListener;
import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.master.ChaosComponent.History;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.ExceptionHandler;
import org.apache.camel.spi.RouteController;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The promises of {@link LifecycleModel} with real threads, contexts, consumers and elections: two members that compete for a lock, each with a
 * thread that gives its leadership up in every way there is and suspends, resumes, stops and starts its route, while delegates are slow and
 * fail. {@code -Dlifecycle.seed=N} takes the choices of that seed; the threads go their own way.
 */
@ExtendWith(QuietRoutes.class)
class MasterDisorderTest {

    private static final int EVENTS_PER_MEMBER = 750;
    private static final long STOP_BUDGET_MILLIS = 2_000;

    /** Counts tenures, as a second listener of the same view; its work ends at once. */
    private static final class Observer implements WorkListener {
        final AtomicInteger tenures = new AtomicInteger();

        @Override
        public void startWork(LeadershipView view, Tenure tenure) {
            tenures.incrementAndGet();
        }

        @Override
        public void stopWork(LeadershipView view, Tenure tenure) {}

        @Override
        public CompletionStage<?> workEnded() {
            return CompletableFuture.completedFuture(null);
        }
    }

    /** Looks every millisecond or so how long there has been a delegate of a member without leadership. */
    private static final class Watch implements Runnable {
        private final List<Member> members;
        private final long[] sinceNanos;
        private volatile long longestNanos;
        private volatile boolean over;

        Watch(List<Member> members) {
            this.members = members;
            this.sinceNanos = new long[members.size()];
        }

        @Override
        public void run() {
            long now = System.nanoTime();
            Arrays.fill(sinceNanos, now);
            while (!over) {
                for (int i = 0; i < sinceNanos.length; i++) {
                    Member member = members.get(i);
                    boolean orphaned = member.history.alive(member.id) > 0 && !member.view.isLeader();
                    now = System.nanoTime();
                    if (orphaned) {
                        longestNanos = Math.max(longestNanos, now - sinceNanos[i]);
                    } else {
                        sinceNanos[i] = now;
                    }
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }
    }

    private static final class Member {
        final String id;
        final History history;
        final LocalClusterService service;
        final DefaultCamelContext context = new DefaultCamelContext();
        final Observer observer = new Observer();
        final LeadershipView view;
        final Random random;
        final AtomicInteger failuresReported = new AtomicInteger();

        Member(String id, String cluster, History history, long seed) throws Exception {
            this.id = id;
            this.history = history;
            this.random = new Random(seed);
            service = new LocalClusterService(cluster);
            service.setId(id);
            service.setStopBudgetMillis(STOP_BUDGET_MILLIS);
            MasterComponent master = new MasterComponent();
            master.setBackOffDelay(3);
            master.setBackOffMaxAttempts(3);
            context.addService(service, true, true);
            context.addComponent("chaos", new ChaosComponent(id, history));
            context.addComponent("master", master);
            context.getEndpoint("master:lock1:chaos:x", MasterEndpoint.class)
                    .setExceptionHandler(new CountingHandler(failuresReported));
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("master:lock1:chaos:x").routeId("route1").process(exchange -> {});
                }
            });
            context.start();
            view = service.getView("lock1");
            view.addEventListener(observer);
        }

        private RouteController routes() {
            return context.getRouteController();
        }

        void event() throws Exception {
            switch (random.nextInt(14)) {
                case 0, 1, 2, 3, 4 -> view.resign(Duration.ZERO);
                case 5 -> {
                    view.setDisabled(true);
                    pause();
                    view.setDisabled(false);
                }
                case 6 -> {
                    service.stopView("lock1");
                    pause();
                    service.startView("lock1");
                }
                case 7, 8 -> {
                    routes().suspendRoute("route1");
                    until(() -> history.running(id) == 0);
                    pause();
                    routes().resumeRoute("route1");
                }
                case 9 -> {
                    routes().stopRoute("route1");
                    if (history.alive(id) != 0) {
                        synchronized (history) {
                            history.violations.add("a delegate of " + id + " is there after the route has stopped");
                        }
                    }
                    pause();
                    routes().startRoute("route1");
                }
                default -> pause();
            }
        }

        /** For a time within which most things happen here, or none. */
        private void pause() {
            long until = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(random.nextInt(12_000));
            for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
    }

    @Test
    void noPromiseIsBrokenByThreads() throws Exception {
        long seed = Long.getLong("lifecycle.seed", 1);
        int events = Integer.getInteger("lifecycle.events", 2 * EVENTS_PER_MEMBER) / 2;
        History history = new History(seed);
        Member first = new Member("first", "disorder" + seed, history, seed + 1);
        Member second = new Member("second", "disorder" + seed, history, seed + 2);
        Watch watch = new Watch(List.of(first, second));
        try {
            start(watch, "watch");
            CompletableFuture<Void> both = CompletableFuture.allOf(drive(first, events), drive(second, events));
            both.get(100, TimeUnit.SECONDS);

            history.calmDown();
            until(() -> history.running("first") + history.running("second") == 1);
            Member leader = history.running("first") == 1 ? first : second;
            until(() -> leader.view.isLeader());
        } finally {
            watch.over = true;
            first.context.stop();
            second.context.stop();
        }
        synchronized (history) {
            System.out.printf(
                    "seed %d: %d events, %d delegates made, %d started, %d failed to, tenures %d + %d, a delegate outlived its tenure by %d ms at most%n",
                    seed,
                    2 * events,
                    history.made.get(),
                    history.succeededStarts.get(),
                    history.failedStarts.get(),
                    first.observer.tenures.get(),
                    second.observer.tenures.get(),
                    TimeUnit.NANOSECONDS.toMillis(watch.longestNanos));
            assertThat(history.violations).as("seed %d", seed).isEmpty();
            assertThat(history.alive("first") + history.alive("second")).isZero();
            assertThat(TimeUnit.NANOSECONDS.toMillis(watch.longestNanos))
                    .as("milliseconds that a delegate outlived its tenure, seed %d", seed)
                    .isLessThan(STOP_BUDGET_MILLIS);
            assertThat(history.made.get())
                    .as("each attempt ends once, seed %d", seed)
                    .isEqualTo(history.succeededStarts.get() + history.failedStarts.get());
            assertThat(first.failuresReported.get() + second.failuresReported.get())
                    .as("each failed attempt is reported once, seed %d", seed)
                    .isEqualTo(history.failedStarts.get());
            assertThat(history.succeededStarts.get()).as("delegates started").isGreaterThan(events / 15);
        }
    }

    private static CompletableFuture<Void> drive(Member member, int events) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        start(
                () -> {
                    try {
                        for (int i = 0; i < events; i++) {
                            member.event();
                        }
                        done.complete(null);
                    } catch (Throwable t) {
                        done.completeExceptionally(t);
                    }
                },
                "drives " + member.id);
        return done;
    }

    private static void start(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private record CountingHandler(AtomicInteger count) implements ExceptionHandler {
        @Override
        public void handleException(@Nullable Throwable exception) {
            count.incrementAndGet();
        }

        @Override
        public void handleException(@Nullable String message, @Nullable Throwable exception) {
            count.incrementAndGet();
        }

        @Override
        public void handleException(
                @Nullable String message, @Nullable Exchange exchange, @Nullable Throwable failure) {
            count.incrementAndGet();
        }
    }
}
