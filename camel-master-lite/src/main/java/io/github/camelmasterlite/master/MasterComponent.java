package io.github.camelmasterlite.master;

import io.github.camelmasterlite.cluster.ClusterServices;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.cluster.ClusterServiceSelectors;
import org.apache.camel.util.PropertiesHelper;
import org.jspecify.annotations.Nullable;

/**
 * {@code master:lock:uri} consumes from {@code uri} on exactly one member of a cluster. Which one is decided by a
 * {@link CamelClusterService}, which is looked up when the first route starts: see {@link ClusterServices}.
 */
@Component("master")
public class MasterComponent extends DefaultComponent {

    @Metadata(label = "advanced")
    private @Nullable CamelClusterService service;

    @Metadata(label = "advanced")
    private CamelClusterService.Selector serviceSelector = ClusterServiceSelectors.DEFAULT_SELECTOR;

    @Metadata(label = "advanced", defaultValue = "5000")
    private long backOffDelay = 5000;

    @Metadata(label = "advanced", defaultValue = "10")
    private int backOffMaxAttempts = 10;

    @Metadata(label = "consumer", defaultValue = "wait", enums = "wait,fail,off")
    private MasterGuard guard = MasterGuard.WAIT;

    @Metadata(label = "consumer", defaultValue = "true")
    private boolean headers = true;

    @Metadata(label = "consumer", defaultValue = "false")
    private boolean warmStandby;

    @Metadata(label = "consumer", defaultValue = "keep", enums = "keep,release")
    private MasterOnSuspend onSuspend = MasterOnSuspend.KEEP;

    @Metadata(label = "consumer", defaultValue = "0", javaType = "java.time.Duration")
    private long yieldWhenDownFor;

    private @Nullable CamelClusterService found;
    private @Nullable MasterWorkers workers;
    private final AtomicBoolean rehearsed = new AtomicBoolean();

    /** By route, the end of a delegate that was still there when the route had stopped. */
    private final Map<String, CompletableFuture<Void>> formerDelegates = new ConcurrentHashMap<>();

    public MasterComponent() {}

    @SuppressWarnings("this-escape")
    public MasterComponent(CamelContext context) {
        super(context);
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        int colon = remaining == null ? -1 : remaining.indexOf(':');
        if (colon <= 0 || colon == remaining.length() - 1) {
            throw new IllegalArgumentException("Wrong uri syntax : master:namespace:uri, got " + remaining);
        }
        String namespace = remaining.substring(0, colon);
        String delegate = remaining.substring(colon + 1);

        // The parameters have lost their encoding, and some of them have been taken out: the query goes on as it was
        // written.
        RawQuery query = RawQuery.of(uri);
        String delegateQuery = query.without(key -> key.startsWith(MasterOptions.PREFIX));
        String delegateUri = delegateQuery.isEmpty() ? delegate : delegate + "?" + delegateQuery;

        Map<String, Object> own = PropertiesHelper.extractProperties(parameters, MasterOptions.PREFIX);
        Endpoint delegateEndpoint = delegateEndpoint(delegateUri, parameters, query.keys());
        MasterEndpoint endpoint = new MasterEndpoint(uri, this, namespace, delegateUri, delegateEndpoint);
        endpoint.setMasterOptions(own);
        return endpoint;
    }

    /** Parameters that are in no URI come from code, and are for the delegate as well. */
    private Endpoint delegateEndpoint(String delegateUri, Map<String, Object> parameters, Set<String> written) {
        Map<String, Object> unwritten = new LinkedHashMap<>(parameters);
        unwritten.keySet().removeAll(written);
        return unwritten.isEmpty()
                ? getCamelContext().getEndpoint(delegateUri)
                : getCamelContext().getEndpoint(delegateUri, unwritten);
    }

    @Override
    public boolean useRawUri() {
        // The delegate encodes its URI itself; twice is once too often.
        return true;
    }

    @Override
    protected void doStop() throws Exception {
        synchronized (this) {
            found = null; // the context stops its services and forgets them
            if (workers != null) {
                workers.close();
            }
        }
        super.doStop();
    }

    /** The service of all consumers of this component, looked up once per start. */
    synchronized CamelClusterService clusterService() throws Exception {
        if (found == null) {
            found = new ClusterServices(getCamelContext()).find(service, serviceSelector);
        }
        return found;
    }

    /** The route has stopped, and its delegate has not: the next one waits for that. */
    void leavesDelegate(String route, CompletableFuture<Void> stopped) {
        // There may be one from before already, and the route be stopped while the next is only being warmed up.
        CompletableFuture<Void> all = formerDelegates.merge(route, stopped, CompletableFuture::allOf);
        CompletionStage<Void> end = all;
        end.whenComplete((done, failure) -> formerDelegates.remove(route, all));
    }

    /** Completes once the last delegate of an earlier start of the route has stopped. */
    CompletableFuture<Void> formerDelegate(String route) {
        return formerDelegates.getOrDefault(route, CompletableFuture.completedFuture(null));
    }

    /** Whether the caller is the one that rehearses. */
    boolean claimRehearsal() {
        return rehearsed.compareAndSet(false, true);
    }

    synchronized MasterWorkers workers() {
        if (workers == null) {
            workers = new MasterWorkers(getCamelContext(), this);
        }
        return workers;
    }

    MasterOptions defaults() {
        return new MasterOptions(guard, headers, warmStandby, onSuspend, Duration.ofMillis(yieldWhenDownFor));
    }

    public @Nullable CamelClusterService getService() {
        return service;
    }

    /**
     * The cluster service to use. Without one it is looked up: services of the context, beans in the registry, keys that begin with camel.cluster.
     */
    public void setService(CamelClusterService service) {
        this.service = service;
    }

    public CamelClusterService.Selector getServiceSelector() {
        return serviceSelector;
    }

    /**
     * Selects the cluster service to use among several. The default refuses to choose.
     */
    public void setServiceSelector(CamelClusterService.Selector serviceSelector) {
        this.serviceSelector = serviceSelector;
    }

    public long getBackOffDelay() {
        return backOffDelay;
    }

    /**
     * Delay in millis between two attempts to start the consumer on the member that leads; also for how long that member does not stand for the
     * lock after the last attempt has failed, or after it has given the lock up because the consumer was down; also between two attempts to warm
     * a standby up, then at least 100.
     */
    public void setBackOffDelay(long backOffDelay) {
        if (backOffDelay < 0) {
            throw new IllegalArgumentException("backOffDelay=" + backOffDelay + " must be 0 or more milliseconds");
        }
        this.backOffDelay = backOffDelay;
    }

    public int getBackOffMaxAttempts() {
        return backOffMaxAttempts;
    }

    /**
     * How often the member that leads tries to start the consumer before it gives up the lock, so that another member may try. 0 tries for
     * ever.
     */
    public void setBackOffMaxAttempts(int backOffMaxAttempts) {
        if (backOffMaxAttempts < 0) {
            throw new IllegalArgumentException(
                    "backOffMaxAttempts=" + backOffMaxAttempts + " must be 0 (for ever) or more");
        }
        this.backOffMaxAttempts = backOffMaxAttempts;
    }

    public MasterGuard getGuard() {
        return guard;
    }

    /**
     * What happens to an exchange that arrives while this member has no authority: it waits for the verdict, at most as long as work may take to
     * stop, and fails if the lock is lost (wait), it fails at once (fail), or it is routed (off).
     */
    public void setGuard(MasterGuard guard) {
        this.guard = guard;
    }

    public boolean isHeaders() {
        return headers;
    }

    /**
     * Whether exchanges carry the headers CamelMasterLock, CamelMasterTerm and CamelMasterFencingToken.
     */
    public void setHeaders(boolean headers) {
        this.headers = headers;
    }

    public boolean isWarmStandby() {
        return warmStandby;
    }

    /**
     * Whether a member that follows makes and initialises the consumer in advance, so that leadership only has to start it. It saves what the
     * component behind does there, not the connection that most of them open when they are started.
     */
    public void setWarmStandby(boolean warmStandby) {
        this.warmStandby = warmStandby;
    }

    public MasterOnSuspend getOnSuspend() {
        return onSuspend;
    }

    /**
     * What becomes of the lock while the route is suspended: this member keeps it (keep), or it is given up once the exchanges in flight have
     * ended, unless another route of this member stands for it that is not suspended (release).
     */
    public void setOnSuspend(MasterOnSuspend onSuspend) {
        this.onSuspend = onSuspend;
    }

    public long getYieldWhenDownFor() {
        return yieldWhenDownFor;
    }

    /**
     * How long the health check of the consumer may be down without a break before the member that leads gives up the lock for backOffDelay, so
     * that another member may try. 0 is never.
     */
    public void setYieldWhenDownFor(long yieldWhenDownFor) {
        if (yieldWhenDownFor < 0) {
            throw new IllegalArgumentException(
                    "yieldWhenDownFor=" + yieldWhenDownFor + " must be 0 (off) or more milliseconds");
        }
        this.yieldWhenDownFor = yieldWhenDownFor;
    }
}
