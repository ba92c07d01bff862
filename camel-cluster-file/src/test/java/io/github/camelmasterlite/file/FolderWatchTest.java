package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the watching thread notices of leaders and of the directory. */
@NullUnmarked
class FolderWatchTest {

    private static final Duration BOUND = Duration.ofSeconds(10);

    @TempDir
    Path directory;

    private final Recorded hints = new Recorded();
    private RootDirectory root;
    private Presences own;
    private Presences other;
    private FolderWatch watch;

    @BeforeEach
    void start() throws IOException {
        root = new RootDirectory(directory.resolve("root"));
        root.prepare();
        own = new Presences(root, "a");
        own.ensureShown();
        other = new Presences(root, "b");
        other.ensureShown();
        watch = new FolderWatch(root, own, Ticker.system(), hints);
        watch.start(new Threads(() -> "test"));
    }

    @AfterEach
    void stop() {
        watch.stop();
        other.close();
        own.close();
    }

    @Test
    void aLockIsWatchedWhileItsLeaderIsKnownToLive() {
        assertThat(watch.isWatched("lock1")).isFalse();
        watch.leaderKnown("lock1", other.ownName());
        await().atMost(BOUND).until(() -> watch.isWatched("lock1"));
        assertThat(watch.isWatched("lock2")).isFalse();
        watch.leaderKnown("lock1", null);
        assertThat(watch.isWatched("lock1")).isFalse();
        assertThat(hints.gone).isEmpty();
    }

    @Test
    void theEndOfALeaderIsToldAndToldAgainWhileItIsKnownToLeadAnything() {
        watch.leaderKnown("lock1", other.ownName());
        watch.leaderKnown("lock2", other.ownName());
        await().atMost(BOUND).until(() -> watch.isWatched("lock1") && watch.isWatched("lock2"));
        other.close();
        await().atMost(BOUND).until(() -> !hints.gone.isEmpty());
        assertThat(hints.gone).containsOnly(other.ownName());
        assertThat(watch.isWatched("lock1")).isFalse();
        assertThat(watch.isWatched("lock2")).isFalse();
        watch.leaderKnown("lock1", null);
        hints.gone.clear();
        await().atMost(BOUND).until(() -> !hints.gone.isEmpty());
    }

    @Test
    void aDirectoryThatTakesThePlaceOfTheOtherIsTold() throws IOException {
        Files.move(root.path(), directory.resolve("away"));
        root.prepare();
        await().atMost(BOUND).until(() -> hints.everything.contains("changed"));
    }

    private static final class Recorded implements FolderWatch.Hints {
        final Queue<String> gone = new ConcurrentLinkedQueue<>();
        final Queue<String> everything = new ConcurrentLinkedQueue<>();

        @Override
        public void within(Runnable task) {
            task.run();
        }

        @Override
        public void filesChanged(String fileName) {}

        @Override
        public void everythingChanged() {
            everything.add("changed");
        }

        @Override
        public void freed(String presence, int lockHash) {}

        @Override
        public void leaderGone(String presence) {
            gone.add(presence);
        }

        @Override
        public void members(List<String> ids) {}
    }
}
