package io.github.camelmasterlite.engine;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives the elections of a running service, one thread at a time: a thread of its own that sleeps until the nearest deadline or until something
 * is enqueued, and threads of the back end that do what follows from their news themselves. Where processors are scarce, every hand-over from
 * thread to thread costs a place in their queue; a hand-over from leader to leader would have a dozen of them. For the same reason the own thread,
 * which mostly sleeps, takes over what would else need a new one, and leaves the elections to that one.
 */
final class LoopThread {

    private final ElectionLoop loop;
    private final Ticker ticker;
    private final AtomicBoolean driven = new AtomicBoolean();

    /** Whether the present thread is going to drive the loop when its task is done, and need not wake anybody. */
    private final ThreadLocal<@Nullable Boolean> drives = new ThreadLocal<>();

    private static final Threads.Task WAITING = new Threads.Task("", () -> {});

    private static final Logger LOG = LoggerFactory.getLogger(LoopThread.class);

    /** Set to {@link #WAITING} by the own thread while it sleeps, and from that to something else by whoever needs a thread. */
    private final AtomicReference<Threads.@Nullable Task> other = new AtomicReference<>();

    private volatile @Nullable Thread thread;
    private volatile boolean stopping;

    /** When something is due at the latest known, and until when the own thread sleeps: each side writes its own before it reads the other's. */
    private volatile long dueNanos;

    private volatile long sleepsUntilNanos;

    LoopThread(Ticker ticker) {
        this.ticker = ticker;
        this.loop = new ElectionLoop(ticker, this::wake);
    }

    ElectionLoop loop() {
        return loop;
    }

    /** Starts; ends once {@link #stopWhenIdle()} was called and every election has stopped, then runs {@code last}. */
    void start(Threads threads, Runnable last) {
        dueNanos = ticker.nanos();
        begin(threads, last);
        threads.spare(this::take);
    }

    private void begin(Threads threads, Runnable last) {
        threads.start("elections", () -> work(threads, last));
    }

    private void work(Threads threads, Runnable last) {
        thread = Thread.currentThread(); // before it sleeps for the first time: who enqueues something later wakes it
        while (!stopping || !loop.isIdle()) {
            boolean drove = driveGuarded();
            long now = ticker.nanos();
            long until = drove ? dueNanos : now + ElectionLoop.MAX_SLEEP_NANOS;
            sleepsUntilNanos = until;
            Threads.Task taken = threads.nextOwed();
            if (taken == null && until - now > 0 && !mustRunAgain()) {
                taken = sleep(until - now);
            }
            if (taken != null && doOther(taken, threads, last)) {
                return;
            }
            // An interrupt is nobody's business here, and left pending it would turn every park into a spin.
            Thread.interrupted();
        }
        last.run();
    }

    /** Whatever is thrown outside of the elections, where nothing should be, does not end them: they go on half a second later at the latest. */
    private boolean driveGuarded() {
        try {
            return drive();
        } catch (Throwable t) {
            LOG.error("Driving the elections failed unexpectedly; they go on", t);
            LockSupport.parkNanos(this, ElectionLoop.MAX_SLEEP_NANOS);
            return false;
        }
    }

    private Threads.@Nullable Task sleep(long nanos) {
        other.set(WAITING);
        if (!mustRunAgain()) {
            LockSupport.parkNanos(this, nanos);
        }
        Threads.Task taken = other.getAndSet(null);
        return WAITING.equals(taken) ? null : taken;
    }

    /** Whether this thread has left the elections to another one. */
    private boolean doOther(Threads.Task taken, Threads threads, Runnable last) {
        boolean left = true;
        try {
            begin(threads, last);
        } catch (Throwable t) {
            LOG.error("No thread can be made; elections are late by what else this one has to do", t);
            left = false;
        }
        String ownName = Thread.currentThread().getName();
        Thread.currentThread().setName(taken.name());
        taken.body().run();
        Thread.currentThread().setName(ownName);
        return left;
    }

    /** Takes over something else, if the thread sleeps. Whatever it is, it handles its exceptions itself. */
    private boolean take(String name, Runnable body) {
        if (!other.compareAndSet(WAITING, new Threads.Task(name, body))) {
            return false;
        }
        LockSupport.unpark(thread); // which is the one that was waiting, and now is no more
        return true;
    }

    private boolean mustRunAgain() {
        return isDueEarlier() || (loop.hasReady() && !driven.get()) || (stopping && loop.isIdle());
    }

    private boolean isDueEarlier() {
        return dueNanos - sleepsUntilNanos < 0;
    }

    /**
     * Runs {@code task} and then, on the same thread, what the elections do about it, unless another thread is at that already.
     *
     * @param task runs on a thread of the back end, with no lock held
     */
    void within(Runnable task) {
        drives.set(true);
        try {
            task.run();
        } finally {
            drives.remove();
            if (loop.hasReady()) {
                drive();
                if (isDueEarlier() || (stopping && loop.isIdle())) {
                    wake();
                }
            }
        }
    }

    /**
     * Handles what is ready.
     *
     * @return false if another thread is at it, which looks again after it has finished
     */
    private boolean drive() {
        do {
            if (!driven.compareAndSet(false, true)) {
                return false;
            }
            try {
                dueNanos = ticker.nanos() + 2 * ElectionLoop.MAX_SLEEP_NANOS; // not known before the end
                dueNanos = ticker.nanos() + loop.runReady();
            } finally {
                driven.set(false);
            }
        } while (loop.hasReady());
        return true;
    }

    private void wake() {
        Thread own = thread;
        if (own != null && drives.get() == null) {
            LockSupport.unpark(own);
        }
    }

    void stopWhenIdle() {
        stopping = true;
        wake();
    }
}
