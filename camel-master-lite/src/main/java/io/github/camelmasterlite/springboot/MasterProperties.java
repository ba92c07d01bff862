package io.github.camelmasterlite.springboot;

import io.github.camelmasterlite.master.MasterGuard;
import io.github.camelmasterlite.master.MasterOnSuspend;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** The keys of the component {@code master}; null is "not set". */
@ConfigurationProperties("camel.component.master")
public final class MasterProperties {

    /**
     * Whether the keys of the component have an effect at all.
     */
    private @Nullable Boolean enabled;

    /**
     * Whether the keys are applied to the component.
     */
    private Customizer customizer = new Customizer();

    /**
     * Whether Camel may set options that are not set here to the only bean of their type.
     */
    private @Nullable Boolean autowiredEnabled;

    /**
     * Whether what the consumer throws is handled by the error handler of the route.
     */
    private @Nullable Boolean bridgeErrorHandler;

    /**
     * The cluster service to use, as #bean:name. Without one it is looked up: services of the context, beans, keys camel.cluster.*.
     */
    private @Nullable String service;

    /**
     * Selects the cluster service to use among several, as #bean:name. The default refuses to choose.
     */
    private @Nullable String serviceSelector;

    /**
     * Time between two attempts to start the consumer on the member that leads, in milliseconds or as 5s.
     */
    private @Nullable String backOffDelay;

    /**
     * How often the member that leads tries to start the consumer before it gives up the lock, so that another member may try. 0 tries for ever.
     */
    private @Nullable Integer backOffMaxAttempts;

    /**
     * What happens to an exchange that arrives while this member has no authority: it waits for the verdict (wait), fails at once (fail), or is routed (off).
     */
    private @Nullable MasterGuard guard;

    /**
     * Whether exchanges carry the headers CamelMasterLock, CamelMasterTerm and CamelMasterFencingToken.
     */
    private @Nullable Boolean headers;

    /**
     * Whether a member that follows makes and initialises the consumer in advance.
     */
    private @Nullable Boolean warmStandby;

    /**
     * What becomes of the lock while the route is suspended: this member keeps it (keep) or gives it up (release).
     */
    private @Nullable MasterOnSuspend onSuspend;

    /**
     * For how long the health check of the consumer may be down before the member that leads gives up the lock, in milliseconds or as 30s. 0 is never.
     */
    private @Nullable String yieldWhenDownFor;

    public @Nullable Boolean getEnabled() {
        return enabled;
    }

    public void setEnabled(@Nullable Boolean enabled) {
        this.enabled = enabled;
    }

    public Customizer getCustomizer() {
        return customizer;
    }

    public void setCustomizer(Customizer customizer) {
        this.customizer = customizer;
    }

    public @Nullable Boolean getAutowiredEnabled() {
        return autowiredEnabled;
    }

    public void setAutowiredEnabled(@Nullable Boolean autowiredEnabled) {
        this.autowiredEnabled = autowiredEnabled;
    }

    public @Nullable Boolean getBridgeErrorHandler() {
        return bridgeErrorHandler;
    }

    public void setBridgeErrorHandler(@Nullable Boolean bridgeErrorHandler) {
        this.bridgeErrorHandler = bridgeErrorHandler;
    }

    public @Nullable String getService() {
        return service;
    }

    public void setService(@Nullable String service) {
        this.service = service;
    }

    public @Nullable String getServiceSelector() {
        return serviceSelector;
    }

    public void setServiceSelector(@Nullable String serviceSelector) {
        this.serviceSelector = serviceSelector;
    }

    public @Nullable String getBackOffDelay() {
        return backOffDelay;
    }

    public void setBackOffDelay(@Nullable String backOffDelay) {
        this.backOffDelay = backOffDelay;
    }

    public @Nullable Integer getBackOffMaxAttempts() {
        return backOffMaxAttempts;
    }

    public void setBackOffMaxAttempts(@Nullable Integer backOffMaxAttempts) {
        this.backOffMaxAttempts = backOffMaxAttempts;
    }

    public @Nullable MasterGuard getGuard() {
        return guard;
    }

    public void setGuard(@Nullable MasterGuard guard) {
        this.guard = guard;
    }

    public @Nullable Boolean getHeaders() {
        return headers;
    }

    public void setHeaders(@Nullable Boolean headers) {
        this.headers = headers;
    }

    public @Nullable Boolean getWarmStandby() {
        return warmStandby;
    }

    public void setWarmStandby(@Nullable Boolean warmStandby) {
        this.warmStandby = warmStandby;
    }

    public @Nullable MasterOnSuspend getOnSuspend() {
        return onSuspend;
    }

    public void setOnSuspend(@Nullable MasterOnSuspend onSuspend) {
        this.onSuspend = onSuspend;
    }

    public @Nullable String getYieldWhenDownFor() {
        return yieldWhenDownFor;
    }

    public void setYieldWhenDownFor(@Nullable String yieldWhenDownFor) {
        this.yieldWhenDownFor = yieldWhenDownFor;
    }

    /** Whether keys are applied to the component. */
    public static final class Customizer {

        /**
         * Whether the keys are applied to the component.
         */
        private @Nullable Boolean enabled;

        public @Nullable Boolean getEnabled() {
            return enabled;
        }

        public void setEnabled(@Nullable Boolean enabled) {
            this.enabled = enabled;
        }
    }
}
