package io.github.camelmasterlite.file;

import io.github.camelmasterlite.engine.Threads;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that touches the lock files of a service. It is never interrupted, because an interrupt closes the channel it uses and with it
 * drops the locks; when it hangs it is abandoned.
 *
 * <p>What concerns a lock that is held goes before what concerns a lock that somebody else has, and leaders go before those who become one.
 */
final class IoThread {

    private static final Logger LOG = LoggerFactory.getLogger(IoThread.class);

    private final ConcurrentLinkedQueue<Runnable> vital = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Runnable> urgent = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Runnable> ordinary = new ConcurrentLinkedQueue<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread thread;
    private volatile boolean stopping;

    IoThread(Threads threads) {
        thread = threads.start("files", this::work);
    }

    /** What leaders depend on: verifying and giving up locks. Goes before everything else. */
    void vital(Runnable task) {
        vital.add(task);
        LockSupport.unpark(thread);
    }

    /** What finishes an acquisition, which may have to wait for the disk. */
    void urgent(Runnable task) {
        urgent.add(task);
        LockSupport.unpark(thread);
    }

    /** Everything else. */
    void ordinary(Runnable task) {
        ordinary.add(task);
        LockSupport.unpark(thread);
    }

    /** Ends the thread after what is queued. */
    void stop(long waitMillis) {
        stopping = true;
        LockSupport.unpark(thread);
        try {
            if (!ended.await(waitMillis, TimeUnit.MILLISECONDS)) {
                LOG.warn("The disk has not answered for {} ms; the thread that waits for it is abandoned", waitMillis);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        try {
            while (true) {
                Runnable task = next();
                if (task != null) {
                    Thread.interrupted(); // one that came with the task before would close the channels this one uses
                    run(task);
                } else if (stopping) {
                    return;
                } else {
                    LockSupport.park(this);
                    Thread.interrupted(); // nobody should; and a pending one would close the channels
                }
            }
        } finally {
            ended.countDown();
        }
    }

    private @Nullable Runnable next() {
        Runnable task = vital.poll();
        if (task == null) {
            task = urgent.poll();
        }
        return task != null ? task : ordinary.poll();
    }

    private static void run(Runnable task) {
        try {
            Thread.interrupted(); // see the class: a pending one would close the first channel that is touched
            task.run();
        } catch (Throwable t) {
            LOG.error("A task on the lock files failed unexpectedly; the others go on", t);
        }
    }
}
