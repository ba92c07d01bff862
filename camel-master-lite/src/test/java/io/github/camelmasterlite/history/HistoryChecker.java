package io.github.camelmasterlite.history;

import java.util.ArrayList;
import java.util.List;

/** Judges a history by one promise. Reports only what is certain, and everything that is. */
@FunctionalInterface
public interface HistoryChecker {

    /** Judges the whole history, which must not grow meanwhile. */
    Verdict check(History history);

    /** The findings of several checkers about the same moment of a history that may grow, each with the name of the promise in front. */
    static Verdict all(History growing, List<HistoryChecker> checkers) {
        History history = growing.copy();
        List<String> violations = new ArrayList<>();
        List<String> excused = new ArrayList<>();
        for (HistoryChecker checker : checkers) {
            String promise = checker.getClass().getSimpleName();
            Verdict verdict = checker.check(history);
            verdict.violations().forEach(found -> violations.add(promise + ": " + found));
            verdict.excused().forEach(found -> excused.add(promise + ": " + found));
        }
        return new Verdict(violations, excused);
    }
}
