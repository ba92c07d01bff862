package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.engine.Threads;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the hooks of one {@link Leader}: one at a time, on a thread made for the call. There is at most one run, from the gain of a tenure to the return of
 * its last hook.
 *
 * <pre>
 * from       event                              to         effect
 * (none)     begin                              BEGINNING  ask for the verdict
 * BEGINNING  verdict: held                      GAINING    onGain
 * BEGINNING  verdict: not held, end, close      ENDED
 * GAINING    end, close, lapse                  GAINING    over; interrupt
 * GAINING    onGain returns                     WORKING
 * GAINING    onGain returns or throws, over     LOSING     onLoss
 * GAINING    onGain throws                      LOSING     over; onLoss
 * WORKING    end, close, lapse                  LOSING     over; onLoss
 * LOSING     onLoss returns or throws           ENDED
 * </pre>
 *
 * A lapse is that somebody who works has been told that the authority is not held, while the tenure has not ended. What follows an ENDED run under a tenure that goes
 * on: after a lapse a new run, after a failure the lock is given up. A cluster service that can neither verify nor give up gets a new run after the cool-down in
 * both cases.
 *
 * <p>The fields are guarded by the monitor of this object, which is never held while a hook or the view is called.
 */
final class LeaderWork {

    /** A tenure, as a view tells of it. Equal to what the view says at its end. */
    interface Grant {

        /** Null if the cluster service counts none. */
        @Nullable
        Tenure tenure();

        /** Whether it holds now. */
        boolean isHeld();

        /** Completes with true once it is known to hold, with false once it is lost; at once if the cluster service cannot verify it. */
        CompletionStage<Boolean> verdict();

        /**
         * Gives up the lock.
         *
         * @return false if the cluster service has no way to do so
         */
        boolean resign(Duration coolDown);
    }

    private enum Phase {
        /** The tenure has begun; whether work may begin is not known yet. */
        BEGINNING,
        /** {@code onGain} runs. */
        GAINING,
        /** {@code onGain} has returned; nothing runs here. */
        WORKING,
        /** {@code onLoss} is about to run, or runs. */
        LOSING,
        /** All has ended. */
        ENDED
    }

    /** Why a run is over. */
    private enum Reason {
        /** The tenure has ended, or the leader is closed. */
        TOLD,
        /** The authority lapsed, and may come back. */
        LAPSED,
        /** The verdict: the tenure is lost, and its end is on its way here. */
        REFUSED,
        /** {@code onGain} has thrown, or could not be called. */
        FAILED
    }

    private static final Logger LOG = LoggerFactory.getLogger(LeaderWork.class);

    private final String lock;
    private final Leader.Hook onGain;
    private final Leader.Hook onLoss;
    private final Duration coolDown;
    private final boolean interrupting;
    private final Duration stopBudget;
    private final Threads threads;
    private final @Nullable ClassLoader classLoader = Thread.currentThread().getContextClassLoader();

    private @Nullable Run run;

    /** The tenure that has begun and has not ended, as far as is known. */
    private @Nullable Grant present;

    private @Nullable Grant lastEnded;
    private boolean closed;

    LeaderWork(
            String lock,
            Leader.Hook onGain,
            Leader.Hook onLoss,
            Duration coolDown,
            boolean interrupting,
            Duration stopBudget,
            Threads threads) {
        this.lock = lock;
        this.onGain = onGain;
        this.onLoss = onLoss;
        this.coolDown = coolDown;
        this.interrupting = interrupting;
        this.stopBudget = stopBudget;
        this.threads = threads;
    }

    /** The work under one tenure; what the hooks see of it is its authority. */
    private final class Run implements Leader.Authority {
        final Grant grant;
        final CompletableFuture<Void> ended = new CompletableFuture<>();
        Phase phase = Phase.BEGINNING;

        /** The thread of the hook that runs. */
        @Nullable
        Thread hook;

        /** Null until it is over; set once. */
        volatile @Nullable Reason over;

        Run(Grant grant) {
            this.grant = grant;
        }

        boolean isGood() {
            return over == null && grant.isHeld();
        }

        @Override
        public String lock() {
            return lock;
        }

        @Override
        public boolean isHeld() {
            if (isGood()) {
                return true;
            }
            endRun(this, Reason.LAPSED); // whoever asked stops now, and nobody would make it go on
            return false;
        }

        @Override
        public Optional<Tenure> tenure() {
            return Optional.ofNullable(grant.tenure());
        }

        @Override
        public String toString() {
            Tenure tenure = grant.tenure();
            return "lock " + lock + (tenure == null ? "" : ", term " + tenure.term());
        }
    }

    // ---- what can happen

    /** A tenure has begun. Ignored if its end has been heard of before its beginning. */
    void begin(Grant grant) {
        synchronized (this) {
            if (grant.equals(lastEnded)) {
                return;
            }
            present = grant;
        }
        proceed();
    }

    /** A tenure has ended, or is being given up. */
    void end(Grant grant) {
        Run told;
        synchronized (this) {
            lastEnded = grant;
            present = grant.equals(present) ? null : present;
            told = run != null && run.grant.equals(grant) ? run : null;
        }
        if (told != null) {
            endRun(told, Reason.TOLD);
        }
    }

    /**
     * Ends the present work and begins none from here on.
     *
     * @return completes when it has ended
     */
    CompletableFuture<Void> close() {
        Run told;
        synchronized (this) {
            closed = true;
            told = run;
        }
        if (told == null) {
            return CompletableFuture.completedFuture(null);
        }
        endRun(told, Reason.TOLD);
        return told.ended;
    }

    // ---- what can be asked

    /** Completes when the present work has ended; completed if there is none. */
    synchronized CompletableFuture<Void> ended() {
        return run == null ? CompletableFuture.completedFuture(null) : run.ended;
    }

    /** Of the present work, while it may go on. */
    Optional<Leader.Authority> authority() {
        Run current;
        synchronized (this) {
            current = run;
        }
        return current != null && current.isGood() ? Optional.of(current) : Optional.empty();
    }

    /** Whether a hook runs on this thread. */
    synchronized boolean isHookThread() {
        return run != null && run.hook == Thread.currentThread();
    }

    // ---- transitions

    /** Begins a run if there is a tenure and no run. */
    private void proceed() {
        Run begun;
        synchronized (this) {
            if (closed || present == null || run != null) {
                return; // the end of the run proceeds
            }
            begun = new Run(present);
            run = begun;
        }
        begun.grant.verdict().whenComplete((held, failure) -> {
            if (Boolean.TRUE.equals(held)) {
                onThread(() -> gain(begun), failed -> {
                    LOG.warn("Lock {}: no thread to call onGain on", lock, failed);
                    endRun(begun, Reason.FAILED);
                });
            } else {
                endRun(begun, Reason.REFUSED);
            }
        });
    }

    private void endRun(Run ending, Reason reason) {
        Phase found;
        synchronized (this) {
            if (ending.over != null) {
                return;
            }
            ending.over = reason;
            found = ending.phase;
            if (found == Phase.WORKING) {
                ending.phase = Phase.LOSING;
            } else if (found == Phase.GAINING
                    && interrupting
                    && ending.hook != null
                    && ending.hook != Thread.currentThread()) {
                ending.hook.interrupt();
            }
        }
        if (found == Phase.BEGINNING) {
            finish(ending, Phase.BEGINNING);
            return;
        }
        reportOverrunOf(ending);
        if (found == Phase.WORKING) {
            onThread(() -> lose(ending), failed -> {
                LOG.warn("Lock {}: no thread to call onLoss on; the one that noticed the loss does it", lock, failed);
                lose(ending);
            });
        }
    }

    private void gain(Run begun) {
        synchronized (this) {
            if (begun.phase != Phase.BEGINNING) {
                return; // over before it began
            }
            begun.phase = Phase.GAINING;
            begun.hook = Thread.currentThread();
        }
        LOG.info("Lock {}: this member leads, onGain is called ({})", lock, begun);
        Throwable failure = null;
        try {
            onGain.call(begun);
        } catch (Throwable t) {
            failure = t;
        }
        if (failure != null) {
            endRun(begun, Reason.FAILED);
        }
        Reason over;
        synchronized (this) {
            begun.hook = null;
            over = begun.over;
            begun.phase = over == null ? Phase.WORKING : Phase.LOSING;
        }
        boolean unused = Thread.interrupted(); // was meant for onGain
        if (over == Reason.FAILED) {
            LOG.warn("Lock {}: onGain failed", lock, failure);
        } else if (failure != null) {
            LOG.debug("Lock {}: onGain ended as it was told to", lock, failure);
        }
        if (over != null) {
            lose(begun);
        }
    }

    private void lose(Run losing) {
        synchronized (this) {
            losing.hook = Thread.currentThread();
        }
        try {
            onLoss.call(losing);
        } catch (Throwable t) {
            LOG.warn("Lock {}: onLoss failed; the work counts as ended", lock, t);
        } finally {
            synchronized (this) {
                losing.hook = null;
            }
            LOG.info("Lock {}: work has ended ({})", lock, losing);
            finish(losing, Phase.LOSING);
        }
    }

    private void finish(Run finished, Phase from) {
        boolean goesOn;
        synchronized (this) {
            if (finished.phase != from) {
                return;
            }
            finished.phase = Phase.ENDED;
            goesOn = !closed && finished.grant.equals(present);
        }
        boolean again = !goesOn || leave(finished); // before the work counts as ended: no other tenure has begun yet
        synchronized (this) {
            run = null;
        }
        finished.ended.complete(null);
        if (again) {
            proceed();
        }
    }

    /**
     * What follows a run that has ended before its tenure.
     *
     * @return whether the next may begin at once
     */
    private boolean leave(Run finished) {
        boolean isVerified = finished.grant.tenure() != null;
        boolean isFailed = finished.over == Reason.FAILED;
        if (isFailed && finished.grant.resign(coolDown)) {
            LOG.warn(
                    "Lock {}: this member gives up the lock and stands for it again in {} ms; another member may try meanwhile",
                    lock,
                    coolDown.toMillis());
            return false;
        }
        if (isFailed) {
            LOG.warn(
                    "Lock {}: the cluster service has no way to give up the lock; onGain is called again in {} ms if this member still leads then",
                    lock,
                    coolDown.toMillis());
        }
        if (isVerified) {
            return finished.over == Reason.LAPSED; // the next waits for the verdict
        }
        after(coolDown, this::proceed);
        return false;
    }

    // ---- threads and time

    /** Only to look and to hand over: what runs there holds up all other such tasks of the process. */
    private static void after(Duration delay, Runnable task) {
        Executor later = CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS, Runnable::run);
        later.execute(task);
    }

    private void reportOverrunOf(Run told) {
        after(stopBudget, () -> {
            if (!told.ended.isDone()) {
                LOG.warn(
                        "Lock {}: work goes on {} ms after it was told to end. Where the lock has been lost, another member may be at work by now:"
                                + " compare the fencing token where it writes",
                        lock,
                        stopBudget.toMillis());
            }
        });
    }

    private void onThread(Runnable body, java.util.function.Consumer<Throwable> otherwise) {
        try {
            threads.start("work", () -> {
                Thread.currentThread().setContextClassLoader(classLoader);
                body.run();
            });
        } catch (Throwable t) {
            otherwise.accept(t);
        }
    }
}
