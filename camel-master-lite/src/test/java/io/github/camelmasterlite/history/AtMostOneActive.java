package io.github.camelmasterlite.history;

import io.github.camelmasterlite.history.History.Event;
import io.github.camelmasterlite.history.History.Kind;
import io.github.camelmasterlite.history.History.Pause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The work of two members under one lock never overlaps.
 *
 * <p>Found is overlap of what is certain ({@link Work}). Not found: an overlap inside the time between the last word of a killed member and the end of
 * its process, which no observer could tell from none.
 *
 * <p>One overlap is excused, and listed as such: the earlier work has the lower token, its process was paused for longer than the timing law allows, it did
 * not act after the later work had begun, and it ended within the stop budget after both had happened, the end of the pause and the beginning of the later
 * work; where a pause alone takes no lock away, something else must have. An overlap that lacks one of these is a violation.
 */
public final class AtMostOneActive implements HistoryChecker {

    /** What is excused begins so where a case is excluded by its name. */
    public static final String EXCLUDED = "excluded, ";

    private final long longestPauseNanos;
    private final long stopWithinNanos;
    private final Predicate<Work> couldLoseItsLock;
    private final BiFunction<Work, Work, @Nullable String> exclusion;

    /**
     * For locks that run out while a process is paused.
     *
     * @param longestPause the longest pause of a process that the timing law allows
     * @param stopWithin   how long work may take to end after a longer one
     */
    public AtMostOneActive(Duration longestPause, Duration stopWithin) {
        this(longestPause, stopWithin, work -> true);
    }

    /**
     * For locks that a pause alone does not take away.
     *
     * @param longestPause     the longest pause of a process that the timing law allows
     * @param stopWithin       how long work may take to end after a longer one
     * @param couldLoseItsLock whether something besides the pause happened that takes the lock from this work; else a pause excuses nothing
     */
    public AtMostOneActive(Duration longestPause, Duration stopWithin, Predicate<Work> couldLoseItsLock) {
        this(longestPause, stopWithin, couldLoseItsLock, (earlier, later) -> null);
    }

    /**
     * For runs in which things are done that the guarantees exclude by name.
     *
     * @param longestPause     the longest pause of a process that the timing law allows
     * @param stopWithin       how long work may take to end after a longer one
     * @param couldLoseItsLock whether something besides the pause happened that takes the lock from this work; else a pause excuses nothing
     * @param exclusion        names the excluded case that explains why the earlier and the later work overlap; null if none does. The earlier must have
     *                         the lower token even so
     */
    public AtMostOneActive(
            Duration longestPause,
            Duration stopWithin,
            Predicate<Work> couldLoseItsLock,
            BiFunction<Work, Work, @Nullable String> exclusion) {
        this.longestPauseNanos = longestPause.toNanos();
        this.stopWithinNanos = stopWithin.toNanos();
        this.couldLoseItsLock = couldLoseItsLock;
        this.exclusion = exclusion;
    }

    @Override
    public Verdict check(History history) {
        List<String> violations = new ArrayList<>();
        List<String> excused = new ArrayList<>();
        List<Pause> pauses = history.pauses();
        history.work().forEach((lock, works) -> {
            List<Work> running = new ArrayList<>();
            for (Work later : works) {
                running.removeIf(earlier -> earlier.certainEndNanos() <= later.startNanos());
                for (Work earlier : running) {
                    if (!earlier.member().equals(later.member())) {
                        judge(history, lock, earlier, later, pauses, violations, excused);
                    }
                }
                running.add(later);
            }
        });
        return new Verdict(violations, excused);
    }

    private void judge(
            History history,
            String lock,
            Work earlier,
            Work later,
            List<Pause> pauses,
            List<String> violations,
            List<String> excused) {
        long overlapNanos = Math.min(earlier.certainEndNanos(), later.certainEndNanos()) - later.startNanos();
        String what = "lock " + lock + ": " + earlier.member() + " (token " + earlier.token() + ") and "
                + later.member() + " (token " + later.token() + ") both at work for " + overlapNanos / 1_000
                + " us from " + later.startNanos();
        Pause pause = longPauseBefore(earlier, later, pauses);
        String excluded = earlier.token() < later.token() ? exclusion.apply(earlier, later) : null;
        if (excluded != null) {
            excused.add(EXCLUDED + excluded + ": " + what);
        } else if (pause == null) {
            violations.add(what);
        } else if (!couldLoseItsLock.test(earlier)) {
            violations.add(what + "; " + earlier.member() + " was paused, but nothing took its lock");
        } else if (earlier.token() >= later.token()) {
            violations.add(what + "; the pause of " + earlier.member()
                    + " would excuse it, but its token is not the lower one");
        } else if (actedAfter(history, lock, earlier, later.startNanos())) {
            violations.add(what + "; " + earlier.member() + " was paused, but acted after the later work had begun");
        } else if (earlier.certainEndNanos() - Math.max(pause.untilNanos(), later.startNanos()) > stopWithinNanos) {
            violations.add(what + "; " + earlier.member() + " was paused, but did not stop in time after that");
        } else {
            excused.add(what + "; " + earlier.member() + " was paused for "
                    + (pause.untilNanos() - pause.fromNanos()) / 1_000_000 + " ms");
        }
    }

    private @Nullable Pause longPauseBefore(Work earlier, Work later, List<Pause> pauses) {
        Pause longest = null;
        for (Pause pause : pauses) {
            boolean concerns = pause.member().equals(earlier.member())
                    && pause.fromNanos() < later.startNanos()
                    && pause.untilNanos() > earlier.startNanos()
                    && later.startNanos() - pause.untilNanos() <= stopWithinNanos;
            if (concerns
                    && pause.untilNanos() - pause.fromNanos() > longestPauseNanos
                    && (longest == null || pause.untilNanos() > longest.untilNanos())) {
                longest = pause;
            }
        }
        return longest;
    }

    private static boolean actedAfter(History history, String lock, Work work, long nanos) {
        for (Event event : history.events(lock)) {
            if (event.kind() == Kind.ACT
                    && event.nanos() > nanos
                    && event.member().equals(work.member())
                    && event.token() == work.token()) {
                return true;
            }
        }
        return false;
    }
}
