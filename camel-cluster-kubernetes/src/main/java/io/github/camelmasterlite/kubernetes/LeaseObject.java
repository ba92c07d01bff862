package io.github.camelmasterlite.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseRecord.Signature;
import io.github.camelmasterlite.election.StoredRecord;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lease objects and lease records. What everybody reads is in the {@code spec}, as Kubernetes defines it (<a href="https://kubernetes.io/docs/concepts/architecture/leases/">Leases</a>): holder,
 * duration in whole seconds, times with six digits after the second, and the number of tenures as {@code leaseTransitions}. The signature is an annotation, which others keep
 * without knowing it. Whatever else an object has survives a write.
 */
final class LeaseObject {

    /** Holds the signature of the record. */
    static final String SIGNATURE = "camel-master-lite.github.io/signature";

    /** Holds the name of the lock. */
    static final String LOCK = "camel-master-lite.github.io/lock";

    /** Labels all leases of one kubernetesResourceName, so that one watch selects them. */
    static final String LABEL = "camel-master-lite.github.io/leaders";

    /** An object as it was read, so that a write can leave alone what it does not know; equal to another if it is of the same object, whatever its version. */
    private static final class Origin {
        private final String uid;
        private final ObjectNode object;

        Origin(String uid, ObjectNode object) {
            this.uid = uid;
            this.object = object;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Origin origin && origin.uid.equals(uid);
        }

        @Override
        public int hashCode() {
            return uid.hashCode();
        }

        @Override
        public String toString() {
            return uid;
        }
    }

    private LeaseObject() {}

    /** The name of the lock whose lease it is, if the object says. */
    static @Nullable String lockOf(ObjectNode object) {
        JsonNode lock = object.path("metadata").path("annotations").path(LOCK);
        return lock.isTextual() ? lock.asText() : null;
    }

    static String nameOf(ObjectNode object) {
        return object.path("metadata").path("name").asText();
    }

    static long versionOf(ObjectNode object) {
        return ObjectVersion.parse(
                object.path("metadata").path("resourceVersion").asText());
    }

    /** What the object holds; garbage if that is not what Kubernetes says a Lease is. */
    static StoredRecord read(ObjectNode object) {
        JsonNode metadata = object.path("metadata");
        Origin origin = new Origin(metadata.path("uid").asText(), withoutFieldManagers(object));
        long revision = versionOf(object);
        LeaseRecord record = record(object.path("spec"), metadata.path("annotations"));
        return record == null ? StoredRecord.garbage(revision, origin) : StoredRecord.of(record, revision, origin);
    }

    private static @Nullable LeaseRecord record(JsonNode spec, JsonNode annotations) {
        Long acquired = MicroTime.parse(spec.path("acquireTime"));
        Long renewed = MicroTime.parse(spec.path("renewTime"));
        boolean isKnown = isTextOrNone(spec.path("holderIdentity"))
                && isNumberOrNone(spec.path("leaseDurationSeconds"))
                && isNumberOrNone(spec.path("leaseTransitions"));
        if (acquired == null || renewed == null || !isKnown) {
            return null;
        }
        int seconds = spec.path("leaseDurationSeconds").asInt(0);
        return new LeaseRecord(
                spec.path("holderIdentity").asText(""),
                Signature.fromText(annotations.path(SIGNATURE).asText("")),
                seconds <= 0 ? null : Duration.ofSeconds(seconds),
                acquired,
                renewed,
                spec.path("leaseTransitions").asLong(0));
    }

    private static boolean isTextOrNone(JsonNode node) {
        return node.isTextual() || node.isNull() || node.isMissingNode();
    }

    private static boolean isNumberOrNone(JsonNode node) {
        return node.isIntegralNumber() || node.isNull() || node.isMissingNode();
    }

    /** They are as long as all the rest, and the server keeps them for whoever does not mention them. */
    private static ObjectNode withoutFieldManagers(ObjectNode object) {
        if (object.get("metadata") instanceof ObjectNode metadata) {
            metadata.remove("managedFields");
        }
        return object;
    }

    /** A new object that holds {@code record}. */
    static ObjectNode create(String name, String lock, Map<String, String> labels, LeaseRecord record) {
        ObjectNode object = KubeApi.newObject();
        object.put("apiVersion", "coordination.k8s.io/v1").put("kind", "Lease");
        object.putObject("metadata").put("name", name);
        write(object, lock, labels, record);
        return object;
    }

    /** The object that was read as {@code expected}, with {@code record} in it. */
    static ObjectNode replace(StoredRecord expected, String lock, Map<String, String> labels, LeaseRecord record) {
        if (!(expected.identity() instanceof Origin origin)) {
            throw new IllegalArgumentException(
                    "Lock " + lock + ": what is to be replaced was not read from here: " + expected);
        }
        ObjectNode object = origin.object.deepCopy();
        part(object, "metadata")
                .put("resourceVersion", Long.toString(expected.revision()))
                .put("uid", origin.uid);
        write(object, lock, labels, record);
        return object;
    }

    private static void write(ObjectNode object, String lock, Map<String, String> labels, LeaseRecord record) {
        ObjectNode metadata = part(object, "metadata");
        ObjectNode written = part(metadata, "labels");
        labels.forEach(written::put);
        ObjectNode annotations = part(metadata, "annotations");
        annotations.put(LOCK, lock);
        Signature signature = record.signature();
        if (signature == null) {
            annotations.remove(SIGNATURE);
        } else {
            annotations.put(SIGNATURE, signature.toText());
        }
        ObjectNode spec = part(object, "spec");
        if (record.isHeld()) {
            spec.put("holderIdentity", record.holder());
        } else {
            spec.remove(
                    "holderIdentity"); // to camel-kubernetes nothing means that nobody holds it, and an empty name does
            // not
        }
        Duration duration = record.duration();
        if (duration == null) {
            spec.remove("leaseDurationSeconds");
        } else {
            spec.put(
                    "leaseDurationSeconds",
                    duration.plusSeconds(1).minusNanos(1).toSeconds());
        }
        MicroTime.write(spec, "acquireTime", record.acquiredAtMicros());
        MicroTime.write(spec, "renewTime", record.renewedAtMicros());
        spec.put("leaseTransitions", record.term());
    }

    /** An object inside another, in place of whatever else is there. */
    private static ObjectNode part(ObjectNode object, String name) {
        return object.get(name) instanceof ObjectNode there ? there : object.putObject(name);
    }
}
