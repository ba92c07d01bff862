package io.github.camelmasterlite.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.camelmasterlite.history.History.Event;
import io.github.camelmasterlite.history.History.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

class HistoryTest {

    @Test
    void everyLineIsReadAsItWasWritten() {
        History history = new History();
        history.add(-5, "a \"quoted\" \\ name\n", "orders/eu {1},\"t\":", Kind.STARTED, Long.MAX_VALUE);
        history.add(7, "b", "", Kind.KILLED, 0);
        assertThat(History.fromJsonLines(history.toJsonLines()).events()).isEqualTo(history.events());
        assertThat(history.toJsonLines()).allSatisfy(line -> assertThat(line).doesNotContain("\n"));
    }

    @Test
    void aTornLineIsRefused() {
        String line = new Event(1, "a", "l", Kind.ACT, 3).toJson();
        assertThatThrownBy(() -> Event.fromJson(line.substring(0, line.length() - 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Not a line of a history");
    }

    @Test
    void eventsComeByTimeHoweverTheyWereAdded() {
        History history = new History();
        history.add(3, "a", "l", Kind.STOPPED, 1);
        history.add(1, "a", "l", Kind.STARTED, 1);
        assertThat(history.events()).extracting(Event::nanos).containsExactly(1L, 3L);
    }

    @Test
    void aCopyDoesNotGrowWithWhatItWasMadeFrom() {
        History history = new History();
        history.add(1, "a", "l", Kind.STARTED, 1);
        History copy = history.copy();
        history.add(2, "a", "l", Kind.ACT, 1);
        assertThat(copy.events()).hasSize(1);
    }

    @Test
    void theWorkOfAKilledMemberCertainlyEndsWithItsLastWordAndAtTheLatestWithItsProcess() {
        History history = new History();
        history.add(1, "a", "l", Kind.STARTED, 1);
        history.add(4, "a", "other", Kind.STARTED, 1);
        history.add(9, "a", "", Kind.KILLED, 0);
        assertThat(history.work().get("l")).containsExactly(new Work("l", "a", 1, 1, 4, 9, Work.Ending.KILLED));
    }

    @Test
    void workThatHasNotEndedIsCertainUntilTheLastWordOnly() {
        History history = new History();
        history.add(1, "a", "l", Kind.STARTED, 1);
        history.add(5, "a", "l", Kind.ACT, 1);
        history.add(99, "b", "l", Kind.RELEASED, 0);
        assertThat(history.work().get("l"))
                .containsExactly(new Work("l", "a", 1, 1, 5, Long.MAX_VALUE, Work.Ending.OPEN));
    }

    @Test
    void theTailLeavesOutActsThatSayNothingNew() {
        History history = new History();
        history.add(1, "a", "l", Kind.STARTED, 1);
        for (int i = 2; i < 100; i++) {
            history.add(i, "a", "l", Kind.ACT, 1);
        }
        history.add(100, "a", "l", Kind.STOPPED, 1);
        history.add(101, "a", "m", Kind.STARTED, 1);
        List<String> tail = history.tail("l", 40);
        assertThat(tail).hasSize(4);
        assertThat(Event.fromJson(tail.get(1)).nanos()).isEqualTo(2);
        assertThat(Event.fromJson(tail.get(2)).nanos()).isEqualTo(99);
        assertThat(history.tail("l", 1)).containsExactly(new Event(100, "a", "l", Kind.STOPPED, 1).toJson());
    }
}
