package io.github.camelmasterlite.master;

import java.util.Optional;
import org.apache.camel.Consumer;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckAware;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the health check of a delegate says, where it has one. */
final class DelegateHealth {

    private static final Logger LOG = LoggerFactory.getLogger(DelegateHealth.class);

    private DelegateHealth() {}

    /**
     * Why the consumer is down.
     *
     * @return null if it is not, which includes: it has no check, the check is disabled, fails or does not know, or it has not polled yet and
     *     nothing has failed
     */
    static @Nullable String problem(@Nullable Consumer consumer) {
        HealthCheck check = consumer instanceof HealthCheckAware aware ? aware.getHealthCheck() : null;
        if (check == null || !check.isEnabled()) {
            return null;
        }
        try {
            HealthCheck.Result result = check.call();
            if (result.getState() != HealthCheck.State.DOWN || hasOnlyNotPolledYet(result)) {
                return null;
            }
            Optional<String> cause = result.getError().map(Throwable::toString);
            return result.getMessage().or(() -> cause).orElse("its health check gives no reason");
        } catch (RuntimeException e) {
            LOG.debug("The health check {} failed; that says nothing about the consumer", check.getId(), e);
            return null;
        }
    }

    /** To Camel, a poller with a long initial delay is not ready, hence down. Another member would do no better. */
    private static boolean hasOnlyNotPolledYet(HealthCheck.Result result) {
        return result.getDetails().get(HealthCheck.FAILURE_ERROR_COUNT) instanceof Number errors
                && errors.longValue() == 0;
    }
}
