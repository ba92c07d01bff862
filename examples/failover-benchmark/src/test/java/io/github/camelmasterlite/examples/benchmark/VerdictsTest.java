package io.github.camelmasterlite.examples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class VerdictsTest {
    private final Verdicts verdicts = new Verdicts();

    @Test
    void aTargetThatHoldsIsMet() {
        verdicts.atMost("a", OptionalLong.of(5_000_000), Duration.ofMillis(5));
        assertThat(verdicts.table()).endsWith("| a | 5.00 ms | 5 ms | met |");
        assertThat(verdicts.exitCode()).isEqualTo(Verdicts.HELD);
    }

    @Test
    void oneTargetThatIsMissedIsTheExitCodeWhateverComesAfter() {
        verdicts.atMost("a", OptionalLong.of(5_000_001), Duration.ofMillis(5));
        verdicts.atMost("b", OptionalLong.of(1), Duration.ofMillis(5));
        assertThat(verdicts.table()).contains("| a | 5.00 ms | 5 ms | **missed** |");
        assertThat(verdicts.exitCode()).isEqualTo(Verdicts.MISSED);
    }

    @Test
    void whatWasNotMeasuredIsNotMet() {
        verdicts.atMost("a", OptionalLong.empty(), Duration.ofMillis(5));
        assertThat(verdicts.table()).endsWith("| a | - | 5 ms | not measured |");
        assertThat(verdicts.exitCode()).isEqualTo(Verdicts.HELD);
    }
}
