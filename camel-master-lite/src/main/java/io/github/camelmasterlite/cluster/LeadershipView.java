package io.github.camelmasterlite.cluster;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.camel.cluster.CamelClusterView;
import org.apache.camel.cluster.CamelPreemptiveClusterView;

/**
 * A cluster view that also tells under which tenure this member leads and lets it step back. Every view of this project's cluster services
 * is one: {@code view.unwrap(LeadershipView.class)}.
 */
public interface LeadershipView extends CamelPreemptiveClusterView {

    /**
     * Whether this member leads now. Evaluated at use, without I/O and without a lock: cheap enough for every message.
     *
     * @return true only while a tenure is held and its authority has not lapsed
     */
    boolean isLeader();

    /** What is known about the lock now, as one consistent snapshot, without I/O. */
    Leadership leadership();

    /**
     * The verdict on the present tenure, for work that finds {@link #isLeader()} false.
     *
     * @return completes with true once the tenure held now is confirmed (at once if it is), with false once it is lost or if none is held;
     *     never later than the loss is noticed. It completes on a thread of the service: continue elsewhere if that takes time.
     */
    CompletionStage<Boolean> verdict();

    /**
     * Steps down in order (work stops, then the lock is released) and lets other members go first.
     *
     * @param coolDown how long this member does not stand for the lock; zero or more, and what is longer than a year counts as a year. It stands again afterwards, also if nobody else has
     *     taken the lock.
     * @throws IllegalArgumentException if {@code coolDown} is negative
     */
    void resign(Duration coolDown);

    /** How long work may take to stop once told to; what outlives it is reported. More than zero. */
    Duration stopBudget();

    /** {@code view}, if it is a view of one of this project's cluster services, also behind a wrapper; empty if it is another's. */
    static Optional<LeadershipView> of(CamelClusterView view) {
        try {
            return Optional.ofNullable(view.unwrap(LeadershipView.class));
        } catch (IllegalArgumentException | ClassCastException e) {
            return Optional.empty(); // the documented answer, and the usual one, of a view that is no such view
        }
    }
}
