package io.github.camelmasterlite.master;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a route under a lock promises, written down without a look at how {@link DelegateLifecycle} keeps it. It is told the facts when they are
 * told to the runner, and sees what happens to the delegates; the first broken promise ends it with a {@link Violation}.
 *
 * <ul>
 *   <li>Never two delegates: from the moment one begins to start until it has stopped, or has failed to.
 *   <li>None outlives the end of its tenure by more than the stop budget; none begins when it is not wanted.
 *   <li>Whenever no operation is under way: none runs on a route that is suspended or stopped or for a tenure of which the end has been told.
 *   <li>Every attempt to start is counted once: the numbers follow each other, have one outcome each and never exceed the limit; a failed one is
 *       followed by the next only when that is due; with the limit, and only then, the lock is given up, once.
 *   <li>An exchange is admitted only from a delegate that has not been stopped and with authority.
 *   <li>A delegate that is wanted runs, or something is on the way that leads there; at the end it runs if and only if it is wanted.
 * </ul>
 */
final class LifecycleModel {

    /** A broken promise. */
    static final class Violation extends AssertionError {
        private static final long serialVersionUID = 1;

        Violation(String message) {
            super(message);
        }
    }

    private enum State {
        STARTING,
        RUNNING,
        SUSPENDED
    }

    private record Delegate(TenureStamp tenure, State state) {}

    private static final int TRACE = 40;

    private final int stopBudget;
    private int maxAttempts;
    private final Deque<String> trace = new ArrayDeque<>();
    private final Map<String, Integer> counts = new LinkedHashMap<>();

    // facts
    private @Nullable TenureStamp held;
    private final Set<TenureStamp> ended = new HashSet<>();
    private final Map<TenureStamp, Integer> lostAt = new HashMap<>();
    private boolean contextStarted;
    private boolean routeStarted;
    private boolean suspended;
    private boolean leaving;
    private boolean closed;

    // what is seen of the delegates
    private final Map<Integer, Delegate> alive = new LinkedHashMap<>();
    private int step;
    private int longestStop;

    // the present series of attempts
    private @Nullable TenureStamp attemptsOf;
    private int lastAttempt;
    private boolean attemptOpen;
    private boolean mayCountAnew = true;
    private boolean countsAnew;
    private boolean pausing;
    private boolean retryIsDue;
    private int failures;
    private boolean mustGiveUp;
    private boolean givenUp;

    /** For each thread at work, the tenures for which a delegate has been wanted since it took up what it does. */
    private final Deque<Set<TenureStamp>> wantedSincePicked = new ArrayDeque<>();

    private @Nullable Violation broken;

    /**
     * @param stopBudget how many steps a delegate may outlive its tenure
     */
    LifecycleModel(int stopBudget) {
        this.stopBudget = stopBudget;
    }

    // ---- what happens around it

    void step(int now) {
        step = now;
        alive.forEach((number, delegate) -> {
            Integer lost = lostAt.get(delegate.tenure());
            if (lost != null && step - lost > stopBudget) {
                throw violation("delegate #" + number + " is there " + (step - lost) + " steps after the loss of "
                        + delegate.tenure());
            }
        });
    }

    /** The lock has been lost; nobody has been told yet. */
    void tenureEnded(TenureStamp tenure) {
        trace("lost " + tenure);
        lostAt.put(tenure, step);
    }

    /**
     * A route is started, which the runner is told next.
     *
     * @param attempts how often a start is tried in one tenure; 0 for ever
     */
    void newSession(int attempts) {
        maxAttempts = attempts;
        if (!alive.isEmpty()) {
            throw new IllegalStateException("the test starts the route while its former delegate is there");
        }
        trace("new session");
        held = null;
        contextStarted = false;
        routeStarted = false;
        suspended = false;
        leaving = false;
        closed = false;
        attemptsOf = null;
        lastAttempt = 0;
        attemptOpen = false;
        pausing = false;
        mustGiveUp = false;
        givenUp = false;
        mayCountAnew = true;
    }

    /** The runner is told next. */
    void told(DelegateLifecycle.Event event) {
        trace("told " + event);
        if (event instanceof DelegateLifecycle.Event.Gained gained) {
            if (!ended.contains(gained.tenure())) {
                held = gained.tenure();
            }
        } else if (event instanceof DelegateLifecycle.Event.Lost lost) {
            ended.add(lost.tenure());
            if (lost.tenure().equals(held)) {
                held = null;
            }
        } else if (event instanceof DelegateLifecycle.Event.ContextStarted) {
            contextStarted = true;
        } else if (event instanceof DelegateLifecycle.Event.Allow) {
            routeStarted = true;
            suspended = false;
            leaving = false;
            if (givenUp) {
                mayCountAnew = true;
                givenUp = false;
            }
        } else if (event instanceof DelegateLifecycle.Event.Suspend) {
            suspended = true;
        } else if (event instanceof DelegateLifecycle.Event.Defer) {
            leaving = true;
        } else if (event instanceof DelegateLifecycle.Event.Close) {
            closed = true;
        } else {
            throw new IllegalArgumentException(event.toString());
        }
        TenureStamp wanted = wanted();
        if (!Objects.equals(wanted, attemptsOf)) {
            mayCountAnew = true;
            pausing = false;
            givenUp = false;
            mustGiveUp = false;
        }
        if (wanted != null) {
            wantedSincePicked.forEach(of -> of.add(wanted));
        }
    }

    @Nullable
    TenureStamp wanted() {
        return contextStarted && routeStarted && !suspended && !leaving && !closed ? held : null;
    }

    boolean isContextStarted() {
        return contextStarted;
    }

    /** A thread takes something up. */
    void picked() {
        TenureStamp wanted = wanted();
        wantedSincePicked.push(wanted == null ? new HashSet<>() : new HashSet<>(Set.of(wanted)));
    }

    /** The thread that took something up last has finished. */
    void finished() {
        wantedSincePicked.pop();
    }

    /** How many attempts have failed. */
    int failures() {
        return failures;
    }

    /** The time after the failed attempt of this number, of all that ever failed, is over. */
    void retryDue(int failure) {
        retryIsDue |= failure == failures;
    }

    // ---- what happens to delegates

    /** A delegate is about to be made for {@code tenure}; this is an attempt, whatever becomes of it. */
    void attempt(TenureStamp tenure) {
        trace("attempt for " + tenure);
        Set<TenureStamp> wantedOfLate = wantedSincePicked.peek();
        if (wantedOfLate == null || !wantedOfLate.contains(tenure)) {
            throw violation("an attempt for " + tenure + " begins, which was not wanted since its thread took it up");
        }
        if (attemptOpen) {
            throw violation("an attempt begins beside another");
        }
        if (pausing && !retryIsDue && !mayCountAnew) {
            throw violation("an attempt before it is due");
        }
        if (givenUp || mustGiveUp) {
            throw violation("an attempt after the last one");
        }
        countsAnew = mayCountAnew || !tenure.equals(attemptsOf);
        mayCountAnew = false;
        attemptsOf = tenure;
        attemptOpen = true;
        pausing = false;
    }

    void starting(int number, TenureStamp tenure) {
        trace("#" + number + " starts for " + tenure);
        if (!alive.isEmpty()) {
            throw violation("two delegates: #" + number + " starts beside " + alive);
        }
        if (!contextStarted || !routeStarted) {
            throw violation("#" + number + " starts before the context or the route has");
        }
        alive.put(number, new Delegate(tenure, State.STARTING));
    }

    void running(int number) {
        trace("#" + number + " runs");
        alive.computeIfPresent(number, (n, delegate) -> new Delegate(delegate.tenure(), State.RUNNING));
    }

    void suspended(int number) {
        trace("#" + number + " is suspended");
        alive.computeIfPresent(number, (n, delegate) -> new Delegate(delegate.tenure(), State.SUSPENDED));
    }

    void gone(int number, String how) {
        trace("#" + number + " " + how);
        Delegate delegate = alive.remove(number);
        Integer lost = delegate == null ? null : lostAt.get(delegate.tenure());
        if (lost != null) {
            longestStop = Math.max(longestStop, step - lost);
        }
    }

    boolean isThere(int number) {
        return alive.containsKey(number);
    }

    /** Attempt {@code number} has succeeded. */
    void attemptSucceeded(int number) {
        attemptEnds(number, "succeeded");
        mayCountAnew = true;
        lastAttempt = number;
    }

    /** Attempt {@code number} has failed; the runner decides next. */
    void attemptFailed(int number) {
        attemptEnds(number, "failed");
        lastAttempt = number;
        failures++;
        if (Objects.equals(wanted(), attemptsOf)) {
            if (maxAttempts > 0 && number == maxAttempts) {
                mustGiveUp = true;
            } else {
                pausing = true;
                retryIsDue = false;
            }
        } else {
            mayCountAnew = true;
        }
    }

    private void attemptEnds(int number, String how) {
        trace("attempt " + number + " " + how);
        if (!attemptOpen) {
            throw violation("attempt " + number + " has two outcomes");
        }
        attemptOpen = false;
        boolean next = number == lastAttempt + 1;
        boolean anew = number == 1 && countsAnew;
        if (!next && !anew) {
            throw violation(
                    "attempt " + number + " follows attempt " + lastAttempt + (countsAnew ? " or is the first" : ""));
        }
        if (maxAttempts > 0 && number > maxAttempts) {
            throw violation("attempt " + number + " of at most " + maxAttempts);
        }
    }

    /** The lock is given up for lack of success. */
    void resigned() {
        trace("gives up");
        if (!mustGiveUp) {
            throw violation("the lock is given up, though the attempts are not exhausted");
        }
        mustGiveUp = false;
        givenUp = true;
    }

    /** An exchange of delegate {@code number} has got into the route. */
    void admitted(int number, boolean authority) {
        count("exchange admitted");
        if (!isThere(number)) {
            throw violation("an exchange of delegate #" + number + " is admitted, which is gone");
        }
        if (!authority) {
            throw violation("an exchange is admitted without authority");
        }
    }

    // ---- at rest

    /**
     * No operation is under way and nobody is being told anything.
     *
     * @param onTheWay whether a task of the runner waits for a thread, for its time, or for a verdict
     */
    void atRest(boolean onTheWay) {
        TenureStamp wanted = wanted();
        alive.forEach((number, delegate) -> {
            if (closed) {
                throw violation("#" + number + " is there after the route has stopped");
            }
            if (!delegate.tenure().equals(held)) {
                throw violation("#" + number + " is there for " + delegate.tenure() + ", while " + held + " is held");
            }
            if (suspended != (delegate.state() == State.SUSPENDED)) {
                throw violation("#" + number + " is " + delegate.state() + " on a route that is "
                        + (suspended ? "suspended" : "not"));
            }
        });
        if (mustGiveUp) {
            throw violation("the attempts are exhausted, and the lock is not given up");
        }
        if (attemptOpen) {
            throw violation("an attempt without outcome");
        }
        if (wanted != null && alive.isEmpty() && !onTheWay && !givenUp) {
            throw violation("a delegate is wanted, there is none, and nothing leads there");
        }
    }

    /** Nothing happens any more, and nothing has failed of late. */
    void converged() {
        TenureStamp wanted = wanted();
        boolean runs = alive.values().stream().anyMatch(delegate -> delegate.state() == State.RUNNING);
        if (runs != (wanted != null)) {
            throw violation("at the end a delegate is " + (wanted == null ? "not " : "") + "wanted, and "
                    + (runs ? "one runs" : "none runs"));
        }
    }

    /** How many steps a delegate has outlived its tenure at most. */
    int longestStop() {
        return longestStop;
    }

    // ---- trace

    void trace(String event) {
        trace.add(step + " " + event);
        if (trace.size() > TRACE) {
            trace.remove();
        }
    }

    void count(String kind) {
        counts.merge(kind, 1, Integer::sum);
    }

    /** How often what has happened. */
    Map<String, Integer> counts() {
        return counts;
    }

    /** The last events, oldest first. */
    String report() {
        return String.join(System.lineSeparator(), trace);
    }

    /** The first broken promise: whoever is called back may swallow what is thrown. */
    void check() {
        if (broken != null) {
            throw broken;
        }
    }

    Violation violation(String message) {
        if (broken == null) {
            broken = new Violation("step " + step + ": " + message);
        }
        return broken;
    }
}
