package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.apache.camel.impl.DefaultCamelContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures take-overs between processes and prints tables in Markdown. */
@Command(
        name = "failover-benchmark",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description =
                "Measures take-overs between processes and prints tables in Markdown. Everything at its default takes about half an "
                        + "hour; a look: --rounds 5 --locks 1 --only kill,graceful",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:everything was measured",
            "1:something did not come in its time, or came too early",
            "2:wrong arguments"
        })
public final class Benchmark implements Callable<Integer> {
    private static final Pattern HEAP = Pattern.compile("[1-9][0-9]{0,5}[mMgG]");

    /** A part of the benchmark. */
    enum Part {
        cold,
        graceful,
        kill,
        scale,
        idle
    }

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "50",
            description = "How often each thing is measured, 1 to 1000 (${DEFAULT-VALUE}); scale a tenth of it")
    private int rounds;

    @Option(
            names = "--members",
            paramLabel = "N",
            defaultValue = "3",
            description = "Members of a group, 2 to 9 (${DEFAULT-VALUE})")
    private int members;

    @Option(
            names = "--locks",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,200",
            description = "Numbers of locks, 1 to 2000, for cold, graceful and kill (${DEFAULT-VALUE})")
    private List<Integer> locks = new ArrayList<>();

    @Option(
            names = "--heap",
            paramLabel = "SIZE",
            defaultValue = "256m",
            description = "Heap of each member (${DEFAULT-VALUE})")
    private String heap = "";

    @Option(
            names = "--settle",
            paramLabel = "MS",
            defaultValue = "250",
            description =
                    "How many milliseconds members are left alone before something is done to them, 0 to 60000 (${DEFAULT-VALUE})")
    private int settleMillis;

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

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description =
                    "Directory of results.md, samples.csv and the logs of what went wrong (benchmark in the target directory)")
    private @Nullable Path out;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

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
    public Integer call() throws IOException, InterruptedException, BenchmarkException {
        checkRange("--rounds", rounds, 1, 1000);
        checkRange("--members", members, 2, 9);
        checkRange("--settle", settleMillis, 0, 60_000);
        checkRange("--idle-seconds", idleSeconds, 1, 600);
        for (int number : locks) {
            checkRange("--locks", number, 1, 2000);
        }
        if (!HEAP.matcher(heap).matches()) {
            throw new ParameterException(
                    spec.commandLine(), "--heap is %s, what is needed is like 256m or 1g".formatted(heap));
        }
        Path outDirectory = directory("--out", out == null ? targetDirectory().resolve("benchmark") : out);
        Path rootDirectory = directory("--root", root == null ? outDirectory.resolve("locks") : root);

        Results results = new Results();
        List<String> lines = new ArrayList<>();
        try (Children children = new Children(outDirectory.resolve("logs"))) {
            Setup setup = new Setup(
                    children,
                    rounds,
                    members,
                    locks,
                    heap,
                    rootDirectory,
                    Duration.ofMillis(settleMillis),
                    Duration.ofSeconds(idleSeconds));
            tell(lines, environment(rootDirectory));
            Floor floor = new Floor(setup, results);
            floor.measureFsync();
            if (only.contains(Part.cold)) {
                title(lines, "Cold start");
                List<String> table = new ArrayList<>(Results.head());
                table.addAll(new ColdStart(setup, results).measure());
                table.add(results.row(Floor.FSYNC, 0));
                tell(lines, table);
            }
            if (only.contains(Part.graceful)) {
                title(lines, "Graceful hand-over, %d members".formatted(members));
                floor.measureGraceful();
                List<String> table = new ArrayList<>(Results.head());
                table.addAll(new HandOvers(setup, results, false).measure());
                table.add(results.row(Floor.UNLOCKED, 0));
                table.add(results.row(Floor.FSYNC, 0));
                tell(lines, table);
            }
            if (only.contains(Part.kill)) {
                title(lines, "Crash, %d members".formatted(members));
                floor.measureKills();
                List<String> table = new ArrayList<>(Results.head());
                table.addAll(new HandOvers(setup, results, true).measure());
                table.add(results.row(Floor.KILLED, 0));
                table.add(results.row(Floor.KILLED_RESIDENT, 0));
                table.add(results.row(Floor.FSYNC, 0));
                tell(lines, table);
            }
            if (only.contains(Part.scale)) {
                title(lines, "Many locks");
                tell(lines, new Scale(setup, results).measure());
            }
            if (only.contains(Part.idle)) {
                title(lines, "Waiting: share of one processor over %d s".formatted(idleSeconds));
                tell(lines, new Idle(setup).measure());
            }
        } finally {
            // what was measured before something failed is worth keeping
            Files.write(outDirectory.resolve("results.md"), lines);
            results.write(outDirectory.resolve("samples.csv"));
        }
        System.err.println("results  " + outDirectory.resolve("results.md"));
        System.err.println("samples  " + outDirectory.resolve("samples.csv"));
        return 0;
    }

    private static void title(List<String> lines, String title) {
        tell(lines, List.of("", "### " + title, ""));
    }

    private static void tell(List<String> lines, List<String> more) {
        more.forEach(System.out::println);
        lines.addAll(more);
    }

    private List<String> environment(Path directory) throws IOException {
        long memoryMegabytes = ((com.sun.management.OperatingSystemMXBean)
                                java.lang.management.ManagementFactory.getOperatingSystemMXBean())
                        .getTotalMemorySize()
                / (1024 * 1024);
        return List.of("%s. %d processors, %,d MB, %s %s, Java %s, Camel %s, %s; members with a heap of %s."
                .formatted(
                        Instant.now().truncatedTo(ChronoUnit.SECONDS),
                        Runtime.getRuntime().availableProcessors(),
                        memoryMegabytes,
                        System.getProperty("os.name"),
                        System.getProperty("os.version"),
                        System.getProperty("java.version"),
                        new DefaultCamelContext().getVersion(),
                        Files.getFileStore(directory).type(),
                        heap.toLowerCase(Locale.ROOT)));
    }

    private void checkRange(String option, int value, int from, int to) {
        if (value < from || value > to) {
            throw new ParameterException(
                    spec.commandLine(), "%s is %d, allowed are %d to %d".formatted(option, value, from, to));
        }
    }

    private Path directory(String option, Path path) {
        try {
            return Files.createDirectories(path).toRealPath();
        } catch (IOException e) {
            throw new ParameterException(
                    spec.commandLine(), "%s %s cannot be used as a directory: %s".formatted(option, path, e), e);
        }
    }

    /** Where the build has put this program: beside the jar, or beside the classes. */
    private static Path targetDirectory() {
        try {
            Path code = Path.of(Benchmark.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Path parent = code.getParent();
            return parent == null ? code : parent;
        } catch (URISyntaxException e) {
            throw new IllegalStateException("This program does not know where it is", e);
        }
    }
}
