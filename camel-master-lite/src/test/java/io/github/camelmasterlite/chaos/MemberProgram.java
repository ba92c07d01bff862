package io.github.camelmasterlite.chaos;

import io.github.camelmasterlite.cluster.ElectionClusterService;
import io.github.camelmasterlite.cluster.Leadership;
import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.WorkListener;
import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.history.History;
import io.github.camelmasterlite.history.History.Event;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.apache.camel.cluster.CamelClusterMember;
import org.apache.camel.cluster.CamelClusterView;
import org.jspecify.annotations.Nullable;

/**
 * What runs in a process of a test: several cluster services, each a member for every lock, that write what they do as lines of a history to
 * standard output and take commands from standard input. The process ends with its standard input.
 *
 * <p>Service {@code a} works through a {@link WorkListener}, every other one through a plain {@code Leadership} listener. With
 * {@code -Dmember.deaf=true} service {@code a} is broken on purpose: its work goes on and acts whatever it is told, and says that it has ended.
 *
 * <pre>
 * start a               start service a, which joins every lock; answers "#started a"
 * stop a                stop it; answers "#stopped a"
 * resign a 1 250        service a resigns lock number 1 for 250 ms
 * disable a 1           and enable a 1
 * rejoin a 1            gives the view of lock 1 back and takes it again
 * sync a 17             answers "#synced a 17" when service a has carried out every command before
 * slow 100 50 20        starts of work take 100 ms, stops 50 ms, and work ends 20 ms after the stop has returned
 * </pre>
 */
public final class MemberProgram {

    /** What is different from program to program. */
    public interface Kind {

        /** A service with no id yet that has not been started; asked for on several threads. */
        ElectionClusterService service(String member);

        /** Carries out a command of its own, and says what became of it. */
        default String command(List<String> words) {
            return "#unknown command " + words;
        }
    }

    private static final long ACT_NANOS = TimeUnit.MILLISECONDS.toNanos(Long.getLong("member.act.millis", 5));

    private static final boolean DEAF = Boolean.getBoolean("member.deaf");

    /** An act whose moment is not known better than this is not written down. */
    private static final long BLUR_NANOS = 1_000_000;

    private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);
    private final ExecutorService later = Executors.newCachedThreadPool(task -> daemon(task, "later"));
    private final Kind kind;
    private final String process;
    private final long stopBudgetMillis;
    private final List<String> locks;
    private final Map<String, Context> contexts = new HashMap<>();
    private final List<Worker> workers = new CopyOnWriteArrayList<>();

    private volatile long slowStartMillis;
    private volatile long slowStopMillis;
    private volatile long lagMillis;

    private MemberProgram(Kind kind, String process, long stopBudgetMillis, List<String> locks) {
        this.kind = kind;
        this.process = process;
        this.stopBudgetMillis = stopBudgetMillis;
        this.locks = locks;
    }

    /**
     * Runs until the end of standard input, and ends the JVM then.
     *
     * @param process          its name; the ids of its members begin with it
     * @param stopBudgetMillis of all services
     * @param locks            that all services stand for
     */
    public static void run(Kind kind, String process, long stopBudgetMillis, List<String> locks) throws IOException {
        MemberProgram program = new MemberProgram(kind, process, stopBudgetMillis, locks);
        Runtime.getRuntime().addShutdownHook(new Thread(program::stopAll, "shutdown"));
        daemon(program::act, "acts").start();
        program.say("#clock " + Instant.now().toEpochMilli());
        program.say("#ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            program.command(List.of(line.split(" ")));
        }
        Runtime.getRuntime().halt(0);
    }

    private static Thread daemon(Runnable body, String name) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        return thread;
    }

    private void command(List<String> words) {
        switch (words.get(0)) {
            case "start" -> context(words.get(1)).run(Context::start);
            case "stop" -> context(words.get(1)).run(Context::stop);
            case "resign" ->
                context(words.get(1))
                        .run(context -> context.view(number(words, 2)).resign(Duration.ofMillis(number(words, 3))));
            case "disable" ->
                context(words.get(1))
                        .run(context -> context.view(number(words, 2)).setDisabled(true));
            case "enable" ->
                context(words.get(1))
                        .run(context -> context.view(number(words, 2)).setDisabled(false));
            case "rejoin" -> context(words.get(1)).run(context -> context.rejoin(number(words, 2)));
            case "sync" -> context(words.get(1)).run(context -> say("#synced " + words.get(1) + " " + words.get(2)));
            case "slow" -> {
                slowStartMillis = number(words, 1);
                slowStopMillis = number(words, 2);
                lagMillis = number(words, 3);
            }
            default -> say(kind.command(words));
        }
    }

    private static int number(List<String> words, int at) {
        return Integer.parseInt(words.get(at));
    }

    private synchronized Context context(String name) {
        return contexts.computeIfAbsent(name, Context::new);
    }

    /** What SIGTERM does to an application: its contexts are stopped, one after the other. */
    private void stopAll() {
        List<Context> all;
        synchronized (this) {
            all = new ArrayList<>(contexts.values());
        }
        all.forEach(Context::stop);
    }

    // ---- history ----

    /** One write for each line, so that a process that is killed leaves at most its last one torn. */
    private synchronized void say(String line) {
        try {
            out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The time is taken in the order of the lines: what was not said before had not happened before. */
    private synchronized void happened(String member, String lock, History.Kind what, long token) {
        say(new Event(System.nanoTime(), member, lock, what, token).toJson());
    }

    private void act() {
        while (true) {
            LockSupport.parkNanos(ACT_NANOS);
            for (Worker worker : workers) {
                worker.act();
            }
        }
    }

    private static void pause(long millis) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    // ---- a service ----

    private final class Context {

        private final String name;
        private final String member;
        private final ExecutorService commands;
        private final Map<String, Worker> ofLock = new HashMap<>();
        private @Nullable ElectionClusterService service;

        Context(String name) {
            this.name = name;
            this.member = process + name;
            this.commands = Executors.newSingleThreadExecutor(task -> daemon(task, "context " + name));
        }

        @FunctionalInterface
        interface Command {
            void run(Context context);
        }

        void run(Command command) {
            commands.execute(() -> {
                try {
                    command.run(this);
                } catch (RuntimeException e) {
                    say("#failed " + member + ": " + e);
                    e.printStackTrace();
                }
            });
        }

        LeadershipView view(int lock) {
            return Objects.requireNonNull(ofLock.get(locks.get(lock)), "the service has never been started")
                    .view();
        }

        /** A service that was stopped is started again if its name says so, and made anew otherwise: both happen. */
        synchronized void start() {
            ElectionClusterService known = service;
            if (known != null && known.isStarted()) {
                say("#started " + name);
                return;
            }
            if (known == null) {
                known = kind.service(member);
                known.setId(member);
                known.setStopBudgetMillis(stopBudgetMillis);
                service = known;
                for (String lock : locks) {
                    Worker worker = name.equals("a") ? work(member, lock) : new Plain(member, lock);
                    ofLock.put(lock, worker);
                    workers.add(worker);
                    worker.join(known);
                }
            }
            known.start();
            say("#started " + name);
        }

        private Worker work(String of, String lock) {
            return DEAF ? new Deaf(of, lock) : new Managed(of, lock);
        }

        synchronized void stop() {
            ElectionClusterService known = service;
            if (known != null) {
                known.stop();
            }
            say("#stopped " + name);
        }

        synchronized void rejoin(int lock) {
            ElectionClusterService known = service;
            Worker worker = ofLock.get(locks.get(lock));
            if (known != null && worker != null) {
                known.releaseView(worker.view());
                worker.join(known);
            }
        }
    }

    // ---- work ----

    /** The work of one member under one lock. */
    private abstract class Worker {

        final String member;
        final String lock;
        private volatile @Nullable LeadershipView view;

        Worker(String member, String lock) {
            this.member = member;
            this.lock = lock;
        }

        abstract CamelClusterEventListener listener();

        /** The token of the work that may act now; 0 if none. */
        abstract long token();

        void join(ElectionClusterService service) {
            LeadershipView joined = service.getView(lock);
            view = joined;
            joined.addEventListener(listener());
        }

        LeadershipView view() {
            return Objects.requireNonNull(view);
        }

        /** Acts if it leads. What it would act under must be what it works under: else the checker will say so. */
        void act() {
            LeadershipView now = view;
            long token = token();
            if (token == 0 || now == null) {
                return;
            }
            long before = System.nanoTime();
            Leadership leadership = now.leadership();
            boolean leads = now.isLeader();
            long after = System.nanoTime();
            if (leads && leadership.isLeader() && after - before < BLUR_NANOS && token() == token) {
                say(new Event(before, member, lock, History.Kind.ACT, leadership.fencingToken()).toJson());
            }
        }
    }

    /** Work that says by itself when it has ended. */
    private final class Managed extends Worker implements WorkListener {

        private static final class Run {
            final long token;
            final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
            int calls = 1;
            boolean told;

            Run(long token) {
                this.token = token;
            }
        }

        private volatile long acting;
        private @Nullable Run run;

        /** Told to stop, and not yet to start; 0 if none. A stop is delivered beside a start that is being delivered, and may get here first. */
        private long overtaking;

        Managed(String member, String lock) {
            super(member, lock);
        }

        @Override
        CamelClusterEventListener listener() {
            return this;
        }

        @Override
        long token() {
            return acting;
        }

        @Override
        public void startWork(LeadershipView view, Tenure tenure) {
            Run begun = new Run(tenure.fencingToken());
            synchronized (this) {
                if (overtaking == begun.token) {
                    overtaking = 0;
                    return; // its stop was quicker
                }
                sayIfNeverStarted();
                run = begun;
                happened(member, lock, History.Kind.STARTED, begun.token);
                acting = begun.token;
            }
            pause(slowStartMillis);
            returned(begun);
        }

        @Override
        public void stopWork(LeadershipView view, Tenure tenure) {
            Run stopped;
            synchronized (this) {
                stopped = run;
                if (stopped == null || (stopped.told && stopped.token != tenure.fencingToken())) {
                    sayIfNeverStarted();
                    overtaking = tenure.fencingToken();
                    return;
                }
                if (stopped.token != tenure.fencingToken()) {
                    say("#told to stop " + tenure + " while at work under " + stopped.token);
                }
                stopped.told = true;
                stopped.calls++;
                acting = 0;
            }
            pause(slowStopMillis);
            returned(stopped);
        }

        /** Call it when a start that was overtaken must have come. */
        private synchronized void sayIfNeverStarted() {
            if (overtaking != 0) {
                say("#told to stop what was never started: " + member + ", lock " + lock + ", token " + overtaking);
                overtaking = 0;
            }
        }

        private void returned(Run of) {
            synchronized (this) {
                of.calls--;
                if (of.calls > 0 || !of.told) {
                    return;
                }
            }
            if (lagMillis == 0) {
                end(of);
            } else {
                CompletableFuture.delayedExecutor(lagMillis, TimeUnit.MILLISECONDS, later)
                        .execute(() -> end(of));
            }
        }

        private void end(Run of) {
            happened(member, lock, History.Kind.STOPPED, of.token);
            of.ended.complete(null);
        }

        @Override
        public synchronized CompletionStage<?> workEnded() {
            sayIfNeverStarted(); // asked when both calls have returned
            return run == null ? CompletableFuture.completedFuture(null) : run.ended;
        }
    }

    /** Broken on purpose, to see that it is found out: goes on and acts after its loss, and says that it has ended. */
    private final class Deaf extends Worker implements WorkListener {

        private volatile long acting;

        Deaf(String member, String lock) {
            super(member, lock);
        }

        @Override
        CamelClusterEventListener listener() {
            return this;
        }

        @Override
        long token() {
            return acting;
        }

        @Override
        void act() {
            if (acting != 0) {
                happened(member, lock, History.Kind.ACT, acting);
            }
        }

        @Override
        public synchronized void startWork(LeadershipView view, Tenure tenure) {
            if (acting == 0) {
                happened(member, lock, History.Kind.STARTED, tenure.fencingToken());
                acting = tenure.fencingToken();
            }
        }

        @Override
        public void stopWork(LeadershipView view, Tenure tenure) {
            // this is what is wrong with it
        }

        @Override
        public CompletionStage<?> workEnded() {
            return CompletableFuture.completedFuture(null);
        }
    }

    /** Work of a listener that knows nothing but Camel: it works from one call to the next, as isLeader() says. */
    private final class Plain extends Worker implements CamelClusterEventListener.Leadership {

        private volatile long acting;

        Plain(String member, String lock) {
            super(member, lock);
        }

        @Override
        CamelClusterEventListener listener() {
            return this;
        }

        @Override
        long token() {
            return acting;
        }

        @Override
        public synchronized void leadershipChanged(CamelClusterView view, CamelClusterMember leader) {
            // A tenure whose authority is being verified goes on, without acts.
            Tenure tenure = ((LeadershipView) view).leadership().tenure();
            long token = tenure == null ? 0 : tenure.fencingToken();
            if (token == acting) {
                return;
            }
            if (acting != 0) {
                long ended = acting;
                acting = 0;
                pause(slowStopMillis);
                happened(member, lock, History.Kind.STOPPED, ended);
            }
            if (token != 0) {
                happened(member, lock, History.Kind.STARTED, token);
                acting = token;
                pause(slowStartMillis);
            }
        }
    }
}
