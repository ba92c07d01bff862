package io.github.camelmasterlite.examples.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The judge must see what the demonstration claims not to happen. */
@NullMarked
class PromisesTest {
    private final History history = new History();

    @Test
    void handOversInOrderBreakNothing() {
        at(10, Event.Kind.STARTED, "a", null);
        at(20, Event.Kind.ACT, "a", 7L);
        at(30, Event.Kind.STOPPED, "a", null);
        at(40, Event.Kind.STARTED, "b", null);
        at(50, Event.Kind.ACT, "b", 8L);
        at(60, Event.Kind.SIGKILL, "b", null);
        at(70, Event.Kind.STARTED, "c", null);
        at(80, Event.Kind.ACT, "c", 9L);
        at(90, Event.Kind.STOPPED, "c", null);

        assertThat(broken()).isEmpty();
        assertThat(history.tenures())
                .extracting(Tenure::member, Tenure::startNanos, Tenure::endNanos, Tenure::end)
                .containsExactly(
                        tuple("a", 10L, 30L, Tenure.End.STOPPED),
                        tuple("b", 40L, 60L, Tenure.End.KILLED),
                        tuple("c", 70L, 90L, Tenure.End.STOPPED));
    }

    @Test
    void aStartBeforeTheOldStopIsAnOverlap() {
        at(10, Event.Kind.STARTED, "a", null);
        at(20, Event.Kind.STARTED, "b", null);
        at(30, Event.Kind.STOPPED, "a", null);
        at(40, Event.Kind.STOPPED, "b", null);

        assertThat(broken()).singleElement().asString().contains("b started").contains("before a had ended");
    }

    @Test
    void aTickAfterTheStopProlongsTheTenure() {
        at(10, Event.Kind.STARTED, "a", null);
        at(20, Event.Kind.STOPPED, "a", null);
        at(30, Event.Kind.STARTED, "b", null);
        at(40, Event.Kind.ACT, "a", 1L);
        at(50, Event.Kind.STOPPED, "b", null);

        assertThat(broken()).singleElement().asString().contains("b started").contains("before a had ended");
    }

    @Test
    void aTickOfAKilledMemberProlongsTheTenure() {
        at(10, Event.Kind.STARTED, "a", null);
        at(20, Event.Kind.SIGKILL, "a", null);
        at(30, Event.Kind.STARTED, "b", null);
        at(40, Event.Kind.ACT, "a", 1L);
        at(50, Event.Kind.STOPPED, "b", null);

        assertThat(broken()).singleElement().asString().contains("b started").contains("before a had ended");
    }

    @Test
    void aSecondConsumerOfTheSameMemberIsAnOverlap() {
        at(10, Event.Kind.STARTED, "a", null);
        at(20, Event.Kind.ACT, "a", 1L);
        at(30, Event.Kind.STARTED, "a", null);
        at(40, Event.Kind.STOPPED, "a", null);

        assertThat(broken()).isNotEmpty();
    }

    @Test
    void aTokenThatDoesNotIncreaseIsSeen() {
        at(10, Event.Kind.STARTED, "a", null);
        at(20, Event.Kind.ACT, "a", 7L);
        at(30, Event.Kind.STOPPED, "a", null);
        at(40, Event.Kind.STARTED, "b", null);
        at(50, Event.Kind.ACT, "b", 7L);
        at(60, Event.Kind.STOPPED, "b", null);

        assertThat(broken()).singleElement().asString().contains("b worked with token 7 after a had worked with 7");
    }

    @Test
    void aTokenThatChangesWithinATenureOrIsMissingIsSeen() {
        at(10, Event.Kind.STARTED, "a", null);
        at(20, Event.Kind.ACT, "a", 7L);
        at(30, Event.Kind.ACT, "a", 8L);
        at(40, Event.Kind.ACT, "a", null);
        at(50, Event.Kind.STOPPED, "a", null);

        assertThat(broken()).hasSize(2);
    }

    @Test
    void aHandOverIsMeasuredFromTheEndOfTheOldWork() {
        at(10, Event.Kind.STARTED, "a", null);
        at(20, Event.Kind.ACT, "a", 1L);
        at(25, Event.Kind.SIGTERM, "a", null);
        at(30, Event.Kind.STOPPED, "a", null);
        at(35, Event.Kind.STARTED, "b", null);
        at(60, Event.Kind.ACT, "b", 2L);
        at(70, Event.Kind.STOPPED, "b", null);

        Event signal = history.events().get(2);
        HandOver handOver = HandOver.causedBy(signal, history.tenures()).get(0);

        assertThat(handOver.startedAfterNanos()).isEqualTo(5);
        assertThat(handOver.tickedAfterNanos()).isEqualTo(30);
        assertThat(handOver.ticksLost(10)).isEqualTo(3);
    }

    private List<String> broken() {
        return Promises.brokenBy(history.tenures());
    }

    private void at(long nanos, Event.Kind kind, String member, @Nullable Long token) {
        boolean wholeMember = kind == Event.Kind.SIGTERM || kind == Event.Kind.SIGKILL;
        history.add(new Event(kind, member, wholeMember ? null : "lock-1", token, 0, nanos));
    }
}
