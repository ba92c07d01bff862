package io.github.camelmasterlite.engine;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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

    private final Supplier<String> prefix;
    private volatile @Nullable Spare spare;

    /**
     * @param prefix what the names of all threads begin with
     */
    public Threads(Supplier<String> prefix) {
        this.prefix = prefix;
    }

    /**
     * Starts a daemon thread.
     *
     * @param role what it does; the end of its name
     * @param body what it runs
     * @return the running thread
     */
    public Thread start(String role, Runnable body) {
        Thread thread = new Thread(body, name(role));
        thread.setDaemon(true);
        // A library's thread must not inherit the class loader of whoever happened to start it: that would pin an
        // undeployed application.
        thread.setContextClassLoader(Threads.class.getClassLoader());
        thread.start();
        return thread;
    }

    /**
     * Runs {@code body} on a daemon thread that it may keep: on one that exists already if there is one to spare. A busy machine gives its
     * processors to new threads last.
     */
    void startQuickly(String role, Runnable body) {
        Spare idle = spare;
        if (idle == null || !idle.take(name(role), body)) {
            start(role, body);
        }
    }

    /** From now on {@code idle} may be asked to take over. */
    void spare(Spare idle) {
        spare = idle;
    }

    private String name(String role) {
        return prefix.get() + "-" + role;
    }
}
