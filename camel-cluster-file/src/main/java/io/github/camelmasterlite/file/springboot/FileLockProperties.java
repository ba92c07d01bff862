package io.github.camelmasterlite.file.springboot;

import io.github.camelmasterlite.file.FileLockClusterService.Locking;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** The keys of the cluster service of file locks; null is "not set". */
@ConfigurationProperties("camel.cluster.file")
public final class FileLockProperties {

    /**
     * Whether there is a cluster service of file locks. Default: whether the root is set.
     */
    private @Nullable Boolean enabled;

    /**
     * Id of this member, by which others and people know it. Must differ between members; default: host name, process id and a random part.
     */
    private @Nullable String id;

    /**
     * Among several services of a context, the one with the lowest order is preferred by selectors that look at it.
     */
    private @Nullable Integer order;

    /**
     * Free data for selectors.
     */
    private Map<String, Object> attributes = new LinkedHashMap<>();

    /**
     * Whether the locks are spread evenly over the members, by Camel's RebalancingCamelClusterService.
     */
    private @Nullable Boolean rebalancing;

    /**
     * How long work may take to stop once told to, in milliseconds.
     */
    private @Nullable Long stopBudgetMillis;

    /**
     * The directory that all members share. Required. Created at the start if it does not exist.
     */
    private @Nullable String root;

    /**
     * How locks are kept: by the operating system (os), by leases (lease), or as the file system demands (auto).
     */
    private @Nullable Locking locking;

    /**
     * Upper bound of the time before the first try for a lock, in milliseconds or as 1s. Accepted for compatibility: the first try is made at once.
     */
    private @Nullable String acquireLockDelay;

    /**
     * Upper bound of the time between two tries for a lock, in milliseconds or as 10s.
     */
    private @Nullable String acquireLockInterval;

    /**
     * With leases, what is set here makes the lease duration acquire-lock-interval times this.
     */
    private @Nullable Integer heartbeatTimeoutMultiplier;

    /**
     * Accepted for compatibility: what fails is tried again for as long as the service runs.
     */
    private @Nullable Integer clusterDataTaskMaxAttempts;

    /**
     * Accepted for compatibility. In milliseconds or as 10s.
     */
    private @Nullable String clusterDataTaskTimeout;

    /**
     * With leases, for how long one holds unless it is renewed, in milliseconds.
     */
    private @Nullable Long leaseDurationMillis;

    /**
     * With leases, for how long a confirmed renewal lets its member lead, in milliseconds.
     */
    private @Nullable Long renewDeadlineMillis;

    /**
     * With leases, how often a member looks that does not lead, in milliseconds.
     */
    private @Nullable Long retryPeriodMillis;

    public @Nullable Boolean getEnabled() {
        return enabled;
    }

    public void setEnabled(@Nullable Boolean enabled) {
        this.enabled = enabled;
    }

    public @Nullable String getId() {
        return id;
    }

    public void setId(@Nullable String id) {
        this.id = id;
    }

    public @Nullable Integer getOrder() {
        return order;
    }

    public void setOrder(@Nullable Integer order) {
        this.order = order;
    }

    public Map<String, Object> getAttributes() {
        return attributes;
    }

    public void setAttributes(Map<String, Object> attributes) {
        this.attributes = attributes;
    }

    public @Nullable Boolean getRebalancing() {
        return rebalancing;
    }

    public void setRebalancing(@Nullable Boolean rebalancing) {
        this.rebalancing = rebalancing;
    }

    public @Nullable Long getStopBudgetMillis() {
        return stopBudgetMillis;
    }

    public void setStopBudgetMillis(@Nullable Long stopBudgetMillis) {
        this.stopBudgetMillis = stopBudgetMillis;
    }

    public @Nullable String getRoot() {
        return root;
    }

    public void setRoot(@Nullable String root) {
        this.root = root;
    }

    public @Nullable Locking getLocking() {
        return locking;
    }

    public void setLocking(@Nullable Locking locking) {
        this.locking = locking;
    }

    public @Nullable String getAcquireLockDelay() {
        return acquireLockDelay;
    }

    public void setAcquireLockDelay(@Nullable String acquireLockDelay) {
        this.acquireLockDelay = acquireLockDelay;
    }

    public @Nullable String getAcquireLockInterval() {
        return acquireLockInterval;
    }

    public void setAcquireLockInterval(@Nullable String acquireLockInterval) {
        this.acquireLockInterval = acquireLockInterval;
    }

    public @Nullable Integer getHeartbeatTimeoutMultiplier() {
        return heartbeatTimeoutMultiplier;
    }

    public void setHeartbeatTimeoutMultiplier(@Nullable Integer heartbeatTimeoutMultiplier) {
        this.heartbeatTimeoutMultiplier = heartbeatTimeoutMultiplier;
    }

    public @Nullable Integer getClusterDataTaskMaxAttempts() {
        return clusterDataTaskMaxAttempts;
    }

    public void setClusterDataTaskMaxAttempts(@Nullable Integer clusterDataTaskMaxAttempts) {
        this.clusterDataTaskMaxAttempts = clusterDataTaskMaxAttempts;
    }

    public @Nullable String getClusterDataTaskTimeout() {
        return clusterDataTaskTimeout;
    }

    public void setClusterDataTaskTimeout(@Nullable String clusterDataTaskTimeout) {
        this.clusterDataTaskTimeout = clusterDataTaskTimeout;
    }

    public @Nullable Long getLeaseDurationMillis() {
        return leaseDurationMillis;
    }

    public void setLeaseDurationMillis(@Nullable Long leaseDurationMillis) {
        this.leaseDurationMillis = leaseDurationMillis;
    }

    public @Nullable Long getRenewDeadlineMillis() {
        return renewDeadlineMillis;
    }

    public void setRenewDeadlineMillis(@Nullable Long renewDeadlineMillis) {
        this.renewDeadlineMillis = renewDeadlineMillis;
    }

    public @Nullable Long getRetryPeriodMillis() {
        return retryPeriodMillis;
    }

    public void setRetryPeriodMillis(@Nullable Long retryPeriodMillis) {
        this.retryPeriodMillis = retryPeriodMillis;
    }
}
