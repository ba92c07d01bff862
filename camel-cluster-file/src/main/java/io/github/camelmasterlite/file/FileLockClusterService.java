package io.github.camelmasterlite.file;

import io.github.camelmasterlite.Internal;
import io.github.camelmasterlite.cluster.ElectionClusterService;
import io.github.camelmasterlite.election.Timing;
import io.github.camelmasterlite.engine.Backend;
import io.github.camelmasterlite.engine.LeaseBackend;
import io.github.camelmasterlite.engine.Threads;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.camel.spi.Configurer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leader election between processes that share a directory.
 *
 * <p>On local file systems by locks of the operating system: a process that ends, however it ends, frees its locks at once; another member leads milliseconds
 * later. A leader that is stopped but not ended (SIGSTOP, a suspended machine) keeps its locks, because the kernel does. Do not let other code of the same process open
 * and close the lock files: POSIX drops the locks of a process then; that is noticed and mended, or ends leadership, within a second. To see who leads:
 * {@code cat <root>/<lock>.leader}.
 *
 * <p>On all other file systems (NFS, SMB, FUSE, virtiofs, ...) by leases: records with a duration that the leader renews, under the rules of {@code
 * LeaseClusterService}. A leader that is stopped or cut off is replaced when its lease has run out; one that leaves in order, within the retry period. To see
 * who leads: the newest file in {@code <root>/.leases/<lock>/}.
 *
 * <p><strong>Limits.</strong> All members of a root must keep locks the same way; set {@link #setLocking} where the machine that serves a network file system
 * takes part itself, for which it is local. With leases the members are not known to each other: {@code getMembers()} names the local one alone.
 *
 * <p>To verify an environment: run the failover demo on the directory in question.
 */
@Configurer(extended = true)
public class FileLockClusterService extends ElectionClusterService {

    /** How locks are kept. */
    public enum Locking {
        /** By locks of the operating system where the type of the file system is known to be local, otherwise by leases. */
        AUTO,
        /** By locks of the operating system, whatever the file system. Only right if one kernel serves all members. */
        OS,
        /** By leases, whatever the file system. */
        LEASE
    }

    /** How long a file system may take to say what it is. */
    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(10);

    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(45);

    private static final double JITTER_FACTOR = 1.2;

    private static final long DEFAULT_LEASE_MILLIS = 15_000;

    /** As long as nobody means to leave a lock untried. */
    private static final long SUSPICIOUS_MILLIS = 3_600_000;

    private static final Duration LONGEST_LEASE = Duration.ofDays(1);

    private static final Logger LOG = LoggerFactory.getLogger(FileLockClusterService.class);

    private volatile @Nullable String root;
    private volatile Locking locking = Locking.AUTO;
    private volatile long acquireLockDelay = 1;
    private volatile TimeUnit acquireLockDelayUnit = TimeUnit.SECONDS;
    private volatile long acquireLockInterval = 10;
    private volatile TimeUnit acquireLockIntervalUnit = TimeUnit.SECONDS;
    private volatile int heartbeatTimeoutMultiplier = 5;
    private volatile int clusterDataTaskMaxAttempts = 5;
    private volatile long clusterDataTaskTimeout = 10;
    private volatile TimeUnit clusterDataTaskTimeoutUnit = TimeUnit.SECONDS;
    private volatile boolean intervalIsExplicit;
    private volatile boolean heartbeatIsExplicit;
    private volatile boolean clusterDataIsExplicit;

    /** What was chosen at the last start; null before. */
    private volatile @Nullable Boolean usesLeases;

    /** Null while they are left at their default. */
    private volatile @Nullable Long leaseDurationMillis;

    private volatile @Nullable Long renewDeadlineMillis;
    private volatile long retryPeriodMillis = 2_000;

    @Override
    @Internal
    protected Backend<?, ?> createBackend(Threads threads) throws Exception {
        String path = root;
        if (path == null || path.isBlank()) {
            throw new IllegalArgumentException(
                    "root: not set; FileLockClusterService needs the option root, a directory that all members share (setRoot, or the key camel.cluster.file-lock.root)");
        }
        warnOfLongIntervals();
        RootDirectory directory = new RootDirectory(parse(path));
        String type = DirectoryLeaseStore.bounded(
                task -> threads.start("type", task), OPEN_TIMEOUT, directory.path(), directory::fileSystemType);
        directory.warnOfType(type);
        boolean isLocal = RootDirectory.isLocal(type);
        boolean leases = usesLeases(locking, type);
        usesLeases = leases;
        return leases ? leaseBackend(directory, type, isLocal, threads) : lockBackend(directory, type, threads);
    }

    /** Camel makes milliseconds of a time such as 10s that it binds itself, and they would be counted in seconds. */
    private void warnOfLongIntervals() {
        if (acquireLockIntervalUnit.toMillis(acquireLockInterval) >= SUSPICIOUS_MILLIS
                || acquireLockDelayUnit.toMillis(acquireLockDelay) >= SUSPICIOUS_MILLIS) {
            LOG.warn(
                    "acquireLockInterval is {} {} and acquireLockDelay {} {}: an hour or longer. Camel takes a time with a unit for milliseconds, and"
                            + " these options count in seconds unless acquireLockIntervalUnit and acquireLockDelayUnit say otherwise: write 10, not 10s",
                    acquireLockInterval,
                    acquireLockIntervalUnit,
                    acquireLockDelay,
                    acquireLockDelayUnit);
        }
    }

    /** Whether locks are kept as leases on a type of file system. */
    static boolean usesLeases(Locking locking, String type) {
        return switch (locking) {
            case AUTO -> !RootDirectory.isLocal(type);
            case OS -> false;
            case LEASE -> true;
        };
    }

    private Backend<?, ?> lockBackend(RootDirectory directory, String type, Threads threads) {
        if (heartbeatIsExplicit
                || clusterDataIsExplicit
                || leaseDurationMillis != null
                || renewDeadlineMillis != null) {
            LOG.info(
                    "leaseDurationMillis, renewDeadlineMillis, retryPeriodMillis, heartbeatTimeoutMultiplier, clusterDataTaskMaxAttempts and"
                            + " clusterDataTaskTimeout have no effect with locks of the operating system, which need no heartbeat (locking {},"
                            + " file system {})",
                    locking,
                    type);
        }
        LOG.debug("Locks in {} ({}) are locks of the operating system", directory.path(), type);
        return new FileBackend(directory, memberId(), lockTiming(), threads, ticker());
    }

    private Backend<?, ?> leaseBackend(RootDirectory directory, String type, boolean isLocal, Threads threads) {
        if (memberId().isBlank()) {
            throw new IllegalArgumentException(
                    "id: must not be blank; an empty holder means that nobody holds the lease. Leave it unset or give each member its own (setId)");
        }
        Timing timing = leaseTiming();
        if (clusterDataIsExplicit) {
            LOG.info(
                    "clusterDataTaskMaxAttempts and clusterDataTaskTimeout have no effect: what fails is tried again for as long as the service runs");
        }
        LOG.info(
                "Locks in {} are leases (locking {}, file system {}): leaseDuration {} ms, renewDeadline {} ms, retryPeriod {} ms; a member that vanishes is"
                        + " replaced after the lease duration. All members of this root must use leases",
                directory.path(),
                locking,
                type,
                timing.leaseDuration().toMillis(),
                timing.renewDeadline().toMillis(),
                timing.retryPeriod().toMillis());
        DirectoryLeaseStore store = new DirectoryLeaseStore(
                directory, LeaseFiles.DISK, timing.leaseDuration(), OPEN_TIMEOUT, isLocal, threads, ticker());
        return new LeaseBackend(
                store, memberId(), timing, () -> UUID.randomUUID().toString(), new SplittableRandom(), ticker());
    }

    private static Path parse(String path) {
        try {
            return Path.of(path);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("root: '" + path + "' is not a path: " + e.getReason(), e);
        }
    }

    /**
     * The times of leases, checked as a whole.
     *
     * @throws IllegalArgumentException if they would not keep leaders apart; the message has the inequality, the values and a set that works
     */
    private Timing leaseTiming() {
        return new Timing(
                Duration.ofMillis(getLeaseDurationMillis()),
                Duration.ofMillis(getRenewDeadlineMillis()),
                Duration.ofMillis(effectiveRetryPeriodMillis()),
                stopBudget(),
                DRAIN_TIMEOUT,
                JITTER_FACTOR);
    }

    /** What acquireLockInterval says, if it says anything, is the upper bound of the time between two looks. */
    private long effectiveRetryPeriodMillis() {
        return intervalIsExplicit
                ? Math.max(1, Math.min(retryPeriodMillis, acquireLockIntervalUnit.toMillis(acquireLockInterval)))
                : retryPeriodMillis;
    }

    /** With leases 40 % of what is between the renew deadline and the lease duration. */
    @Override
    @Internal
    protected long defaultStopBudgetMillis() {
        Boolean leases = usesLeases;
        boolean areLikely = leases == null ? locking == Locking.LEASE : leases;
        return areLikely
                ? Timing.defaultStopBudget(
                                Duration.ofMillis(getLeaseDurationMillis()),
                                Duration.ofMillis(getRenewDeadlineMillis()))
                        .toMillis()
                : super.defaultStopBudgetMillis();
    }

    /**
     * With leases their duration. With locks twice the longest time after which a follower of many locks tries one again though nothing happens, and never less than what any service has.
     */
    @Override
    protected Duration silenceLimit() {
        if (Boolean.TRUE.equals(usesLeases)) {
            return Duration.ofMillis(getLeaseDurationMillis());
        }
        Duration longestPolls =
                Duration.ofNanos(lockTiming().longestPollNanos()).multipliedBy(2);
        Duration least = super.silenceLimit();
        return longestPolls.compareTo(least) > 0 ? longestPolls : least;
    }

    private LockTiming lockTiming() {
        LockTiming defaults = LockTiming.defaults();
        long poll = defaults.pollNanos();
        long longest = defaults.longestPollNanos();
        if (intervalIsExplicit) {
            long shortest = Duration.ofMillis(1).toNanos();
            longest = Math.max(shortest, Math.min(longest, acquireLockIntervalUnit.toNanos(acquireLockInterval)));
            poll = Math.min(poll, longest);
        }
        return new LockTiming(
                poll,
                longest,
                defaults.validityNanos(),
                Duration.ofMillis(getStopBudgetMillis()).toNanos(),
                defaults.settleProbeNanos(),
                defaults.timeoutNanos());
    }

    // ---- options

    public @Nullable String getRoot() {
        return root;
    }

    /** The directory that all members share. Required. Created at the start if it does not exist. */
    public void setRoot(String root) {
        this.root = root;
    }

    public Locking getLocking() {
        return locking;
    }

    /**
     * How locks are kept, the same for all members: by locks of the operating system on file systems that are known to be local and by leases on all others
     * (AUTO, the default), or as OS and LEASE say.
     */
    public void setLocking(Locking locking) {
        this.locking = given(locking, "locking");
    }

    public long getLeaseDurationMillis() {
        Long set = leaseDurationMillis;
        if (set != null) {
            return set;
        }
        // What upstream waits for a leader that shows no sign of life.
        return heartbeatIsExplicit
                ? Math.min(
                        LONGEST_LEASE.toMillis(),
                        saturated(acquireLockIntervalUnit.toMillis(acquireLockInterval), heartbeatTimeoutMultiplier))
                : DEFAULT_LEASE_MILLIS;
    }

    private static long saturated(long a, int b) {
        return a > Long.MAX_VALUE / b ? Long.MAX_VALUE : a * b;
    }

    /**
     * With leases, for how long one holds unless it is renewed, in milliseconds; at least 100, default 15000. How long others wait for a member that has vanished.
     */
    public void setLeaseDurationMillis(long leaseDurationMillis) {
        this.leaseDurationMillis = positive(leaseDurationMillis, "leaseDurationMillis");
    }

    public long getRenewDeadlineMillis() {
        Long set = renewDeadlineMillis;
        return set == null ? Math.max(1, getLeaseDurationMillis() * 2 / 3) : set;
    }

    /**
     * With leases, for how long a confirmed renewal lets its member lead, in milliseconds, counted from the moment it was sent; default two thirds of the lease
     * duration, so 10000. Renewals are sent after half of it.
     */
    public void setRenewDeadlineMillis(long renewDeadlineMillis) {
        this.renewDeadlineMillis = positive(renewDeadlineMillis, "renewDeadlineMillis");
    }

    public long getRetryPeriodMillis() {
        return retryPeriodMillis;
    }

    /**
     * With leases, how often a member looks that does not lead, and the longest wait after an error, in milliseconds; default 2000. On a network file system a
     * member that leaves in order is replaced within this time.
     */
    public void setRetryPeriodMillis(long retryPeriodMillis) {
        this.retryPeriodMillis = positive(retryPeriodMillis, "retryPeriodMillis");
    }

    public long getAcquireLockDelay() {
        return acquireLockDelay;
    }

    /**
     * Upper bound of the time before the first try for a lock; more than zero. Accepted for compatibility: the first try is made at once.
     */
    public void setAcquireLockDelay(long acquireLockDelay) {
        this.acquireLockDelay = positive(acquireLockDelay, "acquireLockDelay");
    }

    /** {@link #setAcquireLockDelay(long)} with its unit. */
    public void setAcquireLockDelay(long acquireLockDelay, TimeUnit unit) {
        setAcquireLockDelay(acquireLockDelay);
        setAcquireLockDelayUnit(unit);
    }

    public TimeUnit getAcquireLockDelayUnit() {
        return acquireLockDelayUnit;
    }

    /** Unit of acquireLockDelay; default seconds. */
    public void setAcquireLockDelayUnit(TimeUnit unit) {
        this.acquireLockDelayUnit = given(unit, "acquireLockDelayUnit");
    }

    public long getAcquireLockInterval() {
        return acquireLockInterval;
    }

    /**
     * Upper bound of the time between two tries for a lock if nothing is noticed before; more than zero, default and at most ten seconds. A lock is
     * tried every second anyway, unless there are more than a hundred: then all together are tried a hundred times a second. With
     * leases, the upper bound of {@link #getRetryPeriodMillis()}.
     */
    public void setAcquireLockInterval(long acquireLockInterval) {
        this.acquireLockInterval = positive(acquireLockInterval, "acquireLockInterval");
        this.intervalIsExplicit = true;
    }

    /** {@link #setAcquireLockInterval(long)} with its unit. */
    public void setAcquireLockInterval(long acquireLockInterval, TimeUnit unit) {
        setAcquireLockInterval(acquireLockInterval);
        setAcquireLockIntervalUnit(unit);
    }

    public TimeUnit getAcquireLockIntervalUnit() {
        return acquireLockIntervalUnit;
    }

    /** Unit of acquireLockInterval; default seconds. */
    public void setAcquireLockIntervalUnit(TimeUnit unit) {
        this.acquireLockIntervalUnit = given(unit, "acquireLockIntervalUnit");
        this.intervalIsExplicit = true;
    }

    public int getHeartbeatTimeoutMultiplier() {
        return heartbeatTimeoutMultiplier;
    }

    /**
     * How many intervals without a sign of life make a leader dead; more than zero. With leases, what is set here makes the lease duration
     * {@code acquireLockInterval} times this, unless {@link #setLeaseDurationMillis} is set. Locks of the operating system need no heartbeat.
     */
    public void setHeartbeatTimeoutMultiplier(int heartbeatTimeoutMultiplier) {
        this.heartbeatTimeoutMultiplier = (int) positive(heartbeatTimeoutMultiplier, "heartbeatTimeoutMultiplier");
        this.heartbeatIsExplicit = true;
    }

    public int getClusterDataTaskMaxAttempts() {
        return clusterDataTaskMaxAttempts;
    }

    /** Accepted for compatibility; more than zero. What fails is tried again for as long as the service runs. */
    public void setClusterDataTaskMaxAttempts(int clusterDataTaskMaxAttempts) {
        this.clusterDataTaskMaxAttempts = (int) positive(clusterDataTaskMaxAttempts, "clusterDataTaskMaxAttempts");
        this.clusterDataIsExplicit = true;
    }

    public long getClusterDataTaskTimeout() {
        return clusterDataTaskTimeout;
    }

    /** Accepted for compatibility; more than zero. */
    public void setClusterDataTaskTimeout(long clusterDataTaskTimeout) {
        this.clusterDataTaskTimeout = positive(clusterDataTaskTimeout, "clusterDataTaskTimeout");
        this.clusterDataIsExplicit = true;
    }

    /** {@link #setClusterDataTaskTimeout(long)} with its unit. */
    public void setClusterDataTaskTimeout(long clusterDataTaskTimeout, TimeUnit unit) {
        setClusterDataTaskTimeout(clusterDataTaskTimeout);
        setClusterDataTaskTimeoutUnit(unit);
    }

    public TimeUnit getClusterDataTaskTimeoutUnit() {
        return clusterDataTaskTimeoutUnit;
    }

    /** Unit of clusterDataTaskTimeout; default seconds. */
    public void setClusterDataTaskTimeoutUnit(TimeUnit unit) {
        this.clusterDataTaskTimeoutUnit = given(unit, "clusterDataTaskTimeoutUnit");
    }

    @SuppressWarnings("ConstantValue") // callers without null checking exist
    private static <T> T given(T value, String option) {
        if (value == null) {
            throw new IllegalArgumentException(option + " must not be null");
        }
        return value;
    }

    private static long positive(long value, String option) {
        if (value <= 0) {
            throw new IllegalArgumentException(option + " must be more than zero, but is " + value);
        }
        return value;
    }
}
