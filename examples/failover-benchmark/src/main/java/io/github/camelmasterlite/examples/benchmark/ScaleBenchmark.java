package io.github.camelmasterlite.examples.benchmark;

import io.github.camelmasterlite.kubernetes.KubeServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Many members with many locks at one API server. */
@Command(
        name = "scale",
        defaultValueProvider = Defaults.OfScale.class,
        description =
                "Measures many members with many locks at one API server that this program starts. Members have small heaps and the serial collector; "
                        + "their contexts start one after the other. A look: scale --rounds 1 --members 3 --locks 1,10 --load-seconds 5")
final class ScaleBenchmark extends Program {
    /** A part of the benchmark. */
    enum Part {
        /** From 1 lock to the most: all stand for election at once, then rest, then one of them is asked to end. */
        curve,
        /** One member leads all locks and is asked to end. */
        stop,
        /** One member leads all locks and is killed. */
        kill,
        /** All contexts start at once. */
        together,
        /** Heap and threads of a leader and of a follower of all locks. */
        weight
    }

    private static final String ELECTED = "all members stand at once -> all locks led";
    private static final String ELECTED_EACH = "all members stand at once -> lock led";
    private static final String SHARE_STOPPED =
            "SIGTERM to the member that leads most: last old consumer stopped -> all its locks led";
    private static final String ALL_STOPPED =
            "SIGTERM to the leader of all: last old consumer stopped -> all locks led";
    private static final String ALL_TERMINATED = "SIGTERM to the leader of all: sent -> all locks led";
    private static final String ALL_EACH = "SIGTERM to the leader of all: old consumer stopped -> next started";
    private static final int MOST_THREADS = 4;
    private static final int MOST_KILOBYTES = 10;
    private static final String ALL_KILLED = "kill -9 of the leader of all: sent -> all locks led";
    private static final String TOGETHER = "all contexts start at once: first context started -> all locks led";
    private static final String TOGETHER_GUN = "all contexts start at once: start asked for -> all locks led";
    private static final String TOGETHER_PLAIN =
            "all contexts start at once: start asked for -> all started, same routes without master:";

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Duration QUIET = Duration.ofMillis(100);

    /** Longer than members wait for their Camel context to stop. */
    private static final Duration LEAVE = Duration.ofSeconds(30);

    /** How long after all is led again is looked whether a second member works. */
    private static final Duration AFTERWARDS = Duration.ofSeconds(1);

    private static final Duration LEASE = Duration.ofSeconds(15);

    private static final Duration REHEARSED = Duration.ofSeconds(20);

    /** Longer than the minute for which pools of threads keep those that have nothing to do. */
    private static final Duration LONG_QUIET = Duration.ofSeconds(75);

    private static final Pattern WATCH_EVENTS =
            Pattern.compile("apiserver_watch_events_total\\{[^}]*(?:leases|Lease)[^}]*} (?<count>\\S+)");

    @Option(
            names = "--locks",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,10,20,50,100,200",
            description =
                    "Numbers of locks of the curve, 1 to 1000, growing; the last is that of the other parts (${DEFAULT-VALUE})")
    private List<Integer> locks = new ArrayList<>();

    @Option(
            names = "--load-seconds",
            paramLabel = "S",
            defaultValue = "30",
            description = "How long requests are counted, 1 to 600 (${DEFAULT-VALUE})")
    private int loadSeconds;

    @Option(
            names = "--only",
            paramLabel = "PART",
            split = ",",
            description = "Only these parts of ${COMPLETION-CANDIDATES} (all)")
    private Set<Part> only = EnumSet.allOf(Part.class);

    private final List<String> overlaps = new ArrayList<>();
    private final List<String> unstopped = new ArrayList<>();
    private int watchedRounds;

    /** What the server counts: requests, and events that it sends to watches. */
    private record Load(Map<String, Double> requests, double watchEvents, long nanos) {
        double watchEventsPerSecond() {
            return watchEvents * 1e9 / nanos;
        }
    }

    /** What was counted at rest, with a number of locks. */
    private record Rest(RequestRates requests, double watchEvents, long most, long least, double percent) {}

    @Override
    void measure(Children children, Results results, Path outDirectory)
            throws BenchmarkException, IOException, InterruptedException {
        checkRange("--load-seconds", loadSeconds, 1, 600);
        for (int number : locks) {
            checkRange("--locks", number, 1, 1000);
        }
        Path work = Files.createDirectories(outDirectory.resolve("work"));
        try (KubeServer server = KubeServer.start(Files.createDirectories(work.resolve("api-server")))) {
            Path kubeconfig = server.access().writeKubeconfig(work.resolve("kubeconfig"));
            tell(environment("an API server and etcd of its own on the same machine; " + Machine.describe()));
            tell(List.of(
                    "",
                    "%d members, each a JVM with -Xmx%s -XX:+UseSerialGC; their contexts start one after the other where nothing else is said; default times (lease of %d s)."
                            .formatted(members, heap, LEASE.toSeconds())));
            try (LeaseApi api = new LeaseApi(kubeconfig.toString(), "default")) {
                PeerMeeting meeting = new PeerMeeting.AtApiServer(
                        new Meeting.Launch(
                                KubernetesBenchMember.class,
                                ClassPath.with(ClassPath.Client.vertx).text(),
                                List.of()),
                        api,
                        kubeconfig);
                parts(children, results, meeting, api, new Plots(outDirectory));
            }
        }
    }

    private void parts(Children children, Results results, PeerMeeting meeting, LeaseApi api, Plots plots)
            throws BenchmarkException, IOException, InterruptedException {
        Setup setup = setup(children, meeting, locks, Duration.ofSeconds(loadSeconds));
        int most = locks.get(locks.size() - 1);
        List<String> table = new ArrayList<>(Results.head());
        if (only.contains(Part.curve)) {
            title("From %d to %d locks".formatted(locks.get(0), most));
            curve(children, setup, results, meeting, api, plots);
        }
        if (only.contains(Part.stop)) {
            for (int round = 1; round <= rounds; round++) {
                Setup.progress("stop", round, rounds);
                leaderOfAll(setup, results, meeting, most, round, false);
            }
            table.addAll(List.of(
                    results.row(ALL_STOPPED, most), results.row(ALL_TERMINATED, most), results.row(ALL_EACH, most)));
            verdicts.atMost(
                    "%d locks of a stopped member led again, p50 of %d rounds".formatted(most, rounds),
                    results.median(ALL_STOPPED, most),
                    Duration.ofSeconds(1));
        }
        if (only.contains(Part.kill)) {
            for (int round = 1; round <= rounds; round++) {
                Setup.progress("kill", round, rounds);
                leaderOfAll(setup, results, meeting, most, round, true);
            }
            table.add(results.row(ALL_KILLED, most));
            verdicts.atMost(
                    "%d locks of a killed member led again, p50 of %d rounds".formatted(most, rounds),
                    results.median(ALL_KILLED, most),
                    LEASE.plusSeconds(1));
        }
        if (only.contains(Part.together)) {
            for (int round = 1; round <= rounds; round++) {
                Setup.progress("together", round, rounds);
                together(setup, results, meeting, most, round);
            }
            table.addAll(List.of(
                    results.row(TOGETHER, most), results.row(TOGETHER_GUN, most), results.row(TOGETHER_PLAIN, most)));
        }
        title("One member, and all members, of %d locks".formatted(most));
        tell(table);
        if (only.contains(Part.weight)) {
            title("Heap and threads");
            weight(setup, meeting, most);
        }
        exclusion();
    }

    private void exclusion() {
        String twice = "times two members worked on one lock at once, in %d rounds".formatted(watchedRounds);
        String silent = "consumers of members that were asked to end whose stop was not told";
        if (watchedRounds == 0) {
            verdicts.notMeasured(twice, "0");
            verdicts.notMeasured(silent, "0");
            return;
        }
        verdicts.add(twice, String.valueOf(overlaps.size()), "0", overlaps.isEmpty());
        verdicts.add(silent, String.valueOf(unstopped.size()), "0", unstopped.isEmpty());
        if (!overlaps.isEmpty() || !unstopped.isEmpty()) {
            title("Overlaps");
            overlaps.forEach(overlap -> tell(List.of("- " + overlap)));
            unstopped.forEach(stop -> tell(List.of("- " + stop)));
        }
    }

    /** Whoever worked beside another in this round, until now. */
    private void watch(Cluster cluster, String what, int number, int round) {
        watchedRounds++;
        cluster.overlaps()
                .forEach(overlap -> overlaps.add("%s, %d locks, round %d: %s".formatted(what, number, round, overlap)));
    }

    private Cluster cluster(Setup setup, String name, int number, String... modes) throws IOException {
        return new Cluster(setup, List.of("-Xmx" + heap, "-XX:+UseSerialGC"), 1, name, number, modes);
    }

    /** Makes processes one after the other: a JVM that starts takes a processor for a second. */
    private static void launch(Cluster cluster, int number)
            throws BenchmarkException, IOException, InterruptedException {
        for (int made = 1; made <= number; made++) {
            cluster.prepare(made);
        }
    }

    private static void join(Cluster cluster, int number) throws BenchmarkException, IOException, InterruptedException {
        for (int joined = 0; joined < number; joined++) {
            cluster.join(1);
        }
    }

    private static void led(Cluster cluster) throws BenchmarkException, InterruptedException {
        if (!cluster.areAllLedWithin(LIMIT)) {
            throw new BenchmarkException("Waited %d s for all locks to be led".formatted(LIMIT.toSeconds()));
        }
    }

    private void curve(Children children, Setup setup, Results results, PeerMeeting meeting, LeaseApi api, Plots plots)
            throws BenchmarkException, IOException, InterruptedException {
        System.err.println("  curve, the API server alone");
        children.pause(REHEARSED);
        Load own = load(api, () -> children.pause(setup.idle()));
        Map<Integer, Rest> rests = new LinkedHashMap<>();
        for (int number : locks) {
            for (int round = 1; round <= rounds; round++) {
                Setup.progress("curve, %d locks".formatted(number), round, rounds);
                Cluster cluster = cluster(setup, "curve", number, BenchMember.HOLD_BACK);
                try {
                    launch(cluster, members);
                    join(cluster, members);
                    cluster.settle(setup.settle());
                    long gun = System.nanoTime();
                    for (Child member : cluster.members()) {
                        member.send("stand");
                    }
                    cluster.keepOut(QUIET);
                    led(cluster);
                    long last = 0;
                    for (Map.Entry<String, Cluster.Start> start :
                            cluster.starts().entrySet()) {
                        long nanos = start.getValue().nanos() - gun;
                        last = Math.max(last, nanos);
                        results.add(ELECTED_EACH, number, round, start.getKey(), nanos);
                    }
                    results.add(ELECTED, number, round, "all", last);
                    cluster.settle(setup.settle());
                    if (round == 1) {
                        rests.put(number, rest(setup, cluster, api, own));
                    }
                    Child leader = HandOvers.busiest(cluster);
                    long signal = leader.terminate();
                    cluster.keepOut(QUIET);
                    takenOver(cluster, leader, signal, results, SHARE_STOPPED, "", "", false, number, round);
                } finally {
                    watch(cluster, "curve", number, round);
                    cluster.abandon();
                    meeting.clear();
                }
            }
        }
        List<String> table = new ArrayList<>(Results.head());
        for (String measure : List.of(ELECTED, ELECTED_EACH, SHARE_STOPPED)) {
            locks.forEach(number -> table.add(results.row(measure, number)));
        }
        tell(table);
        tell(List.of(
                "",
                "| locks | requests/s counted by the server | its own, without members | caused by members | of them PUT of leases | watch events/s caused by members | locks of the member that leads most | least | processor of all members |",
                "|---:|---:|---:|---:|---:|---:|---:|---:|---:|"));
        rests.forEach((number, rest) -> tell(List.of(String.format(
                Locale.ROOT,
                "| %d | %.2f | %.2f | %.2f | %.2f | %.2f | %d | %d | %.1f %% |",
                number,
                rest.requests.countedInAll(),
                rest.requests.ownInAll(),
                rest.requests.netInAll(),
                rest.requests.netOf("PUT leases"),
                rest.watchEvents,
                rest.most,
                rest.least,
                rest.percent))));
        int most = locks.get(locks.size() - 1);
        verdicts.atMost(
                "cold election of %d locks, %d members, p50 of %d rounds".formatted(most, members, rounds),
                results.median(ELECTED, most),
                Duration.ofSeconds(5));
        Map<String, Map<Integer, Double>> times = new TreeMap<>();
        for (String measure : List.of(ELECTED, SHARE_STOPPED)) {
            TreeMap<Integer, Double> points = new TreeMap<>();
            locks.forEach(
                    number -> points.put(number, results.median(measure, number).orElseThrow() / 1e6));
            times.put(measure, points);
        }
        plots.against(times, "%d members, median of %d rounds".formatted(members, rounds), "ms", "scale-times.png");
        TreeMap<Integer, Double> requests = new TreeMap<>();
        TreeMap<Integer, Double> events = new TreeMap<>();
        rests.forEach((number, rest) -> {
            requests.put(number, rest.requests.netInAll());
            events.put(number, rest.watchEvents);
        });
        plots.against(
                Map.of("requests", requests, "watch events", events),
                "%d members at rest".formatted(members),
                "per second",
                "scale-load.png");
    }

    /** Lets time pass. */
    private interface Pause {
        void run() throws BenchmarkException, InterruptedException;
    }

    private static Load load(LeaseApi api, Pause pause) throws BenchmarkException, InterruptedException {
        Map<String, Double> before = ApiLoad.count(api);
        double eventsBefore = watchEvents(api);
        long start = System.nanoTime();
        pause.run();
        long nanos = System.nanoTime() - start;
        return new Load(
                RequestRates.between(before, ApiLoad.count(api), nanos), watchEvents(api) - eventsBefore, nanos);
    }

    private Rest rest(Setup setup, Cluster cluster, LeaseApi api, Load own)
            throws BenchmarkException, InterruptedException {
        // members that have just started rehearse their writes
        cluster.settle(REHEARSED);
        Map<Child, Duration> cpu = new LinkedHashMap<>();
        cluster.members().forEach(member -> cpu.put(member, member.cpuTime()));
        Load load = load(api, () -> cluster.settle(setup.idle()));
        double percent = cpu.entrySet().stream()
                .mapToDouble(entry ->
                        entry.getKey().cpuTime().minus(entry.getValue()).toNanos() * 100.0 / load.nanos)
                .sum();
        Map<Child, Long> leads = new LinkedHashMap<>();
        cluster.members().forEach(member -> leads.put(member, 0L));
        cluster.starts().values().forEach(led -> leads.merge(led.member(), 1L, Long::sum));
        return new Rest(
                new RequestRates(load.requests, own.requests),
                load.watchEventsPerSecond() - own.watchEventsPerSecond(),
                leads.values().stream().mapToLong(number -> number).max().orElse(0),
                leads.values().stream().mapToLong(number -> number).min().orElse(0),
                percent);
    }

    private static double watchEvents(LeaseApi api) {
        return api.metrics()
                .lines()
                .map(WATCH_EVENTS::matcher)
                .filter(Matcher::matches)
                .mapToDouble(line -> Double.parseDouble(line.group("count")))
                .sum();
    }

    /** One member leads all; the others wait; it ends. */
    private void leaderOfAll(Setup setup, Results results, PeerMeeting meeting, int number, int round, boolean isKilled)
            throws BenchmarkException, IOException, InterruptedException {
        Cluster cluster = cluster(setup, isKilled ? "kill" : "stop", number);
        try {
            launch(cluster, members);
            cluster.join(1);
            led(cluster);
            join(cluster, members - 1);
            cluster.settle(setup.settle());
            Child leader = HandOvers.busiest(cluster);
            long signal = isKilled ? leader.kill() : leader.terminate();
            cluster.keepOut(QUIET);
            if (isKilled) {
                takenOver(cluster, leader, signal, results, "", ALL_KILLED, "", true, number, round);
            } else {
                takenOver(
                        cluster, leader, signal, results, ALL_STOPPED, ALL_TERMINATED, ALL_EACH, false, number, round);
            }
        } finally {
            watch(cluster, isKilled ? "kill" : "stop", number, round);
            cluster.abandon();
            meeting.clear();
        }
    }

    /** Waits until the locks of a member that ends are led again, and until it has told its stops; measures without a name are left out. */
    private void takenOver(
            Cluster cluster,
            Child leader,
            long signal,
            Results results,
            String sinceStop,
            String sinceSignal,
            String each,
            boolean isKilled,
            int number,
            int round)
            throws BenchmarkException, InterruptedException {
        Set<String> led = new TreeSet<>();
        cluster.history().stream()
                .filter(change -> change.nanos() < signal && change.member().equals(leader))
                .forEach(change -> {
                    if (change.isStart()) {
                        led.add(change.lock());
                    } else {
                        led.remove(change.lock());
                    }
                });
        if (!cluster.areAllLedWithin(LIMIT, leader)) {
            throw new BenchmarkException("Waited %d s for the locks of %s".formatted(LIMIT.toSeconds(), leader));
        }
        if (!isKilled && !cluster.haveStoppedWithin(LEAVE, leader, led, signal)) {
            System.err.printf("  %s has not told all its stops within %d s%n", leader, LEAVE.toSeconds());
        }
        cluster.settle(AFTERWARDS);
        long lastStart = signal;
        long lastStop = signal;
        for (Map.Entry<String, TakeOver> entry :
                TakeOver.of(cluster.history(), leader, led, signal).entrySet()) {
            Long start = entry.getValue().startNanos();
            Long stop = entry.getValue().stopNanos();
            if (start == null) {
                throw new BenchmarkException("%s was led again, but no start was told".formatted(entry.getKey()));
            }
            lastStart = Math.max(lastStart, start);
            if (isKilled) {
                continue;
            }
            if (stop == null) {
                unstopped.add("%d locks, round %d: that of %s for %s"
                        .formatted(number, round, leader.name(), entry.getKey()));
                continue;
            }
            lastStop = Math.max(lastStop, stop);
            if (!each.isEmpty()) {
                results.addSigned(each, number, round, entry.getKey(), start - stop);
            }
        }
        if (!sinceStop.isEmpty()) {
            results.addSigned(sinceStop, number, round, "all", lastStart - lastStop);
        }
        if (!sinceSignal.isEmpty()) {
            results.add(sinceSignal, number, round, "all", lastStart - signal);
        }
    }

    private void together(Setup setup, Results results, PeerMeeting meeting, int number, int round)
            throws BenchmarkException, IOException, InterruptedException {
        Cluster plain = cluster(setup, "together-plain", number, BenchMember.PLAIN);
        try {
            launch(plain, members);
            long gun = System.nanoTime();
            List<Child> joined = plain.join(members);
            long last =
                    joined.stream().mapToLong(plain::contextStartedNanos).max().orElseThrow();
            results.add(TOGETHER_PLAIN, number, round, "all", last - gun);
        } finally {
            plain.abandon();
        }
        Cluster cluster = cluster(setup, "together", number);
        try {
            launch(cluster, members);
            List<Child> joined = new ArrayList<>();
            long gun = System.nanoTime();
            joined.addAll(cluster.join(members));
            led(cluster);
            long last = cluster.starts().values().stream()
                    .mapToLong(Cluster.Start::nanos)
                    .max()
                    .orElseThrow();
            long first = joined.stream()
                    .mapToLong(cluster::contextStartedNanos)
                    .min()
                    .orElseThrow();
            // all may lead before any context has started its last route: then nothing was waited for
            results.add(TOGETHER, number, round, "all", Math.max(0, last - first));
            results.add(TOGETHER_GUN, number, round, "all", last - gun);
            cluster.settle(AFTERWARDS);
        } finally {
            watch(cluster, "together", number, round);
            cluster.abandon();
            meeting.clear();
        }
    }

    private static final String PLAIN = "same routes without master:";

    /** Heap, and threads by name. */
    private record Inside(long heapBytes, Map<String, ThreadCount> threads) {}

    private void weight(Setup setup, PeerMeeting meeting, int most)
            throws BenchmarkException, IOException, InterruptedException {
        Map<Integer, Map<String, Inside>> weights = new LinkedHashMap<>();
        for (int number : new TreeSet<>(List.of(1, most))) {
            Map<String, Inside> of = new LinkedHashMap<>();
            System.err.printf("  weight, %d locks%n", number);
            Cluster plain = cluster(setup, "weight-plain", number, BenchMember.PLAIN, BenchMember.SAMPLE);
            try {
                Child alone = plain.join(1).get(0);
                plain.settle(LONG_QUIET);
                of.put(PLAIN, inside(plain, alone));
            } finally {
                plain.abandon();
            }
            Cluster cluster = cluster(setup, "weight", number, BenchMember.SAMPLE);
            try {
                Child leader = cluster.join(1).get(0);
                led(cluster);
                Child follower = cluster.join(1).get(0);
                cluster.settle(LONG_QUIET);
                of.put("leader", inside(cluster, leader));
                of.put("follower", inside(cluster, follower));
            } finally {
                cluster.abandon();
                meeting.clear();
            }
            weights.put(number, of);
        }
        Map<String, Inside> one = weights.getOrDefault(1, Map.of());
        Map<String, Inside> many = weights.getOrDefault(most, Map.of());
        tell(List.of(
                "| | heap MB, 1 lock | %d locks | KB for each further lock | of that, more than the route alone |"
                        .formatted(most),
                "|---|---:|---:|---:|---:|"));
        for (String who : many.keySet()) {
            double each = perLock(one, many, who, most);
            tell(List.of(String.format(
                    Locale.ROOT,
                    "| %s | %.2f | %.2f | %s | %s |",
                    who,
                    heap(one, who) / 1e6,
                    heap(many, who) / 1e6,
                    most == 1 ? "-" : String.format(Locale.ROOT, "%.2f", each),
                    most == 1 ? "-" : String.format(Locale.ROOT, "%.2f", each - perLock(one, many, PLAIN, most)))));
        }
        MoreThreads leader = new MoreThreads(threads(many, PLAIN), threads(many, "leader"));
        MoreThreads follower = new MoreThreads(threads(many, PLAIN), threads(many, "follower"));
        tell(List.of(""));
        tell(MoreThreads.table(leader, follower, most));
        for (String who : List.of("leader", "follower")) {
            String what = "heap of a %s for each lock beyond the first, more than the route alone".formatted(who);
            String bound = MOST_KILOBYTES + " KB";
            if (most == 1) {
                verdicts.notMeasured(what, bound);
            } else {
                double each = perLock(one, many, who, most) - perLock(one, many, PLAIN, most);
                verdicts.add(what, String.format(Locale.ROOT, "%.2f KB", each), bound, each <= MOST_KILOBYTES);
            }
            MoreThreads more = who.equals("leader") ? leader : follower;
            int service = more.atRest(false);
            int client = more.atRest(true);
            verdicts.add(
                    "live Java threads of a %s at rest that the routes alone do not have, those of the HTTP client among them"
                            .formatted(who),
                    "%d: %d, and %d of the HTTP client".formatted(service + client, service, client),
                    String.valueOf(MOST_THREADS),
                    service + client <= MOST_THREADS);
        }
    }

    private static Map<String, ThreadCount> threads(Map<String, Inside> weights, String who) {
        Inside weight = weights.get(who);
        return weight == null ? Map.of() : weight.threads;
    }

    private static double heap(Map<String, Inside> weights, String who) {
        Inside weight = weights.get(who);
        return weight == null ? 0 : weight.heapBytes;
    }

    private static double perLock(Map<String, Inside> one, Map<String, Inside> many, String who, int most) {
        return (heap(many, who) - heap(one, who)) / 1000 / Math.max(1, most - 1);
    }

    private static Inside inside(Cluster cluster, Child member)
            throws BenchmarkException, IOException, InterruptedException {
        Map<String, ThreadCount> threads = cluster.threads(member);
        return new Inside(cluster.heapBytes(member), threads);
    }
}
