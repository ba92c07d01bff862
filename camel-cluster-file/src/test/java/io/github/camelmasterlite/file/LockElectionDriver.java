package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.election.Effect;
import io.github.camelmasterlite.election.Event;
import io.github.camelmasterlite.election.Moment;
import io.github.camelmasterlite.election.Phase;
import io.github.camelmasterlite.election.Standing;
import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.file.LockReply.Predecessor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** Feeds one {@link LockElection} events at moments of its choosing, and keeps what came out. No thread, no clock, no file. */
@NullUnmarked
final class LockElectionDriver {

    static final LockTiming TIMING = LockTiming.defaults();
    static final String FILE = "file-1";
    static final String OTHER_FILE = "file-2";

    /** Near the overflow of the monotonic clock, whose origin is arbitrary: whoever compares instead of subtracting fails. */
    private static final long START_NANOS =
            Long.MAX_VALUE - Duration.ofSeconds(2).toNanos();

    final LockElection election;
    final LockTiming timing;
    long nanos = START_NANOS;
    long wallMillis = 1_750_000_000_000L;

    /** What the last event gave. */
    List<Effect<LockCommand>> effects = List.of();

    final List<Effect<LockCommand>> all = new ArrayList<>();
    private long lastCallId;

    LockElectionDriver() {
        this(TIMING);
    }

    LockElectionDriver(LockTiming timing) {
        this.timing = timing;
        election = new LockElection("lock1", "a", timing);
    }

    // ---- what may happen

    LockElectionDriver on(Event<LockReply> event) {
        effects = election.on(event, new Moment(nanos, wallMillis * 1_000));
        all.addAll(effects);
        for (Effect<LockCommand> effect : effects) {
            if (effect instanceof Effect.Call<LockCommand> call) {
                lastCallId = call.callId();
            }
        }
        return this;
    }

    LockElectionDriver stand() {
        return on(new Event.Stand<>());
    }

    LockElectionDriver standDown() {
        return on(new Event.StandDown<>());
    }

    LockElectionDriver resign(Duration coolDown) {
        return on(new Event.Resign<>(coolDown.toNanos()));
    }

    LockElectionDriver withdraw() {
        return on(new Event.Withdraw<>());
    }

    LockElectionDriver workStopped() {
        return on(new Event.WorkStopped<>(lastStarted().term()));
    }

    LockElectionDriver hint() {
        return on(new Event.Observed<>(LockReply.Hint.FILES_CHANGED));
    }

    LockElectionDriver tick() {
        return on(new Event.Tick<>());
    }

    /** Answers the last call. */
    LockElectionDriver reply(LockReply reply) {
        return on(new Event.Reply<>(lastCallId, reply));
    }

    LockElectionDriver overdue() {
        return on(new Event.Overdue<>(lastCallId, timing.timeoutNanos()));
    }

    /** Lets time pass without the election hearing of it. */
    LockElectionDriver after(long passedNanos) {
        nanos += passedNanos;
        wallMillis += passedNanos / 1_000_000;
        return this;
    }

    LockElectionDriver after(Duration passed) {
        return after(passed.toNanos());
    }

    /** Lets time pass until the deadline the election asked for, and ticks. */
    LockElectionDriver atDeadline() {
        Long due = election.deadlineNanos();
        assertThat(due).as("a deadline in %s", phase()).isNotNull();
        return after(Math.max(0, due - nanos)).tick();
    }

    // ---- the way to a phase

    static LockReply.Obtained obtained(long lastEpoch, long lastTerm, Predecessor predecessor) {
        return new LockReply.Obtained(
                FILE, lastEpoch, lastTerm, predecessor, predecessor == Predecessor.NONE ? null : "b");
    }

    static LeaderRecord record(String member, long epoch, LeaderRecord.State state) {
        return new LeaderRecord(
                member, member + ".12345678", "boot/pid", 42, 7, epoch, 3, "2026-01-01T00:00:00Z", state);
    }

    static LockReply.Busy busy(String leader) {
        return new LockReply.Busy(FILE, record(leader, 5, LeaderRecord.State.LEADING));
    }

    static LockReply.Valid valid(Predecessor predecessor) {
        return new LockReply.Valid(predecessor);
    }

    static LockReply.Valid valid() {
        return valid(Predecessor.NONE);
    }

    static LockReply.Failed failed() {
        return new LockReply.Failed("No space left on device");
    }

    static LockElectionDriver following() {
        return new LockElectionDriver().stand();
    }

    static LockElectionDriver claiming(Predecessor predecessor) {
        return following().reply(obtained(5, 3, predecessor));
    }

    static LockElectionDriver settling() {
        return claiming(Predecessor.ALIVE).reply(new LockReply.Claimed());
    }

    static LockElectionDriver leading() {
        return claiming(Predecessor.RELEASED).reply(new LockReply.Claimed());
    }

    static LockElectionDriver stoppingWork() {
        return leading().standDown();
    }

    static LockElectionDriver releasing() {
        return stoppingWork().workStopped();
    }

    static LockElectionDriver stopped() {
        return new LockElectionDriver().withdraw();
    }

    // ---- what came out

    Phase phase() {
        return election.standing().phase();
    }

    Standing standing() {
        return election.standing();
    }

    boolean leads() {
        return standing().leadsAt(nanos);
    }

    /** The one call among the last effects; null if there is none. */
    @Nullable
    LockCommand called() {
        List<LockCommand> calls = effects.stream()
                .filter(Effect.Call.class::isInstance)
                .map(effect -> ((Effect.Call<LockCommand>) effect).command())
                .toList();
        assertThat(calls).hasSizeLessThanOrEqualTo(1);
        return calls.isEmpty() ? null : calls.get(0);
    }

    boolean startsWork() {
        return effects.stream().anyMatch(Effect.StartWork.class::isInstance);
    }

    boolean stopsWork() {
        return effects.stream().anyMatch(Effect.StopWork.class::isInstance);
    }

    boolean publishes() {
        return effects.stream().anyMatch(Effect.Publish.class::isInstance);
    }

    Tenure lastStarted() {
        Tenure last = null;
        for (Effect<LockCommand> effect : all) {
            if (effect instanceof Effect.StartWork<LockCommand> start) {
                last = start.tenure();
            }
        }
        assertThat(last).as("a tenure that was started").isNotNull();
        return last;
    }

    /** How long until the election wants to be asked again. */
    Duration untilDeadline() {
        Long due = election.deadlineNanos();
        assertThat(due).as("a deadline in %s", phase()).isNotNull();
        return Duration.ofNanos(due - nanos);
    }

    /** Whether the deadline is one of those that all elections of a process share, so that they wake the threads together. */
    boolean deadlineIsShared() {
        Long due = election.deadlineNanos();
        assertThat(due).as("a deadline in %s", phase()).isNotNull();
        return Math.floorMod(due, LockTiming.defaults().pollNanos() / 4) == 0;
    }
}
