package io.github.camelmasterlite.file;

import java.time.Duration;

/**
 * The times of {@link LockElection}, all in nanoseconds.
 *
 * @param pollNanos        how often a follower tries the lock even if nothing happens, where what happens might go unnoticed
 * @param longestPollNanos how often at least it tries a lock where nothing goes unnoticed, however many locks there are
 * @param validityNanos    how long a leader may go on without noticing that its lock is gone
 * @param stopBudgetNanos  how long work may take to stop
 * @param settleProbeNanos how often a member that waits for its predecessor looks whether that has ended
 * @param timeoutNanos     after how long a call that has not returned is reported
 */
record LockTiming(
        long pollNanos,
        long longestPollNanos,
        long validityNanos,
        long stopBudgetNanos,
        long settleProbeNanos,
        long timeoutNanos) {

    /** What one process gives to trying locks in vain: one try in this time, so a hundred in a second. */
    private static final long TRY_NANOS = 10_000_000;

    /** One whose polls are never stretched. */
    LockTiming(long pollNanos, long validityNanos, long stopBudgetNanos, long settleProbeNanos, long timeoutNanos) {
        this(pollNanos, pollNanos, validityNanos, stopBudgetNanos, settleProbeNanos, timeoutNanos);
    }

    LockTiming {
        positive(pollNanos, "pollNanos");
        positive(validityNanos, "validityNanos");
        positive(stopBudgetNanos, "stopBudgetNanos");
        positive(settleProbeNanos, "settleProbeNanos");
        positive(timeoutNanos, "timeoutNanos");
        if (pollNanos < 1_000_000) {
            throw new IllegalArgumentException("pollNanos must be at least a millisecond, but is " + pollNanos);
        }
        if (longestPollNanos < pollNanos) {
            throw new IllegalArgumentException("longestPollNanos must be at least pollNanos, but " + longestPollNanos
                    + " < " + pollNanos + "; give both the same value to keep polls from being stretched");
        }
    }

    private static void positive(long value, String name) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " must be more than zero, but is " + value);
        }
    }

    static LockTiming defaults() {
        return new LockTiming(
                Duration.ofSeconds(1).toNanos(),
                Duration.ofSeconds(10).toNanos(),
                Duration.ofSeconds(1).toNanos(),
                Duration.ofSeconds(2).toNanos(),
                Duration.ofMillis(10).toNanos(),
                Duration.ofSeconds(5).toNanos());
    }

    /**
     * How long until a lock is tried again if nothing happens.
     *
     * @param calmLocks see {@link LockReply.Busy}
     */
    long pollNanos(int calmLocks) {
        return Math.max(pollNanos, Math.min(longestPollNanos, calmLocks * TRY_NANOS));
    }

    /** How often a leader checks: early enough that the result of a check that finds the loss is there within {@link #validityNanos}. */
    long checkIntervalNanos() {
        return validityNanos / 4 * 3;
    }

    /** How long an answer of the disk is waited for after everything is due. */
    long graceNanos() {
        return validityNanos / 4;
    }

    /**
     * For how long a check, counted from the moment it was asked for, lets work be admitted. A leader that has not been able to check for so long,
     * though its process ran, tells its work to stop.
     */
    long authorityNanos() {
        return validityNanos + stopBudgetNanos / 2;
    }

    /** After how long a leader that lost its lock without knowing has noticed, and its work has stopped. */
    long settleNanos() {
        return authorityNanos() + 2 * graceNanos() + stopBudgetNanos;
    }
}
