package io.github.camelmasterlite.examples.failover.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.camelmasterlite.kubernetes.KubeServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The demonstration does what it says, against an API server that it is given. */
@NullMarked
class KubernetesDemoIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void twoHandOversAndNoProcessLeft(@TempDir Path directory) throws IOException, InterruptedException {
        try (KubeServer server = startServer(directory.resolve("server"))) {
            Path kubeconfig = server.access().writeKubeconfig(directory.resolve("kubeconfig"));
            Path out = directory.resolve("out");

            int exit = new CommandLine(new KubernetesDemo())
                    .execute("--kubeconfig", kubeconfig.toString(), "--out", out.toString(), "--bound", "10000");

            assertThat(exit).isZero();
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
            assertThat(ProcessHandle.current().descendants())
                    .noneMatch(process ->
                            process.info().commandLine().orElse("").contains(KubernetesMember.class.getName()));
        }
    }

    private static KubeServer startServer(Path directory) throws IOException, InterruptedException {
        boolean mustRun =
                Stream.of(System.getenv("CI")).anyMatch(ci -> ci != null && !ci.isBlank() && !ci.equals("false"));
        try {
            return KubeServer.start(directory);
        } catch (IllegalStateException e) {
            boolean isMissing = String.valueOf(e.getMessage()).startsWith("No Kubernetes API server");
            Assumptions.assumeTrue(mustRun || !isMissing, e.getMessage());
            throw e;
        }
    }
}
