package io.github.camelmasterlite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.chaos.ChaosRun;
import io.github.camelmasterlite.chaos.ChaosTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A few seconds of what {@link KubeChaos} does for as long as one likes. */
@ExtendWith(ApiServer.class)
class KubeChaosIT {

    private static final Set<String> QUICK = Set.of(
            "SIGTERM, leader",
            "leader resigns",
            "service of the leader stopped and started",
            "409 to three writes of the leader",
            "half of each reply to a write lost for 3 s",
            "Lease edited: labels removed",
            "pod of the leader deleted");

    @Test
    void oneLeaderForEachLockAfterEachFault(KubeServer server, KubeNamespace namespace) throws Exception {
        Path out = Path.of("target", "chaos");
        ChaosTable table = ChaosRun.run("kubernetes", out, Duration.ofSeconds(5), 7, 1, (dir, name, seed, of) -> {
            KubeChaosArena arena =
                    new KubeChaosArena(dir, name, server, namespace, KubeChaosArena.CONTEXTS, List.of(), seed, of);
            arena.setOnly(QUICK::contains);
            return arena;
        });
        assertThat(table.injected()).isPositive();
        assertThat(table.recovered()).isEqualTo(table.injected());
    }
}
