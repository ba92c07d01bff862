import java.util.Map;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.apache.camel.cluster.CamelClusterView;
import org.apache.camel.component.kubernetes.cluster.KubernetesClusterService;
import org.apache.camel.impl.DefaultCamelContext;

/**
 * A member of Camel's own service; run from its source, with the class path of the pom beside it. The kubeconfig is given by the system property that
 * the client of fabric8 reads. Says "leader NAME" with each change of the leader that it is told of ("leader -" for none), and ends with its standard
 * input, in order.
 */
public class Peer {
    public static void main(String[] arguments) throws Exception {
        DefaultCamelContext context = new DefaultCamelContext();
        KubernetesClusterService service = new KubernetesClusterService();
        service.setKubernetesNamespace(arguments[0]);
        service.setPodName(arguments[1]);
        service.setClusterLabels(Map.of("app", "orders"));
        service.setLeaseDurationMillis(3_000);
        service.setRenewDeadlineMillis(2_000);
        service.setRetryPeriodMillis(500);
        context.addService(service);
        context.start();
        CamelClusterView view = service.getView("lock1");
        view.addEventListener((CamelClusterEventListener.Leadership) (of, leader) ->
                System.out.println("leader " + (leader == null ? "-" : leader.getId())));
        System.out.println("ready");
        while (System.in.read() >= 0) {
            // until its end
        }
        context.stop();
        System.out.println("ended");
    }
}
