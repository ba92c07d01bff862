package io.github.camelmasterlite.file;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import io.github.camelmasterlite.store.LeaseStoreContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.io.TempDir;

/** Leases in a local directory keep the contract. */
class DirectoryLeaseStoreTest extends LeaseStoreContract {

    @TempDir
    Path root;

    final TrialFiles files = new TrialFiles();

    boolean isLocal() {
        return true;
    }

    Ticker ticker() {
        return Ticker.system();
    }

    @Override
    protected LeaseStore connect() {
        return new DirectoryLeaseStore(
                new RootDirectory(root),
                files,
                Duration.ofSeconds(15),
                Duration.ofSeconds(10),
                isLocal(),
                new Threads(() -> "lease-test"),
                ticker());
    }

    private Path folder(String lock) {
        return new RootDirectory(root).leases().resolve(LockNames.encode(lock));
    }

    @Override
    protected void deleteByHand(String lock) throws Exception {
        TrialFiles.delete(folder(lock), true);
    }

    @Override
    protected boolean garbleByHand(String lock) throws Exception {
        TrialFiles.garble(folder(lock));
        return true;
    }

    @Override
    protected boolean editByHand(String lock, LeaseRecord record) throws Exception {
        List<Path> versions = TrialFiles.versions(folder(lock));
        Path newest = versions.get(versions.size() - 1);
        LeaseVersion before = Objects.requireNonNull(LeaseVersion.parse(Files.readAllBytes(newest)));
        Files.write(
                newest,
                new LeaseVersion(
                                before.generation(),
                                before.version(),
                                before.revision() + 1,
                                "by-hand",
                                before.needsMark(),
                                record)
                        .write());
        return true;
    }

    @Override
    protected AutoCloseable slowDown() {
        files.close(TrialFiles.Call.ANY, path -> true);
        return files::open;
    }

    @Override
    protected AutoCloseable loseRequests() {
        files.failure = new IOException("Stale file handle");
        return () -> files.failure = null;
    }

    @Override
    protected AutoCloseable loseAnswers() {
        files.link = TrialFiles.Link.DONE_BUT_FAILED;
        return () -> files.link = TrialFiles.Link.FINE;
    }
}
