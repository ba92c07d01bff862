package io.github.camelmasterlite.master;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.DelegateEndpoint;
import org.apache.camel.Endpoint;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.api.management.ManagedAttribute;
import org.apache.camel.api.management.ManagedResource;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;

/**
 * Consume from an endpoint on exactly one member of a cluster, with fail-over to another when that member stops, dies or loses contact.
 */
@ManagedResource(description = "Managed Master Endpoint")
@UriEndpoint(
        firstVersion = "0.1.0",
        scheme = "master",
        syntax = "master:namespace:delegateUri",
        title = "Master",
        consumerOnly = true,
        lenientProperties = true,
        category = {Category.CLUSTERING},
        headersClass = MasterConstants.class)
public class MasterEndpoint extends DefaultEndpoint implements DelegateEndpoint {

    @UriPath(description = "The lock (cluster namespace) that a member must lead for its consumer to run")
    @Metadata(required = true)
    private final String namespace;

    @UriPath(description = "The URI of the endpoint to consume from, with its options")
    @Metadata(required = true)
    private final String delegateUri;

    @UriParam(
            label = "consumer",
            prefix = "master.",
            multiValue = true,
            description = "Options of the master itself; all others go to the endpoint to consume from."
                    + " master.guard (wait, fail or off; default wait): what happens to an exchange that arrives while this member has no"
                    + " authority: it waits for the verdict and fails if the lock is lost, it fails at once, or it is routed."
                    + " master.headers (true or false; default true): whether exchanges carry the lock, the term and the fencing token."
                    + " master.warmStandby (true or false; default false): whether a member that follows makes and initialises the consumer in"
                    + " advance."
                    + " master.onSuspend (keep or release; default keep): what becomes of the lock while the route is suspended."
                    + " master.yieldWhenDownFor (a duration such as 30s; default 0, which is never): how long the health check of the consumer"
                    + " may be down before the lock is given up."
                    + " The component has an option of the same name for the default of each.")
    private Map<String, Object> masterOptions = new LinkedHashMap<>();

    private final Endpoint delegateEndpoint;
    private MasterOptions options;

    /**
     * @param uri              the URI as written
     * @param component        the component
     * @param namespace        the lock
     * @param delegateUri      the URI of the endpoint to consume from
     * @param delegateEndpoint that endpoint; it belongs to the context and is never stopped from here
     */
    MasterEndpoint(
            String uri, MasterComponent component, String namespace, String delegateUri, Endpoint delegateEndpoint) {
        super(uri, component);
        this.namespace = namespace;
        this.delegateUri = delegateUri;
        this.delegateEndpoint = delegateEndpoint;
        this.options = component.defaults();
    }

    @Override
    public MasterComponent getComponent() {
        return (MasterComponent) super.getComponent();
    }

    @Override
    public Producer createProducer() {
        throw new UnsupportedOperationException("Cannot produce from this endpoint");
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
        MasterConsumer consumer = new MasterConsumer(this, processor);
        configureConsumer(consumer);
        return consumer;
    }

    @Override
    public boolean isLenientProperties() {
        // What is not ours is the delegate's, which checks it.
        return true;
    }

    /** The endpoint to consume from. */
    @Override
    @ManagedAttribute(description = "The consumer endpoint url to use in master/slave mode", mask = true)
    public Endpoint getEndpoint() {
        return delegateEndpoint;
    }

    /** The lock that a member must lead for its consumer to run. */
    @ManagedAttribute(description = "The name of the cluster namespace/group to use")
    public String getNamespace() {
        return namespace;
    }

    /** The URI of the endpoint to consume from. */
    public String getDelegateUri() {
        return delegateUri;
    }

    /** The options of the master itself, without their prefix, as given. */
    public Map<String, Object> getMasterOptions() {
        return masterOptions;
    }

    /**
     * The options of the master itself, without their prefix: {@code guard} (wait, fail, off), {@code headers} (true, false), {@code warmStandby}
     * (true, false), {@code onSuspend} (keep, release), {@code yieldWhenDownFor} (a duration such as 30s; 0 is off). What is not given is as the
     * component says.
     *
     * @throws IllegalArgumentException if one is unknown or has a value that is not allowed
     */
    public void setMasterOptions(Map<String, Object> masterOptions) {
        this.options = getComponent().defaults().with(masterOptions);
        this.masterOptions = masterOptions;
    }

    MasterOptions options() {
        return options;
    }
}
