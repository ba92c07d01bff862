package io.github.camelmasterlite.master;

import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.master.DelegateLifecycle.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Component;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.Suspendable;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.PluginHelper;
import org.jspecify.annotations.Nullable;

/**
 * The real {@link DelegateRunner} in a world of disorder: leadership comes and goes, the route is suspended, resumed, stopped and started, and
 * delegates start and stop slowly or fail at whatever they are told. {@link LifecycleModel} watches.
 *
 * <p>There is one real thread, and the seed decides what it does next, so that a failure replays. Where a real thread could be overtaken, it
 * lets others go on <i>within</i> its call: whatever another thread may do meanwhile is done then. Only one operation on the delegate is ever
 * under way, so nothing is missed by their having to return first.
 */
final class LifecycleDisorder implements DelegateRunner.Workers, Authority {

    /** In steps: how many it may take to be told of the end, and to end a slow start and a slow stop, which let others go on meanwhile. */
    private static final int STOP_BUDGET = 100;

    private static final int TOLD_WITHIN = 15;
    private static final int SLOW = 12;
    private static final int MAX_DEPTH = 4;
    private static final int BETWEEN_RESTS = 500;
    private static final long BACK_OFF_MILLIS = 7;

    /** It is over when everything has happened that was due; far more than that takes. */
    private static final int CALM_STEPS = 5_000;

    private enum RouteState {
        STARTED,
        SUSPENDED,
        STOPPED
    }

    private record Task(
            String what,
            int begunBy,
            @Nullable Session listener,
            @Nullable TenureStamp start,
            Runnable body) {
        boolean isEnd() {
            return listener != null && start == null;
        }
    }

    private record Timer(long millis, int failures, Runnable body) {}

    private final Random random;
    private final IntFunction<DelegateLifecycle> rules;
    private final DefaultCamelContext context;
    private final Endpoint endpoint;
    private final LifecycleModel model = new LifecycleModel(STOP_BUDGET);

    private final List<Task> tasks = new ArrayList<>();
    private final List<Timer> timers = new ArrayList<>();
    private final List<CompletableFuture<Boolean>> verdicts = new ArrayList<>();
    private final List<Probe> probes = new ArrayList<>();

    private @Nullable TenureStamp held;
    private boolean verified;
    private long terms;
    private int starting;
    private RouteState route = RouteState.STOPPED;
    private boolean routeBusy;
    private Session session;
    private int steps;
    private int depth;
    private boolean calm;

    /**
     * @param seed    decides
     * @param rules   makes the rules to test, for a number of attempts
     * @param context for the delegates; not started
     */
    LifecycleDisorder(long seed, IntFunction<DelegateLifecycle> rules, DefaultCamelContext context) {
        this.random = new Random(seed);
        this.rules = rules;
        this.context = context;
        this.endpoint = new ProbeEndpoint(context);
        this.session = new Session(0);
    }

    /**
     * Goes through {@code events} events, and comes to rest now and then.
     *
     * @throws LifecycleModel.Violation if a promise is broken
     */
    void run(int events) {
        startRoute();
        int nextRest = BETWEEN_RESTS;
        while (steps < events) {
            step();
            model.atRest(isOnTheWay());
            session.checkWork();
            if (steps >= nextRest) {
                nextRest += BETWEEN_RESTS;
                rest();
            }
        }
        rest();
    }

    LifecycleModel model() {
        return model;
    }

    // ---- the order of things

    private void step() {
        steps++;
        model.step(steps);
        Task overdue = tasks.stream()
                .filter(task -> task.begunBy() <= steps)
                .findFirst()
                .orElse(null);
        if (overdue != null) {
            tasks.remove(overdue);
            carryOut(overdue);
        } else if (!tasks.isEmpty() && chance(55)) {
            carryOut(take(tasks.get(random.nextInt(tasks.size()))));
        } else {
            event();
        }
        model.check();
    }

    /** Ends of tenures are told in their order. */
    private Task take(Task any) {
        Task taken =
                any.isEnd() ? tasks.stream().filter(Task::isEnd).findFirst().orElseThrow() : any;
        tasks.remove(taken);
        return taken;
    }

    /** Others go on for up to {@code most} steps. */
    private void pause(int most) {
        if (calm || depth >= MAX_DEPTH) {
            return;
        }
        depth++;
        for (int left = random.nextInt(most + 1); left > 0; left--) {
            step();
        }
        depth--;
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private boolean fails(int percent) {
        return !calm && chance(percent);
    }

    private void carryOut(Task task) {
        model.trace("[" + task.what());
        model.picked();
        task.body().run();
        model.finished();
        model.trace("] " + task.what());
    }

    private void task(String what, Runnable body) {
        tasks.add(new Task(what, Integer.MAX_VALUE, null, null, body));
    }

    private void event() {
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> {
                if (held == null) {
                    gain(chance(20));
                } else if (chance(20)) {
                    lose("lost");
                }
            }
            case 3, 4 -> routeEvent();
            case 5 -> {
                if (!session.closed && !model.isContextStarted()) {
                    model.count("context started late");
                    session.tell(new Event.ContextStarted());
                }
            }
            case 6 -> {
                if (held != null) {
                    verified = !verified;
                    if (verified) {
                        verdict(true);
                    }
                    model.trace(verified ? "authority verified" : "authority unverified");
                }
            }
            case 7, 8 -> deliver();
            default -> timer();
        }
    }

    private boolean isOnTheWay() {
        return timers.stream().anyMatch(timer -> timer.millis() == BACK_OFF_MILLIS)
                || !verdicts.isEmpty()
                || tasks.stream()
                        .anyMatch(task ->
                                task.what().equals("work") || task.what().equals("verdict"));
    }

    /** Nothing fails any more: everything happens that is due, and this member comes to lead. */
    private void rest() {
        calm = true;
        for (int i = 0; i < CALM_STEPS; i++) {
            model.check();
            if (held != null && !verified) {
                verified = true;
                verdict(true);
            } else if (!tasks.isEmpty()) {
                carryOut(tasks.remove(0));
            } else if (!timers.isEmpty()) {
                due(timers.remove(0));
            } else if (held == null) {
                gain(false);
                if (held == null) {
                    throw model.violation("the work of the last tenure does not end");
                }
            } else {
                model.atRest(false);
                model.converged();
                session.checkWork();
                model.count("rest");
                calm = false;
                return;
            }
        }
        throw model.violation("it does not come to rest");
    }

    // ---- leadership

    private void gain(boolean hasty) {
        boolean isOver = starting == 0
                && tasks.stream().noneMatch(task -> task.listener() != null)
                && (hasty || (session.runner.workEnded().isDone() && session.stops == 0));
        // A service of another project waits for the end of the work only so long.
        boolean mayBe = hasty ? starting == 0 && tasks.stream().noneMatch(task -> task.start() != null) : isOver;
        if (!mayBe) {
            return;
        }
        model.count(hasty ? "gained in haste" : "gained");
        TenureStamp tenure = TenureStamp.of("lock1", new Tenure(++terms, 1_000 + terms, Instant.EPOCH));
        held = tenure;
        verified = calm || !chance(15);
        tellStart(tenure);
    }

    private void tellStart(TenureStamp tenure) {
        Session listener = session;
        if (listener.closed) {
            return;
        }
        tasks.add(new Task("start of " + tenure, Integer.MAX_VALUE, listener, tenure, () -> {
            listener.hasHeardOf = tenure;
            starting++;
            pause(3);
            listener.tellStart(tenure);
            starting--;
        }));
    }

    private void lose(String why) {
        TenureStamp ended = held;
        if (ended == null) {
            return;
        }
        model.count(why);
        model.tenureEnded(ended);
        held = null;
        verdict(false);
        tasks.removeIf(task -> ended.equals(task.start()));
        Session listener = session;
        if (!listener.closed && ended.equals(listener.hasHeardOf)) {
            listener.stops++;
            tasks.add(new Task("end of " + ended, steps + TOLD_WITHIN, listener, null, () -> {
                listener.tell(new Event.Lost(ended));
                listener.stops--;
            }));
        }
    }

    private void verdict(boolean outcome) {
        for (CompletableFuture<Boolean> verdict : verdicts) {
            task("verdict", () -> verdict.complete(outcome));
        }
        verdicts.clear();
    }

    @Override
    public boolean isHeld() {
        return held != null && verified;
    }

    @Override
    public CompletionStage<Boolean> verdict() {
        if (held == null || verified) {
            return CompletableFuture.completedFuture(held != null);
        }
        CompletableFuture<Boolean> verdict = new CompletableFuture<>();
        verdicts.add(verdict);
        return verdict;
    }

    @Override
    public CompletionStage<Boolean> mayBegin() {
        pause(3);
        return verdict();
    }

    @Override
    public Duration stopBudget() {
        return Duration.ofDays(1); // nothing here passes with real time
    }

    @Override
    public boolean resign(Duration coolDown) {
        TenureStamp resigned = held;
        model.resigned();
        model.count("given up");
        task("resign", () -> {
            if (resigned != null && resigned.equals(held)) {
                lose("resigned");
            }
        });
        return true;
    }

    // ---- the route

    private void routeEvent() {
        if (routeBusy) {
            if (chance(5) && route != RouteState.STOPPED) {
                // What Camel does when its patience is at an end.
                model.count("stopped by force");
                closeRoute();
            }
            return;
        }
        routeBusy = true;
        Session of = session;
        switch (route) {
            case STARTED -> {
                switch (random.nextInt(20)) {
                    case 0, 1, 2, 3, 4, 5 -> suspend(of);
                    case 6, 7 -> {
                        model.count("stop aborted");
                        leave(of);
                        of.tell(new Event.Allow());
                        if (!of.closed) {
                            route = RouteState.STARTED;
                        }
                    }
                    case 8, 9 -> {
                        model.count("started again");
                        of.tell(new Event.Allow());
                    }
                    case 10 -> {
                        model.count("stopped");
                        leave(of);
                        closeRoute();
                    }
                    default -> {
                        // It runs on.
                    }
                }
            }
            case SUSPENDED -> {
                if (chance(90)) {
                    model.count("resumed");
                    of.tell(new Event.Allow());
                    if (!of.closed) {
                        route = RouteState.STARTED;
                    }
                } else {
                    model.count("stopped while suspended");
                    closeRoute();
                }
            }
            case STOPPED -> {
                if (of.runner.delegateStopped().isDone() && of.runner.phase() == DelegateLifecycle.Phase.ABSENT) {
                    startRoute();
                }
            }
        }
        routeBusy = false;
    }

    private void suspend(Session of) {
        model.count("suspended");
        leave(of);
        of.tell(new Event.Suspend());
        if (!of.closed) {
            route = RouteState.SUSPENDED;
        }
    }

    private void leave(Session of) {
        if (chance(80)) {
            of.tell(new Event.Defer());
            pause(3);
        }
        if (chance(70)) {
            of.tell(new Event.Suspend());
            pause(3);
        }
    }

    private void closeRoute() {
        Session of = session;
        if (of.closing) {
            return;
        }
        of.closing = true;
        of.tell(new Event.Close());
        pause(3);
        of.closed = true;
        of.runner.closeAdmission();
        tasks.removeIf(task -> task.listener() == of && task.start() != null);
        of.stops -= (int) tasks.stream().filter(task -> task.listener() == of).count();
        tasks.removeIf(task -> task.listener() == of);
        route = RouteState.STOPPED;
    }

    private void startRoute() {
        model.count("started");
        int attempts = random.nextInt(4);
        model.newSession(attempts);
        Session begun = new Session(attempts);
        session = begun;
        route = RouteState.STARTED;
        TenureStamp present = held;
        if (present != null) {
            tellStart(present);
        }
        begun.tell(new Event.Allow());
        if (chance(85)) {
            begun.tell(new Event.ContextStarted());
        }
    }

    // ---- threads

    @Override
    public void run(Runnable operation) {
        task("work", operation);
    }

    @Override
    public void runAfter(long millis, Runnable operation) {
        timers.add(new Timer(millis, model.failures(), operation));
    }

    private void timer() {
        if (!timers.isEmpty()) {
            due(timers.remove(random.nextInt(timers.size())));
        }
    }

    private void due(Timer timer) {
        if (timer.millis() == BACK_OFF_MILLIS) {
            model.count("retry due");
            model.retryDue(timer.failures());
        }
        task("work", timer.body());
    }

    // ---- exchanges

    private void deliver() {
        if (probes.isEmpty()) {
            return;
        }
        Probe from = probes.get(Math.max(0, probes.size() - 1 - random.nextInt(4)));
        from.deliver();
    }

    /** From one start of the route to its stop. */
    private final class Session implements DelegateRunner.Factory {

        final DelegateRunner runner;
        int inRoute;
        int stops;
        boolean closed;
        boolean closing;

        @Nullable
        TenureStamp hasHeardOf;

        private @Nullable Behind made;

        Session(int attempts) {
            runner = new DelegateRunner(
                    "simulated",
                    rules.apply(attempts),
                    this,
                    LifecycleDisorder.this,
                    LifecycleDisorder.this,
                    BACK_OFF_MILLIS);
        }

        void tell(Event event) {
            if (session == this) {
                model.told(event);
            }
            runner.post(event);
        }

        void tellStart(TenureStamp tenure) {
            if (session == this) {
                model.told(new Event.Gained(tenure));
            }
            runner.postAndStart(new Event.Gained(tenure));
        }

        @Override
        public AdmissionGuard guard(TenureStamp tenure) {
            return guardOf(tenure);
        }

        @Override
        public AdmissionGuard standbyGuard() {
            return guardOf(null);
        }

        private AdmissionGuard guardOf(@Nullable TenureStamp tenure) {
            made = new Behind(this, tenure);
            return new AdmissionGuard(
                    made,
                    new Refusal(),
                    LifecycleDisorder.this,
                    tenure,
                    new MasterOptions(MasterGuard.WAIT, false),
                    continued -> task("exchange goes on", continued),
                    PluginHelper.getAsyncProcessorAwaitManager(context));
        }

        @Override
        public Consumer create(AdmissionGuard guard) {
            Behind behind = Objects.requireNonNull(made, "a guard is made for each delegate");
            if (behind.tenure == null) {
                model.count("standby");
                pause(chance(40) ? SLOW : 1);
            } else {
                model.attempt(behind.tenure);
            }
            if (fails(10)) {
                model.count("make failed");
                throw new IllegalStateException("cannot be made");
            }
            Probe probe = chance(80) ? new SuspendableProbe(this, guard, behind) : new Probe(this, guard, behind);
            behind.number = probe.number;
            probes.add(probe);
            return probe;
        }

        @Override
        public void inRoute(Runnable task) {
            pause(2);
            task.run();
            pause(2);
        }

        @Override
        public void started(TenureStamp tenure, int attempt) {
            pause(1);
            model.count("start succeeded");
            model.attemptSucceeded(attempt);
        }

        @Override
        public void stopped(int inFlight) {}

        @Override
        public void startFailed(int attempt, Throwable cause) {
            pause(2);
            model.count("start failed");
            model.attemptFailed(attempt);
        }

        void checkWork() {
            if (inRoute > 0 && runner.workEnded().isDone()) {
                throw model.violation(inRoute + " exchanges are in the route, and the work counts as ended");
            }
        }
    }

    /** The route, as the guard sees it. */
    private final class Behind implements AsyncProcessor {

        private final Session of;
        private int number;

        /** Null while its delegate is a standby. */
        private @Nullable TenureStamp tenure;

        Behind(Session of, @Nullable TenureStamp tenure) {
            this.of = of;
            this.tenure = tenure;
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            // One that has waited has been confirmed a moment ago.
            boolean hasWaited = exchange.getProperty("waits") != null;
            model.admitted(number, isHeld() || hasWaited);
            of.inRoute++;
            task("exchange ends", () -> {
                of.inRoute--;
                callback.done(false);
            });
            return false;
        }

        @Override
        public void process(Exchange exchange) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Exchange> processAsync(Exchange exchange) {
            throw new UnsupportedOperationException();
        }
    }

    private final class Refusal implements AsyncProcessor {

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            model.count("exchange refused");
            callback.done(true);
            return true;
        }

        @Override
        public void process(Exchange exchange) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Exchange> processAsync(Exchange exchange) {
            throw new UnsupportedOperationException();
        }
    }

    private static final class ProbeEndpoint extends DefaultEndpoint {

        ProbeEndpoint(DefaultCamelContext context) {
            super("probe:x", (Component) null);
            setCamelContext(context);
        }

        @Override
        public Producer createProducer() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Consumer createConsumer(Processor processor) {
            throw new UnsupportedOperationException();
        }
    }

    /** A delegate that knows no suspension: Camel stops it instead, and starts it again. */
    private class Probe extends DefaultConsumer {

        final int number = probes.size() + 1;
        private final Session of;
        private final AdmissionGuard guard;
        private final Behind behind;

        Probe(Session of, AdmissionGuard guard, Behind behind) {
            super(endpoint, guard);
            this.of = of;
            this.guard = guard;
            this.behind = behind;
        }

        @Override
        protected void doStart() throws Exception {
            TenureStamp tenure = behind.tenure;
            if (tenure == null) {
                tenure = guard.tenure();
                if (tenure == null) {
                    throw model.violation("#" + number + ", a standby, is started without a tenure");
                }
                model.count("standby started");
                behind.tenure = tenure;
                model.attempt(tenure);
            }
            if (!model.isThere(number)) {
                model.starting(number, tenure);
            }
            pause(chance(40) ? SLOW : 1);
            if (fails(20)) {
                throw new IllegalStateException("cannot start");
            }
            super.doStart();
            model.running(number);
        }

        @Override
        protected void doStop() throws Exception {
            pause(chance(40) ? SLOW : 1);
            DelegateLifecycle.Phase phase = of.runner.phase();
            if (phase == DelegateLifecycle.Phase.SUSPENDING || phase == DelegateLifecycle.Phase.RESUMING) {
                // In place of a suspension, or by itself when its start in place of a resumption fails.
                model.suspended(number);
                return;
            }
            if (fails(10)) {
                model.count("stop failed");
                model.gone(number, "cannot be stopped and is dropped");
                throw new IllegalStateException("cannot stop");
            }
            super.doStop();
            model.gone(number, "has stopped");
        }

        @Override
        protected void doShutdown() throws Exception {
            super.doShutdown();
            model.gone(number, "is shut down");
        }

        @Override
        protected void doSuspend() throws Exception {
            pause(chance(30) ? SLOW : 1);
            if (fails(15)) {
                model.count("suspend failed");
                throw new IllegalStateException("cannot be suspended");
            }
            super.doSuspend();
            model.suspended(number);
        }

        @Override
        protected void doResume() throws Exception {
            pause(chance(30) ? SLOW : 1);
            if (fails(15)) {
                model.count("resume failed");
                throw new IllegalStateException("cannot be resumed");
            }
            super.doResume();
            model.running(number);
        }

        void deliver() {
            Exchange exchange = createExchange(true);
            boolean goesOn = getAsyncProcessor().process(exchange, doneSync -> model.count("exchange ended"));
            if (!goesOn) {
                exchange.setProperty("waits", true);
            }
        }
    }

    private final class SuspendableProbe extends Probe implements Suspendable {

        SuspendableProbe(Session of, AdmissionGuard guard, Behind behind) {
            super(of, guard, behind);
        }
    }
}
