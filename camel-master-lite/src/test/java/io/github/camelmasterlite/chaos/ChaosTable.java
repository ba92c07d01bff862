package io.github.camelmasterlite.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What came of each kind of fault. Safe for use by several threads. */
public final class ChaosTable {

    private static final class Row {
        int injected;
        int violations;
        int excused;
        int excluded;
        int recovered;
        long boundMillis;
        double slowestMillis;
        final List<Double> leaderlessMillis = new ArrayList<>();
    }

    /**
     * What came of one fault.
     *
     * @param overlaps   broken promises, overlaps above all
     * @param excused    overlaps by a pause beyond the timing law, with the lower token
     * @param excluded   overlaps that docs/guarantees.md excludes by name
     * @param leaderless for each lock that was without work for a while, the longest while in milliseconds
     * @param recovered  whether each lock had one leader again within the bound
     * @param bound      that bound, from the end of the fault
     * @param millis     how long it took
     */
    public record Outcome(
            int overlaps,
            int excused,
            int excluded,
            List<Double> leaderless,
            boolean recovered,
            Duration bound,
            double millis) {}

    private final Map<String, Row> rows = new TreeMap<>();
    private final List<String> findings = new ArrayList<>();
    private final List<String> explained = new ArrayList<>();
    private final Set<String> notDone = new TreeSet<>();
    private final Map<Integer, Integer> clocks = new TreeMap<>();

    synchronized void add(String fault, Outcome outcome) {
        Row row = rows.computeIfAbsent(fault, name -> new Row());
        row.injected++;
        row.violations += outcome.overlaps();
        row.excused += outcome.excused();
        row.excluded += outcome.excluded();
        row.recovered += outcome.recovered() ? 1 : 0;
        row.boundMillis = Math.max(row.boundMillis, outcome.bound().toMillis());
        row.slowestMillis = Math.max(row.slowestMillis, outcome.millis());
        row.leaderlessMillis.addAll(outcome.leaderless());
    }

    synchronized void found(String violation) {
        findings.add(violation);
    }

    synchronized void explained(String overlap) {
        explained.add(overlap);
    }

    /** Something that belongs to a run, and cannot be done here. */
    public synchronized void notDone(String what) {
        if (notDone.add(what)) {
            System.out.println("Not done: " + what);
        }
    }

    /** A process has said by how many hours its wall clock is ahead. */
    synchronized void clock(int hoursAhead) {
        clocks.merge(hoursAhead, 1, Integer::sum);
    }

    /** What could not be done, in words. */
    public synchronized Set<String> notDone() {
        return Set.copyOf(notDone);
    }

    /** How many processes had wall clocks that were ahead by so many hours. */
    public synchronized Map<Integer, Integer> clocks() {
        return Map.copyOf(clocks);
    }

    /** The names of all faults that were done; of two at once, no names. */
    public synchronized Set<String> faults() {
        return Set.copyOf(rows.keySet());
    }

    /** What the table does not tell, a line each: wall clocks, and what was not done. */
    synchronized String circumstances() {
        StringBuilder text = new StringBuilder();
        clocks.forEach((hours, processes) -> text.append("Wall clock ahead by ")
                .append(hours)
                .append(" h: ")
                .append(processes)
                .append(" processes\n"));
        notDone.forEach(what -> text.append("Not done: ").append(what).append('\n'));
        return text.toString();
    }

    /** Every broken promise, in words. */
    public synchronized List<String> findings() {
        return List.copyOf(findings);
    }

    /** Every overlap that is excused or excluded, in words. */
    public synchronized List<String> explanations() {
        return List.copyOf(explained);
    }

    /** How many faults there were. */
    public synchronized int injected() {
        return rows.values().stream().mapToInt(row -> row.injected).sum();
    }

    /** How many faults were followed by a recovery in time. */
    public synchronized int recovered() {
        return rows.values().stream().mapToInt(row -> row.recovered).sum();
    }

    /** As a table in Markdown. */
    public synchronized String toMarkdown() {
        StringBuilder text = new StringBuilder();
        text.append(
                "| fault | injected | broken promises | overlaps excused (pause, lower token) | overlaps excluded by name |"
                        + " locks left without a leader | leaderless p50 ms | p99 ms | max ms | recovered | slowest ms | bound ms |\n");
        text.append("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
        rows.forEach((name, row) -> text.append(line(name, row)));
        Row sum = new Row();
        for (Row row : rows.values()) {
            sum.injected += row.injected;
            sum.violations += row.violations;
            sum.excused += row.excused;
            sum.excluded += row.excluded;
            sum.recovered += row.recovered;
            sum.slowestMillis = Math.max(sum.slowestMillis, row.slowestMillis);
            sum.boundMillis = Math.max(sum.boundMillis, row.boundMillis);
            sum.leaderlessMillis.addAll(row.leaderlessMillis);
        }
        return text.append(line("**all**", sum)).toString();
    }

    private static String line(String name, Row row) {
        List<Double> sorted = new ArrayList<>(row.leaderlessMillis);
        sorted.sort(null);
        return String.format(
                Locale.ROOT,
                "| %s | %d | %d | %d | %d | %d | %s | %s | %s | %d of %d | %,.0f | %,d |%n",
                name,
                row.injected,
                row.violations,
                row.excused,
                row.excluded,
                sorted.size(),
                at(sorted, 0.5),
                at(sorted, 0.99),
                at(sorted, 1),
                row.recovered,
                row.injected,
                row.slowestMillis,
                row.boundMillis);
    }

    private static String at(List<Double> sorted, double quantile) {
        if (sorted.isEmpty()) {
            return "-";
        }
        double value = sorted.get((int) Math.round(quantile * (sorted.size() - 1)));
        return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%,.0f", value);
    }
}
