package io.github.camelmasterlite.observe;

import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.cluster.ElectionClusterService;
import io.github.camelmasterlite.cluster.LocalClusterService;
import io.github.camelmasterlite.master.MasterComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;

/** Members of one cluster in the memory of this JVM, in contexts of their own. */
final class ObserveFixture implements AutoCloseable {

    /** More than anything here takes on a busy machine. */
    static final Duration SOON = Duration.ofSeconds(10);

    private final String cluster = UUID.randomUUID().toString();
    private final List<DefaultCamelContext> contexts = new ArrayList<>();
    private final List<ElectionClusterService> services = new ArrayList<>();

    /** A member that has not been started. */
    LocalClusterService member(String id) {
        return of(cluster, id);
    }

    /** A member of another cluster that has not been started. */
    LocalClusterService stranger(String id) {
        return of(cluster + "-other", id);
    }

    private LocalClusterService of(String name, String id) {
        LocalClusterService service = new LocalClusterService(name);
        service.setId(id);
        services.add(service);
        return service;
    }

    /** A context that has not been started, with a master component that uses the first service. */
    DefaultCamelContext context(ElectionClusterService... of) throws Exception {
        DefaultCamelContext context = new DefaultCamelContext();
        contexts.add(context);
        MasterComponent master = new MasterComponent();
        master.setService(of[0]);
        context.addComponent("master", master);
        for (ElectionClusterService service : of) {
            context.addService(service, true, true);
        }
        return context;
    }

    static void route(DefaultCamelContext context, String id, String uri) throws Exception {
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(uri).routeId(id).log("tick");
            }
        });
    }

    static void untilLeading(ElectionClusterService service, String lock) {
        until(() -> service.isLeader(lock));
    }

    static void untilRunning(DefaultCamelContext context, String routeId) {
        until(() -> MasterRoutes.of(context).stream()
                .anyMatch(master -> Objects.equals(master.route().getRouteId(), routeId)
                        && master.consumer().getDelegatePhase().equals("RUNNING")));
    }

    static void until(Callable<Boolean> condition) {
        await().atMost(SOON).pollInterval(Duration.ofMillis(5)).until(condition);
    }

    @Override
    public void close() {
        contexts.forEach(DefaultCamelContext::stop);
        services.forEach(ElectionClusterService::stop);
    }
}
