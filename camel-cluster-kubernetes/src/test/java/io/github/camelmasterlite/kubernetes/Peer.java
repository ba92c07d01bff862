package io.github.camelmasterlite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.opentest4j.TestAbortedException;

/** A candidate in a process of its own, that says in lines what it is told. Ends with the test that starts it. */
final class Peer implements AutoCloseable {

    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Writer commands;

    /** @param told is told each line, on one thread, in order */
    private Peer(Process process, Consumer<String> told) {
        this.process = process;
        this.commands = process.outputWriter();
        Thread reader = new Thread(() -> read(told), "peer");
        reader.setDaemon(true);
        reader.start();
    }

    static Peer start(List<String> command, Map<String, String> environment, Consumer<String> told) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(Path.of("target", "peer-errors.log").toFile());
        builder.environment().putAll(environment);
        return new Peer(builder.start(), told);
    }

    static Peer start(List<String> command) throws IOException {
        return start(command, Map.of(), line -> {});
    }

    /**
     * Runs a tool that a test needs.
     *
     * @throws TestAbortedException if it is missing or fails, with the reason; where the environment variable CI is set that is a failure
     */
    static void prepare(Path directory, Map<String, String> environment, String... command) {
        String said = "";
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
            builder.environment().putAll(environment);
            Process process = builder.start();
            try (BufferedReader out = process.inputReader()) {
                said = String.join("\n", out.lines().toList());
            }
            if (process.waitFor(100, TimeUnit.SECONDS) && process.exitValue() == 0) {
                return;
            }
            process.destroyForcibly();
        } catch (IOException e) {
            said = e.toString();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            said = e.toString();
        }
        missing(String.join(" ", command) + " in " + directory + " fails: " + said);
    }

    /** Skips a test for this reason, or fails it where everything has to be there. */
    static void missing(String reason) {
        String ci = System.getenv("CI");
        if (ci != null && !ci.isBlank() && !ci.equals("false")) {
            throw new AssertionError(reason);
        }
        throw new TestAbortedException(reason);
    }

    private void read(Consumer<String> told) {
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                told.accept(line);
                lines.add(line);
            }
        } catch (IOException e) {
            lines.add(e.toString());
        }
    }

    List<String> lines() {
        return List.copyOf(lines);
    }

    /** The last line that begins so; empty if there was none. */
    String last(String beginning) {
        return lines.stream().filter(line -> line.startsWith(beginning)).reduce("", (former, latter) -> latter);
    }

    void await(String line) {
        await(line, 1);
    }

    /** Until it has said that as often. */
    void await(String line, int times) {
        KubeMembers.within(Duration.ofSeconds(30))
                .failFast("it ended: " + line, () -> !process.isAlive())
                .untilAsserted(
                        () -> assertThat(lines.stream().filter(line::equals).count())
                                .as("%s in %s", line, lines)
                                .isGreaterThanOrEqualTo(times));
    }

    void tell(String command) {
        try {
            commands.write(command + "\n");
            commands.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }

    /** Ends its standard input and waits for its end. */
    void end() throws IOException, InterruptedException {
        commands.close();
        process.waitFor(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
