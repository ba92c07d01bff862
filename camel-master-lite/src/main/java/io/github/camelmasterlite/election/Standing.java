package io.github.camelmasterlite.election;

import org.jspecify.annotations.Nullable;

/**
 * What one election publishes: one immutable snapshot, written by the loop, read by everybody.
 *
 * @param lock                the lock, which Camel calls a namespace
 * @param member              the id of this member
 * @param phase               where the election stands
 * @param tenure              the present tenure, exactly while {@code phase} is {@link Phase#LEADING}
 * @param authorityUntilNanos monotonic time at which the authority of the tenure lapses unless it is confirmed before; evaluated at use
 * @param leader              the id of the member known to lead; null when nobody does or it is not known
 * @param problem             what keeps this member from taking part, with the way to mend it; null when nothing does
 */
public record Standing(
        String lock,
        String member,
        Phase phase,
        @Nullable Tenure tenure,
        long authorityUntilNanos,
        @Nullable String leader,
        @Nullable String problem) {

    /** The standing of a member before its election has begun. */
    public static Standing outside(String lock, String member) {
        return new Standing(lock, member, Phase.STOPPED, null, 0, null, null);
    }

    /** Whether this member leads at {@code nowNanos}: it has a tenure and its authority has not lapsed. */
    public boolean leadsAt(long nowNanos) {
        return tenure != null && nowNanos - authorityUntilNanos < 0;
    }
}
