package io.github.camelmasterlite.springboot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MillisTest {

    @ParameterizedTest
    @CsvSource({
        "1000, 1000",
        "1s, 1000",
        "10sec, 10000",
        "2 seconds, 2000",
        "1m30s, 90000",
        "1h, 3600000",
        "1hour30minutes, 5400000",
        "500ms, 500",
        "1d, 86400000",
        "PT1.5S, 1500",
        "-1, -1"
    })
    void durationsAreReadAsPeopleWriteThem(String written, long millis) {
        assertThat(Millis.parse(written)).isEqualTo(millis);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "1x", "s", "1s 1h", "P", "99999999999999999999", "99999999999999999d"})
    void whatIsNoDurationIsToldHowToWriteOne(String written) {
        assertThatThrownBy(() -> Millis.parse(written))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + written + "' is no duration; write one as 1s");
    }
}
