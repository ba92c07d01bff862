package io.github.camelmasterlite.master;

import io.github.camelmasterlite.cluster.LeadershipView;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.camel.cluster.CamelClusterView;

/** What a consumer needs to know of the leadership of its lock, whichever cluster service the view comes from. */
interface Authority {

    /** Whether this member leads now. Cheap enough for every exchange. */
    boolean isHeld();

    /** Completes with true once the present tenure is confirmed, with false once it is lost or if there is none. */
    CompletionStage<Boolean> verdict();

    /**
     * Whether work may begin that was told to start a moment ago: a process may have stood still since. Completes as {@link #verdict()} does. Where the cluster
     * service cannot tell, it may.
     */
    default CompletionStage<Boolean> mayBegin() {
        return CompletableFuture.completedFuture(true);
    }

    /** How long work may take to stop. */
    Duration stopBudget();

    /**
     * Steps down for a while.
     *
     * @return false if the cluster service has no way to do so
     */
    boolean resign(Duration coolDown);

    /** Tenures have begun or ended, as told by events. */
    default void led(boolean led) {}

    /** No lock at all: nothing is held, and nothing can be given up. */
    Authority NONE = new Authority() {
        @Override
        public boolean isHeld() {
            return false;
        }

        @Override
        public CompletionStage<Boolean> verdict() {
            return CompletableFuture.completedFuture(false);
        }

        @Override
        public Duration stopBudget() {
            return Duration.ofSeconds(1);
        }

        @Override
        public boolean resign(Duration coolDown) {
            return true;
        }
    };

    /** The authority that {@code view} can tell of. */
    static Authority of(CamelClusterView view) {
        Optional<LeadershipView> leadership = LeadershipView.of(view);
        if (leadership.isPresent()) {
            return new Verified(leadership.get());
        }
        return new Reported(view);
    }

    /** Evaluated at use by a cluster service of this project. */
    final class Verified implements Authority {

        private final LeadershipView view;

        private Verified(LeadershipView view) {
            this.view = view;
        }

        @Override
        public boolean isHeld() {
            return view.isLeader();
        }

        @Override
        public CompletionStage<Boolean> verdict() {
            return view.verdict();
        }

        @Override
        public CompletionStage<Boolean> mayBegin() {
            return view.verdict();
        }

        @Override
        public Duration stopBudget() {
            return view.stopBudget();
        }

        @Override
        public boolean resign(Duration coolDown) {
            view.resign(coolDown);
            return true;
        }
    }

    /** As another cluster service reports it. It ends with the first sign of an end: the state of the member, or the event. */
    final class Reported implements Authority {

        private static final Duration STOP_BUDGET = Duration.ofSeconds(2);

        private final CamelClusterView view;
        private volatile boolean led;

        private Reported(CamelClusterView view) {
            this.view = view;
        }

        @Override
        public boolean isHeld() {
            return led && view.getLocalMember().isLeader();
        }

        @Override
        public CompletionStage<Boolean> verdict() {
            return CompletableFuture.completedFuture(isHeld());
        }

        @Override
        public Duration stopBudget() {
            return STOP_BUDGET;
        }

        @Override
        public boolean resign(Duration coolDown) {
            return false;
        }

        @Override
        public void led(boolean led) {
            this.led = led;
        }
    }
}
