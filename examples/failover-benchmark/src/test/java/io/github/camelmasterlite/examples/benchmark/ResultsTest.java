package io.github.camelmasterlite.examples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.LongStream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class ResultsTest {

    @Test
    void aPercentileIsAValueThatWasMeasured() {
        long[] hundred = LongStream.rangeClosed(1, 100).toArray();
        assertThat(Results.percentile(hundred, 50)).isEqualTo(50);
        assertThat(Results.percentile(hundred, 99)).isEqualTo(99);
        assertThat(Results.percentile(hundred, 100)).isEqualTo(100);
        assertThat(Results.percentile(new long[] {7, 9}, 50)).isEqualTo(7);
        assertThat(Results.percentile(new long[] {7, 9}, 99)).isEqualTo(9);
        assertThat(Results.percentile(new long[] {7}, 1)).isEqualTo(7);
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
