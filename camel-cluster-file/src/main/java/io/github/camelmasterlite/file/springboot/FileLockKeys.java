package io.github.camelmasterlite.file.springboot;

import io.github.camelmasterlite.file.FileLockClusterService;
import io.github.camelmasterlite.springboot.Millis;
import io.github.camelmasterlite.springboot.OptionKeys;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.springframework.core.env.Environment;

/** The keys of the service, and what they do to it. */
final class FileLockKeys {

    private final OptionKeys<FileLockProperties> keys;
    private final FileLockProperties values;

    FileLockKeys(Environment environment) {
        keys = in(environment);
        values = keys.read();
    }

    static OptionKeys<FileLockProperties> in(Environment environment) {
        return new OptionKeys<>(
                environment,
                FileLockProperties.class,
                List.of("camel.cluster.file-lock", "camel.cluster.file"),
                "camel.component.file.cluster.service");
    }

    /** Whoever sets the root wants the service, unless it is switched off. */
    static boolean areEnabled(Environment environment) {
        OptionKeys<FileLockProperties> keys = in(environment);
        Boolean enabled = keys.read("enabled", Boolean.class);
        return enabled == null ? keys.read("root", String.class) != null : enabled;
    }

    static boolean areRebalancing(Environment environment) {
        return Boolean.TRUE.equals(in(environment).read("rebalancing", Boolean.class));
    }

    /** Refuses keys that do not exist, and warns of those that are out of use. */
    void check() {
        keys.refuseUnknown();
        keys.warnOfFormerKeys();
    }

    FileLockClusterService service() {
        FileLockClusterService service = new FileLockClusterService();
        keys.set("id", values.getId(), service::setId);
        keys.set("order", values.getOrder(), service::setOrder);
        if (!values.getAttributes().isEmpty()) {
            keys.set("attributes", values.getAttributes(), service::setAttributes);
        }
        keys.set("stop-budget-millis", values.getStopBudgetMillis(), service::setStopBudgetMillis);
        keys.set("root", values.getRoot(), service::setRoot);
        keys.set("locking", values.getLocking(), service::setLocking);
        keys.set(
                "acquire-lock-delay",
                values.getAcquireLockDelay(),
                text -> service.setAcquireLockDelay(Millis.parse(text), TimeUnit.MILLISECONDS));
        keys.set(
                "acquire-lock-interval",
                values.getAcquireLockInterval(),
                text -> service.setAcquireLockInterval(Millis.parse(text), TimeUnit.MILLISECONDS));
        keys.set(
                "heartbeat-timeout-multiplier",
                values.getHeartbeatTimeoutMultiplier(),
                service::setHeartbeatTimeoutMultiplier);
        keys.set(
                "cluster-data-task-max-attempts",
                values.getClusterDataTaskMaxAttempts(),
                service::setClusterDataTaskMaxAttempts);
        keys.set(
                "cluster-data-task-timeout",
                values.getClusterDataTaskTimeout(),
                text -> service.setClusterDataTaskTimeout(Millis.parse(text), TimeUnit.MILLISECONDS));
        keys.set("lease-duration-millis", values.getLeaseDurationMillis(), service::setLeaseDurationMillis);
        keys.set("renew-deadline-millis", values.getRenewDeadlineMillis(), service::setRenewDeadlineMillis);
        keys.set("retry-period-millis", values.getRetryPeriodMillis(), service::setRetryPeriodMillis);
        return service;
    }
}
