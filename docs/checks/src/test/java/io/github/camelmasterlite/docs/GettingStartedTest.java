package io.github.camelmasterlite.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The application of docs/getting-started.md does what the page says; on the class path of this test, so that nothing has to be installed. */
class GettingStartedTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern TICK = Pattern.compile("tick, token (\\d+)");

    @TempDir
    Path directory;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void end() throws InterruptedException {
        for (Process process : processes) {
            process.destroyForcibly();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void theSecondProcessTicksWhenTheFirstIsKilled() throws Exception {
        Page page = Page.at("docs/getting-started.md");
        Path source = Files.writeString(directory.resolve("Quickstart.java"), page.block("java"));
        Path classes = Files.createDirectories(directory.resolve("target/classes"));
        Files.writeString(classes.resolve("application.properties"), page.block("properties"));
        String libraries = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.endsWith("test-classes"))
                .collect(Collectors.joining(File.pathSeparator));
        int result = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-d", classes.toString(), "-cp", libraries, source.toString());
        assertThat(result).as("compilation").isZero();

        List<String> command = List.of(page.block("run").strip().split(" "));
        assertThat(command).hasSize(4).startsWith("java", "-cp", "\"target/classes:target/lib/*\"");
        List<String> first = start(command, libraries);
        long token = awaitTick(first);
        List<String> second = start(command, libraries);
        Awaitility.await().atMost(PATIENCE).until(() -> second.stream().anyMatch(line -> line.contains("started in")));
        assertThat(second).noneMatch(line -> TICK.matcher(line).find());
        assertThat(directory.resolve("target/locks/lock1.leader")).exists();
        processes.get(0).destroyForcibly();
        assertThat(awaitTick(second)).isGreaterThan(token);
    }

    /** Starts what the page says, with the libraries of this test in place of {@code target/lib}. */
    private List<String> start(List<String> command, String libraries) throws IOException {
        List<String> actual = new ArrayList<>(command);
        actual.set(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
        actual.set(2, "target/classes" + File.pathSeparator + libraries);
        Process process = new ProcessBuilder(actual)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        processes.add(process);
        List<String> lines = new CopyOnWriteArrayList<>();
        Thread reader = new Thread(() -> {
            try (BufferedReader in =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                in.lines().filter(line -> !line.contains(" DEBUG ")).forEach(lines::add);
            } catch (IOException | UncheckedIOException e) {
                lines.add("closed"); // by its end
            }
        });
        reader.setDaemon(true);
        reader.start();
        return lines;
    }

    private static long awaitTick(List<String> lines) {
        List<Long> tokens = new ArrayList<>();
        Awaitility.await().atMost(PATIENCE).until(() -> {
            for (String line : lines) {
                Matcher tick = TICK.matcher(line);
                if (tick.find()) {
                    tokens.add(Long.parseLong(tick.group(1)));
                }
            }
            return !tokens.isEmpty();
        });
        return tokens.get(0);
    }
}
