package io.github.camelmasterlite.simulation;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.history.History;
import io.github.camelmasterlite.history.History.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store that keeps its own promises, behind a network that keeps none. It behaves as a Kubernetes API server does where that is peculiar: a write
 * with a version but without the identity of the object creates anew what was deleted.
 *
 * <p>It watches over two promises that no observer of the work could see: nobody brings back a record that was deleted, and nobody clears a record that
 * another holds.
 */
final class SimulatedStore {

    /** The revision that a write without a version names; only broken rules do that. */
    static final long ANY_REVISION = -1;

    private static final long MILLI = 1_000_000L;

    /** What may vanish between a member and the store. */
    enum Way {
        REQUESTS,
        WRITES,
        REPLIES
    }

    /** The tenure of a record. */
    private record TenureKey(String lock, String incarnation, long term) {}

    private final World world;
    private final Faults faults;
    private final History history;
    private final List<String> violations;
    private final Map<String, StoredRecord> records = new TreeMap<>();
    private final Map<TenureKey, Long> tokens = new HashMap<>();
    private final List<Connection> connections = new ArrayList<>();
    private final Set<String> toldOfHolder = new HashSet<>();
    private long revisions = 1_000;
    private long identities;
    private int creationsUnderWay;
    private int acquisitions;
    private int acquisitionsInVain;
    private boolean countsReads;
    private boolean isCalm;

    SimulatedStore(World world, Faults faults, History history, List<String> violations) {
        this.world = world;
        this.faults = faults;
        this.history = history;
        this.violations = violations;
    }

    /** From now on the network works. */
    void calm() {
        isCalm = true;
        connections.forEach(Connection::heal);
    }

    /** From now on it is counted who asks. */
    void countReads() {
        countsReads = true;
    }

    /** How many tries to acquire came too late, as a share of all. */
    double inVain() {
        return acquisitions == 0 ? 0 : (double) acquisitionsInVain / acquisitions;
    }

    int acquisitions() {
        return acquisitions;
    }

    StoredRecord at(String lock) {
        StoredRecord stored = records.get(lock);
        return stored == null ? StoredRecord.absent(revisions) : stored;
    }

    private LeaseStore.Outcome replace(String lock, StoredRecord expected, LeaseRecord next, String writer) {
        StoredRecord stored = records.get(lock);
        boolean isBlind = expected.revision() == ANY_REVISION;
        boolean bringsBack =
                stored == null && expected.kind() != StoredRecord.Kind.ABSENT && expected.identity() == null;
        boolean isAsExpected = stored == null
                ? expected.kind() == StoredRecord.Kind.ABSENT || bringsBack
                : expected.kind() != StoredRecord.Kind.ABSENT
                        && stored.revision() == expected.revision()
                        && (expected.identity() == null || expected.identity().equals(stored.identity()));
        boolean acquires = next.isHeld() && next.acquiredAtMicros() == next.renewedAtMicros();
        acquisitions += acquires ? 1 : 0;
        if (!isAsExpected && !isBlind) {
            acquisitionsInVain += acquires ? 1 : 0;
            return new LeaseStore.Outcome.Conflict();
        }
        if (bringsBack) {
            violations.add("NothingIsBroughtBack: " + writer + " wrote to the record of " + lock + " that was deleted");
        }
        if (!next.isHeld() && stored != null && stored.isHeld() && !isBy(stored, next)) {
            violations.add("NobodyClearsForeignRecords: " + writer + " emptied " + stored.record());
        }
        Object identity = stored == null ? Long.valueOf(++identities) : stored.identity();
        StoredRecord written = StoredRecord.of(next, ++revisions, identity);
        records.put(lock, written);
        world.trace("store", writer + " wrote " + brief(written));
        LeaseRecord.Signature by = next.signature();
        if (by != null) {
            TenureKey key = new TenureKey(lock, by.incarnation(), by.term());
            tokens.putIfAbsent(key, written.revision());
            if (by.released()) {
                history.add(world.nanos(), writer, lock, Kind.RELEASED, tokens.get(key));
            }
        }
        publish(lock, written);
        return new LeaseStore.Outcome.Written(written);
    }

    private static boolean isBy(StoredRecord stored, LeaseRecord next) {
        LeaseRecord record = stored.record();
        return record != null
                && record.signature() != null
                && next.signature() != null
                && record.isSigned()
                && record.signature().incarnation().equals(next.signature().incarnation());
    }

    private static String brief(StoredRecord stored) {
        LeaseRecord record = stored.record();
        return stored.revision() + " "
                + (record == null
                        ? stored.kind().toString()
                        : "'" + record.holder() + "' term " + record.term() + " for " + record.duration());
    }

    // ---- people

    /**
     * Whether every member that is connected has seen the present tenure, and none is about to create the record: one that has not, or is, cannot know that somebody
     * leads, which is excluded.
     */
    boolean everybodyHasSeenTheHolder(String lock) {
        StoredRecord stored = at(lock);
        return creationsUnderWay == 0
                && connections.stream().allMatch(connection -> toldOfHolder.contains(connection.key(lock, stored)));
    }

    /** Puts an earlier state of the whole store back, as a restored backup does. */
    void restore(String lock, StoredRecord earlier) {
        world.trace("people", "restore the record of " + lock + " as it was: " + brief(earlier));
        records.put(lock, earlier);
        revisions = earlier.revision();
    }

    void delete(String lock) {
        world.trace("people", "delete the record of " + lock);
        if (records.remove(lock) != null) {
            revisions++;
            publish(lock, StoredRecord.absent(revisions));
        }
    }

    void edit(String lock, @Nullable LeaseRecord next) {
        StoredRecord before = records.get(lock);
        if (before == null) {
            return;
        }
        StoredRecord edited = next == null
                ? StoredRecord.garbage(++revisions, before.identity())
                : StoredRecord.of(next, ++revisions, before.identity());
        records.put(lock, edited);
        world.trace("people", "edit to " + brief(edited));
        publish(lock, edited);
    }

    private void publish(String lock, StoredRecord stored) {
        for (Connection connection : List.copyOf(connections)) {
            connection.publish(lock, stored);
        }
    }

    /** One member's way to the store, through its network. */
    final class Connection implements LeaseStore {

        private final String member;
        private final String incarnation;
        private final boolean canWatch;
        private final List<StoredRecord> published = new ArrayList<>();
        private final List<String> publishedLocks = new ArrayList<>();
        private final Map<String, Integer> readsWhileWatching = new TreeMap<>();
        private @Nullable Listener listener;
        private final Map<Way, Long> vanishUntil = new EnumMap<>(Way.class);
        private long watchIsDeadUntil;
        private boolean watchHasEnded;

        Connection(String member, String incarnation) {
            this.member = member;
            this.incarnation = incarnation;
            this.canWatch = faults.areTold() || !world.chance(0.1);
        }

        private String key(String lock, StoredRecord stored) {
            LeaseRecord record = stored.record();
            return incarnation + " " + lock + (record == null ? "" : " " + record.holder() + " " + record.term());
        }

        @Override
        public void open(String member, Listener listener) {
            this.listener = listener;
            connections.add(this);
            if (canWatch) {
                listener.watching(true, null);
            }
        }

        /** How often it has asked about a lock, though it would have been told, since that is counted. */
        int readsWhileWatching(String lock) {
            return readsWhileWatching.getOrDefault(lock, 0);
        }

        void members(List<String> ids) {
            if (listener != null) {
                listener.members(ids);
            }
        }

        void partition(long nanos) {
            vanish(List.of(Way.values()).get(world.random.nextInt(Way.values().length)), nanos);
        }

        void vanish(Way what, long nanos) {
            world.trace(member, "its " + what.name().toLowerCase(Locale.ROOT) + " vanish for " + nanos / MILLI + " ms");
            vanishUntil.put(what, world.nanos() + nanos);
        }

        private boolean vanishes(Way what) {
            return world.nanos() < vanishUntil.getOrDefault(what, 0L);
        }

        void killWatch(long nanos) {
            world.trace(member, "its watch is dead for " + nanos / MILLI + " ms");
            watchIsDeadUntil = world.nanos() + nanos;
        }

        void endWatch(long nanos) {
            if (!canWatch || watchHasEnded || listener == null) {
                return;
            }
            watchHasEnded = true;
            listener.watching(false, "refused");
            world.after(nanos, this::watchAgain);
        }

        private void watchAgain() {
            if (watchHasEnded && listener != null) {
                watchHasEnded = false;
                listener.watching(true, null);
            }
        }

        /** Tells again what was told long ago. */
        void replay() {
            if (!published.isEmpty() && listener != null) {
                int which = world.random.nextInt(published.size());
                listener.changed(publishedLocks.get(which), published.get(which));
            }
        }

        void heal() {
            vanishUntil.clear();
            watchIsDeadUntil = 0;
            watchAgain();
        }

        private void publish(String lock, StoredRecord stored) {
            if (!canWatch || watchHasEnded || world.nanos() < watchIsDeadUntil) {
                return;
            }
            published.add(stored);
            publishedLocks.add(lock);
            long late = faulty(Faults.Kind.WATCH, 0.1) ? 9_000 * MILLI : 5 * MILLI;
            world.after(world.between(MILLI / 4, late), () -> {
                if (listener != null && !watchHasEnded && world.nanos() >= watchIsDeadUntil) {
                    note(lock, stored);
                    listener.changed(lock, stored);
                }
            });
        }

        private void note(String lock, StoredRecord stored) {
            if (stored.isHeld()) {
                toldOfHolder.add(key(lock, stored));
            }
        }

        @Override
        public CompletionStage<StoredRecord> read(String lock) {
            CompletableFuture<StoredRecord> reply = new CompletableFuture<>();
            if (countsReads && canWatch && !watchHasEnded) {
                readsWhileWatching.merge(lock, 1, Integer::sum);
            }
            request(reply, () -> at(lock), false, false);
            return reply.whenComplete((stored, failure) -> {
                if (stored != null) {
                    note(lock, stored);
                }
            });
        }

        @Override
        public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
            CompletableFuture<Outcome> reply = new CompletableFuture<>();
            boolean isRefused = faulty(Faults.Kind.ERRORS, 0.06);
            request(
                    reply,
                    () -> isRefused ? new Outcome.Conflict() : replace(lock, expected, next, member),
                    true,
                    expected.kind() == StoredRecord.Kind.ABSENT);
            return reply;
        }

        private <T> void request(CompletableFuture<T> reply, Supplier<T> effect, boolean isWrite, boolean creates) {
            boolean lost =
                    vanishes(Way.REQUESTS) || (isWrite && vanishes(Way.WRITES)) || faulty(Faults.Kind.LOSS, 0.04);
            boolean failsBefore = faulty(Faults.Kind.ERRORS, 0.06);
            boolean failsAfter = faulty(Faults.Kind.ERRORS, 0.04);
            boolean twice = isWrite && faulty(Faults.Kind.DUPLICATES, 0.1);
            long there = network();
            if (lost) {
                return;
            }
            creationsUnderWay += creates ? 1 : 0;
            world.after(there, () -> {
                creationsUnderWay -= creates ? 1 : 0;
                if (failsBefore) {
                    answer(reply, null, true);
                    return;
                }
                T outcome = effect.get();
                if (twice) {
                    creationsUnderWay += creates ? 1 : 0;
                    world.after(network(), () -> {
                        creationsUnderWay -= creates ? 1 : 0;
                        T second = effect.get();
                        world.trace("store", member + " again: " + second);
                    });
                }
                answer(reply, outcome, failsAfter);
            });
        }

        private <T> void answer(CompletableFuture<T> reply, @Nullable T outcome, boolean fails) {
            if (faulty(Faults.Kind.LOSS, 0.04)) {
                return;
            }
            world.after(network(), () -> {
                if (vanishes(Way.REPLIES)) {
                    return;
                }
                if (fails || outcome == null) {
                    reply.completeExceptionally(new IllegalStateException("500"));
                } else {
                    reply.complete(outcome);
                }
            });
        }

        private boolean faulty(Faults.Kind kind, double probability) {
            return !isCalm && faults.has(kind) && world.chance(probability);
        }

        private long network() {
            if (faulty(Faults.Kind.DELAY, 0.15)) {
                return world.between(0, 9_000 * MILLI);
            }
            return world.between(MILLI / 4, 4 * MILLI);
        }

        @Override
        public Duration durationStep() {
            return Duration.ofSeconds(1);
        }

        @Override
        public void close() {
            connections.remove(this);
            listener = null;
        }
    }
}
