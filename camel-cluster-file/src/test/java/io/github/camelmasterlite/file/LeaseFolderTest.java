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
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without hard links a version is there in part before it is there: what may happen to one that is replaced meanwhile. */
class LeaseFolderTest {

    private static final long WALL_MICROS = 1_795_000_000_000_000L;

    @TempDir
    Path root;

    private final TrialFiles files = new TrialFiles();
    private Path directory = Path.of("");
    private LeaseFolder folder = new LeaseFolder(files, directory, () -> "");
    private String generation = "";

    @BeforeEach
    void create() throws IOException {
        directory = root.resolve("lock1");
        int[] names = new int[1];
        folder = new LeaseFolder(files, directory, () -> "name" + names[0]++);
        folder.write(folder.read(), held("a", 1), WALL_MICROS, false);
        byte[] first = Files.readAllBytes(directory.resolve("v1"));
        generation = Objects.requireNonNull(LeaseVersion.parse(first)).generation();
    }

    private static LeaseRecord held(String member, long term) {
        return new LeaseRecord(
                member, new Signature("i-" + member, term, term, false), Duration.ofSeconds(15), term, term, term);
    }

    /** Somebody writes the second version; it is there in half when its successor is judged, and in whole when that is written. */
    private Outcome replaceWhileItIsCompleted(long revision) throws Exception {
        return replaceWhileItIsCompleted("v2." + generation, 2, revision, "v3." + generation);
    }

    private Outcome replaceWhileItIsCompleted(String name, long version, long revision, String successor)
            throws Exception {
        byte[] content = new LeaseVersion(generation, version, revision, "nonce", held("b", 2)).write();
        Path file = directory.resolve(name);
        Files.write(file, Arrays.copyOf(content, content.length / 2));
        StoredRecord half = folder.read();
        assertThat(half.kind()).isEqualTo(Kind.GARBAGE);
        files.close(TrialFiles.Call.CREATE, path -> path.endsWith(successor));
        Callable<Outcome> write = () -> folder.write(half, held("c", 3), WALL_MICROS, false);
        FutureTask<Outcome> writing = new FutureTask<>(write);
        Thread thread = new Thread(writing);
        thread.start();
        files.awaitArrival();
        Files.write(file, content);
        files.open();
        return writing.get(10, TimeUnit.SECONDS);
    }

    @Test
    void whoReplacesAVersionThatIsCompletedMeanwhileDoesNotGetItsRevisionAsWell() throws Exception {
        StoredRecord first = folder.read();
        // As high as the clock of its author says: as high as what is counted from the first version, or higher.
        for (long revision : new long[] {first.revision() + 2, first.revision() + 1_000}) {
            assertThatThrownBy(() -> replaceWhileItIsCompleted(revision))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("completed meanwhile");
            Files.delete(directory.resolve("v2." + generation));
            Files.delete(directory.resolve("v3." + generation));
        }
    }

    /** Who has seen nothing of it counts from nothing: both revisions are what the clock says. */
    @Test
    void whoReplacesAFirstVersionThatIsCompletedMeanwhileDoesNotGetItsRevisionAsWell() {
        folder = new LeaseFolder(files, directory, () -> "other");
        assertThatThrownBy(() -> replaceWhileItIsCompleted("v1", 1, WALL_MICROS, "v2.x"))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(IOException.class)
                .hasMessageContaining("completed meanwhile");
    }

    @Test
    void whoReplacesAVersionThatIsCompletedMeanwhileIsTheNextIfItsRevisionIsHigher() throws Exception {
        long revision = folder.read().revision() + 1;
        Outcome written = replaceWhileItIsCompleted(revision);
        assertThat(written).isInstanceOf(Outcome.Written.class);
        assertThat(((Outcome.Written) written).stored().revision()).isGreaterThan(revision);
    }

    @Test
    void whoReplacesAVersionThatStaysInPartIsTheNext() throws Exception {
        Path file = directory.resolve("v2." + generation);
        Files.writeString(file, "holder=");
        StoredRecord half = folder.read();
        Outcome written = folder.write(half, held("c", 3), WALL_MICROS, false);
        assertThat(written).isInstanceOf(Outcome.Written.class);
        assertThat(((Outcome.Written) written).stored().revision()).isGreaterThan(half.revision());
    }
}
