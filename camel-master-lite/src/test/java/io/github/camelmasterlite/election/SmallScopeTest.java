package io.github.camelmasterlite.election;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.election.SmallScope.Freedom;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Exhaustion: within its scope it finds what there is. {@code -Dscope.states=N} goes deeper. */
@Timeout(value = 1, unit = TimeUnit.HOURS) // a deeper run is a choice
class SmallScopeTest {

    private static final long STATES = Long.getLong("scope.states", 1_000_000);

    @Test
    void noOrderOfEventsBreaksAPromise() {
        explore(EnumSet.allOf(Freedom.class));
    }

    @Test
    void noOrderOfLossAndExpiryBreaksAPromise() {
        explore(EnumSet.noneOf(Freedom.class));
    }

    private static void explore(Set<Freedom> freedoms) {
        SmallScope.Outcome outcome = SmallScope.explore(LeaseElection::new, STATES, freedoms);
        System.out.printf(
                "Small scope %s: %d states, every order to depth %d%n", freedoms, outcome.states(), outcome.depth());
        assertThat(outcome.violation())
                .as("%s", String.join("\n", outcome.steps()))
                .isNull();
        assertThat(outcome.states()).isGreaterThanOrEqualTo(STATES);
    }
}
