package io.github.camelmasterlite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseRecord.Signature;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.election.StoredRecord.Kind;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeaseObjectTest {

    private static final LeaseRecord HELD = new LeaseRecord(
            "pod-1",
            new Signature("incarnation-1", 3, 1_795_250_033_071_234L, false),
            Duration.ofSeconds(15),
            1_795_250_033_000_000L,
            1_795_250_033_071_234L,
            3);

    private static ObjectNode json(String text) {
        return Objects.requireNonNull(KubeApi.parse(text.replace('\'', '"')));
    }

    private static ObjectNode stored(ObjectNode object) {
        object.withObject("/metadata").put("uid", "uid-1").put("resourceVersion", "77");
        return object;
    }

    @Test
    void whatEverybodyReadsIsInTheSpecWithExactlySixDigitsAfterTheSecond() {
        ObjectNode object = LeaseObject.create("leaders-lock1", "lock1", Map.of("app", "demo"), HELD);
        JsonNode spec = object.path("spec");
        assertThat(spec.path("holderIdentity").asText()).isEqualTo("pod-1");
        assertThat(spec.path("leaseDurationSeconds").asInt()).isEqualTo(15);
        assertThat(spec.path("acquireTime").asText()).isEqualTo("2026-11-21T08:33:53.000000Z");
        assertThat(spec.path("renewTime").asText()).isEqualTo("2026-11-21T08:33:53.071234Z");
        assertThat(spec.path("leaseTransitions").asInt()).isEqualTo(3);
        assertThat(object.path("metadata").path("labels").path("app").asText()).isEqualTo("demo");
        assertThat(LeaseObject.read(stored(object)).record()).isEqualTo(HELD);
    }

    @Test
    void whatSomebodyElsePutIntoTheObjectSurvivesAWrite() {
        ObjectNode found = json(
                "{'apiVersion':'coordination.k8s.io/v1','kind':'Lease','metadata':{'name':'leaders-lock1','namespace':'n','uid':'uid-1',"
                        + "'resourceVersion':'77','labels':{'team':'a'},'annotations':{'note':'b'},'finalizers':['c/d'],"
                        + "'ownerReferences':[{'uid':'e'}],'managedFields':[{'manager':'f'}]},'spec':{'holderIdentity':'x','strategy':'g','h':[1]}}");
        ObjectNode written = LeaseObject.replace(LeaseObject.read(found), "lock1", Map.of("app", "demo"), HELD);
        JsonNode metadata = written.path("metadata");
        assertThat(metadata.path("labels").path("team").asText()).isEqualTo("a");
        assertThat(metadata.path("labels").path("app").asText()).isEqualTo("demo");
        assertThat(metadata.path("annotations").path("note").asText()).isEqualTo("b");
        assertThat(metadata.path("finalizers").path(0).asText()).isEqualTo("c/d");
        assertThat(metadata.path("ownerReferences").path(0).path("uid").asText())
                .isEqualTo("e");
        assertThat(metadata.path("resourceVersion").asText()).isEqualTo("77");
        assertThat(metadata.path("uid").asText()).isEqualTo("uid-1");
        assertThat(metadata.path("managedFields").isMissingNode())
                .as("the server keeps what is not mentioned")
                .isTrue();
        assertThat(written.path("spec").path("strategy").asText()).isEqualTo("g");
        assertThat(written.path("spec").path("h").path(0).asInt()).isEqualTo(1);
    }

    @Test
    void aReleasedLeaseHasNoHolderAtAll() {
        LeaseRecord released =
                new LeaseRecord("", new Signature("incarnation-1", 3, 5, true), Duration.ofSeconds(15), 5, 5, 3);
        ObjectNode written = LeaseObject.replace(
                LeaseObject.read(stored(LeaseObject.create("l", "l", Map.of(), HELD))), "l", Map.of(), released);
        assertThat(written.path("spec").has("holderIdentity")).isFalse();
        StoredRecord read = LeaseObject.read(stored(written));
        assertThat(read.isHeld()).isFalse();
        assertThat(Objects.requireNonNull(read.record()).isSigned()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'metadata':{'name':'l'}}",
                "{'metadata':{'name':'l'},'spec':null}",
                "{'metadata':{'name':'l'},'spec':{}}",
                "{'metadata':{'name':'l'},'spec':{'holderIdentity':null,'leaseDurationSeconds':null,'renewTime':null}}",
                "{'metadata':{'name':'l'},'spec':{'holderIdentity':'','leaseDurationSeconds':0}}"
            })
    void aLeaseThatSaysNothingIsARecordWithoutHolderAndWithoutSignature(String text) {
        StoredRecord read = LeaseObject.read(stored(json(text)));
        assertThat(read.kind()).isEqualTo(Kind.RECORD);
        assertThat(read.isHeld()).isFalse();
        LeaseRecord record = Objects.requireNonNull(read.record());
        assertThat(record.signature()).isNull();
        assertThat(record.duration()).isNull();
        assertThat(record.renewedAtMicros()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'metadata':{'name':'l'},'spec':{'holderIdentity':7}}",
                "{'metadata':{'name':'l'},'spec':{'renewTime':'yesterday'}}",
                "{'metadata':{'name':'l'},'spec':{'acquireTime':12}}",
                "{'metadata':{'name':'l'},'spec':{'leaseDurationSeconds':'long'}}",
                "{'metadata':{'name':'l'},'spec':{'leaseTransitions':'many'}}"
            })
    void whatNoLeaseMayContainIsGarbageAndCanBeReplaced(String text) {
        StoredRecord read = LeaseObject.read(stored(json(text)));
        assertThat(read.kind()).isEqualTo(Kind.GARBAGE);
        assertThat(read.revision()).isEqualTo(77);
        ObjectNode mended = LeaseObject.replace(read, "l", Map.of(), HELD);
        assertThat(LeaseObject.read(mended).record()).isEqualTo(HELD);
    }

    @Test
    void aSpecThatIsNoObjectCanBeReplaced() {
        StoredRecord read = LeaseObject.read(stored(json("{'metadata':{'name':'l'},'spec':'text'}")));
        assertThat(LeaseObject.read(LeaseObject.replace(read, "l", Map.of(), HELD))
                        .record())
                .isEqualTo(HELD);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2026-11-21T08:33:53Z", "2026-11-21T09:33:53.0+01:00", "2026-11-21T08:33:53.000000000Z"})
    void timesOfOtherPrecisionAndZoneAreUnderstood(String time) {
        StoredRecord read =
                LeaseObject.read(stored(json("{'metadata':{'name':'l'},'spec':{'renewTime':'" + time + "'}}")));
        assertThat(Objects.requireNonNull(read.record()).renewedAtMicros()).isEqualTo(1_795_250_033_000_000L);
    }

    @Test
    void twoVersionsOfOneObjectHaveTheSameIdentityAndTwoObjectsDoNot() {
        ObjectNode one = stored(LeaseObject.create("l", "l", Map.of(), HELD));
        ObjectNode later = one.deepCopy();
        later.withObject("/metadata").put("resourceVersion", "78");
        ObjectNode other = one.deepCopy();
        other.withObject("/metadata").put("uid", "uid-2");
        assertThat(LeaseObject.read(later).identity())
                .isEqualTo(LeaseObject.read(one).identity());
        assertThat(LeaseObject.read(other).identity())
                .isNotEqualTo(LeaseObject.read(one).identity());
    }

    @Test
    void aRecordThatWasNotReadFromHereCannotBeReplaced() {
        assertThatThrownBy(() -> LeaseObject.replace(StoredRecord.of(HELD, 1, "else"), "l", Map.of(), HELD))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("was not read from here");
    }
}
