package io.github.camelmasterlite.election;

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

    /** Whether {@code deadlineNanos} has come. */
    public boolean reached(long deadlineNanos) {
        return nanos - deadlineNanos >= 0;
    }
}
