package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.camelmasterlite.chaos.ChaosFault;
import io.github.camelmasterlite.chaos.ChaosRun;
import io.github.camelmasterlite.chaos.ChaosTable;
import io.github.camelmasterlite.chaos.ProcessFaults;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A few seconds of what {@link FileChaos} does for as long as one likes; and that its judge can fail. */
@NullUnmarked
class FileChaosIT {

    private static final Path OUT = Path.of("target", "chaos");

    private static final Set<String> QUICK = Set.of(
            "SIGKILL, leader",
            "SIGTERM, leader",
            "leader resigns",
            "service of the leader stopped and started",
            "lock file read in the leader's process",
            "garbage in the leader's record",
            "garbage in the epoch, leader SIGKILLed",
            "presence of all members deleted");

    private final Mounts mounts = new Mounts();

    @AfterEach
    void unmount() {
        mounts.close();
    }

    @Test
    void oneLeaderForEachLockAfterEachFault() throws Exception {
        ChaosTable table = ChaosRun.run("file", OUT, Duration.ofSeconds(5), 11, 1, (dir, name, seed, of) -> {
            FileChaosArena arena =
                    new FileChaosArena(dir, name, false, FileChaosArena.CONTEXTS, List.of(), seed, of, mounts);
            arena.setOnly(QUICK::contains);
            return arena;
        });
        assertThat(table.injected()).isPositive();
        assertThat(table.recovered()).isEqualTo(table.injected());
    }

    @Test
    void aMemberThatIgnoresItsLossIsFoundOut() throws Exception {
        ChaosTable table = new ChaosTable();
        ChaosFault resigns =
                ProcessFaults.of(Duration.ofMillis(100), Duration.ofSeconds(3), Duration.ofSeconds(9)).stream()
                        .filter(fault -> fault.name().equals("leader resigns"))
                        .findFirst()
                        .orElseThrow();
        try (FileChaosArena arena = new FileChaosArena(
                OUT.resolve("deaf-" + System.nanoTime()),
                "deaf",
                false,
                List.of("a"),
                List.of("-Dmember.deaf=true"),
                1,
                table,
                mounts)) {
            arena.open();
            arena.setPatience(Duration.ofSeconds(1));
            assertThatThrownBy(() -> arena.round(resigns)).hasMessageContaining("no way back");
        }
        assertThat(table.findings()).anySatisfy(found -> assertThat(found).contains("AtMostOneActive", "both at work"));
    }
}
