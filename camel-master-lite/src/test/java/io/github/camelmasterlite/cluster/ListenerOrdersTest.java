package io.github.camelmasterlite.cluster;

import static io.github.camelmasterlite.cluster.ListenerOrders.onceStopped;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What listeners are promised, in every order in which loop, users and dispatcher can take their steps. */
class ListenerOrdersTest {

    private static Runnable[] gainLossGain(ListenerOrders orders) {
        List<Runnable> steps = new ArrayList<>(List.of(orders.gain(1)));
        steps.addAll(List.of(orders.lose(1)));
        Runnable[] again = orders.gain(2);
        steps.add(onceStopped(1, again[0]));
        steps.add(again[1]);
        return steps.toArray(Runnable[]::new);
    }

    private static Runnable[] gainLoss(ListenerOrders orders) {
        List<Runnable> steps = new ArrayList<>(List.of(orders.gain(1)));
        steps.addAll(List.of(orders.lose(1)));
        return steps.toArray(Runnable[]::new);
    }

    private static void print(String what, int orders) {
        System.out.println(what + ": " + orders + " orders");
        assertThat(orders).isGreaterThanOrEqualTo(10);
    }

    @Test
    void workIsStartedAndStoppedInPairsAlsoWhileAStartStillRuns() {
        AtomicReference<ListenerOrders.Worker> worker = new AtomicReference<>();
        print(
                "one slow listener, gain, loss, gain",
                ListenerOrders.inEveryOrder(
                        orders -> {
                            worker.set(orders.new Worker("one", true));
                            orders.view.addEventListener(worker.get());
                            orders.actor(gainLossGain(orders));
                        },
                        orders -> {
                            worker.get().checkPairs(2);
                            assertThat(orders.workStopped()).isEqualTo(1);
                        }));
    }

    @Test
    void twoListenersHearEveryTenureWhateverTheOtherDoes() {
        AtomicReference<ListenerOrders.Worker> worker = new AtomicReference<>();
        AtomicReference<ListenerOrders.Hearer> hearer = new AtomicReference<>();
        print(
                "two listeners, gain, loss, gain",
                ListenerOrders.inEveryOrder(
                        orders -> {
                            worker.set(orders.new Worker("one", true));
                            hearer.set(orders.new Hearer("two"));
                            orders.view.addEventListener(worker.get());
                            orders.view.addEventListener(hearer.get());
                            orders.actor(gainLossGain(orders));
                        },
                        orders -> {
                            worker.get().checkPairs(2);
                            hearer.get().check(2);
                        }));
    }

    @Test
    void aListenerThatIsAddedAtAnyPointHearsTheStateOnce() {
        AtomicReference<ListenerOrders.Worker> worker = new AtomicReference<>();
        AtomicReference<ListenerOrders.Hearer> hearer = new AtomicReference<>();
        print(
                "one listener added, gain, loss, gain",
                ListenerOrders.inEveryOrder(
                        orders -> {
                            hearer.set(orders.new Hearer("late"));
                            orders.actor(gainLossGain(orders));
                            orders.actor(hearer.get().add());
                        },
                        orders -> hearer.get().check(2)));
        print(
                "one worker added, gain, loss, gain",
                ListenerOrders.inEveryOrder(
                        orders -> {
                            worker.set(orders.new Worker("late", true));
                            orders.actor(gainLossGain(orders));
                            orders.actor(worker.get().add());
                        },
                        orders -> worker.get().checkPairs(2)));
        print(
                "one listener added, gain, loss",
                ListenerOrders.inEveryOrder(
                        orders -> {
                            hearer.set(orders.new Hearer("late"));
                            orders.actor(gainLoss(orders));
                            orders.actor(hearer.get().add());
                        },
                        orders -> hearer.get().check(0)));
    }

    @Test
    void aListenerThatIsRemovedAtAnyPointIsToldNothingAnyMoreAndItsWorkStillCounts() {
        AtomicReference<ListenerOrders.Worker> one = new AtomicReference<>();
        AtomicReference<ListenerOrders.Worker> two = new AtomicReference<>();
        print(
                "two listeners, one of them removed, gain, loss",
                ListenerOrders.inEveryOrder(
                        orders -> {
                            one.set(orders.new Worker("one", true));
                            two.set(orders.new Worker("two", false));
                            orders.view.addEventListener(one.get());
                            orders.view.addEventListener(two.get());
                            orders.actor(gainLoss(orders));
                            orders.actor(one.get().remove());
                        },
                        orders -> {
                            one.get().checkPairs(0);
                            two.get().checkPairs(0);
                            assertThat(orders.workStopped()).isEqualTo(1);
                        }));
    }

    @Test
    void aListenerMayBeAddedAndRemovedAgainAtAnyPoint() {
        AtomicReference<ListenerOrders.Worker> worker = new AtomicReference<>();
        print(
                "one listener added and removed, gain, loss, gain",
                ListenerOrders.inEveryOrder(
                        orders -> {
                            worker.set(orders.new Worker("guest", true));
                            orders.actor(gainLossGain(orders));
                            orders.actor(worker.get().add(), worker.get().remove());
                        },
                        orders -> {
                            worker.get().checkPairs(2);
                            assertThat(orders.workStopped()).isEqualTo(1);
                        }));
    }
}
