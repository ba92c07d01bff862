package io.github.camelmasterlite.election;

/**
 * What an election wants done, in the order in which it wants it done.
 *
 * @param <C> what can be asked of the store side
 */
public sealed interface Effect<C> {

    /**
     * Ask the store side.
     *
     * @param callId       unique within the election
     * @param command      what to do
     * @param timeoutNanos after how long to report {@link Event.Overdue}
     */
    record Call<C>(long callId, C command, long timeoutNanos) implements Effect<C> {}

    /**
     * Make a new snapshot visible. Comes before the effect that tells listeners of it.
     *
     * @param standing the snapshot
     * @param reason   why it changed, for the log
     */
    record Publish<C>(Standing standing, String reason) implements Effect<C> {}

    /**
     * Work may start.
     *
     * @param tenure the tenure under which it runs
     */
    record StartWork<C>(Tenure tenure) implements Effect<C> {}

    /**
     * Work must stop; {@link Event.WorkStopped} is awaited.
     *
     * @param tenure the tenure that has ended
     */
    record StopWork<C>(Tenure tenure) implements Effect<C> {}
}
