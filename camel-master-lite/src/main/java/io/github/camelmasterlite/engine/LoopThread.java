package io.github.camelmasterlite.engine;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Drives the elections of a running service, one thread at a time: a thread of its own that sleeps until the nearest deadline or until something
 * is enqueued, and threads of the back end that do what follows from their news themselves. Where processors are scarce, every hand-over from
 * thread to thread costs a place in their queue; a hand-over from leader to leader would have a dozen of them.
 */
final class LoopThread {

    private final ElectionLoop loop;
    private final Ticker ticker;
    private final AtomicBoolean driven = new AtomicBoolean();

    /** Whether the present thread is going to drive the loop when its task is done, and need not wake anybody. */
    private final ThreadLocal<@Nullable Boolean> drives = new ThreadLocal<>();

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
        thread = threads.start("elections", () -> {
            try {
                while (!stopping || !loop.isIdle()) {
                    boolean drove = drive();
                    long now = ticker.nanos();
                    long until = drove ? dueNanos : now + ElectionLoop.MAX_SLEEP_NANOS;
                    sleepsUntilNanos = until;
                    if (until - now > 0 && !mustRunAgain()) {
                        LockSupport.parkNanos(this, until - now);
                    }
                    // An interrupt is nobody's business here, and left pending it would turn every park into a spin.
                    Thread.interrupted();
                }
            } finally {
                last.run();
            }
        });
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
