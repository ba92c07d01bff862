package io.github.camelmasterlite.observe;

import io.github.camelmasterlite.master.MasterConsumer;
import io.github.camelmasterlite.master.MasterEndpoint;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.support.LifecycleStrategySupport;
import org.jspecify.annotations.Nullable;

/**
 * The meters of the routes behind {@code master:}, with the tags {@code lock} and {@code route}. They come and go with their routes.
 *
 * <pre>
 * camel.leadership.exchanges.rejected        counter   exchanges refused because this member did not lead
 * camel.leadership.exchanges.in.flight       gauge     exchanges delivered by the present or the last delegate that have not ended
 * camel.leadership.delegate.starts           counter   attempts to start a delegate
 * camel.leadership.delegate.start.failures   counter   those that failed
 * </pre>
 *
 * <p>The consumer of a route counts, and a route that is started again has a new one: what it counted after the registry was read last is lost then.
 */
final class MetricsOfRoutes extends LifecycleStrategySupport {

    private final MeterRegistry registry;

    /** By route id; guarded by itself. */
    private final Map<String, OfRoute> routes = new HashMap<>();

    private MetricsOfRoutes(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Once for each context, whichever of its cluster services comes first. */
    static void bind(MeterRegistry registry, CamelContext context) {
        synchronized (context.getRegistry()) {
            if (context.getCamelContextExtension().getContextPlugin(MetricsOfRoutes.class) != null) {
                return;
            }
            MetricsOfRoutes made = new MetricsOfRoutes(registry);
            context.getCamelContextExtension().addContextPlugin(MetricsOfRoutes.class, made);
            context.addLifecycleStrategy(made);
            made.onRoutesAdd(context.getRoutes());
        }
    }

    @Override
    public void onRoutesAdd(Collection<Route> added) {
        for (Route route : added) {
            if (route.getEndpoint() instanceof MasterEndpoint endpoint) {
                synchronized (routes) {
                    OfRoute former = routes.get(route.getRouteId());
                    if (former != null && former.route == route) {
                        continue; // started again: its meters ask it for whatever consumer it has
                    }
                    if (former != null) {
                        former.close(); // first: the new ones have the same names
                    }
                    routes.put(route.getRouteId(), new OfRoute(route, endpoint));
                }
            }
        }
    }

    @Override
    public void onRoutesRemove(Collection<Route> removed) {
        for (Route route : removed) {
            synchronized (routes) {
                OfRoute former = routes.get(route.getRouteId());
                if (former != null && former.route == route) {
                    routes.remove(route.getRouteId());
                    former.close();
                }
            }
        }
    }

    private final class OfRoute {

        private final Route route;
        private final List<Meter> meters = new ArrayList<>();

        /** A registry remembers what it counts only weakly. */
        private final List<Count> counts = new ArrayList<>();

        OfRoute(Route route, MasterEndpoint endpoint) {
            this.route = route;
            Tags tags = Tags.of("lock", endpoint.getNamespace(), "route", route.getRouteId());
            counter(
                    "exchanges.rejected",
                    "Exchanges refused because this member did not lead",
                    MasterConsumer::getRejectedExchanges,
                    tags);
            counter("delegate.starts", "Attempts to start a delegate", MasterConsumer::getStartAttempts, tags);
            counter(
                    "delegate.start.failures",
                    "Attempts to start a delegate that failed",
                    MasterConsumer::getStartFailures,
                    tags);
            meters.add(Gauge.builder(LeadershipMetrics.PREFIX + "exchanges.in.flight", route, OfRoute::inFlight)
                    .description(
                            "Exchanges that the present or the last delegate has delivered and that have not ended")
                    .tags(tags)
                    .strongReference(true)
                    .register(registry));
        }

        private static int inFlight(Route route) {
            return route.getConsumer() instanceof MasterConsumer consumer ? consumer.getInFlight() : 0;
        }

        private void counter(String name, String description, ToLongFunction<MasterConsumer> counted, Tags tags) {
            Count count = new Count(route, counted);
            counts.add(count);
            meters.add(FunctionCounter.builder(LeadershipMetrics.PREFIX + name, count, Count::total)
                    .description(description)
                    .tags(tags)
                    .register(registry));
        }

        void close() {
            meters.forEach(registry::remove);
        }
    }

    /** A count that never falls, of consumers that each begin at zero. */
    private static final class Count {

        private final Route route;
        private final ToLongFunction<MasterConsumer> counted;
        private long former;
        private long last;

        /** Whose count {@code last} is. */
        private @Nullable MasterConsumer lastConsumer;

        Count(Route route, ToLongFunction<MasterConsumer> counted) {
            this.route = route;
            this.counted = counted;
        }

        synchronized double total() {
            if (route.getConsumer() instanceof MasterConsumer consumer) {
                if (consumer != lastConsumer) { // not by the number: the new one may have reached that of the old one
                    former += last;
                    lastConsumer = consumer;
                }
                last = counted.applyAsLong(consumer);
            }
            return (double) former + last;
        }
    }
}
