package io.github.camelmasterlite.observe;

import org.apache.camel.CamelContext;
import org.apache.camel.ServiceStatus;

/** Questions to contexts. */
final class Contexts {

    private Contexts() {}

    /** Whether a context is about to start, or has started, and has not stopped. */
    static boolean isUp(CamelContext context) {
        ServiceStatus status = context.getStatus();
        return status != null
                && (status.isStarting() || status.isStarted() || status.isSuspending() || status.isSuspended());
    }

    /** Whether a context is up, or on its way down. */
    static boolean isUpOrStopping(CamelContext context) {
        ServiceStatus status = context.getStatus();
        return isUp(context) || (status != null && status.isStopping());
    }
}
