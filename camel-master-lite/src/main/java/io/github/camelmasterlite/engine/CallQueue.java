package io.github.camelmasterlite.engine;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/**
 * Lets a bounded number of calls to a store be under way at once, what is needed earliest first. A call that nobody waits for any more gives up its place, whether
 * it has returned or not.
 *
 * <p>The state is guarded by one lock; calls begin outside it.
 */
final class CallQueue {

    private static final Comparator<Place> BY_NEED = (a, b) -> {
        int byTime = Long.compare(a.neededByNanos - b.neededByNanos, 0L);
        return byTime != 0 ? byTime : Long.compare(a.number, b.number);
    };

    private final int places;
    private final PriorityQueue<Place> waiting = new PriorityQueue<>(BY_NEED);
    private int taken;
    private long numbers;

    CallQueue(int places) {
        this.places = places;
    }

    /**
     * A place for one call; nothing happens before {@link Place#enter()}.
     *
     * @param neededByNanos what is needed earlier begins earlier
     * @param call          begins the call; never blocks; must see to it that {@link Place#leave()} is called when it has returned
     */
    synchronized Place place(long neededByNanos, Consumer<Place> call) {
        return new Place(neededByNanos, ++numbers, call);
    }

    final class Place {
        private final long neededByNanos;
        private final long number;
        private final Consumer<Place> call;
        private boolean isTaken;
        private boolean hasLeft;

        private Place(long neededByNanos, long number, Consumer<Place> call) {
            this.neededByNanos = neededByNanos;
            this.number = number;
            this.call = call;
        }

        /** Begins the call as soon as there is room, on the thread that makes the room. */
        void enter() {
            synchronized (CallQueue.this) {
                waiting.add(this);
            }
            admit();
        }

        /** Makes room. Again, it does nothing. A call that has not begun never will. */
        void leave() {
            synchronized (CallQueue.this) {
                if (hasLeft) {
                    return;
                }
                hasLeft = true;
                if (isTaken) {
                    taken--;
                } else {
                    waiting.remove(this);
                }
            }
            admit();
        }
    }

    private void admit() {
        while (true) {
            Place next;
            synchronized (this) {
                if (taken >= places || waiting.isEmpty()) {
                    return;
                }
                next = waiting.remove();
                next.isTaken = true;
                taken++;
            }
            next.call.accept(next);
        }
    }
}
