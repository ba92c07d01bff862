package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** Every duration measured, and tables of them. */
final class Results {
    private final List<Sample> samples = new ArrayList<>();

    /**
     * One duration.
     *
     * @param measure what was measured
     * @param locks   with how many locks
     * @param subject the lock, or a word for what stands in its place
     */
    record Sample(String measure, int locks, int round, String subject, long nanos) {}

    /** Adds a duration that is below zero if what should come later came earlier: who adds it counts that otherwise. */
    void addSigned(String measure, int locks, int round, String subject, long nanos) {
        samples.add(new Sample(measure, locks, round, subject, nanos));
    }

    /**
     * Adds a duration.
     *
     * @throws BenchmarkException if it is negative: what must come later came earlier
     */
    void add(String measure, int locks, int round, String subject, long nanos) throws BenchmarkException {
        if (nanos < 0) {
            throw new BenchmarkException("%s, %d locks, round %d, %s: %.3f ms; what must come later came earlier"
                    .formatted(measure, locks, round, subject, nanos / 1e6));
        }
        addSigned(measure, locks, round, subject, nanos);
    }

    List<Sample> samples() {
        return List.copyOf(samples);
    }

    void clear() {
        samples.clear();
    }

    /** The head of a table of durations. */
    static List<String> head() {
        return List.of("| measured | locks | samples | p50 ms | p99 ms | max ms |", "|---|---:|---:|---:|---:|---:|");
    }

    /** A row of that table. */
    String row(String measure, int locks) {
        long[] sorted = sorted(measure, locks);
        return "| %s | %s | %,d | %s | %s | %s |"
                .formatted(
                        measure,
                        locks == 0 ? "" : String.format(Locale.ROOT, "%,d", locks),
                        sorted.length,
                        text(sorted, 50),
                        text(sorted, 99),
                        text(sorted, 100));
    }

    private long[] sorted(String measure, int locks) {
        return samples.stream()
                .filter(sample -> sample.measure.equals(measure) && sample.locks == locks)
                .mapToLong(Sample::nanos)
                .sorted()
                .toArray();
    }

    private static String text(long[] sorted, int percent) {
        return sorted.length == 0 ? "-" : millis(sorted[Percentile.index(sorted.length, percent)]);
    }

    /** The median; none if nothing was measured. */
    OptionalLong median(String measure, int locks) {
        return percentile(measure, locks, 50);
    }

    /** A percentile; none if nothing was measured. */
    OptionalLong percentile(String measure, int locks, int percent) {
        long[] sorted = sorted(measure, locks);
        return sorted.length == 0
                ? OptionalLong.empty()
                : OptionalLong.of(sorted[Percentile.index(sorted.length, percent)]);
    }

    static String millis(long nanos) {
        return String.format(Locale.ROOT, Math.abs(nanos) < 10_000_000 ? "%,.2f" : "%,.1f", nanos / 1e6);
    }

    /** Writes every duration as a line of comma-separated values. */
    void write(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("measure,locks,round,subject,nanos");
        for (Sample sample : samples) {
            lines.add("\"%s\",%d,%d,%s,%d"
                    .formatted(sample.measure, sample.locks, sample.round, sample.subject, sample.nanos));
        }
        Files.write(file, lines);
    }
}
