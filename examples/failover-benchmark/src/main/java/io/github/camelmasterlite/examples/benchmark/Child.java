package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** A process this program has started. */
final class Child {
    private final String name;
    private final Process process;
    private final Path log;
    private final long launchedNanos;
    private volatile boolean endExpected;
    private volatile boolean endHeard;

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
        return nanos;
    }

    /** Sends SIGSTOP and returns the moment just before. */
    long freeze() throws IOException, InterruptedException {
        return signal("STOP");
    }

    /** Sends SIGCONT and returns the moment just before. */
    long thaw() throws IOException, InterruptedException {
        return signal("CONT");
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
