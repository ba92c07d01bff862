package io.github.camelmasterlite.examples.failover;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Judges the tenures of a run by what the library promises, from what the members themselves reported. */
final class Promises {
    private Promises() {}

    /** Every broken promise, one sentence each; empty if all were kept. */
    static List<String> brokenBy(List<Tenure> tenures) {
        List<String> broken = new ArrayList<>();
        Map<String, List<Tenure>> byLock =
                tenures.stream().collect(Collectors.groupingBy(Tenure::lock, TreeMap::new, Collectors.toList()));
        for (List<Tenure> ofLock : byLock.values()) {
            overlaps(ofLock, broken);
            ends(ofLock, broken);
            tokens(ofLock, broken);
        }
        return broken;
    }

    /** At most one member works for a lock at any time: no tenure begins before all earlier ones have ended. */
    private static void overlaps(List<Tenure> inOrderOfStart, List<String> broken) {
        Tenure last = null;
        for (Tenure tenure : inOrderOfStart) {
            if (last != null && tenure.startNanos() < last.endNanos()) {
                broken.add("%s: %s started %s before %s had ended"
                        .formatted(
                                tenure.lock(),
                                tenure.member(),
                                Text.millis(last.endNanos() - tenure.startNanos()),
                                last.member()));
            }
            if (last == null || tenure.endNanos() > last.endNanos()) {
                last = tenure;
            }
        }
    }

    /** A member that was not killed stops its work before it ends. */
    private static void ends(List<Tenure> tenures, List<String> broken) {
        for (Tenure tenure : tenures) {
            if (tenure.end() == Tenure.End.UNKNOWN) {
                broken.add("%s: the work of %s was not heard to stop".formatted(tenure.lock(), tenure.member()));
            }
        }
    }

    /** Every tick carries the token of its tenure, and that of a later tenure is higher. */
    private static void tokens(List<Tenure> inOrderOfStart, List<String> broken) {
        Tenure before = null;
        long highest = 0;
        for (Tenure tenure : inOrderOfStart) {
            Long token = tokenOf(tenure, broken);
            if (token == null) {
                continue;
            }
            if (before != null && token <= highest) {
                broken.add("%s: %s worked with token %d after %s had worked with %d"
                        .formatted(tenure.lock(), tenure.member(), token, before.member(), highest));
            } else {
                before = tenure;
                highest = token;
            }
        }
    }

    private static @Nullable Long tokenOf(Tenure tenure, List<String> broken) {
        Long token = null;
        for (Tenure.Tick tick : tenure.ticks()) {
            Long next = tick.token();
            if (next == null) {
                broken.add("%s: a tick of %s has no token".formatted(tenure.lock(), tenure.member()));
            } else if (token != null && !token.equals(next)) {
                broken.add("%s: the token of %s changed from %d to %d within a tenure"
                        .formatted(tenure.lock(), tenure.member(), token, next));
            }
            token = next == null ? token : next;
        }
        return token;
    }
}
