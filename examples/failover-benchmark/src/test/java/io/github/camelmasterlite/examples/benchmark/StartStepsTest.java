package io.github.camelmasterlite.examples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StartStepsTest {

    private static String step(int id, int parent, String key, String value, String from, String duration) {
        return """
                {"duration": "PT%sS", "startTime": "2026-01-01T00:00:%sZ", "endTime": "2026-01-01T00:00:03Z",
                 "startupStep": {"id": %d, %s "name": "x", "tags": [{"key": "%s", "value": "%s"}, {"key": "beanType", "value": "camelMasterLite"}]}}""".formatted(duration, from, id, parent == 0 ? "" : "\"parentId\": " + parent + ",", key, value);
    }

    @Test
    void aStepIsCountedWithoutTheStepsWithinItAndOthersNotAtAll() throws Exception {
        String answer = "{\"timeline\": {\"events\": ["
                + String.join(
                        ",",
                        step(1, 0, "beanName", "camelMasterLiteKeys", "01", "0.5"),
                        step(2, 1, "beanName", "somebodyElse", "01.1", "0.3"),
                        step(3, 2, "beanName", "file-lock-cluster-service", "01.2", "0.1"),
                        step(4, 0, "postProcessor", "io.github.camelmasterlite.A$$Lambda$1/0x1@2", "01.3", "0.02"),
                        step(5, 0, "beanName", "camelRoutes", "00.5", "0.9"))
                + "]}}";
        StartSteps steps = StartSteps.of(new ObjectMapper().readTree(answer));

        assertThat(steps.byName())
                .isEqualTo(Map.of(
                        "camelMasterLiteKeys", 200_000_000L,
                        "file-lock-cluster-service", 100_000_000L,
                        "io.github.camelmasterlite.A", 20_000_000L));
        assertThat(steps.oursNanos()).isEqualTo(320_000_000L);
        assertThat(steps.totalNanos()).isEqualTo(2_500_000_000L);
    }

    @Test
    void anAnswerWithoutStepsCostsNothing() throws Exception {
        assertThat(StartSteps.of(new ObjectMapper().readTree("{}")).totalNanos())
                .isZero();
    }
}
