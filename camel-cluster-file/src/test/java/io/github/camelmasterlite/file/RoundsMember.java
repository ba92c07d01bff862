package io.github.camelmasterlite.file;

import io.github.camelmasterlite.chaos.MemberProgram;
import io.github.camelmasterlite.cluster.ElectionClusterService;
import io.github.camelmasterlite.cluster.LeaseClusterService;
import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * One process of tests with file locks, and, with {@code -Drounds.lease=<milliseconds>} (and {@code -Drounds.deaf=true}: without a watch), of tests with
 * leases in a directory: a {@link MemberProgram} that has two commands more.
 *
 * <pre>
 * read 1                opens and closes the file of lock 1, which drops the locks of this process on it
 * touch 1               sets the times of the file
 * </pre>
 */
final class RoundsMember implements MemberProgram.Kind {

    private final RootDirectory root;
    private final List<String> locks;

    private RoundsMember(Path root, List<String> locks) {
        this.root = new RootDirectory(root);
        this.locks = locks;
    }

    /** Arguments: the root, the name of the process, the stop budget in milliseconds, the locks. */
    public static void main(String[] args) throws IOException {
        List<String> locks = List.of(args).subList(3, args.length);
        MemberProgram.run(new RoundsMember(Path.of(args[0]), locks), args[1], Long.parseLong(args[2]), locks);
    }

    @Override
    public String command(List<String> words) {
        return switch (words.get(0)) {
            case "read" -> read(locks.get(Integer.parseInt(words.get(1))));
            case "touch" -> touch(locks.get(Integer.parseInt(words.get(1))));
            default -> MemberProgram.Kind.super.command(words);
        };
    }

    private String read(String lock) {
        try {
            Files.readAllBytes(root.lock(lock));
            return "#read " + lock;
        } catch (IOException e) {
            return "#not read " + lock + ": " + e;
        }
    }

    private String touch(String lock) {
        try {
            Files.setLastModifiedTime(root.lock(lock), FileTime.from(Instant.now()));
            return "#touched " + lock;
        } catch (IOException e) {
            return "#not touched " + lock + ": " + e;
        }
    }

    @Override
    public ElectionClusterService service(String member) {
        Long leaseMillis = Long.getLong("rounds.lease");
        return leaseMillis == null ? locks() : leases(member, leaseMillis);
    }

    private ElectionClusterService locks() {
        FileLockClusterService made = new FileLockClusterService();
        made.setRoot(root.path().toString());
        return made;
    }

    private ElectionClusterService leases(String member, long leaseMillis) {
        if (!Boolean.getBoolean("rounds.deaf")) {
            FileLockClusterService made = new FileLockClusterService();
            made.setRoot(root.path().toString());
            made.setLocking(FileLockClusterService.Locking.LEASE);
            made.setLeaseDurationMillis(leaseMillis);
            made.setRetryPeriodMillis(leaseMillis / 10);
            return made;
        }
        LeaseClusterService made = new LeaseClusterService(new DirectoryLeaseStore(
                root,
                LeaseFiles.DISK,
                Duration.ofMillis(leaseMillis),
                Duration.ofSeconds(10),
                false,
                new Threads(() -> "camel-master-lite-" + member),
                Ticker.system()));
        made.setLeaseDurationMillis(leaseMillis);
        made.setRenewDeadlineMillis(leaseMillis * 2 / 3);
        made.setRetryPeriodMillis(leaseMillis / 10);
        return made;
    }
}
