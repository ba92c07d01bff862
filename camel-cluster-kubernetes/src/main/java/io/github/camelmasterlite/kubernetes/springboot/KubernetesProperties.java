package io.github.camelmasterlite.kubernetes.springboot;

import io.github.camelmasterlite.kubernetes.LeaseResourceType;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** The keys of the cluster service of Kubernetes leases; null is "not set". */
@ConfigurationProperties("camel.cluster.kubernetes")
public final class KubernetesProperties {

    /**
     * Whether there is a cluster service of Kubernetes leases.
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
     * URL of the API server. Default: that of the cluster the pod is in, or of the kubeconfig.
     */
    private @Nullable String masterUrl;

    /**
     * How long connecting to the API server may take, in milliseconds. Default: as long as one attempt to renew.
     */
    private @Nullable Integer connectionTimeoutMillis;

    /**
     * Another name of connection-timeout-millis.
     */
    private @Nullable Integer connectionTimeout;

    /**
     * Namespace of this application. Default: that of the pod, or of the kubeconfig.
     */
    private @Nullable String namespace;

    /**
     * Another name of namespace.
     */
    private @Nullable String kubernetesNamespace;

    /**
     * Namespace of the leases and of the pods. Default: the namespace.
     */
    private @Nullable String kubernetesResourcesNamespace;

    /**
     * What the names of the leases begin with, or the name of the ConfigMap.
     */
    private @Nullable String kubernetesResourceName;

    /**
     * Another name of kubernetes-resource-name.
     */
    private @Nullable String configMapName;

    /**
     * What kind of object holds the leases.
     */
    private @Nullable LeaseResourceType leaseResourceType;

    /**
     * One lock for all views, whatever they are called. Default: none, each view has its own.
     */
    private @Nullable String groupName;

    /**
     * Name of this pod, by which it holds leases. Default: HOSTNAME, or the host name.
     */
    private @Nullable String podName;

    /**
     * Labels of the pods that are members; leases get them as well.
     */
    private Map<String, String> clusterLabels = new LinkedHashMap<>();

    /**
     * For how long a lease holds unless it is renewed, in milliseconds; rounded up to seconds.
     */
    private @Nullable Long leaseDurationMillis;

    /**
     * For how long a confirmed renewal lets its member lead, in milliseconds, counted from the moment it was sent.
     */
    private @Nullable Long renewDeadlineMillis;

    /**
     * How often a member looks that cannot watch, and the longest wait after an error, in milliseconds.
     */
    private @Nullable Long retryPeriodMillis;

    /**
     * How long a member that leaves in order goes on renewing while its work ends, in milliseconds.
     */
    private @Nullable Long drainTimeoutMillis;

    /**
     * A renewal is sent after half the renew deadline times a random number between 1 and this.
     */
    private @Nullable Double jitterFactor;

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

    public @Nullable String getMasterUrl() {
        return masterUrl;
    }

    public void setMasterUrl(@Nullable String masterUrl) {
        this.masterUrl = masterUrl;
    }

    public @Nullable Integer getConnectionTimeoutMillis() {
        return connectionTimeoutMillis;
    }

    public void setConnectionTimeoutMillis(@Nullable Integer connectionTimeoutMillis) {
        this.connectionTimeoutMillis = connectionTimeoutMillis;
    }

    public @Nullable Integer getConnectionTimeout() {
        return connectionTimeout;
    }

    public void setConnectionTimeout(@Nullable Integer connectionTimeout) {
        this.connectionTimeout = connectionTimeout;
    }

    public @Nullable String getNamespace() {
        return namespace;
    }

    public void setNamespace(@Nullable String namespace) {
        this.namespace = namespace;
    }

    public @Nullable String getKubernetesNamespace() {
        return kubernetesNamespace;
    }

    public void setKubernetesNamespace(@Nullable String kubernetesNamespace) {
        this.kubernetesNamespace = kubernetesNamespace;
    }

    public @Nullable String getKubernetesResourcesNamespace() {
        return kubernetesResourcesNamespace;
    }

    public void setKubernetesResourcesNamespace(@Nullable String kubernetesResourcesNamespace) {
        this.kubernetesResourcesNamespace = kubernetesResourcesNamespace;
    }

    public @Nullable String getKubernetesResourceName() {
        return kubernetesResourceName;
    }

    public void setKubernetesResourceName(@Nullable String kubernetesResourceName) {
        this.kubernetesResourceName = kubernetesResourceName;
    }

    public @Nullable String getConfigMapName() {
        return configMapName;
    }

    public void setConfigMapName(@Nullable String configMapName) {
        this.configMapName = configMapName;
    }

    public @Nullable LeaseResourceType getLeaseResourceType() {
        return leaseResourceType;
    }

    public void setLeaseResourceType(@Nullable LeaseResourceType leaseResourceType) {
        this.leaseResourceType = leaseResourceType;
    }

    public @Nullable String getGroupName() {
        return groupName;
    }

    public void setGroupName(@Nullable String groupName) {
        this.groupName = groupName;
    }

    public @Nullable String getPodName() {
        return podName;
    }

    public void setPodName(@Nullable String podName) {
        this.podName = podName;
    }

    public Map<String, String> getClusterLabels() {
        return clusterLabels;
    }

    public void setClusterLabels(Map<String, String> clusterLabels) {
        this.clusterLabels = clusterLabels;
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

    public @Nullable Long getDrainTimeoutMillis() {
        return drainTimeoutMillis;
    }

    public void setDrainTimeoutMillis(@Nullable Long drainTimeoutMillis) {
        this.drainTimeoutMillis = drainTimeoutMillis;
    }

    public @Nullable Double getJitterFactor() {
        return jitterFactor;
    }

    public void setJitterFactor(@Nullable Double jitterFactor) {
        this.jitterFactor = jitterFactor;
    }
}
