package io.github.camelmasterlite.examples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.examples.testing.Application;
import io.github.camelmasterlite.examples.testing.Readme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The shortest of the README's commands measures what it says; how long a hand-over takes on the machine of a build is nobody's business. */
@NullMarked
class GlanceIT {

    private static final Path HERE = Path.of("").toAbsolutePath();

    /** Some seconds, and what a busy machine adds. */
    private static final Duration MEASURED = Duration.ofSeconds(110);

    @Test
    void oneHandOverIsMeasured() throws Exception {
        Path samples = HERE.resolve("target/benchmark/samples.csv");
        Files.deleteIfExists(samples);

        List<String> lines = Application.run(
                Readme.read(HERE.resolve("README.md")).block("a glance"),
                HERE.resolve("../.."),
                Map.of("CAMEL_MASTER_LITE_BUILT", "true"),
                MEASURED);

        assertThat(lines)
                .anyMatch(line -> line.matches(
                        "\\| SIGTERM: old consumer stopped -> next started \\| 1 \\| 1 \\| [\\d.,]+ \\|.*"))
                .anyMatch(line -> line.endsWith(" " + samples));
        assertThat(samples).isNotEmptyFile();
    }
}
