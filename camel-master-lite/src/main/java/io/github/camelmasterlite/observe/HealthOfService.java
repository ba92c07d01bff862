package io.github.camelmasterlite.observe;

import io.github.camelmasterlite.cluster.ElectionClusterService;
import java.util.Map;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckResultBuilder;

/** Whether one member can take part in the elections of one cluster service. For readiness only: a restart of the process would mend nothing. */
final class HealthOfService implements HealthCheck {

    private final ElectionClusterService service;
    private final String id;
    private volatile boolean enabled = true;

    HealthOfService(ElectionClusterService service, String id) {
        this.service = service;
        this.id = id;
    }

    @Override
    public Result call(Map<String, Object> options) {
        HealthCheckResultBuilder result = HealthCheckResultBuilder.on(this);
        result.detail(CHECK_KIND, Kind.READINESS);
        if (!enabled) {
            return result.message("Disabled")
                    .detail(CHECK_ENABLED, false)
                    .unknown()
                    .build();
        }
        HealthVerdict verdict = HealthVerdict.of(service.report());
        return result.details(verdict.details())
                .message(verdict.message())
                .state(verdict.isUp() ? State.UP : State.DOWN)
                .build();
    }

    @Override
    public String getGroup() {
        return "camel";
    }

    @Override
    public String getId() {
        return id;
    }

    @Override
    public boolean isEnabled() {
        return enabled;
    }

    @Override
    public void setEnabled(boolean enabled) {
        this.enabled = enabled;
    }
}
