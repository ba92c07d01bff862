package io.github.camelmasterlite.observe;

import io.github.camelmasterlite.cluster.ElectionClusterService;
import io.github.camelmasterlite.master.MasterConsumer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.cluster.CamelClusterView;
import org.jspecify.annotations.Nullable;

/** Finds in a context what has to do with leadership. */
final class MasterRoutes {

    /** A route that consumes from {@code master:}. */
    record MasterRoute(Route route, MasterConsumer consumer) {

        /** Whether it runs under that lock of that service. */
        boolean isUnder(ElectionClusterService service, String lock) {
            CamelClusterView view = consumer.getView();
            return view != null
                    && view.getClusterService() == service
                    && view.getNamespace().equals(lock);
        }
    }

    private MasterRoutes() {}

    /** The routes that consume from {@code master:}, by id. */
    static List<MasterRoute> of(@Nullable CamelContext context) {
        List<MasterRoute> found = new ArrayList<>();
        if (context != null) {
            for (Route route : context.getRoutes()) {
                if (route.getConsumer() instanceof MasterConsumer consumer) {
                    found.add(new MasterRoute(route, consumer));
                }
            }
        }
        found.sort(Comparator.comparing(master -> master.route().getRouteId()));
        return found;
    }

    /** The cluster services of this project that the context has, or that its routes use. By id. */
    static List<ElectionClusterService> services(CamelContext context) {
        Set<ElectionClusterService> found = new LinkedHashSet<>(context.hasServices(ElectionClusterService.class));
        for (MasterRoute master : of(context)) {
            CamelClusterView view = master.consumer().getView();
            if (view != null && view.getClusterService() instanceof ElectionClusterService service) {
                found.add(service);
            }
        }
        return found.stream()
                .sorted(Comparator.comparing(ElectionClusterService::getId)
                        .thenComparing(service -> service.getClass().getName()))
                .toList();
    }
}
