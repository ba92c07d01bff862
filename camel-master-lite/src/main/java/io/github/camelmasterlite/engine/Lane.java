package io.github.camelmasterlite.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks, in the order of their arrival, on as few threads as keep them moving: one while tasks are quick, a further one whenever none has
 * begun for {@value #STALL_MILLIS} ms while some wait, and none when there is nothing to do. A task that blocks for ever delays the others by
 * milliseconds, and a thousand quick tasks do not make a thousand threads.
 *
 * <p>The state is guarded by one lock; tasks run outside it.
 */
public final class Lane {

    /** After how long without a task begun a further thread takes one. */
    static final long STALL_MILLIS = 3;

    /** How long a thread without work stays unless said otherwise. */
    static final long IDLE_MILLIS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

    private final Threads threads;
    private final String role;
    private final int maxThreads;
    private final long idleMillis;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Condition stalled = lock.newCondition();
    private final Deque<Runnable> queue = new ArrayDeque<>();
    private int alive;
    private int busy;
    private int idle;
    private boolean watched;

    /** Threads that were started and have not looked at the queue yet: they will, so a burst needs no further one. */
    private int coming;

    private long begun;

    /**
     * @param threads    makes the threads
     * @param role       the end of their name
     * @param maxThreads how many there may be at most; tasks beyond wait
     */
    public Lane(Threads threads, String role, int maxThreads) {
        this(threads, role, maxThreads, IDLE_MILLIS);
    }

    /**
     * @param threads    makes the threads
     * @param role       the end of their name
     * @param maxThreads how many there may be at most; tasks beyond wait
     * @param idleMillis how long a thread without work stays
     */
    public Lane(Threads threads, String role, int maxThreads, long idleMillis) {
        this.threads = threads;
        this.role = role;
        this.maxThreads = maxThreads;
        this.idleMillis = idleMillis;
    }

    /** Runs {@code task} soon, never on the calling thread. */
    public void run(Runnable task) {
        lock.lock();
        try {
            queue.add(task);
            ensureAttention();
        } finally {
            lock.unlock();
        }
    }

    /** Somebody must be about to take the head of the queue, or be watching those who are busy. */
    private void ensureAttention() {
        if (idle > 0) {
            arrived.signal();
        } else if (!watched && coming == 0 && alive < maxThreads) {
            alive++;
            coming++;
            threads.startQuickly(role, this::begin);
        }
    }

    private void begin() {
        lock.lock();
        try {
            coming--;
        } finally {
            lock.unlock();
        }
        work();
    }

    private void work() {
        boolean hasJustWorked = false;
        for (Runnable task = next(hasJustWorked); task != null; task = next(hasJustWorked)) {
            try {
                task.run();
            } catch (Throwable t) {
                LOG.error("A task of {} failed; the others go on", role, t);
            } finally {
                // An interrupt was meant for the task that has ended.
                Thread.interrupted();
                hasJustWorked = true;
            }
        }
    }

    private @Nullable Runnable next(boolean hasJustWorked) {
        lock.lock();
        try {
            boolean mayTake = hasJustWorked;
            if (hasJustWorked) {
                busy--;
            }
            while (true) {
                if (queue.isEmpty()) {
                    idle++;
                    boolean woken = await(arrived, idleMillis);
                    idle--;
                    if (queue.isEmpty() && !woken) {
                        alive--;
                        return null;
                    }
                    mayTake = false;
                } else if (mayTake || busy == 0) {
                    busy++;
                    begun++;
                    Runnable task = queue.remove();
                    if (!queue.isEmpty()) {
                        ensureAttention();
                    }
                    return task;
                } else if (watched) {
                    idle++;
                    await(arrived, idleMillis);
                    idle--;
                } else {
                    watched = true;
                    long seen = begun;
                    await(stalled, STALL_MILLIS);
                    watched = false;
                    mayTake = begun == seen;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings(
            "WaitNotInLoop") // the caller loops; a spurious wake-up costs one look or, at worst, one thread more
    private static boolean await(Condition condition, long millis) {
        try {
            return condition.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            // These threads end by idleness only; whoever interrupted one meant a task that has ended.
            return true;
        }
    }
}
