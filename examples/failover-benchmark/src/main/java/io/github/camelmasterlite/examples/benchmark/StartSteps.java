package io.github.camelmasterlite.examples.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What the endpoint {@code startup} of a Spring Boot application tells of its start: how long each step took without the steps within it.
 *
 * @param byName     the steps of this project, by what they are of; in nanoseconds
 * @param totalNanos from the beginning of the first step to the end of the last
 */
record StartSteps(Map<String, Long> byName, long totalNanos) {

    /** Names of beans of this project, of classes of it that are called, and of the bean that is a cluster service. */
    private static final Pattern OURS = Pattern.compile(
            "camelMasterLite.*|io\\.github\\.camelmasterlite\\..*|(file-lock|kubernetes)-cluster-service");

    /** What tells of what a step is. */
    private static final Pattern SUBJECT = Pattern.compile("beanName|postProcessor");

    /** What a lambda is called beside its class differs from start to start. */
    private static final Pattern LAMBDA = Pattern.compile("\\$\\$Lambda.*");

    /** Reads the answer of the endpoint. */
    static StartSteps of(JsonNode answer) {
        JsonNode events = answer.path("timeline").path("events");
        Map<Long, Long> within = new HashMap<>();
        long begin = Long.MAX_VALUE;
        long end = Long.MIN_VALUE;
        for (JsonNode event : events) {
            JsonNode step = event.path("startupStep");
            if (step.has("parentId")) {
                within.merge(step.path("parentId").asLong(), nanos(event), Long::sum);
            }
            Instant from = Instant.parse(event.path("startTime").asText());
            Instant to = Instant.parse(event.path("endTime").asText());
            begin = Math.min(begin, nanos(from));
            end = Math.max(end, nanos(to));
        }
        Map<String, Long> byName = new TreeMap<>();
        for (JsonNode event : events) {
            JsonNode step = event.path("startupStep");
            String subject = subject(step);
            if (OURS.matcher(subject).matches()) {
                long own = nanos(event) - within.getOrDefault(step.path("id").asLong(), 0L);
                byName.merge(LAMBDA.matcher(subject).replaceFirst(""), own, Long::sum);
            }
        }
        return new StartSteps(byName, events.isEmpty() ? 0 : end - begin);
    }

    /** All steps of this project together, in nanoseconds. */
    long oursNanos() {
        return byName.values().stream().mapToLong(Long::longValue).sum();
    }

    private static String subject(JsonNode step) {
        for (JsonNode tag : step.path("tags")) {
            if (SUBJECT.matcher(tag.path("key").asText()).matches()) {
                return tag.path("value").asText();
            }
        }
        return "";
    }

    private static long nanos(JsonNode event) {
        return Duration.parse(event.path("duration").asText()).toNanos();
    }

    private static long nanos(Instant instant) {
        return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
    }
}
