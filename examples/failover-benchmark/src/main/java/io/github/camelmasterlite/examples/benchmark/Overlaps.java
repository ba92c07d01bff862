package io.github.camelmasterlite.examples.benchmark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * When consumers of one lock ran on two members at once, which a leader election is there to prevent.
 *
 * <p>A consumer runs from the report that it starts to the report that it has stopped; one that never told its stop runs for as long as its process could work.
 */
final class Overlaps {
    private Overlaps() {}

    /**
     * Two members worked at once.
     *
     * @param earlier whose consumer had started first
     * @param nanos   for how long
     */
    record Overlap(String lock, Child earlier, Child later, long nanos) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%s and %s both worked on %s for %.3f ms",
                    earlier.name(),
                    later.name(),
                    lock,
                    nanos / 1e6);
        }
    }

    private record Span(Child member, long from, long to) {}

    /**
     * All overlaps, of all locks.
     *
     * @param history    starts and stops, in any order
     * @param workEnd by member, when it could work no longer: it was killed, was stopped, had ended; or the present moment
     */
    static List<Overlap> of(List<Cluster.Change> history, ToLongFunction<Child> workEnd) {
        Map<String, List<Span>> spans = new TreeMap<>();
        Map<String, Map<Child, Long>> running = new TreeMap<>();
        history.stream().sorted(Comparator.comparingLong(Cluster.Change::nanos)).forEach(change -> {
            Map<Child, Long> since = running.computeIfAbsent(change.lock(), lock -> new HashMap<>());
            if (change.isStart()) {
                since.putIfAbsent(change.member(), change.nanos());
            } else {
                Long from = since.remove(change.member());
                if (from != null) {
                    spans.computeIfAbsent(change.lock(), lock -> new ArrayList<>())
                            .add(new Span(change.member(), from, change.nanos()));
                }
            }
        });
        running.forEach((lock, since) ->
                since.forEach((member, from) -> spans.computeIfAbsent(lock, name -> new ArrayList<>())
                        .add(new Span(member, from, workEnd.applyAsLong(member)))));
        List<Overlap> overlaps = new ArrayList<>();
        spans.forEach((lock, ofLock) -> {
            ofLock.sort(Comparator.comparingLong(Span::from));
            for (int i = 0; i < ofLock.size(); i++) {
                for (int j = i + 1; j < ofLock.size(); j++) {
                    Span earlier = ofLock.get(i);
                    Span later = ofLock.get(j);
                    long nanos = Math.min(earlier.to, later.to) - later.from;
                    if (nanos > 0 && !earlier.member.equals(later.member)) {
                        overlaps.add(new Overlap(lock, earlier.member, later.member, nanos));
                    }
                }
            }
        });
        return overlaps;
    }
}
