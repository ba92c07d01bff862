package io.github.camelmasterlite.election;

import io.github.camelmasterlite.election.LeaseRecord.Signature;
import io.github.camelmasterlite.election.StoredRecord.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The rules for a lock that is a record with a duration in a store that can compare and set: Kubernetes, a network directory, a database, memory.
 * Pure; driven by one thread, the loop's.
 *
 * <p>Named in the comments are the laws that it keeps (docs/guarantees.md lists them). In short: a member leads for the renew deadline from the moment it
 * <em>sent</em> the last write that was confirmed; others wait for the duration in the record from the moment they <em>saw</em> it change; no clock of one member
 * is ever compared with that of another. Each law is kept in one method of its own, below.
 *
 * <table>
 * <caption>Transitions</caption>
 * <tr><th>from</th><th>event</th><th>to</th><th>effect</th></tr>
 * <tr><td>FOLLOWING</td><td>nothing known, any hint, silence, error</td><td>FOLLOWING</td><td>read</td></tr>
 * <tr><td>FOLLOWING</td><td>found held by another</td><td>FOLLOWING</td><td>publish who leads; wait for its duration, from now if the record changed</td></tr>
 * <tr><td>FOLLOWING</td><td>found released, or absent or empty and no holder ever seen</td><td>FOLLOWING</td><td>acquire, after letting better candidates go first</td></tr>
 * <tr><td>FOLLOWING</td><td>found absent, garbage or emptied by somebody else after a holder was seen</td><td>FOLLOWING</td><td>wait the duration of that holder</td></tr>
 * <tr><td>FOLLOWING</td><td>the wait is over</td><td>FOLLOWING</td><td>read; if nothing has changed, acquire</td></tr>
 * <tr><td>FOLLOWING</td><td>a watch reports a newer record</td><td>FOLLOWING</td><td>wait longer if it is held; acquire if the last holder has released it, replacing just what was reported; else read</td></tr>
 * <tr><td>FOLLOWING</td><td>written, within the renew deadline</td><td>LEADING</td><td>publish, start work</td></tr>
 * <tr><td>FOLLOWING</td><td>written, too late or found to be ours after all</td><td>FOLLOWING</td><td>acquire again with a higher term</td></tr>
 * <tr><td>FOLLOWING</td><td>written or found to be ours, but no longer wanted</td><td>RELEASING</td><td>release</td></tr>
 * <tr><td>FOLLOWING</td><td>withdraw, nothing written or in doubt</td><td>STOPPED</td><td></td></tr>
 * <tr><td>FOLLOWING</td><td>withdraw, a write in doubt</td><td>RELEASING</td><td>read</td></tr>
 * <tr><td>LEADING</td><td>renewal due</td><td>LEADING</td><td>renew</td></tr>
 * <tr><td>LEADING</td><td>renewal written</td><td>LEADING</td><td>publish the longer authority</td></tr>
 * <tr><td>LEADING</td><td>renewal failed or overdue</td><td>LEADING</td><td>publish the problem; renew again</td></tr>
 * <tr><td>LEADING</td><td>renewal in conflict</td><td>LEADING</td><td>read; if it is still ours, renew</td></tr>
 * <tr><td>LEADING</td><td>clock jump, pause</td><td>LEADING</td><td>publish suspended authority; renew</td></tr>
 * <tr><td>LEADING</td><td>renew deadline</td><td>STOPPING_WORK</td><td>publish, stop work</td></tr>
 * <tr><td>LEADING</td><td>found another holder, absence, garbage, emptiness; a watch reports another holder</td><td>STOPPING_WORK</td><td>publish, stop work</td></tr>
 * <tr><td>LEADING</td><td>resign, stand down, withdraw</td><td>STOPPING_WORK</td><td>publish, stop work; go on renewing</td></tr>
 * <tr><td>STOPPING_WORK</td><td>work stopped, the record may be ours</td><td>RELEASING</td><td>release; read first if a write is in doubt</td></tr>
 * <tr><td>STOPPING_WORK</td><td>work stopped, the record is another's</td><td>FOLLOWING or STOPPED</td><td>publish</td></tr>
 * <tr><td>STOPPING_WORK</td><td>work has not stopped within the stop budget</td><td>STOPPING_WORK</td><td>publish the problem</td></tr>
 * <tr><td>RELEASING</td><td>release written, or found to be another's, or its duration has passed</td><td>FOLLOWING or STOPPED</td><td>publish</td></tr>
 * <tr><td>RELEASING</td><td>release failed, overdue or in conflict</td><td>RELEASING</td><td>read; if it is ours, release</td></tr>
 * </table>
 */
public class LeaseElection implements Election<LeaseCommand, LeaseReply> {

    /** After resigning, others get at least this head start. */
    private static final long COURTESY_NANOS = 250_000_000L;

    /** Between candidates that know their order (law 12). */
    private static final long PLACE_NANOS = 25_000_000L;

    private static final int LAST_PLACE = 4;

    /** Between candidates that do not (law 12). */
    private static final long SCATTER_NANOS = 10_000_000L;

    /** A store that hangs for ever must not fill the memory. */
    private static final int MAX_DOUBTS = 16;

    /** As good as for ever, and twice as long still short enough to be compared on any clock. */
    private static final Duration LONGEST_WAIT = Duration.ofDays(10 * 365);

    private static final Map<Phase, Set<Phase>> EDGES = new EnumMap<>(Map.of(
            Phase.FOLLOWING, EnumSet.of(Phase.LEADING, Phase.RELEASING, Phase.STOPPED),
            Phase.LEADING, EnumSet.of(Phase.STOPPING_WORK),
            Phase.STOPPING_WORK, EnumSet.of(Phase.RELEASING, Phase.FOLLOWING, Phase.STOPPED),
            Phase.RELEASING, EnumSet.of(Phase.FOLLOWING, Phase.STOPPED),
            Phase.STOPPED, EnumSet.noneOf(Phase.class)));

    /**
     * A call that has not been answered, or a write that was not answered in time and may still take effect.
     *
     * @param sentNanos    monotonic time just before it was sent
     * @param offsetNanos wall time less monotonic time at that moment
     */
    record Call(long id, LeaseCommand command, long sentNanos, long offsetNanos) {}

    /**
     * Who held the lock, as seen.
     *
     * @param incarnation null if the record was not written by this project, or not all of it
     */
    record Holder(String member, @Nullable String incarnation, long term) {}

    private final String lock;
    private final String member;
    private final String incarnation;
    private final Timing timing;
    private final RandomGenerator random;

    // Not private: rules that are broken on purpose, in tests, need more than the methods below.
    Phase phase = Phase.FOLLOWING;

    @Nullable
    Call inFlight;

    private Standing standing;
    private long calls;

    // What this member wants.
    private boolean stands;
    private boolean withdrawing;
    private boolean coolingDown;
    private long standFromNanos;

    // What is known of the record: as the basis of the next write, and as the newest sight of it, for which a watch is
    // enough.
    private @Nullable StoredRecord known;
    private long knownSinceNanos;

    @Nullable
    StoredRecord seen;

    private long changedNanos;
    private long waitNanos;
    private long politeNanos;
    private boolean freeAtOnce;
    private long freeFromNanos;

    /** Until when a holder that was replaced without having released may be at work, if there was one. */
    private @Nullable Long formerUntilNanos;

    private @Nullable Holder lastHolder;
    private long highestTerm;
    private long highestRevision;

    // When to look or to try next.
    private boolean lookAgain = true;

    /** The highest revision that a hint to look was about; an own write that is newer has made the look superfluous. */
    private long hintedRevision = Long.MAX_VALUE;

    private boolean hasBegun;
    private boolean watchIsLive;
    private long watchNumber;
    private long membersNumber;
    long heardNanos;
    private @Nullable Long notBeforeNanos;
    private List<String> members = List.of();
    private long loadNumber;
    private int locks = Timing.MANY_LOCKS;

    /** Writes of this incarnation that may have been or may yet be applied, the oldest first. */
    final List<Call> doubts = new ArrayList<>(0);

    /** When the last write was sent that may have made the record ours for its duration. */
    private @Nullable Long lastWriteNanos;

    // From LEADING on: the tenure.
    private @Nullable Tenure tenure;
    long confirmedNanos;
    private long offsetNanos;
    private long renewNanos;
    private int conflicts;
    private @Nullable Long suspendedNanos;
    private boolean working;
    boolean voluntary;
    private long stopToldNanos;

    private @Nullable String problem;

    /** Whether the problem is that writes fail: a read that succeeds does not mend that. */
    private boolean isOfWrites;

    /** Whether it has been published that work has not stopped in time. */
    private boolean isLateTold;

    /**
     * @param lock        the lock
     * @param member      the id of this member; no other member has it
     * @param incarnation unique to this object, never used before or after
     * @param timing      its times, the same or others than those of other members
     * @param random      spreads renewals and candidates
     */
    public LeaseElection(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
        this.lock = lock;
        this.member = member;
        this.incarnation = incarnation;
        this.timing = timing;
        this.random = random;
        this.standing = new Standing(lock, member, phase, null, 0, null, null);
    }

    @Override
    public Standing standing() {
        return standing;
    }

    @Override
    public List<Effect<LeaseCommand>> on(Event<LeaseReply> event, Moment now) {
        List<Effect<LeaseCommand>> out = new ArrayList<>(3);
        if (!hasBegun) {
            hasBegun = true;
            heardNanos = now.nanos();
            changedNanos = now.nanos();
        }
        // First, so that nothing that arrives late can make up for it (law 1).
        keepDeadlines(now, out);
        if (event instanceof Event.Reply<LeaseReply> reply) {
            onReply(reply.callId(), reply.reply(), now, out);
        } else if (event instanceof Event.Failed<LeaseReply> failed) {
            onReply(failed.callId(), new LeaseReply.Unknown(failed.reason()), now, out);
        } else if (event instanceof Event.Overdue<LeaseReply> overdue) {
            onOverdue(overdue, now, out);
        } else if (event instanceof Event.Observed<LeaseReply> observed) {
            onObserved(observed.observation(), now, out);
        } else if (event instanceof Event.Paused<LeaseReply>) {
            suspend(now, "this process did not run", out);
            if (phase == Phase.FOLLOWING) {
                look(Long.MAX_VALUE);
            }
        } else if (event instanceof Event.Stand<LeaseReply>) {
            stands = true;
            coolingDown = false;
        } else if (event instanceof Event.StandDown<LeaseReply>) {
            stands = false;
            leave(now, "it was disabled", out);
        } else if (event instanceof Event.Resign<LeaseReply> resign) {
            coolingDown = true;
            standFromNanos = now.nanos() + resign.coolDownNanos();
            leave(now, "it resigned", out);
        } else if (event instanceof Event.Withdraw<LeaseReply>) {
            withdrawing = true;
            if (phase == Phase.FOLLOWING && !mayBeOurs() && inFlight != null && !isWrite(inFlight)) {
                inFlight = null; // nothing is to be found out any more
            }
            leave(now, "it is stopping", out);
        } else if (event instanceof Event.WorkStopped<LeaseReply> stopped) {
            onWorkStopped(stopped.term());
        }
        proceed(now, out);
        return out;
    }

    // ---- what is due

    /** What ends by the passing of time alone. */
    private void keepDeadlines(Moment now, List<Effect<LeaseCommand>> out) {
        if (phase == Phase.LEADING && hasLapsed(now)) {
            stopWork("no renewal was confirmed within " + timing.renewDeadline().toMillis() + " ms", false, now, out);
        }
        if (phase == Phase.LEADING && suspendedNanos == null && hasJumped(now)) {
            suspend(now, "the clocks of this machine jumped against each other", out);
        }
        if (phase == Phase.STOPPING_WORK && voluntary) {
            // Law 6: work that takes too long to end is work that is ended by others.
            if (hasLapsed(now)
                    || now.reached(stopToldNanos + timing.drainTimeout().toNanos())) {
                endRenewals();
            }
        }
        if (phase == Phase.STOPPING_WORK
                && working
                && !isLateTold
                && now.reached(stopToldNanos + timing.stopBudget().toNanos())) {
            isLateTold = true;
            problem = "work under lock " + lock + " has not stopped within "
                    + timing.stopBudget().toMillis() + " ms of being told to; "
                    + (voluntary
                            ? "the lease is renewed until it does"
                            : "the lease runs out, so another member may be at work beside it")
                    + ". Find out what blocks it, or raise stopBudgetMillis";
            publish("work has not stopped in time", out);
        }
        if (coolingDown && phase == Phase.FOLLOWING && now.reached(standFromNanos)) {
            coolingDown = false;
        }
    }

    /** Nothing in here depends on an event: whatever is due now and possible now is done, in the next phase, too. */
    private void proceed(Moment now, List<Effect<LeaseCommand>> out) {
        Phase before = null;
        while (inFlight == null && phase != before) {
            before = phase;
            switch (phase) {
                case FOLLOWING -> follow(now, out);
                case LEADING -> renewIfDue(now, out);
                case STOPPING_WORK -> {
                    if (!mustAwaitWork()) {
                        afterWork("its work has ended", now, out);
                    } else if (voluntary) {
                        renewIfDue(now, out);
                    }
                }
                case RELEASING -> release(now, out);
                case CLAIMING, SETTLING, STOPPED -> {}
            }
        }
    }

    private void follow(Moment now, List<Effect<LeaseCommand>> out) {
        if (withdrawing || (!wants() && isOurs(known) && !isOver(now))) {
            afterWork(withdrawing ? "withdrawn" : "acquired, but no longer wanted", now, out);
        } else if (notBeforeNanos == null || now.reached(notBeforeNanos)) {
            StoredRecord basis = known;
            if (basis == null || lookAgain || now.reached(lookNanos())) {
                read(now, out);
            } else if (wants() && now.reached(takeNanos())) {
                if (mustReadBeforeTaking()) {
                    read(now, out);
                } else {
                    write(Operation.ACQUIRE, basis, nextTenure(basis, now), now, out);
                }
            }
        }
    }

    private void renewIfDue(Moment now, List<Effect<LeaseCommand>> out) {
        if (notBeforeNanos != null && !now.reached(notBeforeNanos)) {
            return;
        }
        boolean isDue = now.reached(renewNanos);
        if (lookAgain && (conflicts > 0 || !isDue)) {
            read(now, out);
        } else if (isDue) {
            // Also where a look is wanted: it would find out the same, and reads that hang must not end a tenure (law
            // 9).
            StoredRecord basis = Objects.requireNonNull(known);
            write(Operation.RENEW, basis, renewed(basis, now), now, out);
        }
    }

    /** Law 6: whenever work has ended and the record may be ours, it is released; for as long as it would keep others waiting. */
    private void release(Moment now, List<Effect<LeaseCommand>> out) {
        StoredRecord basis = known;
        if (!mayBeOurs() || basis == null || isOver(now)) {
            end(mayBeOurs() ? "its duration has passed" : "not ours any more", now, out);
        } else if (notBeforeNanos == null || now.reached(notBeforeNanos)) {
            if (lookAgain || !mayRelease(basis)) {
                read(now, out);
            } else {
                write(Operation.RELEASE, basis, released(basis, now), now, out);
            }
        }
    }

    @Override
    public @Nullable Long deadlineNanos() {
        Long next = null;
        if (inFlight == null) {
            next = switch (phase) {
                case FOLLOWING -> followNanos();
                case LEADING -> holdNanos();
                case STOPPING_WORK -> voluntary ? (Long) holdNanos() : null;
                case RELEASING -> notBeforeNanos;
                case CLAIMING, SETTLING, STOPPED -> null;
            };
        }
        if (holds()) {
            next = Moment.earlier(next, lapseNanos());
        }
        if (phase == Phase.STOPPING_WORK && voluntary) {
            next = Moment.earlier(next, stopToldNanos + timing.drainTimeout().toNanos());
        }
        if (phase == Phase.STOPPING_WORK && working && !isLateTold) {
            next = Moment.earlier(next, stopToldNanos + timing.stopBudget().toNanos());
        }
        if (coolingDown && phase == Phase.FOLLOWING) {
            next = Moment.earlier(next, standFromNanos);
        }
        return next;
    }

    private long followNanos() {
        long due = lookNanos();
        if (wants()) {
            due = Moment.earlier(due, takeNanos());
        }
        return afterFailure(due);
    }

    private long holdNanos() {
        return afterFailure(renewNanos);
    }

    /** Law 9: a look that failed is repeated as soon as may be, whatever else is due later. */
    private long afterFailure(long dueNanos) {
        if (notBeforeNanos == null) {
            return dueNanos;
        }
        return lookAgain ? notBeforeNanos : Moment.later(dueNanos, notBeforeNanos);
    }

    // ---- events

    private void onReply(long callId, LeaseReply reply, Moment now, List<Effect<LeaseCommand>> out) {
        Call answered = inFlight;
        if (answered == null || answered.id != callId) {
            return; // what it was about has been given up, and is found out by reading
        }
        inFlight = null;
        if (reply instanceof LeaseReply.Found found) {
            onFound(found.stored(), answered, now, out);
        } else if (reply instanceof LeaseReply.Written written
                && answered.command instanceof LeaseCommand.Write write) {
            onWritten(written.stored(), write, answered, now, out);
        } else if (reply instanceof LeaseReply.Conflict) {
            onConflict(now);
        } else {
            String reason =
                    reply instanceof LeaseReply.Unknown unknown ? unknown.reason() : "unexpected answer " + reply;
            inDoubt(answered);
            lookAgain |= answered.command.operation() == Operation.READ;
            isOfWrites = isWrite(answered);
            onUnknown(reason, Moment.later(now.nanos(), answered.sentNanos + retryNanos(answered)), now, out);
        }
    }

    /** Law 9: the next attempt follows at once. The call may still be answered; that answer means nothing. */
    private void onOverdue(Event.Overdue<LeaseReply> overdue, Moment now, List<Effect<LeaseCommand>> out) {
        Call late = inFlight;
        if (late != null && late.id == overdue.callId()) {
            inFlight = null;
            inDoubt(late);
            lookAgain |= late.command.operation() == Operation.READ;
            isOfWrites = isWrite(late);
            onUnknown(
                    "the store has not answered " + late.command.operation() + " for "
                            + overdue.afterNanos() / 1_000_000 + " ms",
                    now.nanos(),
                    now,
                    out);
        }
    }

    private void inDoubt(Call call) {
        if (!isWrite(call)) {
            return;
        }
        if (doubts.size() == MAX_DOUBTS) {
            // The first says since when. One that is forgotten and turns out to be applied prolongs nothing, which is
            // safe.
            doubts.remove(1);
        }
        doubts.add(call);
    }

    private static boolean isWrite(Call call) {
        return call.command instanceof LeaseCommand.Write;
    }

    /** One failed or hung request never ends anything (law 9). */
    void onUnknown(String reason, long againNanos, Moment now, List<Effect<LeaseCommand>> out) {
        notBeforeNanos = againNanos;
        renewNanos = againNanos;
        if (!holds()) {
            lookAgain = true;
        }
        setProblem(reason, out);
    }

    private void onConflict(Moment now) {
        conflicts++;
        look(Long.MAX_VALUE);
        if (conflicts > 1) {
            notBeforeNanos = now.nanos() + Math.min(timing.retryNanos(), conflicts * SCATTER_NANOS);
        }
    }

    private void onFound(StoredRecord found, Call read, Moment now, List<Effect<LeaseCommand>> out) {
        notBeforeNanos = null;
        heardNanos = now.nanos();
        boolean isNews = known == null || hasChanged(known, found);
        known = found;
        knownSinceNanos = read.sentNanos;
        highestRevision = found.kind() == Kind.ABSENT ? Math.max(highestRevision, found.revision()) : found.revision();
        observe(found, now);
        if (holds() && endsLeadership(found)) {
            lose(whatIsThere(found), now, out);
        } else if (holds()) {
            onFoundOwn(found, now);
            renewNanos = conflicts > 0 || suspendedNanos != null ? now.nanos() : renewNanos;
        }
        settleDoubts(found);
        if (phase == Phase.FOLLOWING) {
            if (!isOfWrites || !wants() || !now.reached(takeNanos())) {
                problem = null;
            }
            if (isNews) {
                conflicts = 0; // a store that refuses without a reason is not to be asked without a pause
            }
        } else if (phase == Phase.RELEASING && !isOurs(found)) {
            notBeforeNanos = now.nanos() + timing.retryNanos(); // a write in doubt may still be on its way
        }
        publishIfChanged("looked", out);
    }

    private void onWritten(
            StoredRecord stored, LeaseCommand.Write write, Call call, Moment now, List<Effect<LeaseCommand>> out) {
        known = stored;
        knownSinceNanos = now.nanos();
        if (highestRevision > stored.revision()) {
            look(highestRevision); // the answer is older than what a watch has reported since
        }
        conflicts = 0;
        notBeforeNanos = null;
        isOfWrites = false;
        doubts.clear(); // each of them expected what has just been replaced
        if (hintedRevision <= stored.revision()) {
            lookAgain = false;
        }
        highestRevision = Math.max(highestRevision, stored.revision());
        observe(stored, now);
        switch (write.operation()) {
            case ACQUIRE -> onAcquired(stored, call, now, out);
            case RENEW -> onRenewed(call, now, out);
            case RELEASE -> end("released", now, out);
            case READ -> {}
        }
    }

    private void onAcquired(StoredRecord stored, Call call, Moment now, List<Effect<LeaseCommand>> out) {
        if (phase != Phase.FOLLOWING || !wants()) {
            return; // it is given back by whatever comes next in this phase
        }
        confirmedNanos = tenureStartNanos(call, now);
        offsetNanos = call.offsetNanos;
        suspendedNanos = null;
        if (hasLapsed(now) || hasJumped(now)) {
            return; // found to be ours, and acquired again (law 7)
        }
        LeaseRecord record = Objects.requireNonNull(stored.record());
        Tenure begun = new Tenure(
                record.term(),
                fencingToken(stored),
                Instant.ofEpochMilli(Math.floorDiv(record.acquiredAtMicros(), 1000L)));
        tenure = begun;
        working = true;
        voluntary = false;
        problem = null;
        renewNanos = confirmedNanos + renewAfterNanos();
        become(Phase.LEADING, "the lease was acquired", out);
        out.add(new Effect.StartWork<>(begun));
    }

    private void onRenewed(Call call, Moment now, List<Effect<LeaseCommand>> out) {
        if (!holds()) {
            return; // law 1: authority that has lapsed does not return; that the record is ours is known now
        }
        confirmedNanos = tenureStartNanos(call, now);
        offsetNanos = call.offsetNanos;
        if (suspendedNanos != null && call.sentNanos - suspendedNanos >= 0 && !hasJumped(now)) {
            suspendedNanos = null; // law 10: nobody has taken the record since, whatever the clocks did
        }
        renewNanos = suspendedNanos == null ? confirmedNanos + renewAfterNanos() : now.nanos();
        if (phase == Phase.LEADING) {
            problem = null;
            publish("renewed", out);
        }
    }

    private void onObserved(LeaseReply observation, Moment now, List<Effect<LeaseCommand>> out) {
        if (observation instanceof LeaseReply.Changed changed) {
            onChanged(changed.stored(), now, out);
        } else if (observation instanceof LeaseReply.Look) {
            look(Long.MAX_VALUE);
        } else if (observation instanceof LeaseReply.Watching watching && watching.number() > watchNumber) {
            watchNumber = watching.number();
            watchIsLive = watching.live();
            heardNanos = now.nanos();
            look(Long.MAX_VALUE); // for what happened before it was live, or since it was
        } else if (observation instanceof LeaseReply.Members known && known.number() > membersNumber) {
            membersNumber = known.number();
            members = known.ids();
        } else if (observation instanceof LeaseReply.Load load && load.number() > loadNumber) {
            loadNumber = load.number();
            locks = load.locks();
        }
    }

    /** Law 3: what a watch reports may lengthen a wait, be a reason to look or be tried to be replaced; it never shortens a wait and proves nothing. */
    private void onChanged(StoredRecord stored, Moment now, List<Effect<LeaseCommand>> out) {
        if (stored.revision() <= highestRevision) {
            return; // late or repeated
        }
        heardNanos = now.nanos();
        if (holds() && isOfThisTenure(stored)) {
            onEcho(now);
        } else if (holds()) {
            // Law 5. Another holder cannot be there unless the lease is lost; a watch that reports an end may mean a
            // label.
            if (stored.isHeld() && endsLeadership(stored)) {
                lose(whatIsThere(stored), now, out);
            }
            look(stored.revision());
        } else if (stored.isHeld() && !isOurs(stored)) {
            highestRevision = stored.revision();
            observe(stored, now);
            publishIfChanged("the watch reports a change", out);
        } else if (mayTakeAsReported(stored)) {
            highestRevision = stored.revision();
            known = stored;
            knownSinceNanos = now.nanos();
            observe(stored, now);
            publishIfChanged("the watch reports a release", out);
        } else {
            look(stored.revision());
        }
    }

    /**
     * Law 3: a release that its holder has signed needs no look before it is taken, because the write replaces just that record and so proves that it is still there. All else
     * that a watch reports is looked at, and so is this if a look is under way or due anyway.
     */
    private boolean mayTakeAsReported(StoredRecord stored) {
        return phase == Phase.FOLLOWING
                && inFlight == null
                && !lookAgain
                && doubts.isEmpty()
                && lastHolder != null
                && lastHolder.incarnation != null
                && stored.record() != null
                && isFree(stored);
    }

    private void look(long revision) {
        hintedRevision = lookAgain ? Math.max(hintedRevision, revision) : revision;
        lookAgain = true;
    }

    private void onWorkStopped(long term) {
        if (phase == Phase.STOPPING_WORK && tenure != null && tenure.term() == term) {
            working = false;
            if (isLateTold) {
                problem = null;
            }
        }
    }

    // ---- the laws, one method each; what they need is written here, and nowhere else

    /** Law 1: a tenure and each of its renewals count from the moment just before the write was sent. */
    long tenureStartNanos(Call call, Moment now) {
        return call.sentNanos;
    }

    /** Law 1: authority ends by itself. */
    boolean hasLapsed(Moment now) {
        return now.reached(lapseNanos());
    }

    /** When authority ends unless a renewal is confirmed before. */
    long lapseNanos() {
        return confirmedNanos + timing.renewDeadlineNanos();
    }

    /** Law 1: one's own renewal seen in a watch is no confirmation. */
    void onEcho(Moment now) {}

    /**
     * Law 1: a read does not prolong a tenure. Except that one of our writes, of which that was in doubt, has been applied: then the earliest that was in
     * doubt counts.
     */
    void onFoundOwn(StoredRecord found, Moment now) {
        LeaseRecord record = Objects.requireNonNull(found.record());
        for (Call doubt : doubts) {
            if (doubt.command instanceof LeaseCommand.Write write
                    && write.next().term() == record.term()
                    && write.next().renewedAtMicros() == record.renewedAtMicros()) {
                confirm(doubts.get(0));
                return;
            }
        }
    }

    /** Counts a tenure from this call. */
    final void confirm(Call call) {
        if (call.sentNanos - confirmedNanos > 0) {
            confirmedNanos = call.sentNanos;
            offsetNanos = call.offsetNanos;
        }
    }

    /** Law 2: what counts as a sign of life. Metadata and version alone do not. */
    boolean hasChanged(StoredRecord before, StoredRecord now) {
        LeaseRecord a = before.record();
        LeaseRecord b = now.record();
        if (a == null || b == null) {
            // What cannot be read may be anything; only its version tells it from what was there before.
            boolean isOtherGarbage = now.kind() == Kind.GARBAGE && before.revision() != now.revision();
            return before.kind() != now.kind() || isOtherGarbage;
        }
        return !a.holder().equals(b.holder())
                || !Objects.equals(incarnationOf(a), incarnationOf(b))
                || a.term() != b.term()
                || !Objects.equals(a.duration(), b.duration())
                || a.renewedAtMicros() != b.renewedAtMicros();
    }

    /** Law 2: an incarnation counts only if it was written together with the rest. */
    @Nullable
    String incarnationOf(LeaseRecord record) {
        return record.signature() == null || !record.isSigned()
                ? null
                : record.signature().incarnation();
    }

    /** Law 2: the wait is for the duration in the record; our own if it has none; twice that for holders that are not of our kind. */
    long durationOf(LeaseRecord record) {
        Duration stated = Objects.requireNonNullElse(record.duration(), timing.leaseDuration());
        // In a record that somebody else has written there may be anything.
        Duration counted = stated.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : stated;
        long nanos = counted.isNegative() ? 0 : counted.toNanos();
        return incarnationOf(record) == null ? 2 * nanos : nanos;
    }

    /**
     * Law 2: whether a record that nobody holds may be taken at once. It may be if its last holder gave it up, or one of a later term did; if the last
     * holder was of another kind, which has no way to say so, and whoever it replaced has had its time; or if no holder was ever seen.
     */
    boolean isFree(StoredRecord stored) {
        if (stored.kind() == Kind.GARBAGE) {
            return false;
        }
        Holder last = lastHolder;
        if (last == null) {
            return true;
        }
        LeaseRecord record = stored.record();
        if (record == null) {
            return false;
        }
        if (last.incarnation == null) {
            return record.term() == last.term && !wasHeldByOurKind(record);
        }
        String by = incarnationOf(record);
        return by != null && (record.term() > last.term || (record.term() == last.term && by.equals(last.incarnation)));
    }

    /** Whether the holder that is gone was of our kind: it signed in this term, and was not the one that emptied the record. */
    private static boolean wasHeldByOurKind(LeaseRecord record) {
        return record.signature() != null && record.signature().term() == record.term();
    }

    /** Law 2: whether the last holder's duration has passed since it was seen to live. Taking is for {@link #politeNanos} later. */
    long takeNanos() {
        return (freeAtOnce ? freeFromNanos : changedNanos + waitNanos) + politeNanos;
    }

    /** Law 3: after a wait, and after a watch has reported something newer, the record is read once more. */
    private boolean mustReadBeforeTaking() {
        if (freeAtOnce) {
            return !Objects.equals(known, seen);
        }
        return knownSinceNanos - takeNanos() < 0;
    }

    /** Law 3: writes replace exactly what was judged, the object's identity included. */
    StoredRecord expected(StoredRecord basis) {
        return basis;
    }

    /** Law 5: another holder, absence, garbage and emptiness end leadership at once. */
    boolean endsLeadership(StoredRecord found) {
        return !isOfThisTenure(found);
    }

    /** Law 6: only what is ours is released, never what another holds. */
    boolean mayRelease(StoredRecord basis) {
        return isOurs(basis);
    }

    /** Laws 6 and 7: neither is the lease given up nor does a new tenure begin before work has ended. */
    boolean mustAwaitWork() {
        return working;
    }

    /** Law 8: the token of a tenure is the revision of the write that began it. */
    long fencingToken(StoredRecord acquired) {
        return acquired.revision();
    }

    /** Law 8: every acquisition raises the term, also that of one's own record. */
    long nextTerm(StoredRecord basis) {
        long last = basis.record() == null ? 0 : basis.record().term();
        return Math.max(last, highestTerm) + 1;
    }

    /** Law 10: the two clocks of this machine must go together. */
    boolean hasJumped(Moment now) {
        return !clock().agrees(now);
    }

    /** Law 13: a renewal is visible. */
    long renewalMicros(StoredRecord basis, Moment now) {
        long before = basis.record() == null ? 0 : basis.record().renewedAtMicros();
        return Math.max(now.wallMicros(), before + 1);
    }

    /** Law 13: the duration stays the same within a tenure. */
    Duration durationToWrite(LeaseRecord before) {
        return Objects.requireNonNullElse(before.duration(), timing.leaseDuration());
    }

    // ---- what is seen

    private void observe(StoredRecord stored, Moment now) {
        StoredRecord before = seen;
        seen = stored;
        LeaseRecord record = stored.record();
        if (record != null) {
            highestTerm = Math.max(highestTerm, record.term());
        }
        if (before != null && !hasChanged(before, stored)) {
            return;
        }
        long formerNanos = changedNanos + waitNanos;
        changedNanos = now.nanos();
        freeFromNanos = now.nanos();
        if (record != null && record.isHeld()) {
            Holder holder = new Holder(record.holder(), incarnationOf(record), record.term());
            if (lastHolder != null && !freeAtOnce && !holder.equals(lastHolder)) {
                formerUntilNanos = Moment.later(formerUntilNanos == null ? formerNanos : formerUntilNanos, formerNanos);
            }
            long duration = durationOf(record);
            waitNanos = holder.equals(lastHolder) ? Math.max(waitNanos, duration) : duration;
            lastHolder = holder;
            freeAtOnce = isOurs(stored);
        } else {
            freeAtOnce = isFree(stored);
            if (lastHolder != null && lastHolder.incarnation == null && formerUntilNanos != null) {
                freeFromNanos = Moment.later(freeFromNanos, formerUntilNanos);
            }
            if (lastHolder == null) {
                waitNanos = timing.leaseNanos();
            }
        }
        politeNanos = freeAtOnce && isOurs(stored) ? 0 : politeness();
    }

    /** Law 12: on a free lock one write usually wins, and different locks prefer different members. */
    long politeness() {
        if (members.isEmpty()) {
            return random.nextLong(SCATTER_NANOS + 1);
        }
        String last = lastHolder == null ? null : lastHolder.member;
        int place = Rendezvous.rank(lock, member, members, last);
        if (member.equals(last) && members.size() > 1) {
            place = LAST_PLACE;
        }
        // Who comes first for certain need not wait for anybody; the others spread, because they may not know the same
        // members.
        return place == 0 ? 0 : Math.min(place, LAST_PLACE) * PLACE_NANOS + random.nextLong(SCATTER_NANOS + 1);
    }

    /** Law 11: a follower with a live watch asks nothing; silence for three quarters of the duration costs one read; without a watch, the retry period. */
    long lookNanos() {
        boolean holderIsKnown = seen != null && seen.isHeld();
        if (watchIsLive) {
            long duration = holderIsKnown ? waitNanos : timing.leaseNanos();
            return heardNanos + Math.max(timing.retryPeriod().toNanos(), duration / 4 * 3);
        }
        return heardNanos + timing.retryPeriod().toNanos();
    }

    private boolean isOurs(@Nullable StoredRecord stored) {
        if (stored == null || stored.record() == null) {
            return false;
        }
        LeaseRecord record = stored.record();
        return record.holder().equals(member) && incarnation.equals(incarnationOf(record));
    }

    private boolean isOfThisTenure(StoredRecord stored) {
        LeaseRecord record = stored.record();
        return isOurs(stored) && record != null && tenure != null && record.term() == tenure.term();
    }

    /** Whether the record is kept ours: while leading, and while work ends in order. */
    private boolean holds() {
        return phase == Phase.LEADING || (phase == Phase.STOPPING_WORK && voluntary);
    }

    /** Law 6: what has to be released, or found out about, before this member is done. */
    boolean mayBeOurs() {
        return isOurs(known) || !doubts.isEmpty();
    }

    private boolean isOver(Moment now) {
        return lastWriteNanos == null || now.reached(lastWriteNanos + timing.leaseNanos());
    }

    /** What expected another version than is there can never be applied. */
    private void settleDoubts(StoredRecord found) {
        doubts.removeIf(doubt -> doubt.command instanceof LeaseCommand.Write write
                && (write.expected().revision() != found.revision()
                        || write.expected().kind() != found.kind()));
    }

    private String whatIsThere(StoredRecord found) {
        LeaseRecord record = found.record();
        if (found.kind() == Kind.ABSENT) {
            return "its record is gone";
        } else if (record == null) {
            return "its record cannot be read any more";
        } else if (!record.isHeld()) {
            return "its record was emptied";
        }
        return record.holder() + " has taken the lease";
    }

    // ---- what is written

    private LeaseRecord nextTenure(StoredRecord basis, Moment now) {
        long term = nextTerm(basis);
        long micros = renewalMicros(basis, now);
        return new LeaseRecord(
                member, new Signature(incarnation, term, micros, false), timing.leaseDuration(), micros, micros, term);
    }

    private LeaseRecord renewed(StoredRecord basis, Moment now) {
        LeaseRecord before = Objects.requireNonNull(basis.record());
        long micros = renewalMicros(basis, now);
        return new LeaseRecord(
                before.holder(),
                new Signature(incarnation, before.term(), micros, false),
                durationToWrite(before),
                before.acquiredAtMicros(),
                micros,
                before.term());
    }

    private LeaseRecord released(StoredRecord basis, Moment now) {
        LeaseRecord before = basis.record();
        long term = before == null ? highestTerm : before.term();
        long micros = renewalMicros(basis, now);
        return new LeaseRecord(
                "",
                new Signature(incarnation, term, micros, true),
                before == null ? timing.leaseDuration() : before.duration(),
                before == null ? micros : before.acquiredAtMicros(),
                micros,
                term);
    }

    // ---- transitions

    /** Law 10: no new work until one renewal that was sent from now on is confirmed. */
    private void suspend(Moment now, String reason, List<Effect<LeaseCommand>> out) {
        if (phase == Phase.LEADING) {
            suspendedNanos = now.nanos();
            renewNanos = now.nanos();
            publish("authority is suspended: " + reason, out);
        }
    }

    private void lose(String reason, Moment now, List<Effect<LeaseCommand>> out) {
        if (phase == Phase.LEADING) {
            stopWork(reason, false, now, out);
        } else {
            endRenewals();
        }
    }

    /** Law 6: leaving in order has failed; whoever was told that the lease is renewed meanwhile is told anew. */
    private void endRenewals() {
        voluntary = false;
        isLateTold = false;
        problem = null;
    }

    private void leave(Moment now, String reason, List<Effect<LeaseCommand>> out) {
        if (phase == Phase.LEADING) {
            stopWork(reason, true, now, out);
        }
    }

    private void stopWork(String reason, boolean inOrder, Moment now, List<Effect<LeaseCommand>> out) {
        Tenure ended = Objects.requireNonNull(tenure);
        stopToldNanos = now.nanos();
        voluntary = inOrder;
        isLateTold = false;
        if (inOrder || !hasLapsed(now)) {
            problem = null; // else it is what ended the tenure, and goes on
        }
        become(Phase.STOPPING_WORK, reason, out);
        out.add(new Effect.StopWork<>(ended));
    }

    /** There is no work, or none any more: give up what may be ours, then be done. */
    private void afterWork(String reason, Moment now, List<Effect<LeaseCommand>> out) {
        voluntary = false;
        notBeforeNanos = null;
        if (mayBeOurs() && !isOver(now)) {
            lookAgain |= !doubts.isEmpty();
            become(Phase.RELEASING, reason, out);
        } else {
            end(reason, now, out);
        }
    }

    private void end(String reason, Moment now, List<Effect<LeaseCommand>> out) {
        tenure = null;
        suspendedNanos = null;
        doubts.clear();
        notBeforeNanos = null;
        conflicts = 0;
        if (known == null || isOurs(known) || problem != null) {
            look(Long.MAX_VALUE); // also to find out whether the problem goes on
        }
        if (coolingDown) {
            standFromNanos = Moment.later(standFromNanos, now.nanos() + COURTESY_NANOS);
        }
        become(withdrawing ? Phase.STOPPED : Phase.FOLLOWING, reason, out);
    }

    private void become(Phase to, String reason, List<Effect<LeaseCommand>> out) {
        if (!Objects.requireNonNull(EDGES.get(phase)).contains(to)) {
            throw new IllegalStateException(
                    "Lock " + lock + ": " + phase + " -> " + to + " is not a transition (" + reason + ")");
        }
        phase = to;
        publish(reason, out);
    }

    // ---- helpers

    private boolean wants() {
        return stands && !withdrawing && !coolingDown;
    }

    private long renewAfterNanos() {
        double factor = 1 + random.nextDouble() * (timing.jitterFactor() - 1);
        return (long) (timing.renewIntervalNanos(locks) * factor);
    }

    /** Law 9: how long to wait after an error. */
    private long retryNanos(Call failed) {
        return holds() ? timing.retryNanos(lapseNanos() - failed.sentNanos) : timing.retryNanos();
    }

    private void read(Moment now, List<Effect<LeaseCommand>> out) {
        lookAgain = false; // what is hinted at from now on may have happened after the answer
        call(new LeaseCommand.Read(neededByNanos(now)), now, out);
    }

    private void write(
            Operation operation, StoredRecord basis, LeaseRecord next, Moment now, List<Effect<LeaseCommand>> out) {
        if (operation != Operation.RELEASE) {
            lastWriteNanos = now.nanos();
        }
        call(new LeaseCommand.Write(operation, expected(basis), next, neededByNanos(now)), now, out);
    }

    private void call(LeaseCommand command, Moment now, List<Effect<LeaseCommand>> out) {
        inFlight = new Call(++calls, command, now.nanos(), ClockCheck.offsetNanos(now));
        out.add(new Effect.Call<>(calls, command, timing.attemptNanos()));
    }

    /** Renewals go before anything else, the one with the least authority left first. */
    private long neededByNanos(Moment now) {
        boolean holds = phase == Phase.LEADING || phase == Phase.STOPPING_WORK;
        return holds ? lapseNanos() : now.nanos() + timing.leaseNanos();
    }

    private void setProblem(String now, List<Effect<LeaseCommand>> out) {
        if (phase != Phase.STOPPING_WORK && !Objects.equals(problem, now)) {
            problem = now;
            publish(now, out);
        }
    }

    private void publishIfChanged(String reason, List<Effect<LeaseCommand>> out) {
        if (!Objects.equals(leaderToShow(), standing.leader())
                || !Objects.equals(problem, standing.problem())
                || authorityToShowNanos() != standing.authorityUntilNanos()) {
            publish(reason, out);
        }
    }

    private @Nullable String leaderToShow() {
        if (phase == Phase.LEADING) {
            return member;
        }
        LeaseRecord record = seen == null ? null : seen.record();
        return record == null || !record.isHeld() || isOurs(seen) ? null : record.holder();
    }

    private long authorityToShowNanos() {
        if (phase != Phase.LEADING) {
            return 0;
        }
        return suspendedNanos == null ? lapseNanos() : suspendedNanos;
    }

    private void publish(String reason, List<Effect<LeaseCommand>> out) {
        boolean leads = phase == Phase.LEADING;
        standing = new Standing(
                lock,
                member,
                phase,
                leads ? tenure : null,
                authorityToShowNanos(),
                leaderToShow(),
                problem,
                leads ? clock() : null);
        out.add(new Effect.Publish<>(standing, reason));
    }

    /** Law 10: how the clocks stood when authority was confirmed. */
    ClockCheck clock() {
        return new ClockCheck(offsetNanos, timing.jumpNanos());
    }
}
