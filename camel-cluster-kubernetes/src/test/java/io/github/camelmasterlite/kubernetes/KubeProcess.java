package io.github.camelmasterlite.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A program that runs beside the tests and ends, at the latest, with the JVM that started it, however that ends. It can be
 * started again after its end. Used by one thread at a time.
 */
final class KubeProcess {

    private static final long END_SECONDS = 30;

    /**
     * The shell leaves somebody behind who reads from this JVM, and becomes the program itself, so that the process id and
     * every signal are the program's. When the JVM is gone, killed or not, the kernel closes the pipe, the reader gets to
     * its end, and kills the program, which may be stopped just then.
     */
    private static final String TIED_TO_ITS_PARENT =
            "exec 3<&0; { while read -r line; do :; done <&3; kill -KILL $$; } & exec \"$@\" 3<&- </dev/null";

    private final List<String> command;
    private final Path log;
    private @Nullable Process process;

    /** @param log what it writes is added to this file */
    KubeProcess(List<String> command, Path log) {
        this.command = List.copyOf(command);
        this.log = log;
    }

    void start() throws IOException {
        if (isAlive()) {
            throw new IllegalStateException(command.get(0) + " runs");
        }
        List<String> tied = new ArrayList<>(List.of("/bin/sh", "-c", TIED_TO_ITS_PARENT, "sh"));
        tied.addAll(command);
        Process started = new ProcessBuilder(tied)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        // The reader must not stay and kill, much later, whoever has got the same process id.
        CompletableFuture<Void> unused = started.onExit().thenAccept(KubeProcess::closePipe);
        process = started;
    }

    private static void closePipe(Process ended) {
        try {
            ended.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    long pid() {
        return running().pid();
    }

    private Process running() {
        if (process == null) {
            throw new IllegalStateException(command.get(0) + " has not been started");
        }
        return process;
    }

    /** Asks it to end (SIGTERM), and returns when it has; kills it if it does not within half a minute. */
    void stop() throws IOException, InterruptedException {
        if (isAlive()) {
            resume();
            running().destroy();
            if (!running().waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                kill();
            }
        }
    }

    /** Kills it (SIGKILL), and returns when it is gone. */
    void kill() throws InterruptedException {
        if (process != null && !process.destroyForcibly().waitFor(END_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException(command.get(0) + " cannot be killed");
        }
    }

    /** Stops it without ending it (SIGSTOP): connections stay, nothing is answered. Returns when all its threads rest. */
    void pause() throws IOException, InterruptedException {
        signal("STOP");
        Awaitility.await()
                .atMost(5, TimeUnit.SECONDS)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> !isAlive() || isStoppedByKernel());
    }

    /** Lets it run on after {@link #pause}. */
    void resume() throws IOException, InterruptedException {
        signal("CONT");
    }

    private boolean isStoppedByKernel() throws IOException {
        Path threads = Path.of("/proc/" + pid() + "/task");
        if (!Files.exists(threads)) {
            return true; // no such file system here: trust the signal
        }
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(threads)) {
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

    private void signal(String signal) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(pid())).start();
        if (!kill.waitFor(5, TimeUnit.SECONDS)) {
            kill.destroyForcibly();
            throw new IllegalStateException("no signal " + signal + " for " + command.get(0));
        }
    }

    /** The last lines that it wrote. */
    String lastWords() throws IOException {
        if (!Files.exists(log)) {
            return "";
        }
        List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                .lines()
                .toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }
}
