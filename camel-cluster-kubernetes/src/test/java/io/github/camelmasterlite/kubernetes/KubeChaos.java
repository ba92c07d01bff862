package io.github.camelmasterlite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.camelmasterlite.chaos.ChaosRun;
import io.github.camelmasterlite.chaos.ChaosTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Real processes and real API servers under faults, for as long as one likes: {@code mvn -B -Pchaos verify -pl camel-master-lite,camel-cluster-kubernetes}, as {@link ChaosRun} and docs/reliability.md tell.
 * Each arena has a server of its own.
 */
class KubeChaos {

    @Test
    @Timeout(value = 1, unit = TimeUnit.DAYS) // the time is an option
    void leasesOfTheApiServer() throws Exception {
        assumeTrue(ChaosRun.isWanted("kubernetes"), "chaos.only names others");
        Path servers = Files.createDirectories(Path.of("target", "kube-api-server"));
        List<KubeServer> started = new ArrayList<>();
        try {
            run(servers, started);
        } finally {
            for (KubeServer server : started) {
                server.close();
            }
        }
    }

    private static void run(Path servers, List<KubeServer> started) throws Exception {
        ChaosTable table = ChaosRun.run(
                "kubernetes",
                Path.of("target", "chaos"),
                ChaosRun.lasting(ChaosRun.time()),
                ChaosRun.seed(),
                ChaosRun.arenas(),
                (dir, name, seed, of) -> {
                    KubeServer server = KubeServer.start(Files.createTempDirectory(servers, "chaos-"));
                    started.add(server);
                    return new KubeChaosArena(
                            dir,
                            name,
                            server,
                            server.newNamespace("chaos"),
                            KubeChaosArena.CONTEXTS,
                            List.of(),
                            seed,
                            of);
                });
        assertThat(table.recovered()).isEqualTo(table.injected());
    }
}
