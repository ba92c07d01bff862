package io.github.camelmasterlite.election;

import io.github.camelmasterlite.Api;

/** Where an election stands. The transitions are a table in the javadoc of each set of rules. */
@Api
public enum Phase {
    /** Not leading; watching the lock, and standing for it unless disabled or cooling down. */
    FOLLOWING,
    /** The lock was obtained; its tenure is being recorded. No work yet. */
    CLAIMING,
    /** The tenure is recorded, but the former leader may still be at work: waiting until it cannot be. No work yet. */
    SETTLING,
    /** Leading: work may run. */
    LEADING,
    /** No longer leading, or leaving: waiting to hear that work has ended. */
    STOPPING_WORK,
    /** Work has ended; the lock is being given up. */
    RELEASING,
    /** Ended for good. */
    STOPPED;

    /** Whether the member has, or may still have, a tenure whose work has not been reported as ended. */
    public boolean hasTenure() {
        return this == LEADING || this == STOPPING_WORK;
    }
}
