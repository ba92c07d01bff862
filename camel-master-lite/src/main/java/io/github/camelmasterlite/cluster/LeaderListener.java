package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.election.Tenure;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.camel.cluster.CamelClusterMember;
import org.apache.camel.cluster.CamelClusterView;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hears of tenures for a {@link Leader}: from a view of this project through the first three methods, from any other through the last. */
final class LeaderListener implements WorkListener {

    /** For work under a cluster service that knows no stop budget. */
    static final Duration STOP_BUDGET = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(LeaderListener.class);

    private final String lock;
    private final LeaderWork work;

    /** What another service's view has reported last and has not taken back; guarded by this object. */
    private @Nullable Reported reported;

    LeaderListener(String lock, LeaderWork work) {
        this.lock = lock;
        this.work = work;
    }

    /** A tenure of a view of this project; two of them are the same if their tenures are. */
    private record Verified(Tenure tenure, LeadershipView view) implements LeaderWork.Grant {
        @Override
        public boolean isHeld() {
            return view.isLeader();
        }

        @Override
        public CompletionStage<Boolean> verdict() {
            return view.verdict();
        }

        @Override
        public boolean resign(Duration coolDown) {
            view.resign(coolDown);
            return true;
        }
    }

    /** The time between two reports of another service's view; only itself is the same. */
    private static final class Reported implements LeaderWork.Grant {
        private final CamelClusterView view;

        Reported(CamelClusterView view) {
            this.view = view;
        }

        @Override
        public @Nullable Tenure tenure() {
            return null;
        }

        @Override
        public boolean isHeld() {
            return view.getLocalMember().isLeader();
        }

        @Override
        public CompletionStage<Boolean> verdict() {
            return CompletableFuture.completedFuture(true);
        }

        @Override
        public boolean resign(Duration coolDown) {
            return false;
        }
    }

    @Override
    public void startWork(LeadershipView view, Tenure tenure) {
        work.begin(new Verified(tenure, view));
    }

    @Override
    public void stopWork(LeadershipView view, Tenure tenure) {
        work.end(new Verified(tenure, view));
    }

    @Override
    public CompletionStage<?> workEnded() {
        return work.ended();
    }

    /** Asks a view that may not tell a new listener how things stand. */
    void introduce(CamelClusterView view) {
        if (LeadershipView.of(view).isEmpty()) {
            heed(view);
        }
    }

    /**
     * Such views call their listeners one at a time, holding their lock, and may release theirs when the call has returned: the end of the work is waited
     * for, but not for ever and not done here. It may need what a thread holds that waits for that lock.
     */
    @Override
    public void leadershipChanged(CamelClusterView view, CamelClusterMember leader) {
        if (heed(view) || work.isHookThread()) {
            return;
        }
        try {
            work.ended().get(STOP_BUDGET.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("Lock {}: {} does not wait any longer for the end of the work", lock, view, e);
        }
    }

    /**
     * Takes in how things stand, which may change meanwhile: what is asked for with no lock held may be out of date when it is written down.
     *
     * @return whether this member leads
     */
    private boolean heed(CamelClusterView view) {
        boolean leads;
        do {
            leads = view.getLocalMember().isLeader();
            heed(view, leads);
        } while (view.getLocalMember().isLeader() != leads);
        return leads;
    }

    private void heed(CamelClusterView view, boolean leads) {
        Reported begun = null;
        Reported ended = null;
        synchronized (this) {
            if (leads && reported == null) {
                begun = new Reported(view);
                reported = begun;
            } else if (!leads) {
                ended = reported;
                reported = null;
            }
        }
        if (begun != null) {
            work.begin(begun);
        } else if (ended != null) {
            work.end(ended);
        }
    }

    @Override
    public String toString() {
        return "the work of Leader[" + lock + "]";
    }
}
