package io.github.camelmasterlite.cluster;

import org.jspecify.annotations.Nullable;

/**
 * Whoever wants to know what a cluster service does with its locks: statistics, events, logs. It is told and decides nothing; to run work, listen to a view.
 *
 * <p>Called on whatever thread does what is reported, with no lock held, for each lock in order: it must return at once and must not block, or elections
 * wait for it. What takes time is done {@link ElectionClusterService#background() elsewhere}. What it throws is logged and hurts nobody.
 */
public interface LeadershipObserver {

    /** This member has come to know a lock, or has forgotten one; {@link ElectionClusterService#getNamespaces()} has those it knows now. */
    default void locksChanged() {}

    /** What is known of a lock has changed. */
    default void changed(LockChange change) {}

    /**
     * The place where the locks live has answered, or has not in time.
     *
     * @param lock      the lock
     * @param operation what was asked, in a word: of leases read, acquire, renew, release; of file locks try, look, claim, check, release
     * @param outcome   how it ended, in a word: of leases found, written, conflict, unknown; of file locks busy, obtained, valid and the like; of both failed, and overdue if
     *                  there was no answer in time
     * @param nanos     the time from asking to the answer, the wait for a turn included
     */
    default void storeAnswered(String lock, String operation, String outcome, long nanos) {}

    /**
     * A listener has returned.
     *
     * @param lock   the lock
     * @param call   what it was told, in a word: {@code start}, {@code stop}, {@code news} or {@code members}
     * @param nanos  how long it took
     * @param failed whether it threw
     */
    default void listenerReturned(String lock, String call, long nanos, boolean failed) {}

    /**
     * Whether changes made by others are reported to this member from now on, or have to be looked for.
     *
     * @param live   whether they are
     * @param reason why not; null if they are
     */
    default void watching(boolean live, @Nullable String reason) {}
}
