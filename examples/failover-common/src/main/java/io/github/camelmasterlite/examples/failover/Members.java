package io.github.camelmasterlite.examples.failover;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The processes of the members and what they report.
 *
 * <p>None outlives this program: {@link #close} kills those that are left, a shutdown hook calls it if the program ends otherwise, and a
 * member whose standard input ends (because this program was killed) ends by itself.
 */
final class Members implements AutoCloseable {
    private static final long KILL_LIMIT_SECONDS = 5;
    private static final long HOLD_BACK_NANOS = 20_000_000;

    private final Demo.Meeting meeting;
    private final Path logs;
    private final int locks;
    private final int periodMillis;
    private final Map<String, Process> processes = new LinkedHashMap<>();
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final PriorityQueue<Event> sorted = new PriorityQueue<>(Comparator.comparingLong(Event::monotonicNanos));
    private final Thread hook = new Thread(this::killAll, "kill-members");
    private boolean closed;

    Members(Demo.Meeting meeting, Path logs, int locks, int periodMillis) throws IOException {
        this.meeting = meeting;
        this.logs = Files.createDirectories(logs);
        this.locks = locks;
        this.periodMillis = periodMillis;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    synchronized void launch(String member) throws IOException {
        if (closed) {
            throw new IOException("No new members: this program is ending");
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // small and quick to start: several of them share this machine
                "-Xmx96m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                meeting.member().getName(),
                member,
                String.valueOf(locks),
                String.valueOf(periodMillis)));
        command.addAll(meeting.arguments());
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectError(log(member).toFile());
        events.add(Event.now(Event.Kind.LAUNCHED, member));
        Process process = builder.start();
        processes.put(member, process);
        Thread reader = new Thread(() -> read(member, process), "read-" + member);
        reader.setDaemon(true);
        reader.start();
    }

    /** What the member's log is called; its reasons are there. */
    Path log(String member) {
        return logs.resolve(member + ".log");
    }

    /**
     * The next event, or null if there is none in that time. Events are held back for a moment, because those of several processes do not
     * arrive in the order in which they happened.
     */
    @Nullable
    Event next(long timeoutNanos) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + timeoutNanos;
        while (true) {
            events.drainTo(sorted);
            Event first = sorted.peek();
            long nowNanos = System.nanoTime();
            long dueNanos = first == null ? deadlineNanos : first.monotonicNanos() + HOLD_BACK_NANOS;
            if (first != null && dueNanos <= nowNanos) {
                return sorted.poll();
            }
            if (deadlineNanos <= nowNanos) {
                return null;
            }
            Event arrived = events.poll(Math.min(dueNanos, deadlineNanos) - nowNanos, TimeUnit.NANOSECONDS);
            if (arrived != null) {
                sorted.add(arrived);
            }
        }
    }

    void terminate(String member) {
        events.add(Event.now(Event.Kind.SIGTERM, member));
        // not Process.destroy(), which closes the pipes too: the member would lose its parent and could not tell its
        // end
        process(member).toHandle().destroy();
    }

    void kill(String member) {
        events.add(Event.now(Event.Kind.SIGKILL, member));
        process(member).toHandle().destroyForcibly();
    }

    private synchronized Process process(String member) {
        return requireNonNull(processes.get(member), member);
    }

    private void read(String member, Process process) {
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                events.add(Event.parse(line));
            }
        } catch (JsonProcessingException e) {
            // the last line of a process that was killed in the middle of it
        } catch (IOException e) {
            // the pipe of a process that has ended
        }
        process.onExit().join();
        events.add(Event.now(Event.Kind.EXITED, member));
    }

    private synchronized void killAll() {
        closed = true;
        processes.values().forEach(Process::destroyForcibly);
    }

    @Override
    public void close() throws InterruptedException {
        killAll();
        for (Process process : processes.values()) {
            process.waitFor(KILL_LIMIT_SECONDS, TimeUnit.SECONDS);
        }
        Runtime.getRuntime().removeShutdownHook(hook);
    }
}
