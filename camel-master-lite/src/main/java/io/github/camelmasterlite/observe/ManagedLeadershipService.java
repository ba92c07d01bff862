package io.github.camelmasterlite.observe;

import io.github.camelmasterlite.cluster.ElectionClusterService;
import io.github.camelmasterlite.cluster.LockReport;
import io.github.camelmasterlite.cluster.ServiceReport;
import org.apache.camel.api.management.ManagedAttribute;
import org.apache.camel.api.management.ManagedOperation;
import org.apache.camel.api.management.ManagedResource;
import org.jspecify.annotations.Nullable;

/** One cluster service, in JMX. It answers for that service, however many the context has. */
@ManagedResource(description = "Cluster service: the locks of one member")
public final class ManagedLeadershipService {

    private final ElectionClusterService service;

    ManagedLeadershipService(ElectionClusterService service) {
        this.service = service;
    }

    @ManagedAttribute(description = "Id of the service")
    public String getServiceId() {
        return service.getId();
    }

    @ManagedAttribute(description = "Kind of service")
    public String getServiceType() {
        return service.report().type();
    }

    @ManagedAttribute(description = "Id of this member")
    public String getMember() {
        return service.report().member();
    }

    @ManagedAttribute(description = "Whether elections run")
    public boolean isRunning() {
        return service.report().isRunning();
    }

    @ManagedAttribute(description = "Members known to live")
    public String[] getMembers() {
        return service.report().members().toArray(String[]::new);
    }

    @ManagedAttribute(
            description = "Whether changes made by others are reported to this member; null if that is not known")
    public @Nullable Boolean getWatching() {
        return service.report().isWatching();
    }

    @ManagedAttribute(description = "Why changes made by others are not reported; null if they are")
    public @Nullable String getWatchProblem() {
        return service.report().watchProblem();
    }

    @ManagedAttribute(description = "For how long the store may be silent before something is wrong, in milliseconds")
    public long getSilenceLimitMillis() {
        return service.report().silenceLimit().toMillis();
    }

    @ManagedAttribute(description = "Locks in use by this member")
    public String[] getLocks() {
        return service.report().locks().stream().map(LockReport::lock).toArray(String[]::new);
    }

    @ManagedAttribute(description = "Locks that this member leads")
    public String[] getLedLocks() {
        ServiceReport report = service.report();
        return report.locks().stream()
                .filter(lock -> lock.leadership().isLeader())
                .map(LockReport::lock)
                .toArray(String[]::new);
    }

    @ManagedOperation(description = "Whether this member leads a lock")
    public boolean isLeader(String lock) {
        return service.isLeader(lock);
    }

    @ManagedOperation(description = "Takes part in the election of a lock again, after it was stopped")
    public void startView(String lock) {
        service.startView(lock);
    }

    @ManagedOperation(description = "Takes no part in the election of a lock: stops the work, gives up the lock")
    public void stopView(String lock) {
        service.stopView(lock);
    }
}
