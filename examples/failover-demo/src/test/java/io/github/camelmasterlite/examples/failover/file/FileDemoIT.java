package io.github.camelmasterlite.examples.failover.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.examples.testing.Application;
import io.github.camelmasterlite.examples.testing.Readme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The command of the README, and the first one of the whole project, does what it says. */
@NullMarked
class FileDemoIT {

    private static final Path HERE = Path.of("").toAbsolutePath();
    private static final Path TOP = HERE.resolve("../..").normalize();

    /** 13 seconds, and what a busy machine adds. */
    private static final Duration TOLD = Duration.ofSeconds(100);

    @Test
    void bothReadmesShowTwoHandOversAndAPicture() throws IOException {
        String command = Readme.read(TOP.resolve("README.md")).block("demo");
        assertThat(Readme.read(HERE.resolve("README.md")).block("run")).isEqualTo("./" + command);
        Path out = HERE.resolve("target/demo");
        for (String file : List.of("history.jsonl", "timeline.svg", "timeline.png")) {
            Files.deleteIfExists(out.resolve(file));
        }

        List<String> lines = Application.run(command, TOP, Map.of("CAMEL_MASTER_LITE_BUILT", "true"), TOLD);

        assertThat(lines).anyMatch(line -> line.matches("SIGTERM +lock1 +member-\\d -> member-\\d .* ms .*"));
        assertThat(lines).anyMatch(line -> line.matches("SIGKILL +lock1 +member-\\d -> member-\\d .* ms .*"));
        assertThat(lines)
                .anyMatch(line -> line.startsWith(
                        "No two members worked at once, and every new leader had a higher fencing token (3 tenures,"));
        for (String file : List.of("history.jsonl", "timeline.svg", "timeline.png")) {
            assertThat(out.resolve(file)).isNotEmptyFile();
            assertThat(lines).anyMatch(line -> line.endsWith(" " + out.resolve(file)));
        }
    }
}
