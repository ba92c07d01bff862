package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.camelmasterlite.chaos.ChaosFault;
import io.github.camelmasterlite.chaos.ChaosFault.Injected;
import io.github.camelmasterlite.chaos.ChaosRun;
import io.github.camelmasterlite.chaos.ChaosTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Some faults of those that {@link FileChaos} does for as long as one likes, each once; and that its judge can fail. */
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

    private static final Set<String> QUICK_OF_LEASES =
            Set.of("SIGTERM, leader", "leader resigns", "service of the leader stopped and started");

    private final Mounts mounts = new Mounts();

    @AfterEach
    void unmount() {
        mounts.close();
    }

    @Test
    void oneLeaderForEachLockAfterEachFault() throws Exception {
        each("file", false, 11, QUICK);
    }

    @Test
    void oneLeaderForEachLeaseAfterEachFault() throws Exception {
        each("lease", true, 12, QUICK_OF_LEASES);
    }

    private void each(String kind, boolean leases, long seed, Set<String> names) throws Exception {
        AtomicReference<FileChaosArena> made = new AtomicReference<>();
        ChaosTable table = ChaosRun.run(
                kind, OUT, ChaosRun.each(names, "leader resigns"), seed, 1, (dir, name, seedOfArena, of) -> {
                    made.set(new FileChaosArena(
                            dir, name, leases, FileChaosArena.CONTEXTS, List.of(), seedOfArena, of, mounts));
                    return made.get();
                });
        assertThat(table.faults()).isEqualTo(names);
        assertThat(table.recovered()).isEqualTo(table.injected());
        assertThat(made.get().releases()).as("releases seen").isPositive();
    }

    @Test
    void aMemberThatIgnoresItsLossIsFoundOut() throws Exception {
        ChaosTable table = new ChaosTable();
        // Not for a while only: on a busy machine the leader could be the next as well.
        ChaosFault disabled = ChaosFault.graceful("leader disabled", Duration.ofMillis(100), (arena, scene) -> {
            scene.leading().tell("disable a " + scene.lock());
            return Injected.lasting(Duration.ofSeconds(5), () -> {});
        });
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
            assertThatThrownBy(() -> arena.round(disabled)).hasMessageContaining("no way back");
        }
        assertThat(table.findings()).anySatisfy(found -> assertThat(found).contains("AtMostOneActive", "both at work"));
    }
}
