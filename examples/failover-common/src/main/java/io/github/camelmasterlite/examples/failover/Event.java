package io.github.camelmasterlite.examples.failover;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * One line of the history: what happened, to whom, when.
 *
 * <p>{@code monotonicNanos} is {@link System#nanoTime()}. On Linux that is the kernel's CLOCK_MONOTONIC, on macOS and Windows the
 * machine's tick counter: one clock for all processes of a machine, so that the lines of several processes can be compared. The Java
 * specification does not promise it; {@link Story} therefore checks it with every member. {@code wallMicros} is for people.
 *
 * @param lock  the lock; null where the event is about the whole member
 * @param token the fencing token that came with a tick; null for other events
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Event(
        @JsonProperty("event") Kind kind,
        String member,
        @Nullable String lock,
        @Nullable Long token,
        long wallMicros,
        long monotonicNanos) {

    enum Kind {
        /** The parent is about to start the process. */
        LAUNCHED,
        /** The member's Camel context is fully started. */
        CONTEXT_STARTED,
        /** The consumer behind {@code master:} is about to start. */
        STARTED,
        /** A message of that consumer is in the route. */
        ACT,
        /** The consumer behind {@code master:} has stopped. */
        STOPPED,
        /** The parent is about to ask the process to end. */
        SIGTERM,
        /** The parent is about to kill the process. */
        SIGKILL,
        /** The process has ended. */
        EXITED
    }

    private static final ObjectMapper MAPPER = new ObjectMapper();

    static Event now(Kind kind, String member, @Nullable String lock, @Nullable Long token) {
        return new Event(
                kind, member, lock, token, ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()), System.nanoTime());
    }

    static Event now(Kind kind, String member) {
        return now(kind, member, null, null);
    }

    static Event parse(String json) throws JsonProcessingException {
        return MAPPER.readValue(json, Event.class);
    }

    String toJson() {
        try {
            return MAPPER.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("An event is plain data", e);
        }
    }
}
