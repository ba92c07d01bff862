package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.election.Effect;
import io.github.camelmasterlite.election.Event;
import io.github.camelmasterlite.election.Moment;
import io.github.camelmasterlite.election.Phase;
import io.github.camelmasterlite.election.Standing;
import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.file.LockReply.Predecessor;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * One election, a little model of the files, and any event at any moment: what must hold holds after every one of them. Replay one seed with
 * {@code -Dwalk.seed=N}.
 */
class LockElectionWalkTest {

    private static final int SEEDS = 2_000;
    private static final int EVENTS = 200;

    @Test
    void whateverHappensInWhateverOrderTheRulesHold() {
        Long only = Long.getLong("walk.seed");
        long tenures = 0;
        for (long seed = only == null ? 1 : only; seed <= (only == null ? SEEDS : only); seed++) {
            tenures += new Walk(seed).run();
        }
        assertThat(tenures)
                .as("a walk in which nobody ever leads proves nothing")
                .isGreaterThan(only == null ? 2 * SEEDS : -1);
    }

    private static final class Walk {

        private final long seed;
        private final Random random;
        private final LockTiming timing;
        private final LockElection election;
        private final Deque<List<Object>> trace = new ArrayDeque<>();
        private long nanos;
        private long wallMillis = 1_700_000_000_000L;

        // The files.
        private int file;
        private int files;
        private boolean heldByUs;
        private int heldFile;
        private boolean heldByOther;
        private boolean diskFails;
        private long epochOnDisk;
        private long epochRead;
        private long highestToken;

        // What the election asked for and was told.
        private @Nullable Long callId;
        private @Nullable LockCommand command;
        private boolean mayBelieveItHolds;
        private boolean claimed;
        private boolean working;
        private boolean stopTold;
        private @Nullable Tenure tenure;
        private long started;
        private boolean stopped;

        Walk(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            this.nanos = random.nextLong();
            this.timing = new LockTiming(
                    1_000_000_000L,
                    1_000_000_000L,
                    random.nextBoolean() ? 2_000_000_000L : 200_000_000L,
                    10_000_000L,
                    5_000_000_000L);
            this.election = new LockElection("lock1", "a", timing);
        }

        long run() {
            try {
                for (int i = 0; i < EVENTS; i++) {
                    step();
                }
                // Faults off: whoever withdraws must come to an end.
                diskFails = false;
                on(new Event.Withdraw<>());
                for (int i = 0; i < 50 && !stopped; i++) {
                    if (callId != null) {
                        answer();
                    } else if (working && stopTold) {
                        workStopped();
                    } else {
                        toDeadline();
                    }
                }
                check(stopped, "withdrawn but not stopped");
                return started;
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "seed " + seed + ": " + e + "\n"
                                + trace.stream().map(List::toString).collect(Collectors.joining("\n")),
                        e);
            }
        }

        private void step() {
            switch (random.nextInt(24)) {
                case 0, 1, 2, 3, 4, 5, 6 -> {
                    if (callId != null) {
                        answer();
                    } else {
                        toDeadline();
                    }
                }
                case 7, 8 -> toDeadline();
                case 9 -> pass(random.nextInt(3) * 700_000_000L, new Event.Tick<>());
                case 10 -> on(new Event.Observed<>(any(LockReply.Hint.values())));
                case 11, 12 -> on(new Event.Stand<>());
                case 13 -> {
                    if (random.nextInt(4) == 0) {
                        on(new Event.StandDown<>());
                    }
                }
                case 14 -> {
                    if (random.nextInt(3) == 0) {
                        on(new Event.Resign<>(random.nextInt(3) * 400_000_000L));
                    }
                }
                case 15 -> {
                    if (random.nextInt(40) == 0) {
                        on(new Event.Withdraw<>());
                    }
                }
                case 16, 17 -> {
                    if (working && stopTold) {
                        workStopped();
                    }
                }
                case 18 -> on(new Event.WorkStopped<>(-1));
                case 19 -> pass(3_000_000_000L, new Event.Paused<>(3_000_000_000L));
                case 20 -> {
                    if (callId != null && random.nextBoolean()) {
                        on(new Event.Overdue<>(callId, timing.timeoutNanos()));
                    } else {
                        on(new Event.Reply<>(
                                -1, new LockReply.Obtained(99, Long.MAX_VALUE / 2, 9, Predecessor.NONE, null)));
                    }
                }
                case 21 -> {
                    if (callId != null && random.nextInt(4) == 0) {
                        fail();
                    }
                }
                case 22 -> files();
                default -> wallMillis += random.nextInt(3) * 1_000L - 1_000;
            }
        }

        /** What others do to the files. */
        private void files() {
            switch (random.nextInt(6)) {
                case 0 -> {
                    file = 0; // deleted
                    heldByOther = false;
                }
                case 1 -> {
                    file = ++files; // replaced
                    heldByOther = false;
                }
                case 2 -> heldByOther = !heldByUs && file != 0;
                case 3 -> {
                    if (heldByUs && file == heldFile) { // dropped silently and taken
                        heldByUs = false;
                        heldByOther = true;
                        epochOnDisk += 1;
                    }
                }
                case 4 -> heldByOther = false;
                default -> diskFails = !diskFails && random.nextInt(3) == 0;
            }
        }

        private <T> T any(T[] of) {
            return of[random.nextInt(of.length)];
        }

        private void pass(long passed, Event<LockReply> event) {
            nanos += passed;
            wallMillis += passed / 1_000_000;
            on(event);
        }

        private void toDeadline() {
            Long due = election.deadlineNanos();
            if (due != null) {
                pass(Math.max(0, due - nanos), new Event.Tick<>());
                Long next = election.deadlineNanos();
                check(
                        next == null || next - nanos > 0 || callId != null,
                        "a deadline that stays due is a busy loop: " + election.standing());
            }
        }

        private void workStopped() {
            working = false;
            stopTold = false;
            on(new Event.WorkStopped<>(java.util.Objects.requireNonNull(tenure).term()));
        }

        private void fail() {
            long id = java.util.Objects.requireNonNull(callId);
            LockCommand asked = java.util.Objects.requireNonNull(command);
            boolean applied = random.nextBoolean();
            if (applied) {
                perform(asked);
            }
            callId = null;
            if (asked instanceof LockCommand.Release) {
                mayBelieveItHolds = false;
                heldByUs = false;
            }
            on(new Event.Failed<>(id, "unknown"));
        }

        private void answer() {
            long id = java.util.Objects.requireNonNull(callId);
            LockReply reply = perform(java.util.Objects.requireNonNull(command));
            callId = null;
            if (reply instanceof LockReply.Obtained) {
                mayBelieveItHolds = true;
            } else if (reply instanceof LockReply.Lost) {
                mayBelieveItHolds = false;
            } else if (reply instanceof LockReply.Claimed) {
                claimed = true;
            }
            on(new Event.Reply<>(id, reply));
        }

        private LockReply perform(LockCommand asked) {
            if (asked instanceof LockCommand.Release) {
                check(!working, "released before work stopped");
                mayBelieveItHolds = false;
                claimed = false;
                heldByUs = false;
                return new LockReply.Released();
            }
            if (diskFails && random.nextBoolean()) {
                return new LockReply.Failed("disk");
            }
            if (asked instanceof LockCommand.Try attempt) {
                return tried(attempt);
            } else if (asked instanceof LockCommand.Claim claim) {
                if (!claimed) {
                    check(claim.epoch() > highestToken, "a token that does not rise: " + claim.epoch());
                    check(claim.epoch() > epochRead, "a token not above the one on disk");
                }
                epochOnDisk = Math.max(epochOnDisk, claim.epoch());
                return new LockReply.Claimed();
            } else if (asked instanceof LockCommand.Check) {
                if (!heldByUs || heldFile != file) {
                    heldByUs = false;
                    return new LockReply.Lost("model");
                }
                return new LockReply.Valid(any(Predecessor.values()));
            }
            return new LockReply.Seen(null);
        }

        private LockReply tried(LockCommand.Try attempt) {
            if (file == 0) {
                if (!attempt.create()) {
                    return new LockReply.Missing();
                }
                file = ++files;
            } else if (attempt.expectedFile() != null && !attempt.expectedFile().equals(file)) {
                return new LockReply.Replaced(file);
            }
            if (heldByOther) {
                return new LockReply.Busy(
                        file, LockElectionDriver.record("b", epochOnDisk, LeaderRecord.State.LEADING));
            }
            heldByUs = true;
            heldFile = file;
            epochRead = random.nextInt(5) == 0 ? 0 : epochOnDisk;
            return new LockReply.Obtained(file, epochRead, random.nextInt(9), any(Predecessor.values()), null);
        }

        private void on(Event<LockReply> event) {
            if (trace.size() == 60) {
                trace.removeFirst();
            }
            Phase before = election.standing().phase();
            var effects = election.on(event, new Moment(nanos, wallMillis * 1_000));
            trace.addLast(List.of(before, event, election.standing().phase(), effects));
            for (Effect<LockCommand> effect : effects) {
                carryOut(effect);
            }
            Standing now = election.standing();
            check(before != Phase.STOPPED || (now.phase() == Phase.STOPPED && effects.isEmpty()), "STOPPED is final");
            check((now.tenure() != null) == (now.phase() == Phase.LEADING), "a tenure exactly while LEADING");
            check(
                    election.deadlineNanos() != null
                            || callId != null
                            || now.phase() == Phase.STOPPED
                            || (now.phase() == Phase.STOPPING_WORK && working),
                    "sleeps for ever in " + now);
            check(now.phase() != Phase.LEADING || working, "LEADING without work");
            check(now.phase() != Phase.FOLLOWING || !working, "following while work runs");
        }

        private void carryOut(Effect<LockCommand> effect) {
            if (effect instanceof Effect.Call<LockCommand> call) {
                check(callId == null, "two calls in flight");
                callId = call.callId();
                command = call.command();
                if (command instanceof LockCommand.Release release) {
                    check(!working, "Release asked before work stopped");
                    check(!release.signed() || claimed, "signed without a recorded tenure");
                }
            } else if (effect instanceof Effect.Publish<LockCommand> publish) {
                if (publish.standing().phase() == Phase.LEADING) {
                    check(mayBelieveItHolds, "LEADING published without the lock");
                }
                stopped |= publish.standing().phase() == Phase.STOPPED;
            } else if (effect instanceof Effect.StartWork<LockCommand> start) {
                check(!working, "work started before the work of the tenure before had stopped");
                check(claimed, "work started before the tenure was recorded");
                check(start.tenure().fencingToken() > highestToken, "token");
                highestToken = start.tenure().fencingToken();
                tenure = start.tenure();
                working = true;
                stopTold = false;
                started++;
            } else if (effect instanceof Effect.StopWork<LockCommand> stop) {
                check(working && !stopTold && stop.tenure().equals(tenure), "stop of a tenure that does not run");
                stopTold = true;
            }
        }

        private static void check(boolean holds, String promise) {
            if (!holds) {
                throw new AssertionError(promise);
            }
        }
    }
}
