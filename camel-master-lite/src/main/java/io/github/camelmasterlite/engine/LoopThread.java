package io.github.camelmasterlite.engine;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The one thread that drives the elections of a running service. It sleeps until the nearest deadline or until something is enqueued. */
final class LoopThread {

    private volatile @Nullable Thread thread;
    private volatile boolean stopping;

    /** Starts driving {@code loop}; ends once {@link #stopWhenIdle()} was called and every election has stopped, then runs {@code last}. */
    void start(Threads threads, ElectionLoop loop, Runnable last) {
        thread = threads.start("elections", () -> {
            try {
                while (!stopping || !loop.isIdle()) {
                    long sleepNanos = loop.runReady();
                    if (sleepNanos > 0 && !loop.hasReady() && !(stopping && loop.isIdle())) {
                        LockSupport.parkNanos(this, sleepNanos);
                    }
                    // An interrupt is nobody's business here, and left pending it would turn every park into a spin.
                    Thread.interrupted();
                }
            } finally {
                last.run();
            }
        });
    }

    void wake() {
        Thread t = thread;
        if (t != null) {
            LockSupport.unpark(t);
        }
    }

    void stopWhenIdle() {
        stopping = true;
        wake();
    }
}
