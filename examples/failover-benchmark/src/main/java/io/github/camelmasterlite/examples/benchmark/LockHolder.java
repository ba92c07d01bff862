package io.github.camelmasterlite.examples.benchmark;

import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A process that takes and gives back one lock of the operating system, with nothing around it: the floor of every hand-over by files.
 *
 * <p>Commands: {@code lock} waits in the kernel until the lock is held, {@code unlock} gives it back.
 */
public final class LockHolder {
    private LockHolder() {}

    /**
     * Runs until the parent is gone.
     *
     * @param args the file
     */
    public static void main(String[] args) throws Exception {
        Reporter reporter = new Reporter();
        try (FileChannel channel =
                FileChannel.open(Path.of(args[0]), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            FileLock lock = null;
            reporter.report(Report.Kind.READY, null);
            while (true) {
                String command = reporter.command();
                switch (command) {
                    case "lock" -> {
                        lock = channel.lock();
                        reporter.report(Report.Kind.LOCKED, null);
                    }
                    case "unlock" -> unlock(reporter, lock);
                    default -> throw new IllegalArgumentException("Unknown command " + command);
                }
            }
        }
    }

    private static void unlock(Reporter reporter, @Nullable FileLock lock) throws Exception {
        if (lock == null) {
            throw new IllegalStateException("No lock is held");
        }
        // the moment before: telling it afterwards would let the next holder seem to come first
        Report unlocked = Report.now(Report.Kind.UNLOCKED, null);
        lock.release();
        reporter.report(unlocked);
    }
}
