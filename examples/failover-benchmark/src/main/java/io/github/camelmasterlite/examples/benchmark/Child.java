package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A process this program has started. */
final class Child {
    private final String name;
    private final Process process;
    private final Path log;
    private final long launchedNanos;
    private volatile boolean endExpected;
    private volatile boolean endHeard;
    private volatile @Nullable Runnable atEnd;
    private volatile @Nullable Long haltedNanos;
    private volatile @Nullable Long endedNanos;
    private volatile @Nullable Long farewellNanos;

    Child(String name, Process process, Path log, long launchedNanos) {
        this.launchedNanos = launchedNanos;
        this.name = name;
        this.process = process;
        this.log = log;
    }

    String name() {
        return name;
    }

    Path log() {
        return log;
    }

    Process process() {
        return process;
    }

    /** A moment just before it was launched. */
    long launchedNanos() {
        return launchedNanos;
    }

    boolean endExpected() {
        return endExpected;
    }

    /** Whether its end has been heard of by who asks for reports: nothing comes of it any more. */
    boolean isEndHeard() {
        return endHeard;
    }

    void endIsHeard() {
        endHeard = true;
    }

    /** What is done in the moment in which the process has ended, however that came. */
    void atEnd(Runnable farewell) {
        atEnd = farewell;
    }

    /** Called once, by whoever hears of the end of the process first, when that has ended. */
    void hasEnded() {
        endedNanos = System.nanoTime();
        Runnable farewell = atEnd;
        if (farewell != null) {
            farewell.run();
            farewellNanos = System.nanoTime();
        }
    }

    /** When that which is done at its end was done, if it was. */
    @Nullable
    Long farewellNanos() {
        return farewellNanos;
    }

    /** When this process could work no longer: it was killed or stopped, or had ended; the present moment while it may work. */
    long workEndNanos() {
        Long halted = haltedNanos;
        Long ended = endedNanos;
        if (halted != null) {
            return halted;
        }
        return ended != null ? ended : System.nanoTime();
    }

    void send(String command) throws IOException {
        OutputStream commands = process.getOutputStream();
        commands.write((command + "\n").getBytes(StandardCharsets.UTF_8));
        commands.flush();
    }

    /** Sends SIGTERM and returns the moment just before. Not Process.destroy(), which would close the pipes as well. */
    long terminate() {
        endExpected = true;
        long nanos = System.nanoTime();
        process.toHandle().destroy();
        return nanos;
    }

    /** Sends SIGKILL and returns the moment just before. */
    long kill() {
        endExpected = true;
        long nanos = System.nanoTime();
        process.toHandle().destroyForcibly();
        if (haltedNanos == null) {
            haltedNanos = nanos;
        }
        return nanos;
    }

    /** Sends SIGSTOP and returns the moment just before. */
    long freeze() throws IOException, InterruptedException {
        long nanos = signal("STOP");
        haltedNanos = nanos;
        return nanos;
    }

    /** Sends SIGCONT and returns the moment just before. */
    long thaw() throws IOException, InterruptedException {
        long nanos = signal("CONT");
        haltedNanos = null;
        return nanos;
    }

    private long signal(String signal) throws IOException, InterruptedException {
        long nanos = System.nanoTime();
        Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
        if (kill.waitFor() != 0) {
            throw new IOException("Cannot send SIG" + signal + " to " + name);
        }
        return nanos;
    }

    /** The processor time used so far, by all threads, in the kernel too. Its resolution is that of the kernel's clock tick, 10 ms. */
    Duration cpuTime() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    @Override
    public String toString() {
        return name;
    }
}
