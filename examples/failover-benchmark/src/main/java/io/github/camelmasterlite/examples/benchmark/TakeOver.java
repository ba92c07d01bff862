package io.github.camelmasterlite.examples.benchmark;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What became of a lock after something was done to its leader.
 *
 * @param stopNanos  when the old leader's consumer had stopped; null if it never told so
 * @param startNanos when another member's consumer started first; null if none did
 */
record TakeOver(@Nullable Long stopNanos, @Nullable Long startNanos) {

    /**
     * By lock.
     *
     * @param history starts and stops, in any order
     * @param led     the locks of the old leader
     * @param signal  when something was done to it
     */
    static Map<String, TakeOver> of(List<Cluster.Change> history, Child leader, Set<String> led, long signal) {
        Map<String, TakeOver> takeOvers = new TreeMap<>();
        led.forEach(lock -> takeOvers.put(lock, new TakeOver(null, null)));
        for (Cluster.Change change : history) {
            if (change.nanos() >= signal && led.contains(change.lock())) {
                boolean isOld = change.member().equals(leader);
                takeOvers.computeIfPresent(change.lock(), (lock, known) -> {
                    if (change.isStart() && !isOld) {
                        return new TakeOver(known.stopNanos, earlier(known.startNanos, change.nanos()));
                    }
                    if (!change.isStart() && isOld) {
                        return new TakeOver(later(known.stopNanos, change.nanos()), known.startNanos);
                    }
                    return known;
                });
            }
        }
        return takeOvers;
    }

    private static long earlier(@Nullable Long known, long nanos) {
        return known == null ? nanos : Math.min(known, nanos);
    }

    private static long later(@Nullable Long known, long nanos) {
        return known == null ? nanos : Math.max(known, nanos);
    }
}
