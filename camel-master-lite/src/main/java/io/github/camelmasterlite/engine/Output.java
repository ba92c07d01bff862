package io.github.camelmasterlite.engine;

import io.github.camelmasterlite.election.Moment;
import io.github.camelmasterlite.election.Standing;
import io.github.camelmasterlite.election.Tenure;

/** Whom the loop tells what an election decided. Called by whatever thread drives the loop: only hands over, never blocks. */
public interface Output {

    /** A new snapshot. */
    void published(Standing standing);

    /**
     * A snapshot was published, and why it differs from the one before. For people and statistics: told when all that follows from it has been asked for.
     *
     * @param reason for people
     * @param at     when it was published
     */
    default void reported(Standing standing, String reason, Moment at) {}

    /**
     * The store side has answered a call, or has not in time. For people and statistics.
     *
     * @param operation what was asked, in a word
     * @param outcome   how it was answered, in a word
     * @param nanos     the time from asking to the answer
     */
    default void answered(String operation, String outcome, long nanos) {}

    /** Work may start under {@code tenure}. */
    void startWork(Tenure tenure);

    /** Work must stop; the receiver posts {@link Seat#workStopped} when it has. */
    void stopWork(Tenure tenure);

    /** The election has stopped for good. */
    void ended();
}
