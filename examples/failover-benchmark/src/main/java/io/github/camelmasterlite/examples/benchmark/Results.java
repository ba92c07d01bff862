package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

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
        samples.add(new Sample(measure, locks, round, subject, nanos));
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
        long[] sorted = samples.stream()
                .filter(sample -> sample.measure.equals(measure) && sample.locks == locks)
                .mapToLong(Sample::nanos)
                .sorted()
                .toArray();
        return "| %s | %s | %,d | %s | %s | %s |"
                .formatted(
                        measure,
                        locks == 0 ? "" : String.format(Locale.ROOT, "%,d", locks),
                        sorted.length,
                        millis(percentile(sorted, 50)),
                        millis(percentile(sorted, 99)),
                        millis(percentile(sorted, 100)));
    }

    long median(String measure, int locks) {
        return percentile(
                samples.stream()
                        .filter(sample -> sample.measure.equals(measure) && sample.locks == locks)
                        .mapToLong(Sample::nanos)
                        .sorted()
                        .toArray(),
                50);
    }

    /** The smallest value that is not less than this share of all: no interpolation, always a value that was measured. */
    static long percentile(long[] sorted, int percent) {
        if (sorted.length == 0) {
            return 0;
        }
        int rank = (percent * sorted.length + 99) / 100;
        return sorted[Math.max(rank, 1) - 1];
    }

    static String millis(long nanos) {
        return String.format(Locale.ROOT, nanos < 10_000_000 ? "%,.2f" : "%,.1f", nanos / 1e6);
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
