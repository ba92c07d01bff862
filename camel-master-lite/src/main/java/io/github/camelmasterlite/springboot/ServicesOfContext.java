package io.github.camelmasterlite.springboot;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.support.cluster.RebalancingCamelClusterService;
import org.apache.camel.support.service.ServiceHelper;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Makes cluster services that are beans services of the context, which starts and stops them. Camel does so itself for beans that exist when it makes the context. One that is made first, which is usual, does not count among them: Camel's
 * bean post-processor asks for the context in the midst of making it. Without a {@code master:} route to look for it, such a service would never start.
 */
final class ServicesOfContext implements SmartInitializingSingleton, DisposableBean {

    private final ListableBeanFactory beans;
    private final List<CamelClusterService> added = new ArrayList<>();

    ServicesOfContext(ListableBeanFactory beans) {
        this.beans = beans;
    }

    /** All beans are there, and the context has not been started. */
    @Override
    public void afterSingletonsInstantiated() {
        Collection<CamelClusterService> services =
                beans.getBeansOfType(CamelClusterService.class, false, false).values();
        // One behind another is started by that one.
        List<CamelClusterService> behind = services.stream()
                .filter(RebalancingCamelClusterService.class::isInstance)
                .<CamelClusterService>map(service -> ((RebalancingCamelClusterService) service).getDelegate())
                .toList();
        for (CamelContext context :
                beans.getBeansOfType(CamelContext.class, false, false).values()) {
            for (CamelClusterService service : services) {
                if (!behind.contains(service) && isOf(service, context) && !context.hasService(service)) {
                    add(context, service);
                }
            }
        }
    }

    private static boolean isOf(CamelClusterService service, CamelContext context) {
        CamelContext present = service.getCamelContext();
        return present == null || present == context;
    }

    private void add(CamelContext context, CamelClusterService service) {
        try {
            added.add(service);
            context.addService(service, true, true);
        } catch (Exception e) {
            throw RuntimeCamelException.wrapRuntimeCamelException(e);
        }
    }

    /**
     * After the context has stopped them this does nothing, and a context that fails while it starts has. One that has been started is not stopped by Spring if the start of the application fails between that and its end: up to
     * Spring 6 whatever fails, since Spring 7 only while beans are being made.
     */
    @Override
    public void destroy() {
        ServiceHelper.stopService(added);
    }
}
