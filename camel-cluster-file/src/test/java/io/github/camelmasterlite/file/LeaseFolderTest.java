package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseRecord.Signature;
import io.github.camelmasterlite.election.LeaseStore.Outcome;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.election.StoredRecord.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Without hard links a version is there in part before it is there: one author is held while it writes, another replaces what it sees, and only one of them
 * is told that its version counts.
 */
class LeaseFolderTest {

    private static final long WALL_MICROS = 1_795_000_000_000_000L;

    @TempDir
    Path root;

    /** A member's view of the folder. */
    private static final class Member {
        final TrialFiles files = new TrialFiles();
        final LeaseFolder folder;
        private final String name;
        private int names;

        Member(String name, Path directory) {
            this.name = name;
            this.folder = new LeaseFolder(files, directory, () -> name + names++);
        }

        StoredRecord read() throws IOException {
            return folder.read();
        }

        Outcome write(StoredRecord expected, long term, long wallMicros) throws IOException {
            LeaseRecord next = new LeaseRecord(
                    name, new Signature("i-" + name, term, term, false), Duration.ofSeconds(15), term, term, term);
            return folder.write(expected, next, wallMicros, false);
        }

        /** Begins to write, and comes as far as the gate. */
        FutureTask<Outcome> writeAsFarAs(TrialFiles.Call call, StoredRecord expected, long term, long wallMicros)
                throws Exception {
            files.createsByHalves = true;
            files.close(call, path -> path.toString().contains("v"));
            Callable<Outcome> write = () -> write(expected, term, wallMicros);
            FutureTask<Outcome> writing = new FutureTask<>(write);
            start(writing);
            files.awaitArrival();
            return writing;
        }

        Outcome goOn(FutureTask<Outcome> writing) throws Exception {
            files.open();
            return writing.get(10, TimeUnit.SECONDS);
        }
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
    }

    private Member member(String name) {
        return new Member(name, root.resolve("lock1"));
    }

    private static StoredRecord written(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Written.class);
        return ((Outcome.Written) outcome).stored();
    }

    /** The revision of both is the same, and its author would take the other for its own if it looked at that alone. */
    @ParameterizedTest
    @ValueSource(strings = {"CREATE", "MARK"})
    void whoIsReplacedWhileItWritesHasNotWritten(TrialFiles.Call call) throws Exception {
        Member a = member("a");
        StoredRecord first = written(a.write(a.read(), 1, WALL_MICROS));
        Member b = member("b");
        FutureTask<Outcome> slow = b.writeAsFarAs(call, b.read(), 2, first.revision() + 2);

        Member c = member("c");
        StoredRecord half = c.read();
        assertThat(half.kind()).isEqualTo(Kind.GARBAGE);
        StoredRecord next = written(c.write(half, 3, 0));

        assertThat(next.revision()).isEqualTo(first.revision() + 2);
        assertThat(b.goOn(slow)).isInstanceOf(Outcome.Conflict.class);
        assertThat(b.read()).isEqualTo(next);
        assertThat(a.read()).isEqualTo(next);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CREATE", "MARK"})
    void whoIsReplacedWhileItWritesTheFirstVersionHasNotWritten(TrialFiles.Call call) throws Exception {
        Member a = member("a");
        FutureTask<Outcome> slow = a.writeAsFarAs(call, a.read(), 1, WALL_MICROS);
        Member b = member("b");
        StoredRecord next = written(b.write(b.read(), 2, WALL_MICROS));

        assertThat(a.goOn(slow)).isInstanceOf(Outcome.Conflict.class);
        assertThat(a.read()).isEqualTo(next);
        assertThat(member("c").read()).isEqualTo(next);
    }

    /** Also if the folder still looks to it as it did before it was replaced. */
    @Test
    void whoIsReplacedHearsOfItWhateverItsListingSays() throws Exception {
        Member a = member("a");
        FutureTask<Outcome> slow = a.writeAsFarAs(TrialFiles.Call.MARK, a.read(), 1, WALL_MICROS);
        a.files.freeze(root.resolve("lock1"));
        Member b = member("b");
        written(b.write(b.read(), 2, WALL_MICROS));

        // Taken, says the server of the mark; and that there is none, says the cache.
        assertThatThrownBy(() -> a.goOn(slow)).hasRootCauseInstanceOf(IOException.class);
        StoredRecord seen = a.read();
        assertThatThrownBy(() -> a.write(seen, 2, WALL_MICROS)).isInstanceOf(IOException.class);
    }

    @Test
    void whoReplacesAVersionThatIsCompletedMeanwhileIsToldOfAConflict() throws Exception {
        Member a = member("a");
        written(a.write(a.read(), 1, WALL_MICROS));
        Member b = member("b");
        FutureTask<Outcome> slow = b.writeAsFarAs(TrialFiles.Call.CREATE, b.read(), 2, WALL_MICROS);
        Member c = member("c");
        StoredRecord half = c.read();
        c.files.close(TrialFiles.Call.CREATE, path -> path.toString().endsWith(".mark"));
        FutureTask<Outcome> replacing = new FutureTask<>(() -> c.write(half, 3, WALL_MICROS));
        start(replacing);
        c.files.awaitArrival();
        StoredRecord next = written(b.goOn(slow));

        assertThat(c.goOn(replacing)).isInstanceOf(Outcome.Conflict.class);
        assertThat(c.read()).isEqualTo(next);
        assertThat(written(c.write(next, 3, 0)).revision()).isGreaterThan(next.revision());
    }

    @Test
    void whoReplacesAVersionThatStaysInPartIsTheNext() throws Exception {
        Member a = member("a");
        written(a.write(a.read(), 1, WALL_MICROS));
        Path second = root.resolve("lock1").resolve("v2." + generation());
        Files.writeString(second, "holder=");
        StoredRecord half = a.read();
        assertThat(half.kind()).isEqualTo(Kind.GARBAGE);
        assertThat(written(a.write(half, 3, 0)).revision()).isGreaterThan(half.revision());
    }

    /** It was known to count; what is left of it has no author who could be told anything. */
    @Test
    void aVersionThatSomebodyHasWrittenIntoIsReplacedThoughItsMarkSaysThatItCounts() throws Exception {
        Member a = member("a");
        StoredRecord first = written(a.write(a.read(), 1, WALL_MICROS));
        StoredRecord second = written(a.write(first, 1, 0));
        TrialFiles.garble(root.resolve("lock1"));
        Member b = member("b");
        StoredRecord garbage = b.read();
        assertThat(garbage.kind()).isEqualTo(Kind.GARBAGE);
        StoredRecord third = written(b.write(garbage, 2, 0));
        assertThat(third.revision()).isGreaterThan(second.revision());
        assertThat(a.read()).isEqualTo(third);
    }

    /** Its file system hung or failed in between: it is still the holder that it was, and writes the next version. */
    @ParameterizedTest
    @ValueSource(strings = {"CREATE", "MARK"})
    void whoFailsWhileItWritesFindsWhatWasThereBefore(TrialFiles.Call call) throws Exception {
        Member a = member("a");
        StoredRecord first = written(a.write(a.read(), 1, WALL_MICROS));
        FutureTask<Outcome> hanging = a.writeAsFarAs(call, first, 1, 0);
        a.files.close(TrialFiles.Call.LIST, path -> false);
        // what is hanging waits at the former gate, which opens only now
        assertThat(a.read()).isEqualTo(first);
        assertThat(member("b").read().kind()).isEqualTo(Kind.GARBAGE);
        StoredRecord second = written(a.write(first, 1, 0));
        assertThat(second.revision()).isGreaterThan(first.revision());
        assertThat(hanging.isDone()).isFalse();
        assertThat(member("b").read()).isEqualTo(second);
    }

    /** Two faults in a row: of the second version a part, of the third nothing. */
    @Test
    void whoFailsTwiceFindsWhatWasThereBefore() throws Exception {
        Member a = member("a");
        StoredRecord first = written(a.write(a.read(), 1, WALL_MICROS));
        FutureTask<Outcome> hanging = a.writeAsFarAs(TrialFiles.Call.MARK, first, 1, 0);
        a.files.createsByHalves = false;
        a.files.close(TrialFiles.Call.LIST, path -> false);
        a.files.failsToCreate = path -> path.toString().contains("v3");
        assertThatThrownBy(() -> a.write(first, 1, 0)).isInstanceOf(IOException.class);
        a.files.failsToCreate = path -> false;

        assertThat(a.read()).isEqualTo(first);
        assertThat(written(a.write(first, 1, 0)).revision()).isGreaterThan(first.revision());
        assertThat(hanging.isDone()).isFalse();
    }

    /** By somebody who copies files, for example. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aVersionThatSomebodyHasOverwrittenWithAnotherIsReplaced(boolean firstByLater) throws Exception {
        Member a = member("a");
        StoredRecord first = written(a.write(a.read(), 1, WALL_MICROS));
        StoredRecord second = written(a.write(first, 1, 0));
        Path v1 = root.resolve("lock1").resolve("v1");
        Path v2 = root.resolve("lock1").resolve("v2." + generation());
        Files.copy(firstByLater ? v2 : v1, firstByLater ? v1 : v2, StandardCopyOption.REPLACE_EXISTING);
        Member b = member("b");
        StoredRecord garbage = b.read();
        assertThat(garbage.kind()).isEqualTo(Kind.GARBAGE);
        StoredRecord next = written(b.write(garbage, 2, second.revision() + 1));
        assertThat(next.revision()).isGreaterThan(second.revision());
        assertThat(member("c").read()).isEqualTo(next);
    }

    /** Whoever made the newest version may never come to mark it: then the one before is what is known. */
    @Test
    void theLastVersionThatCountsIsKeptWhateverComesBehindIt() throws Exception {
        Member a = member("a");
        StoredRecord second = written(a.write(written(a.write(a.read(), 1, WALL_MICROS)), 1, WALL_MICROS + 5_000));
        Path v2 = root.resolve("lock1").resolve("v2." + generation());
        Files.setLastModifiedTime(v2, FileTime.from(Instant.EPOCH));
        FutureTask<Outcome> never = member("b").writeAsFarAs(TrialFiles.Call.MARK, second, 2, WALL_MICROS + 6_000);

        Member c = member("c");
        c.folder.prune(Duration.ofMillis(1));
        assertThat(v2).exists();
        assertThat(c.read().revision()).isGreaterThan(second.revision());
        assertThat(never.isDone()).isFalse();
    }

    /** Also if that has no generation, as its first version was never completed. */
    @Test
    void whatIsWrittenToARecordThatWasDeletedMeanwhileIsNotToldAsWritten() throws Exception {
        Member a = member("a");
        FutureTask<Outcome> never = a.writeAsFarAs(TrialFiles.Call.MARK, a.read(), 1, WALL_MICROS);
        Member b = member("b");
        StoredRecord second = written(b.write(b.read(), 2, WALL_MICROS));
        FutureTask<Outcome> late = b.writeAsFarAs(TrialFiles.Call.MARK, second, 2, WALL_MICROS);
        TrialFiles.delete(root.resolve("lock1"), false);

        assertThat(b.goOn(late)).isInstanceOf(Outcome.Conflict.class);
        assertThat(never.isDone()).isFalse();
    }

    @Test
    void whatWasNotMarkedBeforeACrashIsReplaced() throws Exception {
        Member a = member("a");
        FutureTask<Outcome> never = a.writeAsFarAs(TrialFiles.Call.MARK, a.read(), 1, WALL_MICROS);
        Member again = member("a2");
        StoredRecord left = again.read();
        assertThat(left.kind()).isEqualTo(Kind.GARBAGE);
        StoredRecord next = written(again.write(left, 2, WALL_MICROS + 1));
        assertThat(member("c").read()).isEqualTo(next);
        assertThat(written(again.write(next, 2, 0)).revision()).isGreaterThan(next.revision());
        assertThat(never.isDone()).isFalse();
    }

    @Test
    void anAuthorThatIsHeldUpIsOverruledOnlyIfItIsReplaced() throws Exception {
        Member a = member("a");
        FutureTask<Outcome> slow = a.writeAsFarAs(TrialFiles.Call.MARK, a.read(), 1, WALL_MICROS);
        Member b = member("b");
        assertThat(b.read().kind()).isEqualTo(Kind.GARBAGE);
        StoredRecord written = written(a.goOn(slow));
        assertThat(b.read()).isEqualTo(written);
    }

    private String generation() throws IOException {
        byte[] first = Files.readAllBytes(root.resolve("lock1").resolve("v1"));
        return Objects.requireNonNull(LeaseVersion.parse(first)).generation();
    }
}
