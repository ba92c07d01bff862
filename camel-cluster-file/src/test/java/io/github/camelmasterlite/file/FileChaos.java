package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.camelmasterlite.chaos.ChaosRun;
import io.github.camelmasterlite.chaos.ChaosTable;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Real processes on real files under faults, for as long as one likes: {@code mvn -B -Pchaos verify -pl camel-master-lite,camel-cluster-file}, as {@link ChaosRun} and docs/reliability.md tell.
 * Locks of the operating system and leases have their time together.
 */
class FileChaos {

    @Test
    @Timeout(value = 1, unit = TimeUnit.DAYS) // the time is an option
    void oneLeaderForEachLockAfterEachFault() {
        List<String> kinds =
                Stream.of("file", "lease").filter(ChaosRun::isWanted).toList();
        assumeFalse(kinds.isEmpty(), "chaos.only names others");
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            CompletableFuture.allOf(kinds.stream()
                            .map(kind -> CompletableFuture.runAsync(() -> run(kind, kind.equals("lease")), threads))
                            .toArray(CompletableFuture<?>[]::new))
                    .join();
        } finally {
            threads.shutdown();
        }
    }

    private static void run(String kind, boolean leases) {
        try (Mounts mounts = new Mounts()) {
            ChaosTable table = ChaosRun.run(
                    kind,
                    Path.of("target", "chaos"),
                    ChaosRun.lasting(ChaosRun.time()),
                    ChaosRun.seed(),
                    ChaosRun.arenas(),
                    (dir, name, seed, of) -> new FileChaosArena(
                            dir, name, leases, FileChaosArena.CONTEXTS, List.of(), seed, of, mounts));
            assertThat(table.recovered()).isEqualTo(table.injected());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
