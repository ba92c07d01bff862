package io.github.camelmasterlite.master;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.LongStream;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Ten thousand events for each seed against {@link LifecycleModel}. {@code -Dlifecycle.seed=N} runs one seed, {@code -Dlifecycle.seeds=N} runs
 * that many; what fails is reported with its seed and its last events.
 */
@ExtendWith(QuietRoutes.class)
class LifecycleDisorderTest {

    private static final int EVENTS = 10_000;
    private static final int SEEDS = 100;

    /** As many seeds are tried to find what a mutant breaks. */
    private static final int SEEDS_FOR_MUTANTS = 20;

    private static final List<String> KINDS = List.of(
            "gained",
            "gained in haste",
            "lost",
            "resigned",
            "suspended",
            "resumed",
            "stopped",
            "stopped while suspended",
            "stopped by force",
            "stop aborted",
            "started",
            "started again",
            "context started late",
            "start succeeded",
            "start failed",
            "make failed",
            "stop failed",
            "suspend failed",
            "resume failed",
            "retry due",
            "given up",
            "exchange admitted",
            "exchange refused",
            "rest");

    private final DefaultCamelContext context = new DefaultCamelContext();

    @AfterEach
    void stop() {
        context.stop();
    }

    @Test
    void noPromiseIsBrokenByTenThousandEvents() {
        Map<String, Integer> counts = countsOfSeeds(SEEDS, attempts -> new DelegateLifecycle("simulated", attempts));
        assertThat(counts.keySet()).as("everything has happened").containsAll(KINDS);
    }

    @Test
    void norWhereAStandbyIsKept() {
        Map<String, Integer> counts =
                countsOfSeeds(SEEDS / 2, attempts -> new DelegateLifecycle("simulated", attempts, true));
        assertThat(counts.keySet())
                .as("everything has happened")
                .containsAll(KINDS)
                .contains("standby", "standby started");
    }

    private Map<String, Integer> countsOfSeeds(long number, IntFunction<DelegateLifecycle> rules) {
        Long one = Long.getLong("lifecycle.seed");
        long seeds = one != null ? 1 : Long.getLong("lifecycle.seeds", number);
        long from = one != null ? one : 1;
        Map<String, Integer> counts = new TreeMap<>();
        int longestStop = 0;
        for (long seed = from; seed < from + seeds; seed++) {
            LifecycleDisorder disorder = disorder(seed, rules);
            try {
                disorder.run(EVENTS);
            } catch (LifecycleModel.Violation violation) {
                fail("seed " + seed + " of -Dlifecycle.seed: " + violation.getMessage() + "; the last events:\n"
                        + disorder.model().report());
            }
            disorder.model().counts().forEach((kind, count) -> counts.merge(kind, count, Integer::sum));
            longestStop = Math.max(longestStop, disorder.model().longestStop());
        }
        System.out.printf(
                "%d seeds of %d events; a delegate outlived its tenure by at most %d steps; %s%n",
                seeds, EVENTS, longestStop, counts);
        return counts;
    }

    @ParameterizedTest
    @EnumSource
    void everyBrokenRuleIsNoticed(LifecycleMutant mutant) {
        String found = LongStream.rangeClosed(1, SEEDS_FOR_MUTANTS)
                .mapToObj(seed -> violation(seed, mutant))
                .filter(message -> !message.isEmpty())
                .findFirst()
                .orElse("");
        System.out.printf("%s: %s%n", mutant, found);
        assertThat(found).as("what %s breaks", mutant).contains(mutant.breaks());
    }

    private String violation(long seed, LifecycleMutant mutant) {
        try {
            disorder(seed, mutant::rules).run(EVENTS);
            return "";
        } catch (LifecycleModel.Violation violation) {
            return "seed " + seed + ": " + violation.getMessage();
        }
    }

    private LifecycleDisorder disorder(long seed, IntFunction<DelegateLifecycle> rules) {
        return new LifecycleDisorder(seed, rules, context);
    }
}
