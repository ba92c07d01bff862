package io.github.camelmasterlite.observe;

import io.github.camelmasterlite.cluster.ElectionClusterService;
import io.github.camelmasterlite.cluster.ServiceCompanion;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.camel.CamelContext;
import org.apache.camel.ExtendedStartupListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds the meters of a cluster service, and of the routes behind {@code master:}, to the registry of meters among the beans of its context: once the context has fully started, as some
 * registries come late. Of several a composite one is preferred, then the one that Camel's own meters go to.
 */
public final class MetricsCompanion implements ServiceCompanion {

    /** Under this name Camel's own component looks for its registry. */
    private static final String CAMELS = "metricsRegistry";

    private static final Logger LOG = LoggerFactory.getLogger(MetricsCompanion.class);

    private @Nullable LeadershipMetrics bound;
    private boolean running;

    public MetricsCompanion() {
        // Without Micrometer this fails here, where such companions are left out, and not later.
        Objects.requireNonNull(MeterRegistry.class);
    }

    @Override
    public void started(ElectionClusterService service) {
        CamelContext context = service.getCamelContext();
        if (context == null) {
            return;
        }
        synchronized (this) {
            running = true;
        }
        if (!context.isStarted()) {
            try {
                context.addStartupListener(new ExtendedStartupListener() {
                    @Override
                    public void onCamelContextStarted(CamelContext started, boolean alreadyStarted) {}

                    @Override
                    public void onCamelContextFullyStarted(CamelContext started, boolean alreadyStarted) {
                        bind(started, service);
                    }
                });
            } catch (Exception e) {
                throw new IllegalStateException("the context tells nobody of its start", e);
            }
        }
        if (context.isStarted()) {
            // also if it has been since it was asked: its listeners may have been told before
            bind(context, service);
        }
    }

    /** May be called again: listeners are told of every later start of a route, too. */
    private void bind(CamelContext context, ElectionClusterService service) {
        synchronized (this) {
            if (!running || bound != null) {
                return;
            }
            MeterRegistry registry = registry(context);
            if (registry != null) {
                bound = LeadershipMetrics.bind(registry, service);
                MetricsOfRoutes.bind(registry, context);
            }
        }
    }

    private static @Nullable MeterRegistry registry(CamelContext context) {
        Map<String, MeterRegistry> found = new TreeMap<>(context.getRegistry().findByTypeWithName(MeterRegistry.class));
        MeterRegistry chosen = found.values().stream()
                .filter(CompositeMeterRegistry.class::isInstance)
                .findFirst()
                .or(() -> Optional.ofNullable(found.get(CAMELS)))
                .or(() -> found.values().stream().findFirst())
                .orElse(null);
        if (found.size() > 1) {
            LOG.info("Of the registries of meters {}, the meters of leadership go to {}", found.keySet(), chosen);
        }
        return chosen;
    }

    @Override
    public void stopped(ElectionClusterService service) {
        LeadershipMetrics closing;
        synchronized (this) {
            running = false;
            closing = bound;
            bound = null;
        }
        if (closing != null) {
            closing.close();
        }
    }
}
