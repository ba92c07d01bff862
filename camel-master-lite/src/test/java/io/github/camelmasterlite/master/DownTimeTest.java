package io.github.camelmasterlite.master;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DownTimeTest {

    private static int looksUntilOver(DownTime time) {
        int looks = 1;
        while (!time.isOver(true)) {
            looks++;
        }
        return looks;
    }

    @ParameterizedTest
    @CsvSource({"1, 50", "200, 50", "400, 100", "401, 100", "30000, 5000", "3600000, 5000"})
    void isOverOnceTheLimitHasPassedSinceTheFirstLookAndAtMostOnePeriodLater(long limitMillis, long periodMillis) {
        DownTime time = new DownTime(Duration.ofMillis(limitMillis));

        assertThat(time.periodMillis()).isEqualTo(periodMillis);
        assertThat((looksUntilOver(time) - 1) * periodMillis).isBetween(limitMillis, limitMillis + periodMillis - 1);
    }

    @Test
    void aLookThatFindsItUpBeginsAnew() {
        DownTime time = new DownTime(Duration.ofMillis(400));
        for (int i = 0; i < 100; i++) {
            assertThat(time.isOver(i % 5 != 0)).isFalse();
        }
        time.isOver(false);
        assertThat(looksUntilOver(time)).isEqualTo(5);
    }

    @Test
    void whatIsOverBeginsAnew() {
        DownTime time = new DownTime(Duration.ofMillis(400));
        looksUntilOver(time);

        assertThat(looksUntilOver(time)).isEqualTo(5);
    }
}
