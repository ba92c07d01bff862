package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.Internal;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.Timing;
import io.github.camelmasterlite.engine.Backend;
import io.github.camelmasterlite.engine.LeaseBackend;
import io.github.camelmasterlite.engine.SharedStore;
import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Leader election over any store that can compare and set: give it a {@link LeaseStore}.
 *
 * <p>A member leads for {@link #getRenewDeadlineMillis()} from the moment it sent its last confirmed renewal. Others wait for {@link #getLeaseDurationMillis()}
 * from the moment they saw the last sign of life; a member that leaves in order is replaced at once where the store reports changes, and within
 * {@link #getRetryPeriodMillis()} where it does not. The times are checked together at the start.
 */
public class LeaseClusterService extends ElectionClusterService {

    private final @Nullable SharedStore store;
    private volatile long leaseDurationMillis = 15_000;
    private volatile long renewDeadlineMillis = 10_000;
    private volatile long retryPeriodMillis = 2_000;
    private volatile long drainTimeoutMillis = 45_000;
    private volatile double jitterFactor = 1.2;

    /**
     * @param store where the records lie; for this service alone, which opens it with every start and closes it with every stop, once all work has ended
     */
    @SuppressWarnings("ConstantValue") // callers without null checking exist, and are told at the start
    public LeaseClusterService(LeaseStore store) {
        this.store = store == null ? null : new SharedStore(store);
    }

    /** For subclasses that make a store for each start. */
    @Internal
    protected LeaseClusterService() {
        this.store = null;
    }

    /** For subclasses that make a store for each start, on another clock. */
    LeaseClusterService(Ticker ticker) {
        super(ticker);
        this.store = null;
    }

    /**
     * Makes the store for one start of the service.
     *
     * @param threads makes its threads, if it has any
     * @return a store that has not been opened
     * @throws Exception if an option is missing or wrong; the message names it and the fix
     */
    @Internal
    protected LeaseStore createStore(Threads threads) throws Exception {
        if (store == null) {
            throw new IllegalArgumentException(
                    "store: not set; LeaseClusterService needs a LeaseStore, given to its constructor");
        }
        return store.use();
    }

    @Override
    @Internal
    protected Backend<?, ?> createBackend(Threads threads) throws Exception {
        checkId();
        return new LeaseBackend(
                createStore(threads),
                memberId(),
                timing(),
                () -> UUID.randomUUID().toString(),
                new SplittableRandom(),
                ticker());
    }

    private void checkId() {
        if (memberId().isBlank()) {
            throw new IllegalArgumentException(
                    "id: must not be blank; an empty holder means that nobody holds the lease. Leave it unset or give each member its own (setId)");
        }
    }

    /**
     * The times, checked as a whole.
     *
     * @throws IllegalArgumentException if they would not keep leaders apart; the message has the inequality, the values and a set that works
     */
    @Internal
    protected Timing timing() {
        return new Timing(
                Duration.ofMillis(leaseDurationMillis),
                Duration.ofMillis(renewDeadlineMillis),
                Duration.ofMillis(retryPeriodMillis),
                stopBudget(),
                Duration.ofMillis(drainTimeoutMillis),
                jitterFactor);
    }

    /** The lease duration. */
    @Override
    protected Duration silenceLimit() {
        return Duration.ofMillis(leaseDurationMillis);
    }

    /** 40 % of what is between the renew deadline and the lease duration. */
    @Override
    @Internal
    protected long defaultStopBudgetMillis() {
        Duration lease = Duration.ofMillis(leaseDurationMillis);
        return Timing.defaultStopBudget(lease, Duration.ofMillis(renewDeadlineMillis))
                .toMillis();
    }

    // ---- options

    public long getLeaseDurationMillis() {
        return leaseDurationMillis;
    }

    /**
     * For how long a lease holds unless it is renewed, in milliseconds; at least 100, default 15000. How long others wait for a member that has vanished. Stores that keep
     * whole seconds round it up.
     */
    public void setLeaseDurationMillis(long leaseDurationMillis) {
        this.leaseDurationMillis = positive(leaseDurationMillis, "leaseDurationMillis");
    }

    public long getRenewDeadlineMillis() {
        return renewDeadlineMillis;
    }

    /**
     * For how long a confirmed renewal lets its member lead, in milliseconds, counted from the moment it was sent; default 10000. Renewals are sent after
     * half of it.
     */
    public void setRenewDeadlineMillis(long renewDeadlineMillis) {
        this.renewDeadlineMillis = positive(renewDeadlineMillis, "renewDeadlineMillis");
    }

    public long getRetryPeriodMillis() {
        return retryPeriodMillis;
    }

    /**
     * How often a member looks that cannot watch, and the longest wait after an error, in milliseconds; default 2000. Where the store reports no changes, a
     * member that leaves in order is replaced within this time, and one that has crashed as much later.
     */
    public void setRetryPeriodMillis(long retryPeriodMillis) {
        this.retryPeriodMillis = positive(retryPeriodMillis, "retryPeriodMillis");
    }

    public long getDrainTimeoutMillis() {
        return drainTimeoutMillis;
    }

    /**
     * How long a member that leaves in order goes on renewing while its work ends, in milliseconds; default 45000, which is Camel's own time-out for stopping routes.
     */
    public void setDrainTimeoutMillis(long drainTimeoutMillis) {
        this.drainTimeoutMillis = positive(drainTimeoutMillis, "drainTimeoutMillis");
    }

    public double getJitterFactor() {
        return jitterFactor;
    }

    /** A renewal is sent after half the renew deadline times a random number between 1 and this; at least 1, less than 4/3, default 1.2. */
    public void setJitterFactor(double jitterFactor) {
        if (!(jitterFactor >= 1)) {
            throw new IllegalArgumentException(
                    "jitterFactor must be at least 1, but is " + jitterFactor + "; 1 means no jitter, 1.2 is usual");
        }
        this.jitterFactor = jitterFactor;
    }

    private static long positive(long value, String option) {
        if (value <= 0) {
            throw new IllegalArgumentException(option + " must be more than zero, but is " + value);
        }
        return value;
    }
}
