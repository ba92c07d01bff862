package io.github.camelmasterlite.master;

import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.WorkListener;
import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.master.DelegateLifecycle.Event;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.ExtendedStartupListener;
import org.apache.camel.Processor;
import org.apache.camel.RouteAware;
import org.apache.camel.ShutdownRunningTask;
import org.apache.camel.Suspendable;
import org.apache.camel.api.management.ManagedAttribute;
import org.apache.camel.api.management.ManagedResource;
import org.apache.camel.cluster.CamelClusterMember;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.cluster.CamelClusterView;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.resume.ConsumerListener;
import org.apache.camel.resume.ConsumerListenerAware;
import org.apache.camel.resume.ResumeAware;
import org.apache.camel.resume.ResumeStrategy;
import org.apache.camel.spi.InternalProcessor;
import org.apache.camel.spi.RouteIdAware;
import org.apache.camel.spi.ShutdownAware;
import org.apache.camel.spi.ShutdownPrepared;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.resume.AdapterHelper;
import org.apache.camel.support.service.ServiceHelper;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Runs the consumer of the delegate endpoint exactly while this member leads the lock.
 *
 * <p>This class maps what Camel calls in the life of a route's consumer to the events of {@link DelegateLifecycle}; {@link DelegateRunner}
 * carries them out. Leaving is ordered: the delegate is stopped, admission is closed, the exchanges in flight end, and only then is the lock
 * released.
 *
 * <p>Guaranteed: at most one delegate at a time; a new one for each tenure; the delegate endpoint is never stopped (it belongs to the context,
 * and others may use it). Not guaranteed: that exchanges in flight end within the stop budget of the cluster service. If they do not, a
 * cluster service of this project keeps the lock until they end or its tenure runs out.
 *
 * <p>Callbacks never take the lock of the base service: Camel holds it while it starts, stops and suspends.
 */
@ManagedResource(description = "Managed Master Consumer")
public class MasterConsumer extends DefaultConsumer
        implements ResumeAware<ResumeStrategy>,
                ConsumerListenerAware<ConsumerListener<?, ?>>,
                ExtendedStartupListener,
                Suspendable,
                ShutdownAware {

    private static final Logger LOG = LoggerFactory.getLogger(MasterConsumer.class);

    private final MasterEndpoint masterEndpoint;
    private final Endpoint delegateEndpoint;
    private @Nullable ResumeStrategy resumeStrategy;
    private @Nullable ConsumerListener<?, ?> consumerListener;
    private final MasterHealth health = new MasterHealth(this);
    private volatile @Nullable Session session;
    private volatile boolean contextHasStarted;

    /** Guards what follows, and the end of a session by suspension; never held while something is called. */
    private final Object suspension = new Object();

    /** The route's consumer has been suspended: the first step both of a suspension and of a stop. */
    private boolean consumerSuspended;

    /** The exchanges of all routes concerned have ended, and it is a suspension. */
    private boolean suspensionPrepared;

    /** The session that ended because the route is suspended. */
    private @Nullable Session released;

    /**
     * @param endpoint  the endpoint
     * @param processor the route
     */
    MasterConsumer(MasterEndpoint endpoint, Processor processor) {
        super(endpoint, processor);
        this.masterEndpoint = endpoint;
        this.delegateEndpoint = endpoint.getEndpoint();
    }

    @Override
    public MasterEndpoint getEndpoint() {
        return masterEndpoint;
    }

    /** Whether this member leads the lock now. */
    @ManagedAttribute(description = "Are we the master")
    public boolean isMaster() {
        Session current = session;
        return current != null && current.authority.isHeld();
    }

    /** The lock, as the URI names it. */
    @ManagedAttribute(description = "Lock, as the URI names it")
    public String getLock() {
        return masterEndpoint.getNamespace();
    }

    /** Where the consumer of the delegate stands, in a word: {@code RUNNING}, {@code ABSENT}, {@code BACKING_OFF} and so on. */
    @ManagedAttribute(description = "Where the consumer of the delegate stands")
    public String getDelegatePhase() {
        return phase().name();
    }

    /** How often the start of a delegate has been tried since the route was started, with and without success. */
    @ManagedAttribute(description = "Attempts to start a delegate since the route was started")
    public long getStartAttempts() {
        Session current = session;
        return current == null ? 0 : current.runner.startAttempts();
    }

    /** How often the start of a delegate has failed since the route was started. */
    @ManagedAttribute(description = "Failed attempts to start a delegate since the route was started")
    public long getStartFailures() {
        Session current = session;
        return current == null ? 0 : current.startFailures.sum();
    }

    /** What the last attempt to start a delegate failed with; null if it succeeded, or there was none in the present tenure. */
    @Nullable
    Throwable lastStartFailure() {
        Session current = session;
        return current == null ? null : current.lastStartFailure;
    }

    /** By role: a follower is up, a leader is as well as its delegate. A check that was set goes before. */
    @Override
    public HealthCheck getHealthCheck() {
        HealthCheck set = super.getHealthCheck();
        return set == null ? health : set;
    }

    /** How many exchanges the present delegate, or the last one, has delivered that have not ended. */
    @ManagedAttribute(description = "Exchanges in flight from the present or the last delegate")
    public int getInFlight() {
        Session current = session;
        return current == null ? 0 : current.runner.inFlight();
    }

    /** How many exchanges wait until it is known whether this member still leads. */
    @ManagedAttribute(description = "Exchanges that wait until it is known whether this member still leads")
    public int getWaiting() {
        Session current = session;
        return current == null ? 0 : current.runner.waiting();
    }

    /** How many exchanges have been refused since the route was started, because this member did not lead. */
    @ManagedAttribute(description = "Exchanges refused since the route was started, because this member did not lead")
    public long getRejectedExchanges() {
        Session current = session;
        return current == null ? 0 : current.rejected.sum();
    }

    /** The view of the lock; null while the route is stopped. */
    public @Nullable CamelClusterView getView() {
        Session current = session;
        return current == null ? null : current.view;
    }

    /** Where the delegate stands. */
    DelegateLifecycle.Phase phase() {
        Session current = session;
        return current == null ? DelegateLifecycle.Phase.ABSENT : current.runner.phase();
    }

    /** How many exchanges wait for a verdict. */
    int waiting() {
        Session current = session;
        return current == null ? 0 : current.runner.waiting();
    }

    /** Whether a delegate should be running: this member leads, and the route is started and neither suspended nor leaving. */
    boolean isDelegateWanted() {
        Session current = session;
        return current != null && current.runner.isWanted();
    }

    /** The delegate of the present tenure, also while it starts or stops; null if there is none. */
    @Nullable
    Consumer delegate() {
        Session current = session;
        return current == null ? null : current.runner.delegate();
    }

    // ---- start and stop

    @Override
    public void start() {
        super.start();
        // A stop that was aborted on a time-out leaves the consumer started, and Camel starts it again. Nothing else
        // says that the route goes
        // on, since deferShutdown was called.
        Session current = session;
        if (current != null && isStarted()) {
            endSuspension();
            current.runner.request(new Event.Allow());
        }
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        Session former = endSuspension();
        if (session == null) {
            open(former);
        } else {
            goOn();
        }
    }

    /**
     * Stands for the lock.
     *
     * @param former the session before, if a suspension has ended it
     */
    private void open(@Nullable Session former) throws Exception {
        Session opened = new Session(masterEndpoint.getComponent());
        session = opened;
        opened.open();
        opened.runner.request(new Event.Allow());
        if (former != null && contextHasStarted) {
            // A delegate that takes long to stop must not meet its successor. The context may be resuming just now, and
            // would not tell its listeners of that.
            CompletionStage<Void> formerStopped = former.runner.delegateStopped();
            formerStopped.whenComplete((done, failure) -> opened.runner.post(new Event.ContextStarted()));
        } else {
            awaitContext(opened);
        }
    }

    /** The session that is open goes on. */
    private void goOn() throws Exception {
        Session current = session;
        if (current != null) {
            current.runner.request(new Event.Allow());
            awaitContext(current);
        }
    }

    @Override
    protected void doStop() throws Exception {
        Session current;
        Session former;
        synchronized (suspension) {
            current = session;
            session = null;
            former = endSuspension();
            contextHasStarted = false;
        }
        try {
            if (current != null) {
                current.close();
            } else if (former != null) {
                // A suspension may be ending it just now, on another thread.
                former.await(former.runner.delegateStopped());
            }
        } finally {
            super.doStop();
        }
    }

    @Override
    protected void doSuspend() throws Exception {
        Session current = session;
        if (current != null) {
            current.runner.request(new Event.Suspend());
        }
        releaseIfSuspended(true, false);
    }

    @Override
    protected void doResume() throws Exception {
        Session former = endSuspension();
        Session current = session;
        if (current != null) {
            current.runner.request(new Event.Allow());
        } else if (former != null) {
            open(former);
        }
    }

    /**
     * Ends the session if the route, and not only its consumer, has been suspended, and that is to give up the lock. Camel suspends the consumer first,
     * also when it stops the route, or a route policy does so for a while; only a suspension is prepared for as one, once the exchanges of all
     * routes that are suspended together have ended. Where the delegate defers, the two come the other way round.
     */
    private void releaseIfSuspended(boolean consumer, boolean prepared) {
        Session ending = null;
        synchronized (suspension) {
            consumerSuspended |= consumer;
            suspensionPrepared |= prepared;
            if (consumerSuspended
                    && suspensionPrepared
                    && masterEndpoint.options().onSuspend() == MasterOnSuspend.RELEASE) {
                ending = session;
                session = null;
                released = ending == null ? released : ending;
                if (ending != null) {
                    // From here on whoever starts the route again, or stops it, must know of it.
                    ending.leavesDelegate();
                }
            }
        }
        if (ending != null) {
            LOG.info("{}: the route is suspended and no longer stands for the lock", ending.name);
            ending.close();
        }
    }

    /** Returns the session that the suspension has ended; null if it has not. */
    private @Nullable Session endSuspension() {
        synchronized (suspension) {
            consumerSuspended = false;
            suspensionPrepared = false;
            Session former = released;
            released = null;
            return former;
        }
    }

    // ---- graceful shutdown: the delegate decides

    @Override
    public boolean deferShutdown(ShutdownRunningTask shutdownRunningTask) {
        Session current = session;
        if (current == null) {
            return false;
        }
        current.runner.request(new Event.Defer());
        return current.runner.delegate() instanceof ShutdownAware aware && aware.deferShutdown(shutdownRunningTask);
    }

    @Override
    public int getPendingExchangesSize() {
        Session current = session;
        if (current == null) {
            return 0;
        }
        // What was admitted is in Camel's own count; what waits for a verdict is in nobody's.
        int pending = current.runner.delegate() instanceof ShutdownAware aware ? aware.getPendingExchangesSize() : 0;
        return pending + current.runner.waiting();
    }

    @Override
    public void prepareShutdown(boolean suspendOnly, boolean forced) {
        Session current = session;
        if (current != null && current.runner.delegate() instanceof ShutdownPrepared prepared) {
            prepared.prepareShutdown(suspendOnly, forced);
        }
        if (suspendOnly) {
            releaseIfSuspended(false, true);
        }
    }

    // ---- the start of the context

    /**
     * A consumer started while its context starts may find routes missing that it sends to, and a timer started then never fires: the delegate
     * waits for the context.
     */
    private void awaitContext(Session current) throws Exception {
        CamelContext context = delegateEndpoint.getCamelContext();
        if (context.isStarted()) {
            contextStarted(current);
            return;
        }
        context.addStartupListener(this);
        if (context.isStarted()) {
            // since the question was asked, and the list of listeners may have been read since, too
            contextStarted(current);
        }
    }

    @Override
    public void onCamelContextStarted(CamelContext context, boolean alreadyStarted) {
        // Without alreadyStarted this comes before the consumers of the routes are started.
        if (alreadyStarted) {
            contextStarted();
        }
    }

    @Override
    public void onCamelContextFullyStarted(CamelContext context, boolean alreadyStarted) {
        contextStarted();
    }

    private void contextStarted() {
        Session current = session;
        if (current != null) {
            contextStarted(current);
        }
    }

    private void contextStarted(Session current) {
        contextHasStarted = true;
        current.runner.post(new Event.ContextStarted());
    }

    // ---- what Camel injects, for the delegate

    @Override
    public void setResumeStrategy(ResumeStrategy resumeStrategy) {
        this.resumeStrategy = resumeStrategy;
    }

    @Override
    @SuppressWarnings(
            "NullAway") // null until Camel injects one, as in all its consumers; the interface does not say so
    public ResumeStrategy getResumeStrategy() {
        return resumeStrategy;
    }

    @Override
    public void setConsumerListener(ConsumerListener<?, ?> consumerListener) {
        this.consumerListener = consumerListener;
    }

    @Override
    @SuppressWarnings(
            "NullAway") // null until Camel injects one, as in all its consumers; the interface does not say so
    public ConsumerListener<?, ?> getConsumerListener() {
        return consumerListener;
    }

    /** From one start of the route to its stop: the view of the lock and what runs under it. */
    private final class Session implements DelegateRunner.Factory {

        private final String name = "Lock " + masterEndpoint.getNamespace()
                + (getRouteId() == null ? "" : ", route " + getRouteId()) + " (" + delegateEndpoint + ")";
        private final MasterWorkers workers;
        private final CamelClusterService service;
        private final CamelClusterView view;
        private final Authority authority;
        private final InternalProcessor refusal;
        private final DelegateRunner runner;
        private final WorkListener listener;
        private final LongAdder rejected = new LongAdder();
        private final AtomicBoolean left = new AtomicBoolean();
        private final LongAdder startFailures = new LongAdder();
        private volatile @Nullable Throwable lastStartFailure;
        private final MasterComponent component;
        private final String route = getRouteId() + " " + masterEndpoint.getEndpointUri();

        Session(MasterComponent component) throws Exception {
            this.component = component;
            workers = component.workers();
            service = component.clusterService();
            view = service.getView(masterEndpoint.getNamespace());
            authority = Authority.of(view);
            refusal = refusal();
            MasterOptions options = masterEndpoint.options();
            runner = new DelegateRunner(
                    name,
                    this,
                    authority,
                    workers,
                    component.getBackOffDelay(),
                    component.getBackOffMaxAttempts(),
                    options.warmStandby(),
                    options.yieldWhenDownFor());
            listener = new Listener(this);
        }

        void open() {
            ServiceHelper.startService(refusal);
            rehearse();
            view.addEventListener(listener);
        }

        /**
         * Goes once through what a tenure needs, without effect: what a program does for the first time is slow, and a hand-over should not be. Once
         * for all consumers of the component.
         */
        private void rehearse() {
            if (!masterEndpoint.getComponent().claimRehearsal()) {
                return;
            }
            leaving(); // made, not run: to make it for the first time is part of what is slow
            new Rehearsal(name, this, delegateEndpoint).run(masterEndpoint.getNamespace(), () -> {});
        }

        /** The order in which a consumer leaves. It always gets to the end: the caller may have been interrupted, or be in a hurry. */
        void close() {
            boolean stopped = runner.request(new Event.Close(), leaving()) && await(runner.delegateStopped());
            if (!stopped) {
                leavesDelegate();
            }
            runner.closeAdmission();
            boolean ended = stopped && await(runner.workEnded());
            if (left.compareAndSet(false, true)) {
                leave(stopped, ended);
            }
            ServiceHelper.stopService(refusal);
        }

        /** The next start of the route waits for the end of the present delegate. */
        void leavesDelegate() {
            component.leavesDelegate(route, runner.delegateStopped());
        }

        private Runnable leaving() {
            return this::leaveIfWorkHasEnded;
        }

        /** On the thread that has stopped the delegate: another member waits for the lock. */
        private void leaveIfWorkHasEnded() {
            runner.closeAdmission();
            if (runner.workEnded().isDone() && left.compareAndSet(false, true)) {
                leave(true, true);
            }
        }

        private void leave(boolean stopped, boolean ended) {
            view.removeEventListener(listener);
            if (ended) {
                releaseView();
            } else if (!stopped) {
                LOG.warn(
                        "{}: the route has stopped, its consumer has not within {} ms. What it delivers from now on is refused",
                        name,
                        authority.stopBudget().toMillis());
                releaseViewAfterWork();
            } else if (authority instanceof Authority.Verified) {
                LOG.warn(
                        "{}: {} exchange(s) still run after the consumer has stopped. The lock is kept until they end, or until the tenure runs out",
                        name,
                        runner.inFlight());
                releaseViewAfterWork();
            } else {
                LOG.warn(
                        "{}: {} exchange(s) still run after the consumer has stopped. The view is released when they have ended",
                        name,
                        runner.inFlight());
                releaseViewAfterWork();
            }
        }

        private void releaseViewAfterWork() {
            if (authority instanceof Authority.Verified) {
                releaseView(); // which waits for workEnded()
            } else {
                CompletionStage<Void> lastExchange = runner.workEnded();
                lastExchange.whenComplete((done, failure) -> releaseView());
            }
        }

        private boolean await(CompletableFuture<Void> end) {
            try {
                end.get(authority.stopBudget().toNanos(), TimeUnit.NANOSECONDS);
                return true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return end.isDone();
            } catch (ExecutionException | TimeoutException e) {
                return false;
            }
        }

        private void releaseView() {
            try {
                service.releaseView(view);
            } catch (Exception e) {
                LOG.warn(
                        "{}: the view could not be released; the cluster service may keep standing for the lock",
                        name,
                        e);
            }
        }

        private InternalProcessor refusal() {
            Processor failing = exchange -> {
                rejected.increment();
                throw new LeadershipLostException(
                        masterEndpoint.getNamespace(),
                        authority.isHeld() ? "the consumer of an earlier tenure delivered an exchange" : "not leading");
            };
            CamelContext context = delegateEndpoint.getCamelContext();
            return PluginHelper.getInternalProcessorFactory(context)
                    .addUnitOfWorkProcessorAdvice(context, failing, getRoute());
        }

        @Override
        public AdmissionGuard guard(TenureStamp tenure) {
            return guardOf(tenure);
        }

        @Override
        public AdmissionGuard standbyGuard() {
            return guardOf(null);
        }

        private AdmissionGuard guardOf(@Nullable TenureStamp tenure) {
            return new AdmissionGuard(
                    getAsyncProcessor(),
                    refusal,
                    authority,
                    tenure,
                    masterEndpoint.options(),
                    workers::continueExchange,
                    PluginHelper.getAsyncProcessorAwaitManager(delegateEndpoint.getCamelContext()));
        }

        @Override
        public Consumer create(AdmissionGuard guard) throws Exception {
            ServiceHelper.startService(delegateEndpoint);
            Consumer consumer = delegateEndpoint.createConsumer(guard);
            if (consumer instanceof Runnable) {
                // A poller or a queue: what runs, in a thread of its own, is the consumer itself.
                guard.deliveredByItsOwnThreads();
            }
            CamelContextAware.trySetCamelContext(consumer, delegateEndpoint.getCamelContext());
            if (getRoute() != null && consumer instanceof RouteAware aware) {
                aware.setRoute(getRoute());
            }
            if (getRouteId() != null && consumer instanceof RouteIdAware aware) {
                aware.setRouteId(getRouteId());
            }
            inject(consumer);
            return consumer;
        }

        @SuppressWarnings({"unchecked", "rawtypes"
        }) // as Camel itself does: the types are known to whoever configured the route
        private void inject(Consumer consumer) {
            ResumeStrategy strategy = resumeStrategy;
            if (strategy != null && consumer instanceof ResumeAware aware) {
                strategy.setAdapter(AdapterHelper.eval(delegateEndpoint.getCamelContext(), aware, strategy));
                aware.setResumeStrategy(strategy);
            }
            ConsumerListener<?, ?> forConsumer = consumerListener;
            if (forConsumer != null && consumer instanceof ConsumerListenerAware aware) {
                aware.setConsumerListener(forConsumer);
            }
        }

        @Override
        public CompletableFuture<Void> formerStopped() {
            return component.formerDelegate(route);
        }

        @Override
        @SuppressWarnings("deprecation") // isUseMDCLogging: the way of all Camel versions supported
        public void inRoute(Runnable task) {
            CamelContext context = delegateEndpoint.getCamelContext();
            Thread thread = Thread.currentThread();
            ClassLoader former = thread.getContextClassLoader();
            Map<String, String> formerLogging = null;
            boolean logging = Boolean.TRUE.equals(context.isUseMDCLogging());
            if (context.getApplicationContextClassLoader() != null) {
                thread.setContextClassLoader(context.getApplicationContextClassLoader());
            }
            if (logging) {
                formerLogging = MDC.getCopyOfContextMap();
                MDC.put("camel.contextId", context.getName());
                if (getRouteId() != null) {
                    MDC.put("camel.routeId", getRouteId());
                }
            }
            try {
                task.run();
            } finally {
                thread.setContextClassLoader(former);
                if (logging && formerLogging != null) {
                    MDC.setContextMap(formerLogging);
                } else if (logging) {
                    MDC.clear();
                }
            }
        }

        @Override
        public void started(TenureStamp tenure, int attempt) {
            lastStartFailure = null;
            LOG.info("{}: leading ({}), consumer started in attempt {}", name, tenure, attempt);
        }

        @Override
        public void stopped(int inFlight) {
            LOG.info("{}: consumer stopped, {} exchange(s) in flight", name, inFlight);
        }

        @Override
        public void startFailed(int attempt, Throwable cause) {
            startFailures.increment();
            lastStartFailure = cause;
            getExceptionHandler()
                    .handleException(
                            name + ": leading, but attempt " + attempt + " to start the consumer failed: "
                                    + cause.getMessage(),
                            cause);
        }
    }

    /** Hears of tenures: from a view of this project through the first three methods, from any other through the last. */
    private static final class Listener implements WorkListener {

        private final Session session;
        private @Nullable TenureStamp reported;
        private long reports;

        Listener(Session session) {
            this.session = session;
        }

        @Override
        public void startWork(LeadershipView view, Tenure tenure) {
            session.lastStartFailure = null;
            session.runner.postAndStart(new Event.Gained(TenureStamp.of(view.getNamespace(), tenure)));
        }

        @Override
        public void stopWork(LeadershipView view, Tenure tenure) {
            session.runner.post(new Event.Lost(TenureStamp.of(view.getNamespace(), tenure)));
        }

        @Override
        public CompletionStage<?> workEnded() {
            return session.runner.workEnded();
        }

        /**
         * Such views call their listeners one at a time, holding their lock, and take the return of the call for the end of the work. The stop is
         * waited for, but not for ever and not done here: it may need what a thread holds that waits for that lock.
         */
        @Override
        public void leadershipChanged(CamelClusterView view, CamelClusterMember leader) {
            boolean leads = view.getLocalMember().isLeader();
            session.authority.led(leads);
            TenureStamp present = reported;
            if (leads && present == null) {
                TenureStamp begun = TenureStamp.counted(view.getNamespace(), ++reports);
                reported = begun;
                session.lastStartFailure = null;
                session.runner.post(new Event.Gained(begun));
            } else if (!leads && present != null) {
                reported = null;
                Event lost = new Event.Lost(present);
                CompletableFuture<Void> told = new CompletableFuture<>();
                Runnable stop = () -> {
                    try {
                        session.runner.post(lost);
                    } finally {
                        told.complete(null);
                    }
                };
                try {
                    session.workers.stop(stop);
                } catch (RejectedExecutionException e) {
                    stop.run(); // the component has been stopped, and its routes before it: there is nothing left
                    // to wait for
                }
                session.await(told);
                session.await(session.runner.startedStopped());
            }
        }

        @Override
        public String toString() {
            return session.name;
        }
    }
}
