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
 * and how fast, live, as a table and as a picture. A subclass says by what they elect their leader.
 */
@Command(
        sortOptions = false,
        usageHelpAutoWidth = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:every hand-over came within the bound and no promise was broken",
            "1:otherwise",
            "2:wrong arguments"
        })
public abstract class Demo implements Callable<Integer> {
    /** Where the members meet, for as long as the demonstration runs. */
    public interface Meeting extends AutoCloseable {
        /** What to call it, such as the directory of the locks. */
        String description();

        /** The program of a member; its arguments are those of {@link Member#run}, followed by {@link #arguments}. */
        Class<?> member();

        /** What a member has to know to get there. */
        List<String> arguments();

        @Override
        void close() throws IOException;
    }

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
            description =
                    "How many milliseconds a hand-over may take, 1 to 60000 (2000; if members wait for a lease to "
                            + "run out, its duration and 500)")
    private @Nullable Integer boundMillis;

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

    /** Makes a subclass the program: runs it and exits with its result. */
    protected static void main(Demo demo, String[] args) {
        CommandLine commandLine = new CommandLine(demo);
        String name = commandLine.getCommandName();
        commandLine.setExecutionExceptionHandler((e, line, result) -> {
            String message = e.getMessage() == null ? e.toString() : e.getMessage();
            line.getErr().println(line.getColorScheme().errorText(name + ": " + message));
            return 1;
        });
        commandLine.setParameterExceptionHandler((e, wrong) -> {
            CommandLine line = e.getCommandLine();
            line.getErr().println(line.getColorScheme().errorText(name + ": " + e.getMessage()));
            line.getErr().println("Try --help for what is possible.");
            return line.getCommandSpec().exitCodeOnInvalidInput();
        });
        System.exit(commandLine.execute(args));
    }

    /**
     * Opens the place where the members meet.
     *
     * @param outDirectory where files of this run may go
     */
    protected abstract Meeting open(Path outDirectory) throws IOException, InterruptedException;

    /** How many milliseconds a hand-over may take, if nothing else is asked for. */
    protected int defaultBoundMillis() {
        return 2000;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        checkRange("--members", members, 3, 9);
        checkRange("--locks", locks, 1, 50);
        checkRange("--period", periodMillis, 20, 1000);
        Path outDirectory = directory("--out", out == null ? targetDirectory().resolve("demo") : out);
        int limitMillis = boundMillis == null ? defaultBoundMillis() : boundMillis;
        checkRange("--bound", limitMillis, 1, 60_000);
        Duration bound = Duration.ofMillis(limitMillis);

        List<String> names = IntStream.rangeClosed(1, members)
                .mapToObj(number -> "member-" + number)
                .toList();
        List<String> broken = new ArrayList<>();
        Narrator narrator = new Narrator(System.out, names);
        narrator.say("@|bold %d members|@, one process each, %s: from(\"master:lock1:timer:clock?period=%d&delay=10\")"
                .formatted(members, Text.plural(locks, "lock"), periodMillis));
        try (Meeting meeting = open(outDirectory);
                Members processes = new Members(meeting, outDirectory.resolve("logs"), locks, periodMillis)) {
            narrator.say(meeting.description());
            narrator.say("");
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

    /** Refuses a value of an option that is out of its range. */
    protected final void checkRange(String option, int value, int from, int to) {
        if (value < from || value > to) {
            throw new ParameterException(
                    spec.commandLine(), "%s is %d, allowed are %d to %d".formatted(option, value, from, to));
        }
    }

    /** Creates the directory that an option names, or refuses it. */
    protected final Path directory(String option, Path path) {
        try {
            return Files.createDirectories(path).toRealPath();
        } catch (IOException e) {
            throw new ParameterException(
                    spec.commandLine(), "%s %s cannot be used as a directory: %s".formatted(option, path, e), e);
        }
    }

    /** Where the build has put this program: beside the jar, or beside the classes. */
    private Path targetDirectory() {
        try {
            Path code = Path.of(getClass()
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
