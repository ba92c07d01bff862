package io.github.camelmasterlite.engine;

import io.github.camelmasterlite.election.ClockCheck;
import io.github.camelmasterlite.election.Effect;
import io.github.camelmasterlite.election.Election;
import io.github.camelmasterlite.election.Event;
import io.github.camelmasterlite.election.Moment;
import io.github.camelmasterlite.election.Phase;
import io.github.camelmasterlite.election.Standing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives the elections of one cluster service: takes events in order, asks the rules, carries out their effects, and keeps their deadlines.
 *
 * <p>It owns no thread. Whoever calls {@link #runReady()} is the one writer of every election in it: {@link LoopThread} in a running service,
 * the simulator in tests. Everything else only enqueues.
 *
 * <p>What may wait in the queue is bounded: at most {@value #MAX_COMMANDS} commands (further ones are refused), one reply and one time-out per
 * call in flight, and one of each observation per lock (equal ones are merged).
 */
public final class ElectionLoop {

    /** How many commands from outside may wait. */
    static final int MAX_COMMANDS = 100_000;

    /** How much people may still have to be told while there is something to do. */
    private static final int MAX_UNTOLD = 1_000;

    /** The loop runs at least this often, so that a longer gap means that this process did not run. */
    public static final long MAX_SLEEP_NANOS = 500_000_000L;

    /** A gap of this length or more is reported to the elections as a pause. */
    static final long PAUSE_NANOS = 2_000_000_000L;

    /** If the clocks jump against each other by more than this, every election looks at them: each knows itself how much it tolerates. */
    static final long JUMP_NANOS = 20_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(ElectionLoop.class);

    private static final Comparator<Slot<?, ?>> BY_DEADLINE = (a, b) -> {
        int byTime = Long.compare(a.dueNanos - b.dueNanos, 0L);
        return byTime != 0 ? byTime : Long.compare(a.number, b.number);
    };

    private record Item(Slot<?, ?> slot, Runnable run) {}

    /** A call in flight: how long it may take, and when that is looked at next. */
    private record Pending(String operation, long askedNanos, long timeoutNanos, long lookNanos) {}

    private final Ticker ticker;
    private final Runnable wake;
    private final ConcurrentLinkedQueue<Item> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger commandsWaiting = new AtomicInteger();
    private final AtomicLong failures = new AtomicLong();
    private final Map<String, Set<Slot<?, ?>>> slotsByLock = new ConcurrentHashMap<>();
    private final AtomicInteger slotCount = new AtomicInteger();

    /** Slots with a deadline, the nearest first. Touched by the running thread only. */
    private final TreeSet<Slot<?, ?>> deadlines = new TreeSet<>(BY_DEADLINE);

    /**
     * What people and statistics are still to be told, in order, once nothing else is left to do: the first line that a program logs can take longer than the whole of a hand-over. Touched by
     * the running thread only.
     */
    private final List<Item> forPeople = new ArrayList<>();

    private long lastRunNanos;
    private long lastOffsetNanos;
    private long slotNumbers;
    private boolean ranBefore;

    /**
     * @param ticker the time
     * @param wake   called after every enqueueing, on the enqueueing thread; makes the driver call {@link #runReady()} soon
     */
    public ElectionLoop(Ticker ticker, Runnable wake) {
        this.ticker = ticker;
        this.wake = wake;
    }

    /**
     * Adds an election. It does not stand before {@link Seat#stand()}.
     *
     * @param lock      the lock
     * @param candidate its rules and its connection
     * @param output    whom to tell
     * @return how to steer it
     */
    public <C, R> Seat add(String lock, Backend.Candidate<C, R> candidate, Output output) {
        return add(lock, candidate, output, false);
    }

    /** As {@link #add}, for an election that is of no interest to people. */
    <C, R> Seat rehearse(String lock, Backend.Candidate<C, R> candidate, Output output) {
        return add(lock, candidate, output, true);
    }

    private <C, R> Seat add(String lock, Backend.Candidate<C, R> candidate, Output output, boolean isRehearsal) {
        Slot<C, R> slot;
        synchronized (this) {
            slot = new Slot<>(++slotNumbers, lock, candidate, output, isRehearsal);
        }
        slotCount.incrementAndGet();
        slotsByLock.computeIfAbsent(lock, l -> ConcurrentHashMap.newKeySet()).add(slot);
        candidate.known().forEach(slot::hint);
        return slot;
    }

    /** Tells every election of one lock what was noticed. */
    public void observed(String lock, Object observation) {
        Set<Slot<?, ?>> slots = slotsByLock.get(lock);
        if (slots != null) {
            slots.forEach(slot -> slot.hint(observation));
        }
    }

    /** Tells every election what was noticed. */
    public void observedAll(Object observation) {
        slotsByLock.values().forEach(slots -> slots.forEach(slot -> slot.hint(observation)));
    }

    /** Whether every election has stopped. */
    public boolean isIdle() {
        return slotCount.get() == 0;
    }

    /** How many times something threw that should not have, since the start. */
    public long failures() {
        return failures.get();
    }

    /** Whether events are waiting to be handled. */
    public boolean hasReady() {
        return !queue.isEmpty();
    }

    /**
     * Handles everything that is ready. One thread at a time.
     *
     * @return how long nothing will be due, in nanoseconds, at most {@link #MAX_SLEEP_NANOS}
     */
    public long runReady() {
        Moment now = ticker.now();
        long nanos = now.nanos();
        long offsetNanos = ClockCheck.offsetNanos(now);
        if (ranBefore && Math.abs(offsetNanos - lastOffsetNanos) > JUMP_NANOS) {
            LOG.info(
                    "The clocks of this machine jumped against each other by {} ms",
                    (offsetNanos - lastOffsetNanos) / 1_000_000);
            allSlots().forEach(Slot::handleJump);
        }
        lastOffsetNanos = offsetNanos;
        if (ranBefore) {
            noticePause(nanos);
        }
        ranBefore = true;
        lastRunNanos = nanos;
        do {
            // What has arrived comes before the deadlines, what arrives meanwhile after them: news without end must not
            // keep a leader from renewing, nor from being told that its time is over.
            for (int arrived = queue.size(); arrived > 0; arrived--) {
                Item item = Objects.requireNonNull(queue.poll());
                runGuarded(item.slot, item.run);
                noticePause(ticker.nanos());
            }
            keepDeadlines(ticker.nanos());
            if (forPeople.size() > MAX_UNTOLD) {
                tellPeople();
            }
        } while (!queue.isEmpty());
        noticePause(ticker.nanos());
        tellPeople();
        noticePause(ticker.nanos());
        if (deadlines.isEmpty()) {
            return MAX_SLEEP_NANOS;
        }
        return Math.max(0, Math.min(MAX_SLEEP_NANOS, deadlines.first().dueNanos - lastRunNanos));
    }

    private void tellPeople() {
        forPeople.forEach(item -> runGuarded(item.slot, item.run));
        forPeople.clear();
    }

    private void keepDeadlines(long nanos) {
        while (!deadlines.isEmpty() && nanos - deadlines.first().dueNanos >= 0) {
            Slot<?, ?> slot = deadlines.first();
            runGuarded(slot, slot::handleDue);
            noticePause(ticker.nanos());
        }
    }

    /** Looked at after each step: a process may as well stand still in the midst of its work as while it sleeps. */
    private void noticePause(long nanos) {
        long gap = nanos - lastRunNanos;
        lastRunNanos = nanos;
        if (gap >= PAUSE_NANOS) {
            LOG.warn("This process did not run for {} ms; every lock is verified before work goes on", gap / 1_000_000);
            allSlots().forEach(slot -> slot.handlePause(gap));
        }
    }

    private List<Slot<?, ?>> allSlots() {
        List<Slot<?, ?>> all = new ArrayList<>();
        slotsByLock.values().forEach(all::addAll);
        return all;
    }

    /** The loop's edge: nothing thrown behind it ends the loop, which drives every other lock too. */
    private void runGuarded(Slot<?, ?> slot, Runnable run) {
        try {
            run.run();
        } catch (Throwable t) {
            long count = failures.incrementAndGet();
            LOG.error(
                    "Unexpected failure number {} in the election of lock {}; the loop goes on and the lock is looked at again in {} ms",
                    count,
                    slot.lock,
                    MAX_SLEEP_NANOS / 1_000_000,
                    t);
            slot.retryAfterFailure();
        }
    }

    private void enqueueCommand(Slot<?, ?> slot, Runnable run) {
        if (commandsWaiting.incrementAndGet() > MAX_COMMANDS) {
            commandsWaiting.decrementAndGet();
            throw new RejectedExecutionException("More than " + MAX_COMMANDS
                    + " commands wait for the election loop; lock " + slot.lock + " was not told");
        }
        enqueue(slot, () -> {
            commandsWaiting.decrementAndGet();
            run.run();
        });
    }

    private void enqueue(Slot<?, ?> slot, Runnable run) {
        queue.add(new Item(slot, run));
        wake.run();
    }

    private final class Slot<C, R> implements Seat {
        private final long number;
        private final String lock;
        private final Backend.Candidate<C, R> candidate;
        private final Election<C, R> election;
        private final Output output;
        private final boolean isRehearsal;
        private final CompletableFuture<Void> ended = new CompletableFuture<>();

        /** Observations that wait in the queue: an equal one need not wait twice. */
        private final Set<Object> waitingHints = ConcurrentHashMap.newKeySet();

        /** Calls in flight. One that is overdue is none: it may never be answered, and must not be remembered for ever. */
        private final Map<Long, Pending> pending = new HashMap<>();

        /** Written by whoever drives the loop. */
        private volatile @Nullable Long heardNanos;

        private long dueNanos;
        private boolean hasDue;

        /** When to look again after an unexpected failure; null if there was none. */
        private @Nullable Long retryNanos;

        Slot(long number, String lock, Backend.Candidate<C, R> candidate, Output output, boolean isRehearsal) {
            this.isRehearsal = isRehearsal;
            this.number = number;
            this.lock = lock;
            this.candidate = candidate;
            this.election = candidate.election();
            this.output = output;
        }

        @Override
        public void stand() {
            enqueueCommand(this, () -> handle(new Event.Stand<>()));
        }

        @Override
        public void standDown() {
            enqueueCommand(this, () -> handle(new Event.StandDown<>()));
        }

        @Override
        public void resign(long coolDownNanos) {
            enqueueCommand(this, () -> handle(new Event.Resign<>(coolDownNanos)));
        }

        @Override
        public void withdraw() {
            enqueueCommand(this, () -> handle(new Event.Withdraw<>()));
        }

        @Override
        public void workStopped(long term) {
            // Not a command: there is one per tenure, and losing it would keep a lock for ever.
            enqueue(this, () -> handle(new Event.WorkStopped<>(term)));
        }

        @Override
        public @Nullable Long heardNanos() {
            return heardNanos;
        }

        @Override
        public CompletableFuture<Void> ended() {
            return ended;
        }

        @SuppressWarnings("unchecked") // a back end reports to the elections it made itself
        void hint(Object observation) {
            if (waitingHints.add(observation)) {
                enqueue(this, () -> {
                    waitingHints.remove(observation);
                    heard((R) observation);
                    handle(new Event.Observed<>((R) observation));
                });
            }
        }

        void handlePause(long gapNanos) {
            runGuarded(this, () -> handle(new Event.Paused<>(gapNanos)));
        }

        void handleJump() {
            runGuarded(this, () -> handle(new Event.Tick<>()));
        }

        void handleDue() {
            Moment now = ticker.now();
            clearDue();
            pending.replaceAll((id, call) -> now.reached(call.lookNanos) ? lookAt(call, now) : call);
            Map<Long, Pending> overdue = new HashMap<>(pending);
            overdue.values().removeIf(call -> !now.reached(call.lookNanos));
            pending.keySet().removeAll(overdue.keySet());
            overdue.forEach((id, call) -> {
                candidate.overdue();
                handle(
                        new Event.Overdue<>(id, call.timeoutNanos),
                        () -> output.answered(call.operation, "overdue", now.nanos() - call.askedNanos));
            });
            Long deadline = election.deadlineNanos();
            boolean retries = retryNanos != null && now.reached(retryNanos);
            if (retries || (deadline != null && now.reached(deadline))) {
                retryNanos = null;
                handle(new Event.Tick<>());
            } else {
                schedule();
            }
        }

        private Pending lookAt(Pending call, Moment now) {
            return new Pending(
                    call.operation,
                    call.askedNanos,
                    call.timeoutNanos,
                    candidate.unanswered(call.askedNanos, now.nanos(), call.timeoutNanos));
        }

        void retryAfterFailure() {
            long at = ticker.nanos() + MAX_SLEEP_NANOS;
            retryNanos = at;
            setDue(at);
        }

        private void handle(Event<R> event) {
            handle(event, () -> {});
        }

        /**
         * @param report tells people and statistics of the event, before they are told what came of it
         */
        private void handle(Event<R> event, Runnable report) {
            if (ended.isDone()) {
                return;
            }
            Moment now = ticker.now();
            List<Effect<C>> effects = election.on(event, now);
            // Each for itself: the rules count on all of them, on none more than on those that stop work.
            effects.forEach(effect -> runGuarded(this, () -> carryOut(effect, now)));
            forPeople.add(new Item(this, report));
            for (Effect<C> effect : effects) {
                if (effect instanceof Effect.Publish<C> publish) {
                    forPeople.add(new Item(this, () -> {
                        log(publish);
                        output.reported(publish.standing(), publish.reason(), now);
                    }));
                }
            }
            if (election.standing().phase() == Phase.STOPPED) {
                leave();
            } else {
                schedule();
            }
        }

        private void carryOut(Effect<C> effect, Moment now) {
            if (effect instanceof Effect.Call<C> call) {
                call(call, now);
            } else if (effect instanceof Effect.Publish<C> publish) {
                output.published(publish.standing());
            } else if (effect instanceof Effect.StartWork<C> start) {
                output.startWork(start.tenure());
            } else if (effect instanceof Effect.StopWork<C> stop) {
                output.stopWork(stop.tenure());
            }
        }

        private @Nullable Standing logged;

        private void log(Effect.Publish<C> publish) {
            Standing now = publish.standing();
            Standing before = logged;
            logged = now;
            Phase from = before == null ? Phase.FOLLOWING : before.phase();
            String problemBefore = before == null ? null : before.problem();
            if (isRehearsal) {
                LOG.debug("Rehearsal: {} -> {}: {}", from, now.phase(), publish.reason());
                return;
            }
            if (now.phase() == Phase.LEADING && from != Phase.LEADING) {
                LOG.info(
                        "Lock {}: {} leads (term {}, fencing token {}): {}",
                        lock,
                        now.member(),
                        now.tenure() == null ? 0 : now.tenure().term(),
                        now.tenure() == null ? 0 : now.tenure().fencingToken(),
                        publish.reason());
            } else if (from == Phase.LEADING && now.phase() != Phase.LEADING) {
                LOG.info("Lock {}: {} no longer leads: {}", lock, now.member(), publish.reason());
            } else if (now.phase() == Phase.SETTLING && from != Phase.SETTLING) {
                LOG.info("Lock {}: {} waits before it leads: {}", lock, now.member(), publish.reason());
            } else if (LOG.isDebugEnabled()) {
                LOG.debug(
                        "Lock {}: {} {} -> {}, leader {}: {}",
                        lock,
                        now.member(),
                        from,
                        now.phase(),
                        now.leader(),
                        publish.reason());
            }
            if (now.problem() != null && !now.problem().equals(problemBefore)) {
                LOG.warn(
                        "Lock {}: {} {}: {}. It keeps trying",
                        lock,
                        now.member(),
                        now.phase() == Phase.LEADING ? "leads, but may lose it" : "cannot take part",
                        now.problem());
            } else if (now.problem() == null && problemBefore != null && now.phase() != Phase.STOPPING_WORK) {
                LOG.info("Lock {}: {} takes part again (before: {})", lock, now.member(), problemBefore);
            }
        }

        private void call(Effect.Call<C> call, Moment now) {
            long id = call.callId();
            String operation = candidate.operation(call.command());
            pending.put(
                    id, new Pending(operation, now.nanos(), call.timeoutNanos(), now.nanos() + call.timeoutNanos()));
            CompletionStage<R> stage;
            try {
                stage = candidate.perform(call.command());
            } catch (Throwable t) {
                stage = CompletableFuture.failedStage(t);
            }
            stage.whenComplete((reply, failure) -> {
                // Before it waits for its turn: the time of the store side, not of this queue.
                long tookNanos = ticker.nanos() - now.nanos();
                enqueue(this, () -> answered(id, operation, reply, failure, tookNanos, call.command()));
            });
            pending.computeIfPresent(id, (i, asked) -> lookAt(asked, now));
        }

        private void answered(
                long id, String operation, R reply, @Nullable Throwable failure, long tookNanos, C command) {
            boolean isAwaited = pending.remove(id) != null;
            Runnable report = () -> {
                if (isAwaited) {
                    output.answered(operation, failure == null ? candidate.outcome(reply) : "failed", tookNanos);
                }
            };
            if (failure == null) {
                heard(reply);
                handle(new Event.Reply<>(id, reply), report);
            } else {
                LOG.warn("Lock {}: {} failed unexpectedly; it is tried again", lock, command, failure);
                handle(new Event.Failed<>(id, String.valueOf(failure)), report);
            }
        }

        private void heard(R reply) {
            if (candidate.isContact(reply)) {
                heardNanos = ticker.nanos();
            }
        }

        private void schedule() {
            Long due = election.deadlineNanos();
            if (retryNanos != null) {
                due = Moment.earlier(due, retryNanos);
            }
            for (Pending call : pending.values()) {
                due = Moment.earlier(due, call.lookNanos);
            }
            if (due == null) {
                clearDue();
            } else {
                setDue(due);
            }
        }

        private void setDue(long nanos) {
            if (hasDue && dueNanos == nanos) {
                return;
            }
            clearDue();
            dueNanos = nanos;
            hasDue = deadlines.add(this);
        }

        private void clearDue() {
            if (hasDue) {
                deadlines.remove(this);
                hasDue = false;
            }
        }

        private void leave() {
            clearDue();
            slotsByLock.computeIfPresent(lock, (l, slots) -> {
                slots.remove(this);
                return slots.isEmpty() ? null : slots;
            });
            try {
                candidate.close();
                output.ended();
            } finally {
                ended.complete(null);
                // Last of all, when people have been told: another thread may be waiting for the last election to stop,
                // to close the back end then, and those who observe go
                // with it.
                forPeople.add(new Item(this, slotCount::decrementAndGet));
            }
        }
    }
}
