package io.github.camelmasterlite.master;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when the delegate consumer of one route is started, suspended, resumed and stopped: a deterministic state machine. Facts about
 * leadership, the context and the route go in, and at most one operation on the delegate is under way at any time; when it ends, the facts
 * of that moment decide what comes next. So there are never two delegates, and a flap costs at most one start and one stop.
 *
 * <p>It knows no thread. Whoever calls it ({@link DelegateRunner}) does so under one lock, one event at a time. It is not final only because
 * tests break its rules, one at a time, to show that they would notice.
 *
 * <p>The delegate is <i>wanted</i> while a tenure is held, the context has fully started, the route is started and neither suspended nor
 * leaving. A <i>standby</i> is wanted under the same conditions while no tenure is held, if the route is to keep one: a delegate that has been made
 * and initialised, and that a tenure only has to start.
 *
 * <pre>
 * from        event                          to          effect
 * ABSENT      any, wanted                    STARTING    Start
 * ABSENT      any, standby wanted            WARMING     WarmUp
 * WARMING     Done                           WARM        as for WARM, with the facts of now
 * WARMING     Failed, standby wanted         WARM_FAILED WarmUpAfter
 * WARMING     Failed, otherwise              ABSENT      as for ABSENT
 * WARMING     Cancelled                      ABSENT      as for ABSENT
 * WARM_FAILED RetryDue                       WARMING     WarmUp
 * WARM_FAILED Gained                         STARTING    Start
 * WARM_FAILED Suspend, Defer, Close          ABSENT
 * WARM        Gained                         STARTING    Start, of the standby
 * WARM        Suspend, Defer, Close          STOPPING    Stop
 * STARTING    Done                           RUNNING     as for RUNNING, with the facts of now
 * STARTING    Cancelled                      ABSENT      as for ABSENT
 * STARTING    Failed, same tenure wanted     BACKING_OFF RetryAfter
 * STARTING    Failed for the last time       GIVEN_UP    GiveUp
 * STARTING    Failed, otherwise              ABSENT      as for ABSENT
 * STARTING    Refused, same tenure wanted    BACKING_OFF RetryAfter
 * STARTING    Refused, otherwise             ABSENT      as for ABSENT
 * BACKING_OFF RetryDue                       STARTING    Start
 * BACKING_OFF Lost, Suspend, Defer, Close    ABSENT
 * GIVEN_UP    the same, Allow                ABSENT      as for ABSENT
 * RUNNING     Lost, Close                    STOPPING    Stop
 * RUNNING     Suspend                        SUSPENDING  Suspend
 * RUNNING     Down, wanted                   RUNNING     Yield
 * SUSPENDING  Done                           SUSPENDED   as for SUSPENDED
 * SUSPENDED   Allow                          RESUMING    Resume
 * SUSPENDED   Lost, Close                    STOPPING    Stop
 * RESUMING    Done                           RUNNING     as for RUNNING
 * SUSPENDING  Failed                         STOPPING    Stop
 * RESUMING    Failed                         STOPPING    Stop
 * STOPPING    Done, Failed                   ABSENT      as for ABSENT
 * </pre>
 *
 * Any other event changes facts only.
 */
class DelegateLifecycle {

    /** Where the delegate stands. */
    enum Phase {
        /** There is none. */
        ABSENT,
        /** This member follows, and one is being made and initialised. */
        WARMING,
        /** This member follows, and one is initialised, but has not been started. */
        WARM,
        /** There is none: this member follows, a warm-up has failed, and the next one is due later. */
        WARM_FAILED,
        /** One is being made and started. */
        STARTING,
        /** It runs. */
        RUNNING,
        /** It is being suspended, as the route is. */
        SUSPENDING,
        /** It is suspended. */
        SUSPENDED,
        /** It is being resumed. */
        RESUMING,
        /** It is being stopped. */
        STOPPING,
        /** There is none: a start has failed, the next attempt is due later. */
        BACKING_OFF,
        /** There is none: all attempts of this tenure have failed. */
        GIVEN_UP
    }

    /** What can happen. */
    sealed interface Event {

        /**
         * A tenure has begun.
         *
         * @param tenure ignored if its end has been heard of before its beginning
         */
        record Gained(TenureStamp tenure) implements Event {}

        /** A tenure has ended. */
        record Lost(TenureStamp tenure) implements Event {}

        /** The context has fully started. */
        record ContextStarted() implements Event {}

        /** The route has started or resumed, or goes on after all. */
        record Allow() implements Event {}

        /** The route is suspended: keep the delegate, take nothing in. */
        record Suspend() implements Event {}

        /** The route is about to leave: let the delegate finish, start none. */
        record Defer() implements Event {}

        /** The route has stopped. Final. */
        record Close() implements Event {}

        /** The operation has succeeded. */
        record Done(long operation) implements Event {}

        /** The operation has failed. */
        record Failed(long operation) implements Event {}

        /** The delegate of the tenure has been down for too long. */
        record Down(TenureStamp tenure) implements Event {}

        /** The start or the warm-up was not begun, because it was no longer wanted. */
        record Cancelled(long operation) implements Event {}

        /** The start was not begun, because it was not allowed to: no attempt, so it does not count as a failed one. */
        record Refused(long operation) implements Event {}

        /** The next attempt is due. */
        record RetryDue(long operation) implements Event {}
    }

    /**
     * What is to be done. The operations answer with {@link Event.Done} or {@link Event.Failed} under the same number, and a start that is not begun
     * with {@link Event.Cancelled} or {@link Event.Refused}.
     */
    sealed interface Effect {

        /**
         * Start a delegate, unless {@link #isWanted(long)} has become false.
         *
         * @param standby whether it is the one that has been warmed up; otherwise one is to be made
         */
        record Start(long operation, TenureStamp tenure, int attempt, boolean standby) implements Effect {

            /** Of a delegate that is to be made. */
            Start(long operation, TenureStamp tenure, int attempt) {
                this(operation, tenure, attempt, false);
            }
        }

        /** Make a delegate and initialise it, but do not start it. Until that has begun, {@link #overtakenWarmUp()} may take it back. */
        record WarmUp(long operation) implements Effect {}

        /** Report {@link Event.RetryDue} after the back-off delay, for the next warm-up. */
        record WarmUpAfter(long operation) implements Effect {}

        /** Stop the delegate, or the standby, and drop it. */
        record Stop(long operation) implements Effect {}

        /** Suspend the delegate. */
        record Suspend(long operation) implements Effect {}

        /** Resume the delegate. */
        record Resume(long operation) implements Effect {}

        /** Report {@link Event.RetryDue} after the back-off delay. */
        record RetryAfter(long operation, int attempts) implements Effect {}

        /** Give up the lock for a while: another member may be able to start the consumer. */
        record GiveUp(int attempts) implements Effect {}

        /** Give up the lock for a while: the consumer of another member may do better. */
        record Yield() implements Effect {}
    }

    private static final Logger LOG = LoggerFactory.getLogger(DelegateLifecycle.class);

    private final String name;
    private final int maxAttempts;
    private final boolean warmStandby;

    private Phase phase = Phase.ABSENT;
    private long operation;
    private @Nullable TenureStamp delegateTenure;
    private int failures;

    private @Nullable TenureStamp held;
    private @Nullable TenureStamp lastEnded;
    private boolean contextStarted;
    private boolean routeStarted;
    private boolean suspended;
    private boolean leaving;
    private boolean closed;

    /**
     * @param name        for the log
     * @param maxAttempts how often a start is tried in one tenure; 0 for ever
     */
    DelegateLifecycle(String name, int maxAttempts) {
        this(name, maxAttempts, false);
    }

    /**
     * @param name        for the log
     * @param maxAttempts how often a start is tried in one tenure; 0 for ever
     * @param warmStandby whether to keep a standby between tenures
     */
    DelegateLifecycle(String name, int maxAttempts, boolean warmStandby) {
        this.name = name;
        this.maxAttempts = maxAttempts;
        this.warmStandby = warmStandby;
    }

    Phase phase() {
        return phase;
    }

    /** Whether a delegate should be running, or be on its way: what health compares the phase with. */
    boolean isWanted() {
        return wanted() != null;
    }

    /** Whether the start under this number is still worth beginning. */
    boolean isWanted(long startOperation) {
        return phase == Phase.STARTING && operation == startOperation && Objects.equals(delegateTenure, wanted());
    }

    /**
     * The warm-up under way, if it is no longer what should come next. If it has not begun yet, it is better {@link Event.Cancelled cancelled}: whatever
     * it waits for may take long. If it has begun, its end is awaited.
     *
     * @return its number; 0 for none
     */
    long overtakenWarmUp() {
        return phase == Phase.WARMING && !isStandbyWanted() ? operation : 0;
    }

    /**
     * Decides.
     *
     * @return what to do now
     */
    List<Effect> on(Event event) {
        if (event instanceof Event.Done done) {
            return done.operation() == operation ? succeeded() : List.of();
        }
        if (event instanceof Event.Failed failed) {
            return failed.operation() == operation ? failed() : List.of();
        }
        if (event instanceof Event.Cancelled cancelled) {
            return cancelled.operation() == operation ? absent("no longer wanted") : List.of();
        }
        if (event instanceof Event.Refused refused) {
            return refused.operation() == operation && phase == Phase.STARTING ? refused() : List.of();
        }
        if (event instanceof Event.RetryDue due) {
            boolean isWaitedFor = phase == Phase.BACKING_OFF || phase == Phase.WARM_FAILED;
            return due.operation() == operation && isWaitedFor ? absent("next attempt") : List.of();
        }
        if (event instanceof Event.Down down) {
            boolean isRunning = phase == Phase.RUNNING && down.tenure().equals(wanted());
            return isRunning ? List.of(new Effect.Yield()) : List.of();
        }
        learn(event);
        boolean pausing = phase == Phase.BACKING_OFF || phase == Phase.GIVEN_UP;
        if (pausing
                && (!Objects.equals(wanted(), delegateTenure)
                        || (event instanceof Event.Allow && phase == Phase.GIVEN_UP))) {
            failures = 0;
            return absent(event.getClass().getSimpleName());
        }
        if (phase == Phase.WARM_FAILED && !isStandbyWanted()) {
            return absent(event.getClass().getSimpleName());
        }
        return next();
    }

    private void learn(Event event) {
        if (event instanceof Event.Gained gained) {
            // A stop does not wait for a start that is still being delivered, so it may be the first to arrive.
            if (!gained.tenure().equals(lastEnded)) {
                held = gained.tenure();
            }
        } else if (event instanceof Event.Lost lost) {
            lastEnded = lost.tenure();
            if (lost.tenure().equals(held)) {
                held = null;
            }
        } else if (event instanceof Event.ContextStarted) {
            contextStarted = true;
        } else if (event instanceof Event.Allow) {
            routeStarted = true;
            suspended = false;
            leaving = false;
        } else if (event instanceof Event.Suspend) {
            suspended = true;
        } else if (event instanceof Event.Defer) {
            leaving = true;
        } else if (event instanceof Event.Close) {
            closed = true;
        }
    }

    /** The tenure under which a delegate should be started now; null when none should. */
    private @Nullable TenureStamp wanted() {
        return mayRun() ? held : null;
    }

    private boolean isStandbyWanted() {
        return warmStandby && held == null && mayRun();
    }

    private boolean mayRun() {
        return contextStarted && routeStarted && !suspended && !leaving && !closed;
    }

    private List<Effect> next() {
        switch (phase) {
            case ABSENT -> {
                TenureStamp tenure = wanted();
                if (tenure != null) {
                    return start(tenure, false);
                }
                if (isStandbyWanted()) {
                    return List.of(new Effect.WarmUp(begin(Phase.WARMING, "following")));
                }
            }
            case WARM -> {
                TenureStamp tenure = wanted();
                if (tenure != null) {
                    return start(tenure, true);
                }
                if (!isStandbyWanted()) {
                    return List.of(new Effect.Stop(begin(Phase.STOPPING, "standby no longer wanted")));
                }
            }
            case RUNNING -> {
                if (isOver()) {
                    return List.of(
                            new Effect.Stop(begin(Phase.STOPPING, closed ? "route stopped" : "leadership lost")));
                }
                if (suspended) {
                    return List.of(new Effect.Suspend(begin(Phase.SUSPENDING, "route suspended")));
                }
            }
            case SUSPENDED -> {
                if (isOver()) {
                    return List.of(
                            new Effect.Stop(begin(Phase.STOPPING, closed ? "route stopped" : "leadership lost")));
                }
                if (!suspended) {
                    return List.of(new Effect.Resume(begin(Phase.RESUMING, "route resumed")));
                }
            }
            default -> {
                // The end of the operation under way comes back here.
            }
        }
        return List.of();
    }

    private List<Effect> start(TenureStamp tenure, boolean standby) {
        failures = tenure.equals(delegateTenure) ? failures : 0;
        delegateTenure = tenure;
        long number = begin(Phase.STARTING, tenure.toString());
        return List.of(new Effect.Start(number, tenure, failures + 1, standby));
    }

    private boolean isOver() {
        return closed || !Objects.equals(held, delegateTenure);
    }

    private List<Effect> succeeded() {
        switch (phase) {
            case WARMING -> become(Phase.WARM, "initialised");
            case STARTING -> {
                failures = 0;
                become(Phase.RUNNING, "started");
            }
            case SUSPENDING -> become(Phase.SUSPENDED, "suspended");
            case RESUMING -> become(Phase.RUNNING, "resumed");
            case STOPPING -> become(Phase.ABSENT, "stopped");
            default -> {
                return List.of();
            }
        }
        return next();
    }

    private List<Effect> failed() {
        switch (phase) {
            case STARTING -> {
                if (!Objects.equals(wanted(), delegateTenure)) {
                    failures = 0; // as if the end had come while it backed off
                    return absent("start failed, no longer wanted");
                }
                failures++;
                if (maxAttempts > 0 && failures >= maxAttempts) {
                    become(Phase.GIVEN_UP, "start failed " + failures + " times");
                    return List.of(new Effect.GiveUp(failures));
                }
                become(Phase.BACKING_OFF, "start failed");
                return List.of(new Effect.RetryAfter(operation, failures));
            }
            case WARMING -> {
                if (!isStandbyWanted()) {
                    return absent("warm-up failed, no longer wanted");
                }
                become(Phase.WARM_FAILED, "warm-up failed");
                return List.of(new Effect.WarmUpAfter(operation));
            }
            case SUSPENDING, RESUMING -> {
                // What can be neither suspended nor resumed can still be stopped, and a new one be started when it is
                // wanted.
                return List.of(new Effect.Stop(begin(Phase.STOPPING, phase + " failed")));
            }
            case STOPPING -> {
                return absent("stop failed, dropped");
            }
            default -> {
                return List.of();
            }
        }
    }

    private List<Effect> refused() {
        if (!Objects.equals(wanted(), delegateTenure)) {
            return absent("start refused, no longer wanted");
        }
        // The end of the tenure is on its way here, most likely. Should it not come, the start is asked for again.
        become(Phase.BACKING_OFF, "start refused");
        return List.of(new Effect.RetryAfter(operation, failures));
    }

    private List<Effect> absent(String reason) {
        become(Phase.ABSENT, reason);
        return next();
    }

    private long begin(Phase underWay, String reason) {
        become(underWay, reason);
        return ++operation;
    }

    private void become(Phase to, String reason) {
        LOG.debug("{}: {} -> {} ({})", name, phase, to, reason);
        phase = to;
    }
}
