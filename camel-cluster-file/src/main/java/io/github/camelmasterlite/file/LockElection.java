package io.github.camelmasterlite.file;

import io.github.camelmasterlite.election.Effect;
import io.github.camelmasterlite.election.Election;
import io.github.camelmasterlite.election.Event;
import io.github.camelmasterlite.election.Moment;
import io.github.camelmasterlite.election.Phase;
import io.github.camelmasterlite.election.Standing;
import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.file.LockReply.Predecessor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rules for a lock that the operating system keeps and that dies with its process. Pure; driven by one thread, the loop's.
 *
 * <p>The lock alone makes a leader. Everything else (leader records, presence, directory events) only says when to look. Two faults can take
 * a lock from a process without its knowledge: somebody in the same JVM closes another descriptor of the file, or somebody replaces the file. A
 * leader therefore verifies its lock every {@link LockTiming#checkIntervalNanos()}, and a member that got a lock whose former leader may not have
 * noticed yet waits {@link LockTiming#settleNanos()} before it works.
 *
 * <table>
 * <caption>Transitions</caption>
 * <tr><th>from</th><th>event</th><th>to</th><th>effect</th></tr>
 * <tr><td>FOLLOWING</td><td>stand, poll due, any hint</td><td>FOLLOWING</td><td>try</td></tr>
 * <tr><td>FOLLOWING</td><td>busy</td><td>FOLLOWING</td><td>publish who leads; try again after the poll interval, which many locks stretch while the
 * leader's end would be noticed</td></tr>
 * <tr><td>FOLLOWING</td><td>missing, nothing ever seen</td><td>FOLLOWING</td><td>try and create, at once</td></tr>
 * <tr><td>FOLLOWING</td><td>missing or replaced after something was seen</td><td>FOLLOWING</td><td>wait the settle time, then try</td></tr>
 * <tr><td>FOLLOWING</td><td>failed</td><td>FOLLOWING</td><td>publish the problem; try again after the poll interval, whatever the hints</td></tr>
 * <tr><td>FOLLOWING</td><td>obtained</td><td>CLAIMING</td><td>claim with epoch = last + 1, or the clock in ms if it is higher and the last is not exactly known</td></tr>
 * <tr><td>FOLLOWING</td><td>obtained, but no longer wanted</td><td>RELEASING</td><td>release</td></tr>
 * <tr><td>FOLLOWING</td><td>withdraw, nothing in flight</td><td>STOPPED</td><td></td></tr>
 * <tr><td>CLAIMING</td><td>claimed, predecessor none, released or dead</td><td>LEADING</td><td>publish, start work</td></tr>
 * <tr><td>CLAIMING</td><td>claimed, predecessor may be alive</td><td>SETTLING</td><td>publish</td></tr>
 * <tr><td>CLAIMING</td><td>failed, lost, or no longer wanted</td><td>RELEASING</td><td>publish the problem; release</td></tr>
 * <tr><td>SETTLING</td><td>valid, and predecessor ended or the settle time has passed</td><td>SETTLING</td><td>claim as settled</td></tr>
 * <tr><td>SETTLING</td><td>claimed as settled</td><td>LEADING</td><td>publish, start work</td></tr>
 * <tr><td>SETTLING</td><td>lost, or no longer wanted</td><td>RELEASING</td><td>release</td></tr>
 * <tr><td>SETTLING</td><td>claim failed, or not to be verified for as long as a check counts</td><td>RELEASING</td><td>publish the problem; release</td></tr>
 * <tr><td>LEADING</td><td>check due, any hint, pause</td><td>LEADING</td><td>check</td></tr>
 * <tr><td>LEADING</td><td>valid</td><td>LEADING</td><td>publish the longer authority</td></tr>
 * <tr><td>LEADING</td><td>authority lapses</td><td>LEADING</td><td>publish; the next check decides</td></tr>
 * <tr><td>LEADING</td><td>lost, or not to be verified for as long as a check counts</td><td>STOPPING_WORK</td><td>publish, stop work</td></tr>
 * <tr><td>LEADING</td><td>resign, stand down, withdraw</td><td>STOPPING_WORK</td><td>publish, stop work</td></tr>
 * <tr><td>STOPPING_WORK</td><td>work stopped</td><td>RELEASING</td><td>release, signed if the lock is still held</td></tr>
 * <tr><td>STOPPING_WORK</td><td>work has not stopped within the stop budget</td><td>STOPPING_WORK</td><td>publish the problem; keep the lock</td></tr>
 * <tr><td>RELEASING</td><td>released or failed</td><td>FOLLOWING</td><td>publish</td></tr>
 * <tr><td>RELEASING</td><td>released or failed, withdrawn</td><td>STOPPED</td><td>publish</td></tr>
 * </table>
 */
final class LockElection implements Election<LockCommand, LockReply> {

    /** After resigning, others get at least this head start. */
    private static final long COURTESY_NANOS = 100_000_000L;

    private static final Map<Phase, Set<Phase>> EDGES = new EnumMap<>(Map.of(
            Phase.FOLLOWING, EnumSet.of(Phase.CLAIMING, Phase.RELEASING, Phase.STOPPED),
            Phase.CLAIMING, EnumSet.of(Phase.SETTLING, Phase.LEADING, Phase.RELEASING),
            Phase.SETTLING, EnumSet.of(Phase.LEADING, Phase.RELEASING),
            Phase.LEADING, EnumSet.of(Phase.STOPPING_WORK),
            Phase.STOPPING_WORK, EnumSet.of(Phase.RELEASING),
            Phase.RELEASING, EnumSet.of(Phase.FOLLOWING, Phase.STOPPED),
            Phase.STOPPED, EnumSet.noneOf(Phase.class)));

    /** A call in flight. */
    private record InFlight(long id, LockCommand command, long sentNanos) {}

    private final String lock;
    private final String member;
    private final LockTiming timing;

    private Phase phase = Phase.FOLLOWING;
    private Standing standing;
    private @Nullable InFlight inFlight;
    private long calls;

    // What this member wants.
    private boolean stands;
    private boolean withdrawing;
    private long standFromNanos;
    private boolean coolingDown;

    // FOLLOWING: what was seen of the lock, and when to try next.
    private @Nullable String leader;
    private boolean lockWasSeen;
    private @Nullable Object knownFile;
    private @Nullable Object suspectFile;
    private boolean suspectMissing;
    private long suspectUntilNanos;
    private long nextTryNanos;
    private boolean lookAgain;
    private long highestEpoch;

    /** Hints do not shorten this: the hint may be the echo of the failure. */
    private @Nullable Long backOffUntilNanos;

    // From CLAIMING on: the tenure.
    private @Nullable Tenure tenure;
    private Predecessor predecessor = Predecessor.NONE;
    private boolean held;
    private long settleUntilNanos;
    private long nextCheckNanos;
    private long confirmedNanos;

    /** Since when the lock was neither found held nor could be looked at in vain, because the process did not run. */
    private long unverifiedFromNanos;

    private boolean lapsed;
    private boolean working;

    /** Whether the tenure is one that nobody before can still disturb: only such a one may be handed on as released in order. */
    private boolean settled;

    private long stopToldNanos;

    private @Nullable String problem;

    LockElection(String lock, String member, LockTiming timing) {
        this.lock = lock;
        this.member = member;
        this.timing = timing;
        this.standing = new Standing(lock, member, phase, null, 0, null, null);
    }

    @Override
    public Standing standing() {
        return standing;
    }

    @Override
    public List<Effect<LockCommand>> on(Event<LockReply> event, Moment now) {
        List<Effect<LockCommand>> out = new ArrayList<>(3);
        if (event instanceof Event.Reply<LockReply> reply) {
            onReply(reply, now, out);
        } else if (event instanceof Event.Failed<LockReply> failed) {
            if (inFlight != null && inFlight.id == failed.callId()) {
                onReply(new Event.Reply<>(failed.callId(), new LockReply.Failed(failed.reason())), now, out);
            }
        } else if (event instanceof Event.Overdue<LockReply> overdue) {
            onOverdue(overdue, out);
        } else if (event instanceof Event.Observed<LockReply>) {
            lookNow(now);
        } else if (event instanceof Event.Paused<LockReply>) {
            unverifiedFromNanos =
                    now.nanos(); // what could not be done while this process did not run says nothing about the disk
            lookNow(now);
        } else if (event instanceof Event.Stand<LockReply>) {
            stands = true;
            coolingDown = false;
            backOffUntilNanos = null;
            lookNow(now);
        } else if (event instanceof Event.StandDown<LockReply>) {
            stands = false;
            leave(now, "it was disabled", out);
            lookNow(now);
        } else if (event instanceof Event.Resign<LockReply> resign) {
            coolingDown = true;
            standFromNanos = now.nanos() + resign.coolDownNanos();
            leave(now, "it resigned", out);
        } else if (event instanceof Event.Withdraw<LockReply>) {
            withdrawing = true;
            leave(now, "it is stopping", out);
        } else if (event instanceof Event.WorkStopped<LockReply> stopped) {
            onWorkStopped(stopped, now, out);
        }
        proceed(now, out);
        return out;
    }

    /** Nothing in here depends on an event: whatever is due now and possible now is done. */
    private void proceed(Moment now, List<Effect<LockCommand>> out) {
        if (phase == Phase.LEADING && !lapsed && now.reached(authorityUntilNanos())) {
            lapsed = true;
            publish("its authority lapsed until the lock is verified", out);
        }
        if (phase == Phase.LEADING && inFlight != null && now.reached(hungNanos(inFlight))) {
            lose("the lock cannot be verified: the disk does not answer", now, out);
        }
        if (phase == Phase.STOPPING_WORK
                && working
                && problem == null
                && now.reached(stopToldNanos + timing.stopBudgetNanos())) {
            problem = "work under lock " + lock + " has not stopped within " + timing.stopBudgetNanos() / 1_000_000
                    + " ms of being told to; "
                    + (held
                            ? "the lock is kept until it does"
                            : "the lock is lost, so another member may be at work beside it")
                    + ". Find out what blocks it, or raise stopBudgetMillis";
            publish("work has not stopped in time", out);
        }
        // Not before the tenure has been given up: others must get their head start however short the cool-down.
        if (coolingDown && phase == Phase.FOLLOWING && now.reached(standFromNanos)) {
            coolingDown = false;
            nextTryNanos = soonest(now);
        }
        if (inFlight != null) {
            return;
        }
        switch (phase) {
            case FOLLOWING -> {
                if (withdrawing) {
                    become(Phase.STOPPED, "withdrawn", out);
                } else if (now.reached(nextTryNanos)) {
                    call(wants() ? tryCommand(now) : new LockCommand.Look(), now, out);
                }
            }
            case CLAIMING, STOPPED -> {}
            case SETTLING -> {
                if (!wants()) {
                    release("it is no longer wanted", now, out);
                } else if (now.reached(nextCheckNanos)) {
                    call(new LockCommand.Check(true), now, out);
                }
            }
            case LEADING -> {
                if (now.reached(nextCheckNanos)) {
                    call(new LockCommand.Check(false), now, out);
                }
            }
            case STOPPING_WORK -> {
                if (!working) {
                    release("its work has ended", now, out);
                } else if (held && now.reached(nextCheckNanos)) {
                    call(new LockCommand.Check(false), now, out);
                }
            }
            case RELEASING -> call(new LockCommand.Release(held && settled && tenure != null), now, out);
        }
    }

    @Override
    public @Nullable Long deadlineNanos() {
        Long next = null;
        if (inFlight == null) {
            next = switch (phase) {
                case FOLLOWING -> nextTryNanos;
                case SETTLING, LEADING -> nextCheckNanos;
                case STOPPING_WORK -> held ? (Long) nextCheckNanos : null;
                case CLAIMING, RELEASING, STOPPED -> null;
            };
        }
        if (phase == Phase.LEADING && !lapsed) {
            next = Moment.earlier(next, authorityUntilNanos());
        }
        if (phase == Phase.LEADING && inFlight != null) {
            next = Moment.earlier(next, hungNanos(inFlight));
        }
        if (phase == Phase.STOPPING_WORK && working && problem == null) {
            next = Moment.earlier(next, stopToldNanos + timing.stopBudgetNanos());
        }
        if (coolingDown && phase == Phase.FOLLOWING) {
            next = Moment.earlier(next, standFromNanos);
        }
        return next;
    }

    // ---- events

    private void onReply(Event.Reply<LockReply> event, Moment now, List<Effect<LockCommand>> out) {
        InFlight answered = inFlight;
        if (answered == null || answered.id != event.callId()) {
            return;
        }
        inFlight = null;
        LockReply reply = event.reply();
        switch (phase) {
            case FOLLOWING -> onTried(reply, answered.sentNanos, now, out);
            case CLAIMING -> onClaimed(reply, now, out);
            case SETTLING, LEADING, STOPPING_WORK -> onChecked(reply, answered, now, out);
            case RELEASING -> onReleased(now, out);
            case STOPPED -> {}
        }
    }

    private void onOverdue(Event.Overdue<LockReply> overdue, List<Effect<LockCommand>> out) {
        if (inFlight != null && inFlight.id == overdue.callId()) {
            problem = "the disk has not answered "
                    + inFlight.command.getClass().getSimpleName().toLowerCase(Locale.ROOT)
                    + " for " + overdue.afterNanos() / 1_000_000 + " ms; nothing is done about lock " + lock
                    + " until it does. Check the file system of the root";
            publish("a call is overdue", out);
        }
    }

    private void onTried(LockReply reply, long sentNanos, Moment now, List<Effect<LockCommand>> out) {
        nextTryNanos = nextPollNanos(0, now);
        if (reply instanceof LockReply.Busy busy) {
            nextTryNanos = nextPollNanos(busy.calmLocks(), now);
            fileSeen(busy.file());
            leaderSeen(busy.leader(), "another member leads", out);
        } else if (reply instanceof LockReply.Seen seen) {
            nextTryNanos = nextPollNanos(seen.calmLocks(), now);
            leaderSeen(seen.leader(), "looked", out);
        } else if (reply instanceof LockReply.Missing) {
            onMissing(now, out);
        } else if (reply instanceof LockReply.Replaced replaced) {
            onReplaced(replaced.file(), now, out);
        } else if (reply instanceof LockReply.Obtained obtained) {
            unverifiedFromNanos = sentNanos;
            confirmedNanos = sentNanos;
            onObtained(obtained, now, out);
        } else if (reply instanceof LockReply.Failed failed) {
            backOffUntilNanos = now.nanos() + timing.pollNanos();
            setProblem(failed.reason(), out);
        }
        if (lookAgain && phase == Phase.FOLLOWING) {
            lookAgain = false;
            nextTryNanos = soonest(now);
        }
    }

    private void onMissing(Moment now, List<Effect<LockCommand>> out) {
        setProblem(null, out);
        if (!lockWasSeen && !suspectMissing) {
            nextTryNanos = now.nanos();
            suspectMissing = true;
            suspectUntilNanos = now.nanos();
        } else if (!suspectMissing) {
            // Somebody may still lead on the file that is gone: it notices, and its work stops, within the settle time.
            suspectMissing = true;
            suspectFile = null;
            suspectUntilNanos = now.nanos() + timing.settleNanos();
            nextTryNanos = Moment.earlier(nextTryNanos, suspectUntilNanos);
            leader = null;
            publish("the lock file is gone; waiting until a leader on the former one must have noticed", out);
        } else if (!now.reached(suspectUntilNanos)) {
            nextTryNanos = Moment.earlier(nextTryNanos, suspectUntilNanos);
        }
    }

    private void onReplaced(Object file, Moment now, List<Effect<LockCommand>> out) {
        setProblem(null, out);
        if (!file.equals(suspectFile)) {
            suspectMissing = false;
            suspectFile = file;
            suspectUntilNanos = now.nanos() + timing.settleNanos();
            leader = null;
            publish("the lock file was replaced; waiting until a leader on the former one must have noticed", out);
        }
        nextTryNanos = Moment.earlier(nextTryNanos, suspectUntilNanos);
    }

    private void onObtained(LockReply.Obtained obtained, Moment now, List<Effect<LockCommand>> out) {
        fileSeen(obtained.file());
        held = true;
        leader = null;
        highestEpoch = Math.max(highestEpoch, obtained.lastEpoch());
        if (!wants()) {
            become(Phase.RELEASING, "obtained, but no longer wanted", out);
            return;
        }
        predecessor = obtained.predecessor();
        long epoch = obtained.isExact() ? highestEpoch + 1 : Math.max(highestEpoch + 1, now.wallMillis());
        tenure = new Tenure(obtained.lastTerm() + 1, epoch, Instant.ofEpochMilli(now.wallMillis()));
        String before = obtained.leaderBefore() == null ? "nobody" : obtained.leaderBefore();
        settled = predecessor != Predecessor.ALIVE;
        become(Phase.CLAIMING, "obtained the lock; the leader before was " + before + " (" + predecessor + ")", out);
        call(new LockCommand.Claim(epoch, tenure.term(), !settled), now, out);
    }

    private void onClaimed(LockReply reply, Moment now, List<Effect<LockCommand>> out) {
        Tenure claimed = Objects.requireNonNull(tenure);
        if (reply instanceof LockReply.Lost lost) {
            held = false;
            tenure = null;
            release("the lock was lost while it was being claimed: " + lost.reason(), now, out);
            return;
        }
        if (!(reply instanceof LockReply.Claimed)) {
            String reason = reply instanceof LockReply.Failed failed ? failed.reason() : "unexpected answer " + reply;
            tenure = null;
            giveUpFor(reason, "its tenure could not be recorded: ", now, out);
            return;
        }
        highestEpoch = claimed.fencingToken();
        if (!wants()) {
            release("it is no longer wanted", now, out);
        } else if (!settled) {
            settleUntilNanos = now.nanos() + timing.settleNanos();
            nextCheckNanos = now.nanos() + timing.settleProbeNanos();
            become(
                    Phase.SETTLING,
                    "the leader before may still be at work; it has noticed and stopped within "
                            + timing.settleNanos() / 1_000_000 + " ms",
                    out);
        } else {
            lead("predecessor: " + predecessor, now, out);
        }
    }

    private void onChecked(LockReply reply, InFlight answered, Moment now, List<Effect<LockCommand>> out) {
        if (reply instanceof LockReply.Valid valid) {
            onValid(valid, answered.sentNanos, now, out);
        } else if (reply instanceof LockReply.Claimed) {
            if (wants()) {
                lead("the leader before has ended or has had its time", now, out);
            }
        } else if (reply instanceof LockReply.Lost lost) {
            held = false;
            lose(lost.reason(), now, out);
        } else {
            String reason = reply instanceof LockReply.Failed failed ? failed.reason() : "unexpected answer " + reply;
            nextCheckNanos = now.nanos() + timing.graceNanos();
            if (phase == Phase.LEADING && now.reached(unverifiableNanos())) {
                lose("the lock could not be verified: " + reason, now, out);
            } else if (phase == Phase.SETTLING && answered.command instanceof LockCommand.Claim) {
                giveUpFor(reason, "its tenure could not be recorded: ", now, out);
            } else if (phase == Phase.SETTLING && now.reached(unverifiableNanos())) {
                giveUpFor(reason, "the lock could not be verified: ", now, out);
            } else if (phase != Phase.STOPPING_WORK) {
                setProblem(reason, out);
            }
        }
    }

    private void onValid(LockReply.Valid valid, long sentNanos, Moment now, List<Effect<LockCommand>> out) {
        nextCheckNanos = lookAgain ? now.nanos() : sentNanos + timing.checkIntervalNanos();
        lookAgain = false;
        unverifiedFromNanos = sentNanos;
        confirmedNanos = sentNanos;
        if (phase == Phase.SETTLING) {
            setProblem(null, out);
            nextCheckNanos = now.nanos() + timing.settleProbeNanos();
            if (wants() && (valid.predecessor() != Predecessor.ALIVE || sentNanos - settleUntilNanos >= 0)) {
                // Until this is recorded, whoever comes next has to wait for the same predecessor again.
                settled = true;
                Tenure settling = Objects.requireNonNull(tenure);
                call(new LockCommand.Claim(settling.fencingToken(), settling.term(), false), now, out);
            }
        } else if (phase == Phase.LEADING) {
            boolean wasLapsed = lapsed;
            lapsed = false;
            problem = null;
            publish(wasLapsed ? "the lock was verified" : "still held", out);
        } else if (!now.reached(stopToldNanos + timing.stopBudgetNanos())) {
            setProblem(null, out); // that of an overdue check; that of an overdue stop stays
        }
    }

    private void onWorkStopped(Event.WorkStopped<LockReply> stopped, Moment now, List<Effect<LockCommand>> out) {
        if (phase != Phase.STOPPING_WORK || tenure == null || tenure.term() != stopped.term()) {
            return;
        }
        working = false;
        problem = null;
        if (inFlight == null) {
            release("its work has ended", now, out);
        }
    }

    private void onReleased(Moment now, List<Effect<LockCommand>> out) {
        held = false;
        tenure = null;
        leader = null;
        lapsed = false;
        nextTryNanos = soonest(now);
        if (coolingDown) {
            standFromNanos = Moment.later(standFromNanos, now.nanos() + COURTESY_NANOS);
            nextTryNanos = Moment.later(nextTryNanos, now.nanos() + COURTESY_NANOS);
        }
        become(withdrawing ? Phase.STOPPED : Phase.FOLLOWING, "released", out);
    }

    // ---- transitions

    private void lead(String reason, Moment now, List<Effect<LockCommand>> out) {
        Tenure begun = Objects.requireNonNull(tenure);
        // Recording the tenure may have taken long, and nobody has looked at the lock meanwhile.
        nextCheckNanos = lookAgain ? now.nanos() : confirmedNanos + timing.checkIntervalNanos();
        lapsed = false;
        lookAgain = false;
        working = true;
        problem = null;
        become(Phase.LEADING, reason, out);
        out.add(new Effect.StartWork<>(begun));
    }

    private void lose(String reason, Moment now, List<Effect<LockCommand>> out) {
        if (phase == Phase.LEADING) {
            stopWork(reason, now, out);
        } else if (phase == Phase.SETTLING) {
            release(reason, now, out);
        }
    }

    /** Ends a tenure because this member wants to. What has not begun needs no ending: {@link #proceed} sees that it is not wanted. */
    private void leave(Moment now, String reason, List<Effect<LockCommand>> out) {
        if (phase == Phase.LEADING) {
            stopWork(reason, now, out);
        }
    }

    private void stopWork(String reason, Moment now, List<Effect<LockCommand>> out) {
        Tenure ended = Objects.requireNonNull(tenure);
        stopToldNanos = now.nanos();
        problem = null;
        become(Phase.STOPPING_WORK, reason, out);
        out.add(new Effect.StopWork<>(ended));
    }

    /** Lets others try what this member cannot do, and does not try again itself before the poll interval has passed. */
    private void giveUpFor(String problem, String doing, Moment now, List<Effect<LockCommand>> out) {
        this.problem = problem;
        backOffUntilNanos = now.nanos() + timing.pollNanos();
        release(doing + problem, now, out);
    }

    private void release(String reason, Moment now, List<Effect<LockCommand>> out) {
        become(Phase.RELEASING, reason, out);
        call(new LockCommand.Release(held && settled && tenure != null), now, out);
    }

    private void become(Phase to, String reason, List<Effect<LockCommand>> out) {
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

    private void lookNow(Moment now) {
        if (inFlight != null) {
            // What was asked may have been answered before the thing happened that was hinted at.
            lookAgain = true;
        } else if (phase == Phase.FOLLOWING) {
            nextTryNanos = soonest(now);
        } else if (phase == Phase.LEADING || phase == Phase.SETTLING) {
            nextCheckNanos = now.nanos();
        }
    }

    /**
     * At most a poll interval from now, and at a time that all elections of this process share: a thousand locks that are tried together wake
     * two threads once, not a thousand times. Where the interval is stretched, only some of them share a time: a thousand tries at once would be in
     * the way of a hand-over.
     */
    private long nextPollNanos(int calmLocks, Moment now) {
        long interval = timing.pollNanos(calmLocks);
        long tick = timing.pollNanos() / 4;
        long share = Math.floorMod(lock.hashCode(), Math.max(1, interval / 4 / tick));
        long latest = now.nanos() + interval - share * tick;
        return latest - Math.floorMod(latest, tick);
    }

    private LockCommand tryCommand(Moment now) {
        boolean waited = now.reached(suspectUntilNanos);
        if (suspectFile != null && waited) {
            return new LockCommand.Try(suspectFile, false);
        }
        boolean create = suspectMissing && waited;
        return new LockCommand.Try(create ? null : knownFile, create);
    }

    private void fileSeen(Object file) {
        lockWasSeen = true;
        knownFile = file;
        suspectFile = null;
        suspectMissing = false;
    }

    private void leaderSeen(@Nullable LeaderRecord seen, String reason, List<Effect<LockCommand>> out) {
        if (seen != null) {
            highestEpoch = Math.max(highestEpoch, seen.epoch());
        }
        String now = seen == null || seen.released() ? null : seen.member();
        if (!Objects.equals(now, leader) || problem != null) {
            leader = now;
            problem = null;
            publish(reason, out);
        }
    }

    private void setProblem(@Nullable String now, List<Effect<LockCommand>> out) {
        if (!Objects.equals(problem, now)) {
            problem = now;
            publish(now == null ? "the problem is gone" : now, out);
        }
    }

    private void publish(String reason, List<Effect<LockCommand>> out) {
        boolean leads = phase == Phase.LEADING;
        standing = new Standing(
                lock,
                member,
                phase,
                leads ? tenure : null,
                leads ? authorityUntilNanos() : 0,
                leads ? member : leader,
                problem);
        out.add(new Effect.Publish<>(standing, reason));
    }

    private long authorityUntilNanos() {
        return confirmedNanos + timing.authorityNanos();
    }

    private long unverifiableNanos() {
        return unverifiedFromNanos + timing.authorityNanos();
    }

    private long hungNanos(InFlight call) {
        // Asked late, because this process ran late, it still gets the time of a quick answer.
        return Moment.later(
                unverifiableNanos(), Moment.later(call.sentNanos, unverifiedFromNanos) + timing.graceNanos());
    }

    private void call(LockCommand command, Moment now, List<Effect<LockCommand>> out) {
        inFlight = new InFlight(++calls, command, now.nanos());
        out.add(new Effect.Call<>(calls, command, timing.timeoutNanos()));
    }

    /** When a lock may be tried next at the earliest. */
    private long soonest(Moment now) {
        Long backOff = backOffUntilNanos;
        return backOff == null ? now.nanos() : Moment.later(now.nanos(), backOff);
    }
}
