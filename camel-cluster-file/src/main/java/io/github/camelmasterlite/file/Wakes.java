package io.github.camelmasterlite.file;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Locks that the other members shall look at. The first is told of at once; news that follow within {@value #PACE_MILLIS} ms travel together: every
 * wake costs every member an event, and where many locks change hands, the processor that handles it is the one that the next release waits for. Only
 * the thread of the lock files uses it.
 */
final class Wakes {

    static final long PACE_MILLIS = 10;

    private static final long PACE_NANOS = PACE_MILLIS * 1_000_000;

    private final int most;
    private final Consumer<Set<Integer>> wake;
    private final Set<Integer> waiting = new LinkedHashSet<>();
    private long notBeforeNanos;

    /**
     * @param most how many locks one wake can tell of
     * @param nowNanos the time
     * @param wake makes it, of the hashes of their names
     */
    Wakes(int most, long nowNanos, Consumer<Set<Integer>> wake) {
        this.most = most;
        this.wake = wake;
        this.notBeforeNanos = nowNanos;
    }

    /** There is news of this lock. */
    void add(int lockHash, long nowNanos) {
        waiting.add(lockHash);
        if (waiting.size() >= most) {
            flush(nowNanos);
        }
    }

    /** For how long what is waiting may wait for more; 0 if there is nothing, or if it has waited long enough. */
    long restNanos(long nowNanos) {
        return waiting.isEmpty() ? 0 : Math.max(0, notBeforeNanos - nowNanos);
    }

    /** Whether there is something to tell. */
    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    /** Tells of what is waiting. */
    void flush(long nowNanos) {
        if (!waiting.isEmpty()) {
            Set<Integer> told = new LinkedHashSet<>(waiting);
            waiting.clear();
            notBeforeNanos = nowNanos + PACE_NANOS;
            wake.accept(told);
        }
    }
}
