package io.github.camelmasterlite.file;

import org.jspecify.annotations.Nullable;

/** What the files answer, and what they report unasked. */
sealed interface LockReply {

    /** What is known of the leader before. */
    enum Predecessor {
        /** There never was one. */
        NONE,
        /** It gave the lock up after its work had ended. */
        RELEASED,
        /** Its process has ended. */
        DEAD,
        /** Its process lives, or that cannot be told. */
        ALIVE
    }

    /** Something may have changed: look now. Proves nothing. */
    enum Hint implements LockReply {
        /** A directory event named the lock or one of its files. */
        FILES_CHANGED,
        /** A member reported that it has unlocked something. */
        LOCK_FREED,
        /** The presence lock of the leader is free: its process has ended. */
        LEADER_GONE
    }

    /**
     * Somebody else has the lock.
     *
     * @param file   identity of the lock file
     * @param leader what the leader's record says; null if there is none or it cannot be read
     * @param calmLocks how many locks this member follows, if it would notice the end of this one's leader: then they may share what trying costs,
     *     and a try only heals news that was lost; otherwise 0
     */
    record Busy(Object file, @Nullable LeaderRecord leader, int calmLocks) implements LockReply {

        /** Where the end of the leader might go unnoticed. */
        Busy(Object file, @Nullable LeaderRecord leader) {
            this(file, leader, 0);
        }
    }

    /** There is no lock file. */
    record Missing() implements LockReply {}

    /**
     * The lock file is another one than expected; it was not locked.
     *
     * @param file its identity
     */
    record Replaced(Object file) implements LockReply {}

    /**
     * The answer to {@link LockCommand.Look}.
     *
     * @param leader what the leader's record says; null if there is none or it cannot be read
     * @param calmLocks as in {@link Busy}
     */
    record Seen(@Nullable LeaderRecord leader, int calmLocks) implements LockReply {

        /** Where the end of the leader might go unnoticed. */
        Seen(@Nullable LeaderRecord leader) {
            this(leader, 0);
        }
    }

    /**
     * The lock was obtained; this member holds it now.
     *
     * @param file        identity of the lock file
     * @param lastEpoch   no fencing token above this has been issued; 0 if nothing could be read
     * @param isExact     whether {@code lastEpoch} is known to be the last token issued, in which case the next one follows it; otherwise the
     *                    clock is asked, too
     * @param lastTerm    the term of the tenure before; 0 if not known
     * @param predecessor what is known of the leader before
     * @param leaderBefore its id; null if not known
     */
    record Obtained(
            Object file,
            long lastEpoch,
            boolean isExact,
            long lastTerm,
            Predecessor predecessor,
            @Nullable String leaderBefore)
            implements LockReply {

        /** With a bound of the last token only. */
        Obtained(Object file, long lastEpoch, long lastTerm, Predecessor predecessor, @Nullable String leaderBefore) {
            this(file, lastEpoch, false, lastTerm, predecessor, leaderBefore);
        }
    }

    /** The tenure is recorded, durably. */
    record Claimed() implements LockReply {}

    /**
     * The lock is held.
     *
     * @param predecessor how the leader before stands, if it was asked for
     */
    record Valid(Predecessor predecessor) implements LockReply {}

    /**
     * The lock is not held any more.
     *
     * @param reason what was found
     */
    record Lost(String reason) implements LockReply {}

    /** The lock is given up. */
    record Released() implements LockReply {}

    /**
     * It could not be done.
     *
     * @param reason names the path and the fix
     */
    record Failed(String reason) implements LockReply {}
}
