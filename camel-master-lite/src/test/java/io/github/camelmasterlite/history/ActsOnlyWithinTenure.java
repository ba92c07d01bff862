package io.github.camelmasterlite.history;

import io.github.camelmasterlite.history.History.Event;
import io.github.camelmasterlite.history.History.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whoever acts does so under the tenure that its work was started for, between the beginning and the end of that work, and not while its process was
 * stopped.
 *
 * <p>An ACT of a killed member counts as inside until its end was confirmed.
 */
public final class ActsOnlyWithinTenure implements HistoryChecker {

    private record Key(String lock, String member, long token) {}

    @Override
    public Verdict check(History history) {
        Map<Key, List<Work>> works = new HashMap<>();
        history.work()
                .values()
                .forEach(ofLock -> ofLock.forEach(work -> works.computeIfAbsent(
                                new Key(work.lock(), work.member(), work.token()), key -> new ArrayList<>())
                        .add(work)));
        Map<String, List<History.Pause>> pauses = new HashMap<>();
        history.pauses()
                .forEach(pause -> pauses.computeIfAbsent(pause.member(), m -> new ArrayList<>())
                        .add(pause));
        List<String> violations = new ArrayList<>();
        for (Event event : history.events()) {
            if (event.kind() != Kind.ACT) {
                continue;
            }
            List<Work> own = works.getOrDefault(new Key(event.lock(), event.member(), event.token()), List.of());
            if (own.stream()
                    .noneMatch(work -> work.startNanos() <= event.nanos() && event.nanos() <= work.latestEndNanos())) {
                violations.add("lock " + event.lock() + ": " + event.member() + " acted with token " + event.token()
                        + " at " + event.nanos() + ", outside of its work " + own);
            } else if (pauses.getOrDefault(event.member(), List.of()).stream()
                    .anyMatch(pause -> pause.fromNanos() < event.nanos() && event.nanos() < pause.untilNanos())) {
                violations.add("lock " + event.lock() + ": " + event.member() + " acted at " + event.nanos()
                        + ", while its process was stopped: the clocks of this history cannot be compared");
            }
        }
        return Verdict.of(violations);
    }
}
