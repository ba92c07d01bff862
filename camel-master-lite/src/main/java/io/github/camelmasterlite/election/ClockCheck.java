package io.github.camelmasterlite.election;

/**
 * How the two clocks of a machine stood to each other when authority was confirmed. A machine that was suspended, or whose wall clock was set, shows it
 * by a difference (law 10).
 *
 * @param offsetNanos    wall time less monotonic time, in nanoseconds modulo 2^64
 * @param toleranceNanos by how much that may differ at another time
 */
public record ClockCheck(long offsetNanos, long toleranceNanos) {

    /** Wall time less monotonic time, in nanoseconds modulo 2^64; only differences of it mean something, and those survive an overflow. */
    public static long offsetNanos(Moment now) {
        return now.wallMicros() * 1_000 - now.nanos();
    }

    /** Whether the clocks have not jumped against each other since. */
    public boolean agrees(Moment now) {
        long jump = offsetNanos(now) - offsetNanos;
        return jump <= toleranceNanos && jump >= -toleranceNanos;
    }
}
