package io.github.camelmasterlite.engine;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.election.Effect;
import io.github.camelmasterlite.election.Election;
import io.github.camelmasterlite.election.Event;
import io.github.camelmasterlite.election.Moment;
import io.github.camelmasterlite.election.Phase;
import io.github.camelmasterlite.election.Standing;
import io.github.camelmasterlite.election.Tenure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** On real threads: whoever drives the elections, they are driven by one thread at a time and nothing is missed. */
class LoopThreadTest {

    private final Threads threads = new Threads(() -> "loop-test-" + System.identityHashCode(this));
    private final LoopThread loopThread = new LoopThread(Ticker.system());
    private final AtomicInteger ended = new AtomicInteger();
    private final Counting counting = new Counting();
    private Seat seat = loopThread.loop().add("lock1", counting, counting);

    @BeforeEach
    void start() {
        loopThread.start(threads, ended::incrementAndGet);
    }

    @AfterEach
    void stop() {
        seat.withdraw();
        loopThread.stopWhenIdle();
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(ended).hasValue(1));
    }

    @Test
    void whoHasTheNewsDrivesTheElections() {
        awaitRest();
        counting.handlers.clear();
        for (int i = 0; i < 50; i++) {
            loopThread.within(seat::stand);
        }
        assertThat(counting.stands).hasValue(50);
        assertThat(counting.handlers).contains(Thread.currentThread());
    }

    @RepeatedTest(5)
    void nothingIsMissedAndNothingRunsBesideAnything() throws InterruptedException {
        int each = 2_000;
        List<Thread> drivers = new ArrayList<>();
        CountDownLatch go = new CountDownLatch(1);
        for (int n = 0; n < 4; n++) {
            boolean drives = n % 2 == 0;
            Thread driver = new Thread(() -> {
                awaitQuietly(go);
                for (int i = 0; i < each; i++) {
                    if (drives) {
                        loopThread.within(seat::stand);
                    } else {
                        seat.stand();
                    }
                    if (i % 200 == 0) {
                        threads.startQuickly("other", () -> {});
                    }
                }
            });
            driver.start();
            drivers.add(driver);
        }
        go.countDown();
        for (Thread driver : drivers) {
            driver.join(20_000);
        }
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(counting.stands).hasValue(4 * each));
        assertThat(counting.overlapped).isFalse();
    }

    @Test
    void aDeadlineThatAnotherThreadBroughtForwardIsKept() {
        Duration quickest = Duration.ofDays(1);
        for (int i = 1; i <= 5; i++) {
            int count = i;
            seat.stand();
            await().pollInterval(Duration.ofMillis(1)).until(() -> counting.stands.get() == 2 * count - 1);
            awaitRest(); // and half a second of sleep has just begun
            long setNanos = System.nanoTime();
            counting.deadlineNanos = setNanos + Duration.ofMillis(20).toNanos();
            loopThread.within(seat::stand);
            await().pollInterval(Duration.ofMillis(1)).until(() -> counting.ticks.get() == count);
            Duration took = Duration.ofNanos(counting.tickedNanos - setNanos);
            assertThat(took).isGreaterThanOrEqualTo(Duration.ofMillis(20));
            quickest = took.compareTo(quickest) < 0 ? took : quickest;
        }
        assertThat(quickest).isLessThan(Duration.ofMillis(300)); // a busy machine may be late, but not always
    }

    @Test
    void whatComesWhileAnotherThreadDrivesIsHandledByThatOne() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        awaitRest();
        counting.onResign = () -> {
            inside.countDown();
            awaitQuietly(release);
        };
        Thread driver = new Thread(() -> loopThread.within(() -> seat.resign(0)));
        driver.start();
        assertThat(inside.await(5, SECONDS)).isTrue();
        loopThread.within(seat::stand); // returns, though nothing can be done about it now
        assertThat(counting.stands).hasValue(0);
        awaitRest();
        release.countDown();
        driver.join(5_000);
        assertThat(counting.stands).hasValue(1);
        assertThat(counting.handlers).contains(driver);
    }

    @Test
    void theOwnThreadTakesOverWhatWouldNeedANewOneAndLeavesTheElectionsToThatOne() throws InterruptedException {
        Set<Thread> before = named("elections");
        assertThat(before).hasSize(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicReference<@Nullable Thread> taken = new AtomicReference<>();
        awaitRest();
        threads.startQuickly("other", () -> {
            taken.set(Thread.currentThread());
            awaitQuietly(release);
        });
        await().atMost(Duration.ofSeconds(5)).until(() -> taken.get() != null);
        assertThat(taken.get()).isIn(before);
        assertThat(named("other")).isEqualTo(before);

        seat.stand(); // by another thread now, while that one is busy
        await().atMost(Duration.ofSeconds(5)).until(() -> counting.stands.get() == 1);
        assertThat(named("elections")).hasSize(1).doesNotContainAnyElementsOf(before);
        release.countDown();
        before.iterator().next().join(5_000);
        assertThat(before.iterator().next().isAlive()).isFalse();
    }

    @Test
    void whatEndsTheLastElectionOnAnotherThreadEndsTheLoop() {
        awaitRest();
        loopThread.stopWhenIdle();
        loopThread.within(seat::withdraw);
        await().untilAsserted(() -> assertThat(ended).hasValue(1));
    }

    @Test
    void whateverIsThrownOutsideOfAnElectionDoesNotEndTheLoop() {
        AtomicInteger left = new AtomicInteger();
        Ticker broken = new Ticker() {
            @Override
            public long nanos() {
                return Ticker.system().nanos();
            }

            @Override
            public Moment now() {
                if (left.getAndDecrement() > 0) {
                    throw new InternalError("on purpose");
                }
                return Ticker.system().now();
            }
        };
        LoopThread other = new LoopThread(broken);
        Counting elected = new Counting();
        Seat otherSeat = other.loop().add("lock1", elected, elected);
        AtomicInteger otherEnded = new AtomicInteger();
        other.start(new Threads(() -> "loop-test-broken"), otherEnded::incrementAndGet);
        otherSeat.stand();
        await().atMost(Duration.ofSeconds(5)).until(() -> elected.stands.get() == 1);
        left.set(2);
        otherSeat.stand();
        await().atMost(Duration.ofSeconds(5)).until(() -> elected.stands.get() == 2);
        otherSeat.withdraw();
        other.stopWhenIdle();
        await().atMost(Duration.ofSeconds(5)).until(() -> otherEnded.get() == 1);
    }

    @Test
    void aThreadThatCannotBeMadeIsReplacedByTheOwnOneAndTheElectionsGoOnAfterwards() {
        AtomicBoolean isExhausted = new AtomicBoolean();
        Threads few = LaneTest.exhausted("loop-test-few", isExhausted);
        LoopThread other = new LoopThread(Ticker.system());
        Counting elected = new Counting();
        Seat otherSeat = other.loop().add("lock1", elected, elected);
        AtomicInteger otherEnded = new AtomicInteger();
        other.start(few, otherEnded::incrementAndGet);
        Lane stops = new Lane(few, "stops", 4);
        AtomicInteger stopped = new AtomicInteger();
        elected.onResign = () -> {
            isExhausted.set(true);
            stops.run(stopped::incrementAndGet);
        };
        otherSeat.resign(0);
        await().atMost(Duration.ofSeconds(5)).until(() -> stopped.get() == 1);
        otherSeat.stand();
        await().atMost(Duration.ofSeconds(5)).until(() -> elected.stands.get() == 1);
        otherSeat.withdraw();
        other.stopWhenIdle();
        await().atMost(Duration.ofSeconds(5)).until(() -> otherEnded.get() == 1);
    }

    /** Until the own thread sleeps. */
    private void awaitRest() {
        await().atMost(Duration.ofSeconds(5))
                .until(() -> named("elections").stream()
                        .allMatch(thread -> thread.getState() == Thread.State.TIMED_WAITING));
    }

    private Set<Thread> named(String role) {
        Set<Thread> found = ConcurrentHashMap.newKeySet();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("loop-test-" + System.identityHashCode(this) + "-" + role)) {
                found.add(thread);
            }
        }
        return found;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Counting implements Backend.Candidate<String, String>, Election<String, String>, Output {
        final AtomicInteger stands = new AtomicInteger();
        final AtomicInteger ticks = new AtomicInteger();
        final Set<Thread> handlers = ConcurrentHashMap.newKeySet();
        final AtomicBoolean overlapped = new AtomicBoolean();
        private final AtomicBoolean inside = new AtomicBoolean();
        volatile @Nullable Long deadlineNanos;
        volatile long tickedNanos;
        volatile Runnable onResign = () -> {};
        private volatile Phase phase = Phase.FOLLOWING;

        @Override
        public List<Effect<String>> on(Event<String> event, Moment now) {
            if (!inside.compareAndSet(false, true)) {
                overlapped.set(true);
            }
            handlers.add(Thread.currentThread());
            if (event instanceof Event.Stand<String>) {
                stands.incrementAndGet();
            } else if (event instanceof Event.Resign<String>) {
                onResign.run();
            } else if (event instanceof Event.Tick<String>) {
                tickedNanos = System.nanoTime();
                ticks.incrementAndGet();
                deadlineNanos = null;
            } else if (event instanceof Event.Withdraw<String>) {
                phase = Phase.STOPPED;
            }
            inside.set(false);
            return List.of();
        }

        @Override
        public Election<String, String> election() {
            return this;
        }

        @Override
        public CompletionStage<String> perform(String command) {
            return new CompletableFuture<>();
        }

        @Override
        public @Nullable Long deadlineNanos() {
            return deadlineNanos;
        }

        @Override
        public Standing standing() {
            return new Standing("lock1", "me", phase, null, 0, null, null);
        }

        @Override
        public void published(Standing standing) {}

        @Override
        public void startWork(Tenure tenure) {}

        @Override
        public void stopWork(Tenure tenure) {}

        @Override
        public void ended() {}
    }
}
