package io.github.camelmasterlite.examples.benchmark;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What this project costs at the start of a Spring Boot application, as the application's own endpoint tells. */
@Command(
        name = "start",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description =
                "Starts examples/spring-boot-leader again and again, each time as a new process, and adds up the steps of this project that its endpoint startup tells, beside the whole start. "
                        + "What conditions cost while beans are registered is in no step of its own",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:the steps of each start took less than the limit",
            "1:an error; or something did not come in its time",
            "2:wrong arguments",
            "3:the steps of a start took more"
        })
final class StartCost implements Callable<Integer> {

    private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");
    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration END = Duration.ofMinutes(1);

    @Option(
            names = "--starts",
            paramLabel = "N",
            defaultValue = "10",
            description = "How many starts are measured, 1 to 100 (${DEFAULT-VALUE})")
    private int starts;

    @Option(
            names = "--limit",
            paramLabel = "MS",
            defaultValue = "50",
            description = "How many milliseconds the steps of one start may take, 1 to 10000 (${DEFAULT-VALUE})")
    private int limitMillis;

    @Option(
            names = "--jar",
            paramLabel = "FILE",
            description = "The packaged application (that of examples/spring-boot-leader)")
    private @Nullable Path jar;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException, BenchmarkException {
        if (starts < 1 || starts > 100 || limitMillis < 1 || limitMillis > 10_000) {
            throw new ParameterException(
                    spec.commandLine(), "--starts must be 1 to 100, and --limit 1 to 10000; see --help");
        }
        Path application = jar != null
                ? jar
                : Program.targetDirectory().resolve("../../spring-boot-leader/target/spring-boot-leader.jar");
        if (!Files.isRegularFile(application)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--jar: there is no file " + application.normalize() + "; package examples/spring-boot-leader");
        }
        Path directory = Files.createTempDirectory("start-cost");
        List<StartSteps> measured = new ArrayList<>();
        try {
            for (int i = 0; i < starts; i++) {
                measured.add(start(application.toRealPath(), directory));
            }
        } finally {
            delete(directory);
        }
        print(measured);
        return measured.stream().allMatch(steps -> millis(steps.oursNanos()) < limitMillis)
                ? CommandLine.ExitCode.OK
                : Verdicts.MISSED;
    }

    private static StartSteps start(Path application, Path directory)
            throws IOException, InterruptedException, BenchmarkException {
        Path log = directory.resolve("application.log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        application.toString(),
                        "--spring.profiles.active=file",
                        "--camel.cluster.file.root=" + directory.resolve("locks"),
                        "--server.address=127.0.0.1",
                        "--server.port=0")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            int port = port(process, log);
            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/actuator/startup"))
                                    .timeout(END)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new BenchmarkException("the endpoint startup answered " + answer.statusCode());
            }
            return StartSteps.of(new ObjectMapper().readTree(answer.body()));
        } finally {
            process.toHandle().destroy();
            if (!process.waitFor(END.toMillis(), TimeUnit.MILLISECONDS)) {
                process.toHandle().destroyForcibly();
            }
        }
    }

    /** When all has started: what the endpoint tells is complete then. */
    private static int port(Process process, Path log) throws IOException, BenchmarkException {
        long deadlineNanos = System.nanoTime() + START.toNanos();
        while (System.nanoTime() - deadlineNanos < 0) {
            String printed = Files.readString(log);
            Matcher port = PORT.matcher(printed);
            if (printed.contains("Started LeaderApplication") && port.find()) {
                return Integer.parseInt(port.group(1));
            }
            if (!process.isAlive()) {
                throw new BenchmarkException("the application has ended:\n" + printed);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
        }
        throw new BenchmarkException(
                "the application has not started within " + START.toSeconds() + " s:\n" + Files.readString(log));
    }

    private void print(List<StartSteps> measured) {
        System.out.println(Machine.describe());
        System.out.println();
        System.out.printf("| %d starts | p50 ms | max ms |%n|---|---:|---:|%n", measured.size());
        Map<String, Boolean> names = new TreeMap<>();
        measured.forEach(steps -> steps.byName().keySet().forEach(name -> names.put(name, true)));
        names.keySet()
                .forEach(name -> row(name, measured, steps -> steps.byName().getOrDefault(name, 0L)));
        row("**all steps of this project**, limit " + limitMillis, measured, StartSteps::oursNanos);
        row("the whole start", measured, StartSteps::totalNanos);
    }

    private static void row(String name, List<StartSteps> measured, ToLongFunction<StartSteps> nanos) {
        long[] sorted = measured.stream().mapToLong(nanos).sorted().toArray();
        System.out.printf(
                Locale.ROOT,
                "| %s | %,.1f | %,.1f |%n",
                name,
                millis(sorted[(sorted.length + 1) / 2 - 1]),
                millis(sorted[sorted.length - 1]));
    }

    private static double millis(long nanos) {
        return nanos / 1e6;
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
