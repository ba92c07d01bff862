package io.github.camelmasterlite.master;

/** What becomes of the lock while the route of a consumer behind {@code master:} is suspended. */
public enum MasterOnSuspend {
    /** This member keeps it: the delegate is suspended and nobody consumes until the route is resumed. The default. */
    KEEP,
    /**
     * This route no longer stands for it: the delegate is stopped, the exchanges in flight end, and then the lock is given to another member,
     * unless a further route of this member that is not suspended stands for the same lock. Resuming the route stands again.
     */
    RELEASE
}
