package io.github.camelmasterlite.examples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullMarked
class PeerResultsTest {
    private static final String OURS = PeerSide.OURS.label();
    private static final String CAMEL = PeerSide.CAMEL.label();
    private static final long MILLI = 1_000_000;

    private final PeerResults results = new PeerResults();

    @Test
    void whatNeverEndedIsInThePercentilesAndSaysSo() {
        results.add("a", CAMEL, 1, 1, "lock-1", 200 * MILLI);
        results.addUnfinished("a", CAMEL, 1, 2, "lock-1", Duration.ofSeconds(60));
        results.addUnfinished("a", CAMEL, 1, 3, "lock-1", Duration.ofSeconds(60));
        assertThat(results.table(List.of("a"), 1))
                .contains("| a | 1 | Apache Camel | 3 | > 60,000.0 | > 60,000.0 | > 60,000.0 |  |  |");
    }

    @Test
    void whatNeverEndedComesAfterWhatEndedLate() {
        results.addUnfinished("a", CAMEL, 1, 1, "lock-1", Duration.ofSeconds(1));
        results.add("a", CAMEL, 1, 2, "lock-1", 1_100 * MILLI);
        assertThat(results.select("a", CAMEL, 1))
                .extracting(PeerResults.Sample::isEnded)
                .containsExactly(true, false);
    }

    @Test
    void aRowHasItsRatiosToTheFloorAndToThisProject() throws BenchmarkException {
        Results floors = new Results();
        floors.add("ground", 0, 1, "-", 5 * MILLI);
        results.floor("a", "ground");
        results.addFloors(floors);
        results.add("a", OURS, 1, 1, "lock-1", 20 * MILLI);
        results.add("a", CAMEL, 1, 1, "lock-1", 4_000 * MILLI);
        assertThat(results.table(List.of("a"), 1))
                .contains(
                        "| a | 1 | this project | 1 | 20.0 | 20.0 | 20.0 | 4.0 | 1.0 |",
                        "| a | 1 | Apache Camel | 1 | 4,000.0 | 4,000.0 | 4,000.0 | 800 | 200 |",
                        "| ground |  |  | 1 | 5.00 | 5.00 | 5.00 |  |  |");
    }

    @Test
    void nothingIsDividedByWhatThisProjectNeverEnded() {
        results.addUnfinished("a", OURS, 1, 1, "lock-1", Duration.ofSeconds(60));
        results.add("a", CAMEL, 1, 1, "lock-1", 4_000 * MILLI);
        assertThat(results.table(List.of("a"), 1))
                .contains("| a | 1 | Apache Camel | 1 | 4,000.0 | 4,000.0 | 4,000.0 |  | - |");
    }

    @Test
    void aSecondConsumerBeforeTheFirstHasStoppedIsTold() {
        results.add("a", CAMEL, 1, 7, "lock-1", -MILLI);
        assertThat(results.notes())
                .singleElement()
                .asString()
                .contains("round 7")
                .contains("-1.000 ms");
    }

    @Test
    void bothFloorsStandBesideAMeasureAndTheLowerIsWhatRatiosAreTo() throws BenchmarkException {
        Results floors = new Results();
        floors.add("warm", 0, 1, "-", 5 * MILLI);
        floors.add("cold", 0, 1, "-", 40 * MILLI);
        results.floor("a", "warm", "cold");
        results.addFloors(floors);
        results.add("a", OURS, 1, 1, "lock-1", 20 * MILLI);
        assertThat(results.table(List.of("a"), 1))
                .contains(
                        "| a | 1 | this project | 1 | 20.0 | 20.0 | 20.0 | 4.0 | 1.0 |",
                        "| warm |  |  | 1 | 5.00 | 5.00 | 5.00 |  |  |",
                        "| cold |  |  | 1 | 40.0 | 40.0 | 40.0 |  |  |");
    }

    @Test
    void aPeerThatIsFarAheadIsNotRoundedToNothing() {
        results.add("a", OURS, 1, 1, "lock-1", 500 * MILLI);
        results.add("a", CAMEL, 1, 1, "lock-1", 10 * MILLI);
        assertThat(results.table(List.of("a"), 1))
                .contains("| a | 1 | Apache Camel | 1 | 10.0 | 10.0 | 10.0 |  | 0.020 |");
    }

    @Test
    void aMedianThatIsLongerThanThatOfAnotherIsNamed() {
        results.add("a", OURS, 1, 1, "lock-1", 500 * MILLI);
        results.add("a", CAMEL, 1, 1, "lock-1", 10 * MILLI);
        results.add("b", OURS, 1, 1, "lock-1", 10 * MILLI);
        results.addUnfinished("b", CAMEL, 1, 1, "lock-1", Duration.ofSeconds(1));
        results.addUnfinished("c", OURS, 1, 1, "lock-1", Duration.ofSeconds(1));
        results.add("c", CAMEL, 1, 1, "lock-1", 10 * MILLI);
        results.addUnfinished("d", OURS, 1, 1, "lock-1", Duration.ofSeconds(1));
        results.addUnfinished("d", CAMEL, 1, 1, "lock-1", Duration.ofSeconds(1));
        results.add("e", OURS, 1, 1, "lock-1", MILLI);
        List<String> measures = List.of("a", "b", "c", "d", "e");
        assertThat(results.behind(measures, 1, PeerSide.CAMEL)).containsExactly("a, 1 lock", "c, 1 lock");
        assertThat(results.compared(measures, 1, PeerSide.CAMEL)).isEqualTo(4);
    }

    @Test
    void everySampleIsWritten(@TempDir Path directory) throws Exception {
        results.add("a, b", OURS, 1, 1, "lock-1", MILLI / 2);
        results.addUnfinished("c", CAMEL, 20, 2, "all", Duration.ofSeconds(2));
        Path file = directory.resolve("samples.csv");
        results.write(file);
        assertThat(Files.readAllLines(file))
                .containsExactly(
                        "measure,who,locks,round,subject,ms,ended",
                        "\"a, b\",this project,1,1,lock-1,0.500,true",
                        "\"c\",Apache Camel,20,2,all,2000.000,false");
    }
}
