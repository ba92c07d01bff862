package io.github.camelmasterlite.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import io.github.camelmasterlite.Internal;
import io.github.camelmasterlite.cluster.LeaseClusterService;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.Timing;
import io.github.camelmasterlite.engine.Threads;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.apache.camel.spi.Configurer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leader election between pods by leases of the Kubernetes API.
 *
 * <p>In a pod nothing has to be set; the service account needs the verbs get, create, update, list and watch on leases. A leader that stops in order is replaced in milliseconds, one that
 * vanishes when its lease has run out; one whose API server does not answer stops by the renew deadline. Readiness and existence of pods decide nothing. To see who leads: {@code kubectl get
 * lease}.
 *
 * <p><strong>Limits.</strong> What a process does that is paused beyond the renew deadline, and wakes up in the middle of an exchange, only the fencing token can hold off. Members of
 * camel-kubernetes on the same lease may lead without holding it: replace all of them at once (strategy Recreate).
 */
@Configurer(extended = true)
public class KubernetesClusterService extends LeaseClusterService {

    private static final Logger LOG = LoggerFactory.getLogger(KubernetesClusterService.class);

    /** What camel-kubernetes took for "find the server yourself". */
    private static final Pattern FIND = Pattern.compile("local|client");

    private static final Pattern LABEL_VALUE = Pattern.compile("|[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");
    private static final Pattern LABEL_KEY =
            Pattern.compile("([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");

    private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

    private volatile @Nullable String masterUrl;
    private volatile @Nullable String namespace;
    private volatile @Nullable Integer connectionTimeout;
    private volatile LeaseResourceType leaseResourceType = LeaseResourceType.Lease;
    private volatile @Nullable String kubernetesResourcesNamespace;
    private volatile String kubernetesResourceName = "leaders";
    private volatile @Nullable String groupName;
    private volatile @Nullable String podName;
    private final Map<String, String> clusterLabels = new ConcurrentHashMap<>();
    private volatile @Nullable Config config;
    private volatile @Nullable KubernetesClient kubernetesClient;

    /** A member that finds its API server by itself. */
    public KubernetesClusterService() {}

    /**
     * @param config how to connect; {@link #setConfig}
     */
    public KubernetesClusterService(Config config) {
        this.config = config;
    }

    @Override
    @Internal
    protected LeaseStore createStore(Threads threads) {
        Map<String, String> labels = Map.copyOf(clusterLabels);
        checkLabels(labels);
        checkNames();
        Timing timing = timing().inStepsOf(Duration.ofSeconds(1));
        KubernetesClient given = kubernetesClient;
        KubernetesClient client = given == null ? connect(timing) : given;
        Runnable close = given == null ? client::close : () -> {};
        boolean isReady = false;
        try {
            String where = resourcesNamespace(client);
            Duration timeout = timing.leaseDuration();
            KubeApi pods = new KubeApi(client, KubeApi.Kind.PODS, where, timeout);
            LOG.info(
                    "Leader election as {} by {} '{}' in namespace {} at {}: leaseDuration {} ms, renewDeadline {} ms, retryPeriod {} ms",
                    memberId(),
                    leaseResourceType == LeaseResourceType.Lease ? "leases" : "the ConfigMap",
                    kubernetesResourceName,
                    where,
                    client.getMasterUrl(),
                    timing.leaseDuration().toMillis(),
                    timing.renewDeadline().toMillis(),
                    timing.retryPeriod().toMillis());
            ReportingStore.Setting setting =
                    new ReportingStore.Setting(timeout, threads, ticker(), ReportingStore.REHEARSALS, close);
            LeaseStore store = switch (leaseResourceType) {
                case Lease ->
                    new KubernetesLeaseStore(
                            new KubeApi(client, KubeApi.Kind.LEASES, where, timeout),
                            kubernetesResourceName,
                            labels,
                            pods,
                            setting);
                case ConfigMap ->
                    new ConfigMapLeaseStore(
                            new KubeApi(client, KubeApi.Kind.CONFIG_MAPS, where, timeout),
                            kubernetesResourceName,
                            labels,
                            pods,
                            setting);
            };
            isReady = true;
            return store;
        } finally {
            if (!isReady) {
                close.run();
            }
        }
    }

    private KubernetesClient connect(Timing timing) {
        Config given = config;
        ConfigBuilder builder = new ConfigBuilder(given == null ? Config.autoConfigure(null) : given);
        String url = masterUrl;
        if (url != null && !FIND.matcher(url.strip().toLowerCase(Locale.ROOT)).matches()) {
            builder.withMasterUrl(url.strip());
        }
        String in = namespace;
        if (in != null) {
            builder.withNamespace(in);
        }
        Integer timeout = connectionTimeout;
        builder.withConnectionTimeout(
                timeout == null ? (int) Duration.ofNanos(timing.attemptNanos()).toMillis() : timeout);
        // Whether, and when, a request is tried again depends on what it was for; a retry here would come too late or
        // hide a conflict.
        builder.withRequestRetryBackoffLimit(0);
        // One dead connection must not take all requests with it.
        builder.withHttp2Disable(true);
        try {
            Config config = builder.build();
            URI.create(config.getMasterUrl()); // the client itself notices only with its first request
            KubernetesClientBuilder clients = new KubernetesClientBuilder().withConfig(config);
            if (hasVertxClient()) {
                clients.withHttpClientFactory(new VertxHttpClientFactory()); // whatever else is on the class path
            }
            return clients.build();
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "masterUrl, config: cannot connect to an API server with these (" + e.getMessage()
                            + "); in a pod leave them unset, elsewhere see the kubeconfig",
                    e);
        }
    }

    /** Whether the library is there; whoever leaves it out gets the client of fabric8 that is. */
    private static boolean hasVertxClient() {
        String factory = "io/fabric8/kubernetes/client/vertx/VertxHttpClientFactory.class";
        return KubernetesClusterService.class.getClassLoader().getResource(factory) != null;
    }

    private String resourcesNamespace(KubernetesClient client) {
        String set = kubernetesResourcesNamespace;
        if (set == null) {
            set = namespace;
        }
        if (set == null) {
            set = client.getNamespace();
        }
        return set == null || set.isBlank() ? "default" : set;
    }

    private static void checkLabels(Map<String, String> labels) {
        labels.forEach((key, value) -> {
            if (!LABEL_KEY.matcher(key).matches() || !LABEL_VALUE.matcher(value).matches()) {
                throw new IllegalArgumentException("clusterLabels: '" + key + "=" + value
                        + "' is no label of Kubernetes: keys are [prefix/]name, names and values have at most 63 letters, digits, '-', '_' and '.',"
                        + " with a letter or digit at both ends");
            }
        });
    }

    private void checkNames() {
        checkNamespace("namespace", namespace);
        checkNamespace("kubernetesResourcesNamespace", kubernetesResourcesNamespace);
        if (leaseResourceType == LeaseResourceType.ConfigMap && !LockNames.isSubdomain(kubernetesResourceName)) {
            throw new IllegalArgumentException("kubernetesResourceName: '" + kubernetesResourceName
                    + "' cannot be the name of a ConfigMap; use lower-case letters, digits, '-' and '.'");
        }
    }

    private static void checkNamespace(String option, @Nullable String value) {
        if (value != null && !value.isBlank() && !NAMESPACE.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    option + ": '" + value
                            + "' cannot be the name of a namespace; use at most 63 lower-case letters, digits and '-', with a letter or digit at both ends");
        }
    }

    // ---- identity

    /** The pod: what {@code kubectl get lease} shows as the holder. */
    @Override
    @Internal
    protected String memberId() {
        String set = podName;
        return set == null ? defaultPodName() : set;
    }

    private static String defaultPodName() {
        String host = System.getenv("HOSTNAME");
        if (host != null && !host.isBlank()) {
            return host;
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    "podName: not set, and neither HOSTNAME nor the host name is known; set it, in a pod from metadata.name by the downward API",
                    e);
        }
    }

    @Override
    @Internal
    protected String lockOf(String view) {
        String group = groupName;
        return group == null ? view : group;
    }

    // ---- options

    public @Nullable String getMasterUrl() {
        return masterUrl;
    }

    /** The URL of the API server. Default: that of the cluster the pod is in, or of the kubeconfig; so do {@code local} and {@code client}. */
    public void setMasterUrl(@Nullable String masterUrl) {
        this.masterUrl = masterUrl;
    }

    public @Nullable String getNamespace() {
        return namespace;
    }

    /** The namespace of this application. Default: that of the pod, or of the kubeconfig. */
    public void setNamespace(@Nullable String namespace) {
        this.namespace = namespace;
    }

    /** The older name of {@link #getNamespace()}. */
    public @Nullable String getKubernetesNamespace() {
        return getNamespace();
    }

    /** The older name of {@link #setNamespace}. */
    public void setKubernetesNamespace(@Nullable String kubernetesNamespace) {
        setNamespace(kubernetesNamespace);
    }

    public @Nullable Integer getConnectionTimeout() {
        return connectionTimeout;
    }

    /** How long connecting to the API server may take, in milliseconds; more than zero. Default: as long as one attempt to renew, a third of the time between renewal and renew deadline. */
    public void setConnectionTimeout(@Nullable Integer connectionTimeout) {
        if (connectionTimeout != null && connectionTimeout <= 0) {
            throw new IllegalArgumentException("connectionTimeout must be more than zero, but is " + connectionTimeout);
        }
        this.connectionTimeout = connectionTimeout;
    }

    /** {@link #getConnectionTimeout()}. */
    public @Nullable Integer getConnectionTimeoutMillis() {
        return getConnectionTimeout();
    }

    /** {@link #setConnectionTimeout}. */
    public void setConnectionTimeoutMillis(@Nullable Integer connectionTimeoutMillis) {
        setConnectionTimeout(connectionTimeoutMillis);
    }

    public LeaseResourceType getLeaseResourceType() {
        return leaseResourceType;
    }

    /** What kind of object holds the leases; default {@link LeaseResourceType#Lease}. */
    public void setLeaseResourceType(LeaseResourceType leaseResourceType) {
        this.leaseResourceType =
                Objects.requireNonNull(leaseResourceType, "leaseResourceType must be Lease or ConfigMap, but is null");
    }

    public @Nullable String getKubernetesResourcesNamespace() {
        return kubernetesResourcesNamespace;
    }

    /** The namespace of the leases and of the pods. Default: {@link #getNamespace()}. */
    public void setKubernetesResourcesNamespace(@Nullable String kubernetesResourcesNamespace) {
        this.kubernetesResourcesNamespace = kubernetesResourcesNamespace;
    }

    public String getKubernetesResourceName() {
        return kubernetesResourceName;
    }

    /** What the names of the leases begin with ({@code <kubernetesResourceName>-<lock>}), or the name of the ConfigMap; default "leaders". Differs between applications of a namespace. */
    @SuppressWarnings("ConstantValue") // callers without null checking exist
    public void setKubernetesResourceName(String kubernetesResourceName) {
        if (kubernetesResourceName == null || kubernetesResourceName.isBlank()) {
            throw new IllegalArgumentException("kubernetesResourceName must not be blank; \"leaders\" is usual");
        }
        this.kubernetesResourceName = kubernetesResourceName;
    }

    /** The older name of {@link #getKubernetesResourceName()}. */
    public String getConfigMapName() {
        return getKubernetesResourceName();
    }

    /** The older name of {@link #setKubernetesResourceName}. */
    public void setConfigMapName(String configMapName) {
        setKubernetesResourceName(configMapName);
    }

    public @Nullable String getGroupName() {
        return groupName;
    }

    /** One lock for all views, whatever they are called: who leads one leads all. Default: none, each view has its own. */
    public void setGroupName(@Nullable String groupName) {
        if (groupName != null && groupName.isBlank()) {
            throw new IllegalArgumentException(
                    "groupName must not be blank; leave it unset to give each view its own lock");
        }
        this.groupName = groupName;
    }

    public String getPodName() {
        return memberId();
    }

    /** The name of this pod, by which it holds leases. Default: the environment variable HOSTNAME, which Kubernetes sets to it, or the host name. */
    public void setPodName(@Nullable String podName) {
        if (podName != null && podName.isBlank()) {
            throw new IllegalArgumentException(
                    "podName must not be blank: an empty holder means that nobody holds the lease; leave it unset");
        }
        this.podName = podName;
    }

    /** The labels, live: Camel binds {@code clusterLabels[key]} by changing this map. */
    public Map<String, String> getClusterLabels() {
        return clusterLabels;
    }

    /** Labels of the pods that are members, for {@code getMembers()}; leases get them as well. Default: none, then members are known by the leases they hold. They decide nothing. */
    @SuppressWarnings("ConstantValue") // callers without null checking exist
    public void setClusterLabels(Map<String, String> clusterLabels) {
        Map<String, String> copy = clusterLabels == null ? Map.of() : Map.copyOf(clusterLabels);
        this.clusterLabels.clear();
        this.clusterLabels.putAll(copy);
    }

    /** Adds one of the labels of {@link #setClusterLabels}, or replaces it. */
    public void addToClusterLabels(String key, String value) {
        clusterLabels.put(key, value);
    }

    public @Nullable Config getConfig() {
        return config;
    }

    /** How to connect, in place of what is found by itself; masterUrl, namespace and connectionTimeout are put on top of it. */
    public void setConfig(@Nullable Config config) {
        this.config = config;
    }

    public @Nullable KubernetesClient getKubernetesClient() {
        return kubernetesClient;
    }

    /** A client to use; it is not closed. Its own options count: masterUrl, config and connectionTimeout have no effect then. */
    public void setKubernetesClient(@Nullable KubernetesClient kubernetesClient) {
        this.kubernetesClient = kubernetesClient;
    }
}
