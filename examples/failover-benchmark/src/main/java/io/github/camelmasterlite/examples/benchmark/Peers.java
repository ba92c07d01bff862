package io.github.camelmasterlite.examples.benchmark;

import static java.util.Objects.requireNonNull;

import io.github.camelmasterlite.kubernetes.FaultProxy;
import io.github.camelmasterlite.kubernetes.KubeServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures this project beside others: the same route, the same machine, the same faults, in turn. */
@Command(
        name = "peers",
        defaultValueProvider = Defaults.OfPeers.class,
        description =
                "Measures this project beside Apache Camel's own cluster services and, on Kubernetes, client-go: the same route with the defaults "
                        + "of each, in alternating rounds. A look: peers file --rounds 1 --locks 1 --only graceful")
final class Peers extends Program {
    /** Where members meet. */
    enum Store {
        file,
        kubernetes
    }

    /** Who is measured, as it is written on the command line. */
    enum Who {
        ours,
        camel,
        go
    }

    @Parameters(paramLabel = "STORE", description = "Where members meet: ${COMPLETION-CANDIDATES}")
    private Store store = Store.file;

    @Option(
            names = "--locks",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,20,100",
            description = "Numbers of locks, 1 to 500 (${DEFAULT-VALUE})")
    private List<Integer> locks = new ArrayList<>();

    @Option(
            names = "--many-rounds",
            paramLabel = "N",
            defaultValue = "3",
            description = "How often each thing is measured with more than one lock, 1 to 1000 (${DEFAULT-VALUE})")
    private int manyRounds;

    @Option(
            names = "--limit-rounds",
            paramLabel = "N",
            defaultValue = "2",
            description =
                    "How often freeze and conflict are measured, which wait until the limit where nothing comes, 1 to 1000 (${DEFAULT-VALUE})")
    private int limitRounds;

    @Option(
            names = "--limit",
            paramLabel = "S",
            defaultValue = "90",
            description =
                    "How many seconds something is waited for that does not come, 5 to 3600; written as > in tables (${DEFAULT-VALUE})")
    private int limitSeconds;

    @Option(
            names = "--load-seconds",
            paramLabel = "S",
            defaultValue = "60",
            description = "How long members are watched while nothing happens, 1 to 600 (${DEFAULT-VALUE})")
    private int loadSeconds;

    @Option(
            names = "--sides",
            paramLabel = "WHO",
            split = ",",
            description = "Only these of ${COMPLETION-CANDIDATES} (all that there are for the store)")
    private Set<Who> sides = EnumSet.allOf(Who.class);

    @Option(
            names = "--only",
            paramLabel = "PART",
            split = ",",
            description = "Only these parts of ${COMPLETION-CANDIDATES} (all)")
    private Set<PeerPart> only = EnumSet.allOf(PeerPart.class);

    private final PeerResults peers = new PeerResults();
    private final Map<PeerSide, PeerMeeting> meetings = new EnumMap<>(PeerSide.class);

    /** The fault that only an API server has; a round of one side. */
    private interface Conflict {
        void round(PeerRounds rounds, PeerSide side, int round)
                throws BenchmarkException, IOException, InterruptedException;
    }

    @Override
    void writeSamples(Results results, Path file) throws IOException {
        peers.addFloors(results);
        peers.write(file);
    }

    @Override
    void measure(Children children, Results results, Path outDirectory)
            throws BenchmarkException, IOException, InterruptedException {
        checkRange("--many-rounds", manyRounds, 1, 1000);
        checkRange("--limit-rounds", limitRounds, 1, 1000);
        checkRange("--limit", limitSeconds, 5, 3600);
        checkRange("--load-seconds", loadSeconds, 1, 600);
        for (int number : locks) {
            checkRange("--locks", number, 1, 500);
        }
        Path work = Files.createDirectories(outDirectory.resolve("work"));
        Setup setup = setup(
                children,
                (name, number) -> {
                    throw new IllegalStateException("Each side has a place of its own");
                },
                locks,
                Duration.ofSeconds(loadSeconds));
        if (store == Store.file) {
            inDirectories(setup, results, outDirectory, work);
        } else {
            atApiServer(setup, results, outDirectory, work);
        }
    }

    private void inDirectories(Setup setup, Results results, Path outDirectory, Path work)
            throws BenchmarkException, IOException, InterruptedException {
        Path root = Files.createDirectories(work.resolve("locks"));
        head(Files.getFileStore(root).type());
        if (only.remove(PeerPart.conflict)) {
            peers.note("One renewal that fails is not measured with files: there is no server that could refuse it.");
        }
        members(FileBenchMember.class, "UpstreamFileMember")
                .forEach((side, member) -> meetings.put(side, new PeerMeeting.InDirectory(member, root)));
        Floor floor = new Floor(setup, results, root);
        floor.measureFsync();
        floor.measureGraceful();
        floor.measureKills();
        floors(new String[] {Floor.FSYNC}, new String[] {Floor.UNLOCKED}, new String[] {Floor.KILLED});
        measure(setup, results, outDirectory, null, (rounds, side, round) -> {});
    }

    private void atApiServer(Setup setup, Results results, Path outDirectory, Path work)
            throws BenchmarkException, IOException, InterruptedException {
        try (KubeServer server = KubeServer.start(Files.createDirectories(work.resolve("api-server")));
                FaultProxy proxy = new FaultProxy(server.access())) {
            Path direct = server.access().writeKubeconfig(work.resolve("kubeconfig"));
            Path proxied = proxy.access(server.access()).writeKubeconfig(work.resolve("kubeconfig-proxy"));
            head("an API server and etcd of its own on the same machine");
            Map<PeerSide, Meeting.Launch> members = members(KubernetesBenchMember.class, "UpstreamKubernetesMember");
            if (sides.contains(Who.go)) {
                GoMember.build(work, peers)
                        .ifPresent(program -> members.put(
                                PeerSide.CLIENT_GO, new Meeting.Launch(program.toString(), null, List.of())));
            }
            try (LeaseApi api = new LeaseApi(direct.toString(), "default")) {
                Map<PeerSide, PeerMeeting> throughProxy = new EnumMap<>(PeerSide.class);
                members.forEach((side, member) -> {
                    meetings.put(side, new PeerMeeting.AtApiServer(member, api, direct));
                    throughProxy.put(side, new PeerMeeting.AtApiServer(member, api, proxied));
                });
                String classPath = ClassPath.with(ClassPath.Client.vertx).text();
                new LeaseFloor(setup, results, classPath, direct.toString(), "default", "").measure();
                // the lower of the two is what ratios are to
                String[] back = {Measures.PUT_AND_WATCH, Measures.PUT_AND_WATCH_FIRST};
                floors(new String[] {Measures.CREATED}, back, back);
                measure(
                        setup,
                        results,
                        outDirectory,
                        api,
                        (rounds, side, round) -> rounds.conflict(
                                side,
                                requireNonNull(throughProxy.get(side)),
                                proxy,
                                Duration.ofSeconds(limitSeconds),
                                round));
            }
        }
    }

    private void head(String where) {
        tell(environment(where + "; " + Machine.describe()));
        tell(List.of(
                "",
                "Settings are the defaults of each side; members are left alone for %d ms before something is done to them."
                        .formatted(settleMillis)));
    }

    /** The members of Java's sides, without a place. */
    private Map<PeerSide, Meeting.Launch> members(Class<?> ours, String upstream)
            throws BenchmarkException, IOException {
        Map<PeerSide, Meeting.Launch> members = new EnumMap<>(PeerSide.class);
        if (sides.contains(Who.ours)) {
            ClassPath jars = ClassPath.with(ClassPath.Client.vertx);
            members.put(PeerSide.OURS, new Meeting.Launch(ours, jars.text(), List.of()));
        }
        if (sides.contains(Who.camel)) {
            Path jar = targetDirectory()
                    .resolve("../../failover-benchmark-upstream/target/failover-benchmark-upstream.jar")
                    .normalize();
            if (!Files.isRegularFile(jar)) {
                throw new BenchmarkException("There is no " + jar + ": build examples/failover-benchmark-upstream");
            }
            members.put(
                    PeerSide.CAMEL,
                    new Meeting.Launch(getClass().getPackageName() + "." + upstream, jar.toString(), List.of()));
            try (Stream<Path> lib = Files.list(jar.resolveSibling("lib"))) {
                String versions = lib.map(path -> path.getFileName().toString())
                        .filter(name -> name.matches("(camel-(master|file|kubernetes)|kubernetes-client)-\\d.*"))
                        .sorted()
                        .collect(Collectors.joining(", "));
                tell(List.of("", PeerSide.CAMEL.label() + ": " + versions + "."));
            }
        }
        return members;
    }

    private void floors(String[] cold, String[] graceful, String[] kill) {
        coldMeasures().forEach(measure -> peers.floor(measure, cold));
        for (String measure : List.of(Measures.STOPPED, Measures.TERMINATED, Measures.TERMINATED_LAST)) {
            peers.floor(measure, graceful);
        }
        peers.floor(Measures.KILLED, kill);
        peers.floor(Measures.KILLED_LAST, kill);
    }

    private List<String> coldMeasures() {
        return List.of(
                Measures.sinceAsked(1),
                Measures.sinceContext(1),
                Measures.sinceAsked(members),
                Measures.sinceContext(members),
                Measures.allSinceAsked(members));
    }

    private static final List<String> FAULT_MEASURES = List.of(
            Measures.STOPPED,
            Measures.TERMINATED,
            Measures.TERMINATED_LAST,
            Measures.KILLED,
            Measures.KILLED_LAST,
            PeerRounds.FROZEN);

    private List<String> conflictMeasures() {
        return List.of(PeerRounds.RENEWED, PeerRounds.WITHOUT.formatted(limitSeconds));
    }

    private void measure(Setup setup, Results results, Path outDirectory, @Nullable LeaseApi api, Conflict conflict)
            throws BenchmarkException, IOException, InterruptedException {
        peers.addFloors(results);
        results.clear();
        PeerRounds rounds = new PeerRounds(setup, peers, Duration.ofSeconds(limitSeconds));
        PeerRest rest = new PeerRest(setup, peers);
        for (int number : locks) {
            for (PeerPart part : PeerPart.values()) {
                if (only.contains(part) && part != PeerPart.conflict) {
                    part(rounds, rest, part, number, api, conflict);
                    // hours of rounds are not lost with the program
                    peers.write(outDirectory.resolve("samples.csv"));
                }
            }
            title("%d %s, %d members".formatted(number, number == 1 ? "lock" : "locks", members));
            List<String> measures = new ArrayList<>(coldMeasures());
            measures.addAll(FAULT_MEASURES);
            measures.add(PeerRounds.POD_DELETED);
            tell(peers.table(measures, number));
        }
        if (only.contains(PeerPart.conflict)) {
            // of one lock, however many the others have
            part(rounds, rest, PeerPart.conflict, 1, api, conflict);
            peers.write(outDirectory.resolve("samples.csv"));
            title("One renewal answered with HTTP 409, 1 lock, %d members".formatted(members));
            tell(peers.table(conflictMeasures(), 1));
        }
        if (only.contains(PeerPart.rest)) {
            title("Waiting, %d s".formatted(loadSeconds));
            tell(rest.table(api != null));
            Files.write(outDirectory.resolve("rest.csv"), rest.csv());
        }
        if (!peers.notes().isEmpty()) {
            title("Notes");
            tell(peers.notes().stream().map(note -> "- " + note).toList());
        }
        pictures(new Plots(outDirectory), rounds, rest, api != null);
        judge();
    }

    /** No overlap and no failure of this project; and no median of it that is longer than that of another. */
    private void judge() {
        for (PeerSide side : meetings.keySet()) {
            List<Overlaps.Overlap> overlaps = peers.overlaps(side);
            String what = "times two members worked on one lock at once, " + side.label();
            String longest = overlaps.isEmpty()
                    ? "0"
                    : "%d, %s ms at most"
                            .formatted(
                                    overlaps.size(),
                                    Results.millis(overlaps.stream()
                                            .mapToLong(Overlaps.Overlap::nanos)
                                            .max()
                                            .orElseThrow()));
            String failures = "failures in rounds that are no results, " + side.label();
            if (side == PeerSide.OURS) {
                verdicts.add(what, longest, "0", overlaps.isEmpty());
                verdicts.add(failures, String.valueOf(peers.failures(side)), "0", peers.failures(side) == 0);
            } else {
                verdicts.tell(what, longest);
                verdicts.tell(failures, String.valueOf(peers.failures(side)));
            }
        }
        for (PeerSide other : List.of(PeerSide.CAMEL, PeerSide.CLIENT_GO)) {
            int compared = 0;
            List<String> behind = new ArrayList<>();
            for (int number : new TreeSet<>(locks)) {
                List<String> measures = new ArrayList<>(FAULT_MEASURES);
                if (other.isCamel()) { // client-go has no Camel context, whose start is a part of the rest
                    measures.addAll(coldMeasures());
                }
                compared += peers.compared(measures, number, other);
                behind.addAll(peers.behind(measures, number, other));
            }
            compared += peers.compared(conflictMeasures(), 1, other);
            behind.addAll(peers.behind(conflictMeasures(), 1, other));
            String what = "medians of times%s that are longer than those of %s"
                    .formatted(other.isCamel() ? "" : " after faults", other.label());
            if (compared == 0) {
                verdicts.notMeasured(what, "0");
            } else {
                verdicts.add(
                        what + (behind.isEmpty() ? "" : ": " + String.join("; ", behind)),
                        "%d of %d".formatted(behind.size(), compared),
                        "0",
                        behind.isEmpty());
            }
        }
    }

    private void part(
            PeerRounds rounds, PeerRest rest, PeerPart part, int number, @Nullable LeaseApi api, Conflict conflict)
            throws BenchmarkException, IOException, InterruptedException {
        int times = switch (part) {
            case rest -> 1;
            case freeze, conflict -> limitRounds;
            default -> number == 1 ? this.rounds : manyRounds;
        };
        for (int round = 1; round <= times; round++) {
            // who comes first changes with each round
            List<PeerSide> inTurn = new ArrayList<>(meetings.keySet());
            Collections.rotate(inTurn, round);
            for (PeerSide side : inTurn) {
                PeerMeeting meeting = requireNonNull(meetings.get(side));
                switch (part) {
                    case cold -> rounds.cold(side, meeting, number, round);
                    case graceful, kill, freeze -> rounds.handOver(side, meeting, part, number, round);
                    case conflict -> conflict.round(rounds, side, round);
                    case rest -> rest.measure(side, meeting, api, number);
                }
            }
        }
    }

    private void pictures(Plots plots, PeerRounds rounds, PeerRest rest, boolean hasServer) throws IOException {
        if (only.contains(PeerPart.graceful)) {
            plots.distribution(peers, Measures.STOPPED, locks, store + "-graceful.png");
        }
        if (only.contains(PeerPart.kill)) {
            plots.distribution(peers, Measures.KILLED, locks, store + "-kill.png");
        }
        for (PeerPart fault : List.of(PeerPart.graceful, PeerPart.kill, PeerPart.freeze, PeerPart.conflict)) {
            plots.timeline(
                    rounds.failovers().stream()
                            .filter(failover -> failover.fault() == fault)
                            .toList(),
                    "One failover of each: " + TITLES.get(fault),
                    store + "-timeline-" + fault + ".png");
        }
        if (hasServer && only.contains(PeerPart.rest)) {
            plots.against(
                    rest.requests(),
                    "Requests to the API server that %d members cause".formatted(members),
                    "requests/s",
                    store + "-requests.png");
        }
    }

    private static final Map<PeerPart, String> TITLES = Map.of(
            PeerPart.graceful, "the leader gets SIGTERM",
            PeerPart.kill, "the leader is killed",
            PeerPart.freeze, "the leader gets SIGSTOP",
            PeerPart.conflict, "one renewal is answered with HTTP 409");
}
