package io.github.camelmasterlite.simulation;

import io.github.camelmasterlite.election.LeaseReply;
import io.github.camelmasterlite.election.Moment;
import io.github.camelmasterlite.election.Standing;
import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.election.Timing;
import io.github.camelmasterlite.engine.Backend;
import io.github.camelmasterlite.engine.ElectionLoop;
import io.github.camelmasterlite.engine.LeaseBackend;
import io.github.camelmasterlite.engine.Output;
import io.github.camelmasterlite.engine.Seat;
import io.github.camelmasterlite.engine.Ticker;
import io.github.camelmasterlite.history.History;
import io.github.camelmasterlite.history.History.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One process: its own clocks, the real loop with the real rules, and work that takes its time. */
final class SimulatedMember {

    private static final long MILLI = 1_000_000L;
    private static final double RATE_ERROR = Timing.RATE_ERROR;

    private final World world;
    private final Faults faults;
    private final History history;
    private final String id;
    private final Timing timing;
    private final SimulatedStore.Connection connection;
    private final ElectionLoop loop;
    private final Map<String, Share> shares = new LinkedHashMap<>();

    // Its clocks: monotonic time is true time since the birth times the rate, from any origin.
    private final double rate;
    private final long bornNanos;
    private final long originNanos;
    private final long wallMicros;
    private long wallShiftMicros;
    private long suspendedNanos;

    private boolean isStill;
    private long stillSinceNanos;
    private boolean isSuspended;
    private boolean hasStoodStill;
    private long resumedNanos;
    private final List<Runnable> onceRunning = new ArrayList<>();
    private long runs;
    private boolean isRunning;
    private boolean wakeIsDue;
    private boolean isAlive = true;
    private boolean isCalm;
    private @Nullable Long stopNanos;

    SimulatedMember(
            World world,
            Faults faults,
            History history,
            SimulatedStore store,
            String id,
            String incarnation,
            Timing timing,
            LeaseBackend.Rules rules) {
        this.world = world;
        this.faults = faults;
        this.history = history;
        this.id = id;
        this.timing = timing;
        this.rate = faults.areTold()
                ? 1
                : 1
                        + (world.chance(0.3)
                                        ? Math.signum(world.random.nextDouble() - 0.5)
                                        : 2 * world.random.nextDouble() - 1)
                                * RATE_ERROR;
        this.bornNanos = world.nanos();
        this.originNanos = world.chance(0.1) ? Long.MAX_VALUE - 100_000 * MILLI : world.random.nextLong();
        this.wallMicros = 1_700_000_000_000_000L + world.between(-3_600, 3_600) * 1_000_000L + world.nanos() / 1_000;
        this.connection = store.new Connection(id, incarnation);
        this.loop = new ElectionLoop(new Clock(), this::wake);
        LeaseBackend backend = new LeaseBackend(
                connection,
                id,
                timing,
                new Incarnations(incarnation)::next,
                new SplittableRandom(world.random.nextLong()),
                clock,
                rules);
        try {
            backend.open(new ToLoop());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        for (int i = 1; i <= faults.locks(); i++) {
            String lock = "lock" + i;
            Share share = new Share(lock);
            share.seat = loop.add(lock, backend.candidate(lock), share);
            shares.put(lock, share);
            share.seat.stand();
        }
        loop.observedAll(new LeaseReply.Load(Long.MAX_VALUE, faults.load()));
        world.trace(id, "starts as " + incarnation);
    }

    private static final class Incarnations {
        private final String prefix;
        private int count;

        Incarnations(String prefix) {
            this.prefix = prefix;
        }

        String next() {
            return prefix + "." + ++count;
        }
    }

    private final class ToLoop implements Backend.Listener<LeaseReply> {
        @Override
        public void observed(String lock, LeaseReply observation) {
            loop.observed(lock, observation);
        }

        @Override
        public void observedAll(LeaseReply observation) {
            loop.observedAll(observation);
        }

        @Override
        public void within(Runnable task) {
            task.run();
        }

        @Override
        public void membersChanged(List<String> memberIds) {}
    }

    private final class Clock implements Ticker {
        @Override
        public long nanos() {
            long elapsed = (long) ((world.nanos() - bornNanos - suspendedNanos) * rate);
            return originNanos + elapsed;
        }

        @Override
        public Moment now() {
            long elapsed = (long) ((world.nanos() - bornNanos) * rate);
            return new Moment(nanos(), wallMicros + elapsed / 1_000 + wallShiftMicros);
        }
    }

    private final Clock clock = new Clock();

    String id() {
        return id;
    }

    Timing timing() {
        return timing;
    }

    boolean isAlive() {
        return isAlive;
    }

    SimulatedStore.Connection connection() {
        return connection;
    }

    Share share(String lock) {
        Share share = shares.get(lock);
        if (share == null) {
            throw new IllegalArgumentException(lock);
        }
        return share;
    }

    Iterable<Share> shares() {
        return shares.values();
    }

    long failures() {
        return loop.failures();
    }

    boolean hasWork() {
        return shares.values().stream().anyMatch(share -> share.working != null);
    }

    // ---- the loop's thread

    private void wake() {
        if (isRunning) {
            return; // it looks again before it sleeps
        }
        if (!wakeIsDue) {
            wakeIsDue = true;
            world.after(world.between(0, MILLI), this::run);
        }
    }

    private void run() {
        if (!isAlive) {
            return;
        }
        if (isStill) {
            onceRunning.add(this::run);
            return;
        }
        wakeIsDue = false;
        isRunning = true;
        long sleepNanos = loop.runReady();
        isRunning = false;
        long number = ++runs;
        world.after((long) (sleepNanos / rate) + 1, () -> {
            if (runs == number) {
                run();
            }
        });
    }

    // ---- what happens to it

    void pause(long nanos) {
        // Whoever has just been excused for one pause gets the time to end its work.
        boolean mustEndFirst = hasStoodStill && world.nanos() - resumedNanos < endNanos();
        if (!isAlive || isStill || mustEndFirst) {
            return;
        }
        world.trace(id, "stands still for " + nanos / MILLI + " ms");
        history.add(world.nanos(), id, "", Kind.PAUSED, 0);
        isStill = true;
        stillSinceNanos = world.nanos();
        long since = stillSinceNanos;
        world.after(nanos, () -> {
            if (stillSinceNanos == since) {
                resume();
            }
        });
    }

    /** How long work may go on after a pause that was too long: its clock may have stood still, too. */
    private long endNanos() {
        long stop = 2 * faults.longestStop().toNanos() + 1_000 * MILLI;
        return faults.has(Faults.Kind.SUSPEND) ? stop + faults.longestLease().toNanos() : stop;
    }

    /** Stands still, and monotonic time does, too. */
    void suspend(long nanos) {
        if (isAlive && !isStill) {
            pause(nanos);
            isSuspended = isStill;
        }
    }

    private void resume() {
        if (!isAlive || !isStill) {
            return;
        }
        isStill = false;
        hasStoodStill = true;
        resumedNanos = world.nanos();
        if (isSuspended) {
            isSuspended = false;
            suspendedNanos += world.nanos() - stillSinceNanos;
        }
        world.trace(id, "runs again");
        history.add(world.nanos(), id, "", Kind.RESUMED, 0);
        List<Runnable> waiting = List.copyOf(onceRunning);
        onceRunning.clear();
        waiting.forEach(run -> world.after(0, run));
    }

    /** From now on its work takes so long to stop. */
    void workTakes(long nanos) {
        stopNanos = nanos;
    }

    /** Not while the machine is suspended: nobody can, and set by just that long it would show on no clock, which the guarantees exclude. */
    void setWallClock(long byMicros) {
        if (isSuspended) {
            return;
        }
        world.trace(id, "wall clock is set by " + byMicros / 1_000 + " ms");
        wallShiftMicros += byMicros;
    }

    void crash() {
        if (isAlive) {
            world.trace(id, "crashes");
            isAlive = false;
            connection.close();
            history.add(world.nanos(), id, "", Kind.KILLED, 0);
        }
    }

    void calm() {
        isCalm = true;
        resume();
    }

    /** Now, or when it runs again. */
    private void whenRunning(Runnable run) {
        if (isStill) {
            onceRunning.add(() -> whenRunning(run));
        } else if (isAlive) {
            run.run();
        }
    }

    /** Its share in one lock. */
    final class Share implements Output {
        private final String lock;
        private @Nullable Seat seat;
        private Standing standing;
        private @Nullable Tenure working;
        private long told;

        Share(String lock) {
            this.lock = lock;
            this.standing = Standing.outside(lock, id);
        }

        Seat seat() {
            if (seat == null) {
                throw new IllegalStateException();
            }
            return seat;
        }

        String lock() {
            return lock;
        }

        Standing standing() {
            return standing;
        }

        @Override
        public void published(Standing now) {
            standing = now;
        }

        @Override
        public void startWork(Tenure tenure) {
            world.trace(id, "leads " + lock + " with token " + tenure.fencingToken());
            long tellings = ++told;
            long delay = faults.has(Faults.Kind.SLOW_WORK) && !isCalm && world.chance(0.3)
                    ? world.between(0, 4_000 * MILLI)
                    : 0;
            world.after(delay, () -> whenRunning(() -> beginWhileLeading(tenure, tellings)));
        }

        /** As the master does: who has stood still between being told and beginning asks before it begins. */
        private void beginWhileLeading(Tenure tenure, long tellings) {
            if (told != tellings) {
                return;
            }
            if (standing.leadsAt(clock.now())) {
                begin(tenure);
            } else {
                world.after(10 * MILLI, () -> whenRunning(() -> beginWhileLeading(tenure, tellings)));
            }
        }

        private void begin(Tenure tenure) {
            world.trace(id, "its work begins");
            working = tenure;
            history.add(world.nanos(), id, lock, Kind.STARTED, tenure.fencingToken());
            act(tenure);
        }

        private void act(Tenure tenure) {
            whenRunning(() -> {
                if (tenure.equals(working)) {
                    if (standing.leadsAt(clock.now())) {
                        history.add(world.nanos(), id, lock, Kind.ACT, tenure.fencingToken());
                    }
                    world.after(world.between(200 * MILLI, 900 * MILLI), () -> act(tenure));
                }
            });
        }

        @Override
        public void stopWork(Tenure tenure) {
            world.trace(id, "no longer leads " + lock);
            told++;
            long budget = (long) (timing.stopBudget().toNanos() / rate);
            long delay = faults.has(Faults.Kind.SLOW_WORK) && world.chance(0.5)
                    ? budget - world.between(0, MILLI)
                    : stopNanos != null ? stopNanos : world.between(0, 50 * MILLI);
            world.after(
                    delay,
                    () -> whenRunning(() -> {
                        if (tenure.equals(working)) {
                            working = null;
                            world.trace(id, "its work has ended");
                            history.add(world.nanos(), id, lock, Kind.STOPPED, tenure.fencingToken());
                        }
                        seat().workStopped(tenure.term());
                    }));
        }

        @Override
        public void ended() {
            world.trace(id, "has left " + lock);
        }
    }
}
