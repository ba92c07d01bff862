package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.election.Phase;
import io.github.camelmasterlite.election.Tenure;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One change of what a member knows about a lock.
 *
 * @param lock         the lock
 * @param member       the id of this member
 * @param at           when, by the wall clock of this machine
 * @param from         where the election stood before
 * @param to           where it stands since
 * @param leaderBefore the id of the member known to lead before; null if nobody did or it was not known
 * @param leader       the same, since
 * @param tenureBefore this member's tenure before; null if it had none
 * @param tenure       this member's tenure since
 * @param problem      what keeps this member from taking part since; null if nothing does
 * @param reason       why, for people
 */
public record LockChange(
        String lock,
        String member,
        Instant at,
        Phase from,
        Phase to,
        @Nullable String leaderBefore,
        @Nullable String leader,
        @Nullable Tenure tenureBefore,
        @Nullable Tenure tenure,
        @Nullable String problem,
        String reason) {

    /** Whether a tenure of this member has begun. */
    public boolean isGain() {
        return tenure != null && !tenure.equals(tenureBefore);
    }

    /** Whether a tenure of this member has ended. */
    public boolean isLoss() {
        return tenureBefore != null && !tenureBefore.equals(tenure);
    }
}
