package io.github.camelmasterlite.engine;

import io.github.camelmasterlite.election.Standing;
import io.github.camelmasterlite.election.Tenure;

/** Whom the loop tells what an election decided. Called by whatever thread drives the loop: only hands over, never blocks. */
public interface Output {

    /** A new snapshot. */
    void published(Standing standing);

    /** Work may start under {@code tenure}. */
    void startWork(Tenure tenure);

    /** Work must stop; the receiver posts {@link Seat#workStopped} when it has. */
    void stopWork(Tenure tenure);

    /** The election has stopped for good. */
    void ended();
}
