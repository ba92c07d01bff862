package io.github.camelmasterlite.master;

import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.cluster.ManualClusterService;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.apache.camel.Processor;
import org.apache.camel.Route;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.RouteDefinition;

/** A context with a cluster service in which the test decides, the master component and recording delegates. */
final class MasterFixture implements AutoCloseable {

    /** More than anything here takes on a busy machine. */
    static final Duration SOON = Duration.ofSeconds(10);

    /** How long something that must not happen is given to happen. */
    static final Duration WHILE = Duration.ofMillis(200);

    static final long STOP_BUDGET_MILLIS = 400;

    final DefaultCamelContext context = new DefaultCamelContext();
    final ManualClusterService service = new ManualClusterService("member1");
    final RecordingComponent rec = new RecordingComponent();
    final MasterComponent master = new MasterComponent();

    MasterFixture() {
        try {
            service.setStopBudgetMillis(STOP_BUDGET_MILLIS);
            context.addService(service, true, true);
            context.addComponent("rec", rec);
            context.addComponent("master", master);
            context.getShutdownStrategy().setTimeout(20);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    MasterFixture route(String id, String from, Processor processor) {
        return routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from).routeId(id).process(processor);
            }
        });
    }

    MasterFixture routes(RouteBuilder routes) {
        try {
            context.addRoutes(routes);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return this;
    }

    MasterFixture start() {
        context.start();
        return this;
    }

    /** Gains {@code lock} and waits until a delegate has started. */
    MasterFixture lead(String lock) {
        int before = rec.active.get();
        service.gain(lock);
        until(() -> rec.active.get() > before);
        return this;
    }

    /** Waits until the delegate of the route runs, as its consumer sees it. */
    void untilRunning(String routeId) {
        until(() -> consumer(routeId).phase() == DelegateLifecycle.Phase.RUNNING);
    }

    MasterConsumer consumer(String routeId) {
        return (MasterConsumer)
                Objects.requireNonNull(context.getRoute(routeId)).getConsumer();
    }

    Route route(String routeId) {
        return Objects.requireNonNull(context.getRoute(routeId));
    }

    RouteDefinition definition(String routeId) {
        return Objects.requireNonNull(context.getRouteDefinition(routeId));
    }

    static void until(Callable<Boolean> condition) {
        await().atMost(SOON).pollInterval(Duration.ofMillis(2)).until(condition);
    }

    static void stays(Callable<Boolean> condition) {
        await().during(WHILE).atMost(SOON).pollInterval(Duration.ofMillis(10)).until(condition);
    }

    @Override
    public void close() {
        context.stop();
    }
}
