package com.example.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.examples.testing.Application;
import io.github.camelmasterlite.examples.testing.Readme;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the README, each as a process. */
class TwoTerminalsIT {

    private static final Duration SOON = Duration.ofSeconds(90);
    private static final Path HERE = Path.of("").toAbsolutePath();

    private final Readme readme = Readme.read(HERE.resolve("README.md"));

    @TempDir
    Path cluster;

    private Application start(String block) {
        return Application.start(readme.block(block), HERE, Map.of("CAMEL_CLUSTER_FILELOCK_ROOT", cluster.toString()));
    }

    @Test
    void oneSaysHelloAndWhenItEndsOrIsKilledTheOtherDoes() {
        try (Application first = start("a terminal")) {
            first.awaitLine("Hello World! \\(tenure 1, ", SOON);
            try (Application second = start("a terminal")) {
                second.awaitLine("\\(main-properties\\) started in", SOON);
                int before = first.printed();
                first.awaitLine(before, "Hello World!", SOON);
                assertThat(second.lines()).noneMatch(line -> line.contains("Hello World!"));

                first.terminate();
                second.awaitLine("Hello World! \\(tenure 2, ", SOON);
                assertThat(first.awaitEnd(SOON)).isEqualTo(143);

                try (Application third = start("a terminal")) {
                    third.awaitLine("\\(main-properties\\) started in", SOON);
                    second.kill();
                    third.awaitLine("Hello World! \\(tenure 3, ", SOON);
                }
            }
        }
    }

    @Test
    void aWrongKeyEndsTheStartAndIsNamed() {
        try (Application application = start("a wrong key")) {
            assertThat(application.awaitEnd(SOON)).isEqualTo(1);
            assertThat(application.lines()).anyMatch(line -> line.contains("camel.cluster.filelock.rooot"));
        }
    }

    @Test
    void anEnvironmentVariableIsEnough() {
        try (Application application =
                Application.start(readme.block("by the environment"), HERE, Map.of("TMPDIR", cluster.toString()))) {
            application.awaitLine("Hello World!", SOON);
            assertThat(cluster.resolve("cluster/lock1")).exists();
        }
    }
}
