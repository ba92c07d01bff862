package io.github.camelmasterlite.observe;

import static io.github.camelmasterlite.observe.ObserveFixture.until;
import static io.github.camelmasterlite.observe.ObserveFixture.untilLeading;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.cluster.LockChange;
import io.github.camelmasterlite.cluster.ManualClusterService;
import io.github.camelmasterlite.election.Phase;
import io.github.camelmasterlite.election.Tenure;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlightRecordsTest {

    private static final String PREFIX = "io.github.camelmasterlite.";

    @TempDir
    private Path folder;

    private final ManualClusterService service = new ManualClusterService("member1");

    @AfterEach
    void stop() {
        service.stop();
    }

    private List<RecordedEvent> dumped(Recording recording, String type, String lock) throws Exception {
        Path file = folder.resolve(type + ".jfr");
        recording.dump(file);
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals(PREFIX + type))
                .filter(event -> lock.equals(event.getString("lock")))
                .toList();
    }

    @Test
    void aTenureIsRecordedFromItsBeginningToItsEndWithTheReason() throws Exception {
        try (Recording recording = new Recording()) {
            recording.start();
            service.start();
            service.getView("tenures");
            for (int term = 1; term <= 2; term++) {
                service.gain("tenures");
                untilLeading(service, "tenures");
                service.lose("tenures");
                int ended = term;
                until(() -> service.releases("tenures") == ended);
            }
            recording.stop();

            List<RecordedEvent> tenures = dumped(recording, "Tenure", "tenures");
            assertThat(tenures).hasSize(2);
            for (int i = 0; i < 2; i++) {
                RecordedEvent tenure = tenures.get(i);
                assertThat(tenure.getString("member")).isEqualTo("member1");
                assertThat(tenure.getLong("term")).isEqualTo(i + 1);
                assertThat(tenure.getLong("fencingToken")).isEqualTo(1_001 + i);
                assertThat(tenure.getString("reasonOfBegin")).isEqualTo("gained");
                assertThat(tenure.getString("reasonOfEnd")).isEqualTo("lost");
                assertThat(tenure.getDuration()).isBetween(Duration.ofNanos(1), ObserveFixture.SOON);
                assertThat(tenure.getDuration("held")
                                .minus(tenure.getDuration())
                                .abs())
                        .isLessThan(Duration.ofMillis(500));
                assertThat(Duration.between(tenure.getInstant("since"), tenure.getStartTime())
                                .abs())
                        .isLessThan(Duration.ofMillis(500));
            }
            assertThat(tenures.get(1).getStartTime())
                    .isAfterOrEqualTo(tenures.get(0).getEndTime());
        }
    }

    @Test
    void aTenureThatBeganBeforeTheFirstRecordingTellsHowLongItWasHeld() throws Exception {
        AtomicBoolean inUse = new AtomicBoolean();
        FlightRecords records = new FlightRecords(inUse::get);
        Tenure tenure = new Tenure(7, 4711, Instant.EPOCH);
        try (Recording recording = new Recording()) {
            recording.start();
            records.changed(change("early", 1_000, null, tenure));
            inUse.set(true);
            records.changed(change("early", 61_000, tenure, null));
            recording.stop();

            assertThat(dumped(recording, "LeaderChanged", "early")).hasSize(1);
            List<RecordedEvent> tenures = dumped(recording, "Tenure", "early");
            assertThat(tenures).hasSize(1);
            assertThat(tenures.get(0).getLong("fencingToken")).isEqualTo(4711);
            assertThat(tenures.get(0).getDuration()).isLessThan(Duration.ofSeconds(10));
            assertThat(tenures.get(0).getDuration("held")).isEqualTo(Duration.ofSeconds(60));
            assertThat(tenures.get(0).getInstant("since")).isEqualTo(Instant.ofEpochMilli(1_000));
        }
    }

    private static LockChange change(String lock, long atMillis, @Nullable Tenure before, @Nullable Tenure since) {
        return new LockChange(
                lock,
                "member1",
                Instant.ofEpochMilli(atMillis),
                before == null ? Phase.FOLLOWING : Phase.LEADING,
                since == null ? Phase.STOPPING_WORK : Phase.LEADING,
                before == null ? null : "member1",
                since == null ? null : "member1",
                before,
                since,
                null,
                "test");
    }

    @Test
    void changesOfTheLeaderAreRecordedWithTheReason() throws Exception {
        try (Recording recording = new Recording()) {
            recording.start();
            service.start();
            service.getView("leaders");
            service.gain("leaders");
            untilLeading(service, "leaders");
            service.otherLeader("member2");
            service.lose("leaders");
            until(() -> service.releases("leaders") == 1);
            recording.stop();

            List<RecordedEvent> changes = dumped(recording, "LeaderChanged", "leaders");
            assertThat(changes).hasSize(2);
            RecordedEvent gained = changes.get(0);
            assertThat(gained.getString("leaderBefore")).isNull();
            assertThat(gained.getString("leader")).isEqualTo("member1");
            assertThat(gained.getString("phaseBefore")).isEqualTo("STOPPED");
            assertThat(gained.getString("phase")).isEqualTo("LEADING");
            assertThat(gained.getLong("fencingToken")).isEqualTo(1_001);
            RecordedEvent lost = changes.get(1);
            assertThat(lost.getString("leaderBefore")).isEqualTo("member1");
            assertThat(lost.getString("leader")).isEqualTo("member2");
            assertThat(lost.getString("phase")).isEqualTo("STOPPING_WORK");
            assertThat(lost.getLong("term")).isZero();
            assertThat(lost.getString("reason")).isEqualTo("lost");
        }
    }

    @Test
    void callsOfTheStoreAreRecordedOnlyIfTheRecordingAsksForThem() throws Exception {
        try (ObserveFixture fixture = new ObserveFixture();
                Recording quiet = new Recording();
                Recording recording = new Recording()) {
            var member = fixture.member("one");
            member.start();
            quiet.start();
            member.getView("quiet");
            untilLeading(member, "quiet");
            quiet.stop();
            assertThat(dumped(quiet, "LeaderChanged", "quiet")).isNotEmpty();
            assertThat(dumped(quiet, "StoreCall", "quiet")).isEmpty();

            recording.enable(PREFIX + "StoreCall");
            recording.start();
            member.getView("asked");
            untilLeading(member, "asked");
            recording.stop();
            assertThat(dumped(recording, "StoreCall", "asked")).anySatisfy(call -> {
                assertThat(call.getString("operation")).isEqualTo("acquire");
                assertThat(call.getString("outcome")).isEqualTo("written");
                assertThat(call.getDuration("took")).isBetween(Duration.ofNanos(1), ObserveFixture.SOON);
            });
        }
    }
}
