package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.engine.Lane;
import io.github.camelmasterlite.engine.Threads;

/**
 * The threads that call listeners. Starts and news share one lane, where a slow one holds the others up by milliseconds only; stops have a
 * lane of their own, so that none ever waits behind a start.
 */
final class Dispatcher {

    /** How many slow starts may run beside each other. */
    private static final int MAX_STARTS = 16;

    private final Lane starts;
    private final Lane stops;

    Dispatcher(Threads threads) {
        starts = new Lane(threads, "listeners", MAX_STARTS);
        stops = new Lane(threads, "stops", Integer.MAX_VALUE);
    }

    /** Calls a listener with a start or with news. */
    void start(Runnable call) {
        starts.run(call);
    }

    /** Calls a listener with a stop. */
    void stop(Runnable call) {
        stops.run(call);
    }
}
