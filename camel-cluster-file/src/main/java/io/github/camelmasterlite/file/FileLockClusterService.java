package io.github.camelmasterlite.file;

import io.github.camelmasterlite.cluster.ElectionClusterService;
import io.github.camelmasterlite.engine.Backend;
import io.github.camelmasterlite.engine.Threads;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leader election between processes that share a directory of a local file system, by locks of the operating system. A process that ends, however
 * it ends, frees its locks at once; another member leads milliseconds later.
 *
 * <p><strong>Limits.</strong> A leader that is stopped but not ended (SIGSTOP, a suspended machine) keeps its locks, because the kernel does. Network
 * file systems are refused. Do not let other code of the same process open and close the lock files: POSIX drops the locks of a process then;
 * that is noticed and mended, or ends leadership, within a second.
 *
 * <p>To see who leads: {@code cat <root>/<lock>.leader}. To verify an environment: run the failover demo on the directory in question.
 */
public class FileLockClusterService extends ElectionClusterService {

    /** How locks are kept. */
    public enum Locking {
        /** By locks of the operating system where the type of the file system is known to be local; otherwise the service does not start. */
        AUTO,
        /** By locks of the operating system, whatever the file system. Only right if one kernel serves all members. */
        OS
    }

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

    @Override
    protected Backend<?, ?> createBackend(Threads threads) {
        String path = root;
        if (path == null || path.isBlank()) {
            throw new IllegalArgumentException(
                    "root: not set; FileLockClusterService needs the option root, a directory that all members share");
        }
        if (heartbeatIsExplicit) {
            LOG.info(
                    "heartbeatTimeoutMultiplier, clusterDataTaskMaxAttempts and clusterDataTaskTimeout have no effect with locks of the"
                            + " operating system, which need no heartbeat");
        }
        return new FileBackend(
                new RootDirectory(parse(path)), memberId(), timing(), locking == Locking.OS, threads, ticker());
    }

    private static Path parse(String path) {
        try {
            return Path.of(path);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("root: '" + path + "' is not a path: " + e.getReason(), e);
        }
    }

    private LockTiming timing() {
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

    /** How locks are kept; default {@link Locking#AUTO}. */
    public void setLocking(Locking locking) {
        this.locking = given(locking, "locking");
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
     * tried every second anyway, unless there are more than a hundred: then all together are tried a hundred times a second.
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

    /** Accepted for compatibility; more than zero. Locks of the operating system need no heartbeat. */
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
        this.heartbeatIsExplicit = true;
    }

    public long getClusterDataTaskTimeout() {
        return clusterDataTaskTimeout;
    }

    /** Accepted for compatibility; more than zero. */
    public void setClusterDataTaskTimeout(long clusterDataTaskTimeout) {
        this.clusterDataTaskTimeout = positive(clusterDataTaskTimeout, "clusterDataTaskTimeout");
        this.heartbeatIsExplicit = true;
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
