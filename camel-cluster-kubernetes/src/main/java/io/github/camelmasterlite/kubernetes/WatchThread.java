package io.github.camelmasterlite.kubernetes;

import io.github.camelmasterlite.engine.Threads;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread that gives all watches of a service their time: it waits until the next of their deadlines. */
final class WatchThread {

    private static final Logger LOG = LoggerFactory.getLogger(WatchThread.class);

    private final List<ObjectWatch> watches;
    private final Object monitor = new Object();

    /** Whether a deadline may have become earlier; guarded by {@link #monitor}. */
    private boolean isDue;

    /** Guarded by {@link #monitor}. */
    private boolean isClosed;

    private @Nullable Thread thread;

    WatchThread(List<ObjectWatch> watches) {
        this.watches = List.copyOf(watches);
        this.watches.forEach(watch -> watch.onChange(this::wake));
    }

    void start(Threads threads) {
        thread = threads.start("watch", this::run);
    }

    /** Ends it; does not wait. */
    void close() {
        synchronized (monitor) {
            isClosed = true;
            monitor.notifyAll();
        }
        watches.forEach(ObjectWatch::close);
    }

    private void wake() {
        synchronized (monitor) {
            isDue = true;
            if (Thread.currentThread() != thread) {
                monitor.notifyAll();
            }
        }
    }

    private void run() {
        while (true) {
            long next = Long.MAX_VALUE;
            for (ObjectWatch watch : watches) {
                try {
                    next = Math.min(next, watch.tick());
                } catch (Throwable t) { // whatever it is, tried again is better than never
                    LOG.error("A watch failed in a way that was not foreseen; it is tried again", t);
                    next = Math.min(next, ObjectWatch.CHECK.toNanos());
                }
            }
            synchronized (monitor) {
                if (!isClosed && !isDue && next > 0) {
                    try {
                        TimeUnit.NANOSECONDS.timedWait(monitor, next);
                    } catch (InterruptedException e) {
                        LOG.debug("Interrupted without a reason; only closing ends this thread", e);
                    }
                }
                isDue = false;
                if (isClosed) {
                    return;
                }
            }
        }
    }
}
