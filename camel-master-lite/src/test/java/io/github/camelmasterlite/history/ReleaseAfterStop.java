package io.github.camelmasterlite.history;

import io.github.camelmasterlite.history.History.Event;
import io.github.camelmasterlite.history.History.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * A lock is released only after the work of its tenure has ended.
 *
 * <p>A release is seen later than it happens, never earlier; so one that is seen while the work certainly goes on came too early. One that came too
 * early, but is seen after the end, is not found. A tenure that never came to work may be released at any time.
 */
public final class ReleaseAfterStop implements HistoryChecker {

    @Override
    public Verdict check(History history) {
        List<String> violations = new ArrayList<>();
        List<Event> events = history.events();
        history.work().forEach((lock, works) -> {
            for (Event event : events) {
                if (event.kind() != Kind.RELEASED || !event.lock().equals(lock)) {
                    continue;
                }
                for (Work work : works) {
                    if (work.member().equals(event.member())
                            && work.token() == event.token()
                            && event.nanos() < work.certainEndNanos()) {
                        violations.add("lock " + lock + ": " + work.member() + " released the tenure with token "
                                + work.token() + " at "
                                + event.nanos() + " and its work went on for "
                                + (work.certainEndNanos() - event.nanos()) / 1_000 + " us more at least");
                    }
                }
            }
        });
        return Verdict.of(violations);
    }
}
