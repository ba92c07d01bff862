package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseRecord.Signature;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.LeaseStore.Outcome;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.election.StoredRecord.Kind;
import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import io.github.camelmasterlite.file.TrialFiles.Call;
import io.github.camelmasterlite.file.TrialFiles.Link;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What file systems of other machines do, and what a directory lease makes of it. */
@NullUnmarked
class DirectoryLeaseFaultsTest {

    private static final String LOCK = "Orders/eu";

    @TempDir
    Path root;

    private final TrialFiles trial = new TrialFiles();
    private final List<LeaseStore> opened = new ArrayList<>();

    @AfterEach
    void close() {
        trial.open();
        opened.forEach(LeaseStore::close);
    }

    private DirectoryLeaseStore make(LeaseFiles files, Duration openTimeout) {
        return new DirectoryLeaseStore(
                new RootDirectory(root),
                files,
                Duration.ofSeconds(15),
                openTimeout,
                false,
                new Threads(() -> "lease-faults"),
                Ticker.system());
    }

    private LeaseStore open(LeaseFiles files) throws Exception {
        LeaseStore store = make(files, Duration.ofSeconds(10));
        store.open("m", new Deaf());
        opened.add(store);
        return store;
    }

    private Path folder(String lock) {
        return new RootDirectory(root).leases().resolve(LockNames.encode(lock));
    }

    private static <T> T get(CompletionStage<T> call) throws Exception {
        return call.toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private static StoredRecord write(LeaseStore store, StoredRecord expected, String holder, long term)
            throws Exception {
        return ((Outcome.Written) get(store.write(LOCK, expected, held(holder, term)))).stored();
    }

    private static LeaseRecord held(String holder, long term) {
        return new LeaseRecord(holder, new Signature("i", term, term, false), Duration.ofSeconds(15), term, term, term);
    }

    private static String holder(StoredRecord stored) {
        return stored.record() == null ? "" : stored.record().holder();
    }

    @Test
    void aLockWhoseCallsHangDelaysNoOtherAndRefusesTheThirdCall() throws Exception {
        LeaseStore store = open(trial);
        trial.close(Call.ANY, path -> path.startsWith(folder(LOCK)));
        CompletionStage<StoredRecord> first = store.read(LOCK);
        CompletionStage<StoredRecord> second = store.read(LOCK);
        assertThatThrownBy(() -> get(store.read(LOCK)))
                .hasMessageContaining(LOCK)
                .hasMessageContaining("have not returned")
                .hasMessageContaining(folder(LOCK).toString());
        for (int i = 0; i < 50; i++) {
            String other = "other" + i;
            long begin = System.nanoTime();
            get(store.read(other));
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(1));
        }
        trial.open();
        assertThat(get(first).kind()).isEqualTo(Kind.ABSENT);
        assertThat(get(second).kind()).isEqualTo(Kind.ABSENT);
        assertThat(get(store.read(LOCK)).kind()).isEqualTo(Kind.ABSENT);
    }

    @Test
    void fortyLocksWhoseCallsHangDelayNoOther() throws Exception {
        LeaseStore store = open(trial);
        trial.close(Call.ANY, path -> path.toString().contains("hanging"));
        for (int i = 0; i < 40; i++) {
            store.read("hanging" + i);
        }
        long begin = System.nanoTime();
        get(store.read(LOCK));
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(3));
    }

    @Test
    void aWriteThatHungFindsItsNameTaken() throws Exception {
        LeaseStore a = open(trial);
        LeaseStore b = open(LeaseFiles.DISK);
        StoredRecord first = write(a, get(a.read(LOCK)), "a", 1);
        trial.close(Call.LINK, path -> true);
        CompletionStage<Outcome> late = a.write(LOCK, first, held("a", 2));
        trial.awaitArrival();
        StoredRecord taken = write(b, first, "b", 3);
        trial.open();
        assertThat(get(late)).isInstanceOf(Outcome.Conflict.class);
        assertThat(get(a.read(LOCK))).isEqualTo(taken);
    }

    @Test
    void aLateLinkToADeletedRecordIsNotTakenForThePresentOne() throws Exception {
        LeaseStore a = open(trial);
        LeaseStore b = open(LeaseFiles.DISK);
        StoredRecord second = write(a, write(a, get(a.read(LOCK)), "a", 1), "a", 2);
        trial.close(Call.LINK, path -> true);
        CompletionStage<Outcome> late = a.write(LOCK, second, held("a", 3));
        trial.awaitArrival();
        TrialFiles.delete(folder(LOCK), false);
        StoredRecord anew = write(b, get(b.read(LOCK)), "b", 1);
        trial.open();
        assertThat(get(late)).isInstanceOf(Outcome.Conflict.class);
        assertThat(TrialFiles.versions(folder(LOCK)))
                .as("the late one is there")
                .hasSize(2);
        for (LeaseStore store : List.of(a, b, open(LeaseFiles.DISK))) {
            assertThat(get(store.read(LOCK))).isEqualTo(anew);
        }
        assertThat(anew.revision()).isGreaterThan(second.revision());
        assertThat(holder(write(b, anew, "b", 2))).isEqualTo("b");
    }

    @Test
    void aStaleListingLeadsToAConflictAndNothingWorse() throws Exception {
        LeaseStore a = open(LeaseFiles.DISK);
        LeaseStore b = open(trial);
        StoredRecord first = write(a, get(a.read(LOCK)), "a", 1);
        trial.freeze(folder(LOCK));
        StoredRecord third = write(a, write(a, first, "a", 2), "a", 3);
        assertThat(get(b.read(LOCK))).as("stale").isEqualTo(first);
        assertThat(get(b.write(LOCK, first, held("b", 4)))).isInstanceOf(Outcome.Conflict.class);
        trial.thaw();
        assertThat(get(b.read(LOCK))).isEqualTo(third);
        // What was there does not vanish again.
        trial.freeze(folder(LOCK));
        StoredRecord fourth = write(b, third, "b", 4);
        assertThat(get(a.read(LOCK))).isEqualTo(fourth);
        trial.thaw();
        assertThat(get(b.read(LOCK))).isEqualTo(fourth);
    }

    @Test
    void aListingThatEndsTooEarlyIsCompletedByName() throws Exception {
        LeaseStore a = open(LeaseFiles.DISK);
        StoredRecord first = write(a, get(a.read(LOCK)), "a", 1);
        StoredRecord third = write(a, write(a, first, "a", 2), "a", 3);
        trial.listsFirstOnly = true;
        LeaseStore b = open(trial);
        assertThat(get(b.read(LOCK))).isEqualTo(third);
        // Nor does what was seen vanish when what led to it is removed.
        Files.delete(TrialFiles.versions(folder(LOCK)).get(1));
        assertThat(get(b.read(LOCK))).isEqualTo(third);
    }

    @Test
    void aStaleViewOfNothingDoesNotCreateASecondRecord() throws Exception {
        LeaseStore a = open(LeaseFiles.DISK);
        LeaseStore b = open(trial);
        Files.createDirectories(folder(LOCK));
        trial.freeze(folder(LOCK));
        StoredRecord first = write(a, get(a.read(LOCK)), "a", 1);
        StoredRecord absent = get(b.read(LOCK));
        assertThat(absent.kind()).isEqualTo(Kind.ABSENT);
        assertThat(get(b.write(LOCK, absent, held("b", 1)))).isInstanceOf(Outcome.Conflict.class);
        trial.thaw();
        assertThat(get(b.read(LOCK))).isEqualTo(first);
    }

    @Test
    void aLinkWhoseAnswerWasLostIsKnownAgain() throws Exception {
        LeaseStore a = open(trial);
        StoredRecord first = write(a, get(a.read(LOCK)), "a", 1);
        trial.link = Link.DONE_BUT_TAKEN;
        StoredRecord second = write(a, first, "a", 2);
        assertThat(get(a.read(LOCK))).isEqualTo(second);
    }

    @Test
    void aLinkThatIsDoneButSaidToHaveFailedIsUnknownAndFoundByReading() throws Exception {
        LeaseStore a = open(trial);
        StoredRecord first = write(a, get(a.read(LOCK)), "a", 1);
        trial.link = Link.DONE_BUT_FAILED;
        assertThatThrownBy(() -> get(a.write(LOCK, first, held("a", 2)))).hasMessageContaining("Stale file handle");
        trial.link = Link.FINE;
        StoredRecord found = get(a.read(LOCK));
        assertThat(found.record()).isEqualTo(held("a", 2));
        write(a, found, "a", 3);
    }

    @Test
    void aPartOfAFileIsGarbageAndItsAuthorHasLostWhenItIsReplaced() throws Exception {
        trial.link = Link.UNSUPPORTED;
        LeaseStore a = open(trial);
        StoredRecord first = write(a, get(a.read(LOCK)), "a", 1);
        trial.createsByHalves = true;
        trial.close(Call.CREATE, path -> true);
        CompletionStage<Outcome> late = a.write(LOCK, first, held("a", 2));
        trial.awaitArrival();
        TrialFiles withoutLinks = new TrialFiles();
        withoutLinks.link = Link.UNSUPPORTED;
        LeaseStore b = open(withoutLinks);
        StoredRecord part = get(b.read(LOCK));
        assertThat(part.kind()).isEqualTo(Kind.GARBAGE);
        assertThat(part.revision()).isNotEqualTo(first.revision());
        StoredRecord replaced = write(b, part, "b", 3);
        trial.open();
        assertThat(get(late)).isInstanceOf(Outcome.Conflict.class);
        assertThat(get(b.read(LOCK))).isEqualTo(replaced);
        assertThat(get(a.read(LOCK))).isEqualTo(replaced);
    }

    @Test
    void aPartOfTheFirstFileIsGarbageAndItsAuthorHasLostWhenItIsReplaced() throws Exception {
        trial.link = Link.UNSUPPORTED;
        LeaseStore a = open(trial);
        StoredRecord absent = get(a.read(LOCK));
        trial.createsByHalves = true;
        trial.close(Call.CREATE, path -> true);
        CompletionStage<Outcome> late = a.write(LOCK, absent, held("a", 1));
        trial.awaitArrival();
        TrialFiles withoutLinks = new TrialFiles();
        withoutLinks.link = Link.UNSUPPORTED;
        LeaseStore b = open(withoutLinks);
        StoredRecord replaced = write(b, get(b.read(LOCK)), "b", 2);
        trial.open();
        assertThat(get(late)).isInstanceOf(Outcome.Conflict.class);
        assertThat(get(a.read(LOCK))).isEqualTo(replaced);
        StoredRecord next = write(b, replaced, "b", 3);
        TrialFiles.delete(folder(LOCK), false);
        StoredRecord anew = write(b, get(b.read(LOCK)), "b", 4);
        assertThat(anew.revision()).isGreaterThan(next.revision());
        assertThat(get(a.read(LOCK))).isEqualTo(anew);
    }

    @Test
    void whatIsLeftOfAnUnreadableFirstVersionDoesNotOutliveItsRecord() throws Exception {
        LeaseStore a = open(LeaseFiles.DISK);
        write(a, get(a.read(LOCK)), "a", 1);
        TrialFiles.garble(folder(LOCK));
        write(a, get(a.read(LOCK)), "a", 2);
        Files.delete(folder(LOCK).resolve("v1"));
        LeaseStore b = open(LeaseFiles.DISK);
        StoredRecord absent = get(b.read(LOCK));
        assertThat(absent.kind()).isEqualTo(Kind.ABSENT);
        StoredRecord anew = write(b, absent, "b", 3);
        assertThat(get(a.read(LOCK))).isEqualTo(anew);
    }

    @Test
    void aDiskThatFailsIsNamedAndNothingIsLeftBehind() throws Exception {
        LeaseStore a = open(trial);
        StoredRecord first = write(a, get(a.read(LOCK)), "a", 1);
        trial.failure = new IOException("No space left on device");
        assertThatThrownBy(() -> get(a.write(LOCK, first, held("a", 2))))
                .hasMessageContaining(LOCK)
                .hasMessageContaining("No space left on device")
                .hasMessageContaining(folder(LOCK).toString());
        trial.failure = null;
        assertThat(get(a.read(LOCK))).isEqualTo(first);
        assertThat(LeaseFiles.DISK.list(folder(LOCK))).containsExactly("v1");
        write(a, first, "a", 2);
    }

    @Test
    void aFileSystemThatIsNotMountedIsUnknownAndNotEmpty() throws Exception {
        LeaseStore a = open(LeaseFiles.DISK);
        StoredRecord first = write(a, get(a.read(LOCK)), "a", 1);
        Path leases = new RootDirectory(root).leases();
        Path away = root.resolve("away");
        Files.move(leases, away);
        assertThatThrownBy(() -> get(a.read(LOCK)))
                .hasMessageContaining(leases.toString())
                .hasMessageContaining("mount");
        assertThatThrownBy(() -> get(a.write(LOCK, first, held("a", 2)))).hasMessageContaining("mount");
        assertThat(leases).doesNotExist();
        Files.move(away, leases);
        assertThat(get(a.read(LOCK))).isEqualTo(first);
    }

    @Test
    void aStartWaitsABoundedTimeForAFileSystemThatHangs() {
        trial.close(Call.CREATE, path -> true);
        LeaseStore store = make(trial, Duration.ofMillis(300));
        assertThatThrownBy(() -> store.open("m", new Deaf()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("root")
                .hasMessageContaining(root.toString())
                .hasMessageContaining("has not answered for 300 ms");
        store.close();
    }

    @Test
    void oldVersionsAreRemovedExceptTheFirstAndTheNewest() throws Exception {
        LeaseStore a = open(LeaseFiles.DISK);
        StoredRecord stored = write(a, get(a.read(LOCK)), "a", 1);
        for (int i = 2; i <= 40; i++) {
            stored = write(a, stored, "a", i);
        }
        assertThat(TrialFiles.versions(folder(LOCK))).hasSize(40);
        FileTime longAgo = FileTime.from(Instant.now().minus(Duration.ofMinutes(26)));
        Path crashed = Files.createFile(folder(LOCK).resolve("t-crashed"));
        Files.setLastModifiedTime(crashed, longAgo);
        for (Path file : TrialFiles.versions(folder(LOCK)).subList(0, 20)) {
            Files.setLastModifiedTime(file, longAgo);
        }
        for (int i = 41; i <= 64; i++) {
            stored = write(a, stored, "a", i);
        }
        await().atMost(Duration.ofSeconds(10))
                .until(() -> TrialFiles.versions(folder(LOCK)).size() == 64 - 19);
        assertThat(folder(LOCK).resolve("v1")).exists();
        assertThat(crashed).doesNotExist();
        assertThat(get(open(LeaseFiles.DISK).read(LOCK))).isEqualTo(stored);
    }

    @Test
    void filesOfLeasesAndOfLocksOfTheOperatingSystemDoNotMeet() {
        for (String lock : List.of(".leases", "leases", ".members", "a.leader", "a/../.leases")) {
            assertThat(new RootDirectory(root).lock(lock)).isNotEqualTo(new RootDirectory(root).leases());
            assertThat(folder(lock).getParent()).isEqualTo(new RootDirectory(root).leases());
        }
    }

    private static final class Deaf implements LeaseStore.Listener {
        @Override
        public void changed(String lock, StoredRecord stored) {}

        @Override
        public void look(String lock) {}

        @Override
        public void lookAll() {}

        @Override
        public void watching(boolean live, @Nullable String reason) {}

        @Override
        public void members(List<String> ids) {}
    }
}
