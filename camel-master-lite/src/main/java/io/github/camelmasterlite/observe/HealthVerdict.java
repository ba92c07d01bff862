package io.github.camelmasterlite.observe;

import io.github.camelmasterlite.cluster.LockReport;
import io.github.camelmasterlite.cluster.ServiceReport;
import io.github.camelmasterlite.election.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the report of a cluster service means for readiness.
 *
 * <p>Down is a member that wants to take part and cannot. Let <i>limit</i> be the silence limit of the service: the lease duration of leases, 20 seconds of file locks.
 *
 * <ul>
 *   <li>Elections do not run: the service is stopped.
 *   <li>The place where a lock lives has neither answered nor reported anything for longer than the limit. Not counted where silence is usual: nobody leads and this
 *       member does not stand (it is disabled or cooling down).
 *   <li>A problem (a missing permission, a directory that cannot be written, work that does not end) has lasted for a fifth of the limit, which is longer than one retry takes with the
 *       defaults. Where the place was heard of before and has been silent since the problem began, it is an outage: then for the limit.
 *   <li>No leader has been known for two limits, though this member stands. A crash takes one until another leads.
 * </ul>
 *
 * <p>A follower is up, and so is a member that was told not to take part (a view stopped or disabled), and one whose watch is refused: it polls. Those are details.
 *
 * @param isUp    whether it is
 * @param message why not, or what is worth knowing although it is; null if there is nothing
 * @param details counts, and a line for each of at most {@value #LOCKS_SHOWN} locks, those in trouble first
 */
record HealthVerdict(boolean isUp, @Nullable String message, Map<String, Object> details) {

    /** How many locks have a line of their own. */
    static final int LOCKS_SHOWN = 20;

    /** How many locks the message tells of. */
    private static final int LOCKS_IN_MESSAGE = 3;

    private static final int PATIENCE_DIVISOR = 5;
    private static final int LEADERLESS_LIMITS = 2;

    private record Judged(LockReport lock, @Nullable String trouble) {

        boolean isTroubled() {
            return trouble != null;
        }
    }

    /** Judges. */
    static HealthVerdict of(ServiceReport report) {
        List<Judged> locks = report.locks().stream()
                .map(lock -> new Judged(lock, trouble(lock, report.silenceLimit())))
                .toList();
        List<String> messages = new ArrayList<>();
        if (!report.isRunning()) {
            messages.add(
                    "the cluster service is stopped: no election runs here; start it again, or restart this process");
        } else {
            locks.stream()
                    .filter(Judged::isTroubled)
                    .limit(LOCKS_IN_MESSAGE)
                    .forEach(judged -> messages.add("lock " + judged.lock.lock() + ": " + judged.trouble));
            long further = locks.stream().filter(Judged::isTroubled).count() - LOCKS_IN_MESSAGE;
            if (further > 0) {
                messages.add("and " + further + " more");
            }
        }
        boolean isUp = messages.isEmpty();
        if (Boolean.FALSE.equals(report.isWatching()) && report.isRunning()) {
            messages.add("degraded: changes made by others are not reported, this member polls for them ("
                    + report.watchProblem() + ")");
        }
        return new HealthVerdict(isUp, messages.isEmpty() ? null : String.join("; ", messages), details(report, locks));
    }

    private static @Nullable String trouble(LockReport lock, Duration limit) {
        if (!takesPart(lock)) {
            return null;
        }
        boolean stands = stands(lock);
        Duration heard = lock.sinceContact();
        Duration silence = heard == null ? lock.participating() : heard;
        String problem = lock.leadership().problem();
        if (problem != null && lock.troubled().compareTo(patience(lock, limit)) >= 0) {
            return problem + " (for " + Spans.seconds(lock.troubled()) + ")";
        }
        if (silence.compareTo(limit) > 0 && (stands || lock.leadership().leader() != null)) {
            return "no contact with the place where it lives for " + Spans.seconds(silence) + " (limit "
                    + Spans.seconds(limit) + ")" + (problem == null ? "" : ": " + problem);
        }
        Duration leaderlessLimit = limit.multipliedBy(LEADERLESS_LIMITS);
        if (stands
                && lock.phase() == Phase.FOLLOWING
                && lock.leadership().leader() == null
                && lock.leaderless().compareTo(leaderlessLimit) > 0) {
            return "no leader known for " + Spans.seconds(lock.leaderless()) + " (limit "
                    + Spans.seconds(leaderlessLimit) + "), though this member stands for it";
        }
        return null;
    }

    /** For how long a problem may last. */
    private static Duration patience(LockReport lock, Duration limit) {
        Duration heard = lock.sinceContact();
        boolean isOutage = heard != null && heard.compareTo(lock.troubled()) >= 0;
        return isOutage ? limit : limit.dividedBy(PATIENCE_DIVISOR);
    }

    private static boolean takesPart(LockReport lock) {
        return !lock.participating().isZero();
    }

    private static boolean stands(LockReport lock) {
        return takesPart(lock) && !lock.disabled() && lock.coolingDown().isZero();
    }

    private static Map<String, Object> details(ServiceReport report, List<Judged> locks) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("service", report.id());
        details.put("type", report.type());
        details.put("member", report.member());
        details.put("running", report.isRunning());
        details.put("members", report.members().size());
        if (report.isWatching() != null) {
            details.put("watch", report.isWatching() ? "live" : "polling");
        }
        details.put("locks", locks.size());
        details.put("locks.leading", count(locks, HealthVerdict::leads));
        details.put("locks.stopped", count(locks, lock -> report.isRunning() && !takesPart(lock)));
        details.put("locks.disabled", count(locks, LockReport::disabled));
        details.put(
                "locks.cooling.down", count(locks, lock -> !lock.coolingDown().isZero()));
        details.put(
                "locks.in.trouble", locks.stream().filter(Judged::isTroubled).count());
        Stream<Judged> shown = locks.stream()
                .sorted(Comparator.comparing((Judged judged) -> !judged.isTroubled())
                        .thenComparing(judged -> judged.lock.lock()))
                .limit(LOCKS_SHOWN);
        shown.forEach(judged -> details.put("lock." + judged.lock.lock(), line(judged)));
        return details;
    }

    private interface Question {
        boolean isSo(LockReport lock);
    }

    private static long count(List<Judged> locks, Question question) {
        return locks.stream().filter(judged -> question.isSo(judged.lock)).count();
    }

    private static boolean leads(LockReport lock) {
        return lock.leadership().isLeader();
    }

    private static String line(Judged judged) {
        LockReport lock = judged.lock;
        List<String> parts = new ArrayList<>();
        if (leads(lock)) {
            parts.add("leading");
            parts.add("term " + lock.leadership().term());
            parts.add("fencing token " + lock.leadership().fencingToken());
            parts.add("authority for " + Spans.seconds(lock.leadership().remainingAuthority()));
        } else {
            parts.add(
                    takesPart(lock)
                            ? lock.phase().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                            : "stopped");
            String leader = lock.leadership().leader();
            if (leader != null) {
                parts.add("leader " + leader);
            } else if (takesPart(lock)) {
                parts.add("no leader known for " + Spans.seconds(lock.leaderless()));
            }
        }
        if (lock.disabled()) {
            parts.add("disabled");
        }
        if (!lock.coolingDown().isZero()) {
            parts.add("cooling down for " + Spans.seconds(lock.coolingDown()));
        }
        Duration heard = lock.sinceContact();
        if (heard != null) {
            parts.add("last contact " + Spans.seconds(heard) + " ago");
        }
        String trouble = judged.trouble == null ? lock.leadership().problem() : judged.trouble;
        return String.join(", ", parts) + (trouble == null ? "" : ": " + trouble);
    }
}
