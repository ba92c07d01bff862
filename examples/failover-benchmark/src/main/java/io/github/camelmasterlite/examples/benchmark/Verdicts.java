package io.github.camelmasterlite.examples.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** What has to hold, and whether it does. What was not measured is said to be so; it neither holds nor is missed. */
final class Verdicts {
    /** Exit code of a program all of whose targets hold, as far as they were measured. */
    static final int HELD = 0;

    /** Exit code of a program that has measured everything and missed a target. */
    static final int MISSED = 3;

    private static final String NOT_MEASURED = "not measured";

    private final List<String> rows = new ArrayList<>();
    private boolean isMissed;

    /** A target. */
    void add(String what, String measured, String bound, boolean isMet) {
        isMissed |= !isMet;
        row(what, measured, bound, isMet ? "met" : "**missed**");
    }

    /** A target that is a time; without a value it was not measured. */
    void atMost(String what, OptionalLong nanos, Duration most) {
        String bound = "%,d ms".formatted(most.toMillis());
        if (nanos.isPresent()) {
            add(what, Results.millis(nanos.getAsLong()) + " ms", bound, nanos.getAsLong() <= most.toNanos());
        } else {
            notMeasured(what, bound);
        }
    }

    /** A target that nothing is known of. */
    void notMeasured(String what, String bound) {
        row(what, "-", bound, NOT_MEASURED);
    }

    /** Something to be read beside targets, which is none itself. */
    void tell(String what, String measured) {
        row(what, measured, "-", "no target");
    }

    private void row(String what, String measured, String bound, String outcome) {
        rows.add("| %s | %s | %s | %s |".formatted(what, measured, bound, outcome));
    }

    List<String> table() {
        List<String> lines = new ArrayList<>(List.of("| | measured | at most | |", "|---|---:|---:|---|"));
        lines.addAll(rows);
        return lines;
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    int exitCode() {
        return isMissed ? MISSED : HELD;
    }
}
