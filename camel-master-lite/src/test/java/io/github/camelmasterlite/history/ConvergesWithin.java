package io.github.camelmasterlite.history;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Once nothing disturbs any more, exactly one member works under each lock within the bound, and goes on until the end of what was watched.
 *
 * <p>Work counts from its beginning to its latest possible end: a member that may still be at work is not yet one too few, and a second one is one too
 * many.
 */
public final class ConvergesWithin implements HistoryChecker {

    private final long boundNanos;
    private final List<String> locks;
    private final long calmFromNanos;
    private final long untilNanos;

    /**
     * @param bound         how long it may take
     * @param locks         the locks that must have a leader
     * @param calmFromNanos when the last disturbance had ended
     * @param untilNanos    until when was watched
     */
    public ConvergesWithin(Duration bound, List<String> locks, long calmFromNanos, long untilNanos) {
        this.boundNanos = bound.toNanos();
        this.locks = List.copyOf(locks);
        this.calmFromNanos = calmFromNanos;
        this.untilNanos = untilNanos;
    }

    @Override
    public Verdict check(History history) {
        List<String> violations = new ArrayList<>();
        for (String lock : locks) {
            List<Work> works = history.work().getOrDefault(lock, List.of());
            List<Work> last =
                    works.stream().filter(work -> work.mayRunAt(untilNanos)).toList();
            if (last.size() != 1) {
                violations.add("lock " + lock + ": " + last.size() + " members at work " + millis(untilNanos)
                        + " ms after calm: " + last);
                continue;
            }
            // From when on was that one alone?
            Work leader = last.get(0);
            long alone = leader.startNanos();
            for (Work other : works) {
                if (!other.equals(leader) && other.startNanos() < untilNanos) {
                    alone = Math.max(alone, other.latestEndNanos());
                }
            }
            if (alone - calmFromNanos > boundNanos) {
                violations.add("lock " + lock + ": only " + millis(alone) + " ms after calm was " + leader.member()
                        + " alone at work; promised are " + boundNanos / 1_000_000);
            }
        }
        return Verdict.of(violations);
    }

    private long millis(long nanos) {
        return (nanos - calmFromNanos) / 1_000_000;
    }
}
