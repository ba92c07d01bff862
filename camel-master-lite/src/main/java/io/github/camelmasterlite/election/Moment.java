package io.github.camelmasterlite.election;

import org.jspecify.annotations.Nullable;

/**
 * The present, read once per event so that one decision never sees two times.
 *
 * @param nanos      monotonic time; only differences mean something, compared by subtraction
 * @param wallMicros wall-clock time in microseconds since the epoch; for display, for tokens and for the detection of clock jumps, never for deadlines
 */
public record Moment(long nanos, long wallMicros) {

    /** Wall-clock time in whole milliseconds. */
    public long wallMillis() {
        return Math.floorDiv(wallMicros, 1000L);
    }

    /** The earlier of two monotonic times; the second if there is no first. */
    public static long earlier(@Nullable Long aNanos, long bNanos) {
        return aNanos == null || bNanos - aNanos < 0 ? bNanos : aNanos;
    }

    /** The later of two monotonic times. */
    public static long later(long aNanos, long bNanos) {
        return bNanos - aNanos > 0 ? bNanos : aNanos;
    }

    /** Whether {@code deadlineNanos} has come. */
    public boolean reached(long deadlineNanos) {
        return nanos - deadlineNanos >= 0;
    }
}
