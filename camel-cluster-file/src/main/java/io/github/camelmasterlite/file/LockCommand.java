package io.github.camelmasterlite.file;

import org.jspecify.annotations.Nullable;

/** What {@link LockElection} asks of the files. */
sealed interface LockCommand {

    /**
     * Try to get the lock.
     *
     * @param expectedFile identity of the lock file that may be locked; null for any
     * @param create       whether to create the lock file if it is absent
     */
    record Try(@Nullable Object expectedFile, boolean create) implements LockCommand {}

    /** Only look who leads. */
    record Look() implements LockCommand {}

    /**
     * Record a tenure of the lock that was obtained.
     *
     * @param epoch    its fencing token
     * @param term     its number
     * @param settling whether the leader before may still be at work, so that whoever comes next must wait for it too
     */
    record Claim(long epoch, long term, boolean settling) implements LockCommand {}

    /**
     * Verify that the lock is still held, and mend a hold that was dropped but not taken.
     *
     * @param predecessor also tell how the leader before stands
     */
    record Check(boolean predecessor) implements LockCommand {}

    /**
     * Give the lock up, or what may be left of it.
     *
     * @param signed whether to record that the tenure ended in order, after its work
     */
    record Release(boolean signed) implements LockCommand {}
}
