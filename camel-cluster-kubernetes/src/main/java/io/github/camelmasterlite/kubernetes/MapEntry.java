package io.github.camelmasterlite.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseRecord.Signature;
import io.github.camelmasterlite.election.StoredRecord;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a ConfigMap holds for one lock, in three of its keys: holder and time as camel-kubernetes writes and reads them ({@code leader.pod.<lock>}, {@code
 * leader.local.timestamp.<lock>}), and the whole record as JSON ({@code leader.lease.<lock>}). The last counts only if the others say the same: camel-kubernetes changes those alone.
 *
 * @param uid   the identity of the ConfigMap
 * @param pod   the holder; null if nobody is
 * @param time  when it acquired the lock
 * @param lease the whole record
 */
record MapEntry(
        String uid,
        @Nullable String pod,
        @Nullable String time,
        @Nullable String lease) {

    static final String POD = "leader.pod.";
    static final String TIME = "leader.local.timestamp.";
    static final String LEASE = "leader.lease.";

    private static final String REVISION = "revision";

    /** The entry of a lock in a map; {@code key} is what its keys end with. */
    static MapEntry of(ObjectNode map, String key) {
        JsonNode data = map.path("data");
        return new MapEntry(
                map.path("metadata").path("uid").asText(),
                text(data, POD + key),
                text(data, TIME + key),
                text(data, LEASE + key));
    }

    private static @Nullable String text(JsonNode data, String key) {
        JsonNode value = data.path(key);
        return value.isTextual() ? value.asText() : null;
    }

    boolean isEmpty() {
        return pod == null && time == null && lease == null;
    }

    /**
     * What it says.
     *
     * @param version a version of the map with this entry, the revision if the entry has none of its own
     */
    StoredRecord read(long version) {
        if (isEmpty()) {
            return StoredRecord.absent(version);
        }
        if (lease == null) {
            return foreign(0, version);
        }
        ObjectNode json = KubeApi.parse(lease);
        LeaseRecord record = json == null ? null : record(json);
        if (json == null || record == null) {
            return StoredRecord.garbage(version, this);
        }
        boolean isOurs = Objects.equals(pod, record.isHeld() ? record.holder() : null)
                && Objects.equals(time, record.isHeld() ? seconds(record.acquiredAtMicros()) : null);
        return isOurs
                ? StoredRecord.of(record, json.path(REVISION).asLong(version), this)
                : foreign(record.term(), version);
    }

    /** As camel-kubernetes leaves it; it has neither a duration nor renewals. */
    private StoredRecord foreign(long term, long version) {
        Long acquired = time == null ? Long.valueOf(0) : MicroTime.parse(TextNode.valueOf(time));
        return StoredRecord.of(
                new LeaseRecord(
                        pod == null ? "" : pod,
                        null,
                        null,
                        acquired == null ? 0 : acquired,
                        acquired == null ? 0 : acquired,
                        term),
                version,
                this);
    }

    private static @Nullable LeaseRecord record(ObjectNode json) {
        Long acquired = MicroTime.parse(json.path("acquireTime"));
        Long renewed = MicroTime.parse(json.path("renewTime"));
        if (acquired == null
                || renewed == null
                || !json.path("holder").isTextual()
                || !json.path("leaseTransitions").isIntegralNumber()
                || !json.path(REVISION).isIntegralNumber()) {
            return null;
        }
        JsonNode seconds = json.path("leaseDurationSeconds");
        return new LeaseRecord(
                json.path("holder").asText(),
                Signature.fromText(json.path("signature").asText("")),
                seconds.asLong() <= 0 ? null : Duration.ofSeconds(seconds.asLong()),
                acquired,
                renewed,
                json.path("leaseTransitions").asLong());
    }

    /** Puts a record into a map. */
    static void write(ObjectNode map, String key, String lock, LeaseRecord record, long revision) {
        ObjectNode data = map.get("data") instanceof ObjectNode there ? there : map.putObject("data");
        if (record.isHeld()) {
            data.put(POD + key, record.holder());
            data.put(TIME + key, seconds(record.acquiredAtMicros()));
        } else {
            data.remove(POD + key);
            data.remove(TIME + key);
        }
        ObjectNode json = KubeApi.newObject();
        json.put("lock", lock).put("holder", record.holder());
        Duration duration = record.duration();
        if (duration != null) {
            json.put(
                    "leaseDurationSeconds",
                    duration.plusSeconds(1).minusNanos(1).toSeconds());
        }
        MicroTime.write(json, "acquireTime", record.acquiredAtMicros());
        MicroTime.write(json, "renewTime", record.renewedAtMicros());
        json.put("leaseTransitions", record.term());
        Signature signature = record.signature();
        if (signature != null) {
            json.put("signature", signature.toText());
        }
        json.put(REVISION, revision);
        data.put(LEASE + key, json.toString());
    }

    private static String seconds(long micros) {
        return MicroTime.format(micros).substring(0, 19) + "Z";
    }
}
