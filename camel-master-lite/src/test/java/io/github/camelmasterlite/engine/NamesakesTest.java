package io.github.camelmasterlite.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseRecord.Signature;
import io.github.camelmasterlite.election.StoredRecord;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class NamesakesTest {

    private final Namesakes namesakes = new Namesakes("orders-1");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(Namesakes.class);

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(log);
    }

    private static StoredRecord heldBy(String member, String incarnation, long renewed) {
        LeaseRecord record = new LeaseRecord(
                member, new Signature(incarnation, 1, renewed, false), Duration.ofSeconds(15), 1, renewed, 1);
        return StoredRecord.of(record, renewed, null);
    }

    private void renewals(String member, String incarnation, int count) {
        for (int renewed = 1; renewed <= count; renewed++) {
            namesakes.seen("lock1", heldBy(member, incarnation, renewed));
        }
    }

    @Test
    void anotherProcessOfTheSameIdThatRenewsIsToldOnce() {
        renewals("orders-1", "theirs", 40);
        assertThat(log.list)
                .singleElement()
                .satisfies(line -> assertThat(line.getFormattedMessage())
                        .contains("lock1", "'orders-1'", "give each member an id of its own"));
    }

    @Test
    void whatAProcessThatHasEndedLeftBehindIsNot() {
        for (int i = 0; i < 40; i++) {
            namesakes.seen("lock1", heldBy("orders-1", "theirs", 7));
        }
        assertThat(log.list).isEmpty();
    }

    @Test
    void anEarlierStartInThisProcessIsNot() {
        Namesakes.begins("an earlier start");
        renewals("orders-1", "an earlier start", 40);
        Namesakes.ends("an earlier start");
        assertThat(log.list).isEmpty();
    }

    @Test
    void membersOfOtherNamesAndRecordsThatNobodySignedAreNot() {
        renewals("orders-2", "theirs", 40);
        for (int renewed = 1; renewed < 40; renewed++) {
            namesakes.seen(
                    "lock1",
                    StoredRecord.of(
                            new LeaseRecord("orders-1", null, Duration.ofSeconds(15), 1, renewed, 1), renewed, null));
            namesakes.seen("lock1", StoredRecord.absent(renewed));
        }
        assertThat(log.list).isEmpty();
    }

    @Test
    void twoReadersThatSeeTheSameRenewalsCountThemOnce() {
        for (int renewed = 1; renewed <= 2; renewed++) {
            for (int i = 0; i < 10; i++) {
                namesakes.seen("lock1", heldBy("orders-1", "theirs", renewed));
            }
        }
        assertThat(log.list).isEmpty();
    }
}
