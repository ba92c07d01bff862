package io.github.camelmasterlite.engine;

import io.github.camelmasterlite.election.Election;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Where the locks of a cluster service live: directories, Kubernetes, memory. The edge behind which all I/O happens.
 *
 * @param <C> what the rules ask for
 * @param <R> what comes back
 */
public interface Backend<C, R> {

    /**
     * One lock of one member.
     *
     * @param <C> what the rules ask for
     * @param <R> what comes back
     */
    interface Candidate<C, R> {

        /** The rules, in their first phase. */
        Election<C, R> election();

        /**
         * Does what the rules ask for. Never blocks and never throws for an expected failure: failures are answers.
         *
         * @param command what to do
         * @return the answer
         */
        CompletionStage<R> perform(C command);

        /** What was reported to all elections before this one began and still holds; it is told first. Never blocks. */
        default List<R> known() {
            return List.of();
        }

        /**
         * The call in flight has not been answered yet. Told as soon as it has been asked for, and then at each moment that this answers with. Never blocks.
         *
         * @param askedNanos   when it was asked for
         * @param nowNanos     the present
         * @param timeoutNanos how long it may take
         * @return when to tell this again; if that is not after the present, the call is overdue
         */
        default long unanswered(long askedNanos, long nowNanos, long timeoutNanos) {
            return askedNanos + timeoutNanos;
        }

        /** The call in flight has not been answered in time; nobody waits for it any more unless the rules say so. Never blocks. */
        default void overdue() {}

        /** What a command is for, in a word, for people and statistics. */
        default String operation(C command) {
            return word(command);
        }

        /** How a command was answered, in a word, for people and statistics. */
        default String outcome(R reply) {
            return word(reply);
        }

        /** Whether an answer or a report shows that the store side can be reached. */
        default boolean isContact(R reply) {
            return true;
        }

        private static String word(Object value) {
            return (value instanceof Enum<?> constant
                            ? constant.name()
                            : value.getClass().getSimpleName())
                    .toLowerCase(Locale.ROOT);
        }

        /** The election has stopped; nothing is asked any more. Never blocks. */
        default void close() {}
    }

    /**
     * What a back end reports without being asked. Called on its own threads; never blocks.
     *
     * @param <R> what it reports
     */
    interface Listener<R> {

        /** Something about one lock was noticed: look now. Equal observations that are still waiting are merged. */
        void observed(String lock, R observation);

        /** Something was noticed that may concern every lock: look now. */
        void observedAll(R observation);

        /**
         * Runs a task that may end in answers or observations, and then what the elections do about them: at once and on this thread. Not needed,
         * but whatever is not wrapped in it is handed over to another thread first. For threads of the back end, with no lock held.
         */
        void within(Runnable task);

        /** The members known to live, this one included. */
        void membersChanged(List<String> memberIds);

        /**
         * Whether changes are reported by themselves from now on; where this is never called, nothing is known about it.
         *
         * @param live   whether they are
         * @param reason why not, with the way to mend it; null if they are
         */
        default void watching(boolean live, @Nullable String reason) {}
    }

    /**
     * Checks configuration and surroundings and starts watching.
     *
     * @param listener whom to tell
     * @throws Exception with a message that names the option, path or permission and the way to mend it
     */
    void open(Listener<R> listener) throws Exception;

    /**
     * Makes the rules and the connection of one lock.
     *
     * @param lock any non-empty name
     * @return a new candidate that does not stand yet
     */
    Candidate<C, R> candidate(String lock);

    /**
     * A lock that is nobody else's, to be acquired and released once after a start. A Java program is slow at what it does for the first time; the
     * first real hand-over should not be that time.
     *
     * @return a new candidate whose traces {@link Candidate#close()} removes; null if nothing is gained by it
     */
    default @Nullable Candidate<C, R> rehearsal() {
        return null;
    }

    /** Ends everything that {@link #open} started. Called once, after every election has stopped; bounded. */
    void close();
}
