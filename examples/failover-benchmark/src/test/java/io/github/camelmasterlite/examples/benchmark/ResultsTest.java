package io.github.camelmasterlite.examples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.LongStream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class ResultsTest {

    private static Results of(long... nanos) throws BenchmarkException {
        Results results = new Results();
        for (long each : nanos) {
            results.add("a", 1, 1, "lock-1", each);
        }
        return results;
    }

    @Test
    void aPercentileIsAValueThatWasMeasured() throws BenchmarkException {
        Results hundred = of(LongStream.rangeClosed(1, 100).toArray());
        assertThat(hundred.percentile("a", 1, 50)).hasValue(50);
        assertThat(hundred.percentile("a", 1, 99)).hasValue(99);
        assertThat(hundred.percentile("a", 1, 100)).hasValue(100);
        assertThat(of(7, 9).percentile("a", 1, 50)).hasValue(7);
        assertThat(of(7, 9).percentile("a", 1, 99)).hasValue(9);
        assertThat(of(7).percentile("a", 1, 1)).hasValue(7);
    }

    @Test
    void whatWasNotMeasuredHasNoPercentileAndNoZeroInItsRow() throws BenchmarkException {
        assertThat(of(7).median("b", 1)).isEmpty();
        assertThat(of(7).row("b", 1)).isEqualTo("| b | 1 | 0 | - | - | - |");
    }

    @Test
    void whatCameTooEarlyStaysBelowZeroWhereItIsCountedOtherwise() {
        Results results = new Results();
        results.addSigned("a", 1, 1, "all", -30_000_000);
        assertThat(results.row("a", 1)).isEqualTo("| a | 1 | 1 | -30.0 | -30.0 | -30.0 |");
    }

    @Test
    void aRowTellsItsOwnSamplesOnly() throws BenchmarkException {
        Results results = new Results();
        results.add("a", 1, 1, "lock-1", 2_000_000);
        results.add("a", 1, 2, "lock-1", 30_000_000);
        results.add("a", 2, 1, "lock-1", 77);
        results.add("b", 1, 1, "lock-1", 77);
        assertThat(results.row("a", 1)).isEqualTo("| a | 1 | 2 | 2.00 | 30.0 | 30.0 |");
    }

    @Test
    void whatComesTooEarlyIsNotAveragedAway() {
        Results results = new Results();
        assertThatThrownBy(() -> results.add("old stopped -> new started", 1, 3, "lock-1", -5))
                .isInstanceOf(BenchmarkException.class)
                .hasMessageContaining("round 3");
    }
}
