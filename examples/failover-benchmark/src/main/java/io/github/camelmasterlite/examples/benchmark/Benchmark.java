package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures take-overs between processes that share a directory, or (kubernetes) an API server, and prints tables in Markdown. */
@Command(
        name = "failover-benchmark",
        description =
                "Measures take-overs between processes that share a directory, or (kubernetes) an API server, and prints tables in Markdown. Everything at its default takes about half an "
                        + "hour; a look: --rounds 5 --locks 1 --only kill,graceful",
        subcommands = {KubernetesBenchmark.class, Peers.class, ScaleBenchmark.class, StartCost.class})
public final class Benchmark extends Program {
    /** A part of the benchmark. */
    enum Part {
        cold,
        graceful,
        kill,
        scale,
        idle
    }

    @Option(
            names = "--locks",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,200",
            description = "Numbers of locks, 1 to 2000, for cold, graceful and kill (${DEFAULT-VALUE})")
    private List<Integer> locks = new ArrayList<>();

    @Option(
            names = "--idle-seconds",
            paramLabel = "S",
            defaultValue = "20",
            description = "How long waiting members are watched, 1 to 600 (${DEFAULT-VALUE})")
    private int idleSeconds;

    @Option(
            names = "--only",
            paramLabel = "PART",
            split = ",",
            description = "Only these parts of ${COMPLETION-CANDIDATES} (all)")
    private Set<Part> only = EnumSet.allOf(Part.class);

    @Option(
            names = "--root",
            paramLabel = "DIR",
            description =
                    "Directory of the locks, on the file system to be measured (benchmark/locks in the target directory)")
    private @Nullable Path root;

    /** Runs the benchmark and exits with its result. */
    public static void main(String[] args) {
        CommandLine commandLine = new CommandLine(new Benchmark());
        commandLine.setExecutionExceptionHandler((e, line, result) -> {
            String message = e.getMessage() == null ? e.toString() : e.getMessage();
            line.getErr().println(line.getColorScheme().errorText("failover-benchmark: " + message));
            return 1;
        });
        commandLine.setParameterExceptionHandler((e, wrong) -> {
            CommandLine line = e.getCommandLine();
            line.getErr().println(line.getColorScheme().errorText("failover-benchmark: " + e.getMessage()));
            line.getErr().println("Try --help for what is possible.");
            return line.getCommandSpec().exitCodeOnInvalidInput();
        });
        System.exit(commandLine.execute(args));
    }

    @Override
    void measure(Children children, Results results, Path outDirectory)
            throws BenchmarkException, IOException, InterruptedException {
        checkRange("--idle-seconds", idleSeconds, 1, 600);
        for (int number : locks) {
            checkRange("--locks", number, 1, 2000);
        }
        Path rootDirectory = directory("--root", root == null ? outDirectory.resolve("locks") : root);
        Meeting meeting = (name, number) -> new Meeting.Launch(
                FileBenchMember.class,
                System.getProperty("java.class.path"),
                List.of(Files.createDirectories(rootDirectory.resolve(name + "-" + number))
                        .toString()));
        Setup setup = setup(children, meeting, locks, Duration.ofSeconds(idleSeconds));
        tell(environment(Files.getFileStore(rootDirectory).type()));
        Floor floor = new Floor(setup, results, rootDirectory);
        floor.measureFsync();
        if (only.contains(Part.cold)) {
            title("Cold start");
            List<String> table = new ArrayList<>(Results.head());
            table.addAll(new ColdStart(setup, results).measure());
            table.add(results.row(Floor.FSYNC, 0));
            tell(table);
        }
        if (only.contains(Part.graceful)) {
            title("Graceful hand-over, %d members".formatted(members));
            floor.measureGraceful();
            List<String> table = new ArrayList<>(Results.head());
            table.addAll(new HandOvers(setup, results, false, "").measure());
            table.add(results.row(Floor.UNLOCKED, 0));
            table.add(results.row(Floor.FSYNC, 0));
            tell(table);
        }
        if (only.contains(Part.kill)) {
            title("Crash, %d members".formatted(members));
            floor.measureKills();
            List<String> table = new ArrayList<>(Results.head());
            table.addAll(new HandOvers(setup, results, true, "").measure());
            table.add(results.row(Floor.KILLED, 0));
            table.add(results.row(Floor.KILLED_RESIDENT, 0));
            table.add(results.row(Floor.FSYNC, 0));
            tell(table);
        }
        if (only.contains(Part.scale)) {
            title("Many locks");
            tell(new Scale(setup, results).measure());
        }
        if (only.contains(Part.idle)) {
            title("Waiting: share of one processor over %d s".formatted(idleSeconds));
            tell(new Idle(setup).measure());
        }
    }
}
