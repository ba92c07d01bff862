package io.github.camelmasterlite.election;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.election.SmallScope.Freedom;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Exhaustion: within its scope it finds what there is. {@code -Dscope.states=N} goes deeper. */
@Timeout(value = 1, unit = TimeUnit.HOURS) // a deeper run is a choice
class SmallScopeTest {

    private static final long STATES = Long.getLong("scope.states", 1_000_000);

    /** Everything at any time: broad, and therefore shallow. */
    private static final Set<Freedom> EVERYTHING = EnumSet.complementOf(EnumSet.of(Freedom.CUTS));

    /** A prompt network that is cut at any moment: narrow, and deep enough for leases to run out several times. */
    private static final Set<Freedom> EXPIRY = EnumSet.of(Freedom.CUTS, Freedom.WATCHES);

    private static final Set<Freedom> SLOW_EXPIRY = EnumSet.of(Freedom.DELAYS, Freedom.CUTS, Freedom.WATCHES);

    /** In which scope rules that are broken on purpose are shown. The others need a third member, other clocks, other times, or other people's edits. */
    private static final Map<Mutant, Set<Freedom>> SHOWN = new EnumMap<>(Map.of(
            Mutant.RELEASE_BEFORE_WORK_HAS_STOPPED, EVERYTHING,
            Mutant.WRITE_WITHOUT_VERSION, EVERYTHING,
            Mutant.RELEASE_CLEARS_ANOTHER_HOLDER, EVERYTHING,
            Mutant.TOKEN_STAYS_WHEN_ACQUIRED_AGAIN, EVERYTHING,
            Mutant.ABSENCE_IS_TAKEN_AS_FREE, EVERYTHING,
            Mutant.NEW_TENURE_BEFORE_OLD_WORK_HAS_ENDED, SLOW_EXPIRY,
            Mutant.NO_DEADLINE_OF_ITS_OWN, EXPIRY,
            Mutant.WALL_TIME_OF_THE_RECORD_DECIDES, EXPIRY,
            Mutant.A_RENEWAL_CHANGES_NOTHING, EXPIRY));

    @Test
    void noOrderOfEventsBreaksAPromise() {
        explore(EVERYTHING, STATES);
    }

    @Test
    void noOrderOfExpiryBreaksAPromise() {
        explore(EXPIRY, STATES / 3);
        explore(SLOW_EXPIRY, STATES / 3);
    }

    private static void explore(Set<Freedom> freedoms, long states) {
        SmallScope.Outcome outcome = SmallScope.explore(LeaseElection::new, states, freedoms);
        System.out.printf(
                "Small scope %s: %d states, every order to depth %d%n", freedoms, outcome.states(), outcome.depth());
        assertThat(outcome.violation())
                .as("%s", String.join("\n", outcome.steps()))
                .isNull();
        assertThat(outcome.states()).isGreaterThanOrEqualTo(states);
    }

    static Set<Mutant> shown() {
        return SHOWN.keySet();
    }

    @ParameterizedTest
    @MethodSource("shown")
    void rulesThatAreBrokenOnPurposeAreShown(Mutant mutant) {
        Set<Freedom> freedoms = SHOWN.getOrDefault(mutant, EVERYTHING);
        SmallScope.Outcome outcome = SmallScope.explore(mutant::of, STATES, freedoms);
        System.out.printf(
                "%s: %s, after %d states and %d steps%n",
                mutant, outcome.violation(), outcome.states(), outcome.steps().size());
        assertThat(outcome.violation()).isNotNull();
    }
}
