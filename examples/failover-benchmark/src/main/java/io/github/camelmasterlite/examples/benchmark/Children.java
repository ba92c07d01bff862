package io.github.camelmasterlite.examples.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * All processes of a run and what they report.
 *
 * <p>None outlives this program: {@link #close} kills those that are left, a shutdown hook does if the program ends otherwise, and a child
 * whose standard input ends (because this program was killed) ends by itself.
 */
final class Children implements AutoCloseable {
    private static final long KILL_LIMIT_SECONDS = 5;
    private static final Duration LIMIT = Duration.ofSeconds(90);

    /** A report and who made it. */
    record Message(Child child, Report report) {}

    /** What came from a child and when; null for its end. Read as late as possible: this process shares the processors with what it measures. */
    private record Line(
            Child child,
            @Nullable String text,
            long nanos,
            @Nullable RuntimeException failure) {}

    private final Path logs;
    private final Set<Child> alive = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<Line> lines = new LinkedBlockingQueue<>();
    private final Thread hook = new Thread(this::killAll, "kill-children");
    private int launched;
    private boolean closed;

    Children(Path logs) throws IOException {
        this.logs = Files.createDirectories(logs);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Starts a JVM, or another program. Its name is the first argument of members, so that it is the same everywhere. */
    synchronized Child launch(String kind, List<String> jvmOptions, Meeting.Launch launch) throws IOException {
        if (closed) {
            throw new IOException("No new processes: this program is ending");
        }
        launched++;
        String name = kind + "-" + launched;
        List<String> command = new ArrayList<>();
        String classPath = launch.classPath();
        if (classPath != null) {
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(jvmOptions);
            command.add("-cp");
            command.add(classPath);
        }
        command.add(launch.main());
        launch.arguments().forEach(argument -> command.add(argument.replace("{name}", name)));
        Path log = logs.resolve(name + ".log");
        long launchNanos = System.nanoTime();
        Process process =
                new ProcessBuilder(command).redirectError(log.toFile()).start();
        Child child = new Child(name, process, log, launchNanos);
        alive.add(child);
        Thread reader = new Thread(() -> read(child), "read-" + name);
        reader.setDaemon(true);
        reader.start();
        return child;
    }

    /** The next report of any child, or null if there is none before the deadline. */
    @Nullable
    Message next(long deadlineNanos) throws InterruptedException, BenchmarkException {
        Line line = lines.poll(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        if (line == null) {
            return null;
        }
        Child child = line.child;
        if (line.text == null) {
            child.endIsHeard();
            RuntimeException failure = line.failure;
            if (failure != null) {
                throw new BenchmarkException("At the end of %s: %s".formatted(child, failure));
            }
            if (!child.endExpected()) {
                throw new BenchmarkException(child + " ended by itself; its log is " + child.log());
            }
            return new Message(child, Report.now(Report.Kind.EXITED, null));
        }
        try {
            Report report = Report.parse(line.text);
            // All that follows compares times of several processes.
            if (report.nanos() < child.launchedNanos() || report.nanos() > line.nanos) {
                throw new BenchmarkException(
                        "System.nanoTime() is not one clock for all processes here: nothing can be measured");
            }
            return new Message(child, report);
        } catch (JsonProcessingException e) {
            if (child.endExpected()) {
                return null; // the last line of a process that was killed in the middle of it
            }
            throw new BenchmarkException(child + " reported nonsense: " + line.text + "; its log is " + child.log());
        }
    }

    /** When one process was about to give the lock back, and when another had it. */
    record HandOver(long unlockedNanos, long lockedNanos) {}

    /** Waits for a report of this kind from this child. */
    Report await(Child child, Report.Kind kind) throws BenchmarkException, InterruptedException {
        long deadlineNanos = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            Message message = next(deadlineNanos, child + " to report " + kind);
            if (message.child() == child && message.report().kind() == kind) {
                return message.report();
            }
        }
    }

    /** Waits until a lock has gone from one child to another. */
    HandOver awaitHandOver(Child from, Child to) throws BenchmarkException, InterruptedException {
        Report unlocked = null;
        Report locked = null;
        long deadlineNanos = System.nanoTime() + LIMIT.toNanos();
        while (unlocked == null || locked == null) {
            Message message = next(deadlineNanos, "the lock to change hands");
            if (message.child() == from && message.report().kind() == Report.Kind.UNLOCKED) {
                unlocked = message.report();
            } else if (message.child() == to && message.report().kind() == Report.Kind.LOCKED) {
                locked = message.report();
            }
        }
        return new HandOver(unlocked.nanos(), locked.nanos());
    }

    private Message next(long deadlineNanos, String what) throws BenchmarkException, InterruptedException {
        while (deadlineNanos - System.nanoTime() > 0) {
            Message message = next(deadlineNanos);
            if (message != null) {
                return message;
            }
        }
        throw new BenchmarkException("Waited %d s for %s".formatted(LIMIT.toSeconds(), what));
    }

    /** Lets time pass in which nothing is reported but ends that are expected. */
    void pause(Duration time) throws InterruptedException, BenchmarkException {
        long deadlineNanos = System.nanoTime() + time.toNanos();
        while (deadlineNanos - System.nanoTime() > 0) {
            Message message = next(deadlineNanos);
            if (message != null && message.report.kind() != Report.Kind.EXITED) {
                throw new BenchmarkException(
                        "%s reported %s too early".formatted(message.child, message.report.kind()));
            }
        }
    }

    private void read(Child child) {
        try (BufferedReader reports = child.process().inputReader()) {
            for (String line = reports.readLine(); line != null; line = reports.readLine()) {
                lines.add(new Line(child, line, System.nanoTime(), null));
            }
        } catch (IOException e) {
            // the pipe of a process that has ended
        }
        child.process().onExit().join();
        RuntimeException failure = null;
        try {
            // here and not where reports are taken: those may be left alone for a while
            child.hasEnded();
        } catch (RuntimeException e) {
            failure = e;
        }
        alive.remove(child);
        if (child.endExpected()) {
            deleteQuietly(child.log());
        }
        lines.add(new Line(child, null, System.nanoTime(), failure));
    }

    private static void deleteQuietly(Path log) {
        try {
            Files.deleteIfExists(log);
        } catch (IOException e) {
            // thousands of processes run and well-behaved ones need no log; one more file harms nobody
        }
    }

    private synchronized void killAll() {
        closed = true;
        alive.forEach(Child::kill);
    }

    @Override
    public void close() throws InterruptedException {
        List<Child> rest = List.copyOf(alive);
        killAll();
        for (Child child : rest) {
            child.process().waitFor(KILL_LIMIT_SECONDS, TimeUnit.SECONDS);
        }
        Runtime.getRuntime().removeShutdownHook(hook);
    }
}
