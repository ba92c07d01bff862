package com.example.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.examples.testing.Application;
import io.github.camelmasterlite.examples.testing.CopiedOut;
import io.github.camelmasterlite.examples.testing.Readme;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the README, each as a process, in a copy that is built elsewhere. */
class TwoTerminalsIT {

    private static final Duration SOON = Duration.ofSeconds(90);
    private static final Duration BUILT = Duration.ofSeconds(110);

    private static final Readme README = Readme.read(Path.of("README.md"));
    private static Path copy;

    @TempDir
    Path cluster;

    @BeforeAll
    static void copyItOutAndBuildIt(@TempDir Path elsewhere) {
        CopiedOut copied = CopiedOut.to(elsewhere, Path.of(""));
        copy = copied.directory();
        Application.run(README.block("build"), copy, copied.environment(), BUILT);
    }

    private Application start(String block) {
        return Application.start(README.block(block), copy, Map.of("CAMEL_CLUSTER_FILELOCK_ROOT", cluster.toString()));
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
            application.awaitLine("camel\\.cluster\\.filelock\\.rooot", SOON);
            assertThat(application.awaitEnd(SOON)).isEqualTo(1);
        }
    }

    @Test
    void anEnvironmentVariableIsEnough() {
        try (Application application =
                Application.start(README.block("by the environment"), copy, Map.of("TMPDIR", cluster.toString()))) {
            application.awaitLine("Hello World!", SOON);
            assertThat(cluster.resolve("cluster/lock1")).exists();
        }
    }
}
