package io.github.camelmasterlite.chaos;

import io.github.camelmasterlite.history.History.Event;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A child process that runs a {@link MemberProgram}; ends, unless it is stopped by a signal, with the process that started it. */
public class MemberProcess implements AutoCloseable {

    private static final long END_SECONDS = 20;

    private final String name;
    private final Process process;
    private final Writer commands;
    private final Thread reader;
    private final Set<String> running = ConcurrentHashMap.newKeySet();
    private final Set<String> synced = ConcurrentHashMap.newKeySet();
    private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
    private volatile boolean ready;
    private volatile boolean stopped;
    private volatile @Nullable Integer hoursAhead;

    /**
     * @param name        its name; the ids of its members begin with it
     * @param command     the program and its arguments
     * @param environment what is added to that of this process
     * @param log         where its errors go
     * @param events      told of everything it writes, on one thread
     */
    public MemberProcess(
            String name, List<String> command, Map<String, String> environment, Path log, Consumer<Event> events)
            throws IOException {
        this.name = name;
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
        builder.environment().putAll(environment);
        process = builder.start();
        commands = process.outputWriter(StandardCharsets.UTF_8);
        reader = new Thread(() -> read(events), "reads " + name);
        reader.setDaemon(true);
        reader.start();
    }

    /** The command that runs a program of this class path in a small JVM. */
    public static List<String> java(Class<?> program, List<String> options, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Dlogback.configurationFile=member-logback.xml",
                "-Dmember.log=" + System.getProperty("member.log", "INFO")));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        command.addAll(arguments);
        return command;
    }

    public String name() {
        return name;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public boolean isReady() {
        return ready;
    }

    /** Whether the service of that name has said that it has started, and not yet that it has stopped. */
    public boolean runs(String context) {
        return running.contains(context);
    }

    /** Whether the service of that name has carried out everything it was told before {@code sync <context> <number>}. */
    public boolean isSynced(String context, int number) {
        return synced.contains(context + " " + number);
    }

    public boolean isPaused() {
        return stopped;
    }

    /** By how many hours its wall clock is ahead of that of this process; null if it has not said so yet. */
    public @Nullable Integer hoursAhead() {
        return hoursAhead;
    }

    /**
     * Takes what it has complained of since this was called last, and what of its words nobody understands; each is a broken promise of the members or a
     * mistake of the test.
     */
    public List<String> takeComplaints() {
        List<String> taken = new ArrayList<>();
        for (String next = complaints.poll(); next != null; next = complaints.poll()) {
            taken.add(next);
        }
        return taken;
    }

    private void read(Consumer<Event> events) {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                try {
                    understand(line, events);
                } catch (RuntimeException e) {
                    complaints.add(name + " says what is not understood: " + line + " (" + e + ")");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void understand(String line, Consumer<Event> events) {
        if (line.startsWith("{") && line.endsWith("}")) {
            events.accept(Event.fromJson(line));
        } else if (line.equals("#ready")) {
            ready = true;
        } else if (line.startsWith("#clock ")) {
            long ahead = Long.parseLong(line.substring("#clock ".length()))
                    - Instant.now().toEpochMilli();
            hoursAhead = (int) Math.round((double) ahead / Duration.ofHours(1).toMillis());
        } else if (line.startsWith("#started ")) {
            running.add(line.substring("#started ".length()));
        } else if (line.startsWith("#stopped ")) {
            running.remove(line.substring("#stopped ".length()));
        } else if (line.startsWith("#synced ")) {
            synced.add(line.substring("#synced ".length()));
        } else if (line.startsWith("#failed") || line.startsWith("#told") || line.startsWith("#unknown")) {
            complaints.add(name + " says " + line);
        }
    }

    /** Tells it something; whatever it cannot hear because it has ended does not matter. */
    public void tell(String command) {
        try {
            commands.write(command + "\n");
            commands.flush();
        } catch (IOException e) {
            if (process.isAlive()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Stops it by SIGSTOP; returns when the kernel says that it does not run. */
    public void pause() throws IOException, InterruptedException {
        signal("STOP");
        stopped = true;
        Awaitility.await()
                .atMost(5, TimeUnit.SECONDS)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> !process.isAlive() || isStoppedByKernel());
    }

    private boolean isStoppedByKernel() throws IOException {
        // Every thread has to have stopped, not only the first.
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/" + pid() + "/task"))) {
            for (Path task : tasks) {
                String stat = Files.readString(task.resolve("stat"));
                if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
                    return false;
                }
            }
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Lets it run again. */
    public void resume() throws IOException, InterruptedException {
        stopped = false;
        signal("CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(pid())).start();
        if (!kill.waitFor(5, TimeUnit.SECONDS)) {
            kill.destroyForcibly();
        }
    }

    // By its handle: Process itself would close the streams, and what it wrote last would be lost.

    public void kill() {
        process.toHandle().destroyForcibly();
    }

    public void terminate() {
        process.toHandle().destroy();
    }

    /**
     * Waits until the kernel says that it has ended, and all that it wrote has been read.
     *
     * @return the true time at which it had certainly ended
     */
    public long awaitEnd() throws InterruptedException {
        if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException(name + " has not ended within " + END_SECONDS + " s");
        }
        long ended = System.nanoTime();
        reader.join(TimeUnit.SECONDS.toMillis(END_SECONDS));
        return ended;
    }

    @Override
    public void close() {
        kill();
    }
}
