package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;

/** What the operating system alone needs here: nothing built on file locks can be faster. */
final class Floor {
    static final String UNLOCKED = "floor: unlock -> a process waiting in the kernel holds the lock";
    static final String KILLED = "floor: kill -9 -> a process waiting in the kernel holds the lock";
    static final String KILLED_RESIDENT = "floor: the same, whole heap in memory";
    static final String FSYNC = "floor: write, fsync and rename a small file, fsync its directory";

    private static final Duration BLOCKED = Duration.ofMillis(30);
    private static final List<String> SMALL = List.of("-Xmx16m");

    private final Setup setup;
    private final Results results;
    private final Path directory;

    Floor(Setup setup, Results results, Path root) throws IOException {
        this.setup = setup;
        this.results = results;
        directory = Files.createDirectories(root.resolve("floor"));
    }

    /** What one durable write costs, and what a hand-over of one lock costs when it is given back. */
    void measureGraceful() throws BenchmarkException, IOException, InterruptedException {
        Child holder = launch(SMALL);
        Child waiter = launch(SMALL);
        for (int round = 1; round <= setup.rounds(); round++) {
            Setup.progress("floor, unlock", round, setup.rounds());
            holder.send("lock");
            await(holder, Report.Kind.LOCKED);
            waiter.send("lock");
            setup.children().pause(BLOCKED);
            holder.send("unlock");
            Children.HandOver changed = setup.children().awaitHandOver(holder, waiter);
            results.add(UNLOCKED, 0, round, "-", changed.lockedNanos() - changed.unlockedNanos());
            waiter.send("unlock");
            await(waiter, Report.Kind.UNLOCKED);
        }
        end(holder);
        end(waiter);
    }

    void measureKills() throws BenchmarkException, IOException, InterruptedException {
        kills(KILLED, List.of("-Xmx" + setup.heap()));
        kills(KILLED_RESIDENT, Setup.resident(setup.heap()));
    }

    private void kills(String measure, List<String> options)
            throws BenchmarkException, IOException, InterruptedException {
        Child waiter = launch(SMALL);
        for (int round = 1; round <= setup.rounds(); round++) {
            Setup.progress("floor, kill " + options, round, setup.rounds());
            Child holder = launch(options);
            holder.send("lock");
            await(holder, Report.Kind.LOCKED);
            waiter.send("lock");
            setup.children().pause(BLOCKED);
            long killNanos = holder.kill();
            Report locked = await(waiter, Report.Kind.LOCKED);
            results.add(measure, 0, round, "-", locked.nanos() - killNanos);
            waiter.send("unlock");
            await(waiter, Report.Kind.UNLOCKED);
        }
        end(waiter);
    }

    void measureFsync() throws BenchmarkException, IOException {
        int rounds = Math.max(200, setup.rounds());
        Path temporary = directory.resolve("small.tmp");
        Path file = directory.resolve("small");
        for (int round = 1; round <= rounds; round++) {
            long startNanos = System.nanoTime();
            try (FileChannel channel = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(new byte[20]));
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
            results.add(FSYNC, 0, round, "-", System.nanoTime() - startNanos);
        }
    }

    private Child launch(List<String> options) throws BenchmarkException, IOException, InterruptedException {
        Child child = setup.children()
                .launch(
                        "holder",
                        options,
                        new Meeting.Launch(
                                LockHolder.class,
                                System.getProperty("java.class.path"),
                                List.of(directory.resolve("lock").toString())));
        await(child, Report.Kind.READY);
        return child;
    }

    private void end(Child child) throws BenchmarkException, InterruptedException {
        child.kill();
        await(child, Report.Kind.EXITED);
    }

    private Report await(Child child, Report.Kind kind) throws BenchmarkException, InterruptedException {
        return setup.children().await(child, kind);
    }
}
