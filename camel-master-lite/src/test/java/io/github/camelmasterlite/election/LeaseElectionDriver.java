package io.github.camelmasterlite.election;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.election.LeaseRecord.Signature;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/**
 * Feeds one {@link LeaseElection} events at moments of its choosing, answers the call in flight, and keeps what came out. No thread, no clock, no store. After
 * each event it checks what must hold at any time.
 */
@NullUnmarked
final class LeaseElectionDriver {

    /** The defaults, without jitter. */
    static final Timing TIMING = timing(1.0);

    static final Duration L = TIMING.leaseDuration();
    static final Duration B = TIMING.renewDeadline();
    static final Duration S = TIMING.stopBudget();
    static final Duration ATTEMPT = Duration.ofNanos(TIMING.attemptNanos());

    static final String LOCK = "lock1";
    static final String MEMBER = "a";
    static final String INCARNATION = "a-1";

    /** Always the least that can be drawn. */
    static final RandomGenerator LEAST = () -> 0L;

    /** Always the most that can be drawn of the ten milliseconds between candidates. */
    static final RandomGenerator MOST = () -> 2L * 10_000_000;

    /** Near the overflow of the monotonic clock, whose origin is arbitrary: whoever compares instead of subtracting fails. */
    private static final long START_NANOS =
            Long.MAX_VALUE - Duration.ofSeconds(2).toNanos();

    /** How the store behaves while time passes. */
    enum Store {
        /** It answers at once, and truly. */
        ANSWERS,
        /** It fails at once, and it is not known whether the call had an effect. */
        FAILS,
        /** It never answers. */
        HANGS
    }

    /** One call, and when it was sent, counted from the last {@link #mark()}. */
    record Sent(Operation operation, Duration at) {}

    final LeaseElection election;
    final Timing timing;
    long nanos = START_NANOS;
    long wallMicros = 1_750_000_000_000_000L;

    /** What the store holds. */
    StoredRecord stored = StoredRecord.absent(0);

    /** What the last event gave. */
    List<Effect<LeaseCommand>> effects = List.of();

    final List<Effect<LeaseCommand>> all = new ArrayList<>();

    private final List<Sent> sent = new ArrayList<>();
    private Effect.@Nullable Call<LeaseCommand> inFlight;
    private long sentNanos;
    private long markNanos = START_NANOS;
    private long lastCallId = Long.MIN_VALUE;
    private long revision = 100;
    private long reports;

    LeaseElectionDriver() {
        this(TIMING, LEAST);
    }

    LeaseElectionDriver(Timing timing, RandomGenerator random) {
        this.timing = timing;
        election = new LeaseElection(LOCK, MEMBER, INCARNATION, timing, random);
    }

    static Timing timing(double jitterFactor) {
        Timing defaults = Timing.defaults();
        return new Timing(
                defaults.leaseDuration(),
                defaults.renewDeadline(),
                defaults.retryPeriod(),
                defaults.stopBudget(),
                defaults.drainTimeout(),
                jitterFactor);
    }

    // ---- records

    static LeaseRecord held(String holder, String incarnation, @Nullable Duration duration, long term, long renewed) {
        return new LeaseRecord(
                holder, new Signature(incarnation, term, renewed, false), duration, renewed, renewed, term);
    }

    /** Held by member b; {@code renewed} tells one renewal from another. */
    static LeaseRecord heldByB(long renewed) {
        return held("b", "b-1", L, 7, renewed);
    }

    /** Held by a member that does not sign: another library. */
    static LeaseRecord unsigned(String holder, @Nullable Duration duration, long renewed) {
        return new LeaseRecord(holder, null, duration, renewed, renewed, 7);
    }

    static LeaseRecord released(String incarnation, long term, long renewed) {
        return new LeaseRecord("", new Signature(incarnation, term, renewed, true), L, renewed, renewed, term);
    }

    static LeaseRecord releasedByB(long renewed) {
        return released("b-1", 7, renewed);
    }

    /** Emptied by somebody who did not sign. */
    static LeaseRecord emptied(long renewed) {
        return unsigned("", L, renewed);
    }

    // ---- what may happen

    LeaseElectionDriver on(Event<LeaseReply> event) {
        effects = election.on(event, now());
        all.addAll(effects);
        for (Effect<LeaseCommand> effect : effects) {
            if (effect instanceof Effect.Call<LeaseCommand> call) {
                assertThat(inFlight).as("one call at a time").isNull();
                assertThat(call.callId()).as("never used before").isGreaterThan(lastCallId);
                assertThat(call.timeoutNanos()).isEqualTo(timing.attemptNanos());
                lastCallId = call.callId();
                inFlight = call;
                sentNanos = nanos;
                sent.add(new Sent(call.command().operation(), Duration.ofNanos(nanos - markNanos)));
                if (call.command() instanceof LeaseCommand.Write write) {
                    checkWrite(write);
                }
            }
        }
        check();
        return this;
    }

    private void checkWrite(LeaseCommand.Write write) {
        LeaseRecord next = write.next();
        assertThat(next.isSigned()).as("signed: %s", next).isTrue();
        assertThat(next.signature().incarnation()).isEqualTo(INCARNATION);
        assertThat(next.holder()).isEqualTo(write.operation() == Operation.RELEASE ? "" : MEMBER);
        LeaseRecord before = write.expected().record();
        if (write.operation() != Operation.ACQUIRE) {
            assertThat(before != null && before.isHeld() && isOurs(before))
                    .as("only our own record is renewed or released, not %s", before)
                    .isTrue();
        }
        if (write.operation() == Operation.ACQUIRE && before != null) {
            assertThat(next.term()).as("term").isGreaterThan(before.term());
        }
        if (before != null) {
            assertThat(next.renewedAtMicros()).as("each write is visible").isGreaterThan(before.renewedAtMicros());
        }
    }

    private void check() {
        Standing standing = election.standing();
        assertThat(standing.tenure() != null).as("a tenure in %s", phase()).isEqualTo(phase() == Phase.LEADING);
        for (int i = effects.size() - 1; i >= 0; i--) {
            if (effects.get(i) instanceof Effect.Publish<LeaseCommand> publish) {
                assertThat(publish.standing()).as("the last published").isEqualTo(standing);
                break;
            }
        }
    }

    private static boolean isOurs(LeaseRecord record) {
        return record.holder().equals(MEMBER)
                && record.isSigned()
                && record.signature().incarnation().equals(INCARNATION);
    }

    LeaseElectionDriver stand() {
        return on(new Event.Stand<>());
    }

    LeaseElectionDriver standDown() {
        return on(new Event.StandDown<>());
    }

    LeaseElectionDriver resign(Duration coolDown) {
        return on(new Event.Resign<>(coolDown.toNanos()));
    }

    LeaseElectionDriver withdraw() {
        return on(new Event.Withdraw<>());
    }

    LeaseElectionDriver workStopped() {
        return on(new Event.WorkStopped<>(lastStarted().term()));
    }

    LeaseElectionDriver tick() {
        return on(new Event.Tick<>());
    }

    LeaseElectionDriver paused(Duration gap) {
        return after(gap).on(new Event.Paused<>(gap.toNanos()));
    }

    LeaseElectionDriver look() {
        return on(new Event.Observed<>(new LeaseReply.Look()));
    }

    /** A watch reports what the store holds. */
    LeaseElectionDriver changed(StoredRecord seen) {
        return on(new Event.Observed<>(new LeaseReply.Changed(seen)));
    }

    LeaseElectionDriver watching(boolean live) {
        return on(new Event.Observed<>(new LeaseReply.Watching(++reports, live, live ? null : "403 Forbidden")));
    }

    LeaseElectionDriver members(String... ids) {
        return on(new Event.Observed<>(new LeaseReply.Members(++reports, List.of(ids))));
    }

    LeaseElectionDriver observe(LeaseReply report) {
        return on(new Event.Observed<>(report));
    }

    /** Somebody writes. */
    StoredRecord put(LeaseRecord record) {
        stored = StoredRecord.of(record, ++revision, "uid-1");
        return stored;
    }

    StoredRecord delete() {
        stored = StoredRecord.absent(++revision);
        return stored;
    }

    StoredRecord garble() {
        stored = StoredRecord.garbage(++revision, "uid-1");
        return stored;
    }

    // ---- how the call in flight ends

    LeaseElectionDriver reply(LeaseReply reply) {
        long id = callInFlight().callId();
        inFlight = null;
        return on(new Event.Reply<>(id, reply));
    }

    /** The read finds what the store holds. */
    LeaseElectionDriver found() {
        assertThat(inFlightOperation()).isEqualTo(Operation.READ);
        return reply(new LeaseReply.Found(stored));
    }

    LeaseElectionDriver found(LeaseRecord record) {
        put(record);
        return found();
    }

    /** The write in flight takes effect; nobody has heard of it yet. */
    LeaseElectionDriver applied() {
        put(write().next());
        return this;
    }

    LeaseElectionDriver written() {
        applied();
        return reply(new LeaseReply.Written(stored));
    }

    LeaseElectionDriver conflict() {
        write();
        return reply(new LeaseReply.Conflict());
    }

    LeaseElectionDriver unknown() {
        return reply(new LeaseReply.Unknown("503 Service Unavailable"));
    }

    LeaseElectionDriver failed() {
        long id = callInFlight().callId();
        inFlight = null;
        return on(new Event.Failed<>(id, "no such host"));
    }

    /** The limit of the call passes. */
    LeaseElectionDriver overdue() {
        Effect.Call<LeaseCommand> call = callInFlight();
        after(Math.max(0, sentNanos + call.timeoutNanos() - nanos));
        inFlight = null;
        return on(new Event.Overdue<>(call.callId(), call.timeoutNanos()));
    }

    /** The store does what it is asked, truly. */
    LeaseElectionDriver answer() {
        if (inFlightOperation() == Operation.READ) {
            return found();
        }
        StoredRecord expected = write().expected();
        boolean present = expected.kind() == StoredRecord.Kind.ABSENT
                ? stored.kind() == StoredRecord.Kind.ABSENT
                : expected.equals(stored);
        return present ? written() : conflict();
    }

    // ---- time

    Moment now() {
        return new Moment(nanos, wallMicros);
    }

    /** Lets time pass without the election hearing of it. */
    LeaseElectionDriver after(long passedNanos) {
        nanos += passedNanos;
        wallMicros += passedNanos / 1_000;
        return this;
    }

    LeaseElectionDriver after(Duration passed) {
        return after(passed.toNanos());
    }

    /** The wall clock is set. */
    LeaseElectionDriver jump(Duration by) {
        wallMicros += by.toNanos() / 1_000;
        return this;
    }

    /** Lets time pass until the deadline the election asked for, and ticks. */
    LeaseElectionDriver atDeadline() {
        return after(Math.max(0, deadline() - nanos)).tick();
    }

    /** Times of {@link #sent} and of {@link #since} count from now. */
    LeaseElectionDriver mark() {
        markNanos = nanos;
        sent.clear();
        return this;
    }

    Duration since() {
        return Duration.ofNanos(nanos - markNanos);
    }

    /** Lets time pass until so long after the mark, ticking at each deadline, while the store behaves like this. */
    LeaseElectionDriver until(Duration sinceMark, Store store) {
        long endNanos = markNanos + sinceMark.toNanos();
        for (int steps = 0; ; steps++) {
            assertThat(steps).as("steps without end").isLessThan(10_000);
            if (inFlight != null && store != Store.HANGS) {
                Objects.requireNonNull(store == Store.ANSWERS ? answer() : unknown());
                continue;
            }
            Long due = election.deadlineNanos();
            boolean overdue = inFlight != null && (due == null || sentNanos + inFlight.timeoutNanos() - due <= 0);
            Long next = overdue ? Long.valueOf(sentNanos + inFlight.timeoutNanos()) : due;
            if (next == null || next - endNanos > 0) {
                return after(Math.max(0, endNanos - nanos));
            }
            after(Math.max(0, next - nanos));
            Objects.requireNonNull(overdue ? overdue() : tick());
        }
    }

    /** Lets time pass, while the store answers, until a call like this is in flight. */
    LeaseElectionDriver until(Operation wanted) {
        for (int steps = 0; inFlightOperation() != wanted; steps++) {
            assertThat(steps).as("steps to %s in %s", wanted, phase()).isLessThan(100);
            Objects.requireNonNull(inFlight != null ? answer() : atDeadline());
        }
        return this;
    }

    // ---- the way to a phase

    /** Has just asked for the record. */
    static LeaseElectionDriver following() {
        return new LeaseElectionDriver().stand();
    }

    /** Has just found the record held by b, by a read; times count from then. */
    static LeaseElectionDriver followingB() {
        return following().found(heldByB(1)).mark();
    }

    /** The same, with a watch that is live. */
    static LeaseElectionDriver watchingB() {
        return followingB().watching(true).found().mark();
    }

    /** Has just asked to acquire an absent record; times count from then. */
    static LeaseElectionDriver acquiring() {
        return following().until(Operation.ACQUIRE).markSend();
    }

    /** Has just become leader by a write that was answered at once; times count from then. */
    static LeaseElectionDriver leading() {
        return leading(new LeaseElectionDriver());
    }

    static LeaseElectionDriver leading(LeaseElectionDriver a) {
        a.stand().until(Operation.ACQUIRE).written();
        assertThat(a.phase()).isEqualTo(Phase.LEADING);
        return a.mark();
    }

    /** The first renewal is in flight. */
    static LeaseElectionDriver renewing() {
        LeaseElectionDriver a = leading();
        while (a.inFlight == null) {
            a.atDeadline();
        }
        assertThat(a.inFlightOperation()).isEqualTo(Operation.RENEW);
        return a;
    }

    /** The first renewal ended in conflict; the read after it is in flight. */
    static LeaseElectionDriver lookingAfterConflict() {
        LeaseElectionDriver a = renewing().conflict();
        assertThat(a.inFlightOperation()).isEqualTo(Operation.READ);
        return a;
    }

    /** Leaving in order; work has not ended. */
    static LeaseElectionDriver stoppingWork() {
        return leading().standDown();
    }

    /** Work has ended; the release is in flight; times count from its sending. */
    static LeaseElectionDriver releasing() {
        LeaseElectionDriver a = stoppingWork().workStopped();
        assertThat(a.inFlightOperation()).isEqualTo(Operation.RELEASE);
        return a.markSend();
    }

    static LeaseElectionDriver stopped() {
        return new LeaseElectionDriver().withdraw();
    }

    private LeaseElectionDriver markSend() {
        markNanos = sentNanos;
        sent.clear();
        return this;
    }

    // ---- what came out

    Phase phase() {
        return election.standing().phase();
    }

    Standing standing() {
        return election.standing();
    }

    boolean leads() {
        return standing().leadsAt(now());
    }

    /** Until when authority lasts, counted from the mark. */
    Duration authority() {
        return Duration.ofNanos(standing().authorityUntilNanos() - markNanos);
    }

    /** What is in flight; null if nothing is. */
    @Nullable
    Operation inFlightOperation() {
        return inFlight == null ? null : inFlight.command().operation();
    }

    private Effect.Call<LeaseCommand> callInFlight() {
        assertThat(inFlight).as("a call in flight in %s", phase()).isNotNull();
        return inFlight;
    }

    long inFlightId() {
        return callInFlight().callId();
    }

    /** The write in flight. */
    LeaseCommand.Write write() {
        assertThat(callInFlight().command()).isInstanceOf(LeaseCommand.Write.class);
        return (LeaseCommand.Write) callInFlight().command();
    }

    /** The call among the last effects; null if there is none. */
    @Nullable
    Operation called() {
        return effects.stream()
                .filter(Effect.Call.class::isInstance)
                .map(effect -> ((Effect.Call<LeaseCommand>) effect).command().operation())
                .findFirst()
                .orElse(null);
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
        for (Effect<LeaseCommand> effect : all) {
            if (effect instanceof Effect.StartWork<LeaseCommand> start) {
                last = start.tenure();
            }
        }
        assertThat(last).as("a tenure that was started").isNotNull();
        return last;
    }

    /** All calls since the mark. */
    List<Sent> sent() {
        return List.copyOf(sent);
    }

    /** When calls for this were sent, counted from the mark. */
    List<Duration> sent(Operation operation) {
        return sent.stream()
                .filter(call -> call.operation() == operation)
                .map(Sent::at)
                .toList();
    }

    private long deadline() {
        Long due = election.deadlineNanos();
        assertThat(due).as("a deadline in %s", phase()).isNotNull();
        return due;
    }
}
