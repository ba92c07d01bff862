package io.github.camelmasterlite.examples.failover.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.camelmasterlite.examples.testing.Application;
import io.github.camelmasterlite.examples.testing.Readme;
import io.github.camelmasterlite.kubernetes.KubeServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's command for a cluster that somebody has does what it says. */
@NullMarked
class KubernetesDemoIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path HERE = Path.of("").toAbsolutePath();

    /** Some 20 seconds, and what a busy machine adds. */
    private static final Duration TOLD = Duration.ofSeconds(100);

    @Test
    void twoHandOversAndNoProcessLeft(@TempDir Path directory) throws IOException, InterruptedException {
        try (KubeServer server = KubeServer.startOrSkip(directory.resolve("server"))) {
            Path home = directory.resolve("home");
            server.access()
                    .writeKubeconfig(
                            Files.createDirectories(home.resolve(".kube")).resolve("config"));
            Path out = HERE.resolve("target/demo");
            for (String file : List.of("history.jsonl", "timeline.svg")) {
                Files.deleteIfExists(out.resolve(file));
            }

            List<String> lines = Application.run(
                    Readme.read(HERE.resolve("README.md")).block("a cluster you have"),
                    HERE.resolve("../.."),
                    Map.of("CAMEL_MASTER_LITE_BUILT", "true", "HOME", home.toString()),
                    TOLD);

            assertThat(lines).anyMatch(line -> line.contains(server.address().toString()));
            List<String> kinds = new ArrayList<>();
            for (String line : Files.readAllLines(out.resolve("history.jsonl"))) {
                JsonNode event = JSON.readTree(line);
                if (!event.path("event").asText().equals("ACT")) {
                    kinds.add(event.path("event").asText());
                }
            }
            assertThat(kinds)
                    .containsSubsequence("STARTED", "SIGTERM", "STOPPED", "STARTED", "SIGKILL", "STARTED", "STOPPED")
                    .containsOnlyOnce("SIGKILL");
            assertThat(out.resolve("timeline.svg")).isNotEmptyFile();
            assertThat(ProcessHandle.allProcesses()).noneMatch(process -> {
                String command = process.info().commandLine().orElse("");
                return command.contains(KubernetesMember.class.getName()) && command.contains(home.toString());
            });
        }
    }
}
