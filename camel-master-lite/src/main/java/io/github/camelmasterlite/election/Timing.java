package io.github.camelmasterlite.election;

import java.math.BigDecimal;
import java.time.Duration;

/**
 * The times of {@link LeaseElection}, checked as a whole. What they promise: work of one member has ended before another may begin, as long as clocks
 * run at rates that differ from true time by at most {@value #RATE_ERROR}, and processes are not paused for longer than what is left (law 4).
 *
 * @param leaseDuration for how long a lease holds unless it is renewed: how long others wait for a member that has vanished
 * @param renewDeadline for how long a renewal lets its member lead, counted from the moment it was sent
 * @param retryPeriod   how often a member looks that cannot watch, and how long it waits after an error
 * @param stopBudget    how long work may take to stop once told to
 * @param drainTimeout  how long a member that leaves in order goes on renewing while its work ends
 * @param jitterFactor  a renewal is sent after half the renew deadline times a random number between 1 and this; at least 1, and less than 4/3, so that two
 *                      more attempts fit before the renew deadline
 */
public record Timing(
        Duration leaseDuration,
        Duration renewDeadline,
        Duration retryPeriod,
        Duration stopBudget,
        Duration drainTimeout,
        double jitterFactor) {

    /** By how much the rate of a clock may differ from that of true time. */
    public static final double RATE_ERROR = 0.02;

    /** Of what is between renew deadline and lease duration, the part that work gets to stop, unless it is set. */
    private static final double STOP_SHARE = 0.4;

    /**
     * With how many locks renewals are as rare as they may be. Members that stand for fewer renew them more often, so that the leases are younger when a
     * store fails, while the store gets no more requests than with this many.
     */
    public static final int MANY_LOCKS = 20;

    private static final Duration LONGEST = Duration.ofDays(1);
    private static final Duration SHORTEST_LEASE = Duration.ofMillis(100);
    private static final Duration SHORTEST = Duration.ofMillis(1);

    public Timing {
        within(leaseDuration, "leaseDuration");
        if (leaseDuration.compareTo(SHORTEST_LEASE) < 0) {
            throw new IllegalArgumentException("leaseDuration must be at least " + ms(SHORTEST_LEASE) + ", but is "
                    + ms(leaseDuration) + "; in less, a busy machine cannot renew reliably");
        }
        within(renewDeadline, "renewDeadline");
        within(retryPeriod, "retryPeriod");
        within(stopBudget, "stopBudget");
        within(drainTimeout, "drainTimeout");
        if (!(jitterFactor >= 1.0 && jitterFactor <= 10.0)) {
            throw new IllegalArgumentException("jitterFactor must be at least 1 and at most 10, but is " + jitterFactor
                    + "; 1 means no jitter, 1.2 is usual");
        }
        double needed = (renewDeadline.toNanos() + stopBudget.toNanos() + jumpNanos(leaseDuration)) * (1 + RATE_ERROR);
        double given = leaseDuration.toNanos() * (1 - RATE_ERROR);
        double renewal = renewDeadline.toNanos() * (jitterFactor / 2 + 1.0 / 3);
        if (needed >= given || renewal >= renewDeadline.toNanos()) {
            throw new IllegalArgumentException(violated(
                    leaseDuration,
                    renewDeadline,
                    stopBudget,
                    jitterFactor,
                    needed >= given,
                    renewal >= renewDeadline.toNanos()));
        }
    }

    /**
     * Times with what is rarely set left at its default: work gets 40 % of what is between the renew deadline and the lease duration, draining 45 s
     * (Camel's shutdown time-out), jitter 1.2.
     */
    public static Timing of(Duration leaseDuration, Duration renewDeadline, Duration retryPeriod) {
        return new Timing(
                leaseDuration,
                renewDeadline,
                retryPeriod,
                defaultStopBudget(leaseDuration, renewDeadline),
                Duration.ofSeconds(45),
                1.2);
    }

    /** The default for work that must stop: 40 % of what is between the renew deadline and the lease duration, at least a millisecond. */
    public static Duration defaultStopBudget(Duration leaseDuration, Duration renewDeadline) {
        long millis = (long) (leaseDuration.minus(renewDeadline).toMillis() * STOP_SHARE);
        return Duration.ofMillis(Math.max(1, millis));
    }

    /** 15 s, 10 s and 2 s, as in Camel's own Kubernetes service. */
    public static Timing defaults() {
        return of(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));
    }

    /**
     * The same with a lease duration that is a multiple of {@code step}, rounded up: what a store keeps must not be less than what was promised.
     *
     * @throws IllegalArgumentException if the step is not more than zero
     */
    @SuppressWarnings("ConstantValue") // callers without null checking exist
    public Timing inStepsOf(Duration step) {
        if (step == null || step.isZero() || step.isNegative()) {
            throw new IllegalArgumentException("durationStep of the store must be more than zero, but is " + step
                    + "; one that keeps durations exactly enough leaves it at its default, a millisecond");
        }
        long stepNanos = step.toNanos();
        long rounded = Math.multiplyExact((leaseDuration.toNanos() + stepNanos - 1) / stepNanos, stepNanos);
        return new Timing(
                Duration.ofNanos(rounded), renewDeadline, retryPeriod, stopBudget, drainTimeout, jitterFactor);
    }

    /** L. */
    public long leaseNanos() {
        return leaseDuration.toNanos();
    }

    /** B. */
    public long renewDeadlineNanos() {
        return renewDeadline.toNanos();
    }

    /** When the renewal after one is due at the earliest, counted from the moment that one was sent, however many locks there are. */
    public long renewIntervalNanos() {
        return renewDeadlineNanos() / 2;
    }

    /**
     * The same where the number of locks is known: a part of {@link #renewIntervalNanos()} for fewer than {@value #MANY_LOCKS}, at least an eighth of the
     * renew deadline.
     *
     * @param locks how many locks this member stands for, which others lead in part
     */
    public long renewIntervalNanos(int locks) {
        long share = renewIntervalNanos() / MANY_LOCKS * Math.min(locks, MANY_LOCKS);
        return Math.max(renewDeadlineNanos() / 8, share);
    }

    /** How long one attempt may take: three of them fit between the time a renewal is due and the renew deadline (law 9). */
    public long attemptNanos() {
        return renewDeadlineNanos() / 6;
    }

    /** How long to wait after an error, from the moment the failed call was sent (law 9). */
    public long retryNanos() {
        return Math.min(retryPeriod.toNanos(), attemptNanos());
    }

    /**
     * The same for who holds a lease: never more than a third of the authority that is left, down to a fortieth of the renew deadline, so that a store that is back in
     * time is asked in time.
     *
     * @param leftNanos for how long the authority would have lasted when the failed call was sent
     */
    public long retryNanos(long leftNanos) {
        return Math.min(retryNanos(), Math.max(leftNanos / 3, renewDeadlineNanos() / 40));
    }

    /** By how much the clocks of a machine may jump against each other before authority is suspended (law 10). */
    public long jumpNanos() {
        return jumpNanos(leaseDuration);
    }

    /**
     * How long a process may be paused, or its work be late, at the worst moment, without any overlap: what the inequality leaves, the tolerated jump of the
     * clocks included.
     */
    public Duration margin() {
        double left = leaseNanos() * (1 - RATE_ERROR) / (1 + RATE_ERROR) - renewDeadlineNanos() - stopBudget.toNanos();
        return Duration.ofNanos((long) left);
    }

    private static long jumpNanos(Duration leaseDuration) {
        return Math.min(1_000_000_000L, leaseDuration.toNanos() / 20);
    }

    @SuppressWarnings("ConstantValue") // callers without null checking exist
    private static void within(Duration value, String name) {
        if (value == null) {
            throw new IllegalArgumentException(name + " must not be null");
        }
        if (value.compareTo(SHORTEST) < 0) {
            throw new IllegalArgumentException(name + " must be at least a millisecond, but is " + ms(value));
        }
        if (value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    name + " must be at most a day (" + ms(LONGEST) + "), but is " + ms(value));
        }
    }

    private static String violated(
            Duration lease, Duration renew, Duration stop, double jitter, boolean overlap, boolean tooFewAttempts) {
        StringBuilder out = new StringBuilder("These times do not keep leaders apart:");
        if (overlap) {
            out.append(" (renewDeadline ")
                    .append(ms(renew))
                    .append(" + stopBudget ")
                    .append(ms(stop))
                    .append(" + clock jump ")
                    .append(ms(Duration.ofNanos(jumpNanos(lease))))
                    .append(") x 1.02 must be less than leaseDuration ")
                    .append(ms(lease))
                    .append(" x 0.98;");
        }
        if (tooFewAttempts) {
            out.append(" half of renewDeadline ")
                    .append(ms(renew))
                    .append(" x jitterFactor ")
                    .append(jitter)
                    .append(" + 2 attempts of ")
                    .append(ms(renew.dividedBy(6)))
                    .append(" must be less than renewDeadline;");
        }
        // In whole milliseconds, as options are; with the jitter left as it is, if that is what works.
        Duration worksRenew = Duration.ofMillis(lease.toMillis() * 2 / 3);
        return out.append(" for leaseDuration ")
                .append(ms(lease))
                .append(" this works: renewDeadline ")
                .append(ms(worksRenew))
                .append(", stopBudget ")
                .append(ms(defaultStopBudget(lease, worksRenew)))
                .append(", jitterFactor ")
                .append(Math.min(jitter, 1.2))
                .toString();
    }

    private static String ms(Duration duration) {
        return BigDecimal.valueOf(duration.getSeconds())
                        .movePointRight(3)
                        .add(BigDecimal.valueOf(duration.getNano(), 6))
                        .stripTrailingZeros()
                        .toPlainString()
                + " ms";
    }
}
