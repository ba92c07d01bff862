package io.github.camelmasterlite.observe;

import io.github.camelmasterlite.cluster.ElectionClusterService;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckRepository;
import org.jspecify.annotations.Nullable;

/**
 * The health checks of a context's cluster services, one each, under the id {@code leadership-<id of the service>}. Registered by the first service that starts
 * ({@link HealthCompanion}); {@code camel.health.exclude-pattern=leadership-*} leaves them out, and so does {@link #setEnabled}.
 *
 * <p>A service that has been stopped stays, and is down, as long as it is a service of the context; one that was removed from it is forgotten.
 */
@org.apache.camel.spi.annotations.HealthCheck(HealthRepository.ID + "-repository")
public final class HealthRepository implements HealthCheckRepository, CamelContextAware {

    /** The id of this repository. */
    static final String ID = "leadership";

    /** By service; guarded by itself. */
    private final Map<ElectionClusterService, HealthOfService> checks = new LinkedHashMap<>();

    private volatile @Nullable CamelContext camelContext;
    private volatile boolean enabled = true;

    void add(ElectionClusterService service) {
        synchronized (checks) {
            checks.computeIfAbsent(service, this::check);
        }
    }

    /** Ids are those of members, and a member may be called the same in two services. */
    private HealthOfService check(ElectionClusterService service) {
        String id = ID + "-" + service.getId();
        String unique = id;
        for (int number = 2; isTaken(unique); number++) {
            unique = id + "-" + number;
        }
        return new HealthOfService(service, unique);
    }

    private boolean isTaken(String id) {
        return checks.values().stream().anyMatch(check -> check.getId().equals(id));
    }

    @Override
    public Stream<HealthCheck> stream() {
        if (!enabled) {
            return Stream.empty();
        }
        List<HealthCheck> present = new ArrayList<>();
        synchronized (checks) {
            checks.keySet().removeIf(service -> !isRelevant(service));
            present.addAll(checks.values());
        }
        return present.stream();
    }

    private boolean isRelevant(ElectionClusterService service) {
        CamelContext context = camelContext;
        return !service.isStopped()
                || (context != null
                        && context.hasServices(CamelClusterService.class).contains(service));
    }

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public boolean isEnabled() {
        return enabled;
    }

    @Override
    public void setEnabled(boolean enabled) {
        this.enabled = enabled;
    }

    @Override
    public @Nullable CamelContext getCamelContext() {
        return camelContext;
    }

    @Override
    public void setCamelContext(@Nullable CamelContext camelContext) {
        this.camelContext = camelContext;
    }
}
