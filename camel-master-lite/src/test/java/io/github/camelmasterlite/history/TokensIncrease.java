package io.github.camelmasterlite.history;

import java.util.ArrayList;
import java.util.List;

/**
 * Every tenure of a lock has a higher fencing token than all that began before it, across members, crashes, hand-over and re-acquisition.
 *
 * <p>Compared in the order in which work began. A tenure that never came to work is not seen.
 */
public final class TokensIncrease implements HistoryChecker {

    @Override
    public Verdict check(History history) {
        List<String> violations = new ArrayList<>();
        history.work().forEach((lock, works) -> {
            long highest = 0;
            String holder = "nobody";
            for (Work work : works) {
                if (work.token() <= highest) {
                    violations.add("lock " + lock + ": " + work.member() + " began at " + work.startNanos()
                            + " with token " + work.token() + ", which is not above the " + highest + " of " + holder);
                } else {
                    highest = work.token();
                    holder = work.member();
                }
            }
        });
        return Verdict.of(violations);
    }
}
