package io.github.camelmasterlite.engine;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets a bounded number of calls to a store be under way at once, what is needed earliest first. A call gives up its place when it returns, when nobody waits for it any
 * more, and when it lingers: others are not to wait for what may hang. How many linger is bounded by how soon and for how long they do, which is up to the caller.
 *
 * <p>The state is guarded by one lock; calls begin outside it. A call that makes room or enters another while it begins does not nest: whatever that lets in begins after it, on
 * the same thread, so that no number of calls that return at once needs a deeper stack.
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

    /** Whether the present thread is letting calls in already. */
    private final ThreadLocal<@Nullable Boolean> admits = new ThreadLocal<>();

    CallQueue(int places) {
        this.places = places;
    }

    /**
     * A place for one call; nothing happens before {@link Place#enter()}.
     *
     * @param neededByNanos what is needed earlier begins earlier
     * @param call          begins the call; never blocks; must see to it that {@link Place#leave()} is called when it has returned. If it throws, it has left
     */
    synchronized Place place(long neededByNanos, Consumer<Place> call) {
        return new Place(neededByNanos, ++numbers, call);
    }

    final class Place {
        private final long neededByNanos;
        private final long number;
        private final Consumer<Place> call;
        private boolean hasBegun;
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
                if (hasLeft) {
                    return;
                }
                waiting.add(this);
            }
            admit();
        }

        /** Makes room, though the call has not returned. If it has not begun, or has made room before, it does nothing. */
        void linger() {
            synchronized (CallQueue.this) {
                giveUp();
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
                if (!hasBegun) {
                    waiting.remove(this);
                }
                giveUp();
            }
            admit();
        }

        private void giveUp() {
            taken -= isTaken ? 1 : 0;
            isTaken = false;
        }

        /** Whether the call has begun, and may have returned. */
        boolean wasLetIn() {
            synchronized (CallQueue.this) {
                return hasBegun;
            }
        }

        private void begin() {
            boolean isUnderWay = false;
            try {
                call.accept(this);
                isUnderWay = true;
            } finally {
                if (!isUnderWay) {
                    leave();
                }
            }
        }
    }

    private void admit() {
        if (admits.get() != null) {
            return; // the same thread does it as soon as the call that it is beginning has begun
        }
        admits.set(true);
        try {
            admitAll();
        } finally {
            admits.remove();
        }
    }

    private void admitAll() {
        for (Place next = next(); next != null; next = next()) {
            try {
                next.begin();
            } catch (Throwable t) {
                admitAll(); // the others are not to wait for the next one who makes room
                throw t;
            }
        }
    }

    private synchronized @Nullable Place next() {
        if (taken >= places || waiting.isEmpty()) {
            return null;
        }
        Place next = waiting.remove();
        next.hasBegun = true;
        next.isTaken = true;
        taken++;
        return next;
    }
}
