package io.github.camelmasterlite.master;

import java.time.Duration;

/**
 * Decides when a delegate has been down for too long. It counts looks in place of reading a clock: they are at least a period apart, and a process
 * that stood still between two of them has not been down for that time.
 */
final class DownTime {

    private static final long SHORTEST_PERIOD_MILLIS = 50;
    private static final long LONGEST_PERIOD_MILLIS = 5_000;

    private final long periodMillis;
    private final long looks;
    private long down;

    /**
     * @param limit more than zero
     */
    DownTime(Duration limit) {
        long limitMillis = Math.max(1, limit.toMillis());
        periodMillis = Math.min(LONGEST_PERIOD_MILLIS, Math.max(SHORTEST_PERIOD_MILLIS, limitMillis / 4));
        // The first look that finds it down begins the time.
        looks = (limitMillis - 1) / periodMillis + 2;
    }

    /** The time between two looks: a quarter of the limit, at least 50 ms, at most 5 s. */
    long periodMillis() {
        return periodMillis;
    }

    /**
     * One look.
     *
     * @param isDown what it found
     * @return whether it has been down at all looks for at least the limit; the time begins anew then
     */
    boolean isOver(boolean isDown) {
        down = isDown ? down + 1 : 0;
        if (down < looks) {
            return false;
        }
        down = 0;
        return true;
    }
}
