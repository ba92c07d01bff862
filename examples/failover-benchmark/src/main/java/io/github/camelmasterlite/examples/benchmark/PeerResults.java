package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Every duration measured of several sides, those that never came to an end among them, and tables of them. */
final class PeerResults {
    private final List<Sample> samples = new ArrayList<>();
    private final Map<String, List<String>> floors = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();
    private final Map<PeerSide, List<Overlaps.Overlap>> overlaps = new EnumMap<>(PeerSide.class);
    private final Map<PeerSide, Integer> failures = new EnumMap<>(PeerSide.class);

    /**
     * One duration.
     *
     * @param side    who was measured
     * @param locks   with how many locks; 0 for a floor
     * @param subject the lock, or a word for what stands in its place
     * @param nanos   how long it took; below zero if what should come later came earlier; for how long it was waited for if it did not end
     * @param isEnded whether it came to an end
     */
    record Sample(String measure, String side, int locks, int round, String subject, long nanos, boolean isEnded) {}

    void add(String measure, String side, int locks, int round, String subject, long nanos) {
        if (nanos < 0) {
            note("%s, %s, %d locks, round %d, %s: %.3f ms. What must come later came earlier."
                    .formatted(side, measure, locks, round, subject, nanos / 1e6));
        }
        samples.add(new Sample(measure, side, locks, round, subject, nanos, true));
    }

    /** It had not come to an end after this time. It stands behind all that ended: times waited are as long as the longest that did. */
    void addUnfinished(String measure, String side, int locks, int round, String subject, Duration waited) {
        samples.add(new Sample(measure, side, locks, round, subject, waited.toNanos(), false));
    }

    /** The floors of a measure: what stands beside it in tables. Ratios are to the first. */
    void floor(String measure, String... names) {
        floors.put(measure, List.of(names));
    }

    /** The first floor, sorted; empty if a measure has none. */
    List<Sample> floorOf(String measure) {
        return floorsOf(measure).stream()
                .findFirst()
                .map(floor -> select(floor, "floor", 0))
                .orElse(List.of());
    }

    private List<String> floorsOf(String measure) {
        return floors.getOrDefault(measure, List.of());
    }

    /** Two members of a side worked at once. */
    void overlap(PeerSide side, String where, Overlaps.Overlap overlap) {
        overlaps.computeIfAbsent(side, key -> new ArrayList<>()).add(overlap);
        note("%s, %s: overlap, %s".formatted(side.label(), where, overlap));
    }

    /** How often, and for how long at most, two members of a side worked at once. */
    List<Overlaps.Overlap> overlaps(PeerSide side) {
        return List.copyOf(overlaps.getOrDefault(side, List.of()));
    }

    /** Something in a round failed that is no result. */
    void failure(PeerSide side, String what) {
        failures.merge(side, 1, Integer::sum);
        note("%s, %s".formatted(side.label(), what));
    }

    int failures(PeerSide side) {
        return failures.getOrDefault(side, 0);
    }

    /**
     * Measures of which the median of this project is not as short as that of another side, as "measure, locks, side".
     *
     * @param measures of these
     */
    List<String> behind(List<String> measures, int locks, PeerSide other) {
        List<String> behind = new ArrayList<>();
        for (String measure : measures) {
            List<Sample> ours = select(measure, PeerSide.OURS.label(), locks);
            List<Sample> theirs = select(measure, other.label(), locks);
            if (!ours.isEmpty() && !theirs.isEmpty() && isLonger(percentile(ours, 50), percentile(theirs, 50))) {
                behind.add("%s, %d %s".formatted(measure, locks, locks == 1 ? "lock" : "locks"));
            }
        }
        return behind;
    }

    /** How many of these measures were taken of both. */
    int compared(List<String> measures, int locks, PeerSide other) {
        return (int) measures.stream()
                .filter(measure ->
                        !select(measure, PeerSide.OURS.label(), locks).isEmpty()
                                && !select(measure, other.label(), locks).isEmpty())
                .count();
    }

    private static boolean isLonger(Sample one, Sample other) {
        return other.isEnded && (!one.isEnded || one.nanos > other.nanos);
    }

    /** Takes over what was measured of floors. */
    void addFloors(Results results) {
        results.samples()
                .forEach(sample -> samples.add(new Sample(
                        sample.measure(), "floor", 0, sample.round(), sample.subject(), sample.nanos(), true)));
    }

    /** Something that a reader of the tables has to know; told once. */
    void note(String note) {
        if (!notes.contains(note)) {
            notes.add(note);
        }
    }

    List<String> notes() {
        return List.copyOf(notes);
    }

    /** Sorted; those that did not end come last. */
    List<Sample> select(String measure, String side, int locks) {
        return samples.stream()
                .filter(sample -> sample.measure.equals(measure) && sample.side.equals(side) && sample.locks == locks)
                .sorted(java.util.Comparator.comparing((Sample sample) -> !sample.isEnded)
                        .thenComparing(Sample::nanos))
                .toList();
    }

    /** Rows of these measures for all sides, each measure with its floor. */
    List<String> table(List<String> measures, int locks) {
        List<String> lines = new ArrayList<>();
        lines.add(
                "| measured | locks | who | samples | p50 ms | p99 ms | max ms | p50 : floor | p50 : that of this project |");
        lines.add("|---|---:|---|---:|---:|---:|---:|---:|---:|");
        for (String measure : measures) {
            Set<String> sides = new LinkedHashSet<>();
            samples.stream()
                    .filter(sample -> sample.measure.equals(measure) && sample.locks == locks)
                    .forEach(sample -> sides.add(sample.side));
            List<Sample> beneath = floorOf(measure);
            for (String side : sides) {
                lines.add(row(
                        measure,
                        String.valueOf(locks),
                        side,
                        select(measure, side, locks),
                        beneath,
                        select(measure, PeerSide.OURS.label(), locks)));
            }
            for (String floor : sides.isEmpty() ? List.<String>of() : floorsOf(measure)) {
                List<Sample> ofFloor = select(floor, "floor", 0);
                if (!ofFloor.isEmpty()) {
                    lines.add(row(floor, "", "", ofFloor, List.of(), List.of()));
                }
            }
        }
        return lines;
    }

    private static String row(
            String measure, String locks, String side, List<Sample> sorted, List<Sample> floor, List<Sample> ours) {
        return "| %s | %s | %s | %,d | %s | %s | %s | %s | %s |"
                .formatted(
                        measure,
                        locks,
                        side,
                        sorted.size(),
                        text(percentile(sorted, 50)),
                        text(percentile(sorted, 99)),
                        text(percentile(sorted, 100)),
                        ratio(sorted, floor),
                        ratio(sorted, ours));
    }

    private static Sample percentile(List<Sample> sorted, int percent) {
        return sorted.get(Percentile.index(sorted.size(), percent));
    }

    private static String text(Sample sample) {
        return (sample.isEnded ? "" : "> ") + Results.millis(sample.nanos);
    }

    private static String ratio(List<Sample> of, List<Sample> to) {
        if (of.isEmpty() || to.isEmpty()) {
            return "";
        }
        Sample above = percentile(of, 50);
        Sample below = percentile(to, 50);
        if (!below.isEnded || below.nanos <= 0) {
            return "-";
        }
        double ratio = (double) above.nanos / below.nanos;
        return (above.isEnded ? "" : "> ")
                + String.format(Locale.ROOT, ratio < 0.1 ? "%.2g" : ratio < 10 ? "%.1f" : "%,.0f", ratio);
    }

    /** Writes every sample as a line of comma-separated values. */
    void write(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("measure,who,locks,round,subject,ms,ended");
        for (Sample sample : samples) {
            lines.add(String.format(
                    Locale.ROOT,
                    "\"%s\",%s,%d,%d,%s,%.3f,%s",
                    sample.measure,
                    sample.side,
                    sample.locks,
                    sample.round,
                    sample.subject,
                    sample.nanos / 1e6,
                    sample.isEnded));
        }
        Files.write(file, lines);
    }
}
