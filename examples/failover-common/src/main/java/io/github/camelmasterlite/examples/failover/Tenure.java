package io.github.camelmasterlite.examples.failover;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The time in which a member's consumer ran for a lock.
 *
 * @param startNanos when the consumer was about to start
 * @param endNanos   when its work had ended: the consumer had stopped or its process was told to die, and no tick came later
 * @param end        how it ended
 * @param ticks      what it did, in order of time
 */
record Tenure(String lock, String member, long startNanos, long endNanos, End end, List<Tick> ticks) {

    Tenure {
        ticks = List.copyOf(ticks);
    }

    enum End {
        /** The consumer has stopped. */
        STOPPED,
        /** Its process was killed. */
        KILLED,
        /** Its process ended, or the history did, before the consumer had stopped. */
        UNKNOWN
    }

    /** A message in the route, and the fencing token it came with. */
    record Tick(long nanos, @Nullable Long token) {}
}
