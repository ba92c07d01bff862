package io.github.camelmasterlite.observe;

import io.github.camelmasterlite.cluster.ElectionClusterService;
import io.github.camelmasterlite.cluster.ServiceCompanion;
import org.apache.camel.health.HealthCheckRegistry;

/** Puts every cluster service of a context under its health checks, if there are any: {@code camel-health} is on the class path. */
public final class HealthCompanion implements ServiceCompanion {

    @Override
    public void started(ElectionClusterService service) {
        HealthCheckRegistry registry = HealthCheckRegistry.get(service.getCamelContext());
        if (registry != null) {
            repository(registry).add(service);
        }
    }

    /** Services may start at the same time. */
    private static HealthRepository repository(HealthCheckRegistry registry) {
        synchronized (registry) {
            return registry.getRepository(HealthRepository.ID)
                    .filter(HealthRepository.class::isInstance)
                    .map(HealthRepository.class::cast)
                    .orElseGet(() -> {
                        HealthRepository made = new HealthRepository();
                        registry.register(made);
                        return made;
                    });
        }
    }

    /** Its check says so, as long as it is a service of the context. */
    @Override
    public void stopped(ElectionClusterService service) {}
}
