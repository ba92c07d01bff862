package io.github.camelmasterlite.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.election.LeaseElection;
import io.github.camelmasterlite.election.Mutant;
import io.github.camelmasterlite.simulation.Faults.Kind;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The checkers are alive: every law has rules that break it, each is found, and with the checker of the promise that it breaks switched off, the same simulation goes unnoticed.
 */
@ExtendWith(QuietElections.class)
class MutantsTest {

    private static final int SEEDS = 2_000;

    /** What these break is seen by two checkers, whatever happens: both have to be off. */
    private static final Map<Mutant, String> SEEN_BY_ANOTHER_TOO = Map.of(
            Mutant.ANOTHER_HOLDER_IS_TRIED_AGAIN, "ConvergesWithin",
            Mutant.A_RENEWAL_CHANGES_NOTHING, "ConvergesWithin",
            Mutant.NEW_TENURE_BEFORE_OLD_WORK_HAS_ENDED, "ConvergesWithin",
            Mutant.TOKEN_STAYS_WHEN_ACQUIRED_AGAIN, "ReleaseAfterStop");

    @ParameterizedTest
    @EnumSource
    void isFoundByTheCheckerOfItsPromiseAndByNothingElse(Mutant mutant) {
        String other = SEEN_BY_ANOTHER_TOO.getOrDefault(mutant, "");
        Optional<Simulation.Result> found = LongStream.rangeClosed(1, SEEDS)
                .parallel()
                .mapToObj(seed -> run(mutant, seed, checker -> true))
                .filter(result -> isBroken(result, mutant.promise()))
                .filter(result -> result.violations().stream()
                        .allMatch(line -> isAbout(line, mutant.promise()) || isAbout(line, other)))
                .findFirst();
        assertThat(found).as("a seed that shows %s", mutant).isPresent();
        long seed = found.get().seed();
        System.out.printf(
                "%s (law %d): seed %d: %s%n",
                mutant, mutant.law(), seed, found.get().violations().get(0));
        Simulation.Result without =
                run(mutant, seed, checker -> !checker.equals(mutant.promise()) && !checker.equals(other));
        assertThat(without.violations())
                .as("with %s switched off", mutant.promise())
                .isEmpty();
        assertThat(without.tenures()).isEqualTo(found.get().tenures());
        Simulation.Result sound = Simulation.run(seed, kindsFor(mutant), LeaseElection::new, checker -> true);
        assertThat(sound.violations()).as("with the rules as they are").isEmpty();
    }

    private static Simulation.Result run(Mutant mutant, long seed, Predicate<String> applies) {
        return Simulation.run(seed, kindsFor(mutant), mutant::rules, applies);
    }

    private static boolean isBroken(Simulation.Result result, String promise) {
        return result.violations().stream().anyMatch(line -> isAbout(line, promise));
    }

    private static boolean isAbout(String line, String promise) {
        return !promise.isEmpty() && line.startsWith(promise + ":");
    }

    private static Set<Kind> kindsFor(Mutant mutant) {
        return mutant.faults().stream()
                .map(Kind::valueOf)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Kind.class)));
    }
}
