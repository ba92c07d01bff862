package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which news travel together. */
class WakesTest {

    private static final long PACE = Wakes.PACE_MILLIS * 1_000_000;

    /** Near the end of the range, so that times are compared by subtraction or wrong. */
    private long now = Long.MAX_VALUE - PACE / 2;

    private final List<Set<Integer>> made = new ArrayList<>();
    private final Wakes wakes = new Wakes(3, now, made::add);

    @Test
    void nothingIsToldOfNothing() {
        assertThat(wakes.isWaiting()).isFalse();
        assertThat(wakes.restNanos(now)).isZero();
        wakes.flush(now);
        assertThat(made).isEmpty();
    }

    @Test
    void theFirstNewsNeedNotWait() {
        wakes.add(1, now);
        assertThat(wakes.isWaiting()).isTrue();
        assertThat(wakes.restNanos(now)).isZero();
    }

    @Test
    void newsThatFollowSoonWaitForEachOtherAndTravelOnce() {
        wakes.add(1, now);
        wakes.flush(now);
        now += PACE / 4;
        wakes.add(2, now);
        assertThat(wakes.restNanos(now)).isEqualTo(PACE / 4 * 3);
        now += PACE / 2;
        wakes.add(3, now);
        wakes.add(2, now);
        assertThat(wakes.restNanos(now)).isEqualTo(PACE / 4);
        now += PACE / 4;
        assertThat(wakes.restNanos(now)).isZero();
        wakes.flush(now);
        wakes.flush(now);
        assertThat(made).containsExactly(Set.of(1), Set.of(2, 3));
    }

    @Test
    void newsAfterAPauseNeedNotWait() {
        wakes.add(1, now);
        wakes.flush(now);
        now += PACE;
        wakes.add(2, now);
        assertThat(wakes.restNanos(now)).isZero();
    }

    @Test
    void whatFillsAWakeDoesNotWait() {
        wakes.add(1, now);
        wakes.flush(now);
        for (int lock = 2; lock <= 5; lock++) {
            wakes.add(lock, now);
        }
        assertThat(made).containsExactly(Set.of(1), Set.of(2, 3, 4));
        assertThat(wakes.restNanos(now)).isEqualTo(PACE);
    }
}
