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
 * @param clock               how the clocks must stand for the tenure to count; null if only the authority matters
 */
public record Standing(
        String lock,
        String member,
        Phase phase,
        @Nullable Tenure tenure,
        long authorityUntilNanos,
        @Nullable String leader,
        @Nullable String problem,
        @Nullable ClockCheck clock) {

    /** A standing that does not depend on how the clocks stand. */
    public Standing(
            String lock,
            String member,
            Phase phase,
            @Nullable Tenure tenure,
            long authorityUntilNanos,
            @Nullable String leader,
            @Nullable String problem) {
        this(lock, member, phase, tenure, authorityUntilNanos, leader, problem, null);
    }

    /** The standing of a member before its election has begun. */
    public static Standing outside(String lock, String member) {
        return new Standing(lock, member, Phase.STOPPED, null, 0, null, null);
    }

    /** Whether this member has authority at {@code nowNanos}, as far as monotonic time tells; {@link #clock} may have more to say. */
    public boolean leadsAt(long nowNanos) {
        return tenure != null && nowNanos - authorityUntilNanos < 0;
    }

    /** Whether this member leads now: it has a tenure, its authority has not lapsed, and the clocks have not jumped since it was confirmed. */
    public boolean leadsAt(Moment now) {
        return leadsAt(now.nanos()) && (clock == null || clock.agrees(now));
    }
}
