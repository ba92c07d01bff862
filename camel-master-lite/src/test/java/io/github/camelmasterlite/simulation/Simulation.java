package io.github.camelmasterlite.simulation;

import io.github.camelmasterlite.election.LeaseElection;
import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.Phase;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.engine.LeaseBackend;
import io.github.camelmasterlite.history.ActsOnlyWithinTenure;
import io.github.camelmasterlite.history.AtMostOneActive;
import io.github.camelmasterlite.history.ConvergesWithin;
import io.github.camelmasterlite.history.History;
import io.github.camelmasterlite.history.HistoryChecker;
import io.github.camelmasterlite.history.NoNewTenureBeforeOldWorkEnded;
import io.github.camelmasterlite.history.ReleaseAfterStop;
import io.github.camelmasterlite.history.TokensIncrease;
import io.github.camelmasterlite.history.Verdict;
import io.github.camelmasterlite.simulation.Faults.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Ten virtual minutes of a cluster with faults, in which nobody may break a promise, then a calm in which every lock must find a leader. All of it follows from the seed.
 */
public final class Simulation {

    private static final long SECOND = 1_000_000_000L;
    private static final long FAULTY_NANOS = 600 * SECOND;

    /** Where members only come and go, one write usually wins: at most so many of all tries are beaten. */
    private static final double MOST_IN_VAIN = 0.4;

    private static final Pattern MOMENT = Pattern.compile("(?:from|at) (\\d{6,})");
    private static final long WATCHED_CALM_NANOS = 30 * SECOND;

    /**
     * What came of a simulation.
     *
     * @param seed       what it was drawn from
     * @param violations broken promises, each with the name of the promise in front
     * @param excused    overlaps that the guarantees exclude
     * @param tenures    how many tenures there were
     * @param report     how to run it again, its configuration, and the last lines of its trace
     */
    public record Result(long seed, List<String> violations, List<String> excused, int tenures, String report) {}

    private final World world;
    private final Faults faults;
    private final History history = new History();
    private final List<String> violations = new ArrayList<>();
    private final SimulatedStore store;
    private final LeaseBackend.Rules rules;
    private final long seed;
    private final List<SimulatedMember> members = new ArrayList<>();
    private int incarnations;
    private long noStartsBeforeNanos;
    private long nextPauseNanos;

    private Simulation(long seed, @Nullable Set<Kind> kinds, LeaseBackend.Rules rules, long traceUntilNanos) {
        this.seed = seed;
        this.rules = rules;
        this.world = new World(seed, traceUntilNanos);
        this.faults = kinds == null ? Faults.draw(world) : Faults.of(world, kinds);
        this.store = new SimulatedStore(world, faults, history, violations);
    }

    /** Runs one seed with the rules as they are. */
    public static Result run(long seed) {
        return run(seed, null, LeaseElection::new, checker -> true);
    }

    /**
     * Runs one seed.
     *
     * @param kinds   what goes wrong; null to draw that from the seed
     * @param rules   the rules
     * @param applies which promises are looked at, by the simple name of their checker
     */
    static Result run(long seed, @Nullable Set<Kind> kinds, LeaseBackend.Rules rules, Predicate<String> applies) {
        Result result = new Simulation(seed, kinds, rules, Long.MAX_VALUE).run(applies);
        Matcher when = MOMENT.matcher(
                result.violations().isEmpty() ? "" : result.violations().get(0));
        // The interesting lines are those before the first break, not those before the end.
        return when.find()
                ? new Simulation(seed, kinds, rules, Long.parseLong(when.group(1)) + SECOND).run(applies)
                : result;
    }

    private Result run(Predicate<String> applies) {
        for (int i = 0; i < faults.timings().size(); i++) {
            int index = i;
            world.after(
                    world.chance(0.7) ? world.between(0, SECOND / 10) : world.between(0, 20 * SECOND),
                    () -> start("m" + (index + 1), index));
        }
        world.after(world.between(0, SECOND), this::misbehave);
        List<String> failures = new ArrayList<>();
        try {
            world.runUntil(FAULTY_NANOS);
            calmDown();
            world.runUntil(FAULTY_NANOS + bound().toNanos());
            store.countReads();
            world.runUntil(FAULTY_NANOS + bound().toNanos() + WATCHED_CALM_NANOS);
            costs();
        } catch (RuntimeException e) {
            failures.add("Threw: " + e);
        }
        Verdict verdict = HistoryChecker.all(history, checkers(applies));
        violations.stream()
                .filter(found -> applies.test(found.substring(0, found.indexOf(':'))))
                .distinct()
                .forEach(failures::add);
        failures.addAll(verdict.violations());
        long thrown = members.stream().mapToLong(SimulatedMember::failures).sum();
        if (thrown > 0) {
            failures.add("NothingThrows: " + thrown + " times something threw behind the edge of a loop");
        }
        int tenures = history.work().values().stream().mapToInt(List::size).sum();
        return new Result(seed, failures, verdict.excused(), tenures, report(failures));
    }

    /** What is promised about the costs, and can be seen in the requests only. One read is for a member that has just started, or for one whose watch has just come back. */
    private void costs() {
        for (SimulatedMember member : members) {
            member.shares().forEach(share -> {
                int reads = member.connection().readsWhileWatching(share.lock());
                if (member.isAlive() && share.standing().phase() == Phase.FOLLOWING && reads > 1) {
                    violations.add("WaitingCostsNothing: " + member.id() + " asked " + reads + " times about "
                            + share.lock() + " in a calm, though its watch is live");
                }
            });
        }
        if (faults.kinds().equals(EnumSet.of(Kind.LEAVING))
                && store.acquisitions() >= 20
                && store.inVain() > MOST_IN_VAIN) {
            violations.add("CandidatesQueue: of " + store.acquisitions() + " tries to acquire, "
                    + Math.round(store.inVain() * 100) + " % came too late");
        }
    }

    private List<HistoryChecker> checkers(Predicate<String> applies) {
        List<String> locks = new ArrayList<>();
        for (int i = 1; i <= faults.locks(); i++) {
            locks.add("lock" + i);
        }
        List<HistoryChecker> all = List.of(
                new AtMostOneActive(faults.margin(), stopWithin()),
                new TokensIncrease(),
                new ActsOnlyWithinTenure(),
                new ReleaseAfterStop(),
                new NoNewTenureBeforeOldWorkEnded(),
                new ConvergesWithin(
                        bound(), locks, FAULTY_NANOS, FAULTY_NANOS + bound().toNanos() + WATCHED_CALM_NANOS));
        return all.stream()
                .filter(checker -> applies.test(checker.getClass().getSimpleName()))
                .toList();
    }

    /** How long a member that was paused for too long may take to end its work: its clock may have stood still, too. */
    private Duration stopWithin() {
        Duration stop = faults.longestStop();
        if (faults.has(Kind.SUSPEND)) {
            stop = stop.plus(faults.longestLease());
        }
        return stop.plusMillis(500);
    }

    /**
     * Who waits for a member of another kind waits twice; then work that was told to stop late ends, a candidate waits its turn and asks. Who waits behind a watch that has
     * died silently notices after three quarters of that.
     */
    private Duration bound() {
        Duration wait = faults.longestLease().multipliedBy(2);
        Duration silence = faults.has(Kind.WATCH) ? wait.multipliedBy(3).dividedBy(4) : Duration.ZERO;
        return wait.plus(silence).plus(faults.longestStop()).plusSeconds(12);
    }

    private String report(List<String> failures) {
        StringBuilder out = new StringBuilder();
        out.append("seed ")
                .append(seed)
                .append(", ")
                .append(faults.kinds())
                .append(", ")
                .append(faults.timings().size())
                .append(" members, ")
                .append(faults.locks())
                .append(" locks of ")
                .append(faults.load())
                .append(", ")
                .append(faults.timings().get(0))
                .append('\n');
        failures.stream().limit(5).forEach(line -> out.append("  ").append(line).append('\n'));
        out.append("again: mvn -B test -pl camel-master-lite -Dtest=SimulationTest -Dsim.seed=")
                .append(seed)
                .append('\n');
        if (!failures.isEmpty()) {
            history.tail("lock1", 40)
                    .forEach(line -> out.append("  ").append(line).append('\n'));
            world.lastLines().forEach(line -> out.append(line).append('\n'));
        }
        return out.toString();
    }

    // ---- members

    private void start(String id, int index) {
        long wait = noStartsBeforeNanos - world.nanos();
        if (wait > 0) {
            // A member that starts after somebody has deleted a record that is held is an exclusion; it has a test of
            // its own.
            world.after(wait, () -> start(id, index));
            return;
        }
        members.add(new SimulatedMember(
                world,
                faults,
                history,
                store,
                id,
                "i" + ++incarnations,
                faults.timings().get(index),
                rules));
        tellMembers();
    }

    private void tellMembers() {
        List<String> ids = members.stream()
                .filter(SimulatedMember::isAlive)
                .map(SimulatedMember::id)
                .toList();
        members.stream()
                .filter(SimulatedMember::isAlive)
                .forEach(member -> member.connection().members(ids));
    }

    private @Nullable SimulatedMember any() {
        List<SimulatedMember> alive =
                members.stream().filter(SimulatedMember::isAlive).toList();
        return alive.isEmpty() ? null : alive.get(world.random.nextInt(alive.size()));
    }

    /** Mostly somebody who leads: faults of others rarely matter. */
    private @Nullable SimulatedMember anyLeader() {
        List<SimulatedMember> leading = members.stream()
                .filter(member -> member.isAlive() && member.hasWork())
                .toList();
        return leading.isEmpty() || world.chance(0.3) ? any() : leading.get(world.random.nextInt(leading.size()));
    }

    // ---- faults

    private void misbehave() {
        if (world.nanos() >= FAULTY_NANOS) {
            return;
        }
        world.after(world.between(SECOND / 2, 12 * SECOND), this::misbehave);
        Kind kind = List.copyOf(faults.kinds())
                .get(world.random.nextInt(faults.kinds().size()));
        SimulatedMember member = anyLeader();
        if (member == null) {
            return;
        }
        String lock = "lock" + (1 + world.random.nextInt(faults.locks()));
        switch (kind) {
            case PARTITION -> member.connection().partition(world.between(SECOND, 40 * SECOND));
            case CRASH -> crash(member);
            case SHORT_PAUSE -> pauseShortly(member);
            case LONG_PAUSE -> member.pause(world.between(faults.margin().toNanos(), 60 * SECOND));
            case SUSPEND -> {
                if (world.nanos() >= nextPauseNanos) {
                    long nanos = world.between(SECOND / 10, 60 * SECOND);
                    nextPauseNanos =
                            world.nanos() + nanos + 2 * faults.longestLease().toNanos();
                    member.suspend(nanos);
                }
            }
            case WALL_JUMP ->
                member.setWallClock(
                        world.chance(0.5)
                                ? world.between(-3_600, 3_600) * 1_000_000
                                : world.between(-2_000_000, 2_000_000));
            case LEAVING -> leave(member, lock);
            case EDITS -> edit(lock);
            case WATCH -> watch(member);
            case LOSS, DELAY, ERRORS, DUPLICATES, SLOW_WORK, MIXED_TIMES -> {}
        }
    }

    private void crash(SimulatedMember member) {
        member.crash();
        tellMembers();
        int index = Integer.parseInt(member.id().substring(1).split("x", -1)[0]) - 1;
        String id = world.chance(0.5) ? member.id() : "m" + (index + 1) + "x" + incarnations;
        world.after(world.between(SECOND / 10, 40 * SECOND), () -> start(id, index));
    }

    private void pauseShortly(SimulatedMember member) {
        if (world.nanos() >= nextPauseNanos) {
            long nanos = world.between(0, faults.margin().toNanos());
            nextPauseNanos = world.nanos() + 2 * faults.longestLease().toNanos();
            member.pause(nanos);
        }
    }

    private void leave(SimulatedMember member, String lock) {
        SimulatedMember.Share share = member.share(lock);
        switch (world.random.nextInt(3)) {
            case 0 -> share.seat().resign(world.between(0, 5 * SECOND));
            case 1 -> {
                share.seat().standDown();
                world.after(world.between(0, 20 * SECOND), () -> share.seat().stand());
            }
            default -> {
                share.seat().resign(0);
                share.seat().resign(world.between(0, SECOND));
            }
        }
    }

    private void watch(SimulatedMember member) {
        switch (world.random.nextInt(3)) {
            case 0 -> member.connection().killWatch(world.between(SECOND, 60 * SECOND));
            case 1 -> member.connection().endWatch(world.between(SECOND, 60 * SECOND));
            default -> {
                for (int i = 0; i < 5; i++) {
                    member.connection().replay();
                }
            }
        }
    }

    private void edit(String lock) {
        StoredRecord stored = store.at(lock);
        LeaseRecord record = stored.record();
        boolean mayEnd =
                store.everybodyHasSeenTheHolder(lock) && record != null && everybodyShows(record.holder(), lock);
        int what = world.random.nextInt(5);
        if (record == null || what == 0) {
            store.edit(lock, record == null ? foreign(1) : record); // nothing of the lock's own changes
        } else if (what == 1 && mayEnd) {
            startNobodyForAWhile();
            store.delete(lock);
        } else if (what == 2 && mayEnd) {
            startNobodyForAWhile();
            store.edit(
                    lock,
                    new LeaseRecord(
                            "",
                            record.signature(),
                            record.duration(),
                            record.acquiredAtMicros(),
                            record.renewedAtMicros(),
                            record.term()));
        } else if (what == 3) {
            store.edit(lock, null);
        } else if (what == 4 && mayEnd) {
            // One that takes what is held, as a library with a fault might.
            store.edit(lock, foreignKeepingSignature(record));
        }
    }

    /** An answer that came too late was told, but not heard. */
    private boolean everybodyShows(String holder, String lock) {
        return members.stream()
                .filter(SimulatedMember::isAlive)
                .allMatch(member -> holder.equals(member.share(lock).standing().leader()));
    }

    private void startNobodyForAWhile() {
        noStartsBeforeNanos = world.nanos() + 3 * faults.longestLease().toNanos();
    }

    private LeaseRecord foreign(long term) {
        return new LeaseRecord("people", null, faults.longestLease(), 1, world.nanos() / 1_000, term);
    }

    /** As other libraries do: what they do not know they keep. */
    private LeaseRecord foreignKeepingSignature(LeaseRecord record) {
        boolean sameMember = world.chance(0.3);
        return new LeaseRecord(
                sameMember ? record.holder() : "people",
                record.signature(),
                record.duration(),
                record.acquiredAtMicros(),
                record.renewedAtMicros() + 1_000_000,
                record.term() + 1);
    }

    private void calmDown() {
        world.trace("world", "calm");
        store.calm();
        for (SimulatedMember member : List.copyOf(members)) {
            member.calm();
            if (member.isAlive()) {
                member.shares().forEach(share -> share.seat().stand());
            }
        }
        if (faults.has(Kind.EDITS)) {
            touch(FAULTY_NANOS + bound().toNanos() + WATCHED_CALM_NANOS);
        }
        if (members.stream().noneMatch(SimulatedMember::isAlive)) {
            noStartsBeforeNanos = 0;
            start("m1", 0);
        }
    }

    /** Somebody goes on touching the records without changing anything: no reason to wait. */
    private void touch(long untilNanos) {
        for (int i = 1; i <= faults.locks(); i++) {
            LeaseRecord record = store.at("lock" + i).record();
            if (record != null) {
                store.edit("lock" + i, record);
            }
        }
        if (world.nanos() < untilNanos) {
            world.after(SECOND, () -> touch(untilNanos));
        }
    }
}
