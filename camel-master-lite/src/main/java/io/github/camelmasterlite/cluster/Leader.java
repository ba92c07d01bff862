package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.engine.Threads;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.cluster.CamelClusterView;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs something that is not a route exactly while this member leads a lock.
 *
 * <pre>{@code
 * Leader leader = Leader.of(service, "lock2")
 *         .onGain(authority -> component.start())
 *         .onLoss(authority -> component.stop())
 *         .start();
 * ...
 * leader.close();
 * }</pre>
 *
 * <p>What is promised:
 *
 * <ul>
 *   <li>The hooks of one leader never run beside each other. {@code onLoss} is called once for each call of {@code onGain}, after that has
 *       returned or thrown: a component never has to be stopped while it is being started.
 *   <li>{@code onGain} may return at once, having started something, or be the work itself and run until the authority ends. When the end comes
 *       while it still runs, {@link Authority#isHeld()} becomes false and its thread is interrupted, once.
 *   <li>Work has ended when {@code onLoss} has returned. Services of this project release the lock only then, and no new tenure begins before. Other
 *       services are kept waiting for the stop budget at most, if they call their listeners before they release the lock.
 *   <li>When {@code onGain} throws, it is logged, {@code onLoss} is called, and the member gives up the lock, for all who use it in this service, and
 *       stands again after the cool-down. With services that know no giving up {@code onGain} is called again after the cool-down, if this member still
 *       leads. When {@code onLoss} throws, it is logged and work counts as ended.
 *   <li>When {@code onGain} returns before the end, the lock stays with this member, and nothing is called until the tenure ends.
 *   <li>Hooks run on daemon threads of this leader with no lock held: one while a hook runs, none otherwise. They have the context class loader of whoever
 *       called {@link Builder#start()}.
 * </ul>
 *
 * <p>Not promised: that work ends. What has not ended the stop budget after it was told to is reported in the log. And nothing keeps a process that
 * stood still between {@link Authority#check()} and a side effect from the side effect: compare the {@linkplain Authority#fencingToken() fencing
 * token} where you write.
 *
 * <p>A leader follows its service, through stops and restarts, and neither starts nor stops it. With or without a Camel context. Several leaders of one service on
 * one lock lead together.
 */
public final class Leader implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Leader.class);

    /**
     * The right to work, given to the hooks. Any thread may ask. It ends with the tenure at the latest; once somebody has been told that it is not held, it never is
     * again, and {@code onLoss} is called. If the tenure goes on nevertheless, because the process had only stood still for a moment, {@code onGain} is called again with a new one.
     */
    public interface Authority {

        /** The lock, which Camel calls a namespace. */
        String lock();

        /** Whether work may go on now. Cheap enough to be asked for every item. */
        boolean isHeld();

        /**
         * Returns while work may go on.
         *
         * @throws NotLeaderException if it may not: let it leave the hook
         */
        default void check() {
            if (!isHeld()) {
                throw new NotLeaderException(lock(), "this member no longer leads, or is not sure of it; stop");
            }
        }

        /** The tenure, also after its end. Empty with a cluster service that counts none. */
        Optional<Tenure> tenure();

        /**
         * The fencing token of the tenure, also after its end: pass it to whatever must refuse a former leader. Zero, which is lower than any, with a cluster
         * service that has none.
         */
        default long fencingToken() {
            return tenure().map(Tenure::fencingToken).orElse(0L);
        }
    }

    /** What is called when a tenure begins or ends. */
    @FunctionalInterface
    public interface Hook {

        /**
         * Starts or ends the work.
         *
         * @param authority of the tenure
         * @throws Exception what happens then, {@link Leader} tells
         */
        void call(Authority authority) throws Exception;
    }

    /** Collects hooks and options. May be used for several leaders. */
    public static final class Builder {

        private final CamelClusterService service;
        private final String lock;
        private @Nullable Hook onGain;
        private Hook onLoss = authority -> {};
        private @Nullable Consumer<Optional<String>> onLeader;
        private Duration coolDown = Duration.ofSeconds(5);
        private boolean interrupting = true;

        private Builder(CamelClusterService service, String lock) {
            this.service = service;
            this.lock = lock;
        }

        /** Called when a tenure of this member has begun. Required. */
        public Builder onGain(Hook hook) {
            this.onGain = Objects.requireNonNull(hook, "onGain");
            return this;
        }

        /** Called when a tenure has ended or is being given up, after {@code onGain}. Default: nothing. */
        public Builder onLoss(Hook hook) {
            this.onLoss = Objects.requireNonNull(hook, "onLoss");
            return this;
        }

        /**
         * Called with the id of each new leader, this member or another, and with nothing when none is known any more. In order, never beside itself, but
         * beside the other hooks; of changes in quick succession the last is told. What it throws is logged.
         */
        public Builder onLeader(Consumer<Optional<String>> hook) {
            this.onLeader = Objects.requireNonNull(hook, "onLeader");
            return this;
        }

        /**
         * How long this member does not stand for the lock after {@code onGain} has thrown.
         *
         * @param coolDown more than zero; default 5 s
         */
        public Builder coolDown(Duration coolDown) {
            if (coolDown.isNegative() || coolDown.isZero()) {
                throw new IllegalArgumentException("coolDown must be more than zero, but is " + coolDown
                        + "; without a pause a hook that always fails would be called without end");
            }
            this.coolDown = coolDown;
            return this;
        }

        /**
         * Whether the thread of {@code onGain} is interrupted when the authority ends while it runs; default true. Say false if the hook works on what an interrupt
         * breaks, such as channels of {@code java.nio}; then it has to ask {@link Authority#isHeld()} often enough.
         */
        public Builder interrupting(boolean interrupting) {
            this.interrupting = interrupting;
            return this;
        }

        /**
         * Begins to stand for the lock.
         *
         * @return to be closed when this member should stand no longer
         * @throws IllegalStateException if {@code onGain} is not set
         * @throws RuntimeCamelException if the service has no view for the lock
         */
        public Leader start() {
            Hook gain = onGain;
            if (gain == null) {
                throw new IllegalStateException(
                        "onGain: not set; a leader without work would keep the lock for nothing");
            }
            CamelClusterView view;
            try {
                view = service.getView(lock);
            } catch (Exception e) {
                throw RuntimeCamelException.wrapRuntimeCamelException(e);
            }
            Leader leader = new Leader(this, gain, view);
            leader.open();
            return leader;
        }
    }

    private final CamelClusterService service;
    private final CamelClusterView view;
    private final LeaderWork work;
    private final LeaderListener listener;
    private final @Nullable LeaderNews news;
    private final Duration stopBudget;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Leader(Builder options, Hook gain, CamelClusterView view) {
        this.service = options.service;
        this.view = view;
        Threads threads = new Threads(() -> "camel-master-lite-leader-" + options.lock);
        Optional<LeadershipView> ours = LeadershipView.of(view);
        stopBudget = ours.map(LeadershipView::stopBudget).orElse(LeaderListener.STOP_BUDGET);
        work = new LeaderWork(
                options.lock, gain, options.onLoss, options.coolDown, options.interrupting, stopBudget, threads);
        listener = new LeaderListener(options.lock, work);
        news = options.onLeader == null ? null : new LeaderNews(options.lock, options.onLeader, threads);
    }

    /**
     * Work under a lock.
     *
     * @param service any cluster service, started or not
     * @param lock    the name of the lock (Camel: namespace); not blank
     * @throws IllegalArgumentException if the name is null or blank
     */
    @SuppressWarnings("ConstantValue") // callers without null checking exist
    public static Builder of(CamelClusterService service, String lock) {
        Objects.requireNonNull(service, "service");
        if (lock == null || lock.isBlank()) {
            throw new IllegalArgumentException("lock must not be blank; members that compete give the same name");
        }
        return new Builder(service, lock);
    }

    private void open() {
        if (news != null) {
            view.addEventListener(news);
        }
        view.addEventListener(listener);
        listener.introduce(view);
    }

    /** Whether this member leads and {@code onGain} may work, evaluated at use. */
    public boolean isLeader() {
        return work.authority().isPresent();
    }

    /** The fencing token of the present tenure. Zero while this member does not lead, and with a cluster service that has none. */
    public long fencingToken() {
        return work.authority().map(Authority::fencingToken).orElse(0L);
    }

    /**
     * Returns while this member leads. Inside work ask the {@link Authority} that the hook was given: it does not mistake a later tenure for its own.
     *
     * @throws NotLeaderException if it does not
     */
    public void check() {
        if (!isLeader()) {
            throw new NotLeaderException(view.getNamespace(), "this member does not lead");
        }
    }

    /**
     * Ends the work and stands for the lock no longer. Waits at most the stop budget of the service (2 s with a service that knows none) for the hooks to return; if
     * they take longer, the lock stays with this member until they do. May be called at any time, from any thread, also from a hook, which is not waited
     * for then, and more than once. An interrupt ends the waiting.
     */
    @Override
    public void close() {
        boolean first = closed.compareAndSet(false, true);
        CompletableFuture<Void> ended = work.close();
        boolean done = work.isHookThread() ? ended.isDone() : hasEnded(ended);
        if (!first) {
            return;
        }
        if (!done) {
            LOG.warn("Lock {}: closed, but its work goes on; the lock is released when it ends", view.getNamespace());
        }
        CompletionStage<Void> end = ended;
        end.whenComplete((nothing, failure) -> release());
    }

    private boolean hasEnded(CompletableFuture<Void> ended) {
        try {
            ended.get(stopBudget.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("Lock {}: work has not ended within {}", view.getNamespace(), stopBudget);
        }
        return ended.isDone();
    }

    private void release() {
        try {
            if (news != null) {
                news.close();
                view.removeEventListener(news);
            }
            view.removeEventListener(listener);
            service.releaseView(view);
        } catch (Exception e) {
            LOG.warn(
                    "Lock {}: the view could not be released; the cluster service may keep standing for the lock",
                    view.getNamespace(),
                    e);
        }
    }

    @Override
    public String toString() {
        return "Leader[" + view.getNamespace() + "]";
    }
}
