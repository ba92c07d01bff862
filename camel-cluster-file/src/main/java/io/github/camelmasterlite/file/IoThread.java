package io.github.camelmasterlite.file;

import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import java.util.ArrayDeque;
import java.util.Queue;
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
    private final Ticker ticker;
    private final Thread thread;

    /** What has its time, in the order of arrival. Of the thread alone. */
    private final Queue<Late> late = new ArrayDeque<>();

    private record Late(long dueNanos, Runnable task) {}

    private volatile boolean stopping;

    IoThread(Threads threads, Ticker ticker) {
        this.ticker = ticker;
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

    /** Something that has its time and goes before everything else then. For tasks of this thread, in the order of their times. */
    void later(long dueNanos, Runnable task) {
        late.add(new Late(dueNanos, task));
    }

    /** Ends the thread after what is queued, and does then what has not had its time yet. */
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
                    rest();
                    Thread.interrupted(); // nobody should; and a pending one would close the channels
                }
            }
        } finally {
            ended.countDown();
        }
    }

    private void rest() {
        Late next = late.peek();
        if (next == null) {
            LockSupport.park(this);
        } else {
            LockSupport.parkNanos(this, next.dueNanos - ticker.nanos());
        }
    }

    private @Nullable Runnable next() {
        Late due = late.peek();
        if (due != null && (due.dueNanos - ticker.nanos() <= 0 || isLeft())) {
            late.remove();
            return due.task;
        }
        Runnable task = vital.poll();
        if (task == null) {
            task = urgent.poll();
        }
        return task != null ? task : ordinary.poll();
    }

    private boolean isLeft() {
        return stopping && vital.isEmpty() && urgent.isEmpty() && ordinary.isEmpty();
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
