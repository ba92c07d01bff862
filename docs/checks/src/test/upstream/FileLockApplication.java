import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.file.cluster.FileLockClusterService;
import org.apache.camel.component.master.MasterComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.cluster.ClusterServiceSelectors;

/** An application as Camel's documentation has it, for Camel's own component and service. */
public final class FileLockApplication {

    private FileLockApplication() {}

    public static FileLockClusterService service(String root, String id) {
        FileLockClusterService service = new FileLockClusterService();
        service.setId(id);
        service.setOrder(7);
        service.setAttribute("site", "north");
        service.setRoot(root);
        service.setAcquireLockDelay(200, TimeUnit.MILLISECONDS);
        service.setAcquireLockInterval(1);
        service.setAcquireLockIntervalUnit(TimeUnit.SECONDS);
        service.setHeartbeatTimeoutMultiplier(6);
        service.setClusterDataTaskMaxAttempts(3);
        service.setClusterDataTaskTimeout(4, TimeUnit.SECONDS);
        return service;
    }

    public static CamelContext start(String root, String id) throws Exception {
        CamelContext context = new DefaultCamelContext();
        context.addService(service(root, id));
        MasterComponent master = context.getComponent("master", MasterComponent.class);
        master.setBackOffDelay(1000);
        master.setBackOffMaxAttempts(3);
        master.setServiceSelector(new ClusterServiceSelectors.SelectFirst());
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock1:timer:clock?period=100&delay=0").routeId("clock").process(exchange -> {
                    System.out.println("tick " + id);
                });
            }
        });
        context.start();
        return context;
    }

    public static void main(String[] arguments) throws Exception {
        start(arguments[0], arguments[1]);
        System.out.println("started " + arguments[1]);
        while (System.in.read() >= 0) {
            // runs until whoever has started it is gone
        }
        Runtime.getRuntime().halt(0);
    }
}
