package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.election.Tenure;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.camel.CamelContext;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.apache.camel.cluster.CamelClusterMember;
import org.apache.camel.spi.ShutdownStrategy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One listener of one view: what it still has to be told, in which order, and when its work has ended.
 *
 * <p>Promises: calls come in order, one at a time, on the dispatcher's threads and with no lock held, except that a stop is delivered beside a
 * start that is still running. News is merged to the latest; a start is not delivered once its tenure has ended; a delivered start is always
 * followed by its stop. An exception of the listener is logged and hurts nobody else.
 *
 * <p>The fields are guarded by the monitor of this object, which is never held while the listener is called.
 */
final class Subscription {

    private static final Logger LOG = LoggerFactory.getLogger(Subscription.class);

    private final ElectionClusterView view;
    private final CamelClusterEventListener listener;
    private final Dispatcher dispatcher;

    private @Nullable Tenure waitingStart;

    /** Which state of the view the waiting start is about, and from which on the listener could read it in a call about something else. */
    private long waitingStartState;

    private long readableState = -1;
    private @Nullable Tenure told;
    private boolean newsWaiting;
    private final Deque<Consumer<CamelClusterEventListener.Membership>> membershipWaiting = new ArrayDeque<>();
    private boolean calling;
    private boolean stopping;
    private boolean closed;
    private final CompletableFuture<Void> workOfClosed = new CompletableFuture<>();
    private CompletableFuture<Void> startReturned = CompletableFuture.completedFuture(null);

    Subscription(ElectionClusterView view, CamelClusterEventListener listener, Dispatcher dispatcher) {
        this.view = view;
        this.listener = listener;
        this.dispatcher = dispatcher;
    }

    CamelClusterEventListener listener() {
        return listener;
    }

    /** A tenure has begun. */
    synchronized void start(Tenure tenure) {
        if (listener instanceof CamelClusterEventListener.Leadership && !closed) {
            waitingStart = tenure;
            waitingStartState = view.state();
            newsWaiting = false;
            proceed();
        }
    }

    /** Something else about the leadership of the lock has changed. */
    synchronized void news() {
        if (listener instanceof CamelClusterEventListener.Leadership
                && !(listener instanceof WorkListener)
                && !closed) {
            newsWaiting = true;
            proceed();
        }
    }

    /** Members came or went. */
    synchronized void membership(Consumer<CamelClusterEventListener.Membership> change) {
        if (listener instanceof CamelClusterEventListener.Membership && !closed) {
            membershipWaiting.add(change);
            proceed();
        }
    }

    /**
     * The tenure has ended.
     *
     * @return completes once the work of this listener under it has ended
     */
    synchronized CompletableFuture<Void> stop(Tenure tenure) {
        if (closed || !(listener instanceof CamelClusterEventListener.Leadership leadership)) {
            return closed ? workOfClosed : CompletableFuture.completedFuture(null);
        }
        waitingStart = null;
        // A plain listener reads isLeader() in any call, also in one about news, and may have begun to work then: it is
        // always told.
        boolean mayWork = !(listener instanceof WorkListener) || (told != null && told.term() == tenure.term());
        if (!mayWork) {
            return CompletableFuture.completedFuture(null);
        }
        stopping = true;
        CompletableFuture<Void> stopReturned = new CompletableFuture<>();
        dispatcher.stop(() -> {
            long begunNanos = view.ticker().nanos();
            boolean failed = false;
            try {
                if (!beginStop()) {
                    LOG.debug("Lock {}: {} was removed and is not told to stop", view.getNamespace(), listener);
                } else if (listener instanceof WorkListener work) {
                    work.stopWork(view, tenure);
                } else {
                    tell(leadership, view.leaderOrNull());
                }
            } catch (Throwable t) {
                failed = true;
                LOG.warn(
                        "Lock {}: {} failed when told to stop; its work counts as ended",
                        view.getNamespace(),
                        listener,
                        t);
            } finally {
                synchronized (this) {
                    stopping = false;
                    told = null;
                    proceed();
                }
                stopReturned.complete(null);
                view.listenerReturned("stop", view.ticker().nanos() - begunNanos, failed);
            }
        });
        CompletableFuture<Void> returned = CompletableFuture.allOf(stopReturned, startReturned);
        if (!(listener instanceof WorkListener)) {
            CompletionStage<Void> inTime =
                    returned.copy().orTimeout(view.stopBudget().toNanos(), TimeUnit.NANOSECONDS);
            inTime.whenComplete((done, late) -> {
                if (late != null) {
                    // not on the one thread that all time-outs of this JVM share
                    dispatcher.stop(this::reportOverrun);
                }
            });
        }
        return listener instanceof WorkListener
                ? returned.thenComposeAsync(done -> workEnded(), dispatcher::stop)
                : returned;
    }

    /** For plain listeners: others say themselves what of their work goes on. */
    private void reportOverrun() {
        LOG.warn(
                "Lock {}: {} was told that leadership has ended and has not returned after {} ms (stopBudgetMillis). The lock is not released before it"
                        + " does, but a lease that cannot be renewed runs out, and another member may then be at work beside this one. A ClusteredRoutePolicy"
                        + " stops its routes one after another, each within the shutdown time-out of the context{}: lower that, or raise stopBudgetMillis",
                view.getNamespace(),
                listener,
                view.stopBudget().toMillis(),
                shutdownTimeout());
    }

    private String shutdownTimeout() {
        CamelContext context = view.getCamelContext();
        if (context == null) {
            return "";
        }
        ShutdownStrategy strategy = context.getShutdownStrategy();
        return " (" + strategy.getTimeUnit().toMillis(strategy.getTimeout()) + " ms)";
    }

    /** Whether the listener is still to be called; what it is told now is the latest, and news that waits is that, too. */
    private synchronized boolean beginStop() {
        newsWaiting = false;
        return !closed;
    }

    /**
     * Calls the listener no more, except for {@link #awaitEnd()}, which must follow.
     *
     * @return completes once what it still runs has ended
     */
    synchronized CompletableFuture<Void> close() {
        closed = true;
        waitingStart = null;
        newsWaiting = false;
        membershipWaiting.clear();
        return workOfClosed;
    }

    /** Asks a closed listener for the end of its work, on the thread of whoever removed it, who holds no lock of ours. */
    void awaitEnd() {
        CompletableFuture<Void> returned;
        synchronized (this) {
            returned = startReturned;
        }
        CompletionStage<Void> ended =
                returned.isDone() ? workEnded() : returned.thenComposeAsync(done -> workEnded(), dispatcher::stop);
        ended.whenComplete((done, failure) -> workOfClosed.complete(null));
    }

    private CompletableFuture<Void> workEnded() {
        if (!(listener instanceof WorkListener work)) {
            return CompletableFuture.completedFuture(null);
        }
        try {
            return work.workEnded().handle((ended, failure) -> (Void) null).toCompletableFuture();
        } catch (Throwable t) {
            LOG.warn(
                    "Lock {}: {} failed when asked for the end of its work; it counts as ended",
                    view.getNamespace(),
                    listener,
                    t);
            return CompletableFuture.completedFuture(null);
        }
    }

    /** Hands the next call to the dispatcher, if there is one and none is under way. */
    private void proceed() {
        if (calling || stopping || !(waitingStart != null || newsWaiting || !membershipWaiting.isEmpty())) {
            return;
        }
        calling = true;
        dispatcher.start(this::callNext);
    }

    private void callNext() {
        Tenure starting;
        boolean news;
        boolean isNew;
        Consumer<CamelClusterEventListener.Membership> membership;
        CompletableFuture<Void> returned = new CompletableFuture<>();
        synchronized (this) {
            if (stopping) {
                calling = false;
                return; // the end of the stop proceeds
            }
            starting = waitingStart;
            waitingStart = null;
            news = starting == null && newsWaiting;
            membership = starting == null && !news ? membershipWaiting.poll() : null;
            isNew = starting == null || waitingStartState > readableState;
            readableState = starting != null || news ? view.state() : readableState;
            if (starting != null) {
                told = starting;
                startReturned = returned;
            } else if (news) {
                newsWaiting = false;
                startReturned = returned;
            }
        }
        long begunNanos = view.ticker().nanos();
        boolean failed = false;
        try {
            if (starting != null && listener instanceof WorkListener work) {
                work.startWork(view, starting);
            } else if ((starting != null || news)
                    && isNew
                    && listener instanceof CamelClusterEventListener.Leadership leadership) {
                tell(leadership, leaderFor(starting));
            } else if (membership != null && listener instanceof CamelClusterEventListener.Membership members) {
                membership.accept(members);
            }
        } catch (Throwable t) {
            failed = true;
            LOG.warn(
                    "Lock {}: {} failed when told of a change; other listeners are still told",
                    view.getNamespace(),
                    listener,
                    t);
        } finally {
            synchronized (this) {
                calling = false;
                proceed();
            }
            returned.complete(null);
            String call = starting != null ? "start" : news ? "news" : "members";
            view.listenerReturned(call, view.ticker().nanos() - begunNanos, failed);
        }
    }

    @SuppressWarnings(
            "NullAway") // since Camel 4 the leader is null when there is none, though the interface does not say so
    private void tell(CamelClusterEventListener.Leadership leadership, @Nullable CamelClusterMember leader) {
        leadership.leadershipChanged(view, leader);
    }

    private @Nullable CamelClusterMember leaderFor(@Nullable Tenure starting) {
        return starting != null ? view.getLocalMember() : view.leaderOrNull();
    }
}
