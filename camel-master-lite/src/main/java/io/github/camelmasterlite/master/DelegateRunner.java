package io.github.camelmasterlite.master;

import io.github.camelmasterlite.master.DelegateLifecycle.Effect;
import io.github.camelmasterlite.master.DelegateLifecycle.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.Consumer;
import org.apache.camel.StartupListener;
import org.apache.camel.support.service.ServiceHelper;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what {@link DelegateLifecycle} decides for one consumer, from one start of its route to its stop.
 *
 * <p>Threads: any thread may {@link #post}. Decisions are taken under a small lock that is held for nothing else; operations on the delegate
 * run outside it, one at a time, since the machine has only one under way. A start runs on the thread of the cluster service that told of the tenure,
 * or else on a worker of the component; a warm-up always runs on a worker. What the end of a tenure asks for runs on the thread that tells of it, and what the
 * route asks for on a worker that is waited for, for as long as the stop budget: {@code suspend}, {@code resume} and {@code stop} are done when they return,
 * unless that passes first, or an operation is still under way: then its thread goes on with them.
 */
final class DelegateRunner {

    /** Makes the delegate; the seam between the order of things and Camel's ways. */
    interface Factory {

        /** Makes the guard of a tenure. */
        AdmissionGuard guard(TenureStamp tenure);

        /** Makes the guard of a standby, which admits nothing before {@link AdmissionGuard#begin}. */
        default AdmissionGuard standbyGuard() {
            throw new UnsupportedOperationException("no standby is kept here");
        }

        /** Makes and prepares a delegate consumer that delivers to {@code guard}. */
        Consumer create(AdmissionGuard guard) throws Exception;

        /** Completes once the delegate of an earlier start of the route has stopped, which the stop of that route may not have waited for. */
        default CompletableFuture<Void> formerStopped() {
            return CompletableFuture.completedFuture(null);
        }

        /** Runs {@code task} with the class loader and the logging context that the threads of a route have. */
        void inRoute(Runnable task);

        /** A delegate has been started. */
        void started(TenureStamp tenure, int attempt);

        /** The delegate has been stopped. */
        void stopped(int inFlight);

        /** Reports a failed start to the exception handler of the consumer. */
        void startFailed(int attempt, Throwable cause);
    }

    /** The threads of the component. */
    interface Workers {

        /** Runs something that may take long. */
        void run(Runnable operation);

        /** Runs what may take long, later. */
        void runAfter(long millis, Runnable operation);

        /** Makes a delegate ready on a member that follows. It may take long, and no start waits behind it. */
        default void warmUp(Runnable operation) {
            run(operation);
        }

        /** Runs a stop. It gets its thread at once, whatever starts are under way. */
        default void stop(Runnable operation) {
            run(operation);
        }
    }

    /** However short the back-off delay: a follower has time, and warm-ups are tried for ever. */
    private static final long SHORTEST_WARM_UP_DELAY_MILLIS = 100;

    /** As many different failures of warm-ups are told apart, so that each is reported once. */
    private static final int REMEMBERED_FAILURES = 16;

    private static final Logger LOG = LoggerFactory.getLogger(DelegateRunner.class);

    /** One delegate, or the attempt to have one. */
    private static final class Attempt {
        final CompletableFuture<Void> delegateStopped = new CompletableFuture<>();
        final CompletableFuture<Void> workEnded = new CompletableFuture<>();
        private final AtomicBoolean warmUpClaimed = new AtomicBoolean();
        volatile @Nullable AdmissionGuard guard;
        volatile @Nullable Consumer consumer;

        /** Initialised and not started; it becomes {@link #consumer} when it is. */
        volatile @Nullable Consumer standby;

        /** Why it was down for too long. */
        volatile @Nullable String problem;

        /** Whether it has been said that the lock cannot be given up. */
        volatile boolean unyielding;

        /** Whether the caller is the first: either the warm-up begins, or it is taken back. */
        boolean claimWarmUp() {
            return warmUpClaimed.compareAndSet(false, true);
        }

        /** The delegate is gone; the work ends with its last exchange. */
        void stopped() {
            consumer = null;
            standby = null;
            delegateStopped.complete(null);
            AdmissionGuard admitted = guard;
            if (admitted == null) {
                workEnded.complete(null);
            } else {
                admitted.close();
                admitted.drained().whenComplete((drained, failure) -> workEnded.complete(null));
            }
        }
    }

    /** Something to be done, and the delegate it is about: by then there may be another. */
    private record Step(Effect effect, Attempt attempt) {}

    private final String name;
    private final Factory factory;
    private final Authority authority;
    private final Workers workers;
    private final long backOffDelayMillis;
    private final Duration yieldWhenDownFor;
    private final Set<String> reportedWarmUpFailures = new HashSet<>();

    private final Object decisions = new Object();
    private final DelegateLifecycle lifecycle;
    private volatile Attempt attempt = new Attempt();

    /** The one that was told to start last; it may still have exchanges in flight while {@link #attempt} warms up. */
    private volatile Attempt working = attempt;

    private volatile boolean admissionClosed;
    private final AtomicLong startAttempts = new AtomicLong();
    private volatile CompletableFuture<Void> workEnded = CompletableFuture.completedFuture(null);

    /**
     * @param name               lock and delegate, for the log
     * @param factory            makes delegates
     * @param authority          what may be given up when they cannot be started
     * @param workers            the threads
     * @param backOffDelayMillis time between two attempts to start a delegate
     * @param maxAttempts        how often a start is tried in one tenure; 0 for ever
     */
    DelegateRunner(
            String name,
            Factory factory,
            Authority authority,
            Workers workers,
            long backOffDelayMillis,
            int maxAttempts) {
        this(name, factory, authority, workers, backOffDelayMillis, maxAttempts, false, Duration.ZERO);
    }

    /**
     * @param name               lock and delegate, for the log
     * @param factory            makes delegates
     * @param authority          what may be given up when they cannot be started, or are down
     * @param workers            the threads
     * @param backOffDelayMillis time between two attempts to start a delegate, or to warm one up
     * @param maxAttempts        how often a start is tried in one tenure; 0 for ever
     * @param warmStandby        whether to keep a standby while this member follows
     * @param yieldWhenDownFor   how long a delegate may be down before the lock is given up; zero is never
     */
    DelegateRunner(
            String name,
            Factory factory,
            Authority authority,
            Workers workers,
            long backOffDelayMillis,
            int maxAttempts,
            boolean warmStandby,
            Duration yieldWhenDownFor) {
        this(
                name,
                new DelegateLifecycle(name, maxAttempts, warmStandby),
                factory,
                authority,
                workers,
                backOffDelayMillis,
                yieldWhenDownFor);
    }

    /**
     * With other rules than those of {@link DelegateLifecycle}: tests show with broken ones what the rules are for.
     *
     * @param lifecycle for this runner alone
     */
    DelegateRunner(
            String name,
            DelegateLifecycle lifecycle,
            Factory factory,
            Authority authority,
            Workers workers,
            long backOffDelayMillis) {
        this(name, lifecycle, factory, authority, workers, backOffDelayMillis, Duration.ZERO);
    }

    private DelegateRunner(
            String name,
            DelegateLifecycle lifecycle,
            Factory factory,
            Authority authority,
            Workers workers,
            long backOffDelayMillis,
            Duration yieldWhenDownFor) {
        this.name = name;
        this.factory = factory;
        this.authority = authority;
        this.workers = workers;
        this.backOffDelayMillis = backOffDelayMillis;
        this.yieldWhenDownFor = yieldWhenDownFor;
        this.lifecycle = lifecycle;
        attempt.stopped();
    }

    /** Something has happened. Returns when what it asks for on this thread has been done. */
    void post(Event event) {
        post(event, false);
    }

    /** As {@link #post}, on a thread that may be kept: a start that the event asks for is done when this returns. */
    void postAndStart(Event event) {
        post(event, true);
    }

    /** As {@link #request(Event, Runnable)}, with nothing that follows. */
    boolean request(Event event) {
        return request(event, () -> {});
    }

    /**
     * As {@link #post}, for the route, which must go on: code of others that does not return in time is left to a worker.
     *
     * @param event what the route asks for
     * @param then  follows on the same worker what the event asks for, if that is anything: so it need not wait until the caller has woken up
     * @return whether what the event asks for has been done; if not, it goes on, and nobody waits for it
     */
    boolean request(Event event, Runnable then) {
        List<Step> steps = decide(event);
        if (steps.isEmpty()) {
            return true;
        }
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        Runnable task = () -> {
            try {
                steps.forEach(step -> carryOut(step.effect(), step.attempt(), false));
                then.run();
            } finally {
                done.complete(true);
            }
        };
        try {
            workers.stop(task);
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // The component has been stopped, or there is no thread to be had: what was decided must be done.
            task.run();
        }
        // Also for a caller that has been interrupted: a delegate that is left in the middle of its stop is worse than
        // a bounded wait.
        return done.completeOnTimeout(false, authority.stopBudget().toNanos(), TimeUnit.NANOSECONDS)
                .join();
    }

    private void post(Event event, boolean mayStartHere) {
        decide(event).forEach(step -> carryOut(step.effect(), step.attempt(), mayStartHere));
    }

    private List<Step> decide(Event event) {
        List<Step> steps = new ArrayList<>();
        Attempt notBegun = null;
        synchronized (decisions) {
            lifecycle.on(event).forEach(effect -> steps.add(prepare(effect)));
            long overtaken = lifecycle.overtakenWarmUp();
            if (overtaken != 0 && attempt.claimWarmUp()) {
                notBegun = attempt;
                lifecycle.on(new Event.Cancelled(overtaken)).forEach(effect -> steps.add(prepare(effect)));
            }
        }
        if (notBegun != null) {
            notBegun.stopped();
        }
        return steps;
    }

    /** Called with the monitor of {@link #decisions}. */
    private Step prepare(Effect effect) {
        if (effect instanceof Effect.WarmUp) {
            attempt = new Attempt(); // not part of the work: it is none, and lasts as long as this member follows
        } else if (effect instanceof Effect.Start start) {
            // Under the lock: whoever asks for the end of the work after this event must wait for this start, too.
            Attempt next = start.standby() ? attempt : new Attempt();
            attempt = next;
            working = next;
            workEnded = workEnded.isDone() ? next.workEnded : CompletableFuture.allOf(workEnded, next.workEnded);
        }
        return new Step(effect, attempt);
    }

    /** The delegate, also while it starts or stops; null if there is none, or only a standby. */
    @Nullable
    Consumer delegate() {
        return attempt.consumer;
    }

    /** Where the delegate stands. */
    DelegateLifecycle.Phase phase() {
        synchronized (decisions) {
            return lifecycle.phase();
        }
    }

    /** Whether a delegate should be running. */
    boolean isWanted() {
        synchronized (decisions) {
            return lifecycle.isWanted();
        }
    }

    /** Completes once the present delegate or standby has been stopped; completed if there is none. */
    CompletableFuture<Void> delegateStopped() {
        return attempt.delegateStopped;
    }

    /** Completes once the delegate that was told to start last has been stopped; the standby that follows it does not count. */
    CompletableFuture<Void> startedStopped() {
        return working.delegateStopped;
    }

    /** Completes once all delegates so far have been stopped and the exchanges they delivered have ended. */
    CompletableFuture<Void> workEnded() {
        return workEnded;
    }

    /** Exchanges that have been delivered and have not ended. */
    int inFlight() {
        AdmissionGuard guard = working.guard;
        return guard == null ? 0 : guard.inFlight();
    }

    /** Exchanges that wait for a verdict. */
    int waiting() {
        AdmissionGuard guard = working.guard;
        return guard == null ? 0 : guard.waiting();
    }

    /** How often the start of a delegate has been tried, with and without success. */
    long startAttempts() {
        return startAttempts.get();
    }

    /** Refuses whatever a delegate that does not end may still deliver. */
    void closeAdmission() {
        admissionClosed = true;
        for (Attempt any : List.of(attempt, working)) {
            AdmissionGuard guard = any.guard;
            if (guard != null) {
                guard.close();
            }
        }
    }

    private void carryOut(Effect effect, Attempt current, boolean mayStartHere) {
        if (effect instanceof Effect.Start start) {
            if (mayStartHere) {
                factory.inRoute(() -> start(start, current));
                return;
            }
            startOnAnotherThread(start, current);
        } else if (effect instanceof Effect.Stop stop) {
            factory.inRoute(() -> stop(stop, current));
        } else if (effect instanceof Effect.Suspend suspend) {
            operate(suspend.operation(), current, "suspend", ServiceHelper::suspendService);
        } else if (effect instanceof Effect.Resume resume) {
            operate(resume.operation(), current, "resume", ServiceHelper::resumeService);
        } else if (effect instanceof Effect.RetryAfter retry) {
            later(backOffDelayMillis, () -> post(new Event.RetryDue(retry.operation())));
        } else if (effect instanceof Effect.GiveUp giveUp) {
            giveUp(giveUp.attempts());
        } else if (effect instanceof Effect.WarmUp warmUp) {
            warmUpOnAnotherThread(warmUp, current);
        } else if (effect instanceof Effect.WarmUpAfter warmUp) {
            long delay = Math.max(SHORTEST_WARM_UP_DELAY_MILLIS, backOffDelayMillis);
            later(delay, () -> post(new Event.RetryDue(warmUp.operation())));
        } else if (effect instanceof Effect.Yield) {
            yieldLeadership(current);
        }
    }

    private void warmUpOnAnotherThread(Effect.WarmUp warmUp, Attempt current) {
        try {
            workers.warmUp(() -> factory.inRoute(() -> warmUp(warmUp, current)));
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            LOG.debug(
                    "{}: no thread to warm a standby up on; the component has been stopped, or there are too many",
                    name,
                    e);
            if (current.claimWarmUp()) {
                current.stopped();
                post(new Event.Failed(warmUp.operation()));
            }
        }
    }

    private void warmUp(Effect.WarmUp warmUp, Attempt current) {
        if (!current.claimWarmUp()) {
            return; // taken back
        }
        Event outcome;
        CompletableFuture<Void> warmed = watched(
                Math.max(authority.stopBudget().toMillis(), backOffDelayMillis),
                "been made ready; if leadership comes meanwhile, no member consumes until it has. Find out what blocks its creation");
        try {
            AdmissionGuard guard = factory.standbyGuard();
            current.guard = guard;
            if (admissionClosed) {
                guard.close();
            }
            Consumer consumer = factory.create(guard);
            current.standby = consumer;
            ServiceHelper.initService(consumer);
            forgetWarmUpFailures();
            outcome = new Event.Done(warmUp.operation());
        } catch (Throwable t) {
            discard(current);
            reportWarmUpFailure(t);
            outcome = new Event.Failed(warmUp.operation());
        } finally {
            warmed.complete(null);
        }
        post(outcome);
    }

    private void start(Effect.Start start, Attempt current) {
        boolean wanted;
        synchronized (decisions) {
            wanted = lifecycle.isWanted(start.operation());
        }
        if (!wanted) {
            discard(current);
            post(new Event.Cancelled(start.operation()));
            return;
        }
        CompletableFuture<Void> former = factory.formerStopped();
        if (!former.isDone()) {
            LOG.warn(
                    "{}: the consumer from before the route was stopped is still there; the new one waits for its end",
                    name);
            CompletionStage<Void> end = former;
            end.whenComplete((stopped, failure) -> startOnAnotherThread(start, current));
            return;
        }
        CompletionStage<Boolean> verdict = authority.mayBegin();
        CompletableFuture<Boolean> mayBegin = verdict.toCompletableFuture();
        if (!mayBegin.isDone()) {
            verdict.whenComplete((held, failure) -> startOnAnotherThread(start, current));
        } else if (mayBegin.isCompletedExceptionally() || !mayBegin.join()) {
            discard(current);
            post(new Event.Refused(start.operation()));
        } else {
            begin(start, current);
        }
    }

    private void startOnAnotherThread(Effect.Start start, Attempt current) {
        try {
            workers.run(() -> factory.inRoute(() -> start(start, current)));
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            LOG.warn(
                    "{}: no thread to start the consumer on; the component has been stopped, or there are too many",
                    name,
                    e);
            discard(current);
            post(new Event.Refused(start.operation()));
        }
    }

    private void begin(Effect.Start start, Attempt current) {
        Event outcome;
        startAttempts.incrementAndGet();
        CompletableFuture<Void> begun = watched(
                Math.max(authority.stopBudget().toMillis(), backOffDelayMillis),
                "been started; this member leads, so no member consumes until it has. Find out what blocks its start");
        try {
            Consumer consumer = start.standby() ? takeStandby(start, current) : make(start, current);
            ServiceHelper.startService(consumer);
            if (consumer instanceof StartupListener listener) {
                // The context has fully started long ago, and its list of listeners serves those who come before that.
                listener.onCamelContextStarted(consumer.getEndpoint().getCamelContext(), true);
            }
            factory.started(start.tenure(), start.attempt());
            outcome = new Event.Done(start.operation());
        } catch (Throwable t) {
            discard(current);
            reportFailure(start.attempt(), t);
            outcome = new Event.Failed(start.operation());
        } finally {
            begun.complete(null);
        }
        post(outcome);
        if (outcome instanceof Event.Done && !yieldWhenDownFor.isZero()) {
            watch(current, start.tenure(), new DownTime(yieldWhenDownFor));
        }
    }

    private Consumer make(Effect.Start start, Attempt current) throws Exception {
        AdmissionGuard guard = factory.guard(start.tenure());
        current.guard = guard;
        if (admissionClosed) {
            guard.close();
        }
        Consumer consumer = factory.create(guard);
        current.consumer = consumer;
        return consumer;
    }

    private static Consumer takeStandby(Effect.Start start, Attempt current) {
        Consumer consumer = Objects.requireNonNull(current.standby, "a standby that is started has been warmed up");
        Objects.requireNonNull(current.guard, "a standby has a guard").begin(start.tenure());
        current.consumer = consumer;
        current.standby = null;
        return consumer;
    }

    /** Looks at the health of a delegate, from its start to its stop. */
    private void watch(Attempt watched, TenureStamp tenure, DownTime downTime) {
        later(
                downTime.periodMillis(),
                () -> factory.inRoute(() -> {
                    if (watched.delegateStopped.isDone()) {
                        return;
                    }
                    boolean isRunning = phase() == DelegateLifecycle.Phase.RUNNING;
                    String problem = isRunning ? DelegateHealth.problem(watched.consumer) : null;
                    if (downTime.isOver(problem != null)) {
                        watched.problem = problem;
                        post(new Event.Down(tenure));
                    }
                    watch(watched, tenure, downTime);
                }));
    }

    private void stop(Effect.Stop stop, Attempt current) {
        if (current.standby != null) {
            discard(current);
            LOG.debug("{}: the standby has been dropped", name);
            post(new Event.Done(stop.operation()));
            return;
        }
        CompletableFuture<Void> stopped = watched(
                authority.stopBudget().toMillis(),
                "stopped. The lock is kept until it has; a tenure that cannot be prolonged runs out, and another member may then be at work beside it."
                        + " What it delivers once the tenure has ended, or the route has stopped, is refused. Find out what blocks its stop, or raise the"
                        + " stop budget of the cluster service");
        discard(current);
        stopped.complete(null);
        int running = inFlight();
        if (!current.workEnded.isDone()) {
            later(authority.stopBudget().toMillis(), () -> reportOverrun(current));
        }
        post(new Event.Done(stop.operation()));
        factory.stopped(running);
    }

    private void forgetWarmUpFailures() {
        synchronized (reportedWarmUpFailures) {
            reportedWarmUpFailures.clear();
        }
    }

    /** Each cause once: nothing is lost by a warm-up that fails but its gain. */
    private void reportWarmUpFailure(Throwable cause) {
        boolean isNew;
        synchronized (reportedWarmUpFailures) {
            isNew = reportedWarmUpFailures.size() < REMEMBERED_FAILURES && reportedWarmUpFailures.add(cause.toString());
        }
        if (isNew) {
            LOG.warn(
                    "{}: following, and the consumer could not be made ready in advance; that is tried again every {} ms, and when this member"
                            + " leads the consumer is made and started as without a standby",
                    name,
                    Math.max(SHORTEST_WARM_UP_DELAY_MILLIS, backOffDelayMillis),
                    cause);
        } else {
            LOG.debug("{}: the warm-up failed again", name, cause);
        }
    }

    private void reportFailure(int number, Throwable cause) {
        try {
            factory.startFailed(number, cause);
        } catch (Throwable t) {
            LOG.warn("{}: attempt {} to start the consumer failed, and so did the exception handler", name, number, t);
        }
    }

    /** Stops what there is of a delegate. It is dropped in any case: a further one must not be kept from starting for ever. */
    private void discard(Attempt current) {
        AdmissionGuard guard = current.guard;
        if (guard != null) {
            guard.stopping();
        }
        try {
            Consumer started = current.consumer;
            ServiceHelper.stopAndShutdownService(started == null ? current.standby : started);
        } catch (Throwable t) {
            LOG.warn(
                    "{}: the consumer failed to stop and is dropped; what it delivers from now on is refused", name, t);
        } finally {
            current.stopped();
        }
    }

    private void reportOverrun(Attempt former) {
        AdmissionGuard guard = former.guard;
        if (guard != null && !former.workEnded.isDone()) {
            LOG.warn(
                    "{}: {} exchange(s) still run {} ms after their consumer was stopped. Where the lock has been lost, another member may"
                            + " be at work by now: compare the header {} where they write",
                    name,
                    guard.inFlight(),
                    authority.stopBudget().toMillis(),
                    MasterConstants.FENCING_TOKEN);
        }
    }

    /** Says so if an operation on the delegate takes long. It is not interrupted: nobody knows in the middle of what. */
    private CompletableFuture<Void> watched(long millis, String hasNot) {
        CompletableFuture<Void> operation = new CompletableFuture<>();
        CompletionStage<Void> inTime = operation.copy().orTimeout(millis, TimeUnit.MILLISECONDS);
        inTime.whenComplete((done, late) -> {
            if (late != null) {
                // not on the one thread that all time-outs of this JVM share
                inBackground(() -> LOG.warn("{}: after {} ms the consumer has not {}", name, millis, hasNot));
            }
        });
        return operation;
    }

    private void inBackground(Runnable task) {
        try {
            workers.run(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    private void operate(
            long operation, Attempt current, String verb, java.util.function.Consumer<@Nullable Object> action) {
        Consumer delegate = current.consumer;
        boolean[] succeeded = {false};
        CompletableFuture<Void> ended = watched(
                authority.stopBudget().toMillis(),
                verb + (verb.endsWith("e") ? "d" : "ed") + ". The route does not wait for it. Find out what blocks it");
        factory.inRoute(() -> {
            try {
                action.accept(delegate);
                succeeded[0] = true;
            } catch (Throwable t) {
                LOG.warn("{}: the consumer failed to {}; it is stopped instead", name, verb, t);
            }
        });
        ended.complete(null);
        post(succeeded[0] ? new Event.Done(operation) : new Event.Failed(operation));
    }

    private void giveUp(int attempts) {
        boolean resigned = authority.resign(Duration.ofMillis(backOffDelayMillis));
        if (resigned) {
            LOG.warn(
                    "{}: the consumer could not be started in {} attempts. This member gives up the lock, for all its routes on that lock, and"
                            + " stands for it again in {} ms; another member may try meanwhile",
                    name,
                    attempts,
                    backOffDelayMillis);
        } else {
            LOG.error(
                    "{}: the consumer could not be started in {} attempts, and the cluster service has no way to give up the lock: no member"
                            + " consumes until leadership changes or the route is started again",
                    name,
                    attempts);
        }
    }

    private void yieldLeadership(Attempt current) {
        if (authority.resign(Duration.ofMillis(backOffDelayMillis))) {
            LOG.warn(
                    "{}: the consumer has been down for {} ms or longer: {}. This member gives up the lock, for all its routes on that lock, and"
                            + " stands for it again in {} ms; another member may do better",
                    name,
                    yieldWhenDownFor.toMillis(),
                    current.problem,
                    backOffDelayMillis);
        } else if (!current.unyielding) {
            current.unyielding = true;
            LOG.error(
                    "{}: the consumer has been down for {} ms or longer: {}. The cluster service has no way to give up the lock; nothing is done",
                    name,
                    yieldWhenDownFor.toMillis(),
                    current.problem);
        }
    }

    private void later(long millis, Runnable task) {
        try {
            workers.runAfter(millis, task);
        } catch (RejectedExecutionException e) {
            LOG.debug("{}: the component has been stopped, nothing follows", name);
        }
    }
}
