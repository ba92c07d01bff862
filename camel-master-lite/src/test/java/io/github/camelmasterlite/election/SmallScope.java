package io.github.camelmasterlite.election;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Two members, one lock, and every order in which requests may take effect, vanish, fail or be answered, time may pass, work may end, and members may resign,
 * crash and start again, up to a depth. Each state is visited once.
 *
 * <p>A step is one of: a request takes effect; a request fails or vanishes; an answer arrives; a watch reports the present record; time passes until something is due, and who
 * is due acts; work ends; a member resigns, crashes, or starts again; somebody deletes the record. Clocks run alike; what differing rates do is what the simulator is for.
 */
final class SmallScope {

    private static final Timing TIMING = new Timing(
            Duration.ofMillis(1_000),
            Duration.ofMillis(600),
            Duration.ofMillis(100),
            Duration.ofMillis(160),
            Duration.ofMillis(600),
            1.0);

    /** Whatever is further back makes no difference any more. */
    private static final long LONG_AGO_NANOS = 3 * TIMING.leaseNanos();

    private static final long BEGIN_NANOS = Long.MAX_VALUE - 2_000_000_000L; // overflows within the scope

    /** Fields of the rules that are durations, not moments. */
    private static final Set<String> DURATIONS = Set.of("waitNanos", "politeNanos");

    /** Fields that follow from others. */
    private static final Set<String> DERIVED = Set.of("offsetNanos", "standing", "calls");

    private static final List<Field> FIELDS = fields(LeaseElection.class);

    /** What may happen beside time passing and requests taking effect and being answered. */
    enum Freedom {
        /** Time may pass while requests, answers and reports are under way. */
        DELAYS,
        /** Single requests vanish. */
        LOSSES,
        /** From some moment on, all requests of a member vanish. */
        CUTS,
        FAILURES,
        WATCHES,
        RESIGNATIONS,
        CRASHES,
        DELETION
    }

    /** Makes rules; the parameters are those of {@link LeaseElection}. */
    interface Rules {
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random);
    }

    /** No chance. */
    private static final RandomGenerator FIXED = () -> 0L;

    /** A request on its way, or its answer. */
    private record Message(
            LeaseElection.Call call, @Nullable LeaseReply answer, boolean isAwaited) {}

    /** A member; never changed once it is in a state. */
    private record Member(
            @Nullable LeaseElection election,
            List<Message> messages,
            @Nullable Tenure work,
            @Nullable Long stopToldNanos,
            int incarnation,
            int resigns,
            long toldRevision,
            boolean isCut) {}

    private record State(
            long nowNanos,
            StoredRecord stored,
            long revision,
            int deletions,
            Member a,
            Member b,
            long lastToken,
            @Nullable Trail trail) {}

    /** How a state was reached. */
    private record Trail(String step, @Nullable Trail before) {}

    /** What was found. */
    record Outcome(int depth, long states, @Nullable String violation, List<String> steps) {}

    private final Rules rules;
    private final Set<Freedom> freedoms;
    private final LongSet visited = new LongSet();
    private final List<State> next = new ArrayList<>();
    private @Nullable String violation;
    private @Nullable Trail culprit;

    private SmallScope(Rules rules, Set<Freedom> freedoms) {
        this.rules = rules;
        this.freedoms = freedoms;
    }

    /**
     * Explores breadth first until a promise is broken, or a depth is complete with which at least so many states have been seen.
     *
     * @param freedoms what may happen
     */
    static Outcome explore(Rules rules, long states, Set<Freedom> freedoms) {
        return new SmallScope(rules, freedoms).explore(states);
    }

    private Outcome explore(long states) {
        List<State> layer = List.of(start());
        int depth = 0;
        while (violation == null && !layer.isEmpty() && visited.size() < states) {
            depth++;
            for (State state : layer) {
                steps(state);
                if (violation != null) {
                    break;
                }
            }
            layer = List.copyOf(next);
            next.clear();
        }
        List<String> steps = new ArrayList<>();
        for (Trail at = culprit; at != null; at = at.before) {
            steps.add(0, at.step);
        }
        return new Outcome(depth, visited.size(), violation, steps);
    }

    private State start() {
        State state = new State(BEGIN_NANOS, StoredRecord.absent(0), 0, 0, none(), none(), 0, null);
        state = begin(state, true);
        return begin(state, false);
    }

    private static Member none() {
        return new Member(null, List.of(), null, null, 0, 0, 0, false);
    }

    // ---- steps

    private void steps(State state) {
        for (boolean first : new boolean[] {true, false}) {
            Member member = first ? state.a : state.b;
            String name = first ? "a" : "b";
            for (int i = 0; i < member.messages.size(); i++) {
                Message message = member.messages.get(i);
                int index = i;
                if (message.answer == null) {
                    go(
                            state,
                            name + ": " + message.call.command().operation() + " takes effect",
                            s -> apply(s, first, index));
                    if (message.isAwaited && freedoms.contains(Freedom.FAILURES)) {
                        go(
                                state,
                                name + ": " + message.call.command().operation() + " fails",
                                s -> fail(s, first, index));
                    }
                    if (freedoms.contains(Freedom.LOSSES)) {
                        go(
                                state,
                                name + ": " + message.call.command().operation() + " vanishes",
                                s -> drop(s, first, index));
                    }
                } else {
                    go(state, name + ": answer arrives", s -> answer(s, first, index));
                }
            }
            if (member.work != null && member.stopToldNanos != null) {
                go(state, name + ": work has stopped", s -> workStopped(s, first));
            }
            if (member.election != null) {
                if (freedoms.contains(Freedom.WATCHES) && state.stored.revision() != member.toldRevision) {
                    go(state, name + ": watch reports " + state.stored.kind(), s -> told(s, first));
                }
                if (freedoms.contains(Freedom.RESIGNATIONS)
                        && member.resigns == 0
                        && member.work != null
                        && member.stopToldNanos == null) {
                    go(state, name + ": resigns", s -> resign(s, first));
                }
                if (freedoms.contains(Freedom.CUTS) && !member.isCut) {
                    go(state, name + ": is cut off", s -> cut(s, first));
                }
                if (freedoms.contains(Freedom.CRASHES) && member.incarnation == 1) {
                    go(state, name + ": crashes", s -> crash(s, first));
                }
            } else if (state.deletions == 0 || state.stored.kind() != StoredRecord.Kind.ABSENT) {
                // Who starts when a record that was held has been deleted cannot know of the holder: that is excluded.
                go(state, name + ": starts again", s -> begin(s, first));
            }
        }
        if (freedoms.contains(Freedom.DELETION)
                && state.deletions == 0
                && state.stored.isHeld()
                && everybodyHasSeenTheHolder(state)) {
            go(state, "somebody deletes the record", SmallScope::delete);
        }
        if (!mustEndWorkNow(state) && (freedoms.contains(Freedom.DELAYS) || isQuiet(state))) {
            go(state, "time passes", this::pass);
        }
    }

    private interface Step {
        @Nullable
        State of(State state);
    }

    private void go(State from, String step, Step by) {
        if (violation != null) {
            return;
        }
        State to;
        try {
            to = by.of(from);
        } catch (RuntimeException e) {
            violation = "threw " + e;
            culprit = new Trail(step, from.trail);
            return;
        }
        if (to == null) {
            return;
        }
        Trail trail = new Trail(step, from.trail);
        State with = new State(to.nowNanos, to.stored, to.revision, to.deletions, to.a, to.b, to.lastToken, trail);
        if (with.a.work != null && with.b.work != null && violation == null) {
            violation = "both at work: " + with.a.work + " and " + with.b.work;
        }
        if (violation != null) {
            culprit = trail;
        } else if (visited.add(key(with))) {
            next.add(with);
        }
    }

    /** Whoever does not know of the holder, or has judged that there is none and is about to create the record, cannot know: that is excluded. */
    private static boolean everybodyHasSeenTheHolder(State state) {
        return hasSeen(state.a, state.stored) && hasSeen(state.b, state.stored);
    }

    private static boolean hasSeen(Member member, StoredRecord stored) {
        boolean creates = member.messages.stream()
                .anyMatch(message -> message.answer == null
                        && message.call.command() instanceof LeaseCommand.Write write
                        && write.expected().kind() == StoredRecord.Kind.ABSENT);
        LeaseRecord seen =
                member.election == null || member.election.seen == null ? null : member.election.seen.record();
        LeaseRecord held = Objects.requireNonNull(stored.record());
        return !creates
                && seen != null
                && seen.isHeld()
                && seen.term() == held.term()
                && seen.holder().equals(held.holder());
    }

    private State apply(State state, boolean first, int index) {
        Member member = first ? state.a : state.b;
        Message message = member.messages.get(index);
        StoredRecord stored = state.stored;
        long revision = state.revision;
        LeaseReply answer;
        if (message.call.command() instanceof LeaseCommand.Write write) {
            StoredRecord expected = write.expected();
            boolean isAsExpected = expected.revision() == -1
                    || (expected.kind() == stored.kind()
                            && (stored.kind() == StoredRecord.Kind.ABSENT || expected.revision() == stored.revision()));
            if (isAsExpected) {
                revision++;
                if (write.operation() == Operation.RELEASE && member.work != null) {
                    violation = "released while at work";
                }
                if (write.operation() == Operation.RELEASE && !isBySame(stored, write.next())) {
                    violation = "cleared what another holds: " + stored.record();
                }
                stored = StoredRecord.of(write.next(), revision, null);
                answer = new LeaseReply.Written(stored);
            } else {
                answer = new LeaseReply.Conflict();
            }
        } else {
            answer = new LeaseReply.Found(stored);
        }
        List<Message> messages = new ArrayList<>(member.messages);
        if (message.isAwaited) {
            messages.set(index, new Message(message.call, answer, true));
        } else {
            messages.remove(index);
        }
        return with(state, first, withMessages(member, messages), stored, revision);
    }

    private static boolean isBySame(StoredRecord stored, LeaseRecord next) {
        LeaseRecord record = stored.record();
        return record != null
                && record.signature() != null
                && next.signature() != null
                && record.signature().incarnation().equals(next.signature().incarnation());
    }

    private State fail(State state, boolean first, int index) {
        Message message = (first ? state.a : state.b).messages.get(index);
        return event(drop(state, first, index), first, new Event.Failed<>(message.call.id(), "failed"));
    }

    private static State drop(State state, boolean first, int index) {
        Member member = first ? state.a : state.b;
        List<Message> messages = new ArrayList<>(member.messages);
        messages.remove(index);
        return with(state, first, withMessages(member, messages), state.stored, state.revision);
    }

    private static State cut(State state, boolean first) {
        Member member = first ? state.a : state.b;
        List<Message> answered = member.messages.stream()
                .filter(message -> message.answer != null)
                .toList();
        Member alone = new Member(
                member.election,
                answered,
                member.work,
                member.stopToldNanos,
                member.incarnation,
                member.resigns,
                member.toldRevision,
                true);
        return with(state, first, alone, state.stored, state.revision);
    }

    private State answer(State state, boolean first, int index) {
        Message message = (first ? state.a : state.b).messages.get(index);
        return event(
                drop(state, first, index),
                first,
                new Event.Reply<>(message.call.id(), Objects.requireNonNull(message.answer)));
    }

    private State workStopped(State state, boolean first) {
        Member member = first ? state.a : state.b;
        Tenure work = Objects.requireNonNull(member.work);
        Member idle = new Member(
                member.election,
                member.messages,
                null,
                null,
                member.incarnation,
                member.resigns,
                member.toldRevision,
                member.isCut);
        return event(
                with(state, first, idle, state.stored, state.revision), first, new Event.WorkStopped<>(work.term()));
    }

    private State told(State state, boolean first) {
        Member member = first ? state.a : state.b;
        Member told = new Member(
                member.election,
                member.messages,
                member.work,
                member.stopToldNanos,
                member.incarnation,
                member.resigns,
                state.stored.revision(),
                member.isCut);
        return event(
                with(state, first, told, state.stored, state.revision),
                first,
                new Event.Observed<>(new LeaseReply.Changed(state.stored)));
    }

    private State resign(State state, boolean first) {
        Member member = first ? state.a : state.b;
        Member resigned = new Member(
                member.election,
                member.messages,
                member.work,
                member.stopToldNanos,
                member.incarnation,
                member.resigns + 1,
                member.toldRevision,
                member.isCut);
        return event(with(state, first, resigned, state.stored, state.revision), first, new Event.Resign<>(0));
    }

    private State crash(State state, boolean first) {
        Member member = first ? state.a : state.b;
        List<Message> onTheirWay = new ArrayList<>();
        for (Message message : member.messages) {
            if (message.answer == null && message.call.command() instanceof LeaseCommand.Write) {
                onTheirWay.add(new Message(message.call, null, false));
            }
        }
        Member gone = new Member(
                null, List.copyOf(onTheirWay), null, null, member.incarnation, member.resigns, 0, member.isCut);
        return with(state, first, gone, state.stored, state.revision);
    }

    private State begin(State state, boolean first) {
        Member member = first ? state.a : state.b;
        int incarnation = member.incarnation + 1;
        String name = first ? "a" : "b";
        LeaseElection election = rules.of("lock", name, name + incarnation, TIMING, FIXED);
        Member begun = new Member(election, member.messages, null, null, incarnation, member.resigns, 0, member.isCut);
        State state2 = event(
                with(state, first, begun, state.stored, state.revision),
                first,
                new Event.Observed<>(new LeaseReply.Watching(1, freedoms.contains(Freedom.WATCHES), null)));
        return event(state2, first, new Event.Stand<>());
    }

    private static State delete(State state) {
        return new State(
                state.nowNanos,
                StoredRecord.absent(state.revision + 1),
                state.revision + 1,
                state.deletions + 1,
                state.a,
                state.b,
                state.lastToken,
                state.trail);
    }

    private boolean isQuiet(State state) {
        return isQuiet(state.a, state) && isQuiet(state.b, state);
    }

    private boolean isQuiet(Member member, State state) {
        boolean isTold = !freedoms.contains(Freedom.WATCHES)
                || member.election == null
                || member.toldRevision == state.stored.revision();
        return isTold && member.messages.stream().noneMatch(Message::isAwaited);
    }

    private static boolean mustEndWorkNow(State state) {
        return mustEndWorkNow(state, state.a) || mustEndWorkNow(state, state.b);
    }

    private static boolean mustEndWorkNow(State state, Member member) {
        return member.work != null
                && member.stopToldNanos != null
                && state.nowNanos - (member.stopToldNanos + TIMING.stopBudget().toNanos()) >= 0;
    }

    /** Until the next moment at which something is due; who is due acts. */
    private @Nullable State pass(State state) {
        Long due = earlier(dueNanos(state.a), dueNanos(state.b));
        if (due == null) {
            return null;
        }
        long now = due - state.nowNanos > 0 ? due : state.nowNanos;
        State passed = new State(
                now, state.stored, state.revision, state.deletions, state.a, state.b, state.lastToken, state.trail);
        passed = act(passed, true);
        return act(passed, false);
    }

    private State act(State state, boolean first) {
        Member member = first ? state.a : state.b;
        LeaseElection election = member.election;
        if (election == null) {
            return state;
        }
        for (int i = 0; i < member.messages.size(); i++) {
            Message message = member.messages.get(i);
            if (message.isAwaited && reached(state, message.call.sentNanos() + TIMING.attemptNanos())) {
                List<Message> messages = new ArrayList<>(member.messages);
                messages.remove(i);
                if (message.answer == null && message.call.command() instanceof LeaseCommand.Write) {
                    messages.removeIf(other -> !other.isAwaited); // one that is late is enough
                    messages.add(new Message(message.call, null, false));
                }
                state = with(state, first, withMessages(member, messages), state.stored, state.revision);
                return event(state, first, new Event.Overdue<>(message.call.id(), TIMING.attemptNanos()));
            }
        }
        LeaseElection.Call inFlight = election.inFlight;
        if (inFlight != null && reached(state, inFlight.sentNanos() + TIMING.attemptNanos())) {
            return event(state, first, new Event.Overdue<>(inFlight.id(), TIMING.attemptNanos()));
        }
        Long deadline = election.deadlineNanos();
        if (deadline != null && reached(state, deadline)) {
            return event(state, first, new Event.Tick<>());
        }
        return state;
    }

    private static boolean reached(State state, long nanos) {
        return state.nowNanos - nanos >= 0;
    }

    private static @Nullable Long dueNanos(Member member) {
        if (member.election == null) {
            return null;
        }
        Long due = member.election.deadlineNanos();
        if (member.election.inFlight != null) {
            due = earlier(due, member.election.inFlight.sentNanos() + TIMING.attemptNanos());
        }
        if (member.work != null && member.stopToldNanos != null) {
            due = earlier(due, member.stopToldNanos + TIMING.stopBudget().toNanos());
        }
        return due;
    }

    private static @Nullable Long earlier(@Nullable Long a, @Nullable Long b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return b - a < 0 ? b : a;
    }

    // ---- the rules

    private State event(State state, boolean first, Event<LeaseReply> event) {
        Member member = first ? state.a : state.b;
        LeaseElection before = Objects.requireNonNull(member.election);
        String name = first ? "a" : "b";
        LeaseElection election = rules.of("lock", name, name + member.incarnation, TIMING, FIXED);
        copy(before, election);
        Moment now = new Moment(state.nowNanos, Math.floorDiv(state.nowNanos, 1_000L));
        List<Effect<LeaseCommand>> effects = election.on(event, now);
        List<Message> messages = new ArrayList<>(member.messages);
        Tenure work = member.work;
        Long stopTold = member.stopToldNanos;
        long lastToken = state.lastToken;
        for (Effect<LeaseCommand> effect : effects) {
            if (effect instanceof Effect.Call<LeaseCommand> call) {
                LeaseElection.Call inFlight = Objects.requireNonNull(election.inFlight);
                if (inFlight.id() != call.callId()) {
                    throw new IllegalStateException("two calls at once");
                }
                messages.removeIf(message -> message.isAwaited);
                if (!member.isCut) {
                    messages.add(new Message(inFlight, null, true));
                }
            } else if (effect instanceof Effect.StartWork<LeaseCommand> start) {
                if (work != null) {
                    violation = "began while its former work goes on";
                }
                if (start.tenure().fencingToken() <= lastToken) {
                    violation = "token " + start.tenure().fencingToken() + " after " + lastToken;
                }
                lastToken = start.tenure().fencingToken();
                work = start.tenure();
                stopTold = null;
            } else if (effect instanceof Effect.StopWork<LeaseCommand>) {
                stopTold = state.nowNanos;
            }
        }
        Member after = new Member(
                election,
                List.copyOf(messages),
                work,
                stopTold,
                member.incarnation,
                member.resigns,
                member.toldRevision,
                member.isCut);
        return new State(
                state.nowNanos,
                state.stored,
                state.revision,
                state.deletions,
                first ? after : state.a,
                first ? state.b : after,
                lastToken,
                state.trail);
    }

    private static Member withMessages(Member member, List<Message> messages) {
        return new Member(
                member.election,
                List.copyOf(messages),
                member.work,
                member.stopToldNanos,
                member.incarnation,
                member.resigns,
                member.toldRevision,
                member.isCut);
    }

    private static State with(State state, boolean first, Member member, StoredRecord stored, long revision) {
        return new State(
                state.nowNanos,
                stored,
                revision,
                state.deletions,
                first ? member : state.a,
                first ? state.b : member,
                state.lastToken,
                state.trail);
    }

    // ---- copies and keys

    private static List<Field> fields(Class<?> type) {
        List<Field> fields = new ArrayList<>();
        for (Field field : type.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !Modifier.isFinal(field.getModifiers())) {
                field.setAccessible(true);
                fields.add(field);
            }
        }
        return List.copyOf(fields);
    }

    private static void copy(LeaseElection from, LeaseElection to) {
        try {
            for (Field field : FIELDS) {
                field.set(to, field.get(from));
            }
            if (from.getClass() != LeaseElection.class) {
                for (Field field : fields(from.getClass())) {
                    field.set(to, field.get(from));
                }
            }
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
        to.doubts.addAll(from.doubts);
    }

    /** A hash of everything that can make a difference: times from now, revisions from the present one. */
    private static long key(State state) {
        Hash hash = new Hash();
        hash.stored(state.stored, state);
        hash.add(state.deletions);
        hash.add(state.lastToken - state.revision);
        member(hash, state.a, state);
        member(hash, state.b, state);
        return hash.value;
    }

    private static void member(Hash hash, Member member, State state) {
        hash.add(member.incarnation);
        hash.add(member.resigns);
        hash.add(member.isCut ? 19 : 23);
        hash.add(member.toldRevision == state.stored.revision() ? 1 : 0);
        hash.add(member.work == null ? 0 : member.work.term());
        hash.add(member.stopToldNanos == null ? 1 : hash.ago(member.stopToldNanos, state));
        for (Message message : member.messages) {
            hash.add(message.isAwaited ? 2 : 3);
            hash.call(message.call, state);
            if (message.answer instanceof LeaseReply.Found found) {
                hash.stored(found.stored(), state);
            } else if (message.answer instanceof LeaseReply.Written written) {
                hash.stored(written.stored(), state);
            } else {
                hash.add(message.answer == null ? 5 : 7);
            }
        }
        LeaseElection election = member.election;
        if (election == null) {
            hash.add(11);
            return;
        }
        try {
            for (Field field : FIELDS) {
                if (!DERIVED.contains(field.getName())) {
                    value(hash, field.getName(), field.get(election), state);
                }
            }
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
        election.doubts.forEach(doubt -> hash.call(doubt, state));
    }

    private static void value(Hash hash, String name, @Nullable Object value, State state) {
        if (value == null) {
            hash.add(13);
        } else if (value instanceof Long number && name.endsWith("Nanos") && !DURATIONS.contains(name)) {
            hash.add(hash.ago(number, state));
        } else if (value instanceof Long number && name.endsWith("Revision")) {
            hash.add(number == Long.MAX_VALUE ? number : number - state.revision);
        } else if (value instanceof Long number) {
            hash.add(number);
        } else if (value instanceof StoredRecord stored) {
            hash.stored(stored, state);
        } else if (value instanceof LeaseElection.Call call) {
            hash.call(call, state);
        } else if (value instanceof String) {
            hash.add(17); // a problem, whichever
        } else {
            hash.add(value.hashCode());
        }
    }

    private static final class Hash {
        private long value = 0x9e3779b97f4a7c15L;

        void add(long number) {
            value = (value ^ number) * 0xff51afd7ed558ccdL;
            value ^= value >>> 32;
        }

        long ago(long nanos, State state) {
            return Math.max(-LONG_AGO_NANOS, nanos - state.nowNanos);
        }

        void stored(StoredRecord stored, State state) {
            add(stored.kind().name().hashCode());
            add(stored.revision() - state.revision);
            LeaseRecord record = stored.record();
            if (record != null) {
                add(record.holder().hashCode());
                add(record.term());
                add(Math.max(
                        -LONG_AGO_NANOS / 1_000, record.renewedAtMicros() - Math.floorDiv(state.nowNanos, 1_000L)));
                add(
                        record.signature() == null
                                ? 0
                                : record.signature().incarnation().hashCode());
                add(record.duration() == null ? 0 : record.duration().toNanos());
            }
        }

        void call(LeaseElection.Call call, State state) {
            add(ago(call.sentNanos(), state));
            add(call.command().operation().name().hashCode());
            if (call.command() instanceof LeaseCommand.Write write) {
                stored(write.expected(), state);
                add(write.next().term());
                add(write.next().holder().hashCode());
                add(write.next().renewedAtMicros() - Math.floorDiv(state.nowNanos, 1_000L));
            }
        }
    }

    /** A set of hashes; 0 is never one. */
    private static final class LongSet {
        private long[] table = new long[1 << 22];
        private int size;

        boolean add(long value) {
            long hash = value == 0 ? 1 : value;
            if (size * 2 > table.length) {
                long[] old = table;
                table = new long[old.length * 2];
                size = 0;
                for (long each : old) {
                    if (each != 0) {
                        add(each);
                    }
                }
            }
            int at = (int) (hash >>> 20) & (table.length - 1);
            while (table[at] != 0) {
                if (table[at] == hash) {
                    return false;
                }
                at = (at + 1) & (table.length - 1);
            }
            table[at] = hash;
            size++;
            return true;
        }

        int size() {
            return size;
        }
    }
}
