package io.github.camelmasterlite.cluster;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a cluster service stands, for people: health, consoles, management.
 *
 * @param id           the id of the service
 * @param type         what kind of service it is: the simple name of its class
 * @param member       the id of this member
 * @param isRunning    whether elections run
 * @param members      the members known to live
 * @param isWatching   whether changes made by others are reported to this member; false if it has to look for them, null if that is not known
 * @param watchProblem why they are not; null if they are, or it is not known
 * @param silenceLimit for how long the place where the locks live may be silent before something is wrong
 * @param locks        the locks, by name
 */
public record ServiceReport(
        String id,
        String type,
        String member,
        boolean isRunning,
        List<String> members,
        @Nullable Boolean isWatching,
        @Nullable String watchProblem,
        Duration silenceLimit,
        List<LockReport> locks) {

    public ServiceReport {
        members = List.copyOf(members);
        locks = List.copyOf(locks);
    }
}
