package io.github.camelmasterlite.election;

/**
 * What can happen to an election.
 *
 * @param <R> what the store side answers and reports
 */
public sealed interface Event<R> {

    /** Take part: try to become leader, and again whenever the lock is free. Ends a {@link StandDown}, and a cool-down. */
    record Stand<R>() implements Event<R> {}

    /** Give up a tenure and take no part until the next {@link Stand}; go on watching who leads. */
    record StandDown<R>() implements Event<R> {}

    /**
     * Give up a tenure and let others go first.
     *
     * @param coolDownNanos how long this member does not stand
     */
    record Resign<R>(long coolDownNanos) implements Event<R> {}

    /** Leave for good: end the tenure in order, release, stop. */
    record Withdraw<R>() implements Event<R> {}

    /**
     * All work of a tenure has ended.
     *
     * @param term the term of the tenure whose work has ended
     */
    record WorkStopped<R>(long term) implements Event<R> {}

    /** The nearest deadline of the election has come. */
    record Tick<R>() implements Event<R> {}

    /**
     * This process did not run for a while, or the clocks of the machine jumped against each other.
     *
     * @param gapNanos how long
     */
    record Paused<R>(long gapNanos) implements Event<R> {}

    /**
     * A call has been answered.
     *
     * @param callId which call; a reply to any other call than the one in flight means nothing
     * @param reply  the answer
     */
    record Reply<R>(long callId, R reply) implements Event<R> {}

    /**
     * A call ended with an error that the store side could not express as an answer. Its effect is unknown.
     *
     * @param callId which call
     * @param reason for the log and for health
     */
    record Failed<R>(long callId, String reason) implements Event<R> {}

    /**
     * A call has not been answered within its limit. It may still take effect and may still be answered.
     *
     * @param callId     which call
     * @param afterNanos the limit
     */
    record Overdue<R>(long callId, long afterNanos) implements Event<R> {}

    /**
     * The store side noticed something without being asked. A hint: it says "look now" and proves nothing.
     *
     * @param observation what was noticed
     */
    record Observed<R>(R observation) implements Event<R> {}
}
