import java.util.HashMap;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.kubernetes.cluster.KubernetesClusterService;
import org.apache.camel.component.kubernetes.cluster.LeaseResourceType;
import org.apache.camel.impl.DefaultCamelContext;

/** An application as Camel's documentation has it, for Camel's own component and service. */
public final class KubernetesApplication {

    private KubernetesApplication() {}

    /** Every option that there is. */
    public static KubernetesClusterService service() {
        KubernetesClusterService service = new KubernetesClusterService();
        service.setId("cluster");
        service.setOrder(7);
        service.setAttribute("site", "north");
        service.setMasterUrl("https://127.0.0.1:6443");
        service.setNamespace("orders");
        service.setKubernetesNamespace("orders");
        service.setConnectionTimeout(3000);
        service.setLeaseResourceType(LeaseResourceType.ConfigMap);
        service.setKubernetesResourcesNamespace("locks");
        service.setKubernetesResourceName("orders-leaders");
        service.setGroupName("all");
        service.setPodName("orders-1");
        Map<String, String> labels = new HashMap<>();
        labels.put("app", "orders");
        labels.put("group", "payments");
        service.setClusterLabels(labels);
        service.setJitterFactor(1.1);
        service.setLeaseDurationMillis(30_000);
        service.setRenewDeadlineMillis(20_000);
        service.setRetryPeriodMillis(5_000);
        return service;
    }

    /** What an application in a pod sets. */
    public static CamelContext start(String pod) throws Exception {
        KubernetesClusterService service = new KubernetesClusterService();
        service.setPodName(pod);
        service.setClusterLabels(Map.of("app", "orders"));
        service.setLeaseDurationMillis(6_000);
        service.setRenewDeadlineMillis(4_000);
        service.setRetryPeriodMillis(500);
        CamelContext context = new DefaultCamelContext();
        context.addService(service);
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock1:timer:clock?period=100&delay=0").routeId("clock").process(exchange -> {
                    System.out.println("tick " + pod);
                });
            }
        });
        context.start();
        return context;
    }
}
