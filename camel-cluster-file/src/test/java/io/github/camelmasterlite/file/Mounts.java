package io.github.camelmasterlite.file;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** File systems of a test's own, on directories of its own. Skips the test where mounting is not permitted. */
final class Mounts implements AutoCloseable {

    private final Deque<Path> mounted = new ArrayDeque<>();

    /** A new file system in memory at {@code at} that holds {@code kilobytes}. */
    void tmpfs(Path at, int kilobytes) {
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=" + kilobytes + "k", "tmpfs", at.toString()),
                "mounting is not permitted here");
        mounted.push(at);
    }

    void readOnly(Path at) {
        assumeTrue(run("mount", "-o", "remount,ro", at.toString()), "remounting is not permitted here");
    }

    @Override
    public void close() {
        while (!mounted.isEmpty()) {
            Path at = mounted.pop();
            if (!run("umount", at.toString())) {
                run("umount", "-l", at.toString());
            }
        }
    }

    private static boolean run(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return false;
            }
            return process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
