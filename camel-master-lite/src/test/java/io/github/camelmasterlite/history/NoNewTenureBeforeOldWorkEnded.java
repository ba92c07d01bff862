package io.github.camelmasterlite.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One member never begins work under a new tenure of a lock before its work under the former one has ended, also across a restart of its service.
 *
 * <p>Work of a killed member has ended for its successor under the same id when the end of the process was confirmed; a successor must not be
 * started before.
 */
public final class NoNewTenureBeforeOldWorkEnded implements HistoryChecker {

    @Override
    public Verdict check(History history) {
        List<String> violations = new ArrayList<>();
        history.work().forEach((lock, works) -> {
            Map<String, Work> latest = new HashMap<>();
            for (Work work : works) {
                Work before = latest.get(work.member());
                if (before != null && work.startNanos() < before.latestEndNanos()) {
                    violations.add("lock " + lock + ": " + work.member() + " began with token " + work.token() + " at "
                            + work.startNanos() + ", before its work with token " + before.token() + " had ended ("
                            + (before.ending() == Work.Ending.OPEN
                                    ? "it never did"
                                    : before.ending() + " at " + before.latestEndNanos())
                            + ")");
                }
                if (before == null || work.latestEndNanos() > before.latestEndNanos()) {
                    latest.put(work.member(), work);
                }
            }
        });
        return Verdict.of(violations);
    }
}
