package io.github.camelmasterlite.file;

import io.github.camelmasterlite.chaos.ChaosArena;
import io.github.camelmasterlite.chaos.ChaosFault;
import io.github.camelmasterlite.chaos.ChaosFault.Injected;
import io.github.camelmasterlite.chaos.ChaosFault.Scene;
import io.github.camelmasterlite.chaos.ChaosRun;
import io.github.camelmasterlite.chaos.ChaosTable;
import io.github.camelmasterlite.chaos.LeaseReleases;
import io.github.camelmasterlite.chaos.MemberProcess;
import io.github.camelmasterlite.chaos.ProcessFaults;
import io.github.camelmasterlite.chaos.WallClock;
import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.history.History.Event;
import io.github.camelmasterlite.history.Work;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/** Three processes with two services each on one directory: with locks of the operating system, or with leases. */
final class FileChaosArena extends ChaosArena {

    private static final List<String> LOCKS = List.of("lock1", "Orders/eu?x=1");
    static final List<String> CONTEXTS = List.of("a", "b");

    /** How long a pause of a member, or an outage, is in which no lease runs out, and in which each does. */
    private static final Duration SHORT = Duration.ofSeconds(3);

    /** The fast profile of docs/timing.md. */
    static final Duration LEASE = Duration.ofSeconds(6);

    private static final Duration LONG = Duration.ofSeconds(9);

    private static final long LOCK_STOP_BUDGET_MILLIS = 500;
    private static final long LEASE_STOP_BUDGET_MILLIS = 800;

    /** What two busy cores need beyond a bound. */
    private static final Duration SLOWNESS = Duration.ofSeconds(1);

    /** What a member that finds a lock in disorder waits (LockTiming.settleNanos with this stop budget). */
    private static final Duration SETTLE = Duration.ofMillis(1_750 + LOCK_STOP_BUDGET_MILLIS);

    /** Two waits one after the other (for the file and for the leader before), a poll, and slowness. */
    private static final Duration LOCK_RECOVERY =
            SETTLE.multipliedBy(2).plusSeconds(1).plus(SLOWNESS.multipliedBy(2));

    /** A lease that runs out, a look at it (retry period), and slowness. */
    private static final Duration LEASE_RECOVERY =
            LEASE.plus(LEASE.dividedBy(10)).plus(SLOWNESS.multipliedBy(3));

    /** The pause that moves a leader's noticing behind its check: as in the seeded rounds. */
    private static final Promise WITH_LOCKS = new Promise(
            Duration.ofMillis(250),
            Duration.ofMillis(LOCK_STOP_BUDGET_MILLIS).plus(SLOWNESS),
            Duration.ofMinutes(2),
            false);

    /** The margin of the fast profile. */
    private static final Promise WITH_LEASES = new Promise(
            Duration.ofMillis(964),
            Duration.ofMillis(LEASE_STOP_BUDGET_MILLIS).plus(SLOWNESS),
            Duration.ofMinutes(2),
            true);

    private final boolean leases;
    private final List<String> options;
    private final Mounts mounts;
    private final boolean isMounted;
    private final boolean isRoot;
    private final Path root;
    private final RootDirectory files;
    private final Path away;
    private final LeaseReleases leaseReleases = new LeaseReleases(this::released);

    /** For each lock, what was looked at last: of its leader file, which one; of its lease, which versions. */
    private final Map<String, String> seenLeader = new HashMap<>();

    private final Map<String, Set<String>> seenVersions = new HashMap<>();

    FileChaosArena(
            Path dir,
            String name,
            boolean leases,
            List<String> contexts,
            List<String> options,
            long seed,
            ChaosTable table,
            Mounts mounts)
            throws IOException {
        super(dir, name, leases ? WITH_LEASES : WITH_LOCKS, LOCKS, contexts, 3, seed, table);
        this.leases = leases;
        this.options = options;
        this.mounts = mounts;
        Path disk = Files.createDirectory(dir.resolve("disk")).toAbsolutePath();
        this.isMounted = isMounted(disk);
        if (!isMounted) {
            table.notDone("full disks, as mounting is not permitted here");
        }
        this.isRoot = System.getProperty("user.name").equals("root");
        if (isRoot && !leases) {
            table.notDone("a lock file that is unreadable by its permissions, as root may read everything");
        }
        if (WallClock.library() != null) {
            table.notDone(
                    "everything that tells of fencing tokens deleted, as wall clocks differ here: of both at once nothing is promised");
        }
        this.root = Files.createDirectory(disk.resolve("root"));
        this.files = new RootDirectory(root);
        this.away = disk.resolve("away");
        if (leases) {
            watchReleases(Duration.ofMillis(20), this::lookForReleasedLeases);
        } else {
            watchReleases(Duration.ofMillis(2), this::lookForReleasedLocks);
        }
    }

    private boolean isMounted(Path disk) {
        try {
            mounts.tmpfs(disk, leases ? 128 * 1_024 : 4 * 1_024);
            return true;
        } catch (TestAbortedException e) {
            return false;
        }
    }

    @Override
    protected MemberProcess launch(String process, Map<String, String> environment, Consumer<Event> events)
            throws IOException {
        List<String> all = new ArrayList<>(options);
        all.add("-Dmember.act.millis=20");
        if (leases) {
            all.add("-Drounds.lease=" + LEASE.toMillis());
        }
        return new RoundsProcess(
                dir(),
                root,
                process,
                leases ? LEASE_STOP_BUDGET_MILLIS : LOCK_STOP_BUDGET_MILLIS,
                LOCKS,
                all,
                environment,
                events);
    }

    // ---- releases, seen from outside a little later than they happen

    /** The record says so until the next leader replaces it. */
    private void lookForReleasedLocks() {
        for (String lock : LOCKS) {
            try {
                Path file = files.leader(lock);
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                String which = attributes.fileKey() + " " + attributes.lastModifiedTime();
                if (which.equals(seenLeader.put(lock, which))) {
                    continue;
                }
                String text = RootDirectory.readIfPresent(file);
                LeaderRecord record = text == null ? null : LeaderRecord.parse(text);
                if (record != null && record.released()) {
                    released(System.nanoTime(), record.member(), lock, record.epoch());
                }
            } catch (IOException e) {
                // not there, or away with its directory; looked at again in a moment
            }
        }
    }

    /** All versions stay for long, so that none is missed. */
    private void lookForReleasedLeases() {
        for (String lock : LOCKS) {
            Path folder = files.leases().resolve(LockNames.encode(lock));
            Set<String> seen = seenVersions.computeIfAbsent(lock, name -> new HashSet<>());
            try {
                List<Path> versions = versions(folder);
                seen.retainAll(versions.stream().map(FileChaosArena::nameOf).collect(Collectors.toSet()));
                for (Path file : versions) {
                    // each record has a first version of the same name
                    if (!seen.contains(nameOf(file)) || nameOf(file).equals("v1")) {
                        LeaseVersion version = LeaseVersion.parse(Files.readAllBytes(file));
                        if (version != null) {
                            seen.add(nameOf(file));
                            LeaseRecord record = version.record();
                            leaseReleases.seen(lock, record.holder(), record.signature(), version.revision());
                        }
                    }
                }
            } catch (IOException e) {
                // not there, or deleted meanwhile; looked at again in a moment
            }
        }
    }

    private static String nameOf(Path file) {
        return file.getFileName().toString();
    }

    /** The versions of a lease, in the order in which they were written. */
    private static List<Path> versions(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file ->
                            nameOf(file).startsWith("v") && !nameOf(file).endsWith(".mark"))
                    .sorted(Comparator.comparingLong(file -> number(nameOf(file))))
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    protected List<ChaosFault> faults() {
        Duration recovery = leases ? LEASE_RECOVERY : LOCK_RECOVERY;
        List<ChaosFault> all = new ArrayList<>(ProcessFaults.of(recovery, SHORT, LONG));
        all.add(ChaosFault.alone(
                "directory renamed away for 1 s", recovery, (arena, scene) -> renamed(Duration.ofSeconds(1))));
        all.add(ChaosFault.alone("directory renamed away for 9 s", recovery, (arena, scene) -> renamed(LONG)));
        if (isMounted) {
            all.add(ChaosFault.alone(
                    "disk full for 3 s, leader SIGKILLed meanwhile",
                    recovery,
                    (arena, scene) -> full(arena, scene, SHORT)));
            all.add(ChaosFault.alone("disk full for 9 s, leader SIGTERMed meanwhile", recovery, (arena, scene) -> {
                fill();
                scene.leading().terminate();
                return Injected.lasting(LONG, () -> {
                    empty();
                    arena.replace(scene.leading());
                });
            }));
        }
        all.addAll(leases ? faultsOfLeases(recovery) : faultsOfLocks(recovery));
        if (WallClock.library() != null) {
            all.removeIf(FileChaosArena::losesTokens);
        }
        return all;
    }

    // ---- both

    private Injected renamed(Duration time) throws IOException {
        Files.move(root, away);
        return Injected.lasting(time, () -> Files.move(away, root));
    }

    private Injected full(ChaosArena arena, Scene scene, Duration time) throws IOException {
        fill();
        scene.leading().kill();
        return Injected.lasting(time, () -> {
            empty();
            arena.replace(scene.leading());
        });
    }

    private void fill() throws IOException {
        ChaosRun.fill(root.resolveSibling("ballast"));
    }

    private void empty() throws IOException {
        Files.deleteIfExists(root.resolveSibling("ballast"));
    }

    /** Whether nothing is left that tells a newcomer of fencing tokens but its wall clock. */
    private static boolean losesTokens(ChaosFault fault) {
        return fault.name().matches("(everything|.*records?) .*deleted.*");
    }

    // ---- locks of the operating system

    private List<ChaosFault> faultsOfLocks(Duration recovery) {
        List<ChaosFault> all = new ArrayList<>();
        all.add(ChaosFault.of("lock file deleted", recovery, (arena, scene) -> {
            Files.deleteIfExists(lock(scene));
            return taken(scene);
        }));
        all.add(ChaosFault.of("lock file replaced", recovery, (arena, scene) -> {
            replaceBy(lock(scene), "");
            return taken(scene);
        }));
        all.add(ChaosFault.of("lock file deleted, and SIGSTOP 9 s of the leader", recovery, (arena, scene) -> {
            Files.deleteIfExists(lock(scene));
            return stopped(arena, scene);
        }));
        all.add(ChaosFault.alone("a directory in the place of the lock file for 2 s", recovery, (arena, scene) -> {
            Files.deleteIfExists(lock(scene));
            Files.createDirectory(lock(scene));
            return Injected.lasting(Duration.ofSeconds(2), () -> Files.deleteIfExists(lock(scene)))
                    .taking((of, work) -> work.lock().equals(LOCKS.get(scene.lock())));
        }));
        if (!isRoot) {
            all.add(ChaosFault.of(
                    "lock file unreadable for 3 s, leader SIGKILLed meanwhile", recovery, (arena, scene) -> {
                        boolean isDone = lock(scene).toFile().setReadable(false, false)
                                && lock(scene).toFile().setWritable(false, false);
                        scene.leading().kill();
                        return Injected.lasting(SHORT, () -> {
                            if (!isDone
                                    || !lock(scene).toFile().setReadable(true, false)
                                    || !lock(scene).toFile().setWritable(true, false)) {
                                throw new IOException("permissions cannot be changed");
                            }
                            arena.replace(scene.leading());
                        });
                    }));
        }
        all.add(ChaosFault.of("lock file read in the leader's process", recovery, (arena, scene) -> {
            scene.leading().tell("read " + scene.lock());
            return taken(scene);
        }));
        all.add(ChaosFault.of("lock file touched in a follower's process", recovery, (arena, scene) -> {
            scene.other().tell("touch " + scene.lock());
            return taken(scene);
        }));
        all.add(ChaosFault.of(
                "lock file read in the leader's process, and SIGSTOP 9 s of it", recovery, (arena, scene) -> {
                    scene.leading().tell("read " + scene.lock());
                    return stopped(arena, scene);
                }));
        all.add(ChaosFault.of("garbage in the leader's record", recovery, (arena, scene) -> {
            replaceBy(files.leader(LOCKS.get(scene.lock())), "garbage");
            return Injected.atOnce();
        }));
        all.add(ChaosFault.of("garbage in the epoch, leader SIGKILLed", recovery, (arena, scene) -> {
            replaceBy(files.epoch(LOCKS.get(scene.lock())), "garbage");
            scene.leading().kill();
            return Injected.lasting(Duration.ofMillis(200), () -> arena.replace(scene.leading()));
        }));
        all.add(ChaosFault.of("presence of all members deleted", recovery, (arena, scene) -> {
            emptied(files.members());
            return Injected.atOnce();
        }));
        all.add(ChaosFault.alone("everything in the directory deleted", recovery, (arena, scene) -> {
            emptied(root);
            return takenAll();
        }));
        all.add(ChaosFault.alone("everything deleted while a member starts", recovery, (arena, scene) -> {
            String newcomer = ProcessFaults.newcomer(arena, scene, () -> emptied(root));
            return takenAll()
                    .excluding(
                            "directory emptied while a member starts",
                            (earlier, later) -> isOf(later, newcomer)
                                    && overlap(earlier, later) < TimeUnit.SECONDS.toNanos(1) + slack());
        }));
        return all;
    }

    private Path lock(Scene scene) {
        return files.lock(LOCKS.get(scene.lock()));
    }

    private static Injected taken(Scene scene) {
        String lock = LOCKS.get(scene.lock());
        return Injected.atOnce().taking((arena, work) -> work.lock().equals(lock));
    }

    private static Injected takenAll() {
        return Injected.atOnce().taking((arena, work) -> true);
    }

    private static Injected stopped(ChaosArena arena, Scene scene) throws Exception {
        // what it was told must have been done before it is stopped
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(30));
        arena.pause(scene.leading());
        String lock = LOCKS.get(scene.lock());
        return Injected.lasting(LONG, () -> arena.resume(scene.leading()))
                .taking((of, work) -> work.lock().equals(lock));
    }

    private static boolean isOf(Work work, String process) {
        return !process.isEmpty()
                && work.member()
                        .equals(process + work.member().substring(work.member().length() - 1));
    }

    private static long overlap(Work earlier, Work later) {
        return Math.min(earlier.certainEndNanos(), later.certainEndNanos()) - later.startNanos();
    }

    private static long slack() {
        return Duration.ofMillis(LOCK_STOP_BUDGET_MILLIS).plus(SLOWNESS).toNanos();
    }

    // ---- leases in a directory

    private List<ChaosFault> faultsOfLeases(Duration recovery) {
        Duration twice = recovery.plus(LEASE);
        List<ChaosFault> all = new ArrayList<>();
        all.add(ChaosFault.of("record deleted", recovery, (arena, scene) -> {
            emptied(folder(scene));
            return Injected.atOnce();
        }));
        all.add(ChaosFault.of("record deleted, leader SIGKILLed", recovery, (arena, scene) -> {
            emptied(folder(scene));
            scene.leading().kill();
            return Injected.lasting(Duration.ofMillis(200), () -> arena.replace(scene.leading()));
        }));
        all.add(ChaosFault.of("newest version overwritten with garbage", twice, (arena, scene) -> {
            Path newest = newest(folder(scene));
            if (newest != null) {
                Files.writeString(newest, "garbage");
            }
            return Injected.atOnce();
        }));
        all.add(ChaosFault.of("newest version emptied, leader SIGKILLed", twice, (arena, scene) -> {
            Path newest = newest(folder(scene));
            if (newest != null) {
                Files.write(newest, new byte[0]);
            }
            scene.leading().kill();
            return Injected.lasting(Duration.ofMillis(200), () -> arena.replace(scene.leading()));
        }));
        all.add(ChaosFault.alone("records of all locks deleted", recovery, (arena, scene) -> {
            emptied(files.leases());
            return Injected.atOnce();
        }));
        all.add(ChaosFault.alone("records deleted while a member starts", recovery, (arena, scene) -> {
            String newcomer = ProcessFaults.newcomer(arena, scene, () -> emptied(files.leases()));
            return Injected.atOnce()
                    .excluding(
                            "held record deleted, newcomer",
                            (earlier, later) -> isOf(later, newcomer)
                                    && overlap(earlier, later)
                                            < LEASE.multipliedBy(2).dividedBy(3).toNanos() + slack());
        }));
        return all;
    }

    private Path folder(Scene scene) {
        return files.leases().resolve(LockNames.encode(LOCKS.get(scene.lock())));
    }

    private static @Nullable Path newest(Path folder) throws IOException {
        try {
            List<Path> versions = versions(folder);
            return versions.isEmpty() ? null : versions.get(versions.size() - 1);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static long number(String name) {
        int dot = name.indexOf('.');
        return Long.parseLong(name.substring(1, dot < 0 ? name.length() : dot));
    }

    // ---- files

    private void replaceBy(Path file, String content) throws IOException {
        Path next = root.resolveSibling("next");
        Files.writeString(next, content, StandardCharsets.UTF_8);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Deletes everything in it; what others create or delete meanwhile does not matter. */
    private static void emptied(Path directory) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(directory)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        } catch (NoSuchFileException | UncheckedIOException e) {
            return;
        }
        for (Path file : all) {
            if (!file.equals(directory)) {
                try {
                    Files.deleteIfExists(file);
                } catch (DirectoryNotEmptyException e) {
                    // somebody was quicker
                }
            }
        }
    }

    @Override
    protected void calm() throws IOException {
        empty();
    }
}
