package io.github.camelmasterlite.engine;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the threads of a cluster service. They are plain daemon threads: an executor of Camel would be shut down while routes still end, and
 * none of them may keep a JVM alive.
 */
public final class Threads {

    /** A thread that can leave what it does to a new one at any time it waits. */
    interface Spare {

        /**
         * Takes something over.
         *
         * @return false if it is busy
         */
        boolean take(String name, Runnable body);
    }

    /**
     * What a thread does.
     *
     * @param name its name meanwhile
     */
    record Task(String name, Runnable body) {}

    private static final Logger LOG = LoggerFactory.getLogger(Threads.class);

    private final Supplier<String> prefix;
    private final ThreadFactory factory;
    private final Queue<Task> owed = new ConcurrentLinkedQueue<>();
    private volatile @Nullable Spare spare;

    /**
     * @param prefix what the names of all threads begin with
     */
    public Threads(Supplier<String> prefix) {
        this(prefix, Thread::new);
    }

    /**
     * @param factory makes them, or throws if the process may have no more
     */
    Threads(Supplier<String> prefix, ThreadFactory factory) {
        this.prefix = prefix;
        this.factory = factory;
    }

    /**
     * Starts a daemon thread.
     *
     * @param role what it does; the end of its name
     * @param body what it runs
     * @return the running thread
     */
    public Thread start(String role, Runnable body) {
        Thread thread = factory.newThread(body);
        thread.setName(name(role));
        thread.setDaemon(true);
        // A library's thread must not inherit the class loader of whoever happened to start it: that would pin an
        // undeployed application.
        thread.setContextClassLoader(Threads.class.getClassLoader());
        thread.start();
        return thread;
    }

    /**
     * Runs {@code body} on a daemon thread that it may keep: on one that exists already if there is one to spare. A busy machine gives its
     * processors to new threads last. If the process may have no more, the thread of the elections does it, late.
     */
    void startQuickly(String role, Runnable body) {
        Spare idle = spare;
        if (idle != null && idle.take(name(role), body)) {
            return;
        }
        try {
            start(role, body);
        } catch (Throwable t) {
            LOG.error("No thread can be made for {}; the one of the elections does it, as soon as it can", role, t);
            owed.add(new Task(name(role), body));
        }
    }

    /** What no thread could be made for, the eldest first; null if there is nothing. For the thread of the elections, which asks twice a second. */
    @Nullable
    Task nextOwed() {
        return owed.poll();
    }

    /** From now on {@code idle} may be asked to take over. */
    void spare(Spare idle) {
        spare = idle;
    }

    private String name(String role) {
        return prefix.get() + "-" + role;
    }
}
