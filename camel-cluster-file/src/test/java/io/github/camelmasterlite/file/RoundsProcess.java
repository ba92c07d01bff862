package io.github.camelmasterlite.file;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.awaitility.Awaitility;

/** A child process that runs {@link RoundsMember}. */
final class RoundsProcess implements AutoCloseable {

    private static final long END_SECONDS = 20;

    private final String name;
    private final Process process;
    private final Writer commands;
    private final Thread reader;
    private final Set<String> running = ConcurrentHashMap.newKeySet();
    private final Set<String> synced = ConcurrentHashMap.newKeySet();
    private volatile boolean ready;
    private volatile boolean stopped;

    /**
     * @param dir    where its log goes
     * @param name   its name; the ids of its members begin with it
     * @param events told of everything it writes, on one thread
     */
    RoundsProcess(Path dir, Path root, String name, long stopBudgetMillis, List<String> locks, Consumer<Event> events)
            throws IOException {
        this(dir, root, name, stopBudgetMillis, locks, List.of(), events);
    }

    /** As above, with further options of the JVM. */
    RoundsProcess(
            Path dir,
            Path root,
            String name,
            long stopBudgetMillis,
            List<String> locks,
            List<String> options,
            Consumer<Event> events)
            throws IOException {
        this.name = name;
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Dlogback.configurationFile=rounds-logback.xml",
                "-Drounds.log=" + System.getProperty("rounds.log", "INFO")));
        command.addAll(options);
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                RoundsMember.class.getName(),
                root.toString(),
                name,
                Long.toString(stopBudgetMillis)));
        command.addAll(locks);
        process = new ProcessBuilder(command)
                .redirectError(dir.resolve(name + ".log").toFile())
                .start();
        commands = process.outputWriter(StandardCharsets.UTF_8);
        reader = new Thread(() -> read(events), "reads " + name);
        reader.setDaemon(true);
        reader.start();
    }

    String name() {
        return name;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    boolean isReady() {
        return ready;
    }

    /** Whether the service of that name has said that it has started, and not yet that it has stopped. */
    boolean runs(String context) {
        return running.contains(context);
    }

    /** Whether the service of that name has carried out everything it was told before {@code sync <context> <number>}. */
    boolean isSynced(String context, int number) {
        return synced.contains(context + " " + number);
    }

    boolean isPaused() {
        return stopped;
    }

    private void read(Consumer<Event> events) {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("{") && line.endsWith("}")) {
                    events.accept(Event.fromJson(line));
                } else if (line.equals("#ready")) {
                    ready = true;
                } else if (line.startsWith("#started ")) {
                    running.add(line.substring("#started ".length()));
                } else if (line.startsWith("#stopped ")) {
                    running.remove(line.substring("#stopped ".length()));
                } else if (line.startsWith("#synced ")) {
                    synced.add(line.substring("#synced ".length()));
                } else if (line.startsWith("#failed") || line.startsWith("#told") || line.startsWith("#unknown")) {
                    throw new IllegalStateException(name + " says " + line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Tells it something; whatever it cannot hear because it has ended does not matter. */
    void tell(String command) {
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
    void pause() throws IOException, InterruptedException {
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
    void resume() throws IOException, InterruptedException {
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

    void kill() {
        process.toHandle().destroyForcibly();
    }

    void terminate() {
        process.toHandle().destroy();
    }

    /**
     * Waits until the kernel says that it has ended, and all that it wrote has been read.
     *
     * @return the true time at which it had certainly ended
     */
    long awaitEnd() throws InterruptedException {
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
