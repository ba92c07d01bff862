package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.election.Phase;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one lock stands, for people: health, consoles, management.
 *
 * @param leadership   who leads, and under which tenure
 * @param phase        where the election stands; {@link Phase#STOPPED} while this member takes no part because the service or the view is stopped
 * @param disabled     whether this member has been told not to stand for the lock
 * @param coolingDown  for how long this member still lets others go first; zero if it does not
 * @param references   how many users of this JVM hold the view
 * @param sinceContact how long ago the place where the lock lives was heard of last; null if it has not been since this member takes part
 * @param participating for how long this member has been taking part; zero if it does not
 * @param leaderless   for how long no leader has been known; zero while one is known
 * @param troubled     for how long something has kept this member from taking part; zero while nothing does
 * @param changes      the last changes, the latest last
 */
public record LockReport(
        Leadership leadership,
        Phase phase,
        boolean disabled,
        Duration coolingDown,
        int references,
        @Nullable Duration sinceContact,
        Duration participating,
        Duration leaderless,
        Duration troubled,
        List<LockChange> changes) {

    public LockReport {
        changes = List.copyOf(changes);
    }

    /** The lock. */
    public String lock() {
        return leadership.lock();
    }
}
