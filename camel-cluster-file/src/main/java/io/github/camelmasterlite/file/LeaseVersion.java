package io.github.camelmasterlite.file;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseRecord.Signature;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one file of a directory lease says: one version of one record.
 *
 * @param generation tells a record from one that was created after its deletion
 * @param version    counts the writes since the creation, which is 1
 * @param revision   rises with every write, also across deletion
 * @param nonce      unique to the write, so that its author knows its own file again
 * @param needsMark  whether it was written under its own name, in parts: then it counts only if its mark says so
 * @param record     the record
 */
record LeaseVersion(
        String generation, long version, long revision, String nonce, boolean needsMark, LeaseRecord record) {

    /** Lines for people as well, ended by a check sum. */
    byte[] write() {
        Signature signature = record.signature();
        Duration duration = record.duration();
        return LeaderRecord.seal("holder=" + LeaderRecord.escape(record.holder())
                        + "\nterm=" + record.term()
                        + "\nrevision=" + revision
                        + "\nduration=" + (duration == null ? "" : duration.toString())
                        + "\nacquired=" + record.acquiredAtMicros()
                        + "\nrenewed=" + record.renewedAtMicros()
                        + "\nsignature=" + (signature == null ? "" : LeaderRecord.escape(signature.toText()))
                        + "\ngeneration=" + generation
                        + "\nversion=" + version
                        + "\nnonce=" + nonce
                        + (needsMark ? "\nmark=needed" : ""))
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Reads what {@link #write()} wrote; null if it is anything else, also a part of it. */
    static @Nullable LeaseVersion parse(byte[] bytes) {
        Map<String, String> values = LeaderRecord.unseal(new String(bytes, StandardCharsets.UTF_8));
        if (values == null) {
            return null;
        }
        String holder = values.get("holder");
        String generation = values.get("generation");
        String nonce = values.get("nonce");
        if (holder == null || generation == null || nonce == null) {
            return null;
        }
        try {
            String duration = values.getOrDefault("duration", "");
            LeaseVersion read = new LeaseVersion(
                    generation,
                    number(values, "version"),
                    number(values, "revision"),
                    nonce,
                    values.containsKey("mark"),
                    new LeaseRecord(
                            holder,
                            Signature.fromText(values.get("signature")),
                            duration.isEmpty() ? null : Duration.parse(duration),
                            number(values, "acquired"),
                            number(values, "renewed"),
                            number(values, "term")));
            // No revision that was ever written is greater; what is cannot be counted up for ever.
            return read.revision < 0 || read.revision > LeaderRecord.MAX_EPOCH ? null : read;
        } catch (NumberFormatException | DateTimeParseException e) {
            return null;
        }
    }

    private static long number(Map<String, String> values, String name) {
        return Long.parseLong(values.getOrDefault(name, ""));
    }
}
