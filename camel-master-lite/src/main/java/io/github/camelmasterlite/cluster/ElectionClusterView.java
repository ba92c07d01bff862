package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.election.Moment;
import io.github.camelmasterlite.election.Phase;
import io.github.camelmasterlite.election.Standing;
import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.engine.Output;
import io.github.camelmasterlite.engine.Seat;
import io.github.camelmasterlite.engine.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.CamelContext;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.apache.camel.cluster.CamelClusterMember;
import org.apache.camel.cluster.CamelClusterService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The view of one lock. It outlives the engine of its service: before a start and after a stop it simply does not lead.
 *
 * <p>Whoever drives the loop writes {@link #standing}; any thread reads it. The monitor of {@link #subscriptions} orders listeners against tenures, so
 * that nobody misses one and nobody hears of one twice; no listener is called under it.
 */
final class ElectionClusterView implements LeadershipView {

    private static final Logger LOG = LoggerFactory.getLogger(ElectionClusterView.class);

    /** How many changes are kept for people. */
    private static final int CHANGES_KEPT = 20;

    /** As long as for ever, and short enough to be compared on any clock. */
    private static final Duration LONGEST_COOL_DOWN = Duration.ofDays(365);

    private final ElectionClusterService service;
    private final String lock;
    private final Ticker ticker;
    private final Dispatcher dispatcher;

    private volatile Standing standing;

    /** Counts what has been published. */
    private volatile long state;

    private volatile @Nullable CamelContext camelContext;
    private volatile @Nullable Seat seat;
    private volatile boolean disabled;

    private final List<Subscription> subscriptions = new ArrayList<>();
    private final List<CompletableFuture<Boolean>> verdicts = new ArrayList<>();
    private CompletionStage<Void> former = CompletableFuture.completedFuture(null);
    private @Nullable Tenure working;
    private boolean attached;

    /** Of whom listeners know, once introduced; an own copy, because a listener that is added hears of each change of the members once. */
    private List<String> membersTold = List.of();

    /** The last changes, the latest last. */
    private final Deque<LockChange> changes = new ArrayDeque<>();

    /** Since when this view has a seat, no leader is known, something keeps this member from taking part; null while that is not so. */
    private @Nullable Long attachedNanos;

    private @Nullable Long leaderlessNanos;
    private @Nullable Long troubledNanos;
    private @Nullable Long coolingDownUntilNanos;

    private boolean visiblyLeading;
    private @Nullable String visibleLeader;

    /** What removed listeners still run; the lock is not released before. */
    private CompletableFuture<Void> workOfRemoved = CompletableFuture.completedFuture(null);

    ElectionClusterView(
            ElectionClusterService service,
            String lock,
            Ticker ticker,
            Dispatcher dispatcher,
            @Nullable CamelContext camelContext) {
        this.service = service;
        this.lock = lock;
        this.ticker = ticker;
        this.dispatcher = dispatcher;
        this.camelContext = camelContext;
        this.standing = Standing.outside(lock, service.memberId());
    }

    // ---- what it says

    @Override
    public boolean isLeader() {
        Standing now = standing;
        return now.tenure() != null && leads(now);
    }

    /** Two clocks are read only where both count: this is asked for every exchange. */
    private boolean leads(Standing now) {
        if (now.clock() == null) {
            return now.leadsAt(ticker.nanos());
        }
        return now.leadsAt(ticker.glance()) || now.leadsAt(ticker.now());
    }

    @Override
    public Leadership leadership() {
        Standing now = standing;
        Duration remaining = Duration.ZERO;
        if (now.tenure() != null) {
            remaining = Duration.ofNanos(Math.max(0, now.authorityUntilNanos() - ticker.nanos()));
        }
        return new Leadership(lock, now.member(), leaderId(now), now.tenure(), remaining, now.problem());
    }

    private static @Nullable String leaderId(Standing now) {
        return now.tenure() != null ? now.member() : now.leader();
    }

    @Override
    public Duration stopBudget() {
        return service.stopBudget();
    }

    @Override
    public Optional<CamelClusterMember> getLeader() {
        return Optional.ofNullable(leaderOrNull());
    }

    @Nullable
    CamelClusterMember leaderOrNull() {
        Standing now = standing;
        if (now.tenure() != null) {
            return getLocalMember();
        }
        String leader = now.leader();
        return leader == null
                ? null
                : new ClusterMember(leader, leader.equals(now.member()), () -> leader.equals(leaderId(standing)));
    }

    @Override
    public CamelClusterMember getLocalMember() {
        return new ClusterMember(service.memberId(), true, this::isLeader);
    }

    @Override
    public List<CamelClusterMember> getMembers() {
        return members(service.memberIds());
    }

    private List<CamelClusterMember> members(List<String> ids) {
        List<CamelClusterMember> members = new ArrayList<>();
        for (String id : ids) {
            members.add(
                    id.equals(service.memberId())
                            ? getLocalMember()
                            : new ClusterMember(id, false, () -> id.equals(leaderId(standing))));
        }
        return members;
    }

    @Override
    public CamelClusterService getClusterService() {
        return service;
    }

    @Override
    public String getNamespace() {
        return lock;
    }

    @Override
    public @Nullable CamelContext getCamelContext() {
        return camelContext;
    }

    @Override
    public void setCamelContext(CamelContext camelContext) {
        this.camelContext = camelContext;
    }

    // ---- what it can be told

    @Override
    public void start() {
        service.startView(lock);
    }

    @Override
    public void stop() {
        service.stopView(lock);
    }

    @Override
    public boolean isDisabled() {
        return disabled;
    }

    @Override
    public void setDisabled(boolean disabled) {
        synchronized (subscriptions) {
            this.disabled = disabled;
            Seat current = seat;
            if (current != null && disabled) {
                current.standDown();
            } else if (current != null) {
                standAfterFormer(current);
            }
        }
    }

    @Override
    public void resign(Duration coolDown) {
        Objects.requireNonNull(coolDown, "coolDown");
        if (coolDown.isNegative()) {
            throw new IllegalArgumentException("coolDown must not be negative, but is " + coolDown);
        }
        Seat current = seat;
        if (current != null) {
            Duration bounded = coolDown.compareTo(LONGEST_COOL_DOWN) < 0 ? coolDown : LONGEST_COOL_DOWN;
            synchronized (subscriptions) {
                coolingDownUntilNanos = ticker.nanos() + bounded.toNanos();
            }
            current.resign(bounded.toNanos());
        }
    }

    @Override
    public CompletionStage<Boolean> verdict() {
        synchronized (subscriptions) {
            Standing now = standing;
            if (now.tenure() == null) {
                return CompletableFuture.completedFuture(false);
            }
            if (leads(now)) {
                return CompletableFuture.completedFuture(true);
            }
            CompletableFuture<Boolean> verdict = new CompletableFuture<>();
            verdicts.add(verdict);
            return verdict;
        }
    }

    @Override
    public void addEventListener(@Nullable CamelClusterEventListener listener) {
        if (listener == null) {
            return;
        }
        synchronized (subscriptions) {
            Subscription subscription = new Subscription(this, listener, dispatcher);
            subscriptions.add(subscription);
            if (attached) {
                introduce(subscription);
            }
        }
    }

    private void introduce(Subscription subscription) {
        boolean holds = standing.tenure() != null;
        if (working != null && holds) {
            subscription.start(working);
        } else if (working == null && !holds) {
            subscription.news();
        } // else a start or a stop is about to be told to all
        List<CamelClusterMember> members = members(membersTold);
        subscription.membership(listener -> members.forEach(member -> listener.memberAdded(this, member)));
    }

    @Override
    public void removeEventListener(@Nullable CamelClusterEventListener listener) {
        List<Subscription> removed = new ArrayList<>();
        synchronized (subscriptions) {
            subscriptions.removeIf(subscription -> {
                if (subscription.listener() != listener) {
                    return false;
                }
                workOfRemoved = CompletableFuture.allOf(workOfRemoved, subscription.close());
                return removed.add(subscription);
            });
        }
        removed.forEach(Subscription::awaitEnd);
    }

    // ---- what its service does with it

    /**
     * Takes a seat in a running engine.
     *
     * @param join   how
     * @param former completes when every seat that this member had for the lock before has ended
     */
    void attach(ElectionClusterService.Join join, CompletionStage<Void> former) {
        Tenancy tenancy = new Tenancy();
        synchronized (subscriptions) {
            if (seat != null) {
                return;
            }
            Seat taken = join.take(lock, tenancy);
            if (taken == null) {
                return; // nothing to rehearse
            }
            attached = true;
            membersTold = service.memberIds();
            tenancy.seat.set(taken);
            seat = taken;
            attachedNanos = ticker.nanos();
            leaderlessNanos = attachedNanos;
            troubledNanos = null;
            coolingDownUntilNanos = null;
            this.former = former;
            subscriptions.forEach(this::introduce);
            if (disabled) {
                taken.standDown();
            } else {
                standAfterFormer(taken);
            }
        }
    }

    /**
     * A former seat of this member may still be ending, and may have lost its lock while its work goes on: then nothing but this keeps a new tenure
     * from beginning beside that work.
     */
    private void standAfterFormer(Seat taken) {
        former.whenComplete((ended, failure) -> {
            synchronized (subscriptions) {
                if (seat == taken && !disabled) {
                    coolingDownUntilNanos = null; // standing ends it
                    taken.stand();
                }
            }
        });
    }

    /**
     * Leaves the engine in order.
     *
     * @return completes when nothing of the lock is held any more
     */
    CompletableFuture<Void> detach() {
        Seat left = leave();
        return left == null ? CompletableFuture.completedFuture(null) : left.ended();
    }

    /**
     * Leaves the engine in order.
     *
     * @return the seat that is being left; null if there was none
     */
    @Nullable
    Seat leave() {
        Seat left;
        synchronized (subscriptions) {
            left = seat;
            seat = null;
            attached = false;
            // From here on this view does not lead, whatever the loop has still queued for the seat that is left.
            setStanding(Standing.outside(lock, service.memberId()));
            visiblyLeading = false;
            visibleLeader = null;
            attachedNanos = null;
            leaderlessNanos = null;
            troubledNanos = null;
            coolingDownUntilNanos = null;
            takeVerdicts().forEach(verdict -> dispatcher.verdict(() -> verdict.complete(false)));
        }
        if (left != null) {
            left.withdraw();
        }
        return left;
    }

    /** Called in the order of the changes. */
    void membersChanged(List<String> now) {
        synchronized (subscriptions) {
            if (!attached) {
                return; // whoever listens is introduced to all of them when the view takes its seat
            }
            List<String> before = membersTold;
            membersTold = now;
            List<String> came =
                    now.stream().filter(member -> !before.contains(member)).toList();
            List<String> went =
                    before.stream().filter(member -> !now.contains(member)).toList();
            if (came.isEmpty() && went.isEmpty()) {
                return;
            }
            for (Subscription subscription : subscriptions) {
                subscription.membership(listener -> {
                    came.forEach(id -> listener.memberAdded(
                            this, new ClusterMember(id, false, () -> id.equals(leaderId(standing)))));
                    went.forEach(id -> listener.memberRemoved(this, new ClusterMember(id, false, () -> false)));
                });
            }
        }
    }

    /** With the monitor of {@link #subscriptions}. The state is counted last: who reads a count can read what it counts. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // written under the monitor
    private void setStanding(Standing now) {
        standing = now;
        state++;
    }

    long state() {
        return state;
    }

    // ---- for people

    /**
     * How the lock stands.
     *
     * @param references how many users of this JVM hold this view
     */
    LockReport report(int references) {
        synchronized (subscriptions) {
            long now = ticker.nanos();
            Seat current = seat;
            Long heard = current == null ? null : current.heardNanos();
            Duration coolingDown = coolingDownUntilNanos == null
                    ? Duration.ZERO
                    : Duration.ofNanos(Math.max(0, coolingDownUntilNanos - now));
            return new LockReport(
                    leadership(),
                    standing.phase(),
                    disabled,
                    coolingDown,
                    references,
                    heard == null ? null : since(heard, now),
                    since(attachedNanos, now),
                    since(leaderlessNanos, now),
                    since(troubledNanos, now),
                    List.copyOf(changes));
        }
    }

    /** Zero if it is not so. */
    private static Duration since(@Nullable Long thenNanos, long nowNanos) {
        return thenNanos == null ? Duration.ZERO : Duration.ofNanos(Math.max(0, nowNanos - thenNanos));
    }

    void listenerReturned(String call, long nanos, boolean failed) {
        if (isOfInterest()) {
            service.observers().tell(observer -> observer.listenerReturned(lock, call, nanos, failed));
        }
    }

    Ticker ticker() {
        return ticker;
    }

    /** A rehearsal is not: no lock has a blank name. */
    private boolean isOfInterest() {
        return !lock.isBlank();
    }

    private List<CompletableFuture<Boolean>> takeVerdicts() {
        List<CompletableFuture<Boolean>> taken = new ArrayList<>(verdicts);
        verdicts.clear();
        return taken;
    }

    /** One stay of this view in one engine. A view that is stopped and started again has a new one, and the old one may still be ending. */
    private final class Tenancy implements Output {

        private final AtomicReference<@Nullable Seat> seat = new AtomicReference<>();

        /** What was published last, also after the view has left. */
        private Standing last = Standing.outside(lock, service.memberId());

        private Long nanos() {
            return ticker.nanos();
        }

        private boolean isCurrent() {
            return ElectionClusterView.this.seat == seat.get();
        }

        @Override
        public void reported(Standing now, String reason, Moment at) {
            Standing before = last;
            last = now;
            if (before.phase() == now.phase()
                    && Objects.equals(leaderId(before), leaderId(now))
                    && Objects.equals(before.tenure(), now.tenure())
                    && Objects.equals(before.problem(), now.problem())) {
                return; // a renewal
            }
            LockChange change = new LockChange(
                    lock,
                    now.member(),
                    Instant.ofEpochMilli(at.wallMillis()),
                    before.phase(),
                    now.phase(),
                    leaderId(before),
                    leaderId(now),
                    before.tenure(),
                    now.tenure(),
                    now.problem(),
                    reason);
            synchronized (subscriptions) {
                changes.addLast(change);
                if (changes.size() > CHANGES_KEPT) {
                    changes.removeFirst();
                }
            }
            if (isOfInterest()) {
                service.observers().tell(observer -> observer.changed(change));
            }
        }

        @Override
        public void answered(String operation, String outcome, long nanos) {
            if (isOfInterest()) {
                service.observers().tell(observer -> observer.storeAnswered(lock, operation, outcome, nanos));
            }
        }

        @Override
        public void published(Standing now) {
            synchronized (subscriptions) {
                if (!isCurrent()) {
                    return;
                }
                setStanding(now);
                leaderlessNanos = leaderId(now) != null ? null : leaderlessNanos != null ? leaderlessNanos : nanos();
                troubledNanos = now.problem() == null ? null : troubledNanos != null ? troubledNanos : nanos();
                boolean leads = leads(now);
                if (now.tenure() == null || leads) {
                    // The verdict is completed elsewhere: what hangs on it may run a whole route.
                    takeVerdicts().forEach(verdict -> dispatcher.verdict(() -> verdict.complete(leads)));
                }
                boolean changed = leads != visiblyLeading || !Objects.equals(leaderId(now), visibleLeader);
                visiblyLeading = leads;
                visibleLeader = leaderId(now);
                boolean gainOrLoss = (now.phase() == Phase.LEADING) != (working != null);
                if (changed && !gainOrLoss) {
                    subscriptions.forEach(Subscription::news);
                }
            }
        }

        @Override
        public void startWork(Tenure tenure) {
            synchronized (subscriptions) {
                working = tenure;
                subscriptions.forEach(subscription -> subscription.start(tenure));
            }
        }

        @Override
        public void stopWork(Tenure tenure) {
            CompletionStage<Void> ended;
            synchronized (subscriptions) {
                working = null;
                List<CompletableFuture<Void>> ends = new ArrayList<>();
                subscriptions.forEach(subscription -> ends.add(subscription.stop(tenure)));
                ends.add(workOfRemoved);
                workOfRemoved = CompletableFuture.completedFuture(null);
                ended = CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new));
            }
            ended.whenComplete((done, failure) -> {
                Seat mine = Objects.requireNonNull(seat.get(), "a seat is taken before work starts");
                mine.workStopped(tenure.term());
            });
        }

        @Override
        public void ended() {
            LOG.debug("Lock {}: {} has left", lock, service.memberId());
        }
    }
}
