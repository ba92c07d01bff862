package io.github.camelmasterlite.examples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@NullMarked
class OverlapsTest {
    private static final long NOW = 1_000;

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

    @Test
    void oneAfterTheOtherIsNoOverlap() {
        assertThat(Overlaps.of(List.of(start(old, 5), stop(old, 110), start(next, 110)), child -> NOW))
                .isEmpty();
    }

    @Test
    void aConsumerThatStartsBeforeTheOtherHasStoppedIsOneHoweverLateThatIsHeard() {
        assertThat(Overlaps.of(List.of(start(old, 5), start(next, 90), stop(old, 110)), child -> NOW))
                .containsExactly(new Overlaps.Overlap("lock-1", old, next, 20));
    }

    @Test
    void aConsumerThatNeverToldItsStopWorksForAsLongAsItsProcess() {
        List<Cluster.Change> history = List.of(start(old, 5), start(next, 90));
        assertThat(Overlaps.of(history, child -> NOW))
                .containsExactly(new Overlaps.Overlap("lock-1", old, next, NOW - 90));
        assertThat(Overlaps.of(history, child -> child.equals(old) ? 80 : NOW)).isEmpty();
    }

    @Test
    void oneThatWorkedBesideAnotherAndEndedIsNotForgotten() {
        assertThat(Overlaps.of(
                        List.of(start(old, 5), start(next, 50), stop(next, 60), stop(old, 100), start(next, 120)),
                        child -> NOW))
                .containsExactly(new Overlaps.Overlap("lock-1", old, next, 10));
    }

    @Test
    void differentLocksAreLedByDifferentMembers() {
        assertThat(Overlaps.of(List.of(start(old, 5), new Cluster.Change(next, "lock-2", true, 50)), child -> NOW))
                .isEmpty();
    }

    @Test
    void aProcessThatWasKilledWorksNoLonger() {
        long killed = old.kill();
        assertThat(old.workEndNanos()).isEqualTo(killed);
        assertThat(next.workEndNanos()).isGreaterThanOrEqualTo(killed);
        old.kill(); // again, when the round is cleared up
        assertThat(old.workEndNanos()).isEqualTo(killed);
    }

    @Test
    void aProcessThatWasStoppedWorksAgainWhenItIsWokenUp() throws Exception {
        long stopped = old.freeze();
        assertThat(old.workEndNanos()).isEqualTo(stopped);
        long woken = old.thaw();
        assertThat(old.workEndNanos()).isGreaterThan(woken);
    }
}
