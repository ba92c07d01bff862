package com.example.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.examples.testing.Application;
import io.github.camelmasterlite.examples.testing.CopiedOut;
import io.github.camelmasterlite.examples.testing.Readme;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the README, each as a process, in a copy that is built elsewhere. */
class DialectsIT {

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
        return Application.start(README.block(block), copy, Map.of("CLUSTER_DIR", cluster.toString()));
    }

    @Test
    void membersOfAllDialectsAreOneCluster() {
        try (Application yaml = start("yaml")) {
            yaml.awaitLine("Hello from YAML!", SOON);
            try (Application xml = start("xml");
                    Application beans = start("camel.beans");
                    Application keys = start("camel.cluster")) {
                List<Application> waiting = List.of(xml, beans, keys);
                waiting.forEach(member -> member.awaitLine("\\(main-beans\\) started in", SOON));
                yaml.awaitLine(yaml.printed(), "Hello from YAML!", SOON);
                assertThat(waiting)
                        .allSatisfy(member -> assertThat(member.lines()).noneMatch(line -> line.contains("Hello")));

                yaml.kill();
                for (int left = 3; left > 0; left--) {
                    Application leader = awaitLeader(waiting);
                    leader.terminate();
                    leader.awaitEnd(SOON);
                }
                xml.awaitLine("Hello from XML!", SOON);
                beans.awaitLine("Hello from a bean of properties!", SOON);
                keys.awaitLine("Hello from keys!", SOON);
            }
        }
    }

    /** The one of those that run which says something first. */
    private static Application awaitLeader(List<Application> members) {
        return await("a leader")
                .atMost(SOON)
                .until(() -> members.stream().filter(DialectsIT::leads).findFirst(), Optional::isPresent)
                .orElseThrow();
    }

    private static boolean leads(Application member) {
        return member.alive() && member.lines().stream().anyMatch(line -> line.contains("Hello"));
    }
}
