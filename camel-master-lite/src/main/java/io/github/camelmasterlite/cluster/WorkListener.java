package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.election.Tenure;
import java.util.concurrent.CompletionStage;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.apache.camel.cluster.CamelClusterMember;
import org.apache.camel.cluster.CamelClusterView;

/**
 * A listener that runs work exactly while this member leads, and whose work may outlive the call that ends it.
 *
 * <p>Views of this project call {@link #startWork} and {@link #stopWork} in place of {@code leadershipChanged}. The calls of one listener
 * come in order, on threads of the service, with no lock held, with one exception: a {@code stopWork} does not wait for a
 * {@code startWork} that is still running; it is delivered beside it. A {@code startWork} that has not begun when its tenure ends is never
 * delivered, and then neither is its {@code stopWork}.
 */
public interface WorkListener extends CamelClusterEventListener.Leadership {

    /**
     * A tenure has begun.
     *
     * @param view   the view of the lock
     * @param tenure the tenure
     */
    void startWork(LeadershipView view, Tenure tenure);

    /**
     * A tenure has ended, or is being given up: stop. Work counts as ended once this call and a {@link #startWork} still running have
     * returned and {@link #workEnded()} has completed. {@code view.isLeader()} is false during this call.
     *
     * @param view   the view of the lock
     * @param tenure the tenure that has ended
     */
    void stopWork(LeadershipView view, Tenure tenure);

    /**
     * When the work of the last tenure ends. Asked after {@link #stopWork} has returned, and when the listener is removed. The lock is not
     * released before.
     */
    CompletionStage<?> workEnded();

    /** Not called by views of this project. */
    @Override
    default void leadershipChanged(CamelClusterView view, CamelClusterMember leader) {}
}
