package io.github.camelmasterlite.examples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@NullMarked
class TakeOverTest {
    private static final long SIGNAL = 100;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Child old;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Child next;

    @BeforeEach
    void launch() throws Exception {
        old = new Child("old", new ProcessBuilder("cat").start(), Path.of("-"), 0);
        next = new Child("next", new ProcessBuilder("cat").start(), Path.of("-"), 0);
    }

    @AfterEach
    void end() {
        old.kill();
        next.kill();
    }

    private static Cluster.Change start(Child child, long nanos) {
        return new Cluster.Change(child, "lock-1", true, nanos);
    }

    private static Cluster.Change stop(Child child, long nanos) {
        return new Cluster.Change(child, "lock-1", false, nanos);
    }

    private Map<String, TakeOver> takeOvers(Cluster.Change... history) {
        return TakeOver.of(List.of(history), old, Set.of("lock-1"), SIGNAL);
    }

    @Test
    void itIsFromTheStopOfTheOldLeaderToTheFirstStartOfAnother() {
        assertThat(takeOvers(start(old, 5), stop(old, 110), start(next, 120), stop(next, 130), start(next, 140)))
                .containsExactly(Map.entry("lock-1", new TakeOver(110L, 120L)));
    }

    @Test
    void aStopThatIsHeardAfterTheStartOfTheNextIsNotLost() {
        assertThat(takeOvers(start(old, 5), start(next, 120), stop(old, 150)))
                .containsExactly(Map.entry("lock-1", new TakeOver(150L, 120L)));
    }

    @Test
    void aLockThatNobodyTookHasNoStart() {
        assertThat(takeOvers(start(old, 5), stop(old, 110)))
                .containsExactly(Map.entry("lock-1", new TakeOver(110L, null)));
    }

    @Test
    void whatWasBeforeTheSignalAndLocksOfOthersDoNotCount() {
        assertThat(takeOvers(start(next, 50), stop(old, 60), new Cluster.Change(next, "lock-2", true, 120)))
                .containsExactly(Map.entry("lock-1", new TakeOver(null, null)));
    }
}
