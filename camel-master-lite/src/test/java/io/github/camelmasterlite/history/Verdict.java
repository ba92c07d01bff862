package io.github.camelmasterlite.history;

import java.util.List;

/**
 * What a checker found.
 *
 * @param violations broken promises, each certain, in words
 * @param excused    what would be one but for a documented exclusion, in words with the reason; never silently left out
 */
public record Verdict(List<String> violations, List<String> excused) {

    public Verdict {
        violations = List.copyOf(violations);
        excused = List.copyOf(excused);
    }

    static Verdict of(List<String> violations) {
        return new Verdict(violations, List.of());
    }
}
