package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.apache.camel.impl.DefaultCamelContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every benchmark has: options, tables, files, and the end of all processes. */
@Command(
        sortOptions = false,
        usageHelpAutoWidth = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:everything was measured, and every target holds that was",
            "1:an error; or something did not come in its time, or came too early, where that is no result",
            "2:wrong arguments",
            "3:everything was measured, and a target was missed: see the last table"
        })
abstract class Program implements Callable<Integer> {
    private static final Pattern HEAP = Pattern.compile("[1-9][0-9]{0,5}[mMgG]");

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "50",
            description = "How often each thing is measured, 1 to 1000 (${DEFAULT-VALUE})")
    int rounds;

    @Option(
            names = "--members",
            paramLabel = "N",
            defaultValue = "3",
            description = "Members of a group, 2 to 20 (${DEFAULT-VALUE})")
    int members;

    @Option(
            names = "--heap",
            paramLabel = "SIZE",
            defaultValue = "256m",
            description = "Heap of each member (${DEFAULT-VALUE})")
    String heap = "";

    @Option(
            names = "--settle",
            paramLabel = "MS",
            defaultValue = "250",
            description =
                    "How many milliseconds members are left alone before something is done to them, 0 to 60000 (${DEFAULT-VALUE})")
    int settleMillis;

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

    private final List<String> lines = new ArrayList<>();

    /** Targets; told at the end if there are any. */
    final Verdicts verdicts = new Verdicts();

    /** Measures, and tells what came of it with {@link #title} and {@link #tell}. */
    abstract void measure(Children children, Results results, Path outDirectory)
            throws BenchmarkException, IOException, InterruptedException;

    /** Writes every duration of every round. */
    void writeSamples(Results results, Path file) throws IOException {
        results.write(file);
    }

    @Override
    public final Integer call() throws IOException, InterruptedException, BenchmarkException {
        checkRange("--rounds", rounds, 1, 1000);
        checkRange("--members", members, 2, 20);
        checkRange("--settle", settleMillis, 0, 60_000);
        if (!HEAP.matcher(heap).matches()) {
            throw new ParameterException(
                    spec.commandLine(), "--heap is %s, what is needed is like 256m or 1g".formatted(heap));
        }
        Path outDirectory = directory("--out", out == null ? targetDirectory().resolve("benchmark") : out);
        Results results = new Results();
        try (Children children = new Children(outDirectory.resolve("logs"))) {
            measure(children, results, outDirectory);
            if (!verdicts.isEmpty()) {
                title("What has to hold");
                tell(verdicts.table());
            }
        } finally {
            // what was measured before something failed is worth keeping
            Files.write(outDirectory.resolve("results.md"), lines);
            writeSamples(results, outDirectory.resolve("samples.csv"));
        }
        System.err.println("results  " + outDirectory.resolve("results.md"));
        System.err.println("samples  " + outDirectory.resolve("samples.csv"));
        return verdicts.exitCode();
    }

    final Setup setup(Children children, Meeting meeting, List<Integer> locks, Duration idle) {
        return new Setup(children, rounds, members, locks, heap, meeting, Duration.ofMillis(settleMillis), idle);
    }

    final void title(String title) {
        tell(List.of("", "### " + title, ""));
    }

    final void tell(List<String> more) {
        more.forEach(System.out::println);
        lines.addAll(more);
    }

    /**
     * The machine.
     *
     * @param more what else matters here
     */
    final List<String> environment(String more) {
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
                        more,
                        heap.toLowerCase(Locale.ROOT)));
    }

    final void checkRange(String option, int value, int from, int to) {
        if (value < from || value > to) {
            throw new ParameterException(
                    spec.commandLine(), "%s is %d, allowed are %d to %d".formatted(option, value, from, to));
        }
    }

    final Path directory(String option, Path path) {
        try {
            return Files.createDirectories(path).toRealPath();
        } catch (IOException e) {
            throw new ParameterException(
                    spec.commandLine(), "%s %s cannot be used as a directory: %s".formatted(option, path, e), e);
        }
    }

    /** Where the build has put this program: beside the jar, or beside the classes. */
    static Path targetDirectory() {
        try {
            Path code = Path.of(Program.class
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
