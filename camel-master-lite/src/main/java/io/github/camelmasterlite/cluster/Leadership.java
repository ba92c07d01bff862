package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.election.Tenure;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What one member knows about one lock at one moment.
 *
 * @param lock               the lock, which Camel calls a namespace
 * @param member             the id of this member
 * @param leader             the id of the member known to lead, this one or another; null when nobody does or it is not known
 * @param tenure             this member's tenure; null when it has none. A tenure can be held while its authority is being verified again
 *                           after a pause of the process: {@code isLeader()} is false then, and work already begun may go on
 * @param remainingAuthority for how long the tenure stands unless it is confirmed again; zero when there is none or it has lapsed
 * @param problem            what keeps this member from taking part, with the way to mend it; null when nothing does
 */
public record Leadership(
        String lock,
        String member,
        @Nullable String leader,
        @Nullable Tenure tenure,
        Duration remainingAuthority,
        @Nullable String problem) {

    /** Whether this member led at the moment of the snapshot. */
    public boolean isLeader() {
        return tenure != null && !remainingAuthority.isZero();
    }

    /** The fencing token of this member's tenure: pass it to whatever must refuse a former leader. Zero when there is no tenure. */
    public long fencingToken() {
        return tenure == null ? 0 : tenure.fencingToken();
    }

    /** The number of this member's tenure, for people. Zero when there is no tenure. */
    public long term() {
        return tenure == null ? 0 : tenure.term();
    }
}
