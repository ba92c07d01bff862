package io.github.camelmasterlite.examples.failover;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Starts some members of a cluster as processes of their own, asks the first leader to end, kills the second, and shows who took over
 * and how fast, live, as a table and as a picture.
 */
@Command(
        name = "failover-demo",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description =
                "Members of a cluster, one process each, take over from each other: the first leader is asked to end (SIGTERM), the "
                        + "second is killed (SIGKILL).",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:every hand-over came within the bound and no promise was broken",
            "1:otherwise",
            "2:wrong arguments"
        })
public final class Demo implements Callable<Integer> {
    @Option(
            names = "--members",
            paramLabel = "N",
            defaultValue = "3",
            description = "Members, 3 to 9 (${DEFAULT-VALUE})")
    private int members;

    @Option(names = "--locks", paramLabel = "N", defaultValue = "1", description = "Locks, 1 to 50 (${DEFAULT-VALUE})")
    private int locks;

    @Option(
            names = "--period",
            paramLabel = "MS",
            defaultValue = "100",
            description = "Milliseconds between ticks, 20 to 1000 (${DEFAULT-VALUE})")
    private int periodMillis;

    @Option(
            names = "--bound",
            paramLabel = "MS",
            defaultValue = "2000",
            description = "How many milliseconds a hand-over may take, 1 to 60000 (${DEFAULT-VALUE})")
    private int boundMillis;

    @Option(
            names = "--root",
            paramLabel = "DIR",
            description = "Directory of the locks, on a local disk (demo/locks in the target directory)")
    private @Nullable Path root;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Directory of the pictures, the history and the logs (demo in the target directory)")
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

    /** Runs the demonstration and exits with its result. */
    public static void main(String[] args) {
        CommandLine commandLine = new CommandLine(new Demo());
        commandLine.setExecutionExceptionHandler((e, line, result) -> {
            String message = e.getMessage() == null ? e.toString() : e.getMessage();
            line.getErr().println(line.getColorScheme().errorText("failover-demo: " + message));
            return 1;
        });
        commandLine.setParameterExceptionHandler((e, wrong) -> {
            CommandLine line = e.getCommandLine();
            line.getErr().println(line.getColorScheme().errorText("failover-demo: " + e.getMessage()));
            line.getErr().println("Try --help for what is possible.");
            return line.getCommandSpec().exitCodeOnInvalidInput();
        });
        System.exit(commandLine.execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        checkRange("--members", members, 3, 9);
        checkRange("--locks", locks, 1, 50);
        checkRange("--period", periodMillis, 20, 1000);
        checkRange("--bound", boundMillis, 1, 60_000);
        Path outDirectory = directory("--out", out == null ? targetDirectory().resolve("demo") : out);
        Path rootDirectory = directory("--root", root == null ? outDirectory.resolve("locks") : root);
        Duration bound = Duration.ofMillis(boundMillis);

        List<String> names = IntStream.rangeClosed(1, members)
                .mapToObj(number -> "member-" + number)
                .toList();
        List<String> broken = new ArrayList<>();
        Narrator narrator = new Narrator(System.out, names);
        narrator.say("@|bold %d members|@, one process each, %s: from(\"master:lock1:timer:clock?period=%d&delay=10\")"
                .formatted(members, Text.plural(locks, "lock"), periodMillis));
        narrator.say("locks in " + rootDirectory);
        narrator.say("");

        try (Members processes = new Members(rootDirectory, outDirectory.resolve("logs"), locks, periodMillis)) {
            Story story = new Story(processes, narrator, names, locks, bound);
            try {
                story.tell();
            } catch (Story.Broken e) {
                broken.add(e.getMessage());
            }
            Report report = new Report(narrator, names, story, periodMillis, bound);
            return report.write(outDirectory, broken) ? 0 : 1;
        }
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
            Path code = Path.of(Demo.class
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
