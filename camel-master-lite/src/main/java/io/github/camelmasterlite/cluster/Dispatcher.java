package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.engine.Lane;
import io.github.camelmasterlite.engine.Threads;
import java.util.concurrent.Executor;

/**
 * The threads that call listeners. Starts and news share one lane, where a slow one holds the others up by milliseconds only; stops have a
 * lane of their own, so that none ever waits behind a start.
 */
final class Dispatcher {

    /** How many slow starts may run beside each other. */
    private static final int MAX_STARTS = 16;

    private final Executor starts;
    private final Executor stops;

    Dispatcher(Threads threads) {
        this(new Lane(threads, "listeners", MAX_STARTS)::run, new Lane(threads, "stops", Integer.MAX_VALUE)::run);
    }

    /**
     * @param starts runs what may wait, never on the calling thread
     * @param stops  runs what may not, never on the calling thread
     */
    Dispatcher(Executor starts, Executor stops) {
        this.starts = starts;
        this.stops = stops;
    }

    /** Calls a listener with a start or with news. */
    void start(Runnable call) {
        starts.execute(call);
    }

    /** Calls a listener with a stop. */
    void stop(Runnable call) {
        stops.execute(call);
    }
}
