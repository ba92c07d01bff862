package io.github.camelmasterlite.election;

import io.github.camelmasterlite.Spi;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Where lease records lie: the port behind which Kubernetes, a directory, a database or memory is. Anything that can replace a record under
 * compare-and-set will do; {@code LeaseStoreContract} in the test-jar tells whether it does.
 *
 * <p>What is required: reads and writes of one record are linearizable; a write succeeds only if the stored record is still the expected one, its
 * identity included, and a creation only if there is none; revisions are positive and rise strictly per lock, also across deletion (they are the fencing
 * tokens: count in a place that is not deleted with the record). What is not required: watches, clocks, and answers. A call that is not answered in time is given up by the caller; it may still take effect later.
 *
 * <p>{@link #read}, {@link #write} and {@link #forget} are called by the thread that drives all elections of the member: they must not block, or nobody is renewed meanwhile. Where the
 * client of the store blocks, as JDBC does, hand the call to threads of your own and see to it that calls do not hang there for ever. At most 64 calls are under
 * way at once, more if they linger, at most 512, plus those that were given up. {@link #open} and {@link #close} may block, for a bounded time. Answers may come on any thread, also at once on the calling one.
 */
@Spi
public interface LeaseStore {

    /** How a write ended. That it is not known is told by an exceptional completion. */
    sealed interface Outcome {

        /** It was done; {@code stored} is what the store holds now, equal to what a read would find: with the duration rounded, if the store rounds it. */
        record Written(StoredRecord stored) implements Outcome {}

        /** It was not done and never will be: the store holds something else. */
        record Conflict() implements Outcome {}
    }

    /**
     * What a store reports without being asked. Never blocks; may be called on any thread. All of it is hints: correctness never depends on any
     * of them being true, complete or in time.
     */
    interface Listener {

        /** A watch has seen this record of this lock, whoever wrote it: what was written through this object counts as well. */
        void changed(String lock, StoredRecord stored);

        /** Something about this lock may have changed. */
        void look(String lock);

        /** Something about any lock may have changed, for instance because a watch was interrupted. */
        void lookAll();

        /**
         * Whether changes are reported from now on; before the first call they are not. Every store calls it at least once after it was opened: one that cannot watch
         * says so, and its members look every retry period.
         *
         * @param live   whether they are
         * @param reason why not, with the way to mend it; null if they are
         */
        void watching(boolean live, @Nullable String reason);

        /** The members known to live. A store that cannot tell never calls it. */
        void members(List<String> ids);

        /**
         * Runs a task that completes answers or reports, and what the elections do about it, at once and on this thread. Not needed, but saves a
         * hand-over to another thread. With no lock held.
         */
        default void within(Runnable task) {
            task.run();
        }
    }

    /**
     * Checks configuration and surroundings, and begins to report. After {@link #close()} it may be called again.
     *
     * @param member   the id of the member that uses the store through this object
     * @param listener whom to tell
     * @throws Exception with a message that names the option, path or permission and the way to mend it
     */
    void open(String member, Listener listener) throws Exception;

    /**
     * Reads a record.
     *
     * @param lock any non-empty name; different names never share a record
     * @return what is there; completes exceptionally, with a message that names the fix, if that could not be found out
     */
    CompletionStage<StoredRecord> read(String lock);

    /**
     * Replaces a record if it is still the expected one.
     *
     * @param lock     its lock
     * @param expected what was read or written before
     * @param next     what shall be there; never what is there already, which a store may call done without doing anything
     * @return how it ended; completes exceptionally, with a message that names the fix, if that is not known
     */
    CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next);

    /** The unit in which the store keeps durations, more than zero; they are rounded up to a multiple of it. */
    default Duration durationStep() {
        return Duration.ofMillis(1);
    }

    /** A lock is of interest no longer; whatever is kept for it may be let go. */
    default void forget(String lock) {}

    /** Ends everything that {@link #open} began; bounded. */
    void close();
}
