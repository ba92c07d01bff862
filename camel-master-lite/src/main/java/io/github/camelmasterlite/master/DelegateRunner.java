package io.github.camelmasterlite.master;

import io.github.camelmasterlite.master.DelegateLifecycle.Effect;
import io.github.camelmasterlite.master.DelegateLifecycle.Event;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
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
 * or else on a worker of the component; the other operations run
 * on the thread whose event asked for them, so that {@code suspend}, {@code resume} and {@code stop} are done when they return, unless an
 * operation is still under way: then its thread goes on with them.
 */
final class DelegateRunner {

    /** Makes the delegate; the seam between the order of things and Camel's ways. */
    interface Factory {

        /** Makes the guard of a tenure. */
        AdmissionGuard guard(TenureStamp tenure);

        /** Makes and prepares a delegate consumer that delivers to {@code guard}. */
        Consumer create(AdmissionGuard guard) throws Exception;

        /** Runs {@code task} with the class loader and the logging context that the threads of a route have. */
        void inRoute(Runnable task);

        /** A delegate has been started. */
        void started(TenureStamp tenure, int attempt);

        /** The delegate has been stopped. */
        void stopped(int inFlight);

        /** Reports a failed start to the exception handler of the consumer. */
        void startFailed(int attempt, Throwable cause);
    }

    private static final Logger LOG = LoggerFactory.getLogger(DelegateRunner.class);

    /** One delegate, or the attempt to have one. */
    private static final class Attempt {
        final CompletableFuture<Void> delegateStopped = new CompletableFuture<>();
        final CompletableFuture<Void> workEnded = new CompletableFuture<>();
        volatile @Nullable AdmissionGuard guard;
        volatile @Nullable Consumer consumer;

        /** The delegate is gone; the work ends with its last exchange. */
        void stopped() {
            consumer = null;
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

    private final String name;
    private final Factory factory;
    private final Authority authority;
    private final MasterWorkers workers;
    private final long backOffDelayMillis;

    private final Object decisions = new Object();
    private final DelegateLifecycle lifecycle;
    private volatile Attempt attempt = new Attempt();
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
            MasterWorkers workers,
            long backOffDelayMillis,
            int maxAttempts) {
        this.name = name;
        this.factory = factory;
        this.authority = authority;
        this.workers = workers;
        this.backOffDelayMillis = backOffDelayMillis;
        this.lifecycle = new DelegateLifecycle(name, maxAttempts);
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

    private void post(Event event, boolean mayStartHere) {
        List<Effect> effects;
        synchronized (decisions) {
            effects = lifecycle.on(event);
            for (Effect effect : effects) {
                if (effect instanceof Effect.Start) {
                    // Under the lock: whoever asks for the end of the work after this event must wait for this start,
                    // too.
                    Attempt next = new Attempt();
                    attempt = next;
                    workEnded =
                            workEnded.isDone() ? next.workEnded : CompletableFuture.allOf(workEnded, next.workEnded);
                }
            }
        }
        effects.forEach(effect -> carryOut(effect, mayStartHere));
    }

    /** The delegate, also while it starts or stops; null if there is none. */
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

    /** Completes once the present delegate has been stopped; completed if there is none. */
    CompletableFuture<Void> delegateStopped() {
        return attempt.delegateStopped;
    }

    /** Completes once all delegates so far have been stopped and the exchanges they delivered have ended. */
    CompletableFuture<Void> workEnded() {
        return workEnded;
    }

    /** Exchanges that have been delivered and have not ended. */
    int inFlight() {
        AdmissionGuard guard = attempt.guard;
        return guard == null ? 0 : guard.inFlight();
    }

    /** Exchanges that wait for a verdict. */
    int waiting() {
        AdmissionGuard guard = attempt.guard;
        return guard == null ? 0 : guard.waiting();
    }

    /** How often the start of a delegate has been tried, with and without success. */
    long startAttempts() {
        return startAttempts.get();
    }

    /** Refuses whatever a delegate that does not end may still deliver. */
    void closeAdmission() {
        admissionClosed = true;
        AdmissionGuard guard = attempt.guard;
        if (guard != null) {
            guard.close();
        }
    }

    private void carryOut(Effect effect, boolean mayStartHere) {
        if (effect instanceof Effect.Start start) {
            Attempt current = attempt;
            if (mayStartHere) {
                factory.inRoute(() -> start(start, current));
                return;
            }
            startOnAnotherThread(start, current);
        } else if (effect instanceof Effect.Stop stop) {
            factory.inRoute(() -> stop(stop));
        } else if (effect instanceof Effect.Suspend suspend) {
            operate(suspend.operation(), "suspend", ServiceHelper::suspendService);
        } else if (effect instanceof Effect.Resume resume) {
            operate(resume.operation(), "resume", ServiceHelper::resumeService);
        } else if (effect instanceof Effect.RetryAfter retry) {
            later(backOffDelayMillis, () -> post(new Event.RetryDue(retry.operation())));
        } else if (effect instanceof Effect.GiveUp giveUp) {
            giveUp(giveUp.attempts());
        }
    }

    private void start(Effect.Start start, Attempt current) {
        boolean wanted;
        synchronized (decisions) {
            wanted = lifecycle.isWanted(start.operation());
        }
        if (!wanted) {
            current.stopped();
            post(new Event.Cancelled(start.operation()));
            return;
        }
        CompletionStage<Boolean> verdict = authority.mayBegin();
        CompletableFuture<Boolean> mayBegin = verdict.toCompletableFuture();
        if (!mayBegin.isDone()) {
            verdict.whenComplete((held, failure) -> startOnAnotherThread(start, current));
        } else if (mayBegin.isCompletedExceptionally() || !mayBegin.join()) {
            // The end of the tenure is on its way here and cancels the next attempt.
            current.stopped();
            post(new Event.Failed(start.operation()));
        } else {
            begin(start, current);
        }
    }

    private void startOnAnotherThread(Effect.Start start, Attempt current) {
        try {
            workers.run(() -> factory.inRoute(() -> start(start, current)));
        } catch (RejectedExecutionException e) {
            LOG.warn("{}: no thread to start the consumer on; the component has been stopped", name);
            current.stopped();
            post(new Event.Failed(start.operation()));
        }
    }

    private void begin(Effect.Start start, Attempt current) {
        Event outcome;
        startAttempts.incrementAndGet();
        try {
            AdmissionGuard guard = factory.guard(start.tenure());
            current.guard = guard;
            if (admissionClosed) {
                guard.close();
            }
            Consumer consumer = factory.create(guard);
            current.consumer = consumer;
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
        }
        post(outcome);
    }

    private void stop(Effect.Stop stop) {
        Attempt current = attempt;
        discard(current);
        int running = inFlight();
        if (!current.workEnded.isDone()) {
            later(authority.stopBudget().toMillis(), () -> reportOverrun(current));
        }
        post(new Event.Done(stop.operation()));
        factory.stopped(running);
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
        try {
            ServiceHelper.stopAndShutdownService(current.consumer);
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

    private void operate(long operation, String verb, java.util.function.Consumer<@Nullable Object> action) {
        Consumer delegate = attempt.consumer;
        boolean[] succeeded = {false};
        factory.inRoute(() -> {
            try {
                action.accept(delegate);
                succeeded[0] = true;
            } catch (Throwable t) {
                LOG.warn("{}: the consumer failed to {}; it is stopped instead", name, verb, t);
            }
        });
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

    private void later(long millis, Runnable task) {
        try {
            workers.runAfter(millis, task);
        } catch (RejectedExecutionException e) {
            LOG.debug("{}: the component has been stopped, nothing follows", name);
        }
    }
}
