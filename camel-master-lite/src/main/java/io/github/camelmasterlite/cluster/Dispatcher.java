package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.engine.Lane;
import io.github.camelmasterlite.engine.Threads;
import java.util.concurrent.Executor;

/**
 * The threads that call listeners. Starts and news share one lane, where a slow one holds the others up by milliseconds only; stops have a
 * lane of their own, so that none ever waits behind a start, and so have verdicts, behind which a whole route may run.
 */
final class Dispatcher {

    /** How many slow starts may run beside each other. */
    private static final int MAX_STARTS = 16;

    private final Executor starts;
    private final Executor stops;
    private final Executor verdicts;

    Dispatcher(Threads threads) {
        this(
                new Lane(threads, "listeners", MAX_STARTS)::run,
                new Lane(threads, "stops", Integer.MAX_VALUE)::run,
                new Lane(threads, "verdicts", Integer.MAX_VALUE)::run);
    }

    /**
     * @param starts runs what may wait, never on the calling thread
     * @param stops  runs what may not, never on the calling thread
     * @param verdicts runs what waits for a verdict, never on the calling thread
     */
    Dispatcher(Executor starts, Executor stops, Executor verdicts) {
        this.starts = starts;
        this.stops = stops;
        this.verdicts = verdicts;
    }

    /** Calls a listener with a start or with news. */
    void start(Runnable call) {
        starts.execute(call);
    }

    /** Calls a listener with a stop. */
    void stop(Runnable call) {
        stops.execute(call);
    }

    /** Completes a verdict. */
    void verdict(Runnable call) {
        verdicts.execute(call);
    }
}
