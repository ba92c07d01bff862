package io.github.camelmasterlite.engine;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A running back end and the loop that drives its elections. Closing is orderly: the back end is closed only after the last election has
 * stopped, so that a lock whose work has not ended is not given away.
 *
 * @param <C> what the rules ask for
 * @param <R> what comes back
 */
public final class Engine<C, R> {

    /** Told on threads of the back end what concerns all locks. */
    @FunctionalInterface
    public interface Surroundings {

        /** The members known to live, this one included. */
        void membersChanged(List<String> memberIds);

        /** {@link Backend.Listener#watching}. */
        default void watching(boolean live, @Nullable String reason) {}
    }

    private final Backend<C, R> backend;
    private final LoopThread thread;
    private final ElectionLoop loop;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    private Engine(Backend<C, R> backend, Ticker ticker) {
        this.backend = backend;
        this.thread = new LoopThread(ticker);
        this.loop = thread.loop();
    }

    /**
     * Opens the back end and starts the loop.
     *
     * @param backend        where the locks live
     * @param ticker         the time
     * @param threads        makes the loop's thread
     * @param surroundings told of what concerns all locks
     * @return the running engine
     * @throws Exception what {@link Backend#open} throws; nothing is left running then
     */
    public static <C, R> Engine<C, R> open(
            Backend<C, R> backend, Ticker ticker, Threads threads, Surroundings surroundings) throws Exception {
        Engine<C, R> engine = new Engine<>(backend, ticker);
        backend.open(new Backend.Listener<>() {
            @Override
            public void observed(String lock, R observation) {
                engine.loop.observed(lock, observation);
            }

            @Override
            public void observedAll(R observation) {
                engine.loop.observedAll(observation);
            }

            @Override
            public void within(Runnable task) {
                engine.thread.within(task);
            }

            @Override
            public void membersChanged(List<String> memberIds) {
                surroundings.membersChanged(memberIds);
            }

            @Override
            public void watching(boolean live, @Nullable String reason) {
                surroundings.watching(live, reason);
            }
        });
        boolean isRunning = false;
        try {
            engine.thread.start(threads, engine::closeBackend);
            isRunning = true;
        } finally {
            if (!isRunning) {
                backend.close();
            }
        }
        return engine;
    }

    /**
     * Runs a task that may steer elections, and then, on the same thread, what they do about it.
     *
     * @param task anything; the caller may hold locks of its own, but none that a listener's dispatcher needs
     */
    public void within(Runnable task) {
        thread.within(task);
    }

    /** Adds an election for {@code lock}; it does not stand yet. */
    public Seat join(String lock, Output output) {
        return loop.add(lock, backend.candidate(lock), output);
    }

    /**
     * Adds an election for the lock that the back end offers for a rehearsal; it does not stand yet. Nothing of it is logged as news.
     *
     * @return null if there is nothing to rehearse
     */
    public @Nullable Seat rehearse(String name, Output output) {
        Backend.Candidate<C, R> candidate = backend.rehearsal();
        return candidate == null ? null : loop.rehearse(name, candidate, output);
    }

    /**
     * Closes as soon as every election has stopped; they must have been told to withdraw.
     *
     * @return completes when everything is closed
     */
    public CompletableFuture<Void> closeWhenIdle() {
        thread.stopWhenIdle();
        return closed;
    }

    private void closeBackend() {
        try {
            backend.close();
        } finally {
            closed.complete(null);
        }
    }
}
