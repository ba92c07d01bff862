package io.github.camelmasterlite.observe;

import io.github.camelmasterlite.cluster.ElectionClusterService;
import io.github.camelmasterlite.cluster.LeadershipObserver;
import io.github.camelmasterlite.cluster.ServiceCompanion;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.management.JMException;
import javax.management.ObjectName;
import org.apache.camel.CamelContext;
import org.apache.camel.ExtendedStartupListener;
import org.apache.camel.spi.ManagementAgent;
import org.apache.camel.spi.ManagementStrategy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows a cluster service and its locks through the management agent of its context, if that has one: {@link ManagedLeadershipService} and, per lock, {@link ManagedLock}.
 *
 * <pre>
 * org.apache.camel:context=camel-1,type=leadership,name="id of the service"
 * org.apache.camel:context=camel-1,type=leadership,service="id of the service",name="lock"
 * </pre>
 *
 * Beans of locks come and go with their views, and all of them with the service. They are registered in the background once the context has started, so that no election and no route waits for it, and
 * removed when the service has stopped. If two services of a context have the same id, the second is called {@code "id (2)"}.
 */
public final class ManagedLeadership implements ServiceCompanion, LeadershipObserver {

    private static final Logger LOG = LoggerFactory.getLogger(ManagedLeadership.class);

    /** What the names of all beans begin with, where they are registered, and under which name the service is. */
    private record Domain(ManagementAgent agent, String prefix, String serviceName) {

        ObjectName ofService() throws JMException {
            return new ObjectName(prefix + "name=" + serviceName);
        }

        ObjectName ofLock(String lock) throws JMException {
            return new ObjectName(prefix + "service=" + serviceName + ",name=" + ObjectName.quote(lock));
        }
    }

    /** Null before the start and after the end; written under the monitor of this. */
    private volatile @Nullable ElectionClusterService service;

    /** An update that waits does for all changes before it. */
    private final AtomicBoolean updateWaits = new AtomicBoolean();

    /** Null until there is something to register with; guarded by this. */
    private @Nullable Domain domain;

    /** The beans of locks; guarded by this. */
    private final Map<String, ObjectName> locks = new HashMap<>();

    @Override
    public void started(ElectionClusterService started) {
        CamelContext context = started.getCamelContext();
        if (context == null) {
            return;
        }
        synchronized (this) {
            service = started;
        }
        started.addObserver(this);
        if (!isManageable(context)) {
            awaitContext(context);
        }
        // Also after the context was asked to tell: it may have been too late for that.
        locksChanged();
    }

    private void awaitContext(CamelContext context) {
        ExtendedStartupListener listener = new ExtendedStartupListener() {
            @Override
            public void onCamelContextStarted(CamelContext of, boolean alreadyStarted) {
                locksChanged();
            }

            @Override
            public void onCamelContextFullyStarted(CamelContext of, boolean alreadyStarted) {
                locksChanged();
            }
        };
        try {
            context.addStartupListener(listener);
        } catch (Exception e) {
            LOG.warn(
                    "{} is not shown in JMX until it is asked for another lock: the context cannot tell when it starts",
                    service,
                    e);
        }
    }

    @Override
    public void locksChanged() {
        ElectionClusterService running = service;
        if (running == null) {
            return;
        }
        CamelContext context = running.getCamelContext();
        // One that stops has better things to do, and its services are about to stop, too.
        if (context != null && Contexts.isStarted(context) && updateWaits.compareAndSet(false, true)) {
            running.background().execute(this::update);
        }
    }

    @Override
    public void stopped(ElectionClusterService stopped) {
        stopped.removeObserver(this);
        synchronized (this) {
            service = null;
            Domain of = domain;
            if (of != null) {
                locks.values().forEach(name -> unregister(of, name));
                locks.clear();
                try {
                    unregister(of, of.ofService());
                } catch (JMException e) {
                    LOG.debug("{} was never shown in JMX", stopped, e);
                }
                domain = null;
            }
        }
    }

    /** Makes the beans those that there should be. */
    private synchronized void update() {
        updateWaits.set(false);
        ElectionClusterService running = service;
        CamelContext context = running == null ? null : running.getCamelContext();
        if (running == null || context == null || !isManageable(context)) {
            return;
        }
        try {
            Domain of = domain;
            if (of == null) {
                of = open(context, running);
                domain = of;
            }
            Collection<String> wanted = running.getNamespaces();
            for (String lock : wanted) {
                if (!locks.containsKey(lock)) {
                    ObjectName name = of.ofLock(lock);
                    of.agent.register(new ManagedLock(running, lock), name);
                    locks.put(lock, name);
                }
            }
            Domain known = of;
            locks.entrySet().removeIf(bean -> {
                boolean isGone = !wanted.contains(bean.getKey());
                if (isGone) {
                    unregister(known, bean.getValue());
                }
                return isGone;
            });
        } catch (JMException | RuntimeException e) {
            LOG.warn("{} or some of its locks are not shown in JMX; it works without", running, e);
        }
    }

    private static Domain open(CamelContext context, ElectionClusterService running) throws JMException {
        ManagementStrategy strategy = context.getManagementStrategy();
        ManagementAgent agent = strategy.getManagementAgent();
        ObjectName ofContext = strategy.getManagementObjectNameStrategy().getObjectNameForCamelContext(context);
        String contextId = ofContext.getKeyProperty("context");
        String prefix = ofContext.getDomain() + ":context="
                + (contextId == null ? ObjectName.quote(context.getName()) : contextId) + ",type=leadership,";
        // The agent takes a second bean of the same name for the same bean and says nothing.
        synchronized (agent) {
            Domain of = new Domain(agent, prefix, ObjectName.quote(running.getId()));
            for (int i = 2; agent.isRegistered(of.ofService()); i++) {
                of = new Domain(agent, prefix, ObjectName.quote(running.getId() + " (" + i + ")"));
            }
            agent.register(new ManagedLeadershipService(running), of.ofService());
            return of;
        }
    }

    private static void unregister(Domain of, ObjectName name) {
        try {
            of.agent.unregister(name);
        } catch (JMException | RuntimeException e) {
            LOG.debug("{} cannot be removed from JMX", name, e);
        }
    }

    /**
     * Whether the context has an agent that runs. Before its start, whether it will have one can still be decided otherwise; while it starts, what it looks at
     * beans with is for the thread that starts it alone, whose start would fail.
     */
    private static boolean isManageable(CamelContext context) {
        if (!Contexts.isStarted(context)) {
            return false;
        }
        ManagementStrategy strategy = context.getManagementStrategy();
        ManagementAgent agent = strategy == null ? null : strategy.getManagementAgent();
        return agent != null && agent.getMBeanServer() != null && strategy.getManagementObjectNameStrategy() != null;
    }
}
