package io.github.camelmasterlite.examples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@NullMarked
class PeerRoundsTest {
    @SuppressWarnings("NullAway.Init") // set before each test
    private Child first;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Child second;

    @BeforeEach
    void launch() throws Exception {
        first = new Child("first", new ProcessBuilder("cat").start(), Path.of("-"), 0);
        second = new Child("second", new ProcessBuilder("cat").start(), Path.of("-"), 0);
    }

    @AfterEach
    void end() {
        first.kill();
        second.kill();
    }

    private static Cluster.Change start(Child child, long nanos) {
        return new Cluster.Change(child, "lock-1", true, nanos);
    }

    private static Cluster.Change stop(Child child, long nanos) {
        return new Cluster.Change(child, "lock-1", false, nanos);
    }

    @Test
    void aConsumerThatRunsThroughoutLeavesNoGap() {
        assertThat(PeerRounds.idleNanos(List.of(start(first, 5)), 100, 200)).isZero();
    }

    @Test
    void theGapIsFromTheStopOfOneToTheStartOfTheNext() {
        assertThat(PeerRounds.idleNanos(List.of(start(first, 5), stop(first, 110), start(second, 150)), 100, 200))
                .isEqualTo(40);
    }

    @Test
    void whatWasHeardOutOfOrderIsPutInOrder() {
        assertThat(PeerRounds.idleNanos(List.of(start(second, 150), stop(first, 110), start(first, 5)), 100, 200))
                .isEqualTo(40);
    }

    @Test
    void aConsumerThatNeverComesBackIsAGapToTheEnd() {
        assertThat(PeerRounds.idleNanos(List.of(start(first, 5), stop(first, 110)), 100, 200))
                .isEqualTo(90);
    }

    @Test
    void aGapThatBeganBeforeCountsFromTheBeginning() {
        assertThat(PeerRounds.idleNanos(List.of(start(first, 5), stop(first, 50)), 100, 200))
                .isEqualTo(100);
    }

    @Test
    void oneThatEndsBesideAnotherLeavesNoGap() {
        assertThat(PeerRounds.idleNanos(List.of(start(first, 5), start(second, 120), stop(first, 130)), 100, 200))
                .isZero();
    }
}
