package io.github.camelmasterlite.examples.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A shell command that runs as a process of its own, with every line it has printed to either of its outputs. */
public final class Application implements AutoCloseable {

    /** As long as it may take until a process that has been killed is gone. */
    private static final Duration KILLED = Duration.ofSeconds(10);

    /** Lines are {@code lines}' monitor: the reader adds to them, and wakes who waits. */
    private final List<String> lines = new ArrayList<>();

    /** What a shell ends with if there is no such program. */
    private static final int NOT_FOUND = 127;

    private final String command;
    private final Process process;
    private boolean ended;

    private Application(String command, Process process) {
        this.command = command;
        this.process = process;
        Thread reader = new Thread(this::read, "output of " + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts a command by {@code sh} in a directory.
     *
     * @param command one command, which is to become the process itself: signals go to it, not to a shell
     * @param environment variables to add to those of this process
     */
    public static Application start(String command, Path directory, Map<String, String> environment) {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", "exec " + command)
                .directory(directory.toFile())
                .redirectErrorStream(true);
        builder.environment().putAll(environment);
        try {
            return new Application(command, builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Runs a command, or several joined by pipes, to its end.
     *
     * @param environment variables to add to those of this process
     * @return the lines it has printed
     * @throws AssertionError with all it has printed, if it has failed, or still runs then
     */
    public static List<String> run(String command, Path directory, Map<String, String> environment, Duration atMost) {
        try (Application application = start(command, directory, environment)) {
            int code = application.awaitEnd(atMost);
            application.awaitOutput(atMost);
            if (code != 0) {
                String reason = code == NOT_FOUND ? " (a program that it needs is not installed here)" : "";
                throw new AssertionError("ended with " + code + reason + "\n$ " + command + "\n"
                        + String.join("\n", application.lines()));
            }
            return application.lines();
        }
    }

    private void read() {
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                add(line);
            }
        } catch (IOException e) {
            add("output lost: " + e);
        }
        synchronized (lines) {
            ended = true;
            lines.notifyAll();
        }
    }

    private void add(String line) {
        synchronized (lines) {
            lines.add(line);
            lines.notifyAll();
        }
    }

    /** What it has printed until now. */
    public List<String> lines() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    /** How many lines it has printed until now: where to look from, in {@link #awaitLine(int, String, Duration)}. */
    public int printed() {
        synchronized (lines) {
            return lines.size();
        }
    }

    /** Waits for a line in which the regular expression is found, among those it has printed and those to come. */
    public String awaitLine(String expression, Duration atMost) {
        return awaitLine(0, expression, atMost);
    }

    /**
     * Waits for a line in which the regular expression is found, and that comes after others.
     *
     * @param from how many lines come before it at least
     * @return the first such line
     * @throws AssertionError with all it has printed, if the time is over or its output has ended
     */
    public String awaitLine(int from, String expression, Duration atMost) {
        Predicate<String> wanted = Pattern.compile(expression).asPredicate();
        long deadlineNanos = System.nanoTime() + atMost.toNanos();
        synchronized (lines) {
            int next = from;
            while (true) {
                for (; next < lines.size(); next++) {
                    if (wanted.test(lines.get(next))) {
                        return lines.get(next);
                    }
                }
                long leftNanos = deadlineNanos - System.nanoTime();
                if (ended || leftNanos <= 0) {
                    throw new AssertionError((ended ? "ended without" : "not within " + atMost + ":") + " a line with "
                            + expression + "\n$ " + command + "\n" + String.join("\n", lines));
                }
                try {
                    TimeUnit.NANOSECONDS.timedWait(lines, leftNanos);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new AssertionError("interrupted while it waited for " + expression, e);
                }
            }
        }
    }

    /** The number of the process, for tools that send other signals. */
    public long pid() {
        return process.pid();
    }

    /** Whether the process runs. */
    public boolean alive() {
        return process.isAlive();
    }

    /** Asks it to end (SIGTERM). What it prints from then on is read, too. */
    public void terminate() {
        process.toHandle().destroy(); // the method of the process closes its output here
    }

    /** Ends it at once (SIGKILL), without asking it. */
    public void kill() {
        process.toHandle().destroyForcibly();
    }

    /**
     * Waits for its end.
     *
     * @return its exit code: 143 after SIGTERM, 137 after SIGKILL
     * @throws AssertionError with all it has printed, if it still runs then
     */
    public int awaitEnd(Duration atMost) {
        try {
            if (!process.waitFor(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new AssertionError(
                        "still running after " + atMost + "\n$ " + command + "\n" + String.join("\n", lines()));
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while it waited for the end of " + command, e);
        }
    }

    /** Waits until all it has printed has been read. */
    private void awaitOutput(Duration atMost) {
        long deadlineNanos = System.nanoTime() + atMost.toNanos();
        synchronized (lines) {
            while (!ended) {
                long leftNanos = deadlineNanos - System.nanoTime();
                if (leftNanos <= 0) {
                    throw new AssertionError("its output is still open after " + atMost + "\n$ " + command);
                }
                try {
                    TimeUnit.NANOSECONDS.timedWait(lines, leftNanos);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new AssertionError("interrupted while it waited for the output of " + command, e);
                }
            }
        }
    }

    /** Kills the process and those it has started, and waits for their end. */
    @Override
    public void close() {
        List<ProcessHandle> others;
        try (Stream<ProcessHandle> running = process.descendants()) {
            others = running.toList();
        }
        others.forEach(ProcessHandle::destroyForcibly);
        kill();
        awaitEnd(KILLED);
        CompletableFuture.allOf(others.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
                .orTimeout(KILLED.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }
}
