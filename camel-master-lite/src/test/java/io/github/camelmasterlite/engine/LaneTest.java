package io.github.camelmasterlite.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LaneTest {

    private static final Duration BOUND = Duration.ofSeconds(10);

    private final Lane lane = new Lane(new Threads(() -> "lane-test-" + System.identityHashCode(this)), "worker", 64);

    private long threadsAlive() {
        String prefix = "lane-test-" + System.identityHashCode(this);
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(prefix))
                .count();
    }

    @Test
    void quickTasksRunInTheOrderOfTheirArrivalOnFewThreads() {
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < 1_000; i++) {
            int number = i;
            lane.run(() -> {
                order.add(number);
                threads.add(Thread.currentThread());
            });
        }
        await().atMost(BOUND).until(() -> order.size() == 1_000);
        assertThat(order).containsAll(List.of(0, 500, 999));
        assertThat(threads.size()).isLessThanOrEqualTo(8);
    }

    @Test
    void aTaskThatBlocksForEverDoesNotHoldTheOthersUp() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger done = new AtomicInteger();
        for (int i = 0; i < 5; i++) {
            lane.run(() -> awaitQuietly(release));
            lane.run(done::incrementAndGet);
        }
        await().atMost(BOUND).until(() -> done.get() == 5);
        release.countDown();
    }

    @Test
    void aTaskThatThrowsEndsNothing() {
        AtomicInteger done = new AtomicInteger();
        lane.run(() -> {
            throw new AssertionError("on purpose");
        });
        lane.run(done::incrementAndGet);
        await().atMost(BOUND).until(() -> done.get() == 1);
    }

    @Test
    void anInterruptOfOneTaskDoesNotReachTheNext() {
        AtomicInteger interrupted = new AtomicInteger();
        CountDownLatch both = new CountDownLatch(2);
        lane.run(() -> {
            Thread.currentThread().interrupt();
            both.countDown();
        });
        lane.run(() -> {
            if (Thread.currentThread().isInterrupted()) {
                interrupted.incrementAndGet();
            }
            both.countDown();
        });
        await().atMost(BOUND).until(() -> both.getCount() == 0);
        assertThat(interrupted).hasValue(0);
    }

    @Test
    void noThreadStaysWhenThereIsNothingToDo() {
        lane.run(() -> {});
        await().atMost(BOUND).until(() -> threadsAlive() == 0);
    }

    @Test
    void aLimitOfThreadsIsKeptAndEverythingStillRuns() {
        Lane narrow = new Lane(new Threads(() -> "lane-narrow"), "worker", 2);
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        CountDownLatch gate = new CountDownLatch(1);
        for (int i = 0; i < 20; i++) {
            narrow.run(() -> {
                most.accumulateAndGet(now.incrementAndGet(), Math::max);
                awaitQuietly(gate);
                now.decrementAndGet();
                done.incrementAndGet();
            });
        }
        await().atMost(BOUND).until(() -> now.get() == 2);
        gate.countDown();
        await().atMost(BOUND).until(() -> done.get() == 20);
        assertThat(most).hasValue(2);
    }

    @Test
    void aThreadThatCannotBeMadeIsOwedAndNoTaskIsLost() {
        AtomicBoolean isExhausted = new AtomicBoolean(true);
        Threads few = exhausted("lane-starved", isExhausted);
        Lane starved = new Lane(few, "worker", 1);
        AtomicInteger done = new AtomicInteger();
        starved.run(done::incrementAndGet); // whoever calls is not to blame, and has more to do
        starved.run(done::incrementAndGet);
        assertThat(done).hasValue(0);
        Threads.Task owed = few.nextOwed();
        assertThat(owed).isNotNull();
        assertThat(few.nextOwed()).as("one thread would do").isNull();
        new Thread(Objects.requireNonNull(owed).body()).start();
        await().atMost(BOUND).until(() -> done.get() == 2);
        starved.run(done::incrementAndGet);
        await().atMost(BOUND).until(() -> done.get() == 3);
    }

    /** A process that is not allowed another thread. */
    static Threads exhausted(String prefix, AtomicBoolean isExhausted) {
        return new Threads(() -> prefix, body -> {
            if (isExhausted.get()) {
                throw new InternalError("unable to create native thread: on purpose");
            }
            return new Thread(body);
        });
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
