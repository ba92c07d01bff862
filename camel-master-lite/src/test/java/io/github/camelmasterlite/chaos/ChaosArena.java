package io.github.camelmasterlite.chaos;

import io.github.camelmasterlite.chaos.ChaosFault.Injected;
import io.github.camelmasterlite.chaos.ChaosFault.Scene;
import io.github.camelmasterlite.history.ActsOnlyWithinTenure;
import io.github.camelmasterlite.history.AtMostOneActive;
import io.github.camelmasterlite.history.ConvergesWithin;
import io.github.camelmasterlite.history.History;
import io.github.camelmasterlite.history.History.Event;
import io.github.camelmasterlite.history.History.Kind;
import io.github.camelmasterlite.history.History.Pause;
import io.github.camelmasterlite.history.HistoryChecker;
import io.github.camelmasterlite.history.NoNewTenureBeforeOldWorkEnded;
import io.github.camelmasterlite.history.ReleaseAfterStop;
import io.github.camelmasterlite.history.TokensIncrease;
import io.github.camelmasterlite.history.Verdict;
import io.github.camelmasterlite.history.Work;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of real processes, and faults that are done to it one after the other, sometimes two at a time. After each of them all locks must have one
 * leader again within a stated time, and what happened until then is judged. One thread drives it; histories come in on the readers' threads.
 *
 * <p>The whole history is in {@code history.jsonl} of its directory, and what was done in {@code faults.jsonl}. The next fault begins with what is still
 * going on, so that it is not judged by what was before; all of it is judged together at the end.
 */
public abstract class ChaosArena implements AutoCloseable {

    /** One round of so many has two faults. */
    private static final int PAIR_EVERY = 6;

    private static final String PAIR = "two of these at once";

    /** So many graceful stops, of which nobody saw a release, mean that nobody looked; a single one may be over between two looks. */
    private static final int STOPS_TO_SEE = 3;

    /** How long the thread that sees releases may take to end. */
    private static final Duration LAST_LOOK = Duration.ofSeconds(20);

    /** How long after the end of a fault its effect may begin. */
    private static final Duration EFFECT = Duration.ofMillis(1_200);

    /**
     * What is promised of a cluster.
     *
     * @param longestPause the longest pause of a process that the timing law allows
     * @param stopWithin   how long work may take to end after a longer one: the stop budget, and what a busy machine needs
     * @param start        how long it may take from the start of all processes until each lock has a leader
     * @param pauseTakes   whether a pause alone takes a lock away
     */
    public record Promise(Duration longestPause, Duration stopWithin, Duration start, boolean pauseTakes) {}

    /** One fault as it was done. */
    private record Done(
            long fromNanos,
            long untilNanos,
            String name,
            String lock,
            String process,
            Injected injected,
            boolean releases) {

        String toJson() {
            return "{\"t\":" + fromNanos + ",\"until\":" + untilNanos + ",\"fault\":\"" + name + "\",\"lock\":\"" + lock
                    + "\",\"process\":\"" + process + "\"}";
        }
    }

    /** Whose fault it is that has begun, and whether that process led something then. */
    private record Begun(
            long fromNanos, long endNanos, ChaosFault fault, Scene scene, Injected injected, boolean hadLeader) {}

    /** What there was to see at a moment, and what of it is not as it should be once everything is calm. */
    private record Look(History history, long nanos, List<String> missing) {}

    /** Looks from outside for tenures that were released; tells {@link #released}. */
    @FunctionalInterface
    protected interface ReleaseLook {
        void look() throws Exception;
    }

    private final Path dir;
    private final String name;
    private final Promise promise;
    private final List<String> locks;
    private final List<String> contexts;
    private final int size;
    private final long seed;
    private final ChaosTable table;

    private final List<MemberProcess> processes = new CopyOnWriteArrayList<>();
    private final Deque<MemberProcess> spares = new ArrayDeque<>();
    private final Map<String, Set<String>> active = new ConcurrentHashMap<>();
    private final List<Done> done = new ArrayList<>();
    private final Deque<ChaosFault> deck = new ArrayDeque<>();
    private final Object historyLock = new Object();
    private History history = new History();
    private final Set<Event> written = new HashSet<>();
    private final Map<String, Integer> clocks = new ConcurrentHashMap<>();
    private final AtomicInteger releases = new AtomicInteger();
    private @Nullable Thread releaseWatch;
    private volatile boolean stopped;
    private int processNumbers;
    private int rounds;
    private int syncs;

    /** How long to wait for a recovery that did not come in time, before giving up. */
    private Duration patience = Duration.ofSeconds(60);

    private Predicate<String> only = fault -> fault.contains(System.getProperty("chaos.faults", ""));

    /**
     * @param dir      where the history goes, and the logs of the processes
     * @param name     a name for messages
     * @param locks    what all members stand for
     * @param contexts the names of the services in each process
     * @param size     how many processes
     * @param table    where to write down what came of it
     */
    protected ChaosArena(
            Path dir,
            String name,
            Promise promise,
            List<String> locks,
            List<String> contexts,
            int size,
            long seed,
            ChaosTable table)
            throws IOException {
        this.dir = Files.createDirectories(dir);
        this.name = name;
        this.promise = promise;
        this.locks = List.copyOf(locks);
        this.contexts = List.copyOf(contexts);
        this.size = size;
        this.seed = seed;
        this.table = table;
        locks.forEach(lock -> active.put(lock, ConcurrentHashMap.newKeySet()));
    }

    /** Starts a process of that name, with more in its environment, and none of its services. */
    protected abstract MemberProcess launch(String process, Map<String, String> environment, Consumer<Event> events)
            throws IOException;

    /** All that can be done here. */
    protected abstract List<ChaosFault> faults();

    /** What shifts the wall clock of a process; null if there is nothing. */
    protected @Nullable Path clockLibrary() {
        return WallClock.library();
    }

    /** Makes everything as it was before the first fault, as far as faults have not done that themselves. */
    protected void calm() throws Exception {}

    /** A process has ended. */
    protected void ended(MemberProcess process) {}

    /** How long to wait for a recovery that did not come in time, before giving up; a minute if nothing is said. */
    public void setPatience(Duration patience) {
        this.patience = patience;
    }

    /** Does only faults of such names; all if nothing is said. */
    public void setOnly(Predicate<String> names) {
        only = names;
    }

    protected Path dir() {
        return dir;
    }

    protected List<String> locks() {
        return locks;
    }

    // ---- processes

    /** Starts the processes and lets every lock find its first leader. */
    public void open() throws Exception {
        for (int i = 0; i < size; i++) {
            processes.add(launch());
        }
        processes.forEach(this::startContexts);
        spares.add(launch());
        long begin = System.nanoTime();
        if (!awaitConvergence(begin, promise.start(), Duration.ZERO).missing().isEmpty() || !awaitSync()) {
            throw new AssertionError(report("the start", List.of("no leader for each lock within " + promise.start())));
        }
        foundAll("the start", complaints());
    }

    private MemberProcess launch() throws IOException {
        int number = ++processNumbers;
        Path library = clockLibrary();
        // one ahead, one behind, one right, and so on
        int hours = library == null ? 0 : (number + 1) % 3 - 1;
        if (library == null) {
            table.notDone("wall clocks an hour apart, as there is no libfaketime here");
        }
        clocks.put("p" + number, hours);
        return launch("p" + number, library == null ? Map.of() : WallClock.ahead(library, hours), this::on);
    }

    private void startContexts(MemberProcess process) {
        contexts.forEach(context -> process.tell("start " + context));
    }

    void tellAll(String command) {
        processes.forEach(process -> process.tell(command));
    }

    /** Those that members run in now. */
    public List<MemberProcess> processes() {
        return List.copyOf(processes);
    }

    /** Stops a process by SIGSTOP, unless it has ended or is to end. */
    public void pause(MemberProcess process) throws IOException, InterruptedException {
        if (process.isPaused() || !process.isAlive()) {
            return;
        }
        process.pause();
        long now = System.nanoTime();
        if (process.isAlive()) {
            ofAllMembers(process, now, Kind.PAUSED);
        }
    }

    /** Lets it run on, if it was stopped. */
    public void resume(MemberProcess process) throws IOException, InterruptedException {
        if (process.isPaused()) {
            long now = System.nanoTime();
            process.resume();
            ofAllMembers(process, now, Kind.RESUMED);
        }
    }

    /**
     * Waits for the end of a process that was killed or told to end, and lets another one take its place.
     *
     * @return the name of that one
     */
    public String replace(MemberProcess process) throws IOException, InterruptedException {
        if (processes.contains(process)) {
            resume(process);
            long ended = process.awaitEnd();
            ofAllMembers(process, ended, Kind.KILLED);
            foundAll("its last words", complaints(process));
            MemberProcess spare = spares.isEmpty() ? launch() : spares.remove();
            processes.set(processes.indexOf(process), spare);
            startContexts(spare);
            ended(process);
            return spare.name();
        }
        return "";
    }

    private void ofAllMembers(MemberProcess process, long nanos, Kind kind) {
        contexts.forEach(context -> on(new Event(nanos, process.name() + context, "", kind, 0)));
    }

    // ---- history

    private void on(Event event) {
        if (event.kind() == Kind.STARTED) {
            activeOf(event.lock()).add(event.member());
        } else if (event.kind() == Kind.STOPPED) {
            activeOf(event.lock()).remove(event.member());
        } else if (event.kind() == Kind.KILLED) {
            active.values().forEach(members -> members.remove(event.member()));
        }
        synchronized (historyLock) {
            history.add(event);
        }
    }

    /** Seen from outside: a tenure was released. */
    protected void released(long nanos, String member, String lock, long token) {
        releases.incrementAndGet();
        on(new Event(nanos, member, lock, Kind.RELEASED, token));
    }

    /** How many releases were seen so far. */
    public int releases() {
        return releases.get();
    }

    /** Looks for releases again and again from now on; what it throws is found, and nothing is seen any more. */
    protected void watchReleases(Duration every, ReleaseLook look) {
        Thread watch = new Thread(
                () -> {
                    try {
                        while (!stopped) {
                            look.look();
                            LockSupport.parkNanos(every.toNanos());
                        }
                    } catch (Throwable t) {
                        table.found(name + ": releases are seen no more: " + t + " at " + List.of(t.getStackTrace()));
                    }
                },
                name + ", sees releases");
        watch.setDaemon(true);
        releaseWatch = watch;
        watch.start();
    }

    /** What has happened since the last fault was judged, and what has gone on since before. */
    protected History recent() {
        synchronized (historyLock) {
            return history.copy();
        }
    }

    private Set<String> activeOf(String lock) {
        return active.computeIfAbsent(lock, l -> ConcurrentHashMap.newKeySet());
    }

    // ---- rounds

    /** Faults until the time is over, but at least one. */
    public void runUntil(long endNanos) throws InterruptedException {
        if (faults().stream().noneMatch(fault -> only.test(fault.name()))) {
            throw new IllegalStateException(name + ": no fault has a name that was asked for");
        }
        do {
            try {
                round();
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                // A fault that could not be done is not one of the members, but nobody must take it for done.
                table.found(name + ", seed " + seed + ", round " + rounds + " could not be carried out: " + e);
            }
        } while (!stopped && System.nanoTime() - endNanos < 0);
    }

    /** Each of these faults once, in an order that the seed decides. */
    public void runEach(Set<String> names) throws Exception {
        List<ChaosFault> all = new ArrayList<>(faults());
        all.removeIf(fault -> !names.contains(fault.name()));
        Collections.shuffle(all, new Random(seed));
        for (ChaosFault fault : all) {
            round(fault);
        }
    }

    /** The fault of this name. */
    public ChaosFault fault(String of) {
        return faults().stream()
                .filter(fault -> fault.name().equals(of))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no fault " + of));
    }

    /** No further rounds; what runs goes on to its end, or until its thread is interrupted. */
    void stop() {
        stopped = true;
    }

    private ChaosFault draw(Random random) {
        if (deck.isEmpty()) {
            List<ChaosFault> all = new ArrayList<>(faults());
            all.removeIf(fault -> !only.test(fault.name()));
            Collections.shuffle(all, random);
            deck.addAll(all);
        }
        return deck.remove();
    }

    private void round() throws Exception {
        Random random = new Random(seed * 1_000_003 + ++rounds);
        random.nextInt(); // the first numbers of near seeds are alike
        ChaosFault fault = draw(random);
        boolean isPair = rounds % PAIR_EVERY == 0 && !fault.isAlone();
        ChaosFault second = isPair ? draw(random) : null;
        if (second != null && second.isAlone()) {
            deck.addFirst(second);
            second = null;
        }
        round(fault, second, random);
    }

    /** Does this, and judges what comes of it. */
    public void round(ChaosFault fault) throws Exception {
        round(fault, null, new Random(seed * 1_000_003 + ++rounds));
    }

    private void round(ChaosFault fault, @Nullable ChaosFault second, Random random) throws Exception {
        long begin = System.nanoTime();
        List<Begun> begun = new ArrayList<>();
        begun.add(begin(fault, random));
        if (second != null) {
            parkUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(400)));
            begun.add(begin(second, random));
        }
        begun.sort((a, b) -> Long.compare(a.endNanos(), b.endNanos()));
        for (Begun each : begun) {
            parkUntil(each.endNanos());
            each.injected().ending().end();
            Scene scene = each.scene();
            Done now = new Done(
                    each.fromNanos(),
                    System.nanoTime(),
                    each.fault().name(),
                    locks.get(scene.lock()),
                    scene.leading().name(),
                    each.injected(),
                    second == null && each.hadLeader() && fault.isGraceful());
            done.add(now);
            write("faults.jsonl", List.of(now.toJson()));
        }
        for (MemberProcess process : processes()) {
            resume(process);
            if (!process.isAlive()) {
                replace(process);
            }
        }
        calm();
        Duration bound = second == null || second.recovery().compareTo(fault.recovery()) < 0
                ? fault.recovery()
                : second.recovery();
        String what = second == null ? fault.name() : fault.name() + " + " + second.name();
        judge(begin, System.nanoTime(), second == null ? fault.name() : PAIR, what, bound);
        while (spares.isEmpty()) {
            spares.add(launch());
        }
        // Another moment between two renewals each time.
        parkUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(800)));
    }

    private Begun begin(ChaosFault fault, Random random) throws Exception {
        int lock = random.nextInt(locks.size());
        String known = activeOf(locks.get(lock)).stream().findFirst().orElse(null);
        MemberProcess leading = known == null ? null : processOf(known);
        if (known == null || leading == null) {
            leading = processes.get(random.nextInt(processes.size()));
            known = leading.name() + contexts.get(0);
        }
        boolean hadLeader = activeOf(locks.get(lock)).contains(known);
        List<MemberProcess> rest = new ArrayList<>(processes);
        rest.remove(leading);
        Scene scene = new Scene(lock, known, leading, rest.get(random.nextInt(rest.size())), random);
        long from = System.nanoTime();
        Injected injected = fault.injection().inject(this, scene);
        return new Begun(from, System.nanoTime() + injected.lasts().toNanos(), fault, scene, injected, hadLeader);
    }

    private @Nullable MemberProcess processOf(String member) {
        return processes.stream()
                .filter(process -> member.equals(process.name() + member.substring(member.length() - 1)))
                .findFirst()
                .orElse(null);
    }

    private static void parkUntil(long nanos) throws InterruptedException {
        for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    // ---- judgement

    /** The first look that misses nothing, or the last one. */
    private Look awaitConvergence(long calmNanos, Duration bound, Duration atLeast) throws InterruptedException {
        parkUntil(calmNanos + atLeast.toNanos());
        List<Look> last = new ArrayList<>(List.of(look(calmNanos, bound)));
        // One second more: the checker decides what was in time.
        isSeen(bound.plusSeconds(1), () -> {
            last.set(0, look(calmNanos, bound));
            return last.get(0).missing().isEmpty();
        });
        return last.get(0);
    }

    private Look look(long calmNanos, Duration bound) {
        List<String> missing = new ArrayList<>();
        for (String lock : locks) {
            if (activeOf(lock).size() != 1) {
                missing.add("lock " + lock + ": at work are " + activeOf(lock));
            }
        }
        long now = System.nanoTime();
        History seen = recent();
        missing.addAll(
                new ConvergesWithin(bound, locks, calmNanos, now).check(seen).violations());
        return new Look(seen, now, missing);
    }

    /** Until all processes have carried out what they were told, and those that are new stand for all locks. */
    private boolean awaitSync() {
        int number = ++syncs;
        tellEachContext("sync", number);
        return isSeen(patience, () -> processes.stream().allMatch(process -> isSynced(process, number)));
    }

    private static boolean isSeen(Duration bound, Callable<Boolean> condition) {
        try {
            Awaitility.await()
                    .atMost(bound)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(10))
                    .until(condition);
            return true;
        } catch (ConditionTimeoutException e) {
            return false;
        }
    }

    private void tellEachContext(String command, int number) {
        processes.forEach(process -> contexts.forEach(context -> process.tell(command + " " + context + " " + number)));
    }

    private boolean isSynced(MemberProcess process, int number) {
        return contexts.stream().allMatch(context -> process.isSynced(context, number) && process.runs(context));
    }

    private void judge(long begin, long calmNanos, String row, String what, Duration bound) throws Exception {
        Look first = awaitConvergence(calmNanos, bound, EFFECT);
        boolean goesOn = (first.missing().isEmpty() || hasWayBack(calmNanos)) && awaitSync();
        // Who leads in time and not until everybody has been heard of has not recovered.
        Look look = first.missing().isEmpty() ? awaitConvergence(calmNanos, bound, Duration.ZERO) : first;
        boolean recovered = look.missing().isEmpty();
        if (!recovered) {
            goesOn = goesOn && hasWayBack(calmNanos);
            look = look(calmNanos, bound);
        }
        History window = look.history();
        long until = look.nanos();
        Verdict verdict = HistoryChecker.all(window, safety());
        List<String> violations = new ArrayList<>(verdict.violations());
        violations.addAll(complaints());
        if (!recovered) {
            violations.add("not recovered within " + bound.toMillis() + " ms: " + look.missing());
        }
        if (!goesOn) {
            violations.add("neither recovered nor heard of within " + patience.toSeconds() + " s; silent: " + silent());
        }
        int excluded = (int) verdict.excused().stream()
                .filter(found -> found.contains(AtMostOneActive.EXCLUDED))
                .count();
        table.add(
                row,
                new ChaosTable.Outcome(
                        verdict.violations().size(),
                        verdict.excused().size() - excluded,
                        excluded,
                        leaderless(window, begin, until),
                        recovered,
                        bound,
                        recoveryMillis(window, calmNanos)));
        verdict.excused().forEach(found -> table.explained(name + ", " + what + ": " + found));
        foundAll(what, violations);
        forget(window);
        if (!goesOn) {
            throw new AssertionError("no way back after " + what);
        }
    }

    private boolean hasWayBack(long calmNanos) throws InterruptedException {
        return awaitConvergence(calmNanos, patience, Duration.ZERO).missing().isEmpty();
    }

    private void foundAll(String when, List<String> violations) throws IOException {
        if (!violations.isEmpty()) {
            String report = report(when, violations);
            table.found(report);
            write("violations.txt", report.lines().toList());
        }
    }

    /** What processes say of themselves that nobody must say. */
    private List<String> complaints() {
        List<String> all = new ArrayList<>();
        processes.forEach(process -> all.addAll(complaints(process)));
        return all;
    }

    private List<String> complaints(MemberProcess process) {
        List<String> all = process.takeComplaints();
        Integer hours = process.hoursAhead();
        Integer wanted = hours == null ? null : clocks.remove(process.name());
        if (hours != null && wanted != null) {
            table.clock(hours);
            if (!wanted.equals(hours)) {
                all.add("the wall clock of " + process.name() + " is ahead by " + hours + " hours, and not by "
                        + wanted);
            }
        }
        return all;
    }

    private String silent() {
        return processes.stream()
                .filter(process -> !isSynced(process, syncs))
                .map(MemberProcess::name)
                .toList()
                .toString();
    }

    private List<HistoryChecker> safety() {
        return List.of(
                new AtMostOneActive(
                        promise.longestPause(), promise.stopWithin(), this::couldLoseItsLock, this::exclusion),
                new TokensIncrease(),
                new ActsOnlyWithinTenure(),
                new ReleaseAfterStop(),
                new NoNewTenureBeforeOldWorkEnded());
    }

    private List<Done> during(Work work) {
        return done.stream()
                .filter(fault -> fault.untilNanos() >= work.startNanos() && fault.fromNanos() <= work.latestEndNanos())
                .toList();
    }

    private boolean couldLoseItsLock(Work work) {
        return promise.pauseTakes()
                || during(work).stream()
                        .anyMatch(fault -> fault.injected().takesLock().test(this, work));
    }

    private @Nullable String exclusion(Work earlier, Work later) {
        return during(earlier).stream()
                .map(Done::injected)
                .filter(injected -> injected.excluded().test(earlier, later))
                .map(Injected::exclusion)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** For each lock that nobody worked under for a while, the longest of these in milliseconds. A member that is stopped does not work. */
    private List<Double> leaderless(History window, long from, long until) {
        List<Pause> pauses = window.pauses();
        List<Double> longest = new ArrayList<>();
        for (String lock : locks) {
            List<long[]> spans = new ArrayList<>();
            for (Work work : window.work().getOrDefault(lock, List.of())) {
                long end = work.ending() == Work.Ending.OPEN ? until : work.certainEndNanos();
                addRunning(spans, work.member(), Math.max(from, work.startNanos()), end, pauses);
            }
            spans.sort((a, b) -> Long.compare(a[0], b[0]));
            long covered = from;
            long gap = 0;
            for (long[] span : spans) {
                gap = Math.max(gap, span[0] - covered);
                covered = Math.max(covered, span[1]);
            }
            gap = Math.max(gap, until - covered);
            if (gap > 0) {
                longest.add(gap / 1e6);
            }
        }
        return longest;
    }

    private static void addRunning(List<long[]> spans, String member, long start, long end, List<Pause> pauses) {
        long from = start;
        for (Pause pause : pauses) {
            if (pause.member().equals(member) && pause.untilNanos() > from && pause.fromNanos() < end) {
                if (pause.fromNanos() > from) {
                    spans.add(new long[] {from, pause.fromNanos()});
                }
                from = Math.max(from, pause.untilNanos());
            }
        }
        if (from < end) {
            spans.add(new long[] {from, end});
        }
    }

    /** From the end of the fault until the last lock had one member at work and no other. */
    private double recoveryMillis(History window, long calmNanos) {
        long last = calmNanos;
        for (String lock : locks) {
            for (Work work : window.work().getOrDefault(lock, List.of())) {
                last = Math.max(last, work.ending() == Work.Ending.OPEN ? work.startNanos() : work.latestEndNanos());
            }
        }
        return (last - calmNanos) / 1e6;
    }

    /** Writes down what has not been, and keeps what goes on, and the latest work of each lock. */
    private void forget(History window) throws IOException {
        List<Event> events = window.events();
        write(
                "history.jsonl",
                events.stream()
                        .filter(event -> !written.contains(event))
                        .map(Event::toJson)
                        .toList());
        Set<Event> kept = new HashSet<>();
        window.work().forEach((lock, works) -> {
            for (int i = 0; i < works.size(); i++) {
                Work work = works.get(i);
                if (work.ending() == Work.Ending.OPEN || i == works.size() - 1) {
                    kept.addAll(eventsOf(work, events));
                }
            }
        });
        synchronized (historyLock) {
            History next = new History();
            Map<Event, Integer> counted = new LinkedHashMap<>();
            events.forEach(event -> counted.merge(event, 1, Integer::sum));
            for (Event event : history.events()) {
                boolean isOld = counted.merge(event, -1, Integer::sum) >= 0;
                if (!isOld || kept.contains(event)) {
                    next.add(event);
                }
            }
            history = next;
        }
        written.clear();
        written.addAll(kept);
    }

    private static List<Event> eventsOf(Work work, List<Event> events) {
        return events.stream()
                .filter(event -> event.member().equals(work.member()))
                .filter(event -> event.kind() == Kind.KILLED || isEdge(event, work))
                .toList();
    }

    private static boolean isEdge(Event event, Work work) {
        return event.lock().equals(work.lock())
                && event.token() == work.token()
                && (event.kind() == Kind.STARTED || event.kind() == Kind.STOPPED);
    }

    private void write(String file, List<String> lines) throws IOException {
        Files.write(dir.resolve(file), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private String report(String what, List<String> violations) {
        StringBuilder text = new StringBuilder("Broken in " + name + ", seed " + seed + ", round " + rounds + ", by "
                + what + "; histories and logs are in " + dir + '\n');
        violations.forEach(found -> text.append("  ").append(found).append('\n'));
        for (Done fault : done.subList(Math.max(0, done.size() - 3), done.size())) {
            text.append("  done ").append(fault.toJson()).append('\n');
        }
        for (String lock : locks) {
            text.append("Lock ").append(lock).append(", the end of its history:\n");
            recent().tail(lock, 30)
                    .forEach(line -> text.append("  ").append(line).append('\n'));
        }
        return text.toString();
    }

    /** Judges everything from the beginning, also what lies in different rounds. Call it after {@link #close()}. */
    public Verdict judgeAll() throws IOException {
        if (done.isEmpty()) {
            return new Verdict(List.of(name + " never came to its first fault"), List.of());
        }
        History all = History.fromJsonLines(Files.readAllLines(dir.resolve("history.jsonl")));
        return HistoryChecker.all(all, safety());
    }

    public int rounds() {
        return rounds;
    }

    /** Ends all processes, and judges what has happened since the last round. The thread that drives this must have ended. */
    @Override
    public void close() {
        stop();
        List<MemberProcess> all = new ArrayList<>(processes);
        all.addAll(spares);
        all.forEach(MemberProcess::close);
        for (MemberProcess process : all) {
            try {
                ofAllMembers(process, process.awaitEnd(), Kind.KILLED);
                ended(process);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IllegalStateException e) {
                table.found(name + ": " + e.getMessage());
            }
        }
        awaitReleaseWatch();
        try {
            judgeRest(all);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitReleaseWatch() {
        Thread watch = releaseWatch;
        if (watch == null) {
            return;
        }
        try {
            watch.join(LAST_LOOK.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (watch.isAlive()) {
            table.found(name + ": the thread that sees releases has not ended within " + LAST_LOOK);
        }
    }

    private void judgeRest(List<MemberProcess> all) throws IOException {
        History rest = recent();
        List<String> violations =
                new ArrayList<>(HistoryChecker.all(rest, safety()).violations());
        all.forEach(process -> violations.addAll(complaints(process)));
        long stops = done.stream().filter(Done::releases).count();
        if (stops >= STOPS_TO_SEE && releases() == 0) {
            violations.add(
                    "no release was seen of " + stops + " graceful stops: nobody has judged when locks are released");
        }
        foundAll("what came after the last round", violations);
        forget(rest);
    }
}
