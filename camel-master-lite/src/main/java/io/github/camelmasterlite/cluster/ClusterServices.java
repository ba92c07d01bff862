package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.Internal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.StatefulService;
import org.apache.camel.cluster.CamelClusterService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the cluster service for a route. The first of these that decides, wins; later ones only add to what the selector chooses from:
 *
 * <ol>
 *   <li>the service set on the component;
 *   <li>the services of the context ({@code context.addService}, Spring beans, {@code camel.cluster.*} on Camel Main from 4.22 on);
 *   <li>beans in the registry that are no services of the context yet ({@code main.bind}, {@code camel.beans.*}, beans of YAML and XML);
 *   <li>keys {@code camel.cluster.<type>.<option>}: see {@link ClusterServiceKeys}.
 * </ol>
 *
 * <p>What is found becomes a service of the context, which starts it now and stops it after the routes.
 */
@Internal
public final class ClusterServices {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterServices.class);

    private static final Comparator<CamelClusterService> BY_ORDER = Comparator.comparingInt(
                    CamelClusterService::getOrder)
            .thenComparing(service -> String.valueOf(service.getId()))
            .thenComparing(service -> service.getClass().getName());

    private final CamelContext context;
    private final ClusterServiceKeys keys;

    /**
     * @param context the context of the route
     */
    public ClusterServices(CamelContext context) {
        this(context, System.getenv());
    }

    /**
     * @param context     the context of the route
     * @param environment the environment variables
     */
    ClusterServices(CamelContext context, Map<String, String> environment) {
        this.context = context;
        this.keys = new ClusterServiceKeys(context, environment);
    }

    /**
     * Finds the service and makes it one of the context.
     *
     * @param explicit the service set by code or configuration, if any
     * @param selector chooses among several; the default of Camel refuses to
     * @throws IllegalStateException    if there is none, or several and the selector does not decide; says what was looked for and what to do
     * @throws IllegalArgumentException if a key cannot be set; names it
     */
    public CamelClusterService find(@Nullable CamelClusterService explicit, CamelClusterService.Selector selector)
            throws Exception {
        if (explicit != null) {
            return inContext(explicit);
        }
        List<CamelClusterService> candidates = new ArrayList<>(context.hasServices(CamelClusterService.class));
        CamelClusterService selected = select(candidates, selector);
        if (selected == null) {
            for (CamelClusterService bean : context.getRegistry().findByType(CamelClusterService.class)) {
                if (!candidates.contains(bean)) {
                    candidates.add(bean);
                }
            }
            selected = select(candidates, selector);
        }
        List<String> problems = new ArrayList<>();
        if (selected == null) {
            List<String> switchedOff = new ArrayList<>();
            candidates.addAll(keys.create(candidates, problems, switchedOff));
            selected = select(candidates, selector);
            if (selected == null) {
                problems.addAll(switchedOff);
            }
        }
        if (selected == null) {
            throw new IllegalStateException(
                    candidates.isEmpty() ? noneFound(problems) : noneSelected(candidates, selector, problems));
        }
        for (String problem : problems) {
            LOG.warn("Using cluster service {}, though: {}", describe(selected), problem);
        }
        return inContext(selected);
    }

    private static @Nullable CamelClusterService select(
            List<CamelClusterService> candidates, CamelClusterService.Selector selector) {
        if (candidates.isEmpty()) {
            return null;
        }
        List<CamelClusterService> ordered = new ArrayList<>(candidates);
        ordered.sort(BY_ORDER);
        return selector.select(ordered).orElse(null);
    }

    private CamelClusterService inContext(CamelClusterService service) throws Exception {
        // One that somebody else has started, is somebody else's to stop.
        boolean managedElsewhere = service instanceof StatefulService stateful && stateful.isStarted();
        if (!context.hasService(service) && !managedElsewhere) {
            LOG.info("Using cluster service {}", describe(service));
            context.addService(service, true, true);
        }
        return service;
    }

    private static String noneFound(List<String> problems) {
        return "No cluster service found for master: routes. Looked for: the option service of the component, services of the context, beans of type "
                + CamelClusterService.class.getName()
                + " in the registry, keys camel.cluster.<type>.<option> (properties, system properties, "
                + "environment CAMEL_CLUSTER_<TYPE>_<OPTION>). Add one, for example context.addService(new FileLockClusterService()), or set "
                + "camel.cluster.kubernetes.enabled=true or camel.cluster.file-lock.root to a directory, with the module of that type on the class path."
                + listed(problems);
    }

    private static String noneSelected(
            List<CamelClusterService> candidates, CamelClusterService.Selector selector, List<String> problems) {
        return "The service selector " + selector.getClass().getSimpleName() + " selected none of " + candidates.size()
                + " cluster service(s): "
                + candidates.stream()
                        .sorted(BY_ORDER)
                        .map(ClusterServices::describe)
                        .collect(Collectors.joining(", "))
                + ". Set the option service of the master component to the one to use, or serviceSelector to a selector that decides"
                + " (ClusterServiceSelectors.type, .attribute, .order, .first)." + listed(problems);
    }

    private static String listed(List<String> problems) {
        return problems.isEmpty() ? "" : " Also: " + String.join("; ", problems) + ".";
    }

    private static String describe(CamelClusterService service) {
        return service.getClass().getName() + " (id " + service.getId() + ", order " + service.getOrder() + ")";
    }
}
