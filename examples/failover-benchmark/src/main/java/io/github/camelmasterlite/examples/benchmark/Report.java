package io.github.camelmasterlite.examples.benchmark;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.jspecify.annotations.Nullable;

/**
 * What a child process tells, one JSON line.
 *
 * @param subject the lock, or the name of a group of threads; null where it is about the whole process
 * @param nanos   {@link System#nanoTime()} of the child when it happened: on Linux CLOCK_MONOTONIC, one clock for all processes, which
 *                {@link Children} checks
 * @param threads how many threads of the name; null in other reports
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Report(
        @JsonProperty("event") Kind kind,
        @Nullable String subject,
        long nanos,
        @Nullable ThreadCount threads) {

    enum Kind {
        /** The process is ready for commands. */
        READY,
        /** The Camel context is fully started. */
        CONTEXT_STARTED,
        /** The consumer behind {@code master:} starts. */
        STARTED,
        /** The consumer behind {@code master:} stops. */
        STOPPED,
        /** How many threads of a name there are. */
        THREADS,
        /** All threads have been told. */
        THREADS_END,
        /** How many threads there are, and were at most, by the JVM's own count. */
        THREAD_COUNT,
        /** The operating system's lock is held. */
        LOCKED,
        /** The operating system's lock is about to be given back. */
        UNLOCKED,
        /** The release of the lock was seen by one that waits for it. */
        SEEN,
        /** An exchange has reached the route. */
        ACTED,
        /** So has one that was on its way when the process was stopped. */
        ACTED_LATE,
        /** An exchange was refused because the member does not lead any more. */
        REFUSED,
        /** How many bytes of heap are in use; the subject is the number. */
        HEAP,
        /** The process has ended. */
        EXITED
    }

    private static final ObjectMapper MAPPER = new ObjectMapper();

    static Report now(Kind kind, @Nullable String subject) {
        return new Report(kind, subject, System.nanoTime(), null);
    }

    static Report parse(String json) throws JsonProcessingException {
        return MAPPER.readValue(json, Report.class);
    }

    String toJson() {
        try {
            return MAPPER.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A report is plain data", e);
        }
    }
}
