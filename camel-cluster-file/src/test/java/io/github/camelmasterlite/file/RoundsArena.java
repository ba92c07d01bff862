package io.github.camelmasterlite.file;

import io.github.camelmasterlite.file.RoundsPlan.Fault;
import io.github.camelmasterlite.history.ActsOnlyWithinTenure;
import io.github.camelmasterlite.history.AtMostOneActive;
import io.github.camelmasterlite.history.ConvergesWithin;
import io.github.camelmasterlite.history.History;
import io.github.camelmasterlite.history.History.Event;
import io.github.camelmasterlite.history.History.Kind;
import io.github.camelmasterlite.history.HistoryChecker;
import io.github.camelmasterlite.history.NoNewTenureBeforeOldWorkEnded;
import io.github.camelmasterlite.history.ReleaseAfterStop;
import io.github.camelmasterlite.history.TokensIncrease;
import io.github.camelmasterlite.history.Verdict;
import io.github.camelmasterlite.history.Work;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Several processes with several services each on one root, and what is done to them. One thread drives it; histories come in on the readers' threads.
 */
final class RoundsArena implements AutoCloseable {

    static final List<String> LOCKS = List.of("lock1", "Orders/eu?x=1", "lock3");

    private static final List<String> CONTEXTS = List.of("a", "b");
    private static final int PROCESSES = 3;
    private static final long STOP_BUDGET_MILLIS = 500;

    /** What a member that finds a lock in disorder waits: the time in which a leader notices, and its work stops. */
    private static final long SETTLE_MILLIS = 1_000 + STOP_BUDGET_MILLIS;

    /** A pause longer than the difference between noticing and checking can make a leader notice too late. */
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(250);

    /**
     * How long it may take after the last fault until all locks have one leader: two waits one after the other (for the file and for the leader
     * before), one poll, and what two busy cores need.
     */
    private static final Duration CONVERGENCE = Duration.ofMillis(2 * SETTLE_MILLIS + 1_000 + 3_000);

    /**
     * One fault as it was done.
     *
     * @param nanos   when
     * @param fault   which
     * @param process whose; null if it was done to the files
     */
    private record Done(long nanos, Fault fault, @Nullable String process) {}

    private final Path dir;
    private final Path root;
    private final RootDirectory files;
    private final long seed;
    private final History history = new History();
    private final List<RoundsProcess> processes = new ArrayList<>();

    /** What processes have complained of. */
    private final List<String> complaints = new ArrayList<>();

    private final Deque<RoundsProcess> spares = new ArrayDeque<>();
    private final List<RoundsProcess> ending = new ArrayList<>();
    private final List<Done> done = new ArrayList<>();
    private final Map<String, Set<String>> active = new ConcurrentHashMap<>();
    private final Thread releaseWatch;
    private volatile boolean closed;
    private int processNumbers;
    private int rounds;
    private int syncs;
    private List<String> excused = List.of();

    RoundsArena(Path dir, long seed) throws IOException {
        this.dir = dir;
        this.root = dir.resolve("root");
        this.files = new RootDirectory(root);
        this.seed = seed;
        Files.createDirectories(root);
        LOCKS.forEach(lock -> active.put(lock, ConcurrentHashMap.newKeySet()));
        releaseWatch = new Thread(this::watchReleases, "sees releases");
        releaseWatch.setDaemon(true);
        releaseWatch.start();
    }

    /** Starts the processes and lets every lock find its first leader. */
    void open() throws Exception {
        for (int i = 0; i < PROCESSES; i++) {
            processes.add(launch());
        }
        spares.add(launch());
        processes.forEach(this::startContexts);
        judge(System.nanoTime(), "the start");
    }

    private RoundsProcess launch() throws IOException {
        String name = "p" + ++processNumbers;
        return new RoundsProcess(dir, root, name, STOP_BUDGET_MILLIS, LOCKS, this::on);
    }

    private void startContexts(RoundsProcess process) {
        CONTEXTS.forEach(context -> process.tell("start " + context));
    }

    private void on(Event event) {
        if (event.kind() == Kind.STARTED) {
            activeOf(event.lock()).add(event.member());
        } else if (event.kind() == Kind.STOPPED) {
            activeOf(event.lock()).remove(event.member());
        } else if (event.kind() == Kind.KILLED) {
            active.values().forEach(members -> members.remove(event.member()));
        }
        history.add(event);
    }

    private Set<String> activeOf(String lock) {
        return active.computeIfAbsent(lock, l -> ConcurrentHashMap.newKeySet());
    }

    private void ofAllMembers(RoundsProcess process, long nanos, Kind kind) {
        CONTEXTS.forEach(context -> on(new Event(nanos, process.name() + context, "", kind, 0)));
    }

    /** Sees from outside, a little later than it happens, that a tenure was released. */
    private void watchReleases() {
        Map<String, Long> seen = new HashMap<>();
        while (!closed) {
            for (String lock : LOCKS) {
                try {
                    String text = RootDirectory.readIfPresent(files.leader(lock));
                    LeaderRecord record = text == null ? null : LeaderRecord.parse(text);
                    long now = System.nanoTime();
                    if (record != null
                            && record.released()
                            && !Long.valueOf(record.epoch()).equals(seen.put(lock, record.epoch()))) {
                        history.add(now, record.member(), lock, Kind.RELEASED, record.epoch());
                    }
                } catch (IOException e) {
                    // looked at again in a moment
                }
            }
            LockSupport.parkNanos(3_000_000);
        }
    }

    // ---- one round ----

    /** Does what the plan of a round says, then lets things calm down and judges. */
    void round(int number) throws Exception {
        rounds++;
        RoundsPlan plan = RoundsPlan.of(seed, number, LOCKS.size());
        String what = "round " + number + " of seed " + seed + ": " + plan;
        long begin = System.nanoTime();
        Map<RoundsProcess, Long> resumeAt = new HashMap<>();
        for (Fault fault : plan.faults()) {
            resumeThose(resumeAt, begin + TimeUnit.MILLISECONDS.toNanos(fault.atMillis()));
            parkUntil(begin + TimeUnit.MILLISECONDS.toNanos(fault.atMillis()));
            apply(fault, resumeAt);
        }
        resumeThose(resumeAt, Long.MAX_VALUE);
        calm();
        judge(System.nanoTime(), what);
    }

    private static void parkUntil(long nanos) {
        for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private void resumeThose(Map<RoundsProcess, Long> resumeAt, long untilNanos) throws Exception {
        while (true) {
            RoundsProcess next = null;
            for (Map.Entry<RoundsProcess, Long> entry : resumeAt.entrySet()) {
                if (entry.getValue() <= untilNanos
                        && (next == null || entry.getValue() < resumeAt.getOrDefault(next, 0L))) {
                    next = entry.getKey();
                }
            }
            if (next == null) {
                return;
            }
            parkUntil(resumeAt.getOrDefault(next, 0L));
            resumeAt.remove(next);
            resume(next);
        }
    }

    private void resume(RoundsProcess process) throws Exception {
        if (process.isPaused()) {
            long now = System.nanoTime();
            process.resume();
            ofAllMembers(process, now, Kind.RESUMED);
        }
    }

    private void apply(Fault fault, Map<RoundsProcess, Long> resumeAt) throws Exception {
        String lock = LOCKS.get(fault.lock());
        String leader = leaderOf(lock);
        RoundsProcess leading = leader == null ? null : processOf(leader);
        String context;
        if (leader == null || leading == null) {
            leading = processes.get(fault.choice() % processes.size());
            context = CONTEXTS.get(fault.choice() / 7 % CONTEXTS.size());
        } else {
            context = leader.substring(leader.length() - 1);
        }
        List<RoundsProcess> rest = new ArrayList<>(processes);
        rest.remove(leading);
        RoundsProcess other = rest.get(fault.choice() % rest.size());
        String otherContext = CONTEXTS.get(fault.choice() / 3 % CONTEXTS.size());
        boolean ofFiles = fault.kind() == RoundsPlan.Kind.DELETE || fault.kind() == RoundsPlan.Kind.REPLACE;
        boolean ofOther = fault.kind() == RoundsPlan.Kind.RESTART_FOLLOWER
                || fault.kind() == RoundsPlan.Kind.PAUSE_FOLLOWER
                || fault.kind() == RoundsPlan.Kind.READ_FOLLOWER;
        done.add(new Done(System.nanoTime(), fault, ofFiles ? null : ofOther ? other.name() : leading.name()));
        int n = fault.lock();
        switch (fault.kind()) {
            case KILL -> {
                leading.kill();
                replace(leading);
            }
            case TERM -> {
                resume(leading); // a stopped process does not hear it, and the plan goes on meanwhile
                leading.terminate();
                replaceLater(leading);
            }
            case STOP -> leading.tell("stop " + context);
            case RESTART -> {
                leading.tell("stop " + context);
                leading.tell("start " + context);
            }
            case RESTART_FOLLOWER -> {
                other.tell("stop " + otherContext);
                other.tell("start " + otherContext);
            }
            case STOP_WHILE_GAINING -> {
                leading.tell("stop " + context);
                for (RoundsProcess stopping : rest) {
                    for (String stopped : CONTEXTS) {
                        if (!(stopping.equals(other) && stopped.equals(otherContext))) {
                            stopping.tell("stop " + stopped);
                        }
                    }
                }
            }
            case PAUSE, PAUSE_LONG -> pause(leading, fault.millis(), resumeAt);
            case PAUSE_FOLLOWER -> pause(other, fault.millis(), resumeAt);
            case RESIGN -> leading.tell("resign " + context + " " + n + " " + fault.millis());
            case DISABLE -> leading.tell("disable " + context + " " + n);
            case FLAP -> {
                leading.tell("disable " + context + " " + n);
                leading.tell("enable " + context + " " + n);
            }
            case REJOIN -> leading.tell("rejoin " + context + " " + n);
            case READ -> leading.tell("read " + n);
            case READ_FOLLOWER -> other.tell("read " + n);
            case TOUCH -> leading.tell("touch " + n);
            case DELETE -> Files.deleteIfExists(files.lock(lock));
            case REPLACE -> {
                Path next = dir.resolve("next");
                Files.deleteIfExists(next);
                Files.createFile(next);
                Files.move(next, files.lock(lock), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
            case SLOW_START -> {
                leading.tell("slow " + fault.millis() + " 0 0");
                other.tell("slow " + fault.millis() + " 0 0");
            }
            case SLOW_STOP -> {
                leading.tell("slow 0 " + fault.millis() + " " + fault.choice() % 30);
                other.tell("slow 0 " + fault.millis() + " " + fault.choice() % 30);
            }
        }
    }

    private void pause(RoundsProcess process, int millis, Map<RoundsProcess, Long> resumeAt) throws Exception {
        if (process.isPaused() || ending.contains(process)) {
            return;
        }
        process.pause();
        long now = System.nanoTime();
        if (process.isAlive()) {
            ofAllMembers(process, now, Kind.PAUSED);
        }
        resumeAt.put(process, now + TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private void replaceLater(RoundsProcess process) {
        if (!ending.contains(process)) {
            ending.add(process);
        }
    }

    /** Waits for the end of a process that was killed or told to end, and lets the spare take its place. */
    private void replace(RoundsProcess process) throws Exception {
        if (!processes.contains(process)) {
            return;
        }
        long ended = process.awaitEnd();
        complaints.addAll(process.takeComplaints());
        ofAllMembers(process, ended, Kind.KILLED);
        ending.remove(process);
        int place = processes.indexOf(process);
        RoundsProcess spare = spares.remove();
        processes.set(place, spare);
        startContexts(spare);
        spares.add(launch());
    }

    /** Ends every fault. */
    private void calm() throws Exception {
        for (RoundsProcess process : List.copyOf(processes)) {
            resume(process);
        }
        for (RoundsProcess process : List.copyOf(ending)) {
            replace(process);
        }
        for (RoundsProcess process : processes) {
            process.tell("slow 0 0 0");
            startContexts(process);
            for (int lock = 0; lock < LOCKS.size(); lock++) {
                for (String context : CONTEXTS) {
                    process.tell("enable " + context + " " + lock);
                }
            }
        }
    }

    private void judge(long calmNanos, String what) {
        int number = ++syncs;
        processes.forEach(process -> CONTEXTS.forEach(context -> process.tell("sync " + context + " " + number)));
        String silent = "";
        boolean converged = false;
        try {
            Awaitility.await()
                    .atMost(CONVERGENCE)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(3))
                    .until(() -> processes.stream()
                                    .allMatch(process -> CONTEXTS.stream()
                                            .allMatch(context ->
                                                    process.isSynced(context, number) && process.runs(context)))
                            && LOCKS.stream().allMatch(lock -> activeOf(lock).size() == 1)
                            && convergence(calmNanos)
                                    .check(history.copy())
                                    .violations()
                                    .isEmpty());
            // Not asked again below: what was told last may have its effect after that moment.
            converged = true;
        } catch (ConditionTimeoutException e) {
            // The checkers below judge; this only tells what else may have gone wrong.
            silent = processes.stream()
                    .filter(process -> !CONTEXTS.stream()
                            .allMatch(context -> process.isSynced(context, number) && process.runs(context)))
                    .map(RoundsProcess::name)
                    .toList()
                    .toString();
        }
        List<HistoryChecker> checkers = safety();
        if (!converged) {
            checkers.add(convergence(calmNanos));
        }
        Verdict verdict = HistoryChecker.all(history, checkers);
        processes.forEach(process -> complaints.addAll(process.takeComplaints()));
        if (!verdict.violations().isEmpty() || !silent.isEmpty() || !complaints.isEmpty()) {
            throw new AssertionError(report(
                    verdict,
                    what
                            + (silent.isEmpty() ? "" : "; not started, or silent: " + silent)
                            + (complaints.isEmpty() ? "" : "; " + complaints)));
        }
        excused = verdict.excused();
    }

    private List<HistoryChecker> safety() {
        return new ArrayList<>(List.of(
                new AtMostOneActive(LONGEST_PAUSE, Duration.ofMillis(STOP_BUDGET_MILLIS), this::couldLoseItsLock),
                new TokensIncrease(),
                new ActsOnlyWithinTenure(),
                new ReleaseAfterStop(),
                new NoNewTenureBeforeOldWorkEnded()));
    }

    /** The kernel keeps the lock of a paused process: only what is done to the file, or to its descriptors in that process, takes it away. */
    private boolean couldLoseItsLock(Work work) {
        String process = work.member().substring(0, work.member().length() - 1);
        return done.stream()
                .filter(fault -> LOCKS.get(fault.fault().lock()).equals(work.lock()))
                .filter(fault -> fault.nanos() >= work.startNanos() - TimeUnit.MILLISECONDS.toNanos(SETTLE_MILLIS))
                .filter(fault -> work.ending() == Work.Ending.OPEN || fault.nanos() <= work.latestEndNanos())
                .anyMatch(fault -> switch (fault.fault().kind()) {
                    case DELETE, REPLACE -> true;
                    case READ, TOUCH, READ_FOLLOWER -> process.equals(fault.process());
                    default -> false;
                });
    }

    private static ConvergesWithin convergence(long calmNanos) {
        return new ConvergesWithin(CONVERGENCE, LOCKS, calmNanos, System.nanoTime());
    }

    /** What only a documented exclusion excuses. */
    List<String> excused() {
        return excused;
    }

    private String report(Verdict verdict, String what) {
        StringBuilder text = new StringBuilder("Broken after ").append(what).append('\n');
        verdict.violations().forEach(found -> text.append("  ").append(found).append('\n'));
        verdict.excused()
                .forEach(found -> text.append("  (excused) ").append(found).append('\n'));
        for (Done fault : done.subList(Math.max(0, done.size() - 8), done.size())) {
            text.append("  done ").append(fault).append('\n');
        }
        Set<String> concerned = new TreeSet<>();
        for (String lock : LOCKS) {
            if (verdict.violations().isEmpty()
                    || verdict.violations().stream().anyMatch(found -> found.contains("lock " + lock + ":"))) {
                concerned.add(lock);
            }
        }
        for (String lock : concerned) {
            text.append("Lock ").append(lock).append(", the end of its history:\n");
            history.tail(lock, 40)
                    .forEach(line -> text.append("  ").append(line).append('\n'));
        }
        text.append("The logs of the processes and the whole history are in ")
                .append(dir)
                .append('\n');
        try {
            Files.write(dir.resolve("history.jsonl"), history.toJsonLines());
        } catch (IOException e) {
            text.append("(the history could not be written: ").append(e).append(")\n");
        }
        return text.append(
                        "Replay: mvn -o -pl camel-master-lite,camel-cluster-file verify -Dit.test=ExclusiveRoundsIT -Drounds.seed=")
                .append(seed)
                .append(" -Drounds.first=")
                .append(Math.max(1, rounds - 3))
                .append(" -Drounds.count=8\n")
                .toString();
    }

    private @Nullable String leaderOf(String lock) {
        return activeOf(lock).stream().findFirst().orElse(null);
    }

    private @Nullable RoundsProcess processOf(String member) {
        String name = member.substring(0, member.length() - 1);
        return processes.stream()
                .filter(process -> process.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    // ---- figures ----

    /** How often each fault was done. */
    Map<RoundsPlan.Kind, Integer> faults() {
        Map<RoundsPlan.Kind, Integer> counts = new EnumMap<>(RoundsPlan.Kind.class);
        done.forEach(fault -> counts.merge(fault.fault().kind(), 1, Integer::sum));
        return counts;
    }

    /**
     * How many milliseconds a lock had no work, by the fault that concerned it, or the process that led it, since a little before the work ended. Where there
     * were several, the gap is nobody's. For a process that was killed it counts from the kill.
     */
    Map<RoundsPlan.Kind, List<Double>> leaderless() {
        Map<RoundsPlan.Kind, List<Double>> gaps = new EnumMap<>(RoundsPlan.Kind.class);
        history.work().forEach((lock, works) -> {
            for (int i = 1; i < works.size(); i++) {
                Work before = works.get(i - 1);
                Work next = works.get(i);
                String process = before.member().substring(0, before.member().length() - 1);
                long since = Math.max(
                        before.startNanos(),
                        before.certainEndNanos() - 2 * TimeUnit.MILLISECONDS.toNanos(SETTLE_MILLIS));
                List<Done> causes = done.stream()
                        .filter(fault -> fault.nanos() >= since && fault.nanos() <= next.startNanos())
                        .filter(fault -> process.equals(fault.process())
                                || LOCKS.get(fault.fault().lock()).equals(lock)
                                || fault.fault().kind() == RoundsPlan.Kind.STOP_WHILE_GAINING)
                        .toList();
                if (causes.size() == 1) {
                    Done cause = causes.get(0);
                    boolean isKill = before.ending() == Work.Ending.KILLED;
                    long from = isKill ? Math.max(cause.nanos(), before.certainEndNanos()) : before.latestEndNanos();
                    gaps.computeIfAbsent(cause.fault().kind(), kind -> new ArrayList<>())
                            .add((next.startNanos() - from) / 1e6);
                }
            }
        });
        return gaps;
    }

    /** Removes logs and files; only if nothing was found. */
    void forget() throws IOException {
        try (Stream<Path> all = Files.walk(dir)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    int tenures() {
        return history.work().values().stream().mapToInt(List::size).sum();
    }

    @Override
    public void close() {
        closed = true;
        processes.forEach(RoundsProcess::close);
        spares.forEach(RoundsProcess::close);
        try {
            for (RoundsProcess process : processes) {
                process.awaitEnd();
            }
            for (RoundsProcess process : spares) {
                process.awaitEnd();
            }
            releaseWatch.join(1_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
