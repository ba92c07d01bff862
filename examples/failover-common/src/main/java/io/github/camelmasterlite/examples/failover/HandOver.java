package io.github.camelmasterlite.examples.failover;

import java.util.Comparator;
import java.util.List;

/**
 * A lock's way from a member that was ended to the next.
 *
 * @param signal      SIGTERM or SIGKILL
 * @param signalNanos the moment just before it was sent
 */
record HandOver(Event.Kind signal, long signalNanos, Tenure from, Tenure to) {

    /** From the end of the old work to the start of the new consumer. Negative if they overlap. */
    long startedAfterNanos() {
        return to.startNanos() - from.endNanos();
    }

    /** From the end of the old work to the first tick of the new consumer; to its end if it never ticked. */
    long tickedAfterNanos() {
        long first = to.ticks().isEmpty() ? to.endNanos() : to.ticks().get(0).nanos();
        return first - from.endNanos();
    }

    /** How many ticks an uninterrupted timer would have made between the last of the old and the first of the new. */
    long ticksLost(long periodNanos) {
        if (from.ticks().isEmpty() || to.ticks().isEmpty()) {
            return 0;
        }
        long gap = to.ticks().get(0).nanos()
                - from.ticks().get(from.ticks().size() - 1).nanos();
        return Math.max(0, Math.round((double) gap / periodNanos) - 1);
    }

    /** The hand-overs that a signal to a member caused: of each lock it led then, to whoever led it next. */
    static List<HandOver> causedBy(Event signal, List<Tenure> tenures) {
        return tenures.stream()
                .filter(old -> old.member().equals(signal.member())
                        && old.startNanos() <= signal.monotonicNanos()
                        && old.endNanos() >= signal.monotonicNanos())
                .flatMap(old -> tenures.stream()
                        .filter(next -> next.lock().equals(old.lock()) && next.startNanos() > old.startNanos())
                        .limit(1)
                        .map(next -> new HandOver(signal.kind(), signal.monotonicNanos(), old, next)))
                .sorted(Comparator.comparing(handOver -> handOver.to().lock(), Text.BY_NUMBER))
                .toList();
    }
}
