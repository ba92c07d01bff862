package io.github.camelmasterlite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.chaos.ChaosFault.Injected;
import io.github.camelmasterlite.chaos.ChaosFault.Scene;
import io.github.camelmasterlite.chaos.ChaosRun;
import io.github.camelmasterlite.chaos.ChaosTable;
import io.github.camelmasterlite.chaos.MemberProcess;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Some faults of those that {@link KubeChaos} does for as long as one likes, each once. */
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

    private static final Path OUT = Path.of("target", "chaos");

    @Test
    void oneLeaderForEachLockAfterEachFault(KubeServer server, KubeNamespace namespace) throws Exception {
        AtomicReference<KubeChaosArena> made = new AtomicReference<>();
        ChaosTable table =
                ChaosRun.run("kubernetes", OUT, ChaosRun.each(QUICK, "leader resigns"), 7, 1, (dir, name, seed, of) -> {
                    made.set(new KubeChaosArena(
                            dir, name, server, namespace, KubeChaosArena.CONTEXTS, List.of(), seed, of));
                    return made.get();
                });
        assertThat(table.faults()).isEqualTo(QUICK);
        assertThat(table.recovered()).isEqualTo(table.injected());
        assertThat(made.get().releases()).as("releases seen").isPositive();
    }

    @Test
    void aWayThatWasCutEndsWithItsProcess(KubeServer server, KubeNamespace namespace) throws Exception {
        Path dir = OUT.resolve("cut-" + System.nanoTime());
        ChaosTable table = new ChaosTable();
        try (KubeChaosArena arena =
                new KubeChaosArena(dir, "cut", server, namespace, List.of("a"), List.of(), 1, table)) {
            MemberProcess leading = arena.launch("x", Map.of(), event -> {});
            Injected cut = arena.fault("leader cut off for 9 s")
                    .injection()
                    .inject(arena, new Scene(0, "xa", leading, leading, new Random(1)));
            leading.kill();
            leading.awaitEnd();
            arena.ended(leading);
            cut.ending().end();
        }
        assertThat(table.findings()).isEmpty();
    }
}
