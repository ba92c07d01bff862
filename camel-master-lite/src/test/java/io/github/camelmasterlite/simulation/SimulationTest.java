package io.github.camelmasterlite.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Random schedules. {@code -Dsim.seeds=100000} runs that many, {@code -Dsim.from=N} begins elsewhere, {@code -Dsim.seed=N} runs one and shows its trace.
 */
@ExtendWith(QuietElections.class)
class SimulationTest {

    private static final int SEEDS = 2_000;

    @Test
    @Timeout(value = 4, unit = TimeUnit.HOURS) // a long run is a choice; the ordinary one takes seconds
    void noPromiseIsBrokenInAnySeed() {
        Long one = Long.getLong("sim.seed");
        long from = one != null ? one : Long.getLong("sim.from", 1);
        long seeds = one != null ? 1 : Long.getLong("sim.seeds", SEEDS);
        AtomicInteger tenures = new AtomicInteger();
        AtomicInteger excused = new AtomicInteger();
        List<Simulation.Result> broken = LongStream.range(from, from + seeds)
                .parallel()
                .mapToObj(seed -> {
                    Simulation.Result result = Simulation.run(seed);
                    tenures.addAndGet(result.tenures());
                    excused.addAndGet(result.excused().size());
                    return result;
                })
                .filter(result -> one != null || !result.violations().isEmpty())
                .limit(20)
                .toList();
        System.out.printf(
                "Simulated %d seeds from %d: %d tenures, %d overlaps excused, %d seeds broke a promise%n",
                seeds,
                from,
                tenures.get(),
                excused.get(),
                broken.stream().filter(result -> !result.violations().isEmpty()).count());
        broken.forEach(result -> System.out.println(result.report()));
        assertThat(broken.stream()
                        .filter(result -> !result.violations().isEmpty())
                        .map(Simulation.Result::seed))
                .as("seeds that broke a promise; each is reported above")
                .isEmpty();
        assertThat(tenures.get()).as("tenures").isGreaterThan((int) Math.min(seeds, 1_000_000));
    }
}
