package io.github.camelmasterlite.observe;

import org.apache.camel.CamelContext;
import org.apache.camel.ServiceStatus;

/** Questions to contexts. */
final class Contexts {

    private Contexts() {}

    /** Whether a context has started, and is not about to stop. */
    static boolean isStarted(CamelContext context) {
        ServiceStatus status = context.getStatus();
        return status != null && (status.isStarted() || status.isSuspending() || status.isSuspended());
    }

    /** Whether a context has begun to start, and has not stopped. */
    static boolean isUp(CamelContext context) {
        ServiceStatus status = context.getStatus();
        return isStarted(context) || (status != null && (status.isStarting() || status.isStopping()));
    }
}
