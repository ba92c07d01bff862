package io.github.camelmasterlite.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Times as Kubernetes writes them (MicroTime): RFC 3339 with exactly six digits after the second. Zero is written as nothing. */
final class MicroTime {

    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT);

    private MicroTime() {}

    /**
     * Microseconds since the epoch.
     *
     * @return 0 if there is no time, null if it cannot be read
     */
    static @Nullable Long parse(JsonNode node) {
        if (node.isNull() || node.isMissingNode()) {
            return 0L;
        }
        try {
            return node.isTextual() ? micros(OffsetDateTime.parse(node.asText()).toInstant()) : null;
        } catch (DateTimeException | ArithmeticException e) {
            return null;
        }
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    static void write(ObjectNode into, String field, long micros) {
        if (micros == 0) {
            into.remove(field);
        } else {
            into.put(field, format(micros));
        }
    }

    static String format(long micros) {
        return FORMAT.format(Instant.EPOCH.plus(micros, ChronoUnit.MICROS).atOffset(ZoneOffset.UTC));
    }
}
