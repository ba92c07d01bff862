package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseRecord.Signature;
import io.github.camelmasterlite.election.LeaseStore.Outcome;
import io.github.camelmasterlite.election.StoredRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rivals that write one record as fast as they can, each through a network client with faults of its own: every version has one successor. */
@NullUnmarked
class DirectoryLeaseRivalsTest {

    private static final int RIVALS = 4;
    private static final int ROUNDS = 150;

    /** A write that was said to be done. */
    private record Done(long beginNanos, long endNanos, StoredRecord expected, StoredRecord stored) {}

    @TempDir
    Path root;

    @ParameterizedTest(name = "hard links {0}, seed {1}")
    @CsvSource({"true, 1", "true, 2", "true, 3", "false, 1", "false, 2", "false, 3", "false, 4", "false, 5"})
    void everyVersionHasOneSuccessorAndRevisionsRiseWhateverTheClientsDo(boolean links, int seed) throws Exception {
        List<Done> done = Collections.synchronizedList(new ArrayList<>());
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        List<Thread> rivals = new ArrayList<>();
        for (int i = 0; i < RIVALS; i++) {
            int number = i;
            Thread rival = new Thread(() -> {
                try {
                    compete(number, new Random(1_000L * seed + number), links, done);
                } catch (Throwable t) {
                    failures.add(t);
                }
            });
            rivals.add(rival);
            rival.start();
        }
        for (Thread rival : rivals) {
            rival.join(60_000);
            assertThat(rival.isAlive()).isFalse();
        }
        assertThat(failures).isEmpty();
        assertThat(done.size()).as("writes that were done").isGreaterThan(ROUNDS / 4);

        Map<Object, Done> successors = new HashMap<>();
        Set<Long> revisions = new HashSet<>();
        for (Done write : done) {
            Done other = successors.put(write.expected(), write);
            assertThat(other).as("two successors of %s", write.expected()).isNull();
            assertThat(revisions.add(write.stored().revision()))
                    .as("a revision of its own: %s", write)
                    .isTrue();
            assertThat(write.stored().revision()).isGreaterThan(write.expected().revision());
        }
        for (Done a : done) {
            for (Done b : done) {
                if (a.endNanos() - b.beginNanos() < 0) {
                    assertThat(a.stored().revision()).isLessThan(b.stored().revision());
                }
            }
        }
    }

    private void compete(int number, Random random, boolean links, List<Done> done) throws Exception {
        Path leases = new RootDirectory(root).leases();
        LeaseFiles files = new FaultyClient(random, links);
        LeaseFiles.DISK.makeDirectory(leases);
        LeaseFolder folder = new LeaseFolder(
                files, leases.resolve("lock1"), () -> Long.toString(random.nextLong() & Long.MAX_VALUE, 36));
        for (int round = 0; round < ROUNDS; round++) {
            try {
                StoredRecord expected = folder.read();
                long begin = System.nanoTime();
                long micros = 1_000_000L * number + round + 1;
                LeaseRecord next = new LeaseRecord(
                        "m" + number,
                        new Signature("i", round, micros, false),
                        Duration.ofSeconds(15),
                        1,
                        micros,
                        round);
                Outcome outcome = folder.write(expected, next, 1_000, links);
                if (outcome instanceof Outcome.Written written) {
                    done.add(new Done(begin, System.nanoTime(), expected, written.stored()));
                }
            } catch (IOException e) {
                // not known how it ended: found out by reading
                assertThat(e).hasMessageMatching("(?s).*(network|faster than they can be read).*");
            }
        }
    }

    /** One client: slow, forgetful, with a cache of listings. */
    private static final class FaultyClient implements LeaseFiles {
        private final Random random;
        private final boolean links;
        private List<String> cached;

        FaultyClient(Random random, boolean links) {
            this.random = random;
            this.links = links;
        }

        private boolean happens(double probability) {
            return random.nextDouble() < probability;
        }

        private void pass() throws IOException {
            if (happens(0.3)) {
                LockSupport.parkNanos(random.nextInt(2_000_000));
            }
            if (happens(0.01)) {
                throw new IOException("network is unreachable");
            }
        }

        @Override
        public List<String> list(Path directory) throws IOException {
            pass();
            if (cached == null || happens(0.6)) {
                cached = DISK.list(directory);
            }
            return cached;
        }

        @Override
        public byte[] read(Path file) throws IOException {
            pass();
            return DISK.read(file);
        }

        @Override
        public boolean create(Path file, byte[] content) throws IOException {
            pass();
            boolean created = links ? DISK.create(file, content) : createInParts(file, content);
            if (happens(0.03)) {
                throw new IOException("the network has lost the answer");
            }
            return created && !(!links && happens(0.1));
        }

        private boolean createInParts(Path file, byte[] content) throws IOException {
            if (!DISK.create(file, Arrays.copyOf(content, random.nextInt(content.length + 1)))) {
                return false;
            }
            pass();
            Files.write(file, content, StandardOpenOption.WRITE);
            return true;
        }

        @Override
        public boolean makeNewDirectory(Path directory) throws IOException {
            pass();
            boolean made = DISK.makeNewDirectory(directory);
            if (happens(0.03)) {
                throw new IOException("the network has lost the answer");
            }
            return made && !happens(0.1);
        }

        @Override
        public Entry entry(Path name) throws IOException {
            pass();
            return DISK.entry(name);
        }

        @Override
        public boolean link(Path link, Path existing) throws IOException {
            pass();
            boolean linked = DISK.link(link, existing);
            if (happens(0.05)) {
                throw new IOException("the network has lost the answer");
            }
            // The request was repeated, and the second time the name is taken.
            return linked && !happens(0.1);
        }

        @Override
        public void makeDirectory(Path directory) throws IOException {
            DISK.makeDirectory(directory);
        }

        @Override
        public void delete(Path file) throws IOException {
            DISK.delete(file);
        }

        @Override
        public long modifiedMillis(Path file) throws IOException {
            return DISK.modifiedMillis(file);
        }

        @Override
        public void force(Path directory) throws IOException {
            pass();
            DISK.force(directory);
        }
    }
}
