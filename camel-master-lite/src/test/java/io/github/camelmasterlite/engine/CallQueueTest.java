package io.github.camelmasterlite.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CallQueueTest {

    private final List<Long> begun = new ArrayList<>();

    private CallQueue.Place enter(CallQueue queue, long neededByNanos) {
        CallQueue.Place place = queue.place(neededByNanos, turn -> begun.add(neededByNanos));
        place.enter();
        return place;
    }

    @Test
    void whatIsNeededEarliestBeginsFirstAndEqualNeedsInTheOrderOfTheirArrival() {
        CallQueue queue = new CallQueue(1);
        CallQueue.Place first = enter(queue, 50);
        List<String> order = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int number = i;
            queue.place(number % 2 == 0 ? 20 : 10, turn -> {
                        order.add((number % 2 == 0 ? "20:" : "10:") + number);
                        turn.leave();
                    })
                    .enter();
        }
        assertThat(begun).containsExactly(50L);
        assertThat(order).isEmpty();
        first.leave();
        assertThat(order).containsExactly("10:1", "10:3", "10:5", "20:0", "20:2", "20:4");
    }

    @Test
    void needsAreComparedAcrossTheOverflowOfTheClock() {
        CallQueue queue = new CallQueue(1);
        CallQueue.Place first = enter(queue, 0);
        CallQueue.Place late = enter(queue, Long.MIN_VALUE + 5); // ten nanoseconds after the next one
        CallQueue.Place early = enter(queue, Long.MAX_VALUE - 4);
        first.leave();
        early.leave();
        late.leave();
        assertThat(begun).containsExactly(0L, Long.MAX_VALUE - 4, Long.MIN_VALUE + 5);
    }

    @Test
    void neverMoreThanTheBoundIsUnderWay() {
        CallQueue queue = new CallQueue(3);
        List<CallQueue.Place> places = new ArrayList<>();
        for (long i = 0; i < 10; i++) {
            places.add(enter(queue, i));
        }
        assertThat(begun).containsExactly(0L, 1L, 2L);
        places.get(1).leave();
        assertThat(begun).containsExactly(0L, 1L, 2L, 3L);
    }

    @Test
    void aCallThatLingersLetsOneMoreBeginAndNoFurtherOneWhenItReturns() {
        CallQueue queue = new CallQueue(2);
        List<CallQueue.Place> places = new ArrayList<>();
        for (long i = 0; i < 6; i++) {
            places.add(enter(queue, i));
        }
        places.get(0).linger();
        places.get(0).linger();
        assertThat(begun).containsExactly(0L, 1L, 2L);
        places.get(0).leave();
        places.get(0).linger();
        assertThat(begun).containsExactly(0L, 1L, 2L);
        places.get(1).leave();
        places.get(1).linger();
        assertThat(begun).containsExactly(0L, 1L, 2L, 3L);
    }

    @Test
    void aCallThatWaitsCannotLinger() {
        CallQueue queue = new CallQueue(1);
        CallQueue.Place first = enter(queue, 0);
        CallQueue.Place second = enter(queue, 1);
        enter(queue, 2);
        second.linger();
        assertThat(begun).containsExactly(0L);
        first.leave();
        assertThat(begun).containsExactly(0L, 1L);
        assertThat(second.wasLetIn()).isTrue();
    }

    @Test
    void aPlaceIsGivenBackOnceHoweverOftenItsCallLeaves() {
        CallQueue queue = new CallQueue(2);
        CallQueue.Place first = enter(queue, 1);
        enter(queue, 2);
        enter(queue, 3);
        enter(queue, 4);
        first.leave();
        first.leave();
        first.leave();
        assertThat(begun).containsExactly(1L, 2L, 3L);
    }

    @Test
    void aCallThatLeftBeforeItBeganNeverBegins() {
        CallQueue queue = new CallQueue(1);
        CallQueue.Place first = enter(queue, 1);
        CallQueue.Place gone = enter(queue, 2);
        enter(queue, 3);
        gone.leave();
        first.leave();
        assertThat(begun).containsExactly(1L, 3L);
    }

    @Test
    void aCallThatLeftBeforeItEnteredNeverBeginsAndTakesNoPlace() {
        CallQueue queue = new CallQueue(1);
        CallQueue.Place gone = queue.place(1, turn -> begun.add(1L));
        gone.leave();
        gone.enter();
        enter(queue, 2);
        assertThat(begun).containsExactly(2L);
    }

    @Test
    void aCallThatCannotEvenBeginGivesItsPlaceBack() {
        CallQueue queue = new CallQueue(1);
        CallQueue.Place broken = queue.place(1, turn -> {
            throw new IllegalStateException("on purpose");
        });
        assertThatThrownBy(broken::enter).isInstanceOf(IllegalStateException.class);
        enter(queue, 2);
        assertThat(begun).containsExactly(2L);
    }

    @Test
    void anyNumberOfWaitingCallsThatReturnAtOnceNeedsNoDeeperStack() {
        CallQueue queue = new CallQueue(1);
        CallQueue.Place first = enter(queue, 0);
        AtomicInteger returned = new AtomicInteger();
        for (int i = 1; i <= 100_000; i++) {
            queue.place(i, turn -> {
                        returned.incrementAndGet();
                        turn.leave();
                    })
                    .enter();
        }
        assertThat(returned).hasValue(0);
        first.leave();
        assertThat(returned).hasValue(100_000);
    }

    @Test
    void anyNumberOfCallsThatEachEnterTheNextNeedsNoDeeperStack() {
        CallQueue queue = new CallQueue(2);
        AtomicInteger returned = new AtomicInteger();
        enterNext(queue, returned, 100_000);
        assertThat(returned).hasValue(100_000);
    }

    private static void enterNext(CallQueue queue, AtomicInteger returned, int left) {
        queue.place(left, turn -> {
                    returned.incrementAndGet();
                    turn.leave();
                    if (left > 1) {
                        enterNext(queue, returned, left - 1);
                    }
                })
                .enter();
    }

    @Test
    void aCallThatIsSlowToBeginOnOneThreadHoldsUpNoOther() throws Exception {
        CallQueue queue = new CallQueue(2);
        CountDownLatch beginning = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Thread slow = new Thread(() -> queue.place(1, turn -> {
                    beginning.countDown();
                    awaitQuietly(goOn);
                })
                .enter());
        slow.start();
        assertThat(beginning.await(10, TimeUnit.SECONDS)).isTrue();
        enter(queue, 2).leave();
        enter(queue, 3);
        assertThat(begun).containsExactly(2L, 3L);
        goOn.countDown();
        slow.join(10_000);
    }

    @Test
    void manyThreadsNeitherExceedTheBoundNorLoseACall() throws Exception {
        CallQueue queue = new CallQueue(4);
        AtomicInteger underWay = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 5_000; i++) {
                    queue.place(i, turn -> {
                                most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
                                done.incrementAndGet();
                                underWay.decrementAndGet();
                                turn.leave();
                            })
                            .enter();
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join(30_000);
        }
        assertThat(done).hasValue(20_000);
        assertThat(most.get()).isLessThanOrEqualTo(4);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
