package io.github.camelmasterlite.engine;

import io.github.camelmasterlite.election.Election;
import io.github.camelmasterlite.election.LeaseCommand;
import io.github.camelmasterlite.election.LeaseElection;
import io.github.camelmasterlite.election.LeaseReply;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.election.Timing;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Locks that are records in a {@link LeaseStore}: the edge between {@link LeaseElection} and the store. */
public final class LeaseBackend implements Backend<LeaseCommand, LeaseReply> {

    /**
     * How many calls to a store may be under way at once as long as it answers, so that a thousand locks do not become a thousand requests.
     *
     * <p>A call that has not been answered for an eighth of the attempt limit, a sixth of the renew deadline, keeps no other waiting: so many of the next begin beside it. Calls are awaited for one attempt
     * limit, so eight times as many are awaited at most, however slow the store is or however many calls hang; what a store keeps of a call after that is for it to bound. If the calls of a thousand locks begin to hang at the same
     * moment, those of the others begin after two attempt limits at the latest; a renewal is sent early enough for that. From then on a lock whose last call hung comes after all others.
     */
    public static final int MAX_CALLS = 64;

    /** Which part of the attempt limit a call keeps others waiting. */
    private static final int PATIENCE_DIVISOR = 8;

    private static final Logger LOG = LoggerFactory.getLogger(LeaseBackend.class);

    /** Makes the rules for one lock; replaced in tests of the tests. */
    @FunctionalInterface
    public interface Rules {

        /** New rules for {@code lock}; the parameters are those of {@link LeaseElection}. */
        Election<LeaseCommand, LeaseReply> of(
                String lock, String member, String incarnation, Timing timing, RandomGenerator random);
    }

    private final LeaseStore store;
    private final String member;
    private final Timing timing;
    private final Supplier<String> incarnations;
    private final RandomGenerator random;
    private final Ticker ticker;
    private final Rules rules;
    private final Namesakes namesakes;
    private final AtomicLong reports = new AtomicLong();
    private final CallQueue queue = new CallQueue(MAX_CALLS);

    /** How many candidates there are for each lock: one that is left may still be ending while the next has begun. */
    private final Map<String, Integer> candidates = new ConcurrentHashMap<>();

    private @Nullable Listener<LeaseReply> listener;

    /** What was reported last, for elections that begin later. */
    private volatile LeaseReply.@Nullable Watching watching;

    private volatile LeaseReply.@Nullable Members members;

    private volatile LeaseReply.@Nullable Load load;

    /**
     * @param store        where the records lie
     * @param member       the id of this member
     * @param timing       its times; the lease duration is rounded up to what the store can keep
     * @param incarnations a new name for each election, never used before
     * @param random       spreads renewals and candidates
     * @param ticker       the time
     */
    public LeaseBackend(
            LeaseStore store,
            String member,
            Timing timing,
            Supplier<String> incarnations,
            RandomGenerator random,
            Ticker ticker) {
        this(store, member, timing, incarnations, random, ticker, LeaseElection::new);
    }

    /** As above, with other rules. */
    public LeaseBackend(
            LeaseStore store,
            String member,
            Timing timing,
            Supplier<String> incarnations,
            RandomGenerator random,
            Ticker ticker,
            Rules rules) {
        this.store = store;
        this.member = member;
        this.timing = timing.inStepsOf(store.durationStep());
        this.incarnations = incarnations;
        this.random = random;
        this.ticker = ticker;
        this.rules = rules;
        this.namesakes = new Namesakes(member);
    }

    @Override
    public void open(Listener<LeaseReply> listener) throws Exception {
        this.listener = listener;
        store.open(member, new LeaseStore.Listener() {
            @Override
            public void changed(String lock, StoredRecord stored) {
                namesakes.seen(lock, stored);
                listener.observed(lock, new LeaseReply.Changed(stored));
            }

            @Override
            public void look(String lock) {
                listener.observed(lock, new LeaseReply.Look());
            }

            @Override
            public void lookAll() {
                listener.observedAll(new LeaseReply.Look());
            }

            @Override
            public void watching(boolean live, @Nullable String reason) {
                LeaseReply.Watching now = new LeaseReply.Watching(reports.incrementAndGet(), live, reason);
                logIfNew(watching, now);
                watching = now;
                listener.watching(live, reason);
                listener.observedAll(now);
            }

            @Override
            public void members(List<String> ids) {
                LeaseReply.Members now = new LeaseReply.Members(reports.incrementAndGet(), ids);
                members = now;
                listener.observedAll(now);
                listener.membersChanged(now.ids());
            }

            @Override
            public void within(Runnable task) {
                listener.within(task);
            }
        });
    }

    /** Nothing else shows that a permission to watch is missing, or why a hand-over takes up to the retry period. */
    private void logIfNew(LeaseReply.@Nullable Watching before, LeaseReply.Watching now) {
        if (!now.live() && (before == null || before.live() || !Objects.equals(before.reason(), now.reason()))) {
            LOG.info(
                    "{}: changes are not reported, so every lock is looked at once in {} ms: {}",
                    member,
                    timing.retryPeriod().toMillis(),
                    now.reason());
        } else if (now.live() && before != null && !before.live()) {
            LOG.info("{}: changes are reported again", member);
        }
    }

    /** Few locks are renewed more often than many. Told with no lock held: the numbers say which report is the last. */
    private void count() {
        LeaseReply.Load now = newLoad();
        if (now != null) {
            Objects.requireNonNull(listener).observedAll(now);
        }
    }

    private synchronized LeaseReply.@Nullable Load newLoad() {
        int locks = Math.min(candidates.size(), Timing.MANY_LOCKS);
        LeaseReply.Load before = load;
        if (before != null && before.locks() == locks) {
            return null;
        }
        LeaseReply.Load now = new LeaseReply.Load(reports.incrementAndGet(), locks);
        load = now;
        return now;
    }

    @Override
    public Candidate<LeaseCommand, LeaseReply> candidate(String lock) {
        return new Connection(store, lock, true);
    }

    @Override
    public Candidate<LeaseCommand, LeaseReply> rehearsal() {
        MemoryLeaseStore alone = new MemoryLeaseStore(new MemoryLeaseStore.Shelf());
        alone.open(member, new MemoryLeaseStore.Deaf());
        return new Connection(alone, " ", false);
    }

    @Override
    public void close() {
        store.close();
    }

    private final class Connection implements Candidate<LeaseCommand, LeaseReply> {
        private final LeaseStore of;
        private final String lock;
        private final boolean isReal;
        private final String incarnation;
        private final Election<LeaseCommand, LeaseReply> election;
        private CallQueue.@Nullable Place place;

        /** Whether the last call of this lock that was sent has not been answered in time. */
        private volatile boolean hangs;

        /** When the call in flight was sent; null while it waits. */
        private volatile @Nullable Long sentNanos;

        Connection(LeaseStore of, String lock, boolean isReal) {
            this.of = of;
            this.lock = lock;
            this.isReal = isReal;
            if (isReal) {
                candidates.merge(lock, 1, Integer::sum);
                count();
            }
            this.incarnation = incarnations.get();
            Namesakes.begins(incarnation);
            this.election = rules.of(lock, member, incarnation, timing, random);
        }

        @Override
        public Election<LeaseCommand, LeaseReply> election() {
            return election;
        }

        @Override
        public List<LeaseReply> known() {
            if (!isReal) {
                return List.of();
            }
            List<LeaseReply> all = new ArrayList<>(3);
            for (LeaseReply report : new @Nullable LeaseReply[] {watching, members, load}) {
                if (report != null) {
                    all.add(report);
                }
            }
            return all;
        }

        @Override
        public CompletionStage<LeaseReply> perform(LeaseCommand command) {
            CompletableFuture<LeaseReply> reply = new CompletableFuture<>();
            sentNanos = null;
            // Where many hang, those whose calls are answered must not queue behind the next attempts of those whose
            // calls are not.
            long neededByNanos = command.neededByNanos() + (hangs ? timing.leaseNanos() : 0);
            CallQueue.Place mine = queue.place(neededByNanos, turn -> {
                sentNanos = ticker.nanos();
                send(command).whenComplete((answer, failure) -> {
                    hangs = false;
                    turn.leave();
                    Objects.requireNonNull(listener)
                            .within(() -> reply.complete(failure == null ? answer : unknown(failure)));
                });
            });
            place = mine;
            mine.enter();
            return reply;
        }

        private CompletionStage<LeaseReply> send(LeaseCommand command) {
            try {
                if (command instanceof LeaseCommand.Write write) {
                    return answered(of.write(lock, write.expected(), write.next()), "write")
                            .thenApply(outcome -> answer(answered(outcome, "write")));
                }
                return answered(of.read(lock), "read").thenApply(stored -> {
                    StoredRecord found = answered(stored, "read");
                    if (isReal) {
                        namesakes.seen(lock, found);
                    }
                    return new LeaseReply.Found(found);
                });
            } catch (Throwable t) {
                return CompletableFuture.failedStage(t);
            }
        }

        /** Stores are written by others: null says nothing, so that the outcome is unknown. */
        @SuppressWarnings("ConstantValue")
        private static <T> T answered(T answer, String method) {
            if (answer == null) {
                throw new IllegalStateException(
                        "the store answered " + method + " with null; a LeaseStore answers with a value or fails");
            }
            return answer;
        }

        private static LeaseReply answer(LeaseStore.Outcome outcome) {
            return outcome instanceof LeaseStore.Outcome.Written written
                    ? new LeaseReply.Written(written.stored())
                    : new LeaseReply.Conflict();
        }

        private static LeaseReply unknown(Throwable failure) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            String message = cause.getMessage();
            return new LeaseReply.Unknown(message == null ? cause.toString() : message);
        }

        @Override
        public String operation(LeaseCommand command) {
            return command.operation().name().toLowerCase(Locale.ROOT);
        }

        @Override
        public boolean isContact(LeaseReply reply) {
            return !(reply instanceof LeaseReply.Unknown
                    || reply instanceof LeaseReply.Load
                    || reply instanceof LeaseReply.Members
                    || (reply instanceof LeaseReply.Watching watching && !watching.live()));
        }

        @Override
        public long unanswered(long askedNanos, long nowNanos, long timeoutNanos) {
            long patienceNanos = timeoutNanos / PATIENCE_DIVISOR;
            Long sent = sentNanos;
            if (sent == null) {
                return nowNanos + patienceNanos; // it waits: its time begins when it is sent
            }
            if (nowNanos - sent < patienceNanos) {
                return sent + patienceNanos;
            }
            Objects.requireNonNull(place).linger();
            return sent + timeoutNanos;
        }

        @Override
        public void overdue() {
            CallQueue.Place late = place;
            if (late != null) {
                hangs |= late.wasLetIn();
                late.leave(); // it may hang for ever; whoever waits behind it must not
            }
        }

        @Override
        public void close() {
            CallQueue.Place last = place;
            if (last != null) {
                last.leave(); // its answer is awaited no longer, and it must not begin after the store is closed
            }
            Namesakes.ends(incarnation);
            if (!isReal) {
                of.close();
            } else if (candidates.computeIfPresent(lock, (l, count) -> count == 1 ? null : count - 1) == null) {
                namesakes.forget(lock);
                of.forget(lock);
                count();
            }
        }
    }
}
