package io.github.camelmasterlite.observe;

import io.github.camelmasterlite.cluster.ElectionClusterService;
import io.github.camelmasterlite.cluster.Leadership;
import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.LockReport;
import io.github.camelmasterlite.election.Phase;
import java.time.Duration;
import java.util.function.Function;
import org.apache.camel.api.management.ManagedAttribute;
import org.apache.camel.api.management.ManagedOperation;
import org.apache.camel.api.management.ManagedResource;
import org.jspecify.annotations.Nullable;

/** One lock of one member, in JMX. Operations return at once; the attributes show what comes of them. */
@ManagedResource(description = "Lock: who leads it, and how this member stands")
public final class ManagedLock {

    private final ElectionClusterService service;
    private final String lock;

    ManagedLock(ElectionClusterService service, String lock) {
        this.service = service;
        this.lock = lock;
    }

    /** A lock that is just being forgotten has none of it. */
    private <T> T report(Function<LockReport, T> what, T otherwise) {
        LockReport report = service.report(lock).orElse(null);
        return report == null ? otherwise : what.apply(report);
    }

    private long millis(Function<LockReport, Duration> what) {
        return report(what, Duration.ZERO).toMillis();
    }

    private @Nullable Leadership leadership() {
        LockReport report = service.report(lock).orElse(null);
        return report == null ? null : report.leadership();
    }

    @ManagedAttribute(description = "Name of the lock")
    public String getLock() {
        return lock;
    }

    @ManagedAttribute(description = "Id of the service")
    public String getServiceId() {
        return service.getId();
    }

    @ManagedAttribute(description = "Id of this member")
    public @Nullable String getMember() {
        Leadership leadership = leadership();
        return leadership == null ? null : leadership.member();
    }

    @ManagedAttribute(description = "Where the election stands; STOPPED while this member takes no part")
    public String getPhase() {
        return report(LockReport::phase, Phase.STOPPED).name();
    }

    @ManagedAttribute(description = "Whether this member leads")
    public boolean isLeading() {
        Leadership leadership = leadership();
        return leadership != null && leadership.isLeader();
    }

    @ManagedAttribute(description = "Id of the member known to lead; null if none is")
    public @Nullable String getLeader() {
        Leadership leadership = leadership();
        return leadership == null ? null : leadership.leader();
    }

    @ManagedAttribute(description = "Number of this member's tenure; 0 without")
    public long getTerm() {
        Leadership leadership = leadership();
        return leadership == null ? 0 : leadership.term();
    }

    @ManagedAttribute(description = "Fencing token of this member's tenure; 0 without")
    public long getFencingToken() {
        Leadership leadership = leadership();
        return leadership == null ? 0 : leadership.fencingToken();
    }

    @ManagedAttribute(description = "Since when this member's tenure lasts, ISO 8601; null without")
    public @Nullable String getSince() {
        Leadership leadership = leadership();
        return leadership == null || leadership.tenure() == null
                ? null
                : leadership.tenure().since().toString();
    }

    @ManagedAttribute(
            description = "For how long the tenure stands unless it is confirmed again, in milliseconds; 0 without")
    public long getRemainingAuthorityMillis() {
        return millis(report -> report.leadership().remainingAuthority());
    }

    @ManagedAttribute(
            description = "What keeps this member from taking part, with the way to mend it; null if nothing does")
    public @Nullable String getProblem() {
        Leadership leadership = leadership();
        return leadership == null ? null : leadership.problem();
    }

    @ManagedAttribute(description = "For how long that has kept it, in milliseconds; 0 if nothing does")
    public long getTroubledMillis() {
        return millis(LockReport::troubled);
    }

    @ManagedAttribute(description = "Whether this member was told not to stand for the lock")
    public boolean isDisabled() {
        return report(LockReport::disabled, false);
    }

    @ManagedAttribute(
            description = "For how long this member still lets others go first, in milliseconds; 0 if it does not")
    public long getCoolingDownMillis() {
        return millis(LockReport::coolingDown);
    }

    @ManagedAttribute(description = "How many users in this JVM hold the view of the lock")
    public int getReferences() {
        return report(LockReport::references, 0);
    }

    @ManagedAttribute(description = "How long ago the store was heard of last, in milliseconds; -1 if it has not been")
    public long getSinceContactMillis() {
        LockReport report = service.report(lock).orElse(null);
        Duration sinceContact = report == null ? null : report.sinceContact();
        return sinceContact == null ? -1 : sinceContact.toMillis();
    }

    @ManagedAttribute(description = "For how long this member has been taking part, in milliseconds; 0 if it does not")
    public long getParticipatingMillis() {
        return millis(LockReport::participating);
    }

    @ManagedAttribute(description = "For how long no leader has been known, in milliseconds; 0 while one is")
    public long getLeaderlessMillis() {
        return millis(LockReport::leaderless);
    }

    @ManagedAttribute(description = "Routes of this context that work under the lock")
    public String[] getRoutes() {
        return MasterRoutes.of(service.getCamelContext()).stream()
                .filter(master -> master.isUnder(service, lock))
                .map(master -> master.route().getRouteId())
                .toArray(String[]::new);
    }

    @ManagedAttribute(description = "The last changes with their reasons, the latest last")
    public String[] getChanges() {
        LockReport report = service.report(lock).orElse(null);
        return report == null
                ? new String[0]
                : report.changes().stream().map(LeadershipConsole::line).toArray(String[]::new);
    }

    @ManagedOperation(
            description = "Stops the work, gives up the lock and does not stand for it for so many milliseconds")
    public void resign(long coolDownMillis) {
        view().resign(Duration.ofMillis(coolDownMillis));
    }

    @ManagedOperation(description = "Takes part again, after stopView")
    public void startView() {
        service.startView(lock);
    }

    @ManagedOperation(description = "Takes no part: stops the work, gives up the lock")
    public void stopView() {
        service.stopView(lock);
    }

    @ManagedOperation(
            description =
                    "Stops the work, gives up the lock and does not stand for it until it is enabled; still knows who leads")
    public void disable() {
        view().setDisabled(true);
    }

    @ManagedOperation(description = "Stands for the lock again, after disable")
    public void enable() {
        view().setDisabled(false);
    }

    private LeadershipView view() {
        return service.existingView(lock)
                .orElseThrow(() -> new IllegalStateException("Lock " + lock + " is no longer in use"));
    }
}
