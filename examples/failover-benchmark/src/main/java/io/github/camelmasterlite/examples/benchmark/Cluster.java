package io.github.camelmasterlite.examples.benchmark;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The members of one cluster and what is known of them.
 *
 * <p>Members that are ready for {@code start} are kept in stock, so that a round does not wait for the start of a JVM; they are made
 * several at once while nothing is measured.
 */
final class Cluster {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final int STOCK = 4;

    private final Children children;
    private final List<String> jvmOptions;
    private final Meeting meeting;
    private final Meeting.Launch launch;
    private final int locks;
    private final String[] modes;
    private final int stockSize;
    private final Deque<Child> stock = new ArrayDeque<>();
    private final Set<Child> ready = new HashSet<>();
    private final List<Child> launched = new ArrayList<>();
    private final Set<Child> members = new LinkedHashSet<>();
    private final Map<Child, Long> asked = new HashMap<>();
    private final Map<Child, Long> contextStarted = new HashMap<>();
    private final Map<String, Start> starts = new HashMap<>();
    private final Map<String, Long> stops = new HashMap<>();
    private final List<Change> history = new ArrayList<>();
    private final Map<String, ThreadCount> threads = new HashMap<>();
    private boolean threadsTold;
    private @Nullable ThreadCount threadCount;
    private final Map<Child, Long> acts = new HashMap<>();
    private final Map<Child, Long> lateActs = new HashMap<>();
    private final Map<Child, Long> refusals = new HashMap<>();
    private @Nullable Long heapBytes;

    /** The last start of a lock's consumer. */
    record Start(Child member, long nanos) {}

    /** A consumer has started, or stopped. */
    record Change(Child member, String lock, boolean isStart, long nanos) {}

    /**
     * A cluster without members.
     *
     * @param name  of this measurement
     * @param modes modes of {@link BenchMember}
     */
    Cluster(Setup setup, List<String> jvmOptions, String name, int locks, String... modes) throws IOException {
        this(setup, jvmOptions, STOCK, name, locks, modes);
    }

    /**
     * A cluster without members.
     *
     * @param stockSize how many members are made ahead at least, if any
     */
    Cluster(Setup setup, List<String> jvmOptions, int stockSize, String name, int locks, String... modes)
            throws IOException {
        this.stockSize = stockSize;
        this.children = setup.children();
        this.jvmOptions = jvmOptions;
        this.meeting = setup.meeting();
        this.launch = meeting.at(name, locks);
        this.locks = locks;
        this.modes = modes.clone();
    }

    /** Makes sure that this many members are in stock. */
    void prepare(int number) throws BenchmarkException, IOException, InterruptedException {
        if (stock.size() >= number) {
            return;
        }
        while (stock.size() < Math.max(number, stockSize)) {
            List<String> arguments = new ArrayList<>(List.of("{name}", String.valueOf(locks), String.join(",", modes)));
            arguments.addAll(launch.arguments());
            Child child = children.launch(
                    "member", jvmOptions, new Meeting.Launch(launch.main(), launch.classPath(), arguments));
            launched.add(child);
            stock.add(child);
        }
        await("members to get ready", () -> ready.containsAll(stock));
    }

    /** Starts the Camel contexts of this many members at the same time and waits until they have started. */
    List<Child> join(int number) throws BenchmarkException, IOException, InterruptedException {
        List<Child> joining = begin(number);
        await("contexts to start", () -> contextStarted.keySet().containsAll(joining));
        return joining;
    }

    /** Starts the Camel contexts of this many members at the same time. */
    List<Child> begin(int number) throws BenchmarkException, IOException, InterruptedException {
        prepare(number);
        List<Child> joining = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            joining.add(stock.remove());
        }
        joining.forEach(child -> {
            child.atEnd(() -> meeting.hasLeft(child.name()));
            meeting.joins(child.name());
        });
        for (Child child : joining) {
            asked.put(child, System.nanoTime());
            child.send("start");
        }
        members.addAll(joining);
        return joining;
    }

    Set<Child> members() {
        return Set.copyOf(members);
    }

    /** A moment just before it was told to start. */
    long askedNanos(Child member) {
        return requireNonNull(asked.get(member));
    }

    long contextStartedNanos(Child member) {
        return requireNonNull(contextStarted.get(member));
    }

    /** By lock, the last start that was reported. */
    Map<String, Start> starts() {
        return Map.copyOf(starts);
    }

    /** Every start and stop that was reported, in the order in which that was heard. */
    List<Change> history() {
        return List.copyOf(history);
    }

    /** By lock, the last stop that was reported. */
    Map<String, Long> stops() {
        return Map.copyOf(stops);
    }

    /** How many threads a member has, by name. */
    Map<String, ThreadCount> threads(Child member) throws BenchmarkException, IOException, InterruptedException {
        threads.clear();
        threadsTold = false;
        member.send("threads");
        await(member + " to tell its threads", () -> threadsTold);
        return Map.copyOf(threads);
    }

    /** How many threads a member has and had at most, by the count that its JVM keeps anyway. */
    ThreadCount threadCount(Child member) throws BenchmarkException, IOException, InterruptedException {
        threadCount = null;
        member.send("thread-count");
        await(member + " to count its threads", () -> threadCount != null);
        return requireNonNull(threadCount);
    }

    /** How much heap a member uses, after a collection, in bytes. */
    long heapBytes(Child member) throws BenchmarkException, IOException, InterruptedException {
        heapBytes = null;
        member.send("heap");
        await(member + " to tell its heap", () -> heapBytes != null);
        return requireNonNull(heapBytes);
    }

    /** When the member's route was last at work, if ever. */
    @Nullable
    Long lastAct(Child member) {
        return acts.get(member);
    }

    /** When the member's route was last reached by an exchange that had been on its way when the process was stopped, if ever. */
    @Nullable
    Long lastLateAct(Child member) {
        return lateActs.get(member);
    }

    /** When an exchange was last refused to the member because it did not lead any more, if ever. */
    @Nullable
    Long lastRefusal(Child member) {
        return refusals.get(member);
    }

    /** Waits until a member's consumer has reported that it stopped, after a moment. */
    void awaitStopped(String lock, long afterNanos) throws BenchmarkException, InterruptedException {
        await("the consumer for " + lock + " to stop", () -> stops.getOrDefault(lock, Long.MIN_VALUE) > afterNanos);
    }

    void awaitAllLed() throws BenchmarkException, InterruptedException {
        await("a leader for each lock", this::areAllLed);
    }

    private boolean areAllLed() {
        return starts.size() == locks && starts.values().stream().allMatch(start -> members.contains(start.member));
    }

    /**
     * Waits until every lock is led by one of the members.
     *
     * @return whether it came to that in this time
     */
    boolean areAllLedWithin(Duration time) throws BenchmarkException, InterruptedException {
        return isWithin(time, this::areAllLed);
    }

    /**
     * Waits until every lock is led by another than this member, whose end has been asked for.
     *
     * @return whether it came to that in this time
     */
    boolean areAllLedWithin(Duration time, Child without) throws BenchmarkException, InterruptedException {
        members.remove(without);
        return areAllLedWithin(time);
    }

    /**
     * Waits until the contexts of these members have started.
     *
     * @return whether it came to that in this time
     */
    boolean areStartedWithin(Duration time, List<Child> joining) throws BenchmarkException, InterruptedException {
        return isWithin(time, () -> contextStarted.keySet().containsAll(joining));
    }

    /**
     * Waits until a member's consumers have reported their stops, or its process has ended, after which nothing is to be reported any more: without them nobody knows whether
     * another's consumer started too early.
     *
     * @return whether it came to that in this time
     */
    boolean haveStoppedWithin(Duration time, Child member, Set<String> led, long afterNanos)
            throws BenchmarkException, InterruptedException {
        return isWithin(
                time,
                () -> member.isEndHeard()
                        || TakeOver.of(history, member, led, afterNanos).values().stream()
                                .allMatch(takeOver -> takeOver.stopNanos() != null));
    }

    /**
     * Waits until a member's process has ended and all it reported was heard.
     *
     * @return whether it came to that in this time
     */
    boolean hasEndedWithin(Duration time, Child member) throws BenchmarkException, InterruptedException {
        return isWithin(time, member::isEndHeard);
    }

    /** When members worked on a lock at once, as far as was heard until now. */
    List<Overlaps.Overlap> overlaps() {
        return Overlaps.of(history, Child::workEndNanos);
    }

    /** Fails if two members ever worked on a lock at once. */
    void checkNoOverlap() throws BenchmarkException {
        List<Overlaps.Overlap> overlaps = overlaps();
        if (!overlaps.isEmpty()) {
            throw new BenchmarkException(
                    "%d times two members worked at once: %s".formatted(overlaps.size(), overlaps.get(0)));
        }
    }

    /** Waits until every lock is led by another than this member, whose end has been asked for. */
    void awaitAllLedWithout(Child member) throws BenchmarkException, InterruptedException {
        members.remove(member);
        awaitAllLed();
    }

    /** A member that was counted out is one again. */
    void readmit(Child member) {
        members.add(member);
    }

    /** Lets the members do what they do after a change. */
    void settle(Duration time) throws BenchmarkException, InterruptedException {
        long deadlineNanos = System.nanoTime() + time.toNanos();
        while (deadlineNanos - System.nanoTime() > 0) {
            take(deadlineNanos);
        }
    }

    /** Leaves the processors to the members; what they report waits. */
    void keepOut(Duration time) {
        long endNanos = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = endNanos - System.nanoTime()) {
            LockSupport.parkNanos(this, left);
        }
    }

    /** Asks members to end and waits until they have. */
    void retire(Iterable<Child> leaving) throws BenchmarkException, InterruptedException {
        for (Child child : leaving) {
            child.terminate();
            members.remove(child);
        }
        for (Child child : leaving) {
            awaitEnd(child);
        }
    }

    void awaitEnd(Child child) throws BenchmarkException, InterruptedException {
        await(child + " to end", () -> !ready.contains(child));
    }

    /** Ends all members, in order, and then those in stock. */
    void end() throws BenchmarkException, InterruptedException {
        retire(members());
        stock.forEach(Child::kill);
        for (Child child : stock) {
            awaitEnd(child);
        }
        stock.clear();
    }

    /** Kills all members and those in stock, whatever state they are in. What they still report is dropped. */
    void abandon() throws BenchmarkException, InterruptedException {
        launched.forEach(Child::kill);
        long deadlineNanos = System.nanoTime() + LIMIT.toNanos();
        while (!launched.stream().allMatch(Child::isEndHeard)) {
            if (deadlineNanos - System.nanoTime() <= 0) {
                throw new BenchmarkException("Waited %d s for %s to end".formatted(LIMIT.toSeconds(), launched));
            }
            children.next(deadlineNanos);
        }
        stock.clear();
        ready.clear();
        members.clear();
    }

    private boolean isWithin(Duration time, BooleanSupplier reached) throws BenchmarkException, InterruptedException {
        long deadlineNanos = System.nanoTime() + time.toNanos();
        while (!reached.getAsBoolean()) {
            if (deadlineNanos - System.nanoTime() <= 0) {
                return false;
            }
            take(deadlineNanos);
        }
        return true;
    }

    private void await(String what, BooleanSupplier reached) throws BenchmarkException, InterruptedException {
        long deadlineNanos = System.nanoTime() + LIMIT.toNanos();
        while (!reached.getAsBoolean()) {
            if (deadlineNanos - System.nanoTime() <= 0) {
                throw new BenchmarkException("Waited %d s for %s; members %s, locks led %d of %d"
                        .formatted(
                                LIMIT.toSeconds(),
                                what,
                                members,
                                starts.values().stream()
                                        .filter(start -> members.contains(start.member))
                                        .count(),
                                locks));
            }
            take(deadlineNanos);
        }
    }

    private void take(long deadlineNanos) throws BenchmarkException, InterruptedException {
        Children.Message message = children.next(deadlineNanos);
        if (message == null) {
            return;
        }
        Child child = message.child();
        Report report = message.report();
        switch (report.kind()) {
            case READY -> ready.add(child);
            case CONTEXT_STARTED -> contextStarted.put(child, report.nanos());
            // reports of several members do not arrive in the order in which they were made
            case STARTED -> {
                history.add(new Change(child, subject(report), true, report.nanos()));
                starts.merge(
                        subject(report),
                        new Start(child, report.nanos()),
                        (old, next) -> next.nanos > old.nanos ? next : old);
            }
            case STOPPED -> {
                history.add(new Change(child, subject(report), false, report.nanos()));
                stops.merge(subject(report), report.nanos(), Math::max);
            }
            case THREADS -> threads.put(subject(report), requireNonNull(report.threads()));
            case THREADS_END -> threadsTold = true;
            case THREAD_COUNT -> threadCount = requireNonNull(report.threads());
            case HEAP -> heapBytes = Long.parseLong(subject(report));
            case ACTED -> acts.put(child, report.nanos());
            case ACTED_LATE -> lateActs.put(child, report.nanos());
            case REFUSED -> refusals.put(child, report.nanos());
            case EXITED -> ready.remove(child);
            case LOCKED, UNLOCKED, SEEN -> throw new IllegalStateException("Not a member: " + child);
        }
    }

    private static String subject(Report report) {
        return requireNonNull(report.subject(), "no subject in " + report.kind());
    }
}
