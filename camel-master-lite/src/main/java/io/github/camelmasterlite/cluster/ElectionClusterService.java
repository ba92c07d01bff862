package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.Internal;
import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.engine.Backend;
import io.github.camelmasterlite.engine.Engine;
import io.github.camelmasterlite.engine.Lane;
import io.github.camelmasterlite.engine.Output;
import io.github.camelmasterlite.engine.Seat;
import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.CamelContext;
import org.apache.camel.cluster.CamelClusterView;
import org.apache.camel.cluster.CamelPreemptiveClusterService;
import org.apache.camel.support.service.ServiceSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all cluster services of this project have in common: views with reference counts, members, start and stop in order. A subclass says
 * where the locks live.
 *
 * <p>A service works without a Camel context, before it is started (views exist and do not lead), after it is stopped (views may still be
 * released) and again after a restart. Several services in one context do not disturb each other.
 *
 * <p>Stopping it tells every listener, waits at most {@link #getStopBudgetMillis()} and one second more for work to end and locks to be
 * released, and never gives away a lock whose work goes on: such a lock is released in the background when the work ends.
 *
 * <p>Extended within this project only. For a store of your own give a {@code LeaseStore} to {@link LeaseClusterService}.
 */
public abstract class ElectionClusterService extends ServiceSupport implements CamelPreemptiveClusterService {

    /** Beyond the stop budget, what releasing the locks may take when the service stops. */
    private static final Duration RELEASE_BUDGET = Duration.ofSeconds(1);

    /** No lock can have this name: names of locks are not blank. */
    private static final String REHEARSAL = " ";

    /**
     * In all services of this JVM, as often as it takes to compile most of what a hand-over runs through: about a third of a second of processor time,
     * most of it the compiler's. Every service rehearses once at least.
     */
    private static final AtomicInteger REHEARSALS_LEFT = new AtomicInteger(60);

    private static final long DEFAULT_STOP_BUDGET_MILLIS = 2_000;

    private static final Duration MAX_STOP_BUDGET = Duration.ofDays(1);

    private static final Logger LOG = LoggerFactory.getLogger(ElectionClusterService.class);

    /** Beyond what a store may be silent for where a subclass says nothing else. */
    private static final Duration DEFAULT_SILENCE_LIMIT = Duration.ofSeconds(10);

    /** How a view takes its seat in whatever engine runs. */
    @FunctionalInterface
    interface Join {
        @Nullable
        Seat take(String lock, Output output);
    }

    /** Whether changes made by others are reported. */
    private record Watching(boolean live, @Nullable String reason) {}

    private static final class Counted {
        final ElectionClusterView view;
        int references;
        boolean forcedToStop;

        Counted(ElectionClusterView view) {
            this.view = view;
        }
    }

    private final Ticker ticker;
    private final String fallbackId = defaultMemberId();
    private final Threads threads = new Threads(() -> "camel-master-lite-" + getId());
    private final Map<String, Object> attributes = new ConcurrentHashMap<>();

    /** Guarded by itself, for short: neither listeners nor I/O nor waits under it. */
    private final Map<String, Counted> views = new HashMap<>();

    /** The running engine; guarded by {@link #views}. */
    private @Nullable Engine<?, ?> engine;

    /** Guarded by {@link #views}. */
    private @Nullable ElectionClusterView rehearsal;

    /** By lock, the end of all seats that are still being left; guarded by {@link #views}. */
    private final Map<String, CompletableFuture<Void>> leaving = new HashMap<>();

    private final Observers observers = new Observers();
    private final Lane background = new Lane(threads, "observers", 1);
    private Companions companions = new Companions();
    private volatile @Nullable Watching watching;
    private volatile @Nullable Dispatcher dispatcher;
    private volatile List<String> memberIds = List.of();
    private volatile @Nullable String id;
    private volatile @Nullable CamelContext camelContext;
    private volatile int order = LOWEST;
    /** Null while it is left at its default. */
    private volatile @Nullable Long stopBudgetMillis;

    /** A service on the clocks of this machine. */
    @Internal
    protected ElectionClusterService() {
        this(Ticker.system());
    }

    /**
     * @param ticker the time
     */
    @Internal
    protected ElectionClusterService(Ticker ticker) {
        this.ticker = ticker;
    }

    // ---- options

    /**
     * The id of this member: what other members and people see as the leader. Must differ between the members of a cluster. Default: host
     * name, process id and a random part.
     */
    @Override
    public void setId(String id) {
        this.id = id;
    }

    @Override
    public String getId() {
        String set = id;
        return set == null ? fallbackId : set;
    }

    /** Whether an id has been set; the default is another one in every process. */
    public boolean isIdSet() {
        return id != null;
    }

    /** Among several services of a context, the one with the lowest order is preferred by selectors that look at it. */
    public void setOrder(int order) {
        this.order = order;
    }

    @Override
    public int getOrder() {
        return order;
    }

    /** Replaces the attributes: free data for selectors. */
    public void setAttributes(Map<String, Object> attributes) {
        Map<String, Object> copy = Map.copyOf(attributes);
        this.attributes.clear();
        this.attributes.putAll(copy);
    }

    /** Sets one attribute. */
    public void setAttribute(String key, Object value) {
        attributes.put(key, value);
    }

    /** The attributes, live: Camel binds {@code attributes[key]} by changing this map. */
    @Override
    public Map<String, Object> getAttributes() {
        return attributes;
    }

    /**
     * How long work may take to stop once told to, in milliseconds; more than zero, at most a day, default 2000. Work that takes longer is reported
     * and keeps its lock until it ends. All members of a cluster should use the same value: who takes over from a leader that cannot be asked waits
     * by its own.
     */
    public void setStopBudgetMillis(long stopBudgetMillis) {
        if (stopBudgetMillis <= 0) {
            throw new IllegalArgumentException("stopBudgetMillis must be more than zero, but is " + stopBudgetMillis);
        }
        if (stopBudgetMillis > MAX_STOP_BUDGET.toMillis()) {
            throw new IllegalArgumentException("stopBudgetMillis must be at most " + MAX_STOP_BUDGET.toMillis()
                    + " (one day), but is " + stopBudgetMillis
                    + "; a member that replaces one that may still work waits that long");
        }
        this.stopBudgetMillis = stopBudgetMillis;
    }

    public long getStopBudgetMillis() {
        Long set = stopBudgetMillis;
        return set == null ? defaultStopBudgetMillis() : set;
    }

    /** What {@link #getStopBudgetMillis()} is unless it is set. */
    @Internal
    protected long defaultStopBudgetMillis() {
        return DEFAULT_STOP_BUDGET_MILLIS;
    }

    @Override
    public void setCamelContext(@Nullable CamelContext camelContext) {
        this.camelContext = camelContext;
        if (camelContext != null) {
            synchronized (views) {
                views.values().forEach(counted -> counted.view.setCamelContext(camelContext));
            }
        }
    }

    @Override
    public @Nullable CamelContext getCamelContext() {
        return camelContext;
    }

    // ---- for subclasses

    /**
     * Makes the back end for one start of the service.
     *
     * @param threads makes its threads
     * @return a back end that has not been opened
     * @throws Exception if an option is missing or wrong; the message names it and the fix
     */
    @Internal
    protected abstract Backend<?, ?> createBackend(Threads threads) throws Exception;

    /** The id under which this member stands. */
    @Internal
    protected String memberId() {
        return getId();
    }

    /**
     * The lock behind a view: usually as the view is called. If several have the same lock, they are one view with the name of the lock.
     *
     * @param view what the caller calls the view (Camel: namespace); not blank
     * @return not blank; while there are views, the same for the same name
     */
    @Internal
    protected String lockOf(String view) {
        return view;
    }

    /**
     * For how long the place where the locks live may be silent while this member takes part, before that is a reason to worry: it has answered nothing and reported
     * nothing. More than zero.
     */
    protected Duration silenceLimit() {
        return DEFAULT_SILENCE_LIMIT;
    }

    /** The time. */
    @Internal
    protected final Ticker ticker() {
        return ticker;
    }

    /** {@link #getStopBudgetMillis()}. */
    @Internal
    protected final Duration stopBudget() {
        return Duration.ofMillis(getStopBudgetMillis());
    }

    // ---- views

    /**
     * The view of a lock; takes part in its election from the first reference until the last is given back by {@link #releaseView}.
     *
     * @param namespace the name of the lock; anything but empty
     * @throws IllegalArgumentException if the name is null, empty or blank
     */
    @Override
    public LeadershipView getView(String namespace) {
        checkName(namespace);
        boolean isNew;
        ElectionClusterView view;
        synchronized (views) {
            Counted counted = views.computeIfAbsent(
                    lockOf(namespace),
                    lock -> new Counted(new ElectionClusterView(this, lock, ticker, dispatcher(), camelContext)));
            counted.references++;
            isNew = counted.references == 1;
            if (isNew) {
                attach(counted);
            }
            view = counted.view;
        }
        if (isNew) {
            observers.tell(LeadershipObserver::locksChanged);
        }
        return view;
    }

    /** The view of a lock if it is in use; asking takes no part in its election. */
    public Optional<LeadershipView> existingView(String namespace) {
        return inUse(namespace).map(counted -> counted.view);
    }

    private Optional<Counted> inUse(String namespace) {
        synchronized (views) {
            return Optional.ofNullable(views.get(lockOf(namespace)));
        }
    }

    @SuppressWarnings("ConstantValue") // callers without null checking exist
    private static void checkName(String namespace) {
        if (namespace == null || namespace.isBlank()) {
            throw new IllegalArgumentException(
                    "The name of a lock (Camel: namespace) must not be empty; give the view of each lock a name");
        }
    }

    @Override
    public void releaseView(CamelClusterView view) {
        Engine<?, ?> running;
        synchronized (views) {
            running = engine;
        }
        AtomicBoolean isGone = new AtomicBoolean();
        if (running == null) {
            isGone.set(release(view));
        } else {
            running.within(
                    () -> isGone.set(release(view))); // others wait for the lock: not a thread more than necessary
        }
        if (isGone.get()) {
            observers.tell(LeadershipObserver::locksChanged);
        }
    }

    /** Returns whether that was the last reference. */
    private boolean release(CamelClusterView view) {
        synchronized (views) {
            Counted counted = views.get(view.getNamespace());
            if (counted == null || counted.view != view) {
                LOG.debug("Lock {}: the view was not in use; nothing to release", view.getNamespace());
                return false;
            }
            counted.references--;
            if (counted.references > 0) {
                return false;
            }
            views.remove(view.getNamespace());
            detach(counted);
            return true;
        }
    }

    @Override
    public Collection<String> getNamespaces() {
        synchronized (views) {
            return List.copyOf(views.keySet());
        }
    }

    @Override
    public void startView(String namespace) {
        synchronized (views) {
            Counted counted = views.get(lockOf(namespace));
            if (counted == null) {
                LOG.warn("Lock {}: there is no view to start; known: {}", namespace, views.keySet());
                return;
            }
            counted.forcedToStop = false;
            attach(counted);
        }
    }

    @Override
    public void stopView(String namespace) {
        synchronized (views) {
            Counted counted = views.get(lockOf(namespace));
            if (counted == null) {
                LOG.warn("Lock {}: there is no view to stop; known: {}", namespace, views.keySet());
                return;
            }
            counted.forcedToStop = true;
            detach(counted);
        }
    }

    @Override
    public boolean isLeader(String namespace) {
        ElectionClusterView view;
        synchronized (views) {
            Counted counted = views.get(lockOf(namespace));
            view = counted == null ? null : counted.view;
        }
        return view != null && view.isLeader();
    }

    // ---- for people

    /** How this service and its locks stand now. Without I/O. */
    public ServiceReport report() {
        boolean isRunning;
        List<LockReport> locks;
        synchronized (views) {
            isRunning = engine != null;
            locks = views.entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .map(entry -> entry.getValue().view.report(entry.getValue().references))
                    .toList();
        }
        Watching watch = watching;
        return new ServiceReport(
                getId(),
                getClass().getSimpleName(),
                memberId(),
                isRunning,
                memberIds(),
                watch == null ? null : watch.live,
                watch == null ? null : watch.reason,
                silenceLimit(),
                locks);
    }

    /** How one lock stands now; empty if it is not in use. Without I/O. */
    public Optional<LockReport> report(String namespace) {
        synchronized (views) {
            return inUse(namespace).map(counted -> counted.view.report(counted.references));
        }
    }

    /** Runs what observers want done away from the elections: in order, one at a time, on a thread of this service, also after it has stopped. */
    public Executor background() {
        return background::run;
    }

    /** Adds somebody who wants to know what this service does with its locks, from now on. */
    public void addObserver(LeadershipObserver observer) {
        observers.add(observer);
    }

    /** Removes an observer; it may still be told of what is under way. */
    public void removeObserver(LeadershipObserver observer) {
        observers.remove(observer);
    }

    Observers observers() {
        return observers;
    }

    List<String> memberIds() {
        List<String> known = memberIds;
        return known.isEmpty() ? List.of(memberId()) : known;
    }

    // ---- life cycle

    @Override
    protected void doStart() throws Exception {
        Engine<?, ?> opened = open(createBackend(threads), threads);
        synchronized (views) {
            engine = opened;
            views.values().forEach(this::attach);
            rehearse(opened);
        }
        companions = Companions.find();
        companions.started(this);
    }

    /**
     * Acquires and releases a lock of no meaning, in the background, so that the first real hand-over is not the first ever. Called with the monitor
     * of {@link #views}.
     */
    private void rehearse(Engine<?, ?> opened) {
        ElectionClusterView view = new ElectionClusterView(this, REHEARSAL, ticker, dispatcher(), null);
        // One that is told of the end, and one that has been removed before.
        view.addEventListener(new Rehearsed());
        view.addEventListener(new Rehearsed() {
            @Override
            public void startWork(LeadershipView of, Tenure tenure) {
                view.removeEventListener(this);
                releaseView(view); // is in use by nobody
                opened.within(() -> {
                    synchronized (views) {
                        detach(new Counted(view));
                        CompletionStage<Void> left = Objects.requireNonNull(leaving.get(REHEARSAL));
                        left.thenRunAsync(() -> rehearseAgain(opened), dispatcher()::start);
                    }
                });
            }
        });
        view.attach(opened::rehearse, CompletableFuture.completedFuture(null));
        rehearsal = view;
    }

    private void rehearseAgain(Engine<?, ?> opened) {
        boolean isCompiled = REHEARSALS_LEFT.decrementAndGet() <= 0;
        synchronized (views) {
            if (!isCompiled && engine == opened) {
                rehearse(opened);
            }
        }
    }

    private static class Rehearsed implements WorkListener {
        @Override
        public void startWork(LeadershipView view, Tenure tenure) {}

        @Override
        public void stopWork(LeadershipView view, Tenure tenure) {}

        @Override
        public CompletionStage<?> workEnded() {
            return CompletableFuture.completedFuture(null);
        }
    }

    private <C, R> Engine<C, R> open(Backend<C, R> backend, Threads threads) throws Exception {
        watching = null;
        return Engine.open(backend, ticker, threads, new Engine.Surroundings() {
            @Override
            public void membersChanged(List<String> memberIds) {
                ElectionClusterService.this.membersChanged(memberIds);
            }

            @Override
            public void watching(boolean live, @Nullable String reason) {
                watching = new Watching(live, reason);
                // Elsewhere: a store may tell of it while it is being opened, under a lock of its own.
                background.run(() -> observers.tell(observer -> observer.watching(live, reason)));
            }
        });
    }

    @Override
    protected void doStop() {
        try {
            leave();
        } finally {
            companions.stopped(this);
            companions = new Companions();
        }
    }

    private void leave() {
        Engine<?, ?> stopping;
        List<CompletableFuture<Void>> left;
        synchronized (views) {
            stopping = engine;
            if (stopping == null) {
                return;
            }
            views.values().forEach(this::detach);
            if (rehearsal != null) {
                rehearsal.leave();
                rehearsal = null;
            }
            engine = null;
            left = List.copyOf(leaving.values());
        }
        CompletableFuture<Void> closed = stopping.closeWhenIdle();
        long waitMillis = stopBudget().plus(RELEASE_BUDGET).toMillis();
        try {
            closed.get(waitMillis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn(
                    "{} of the locks of {} are not released after {} ms: work has not ended, or the release has not been answered. That goes on in the"
                            + " background; at the latest they end with this process, or run out if they are leases",
                    left.stream().filter(seat -> !seat.isDone()).count(),
                    getId(),
                    waitMillis);
        } catch (InterruptedException e) {
            LOG.warn("Interrupted while the locks of {} are being released; that goes on in the background", getId());
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            LOG.warn("Closing {} failed; what it held ends with this process at the latest", getId(), e.getCause());
        }
        memberIds = List.of();
    }

    /** Called with the monitor of {@link #views}; only enqueues. */
    private void attach(Counted counted) {
        Engine<?, ?> running = engine;
        if (running != null && counted.references > 0 && !counted.forcedToStop) {
            counted.view.attach(
                    running::join,
                    leaving.getOrDefault(counted.view.getNamespace(), CompletableFuture.completedFuture(null)));
        }
    }

    /** Called with the monitor of {@link #views}; only enqueues. */
    private void detach(Counted counted) {
        leaving.values().removeIf(CompletableFuture::isDone);
        leaving.merge(counted.view.getNamespace(), counted.view.detach(), CompletableFuture::allOf);
    }

    private void membersChanged(List<String> now) {
        // All of it under the monitor, so that of two changes every listener hears in the same order; it only enqueues.
        synchronized (views) {
            memberIds = List.copyOf(now);
            views.values().forEach(counted -> counted.view.membersChanged(memberIds()));
        }
    }

    private Dispatcher dispatcher() {
        Dispatcher made = dispatcher;
        if (made == null) {
            made = new Dispatcher(threads);
            dispatcher = made;
        }
        return made;
    }

    private static String defaultMemberId() {
        String host = System.getenv("HOSTNAME");
        if (host == null || host.isBlank()) {
            host = "host";
        }
        return host + "-" + ProcessHandle.current().pid() + "-"
                + UUID.randomUUID().toString().substring(0, 8);
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + "[" + getId() + "]";
    }
}
