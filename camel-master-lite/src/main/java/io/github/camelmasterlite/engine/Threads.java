package io.github.camelmasterlite.engine;

/**
 * Makes the threads of a cluster service. They are plain daemon threads: an executor of Camel would be shut down while routes still end, and
 * none of them may keep a JVM alive.
 */
public final class Threads {

    private final String prefix;

    /**
     * @param prefix what the names of all threads begin with
     */
    public Threads(String prefix) {
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
        Thread thread = new Thread(body, prefix + "-" + role);
        thread.setDaemon(true);
        // A library's thread must not inherit the class loader of whoever happened to start it: that would pin an
        // undeployed application.
        thread.setContextClassLoader(Threads.class.getClassLoader());
        thread.start();
        return thread;
    }
}
