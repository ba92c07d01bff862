package io.github.camelmasterlite.examples.benchmark;

import java.util.HashMap;
import java.util.Map;
import org.apache.camel.component.kubernetes.cluster.KubernetesClusterService;
import org.apache.camel.support.PropertyBindingSupport;

/** A member of Apache Camel's own service whose locks are leases of a Kubernetes API server. */
public final class UpstreamKubernetesMember {
    private UpstreamKubernetesMember() {}

    /**
     * Runs until the process is told to end.
     *
     * @param args those of {@link BenchMember#run}, then the kubeconfig, then options of the service, as in {@code kubernetesNamespace=default}
     */
    public static void main(String[] args) {
        BenchMember.run(args, (context, member, arguments) -> {
            // the only way to tell it: what its own options say about the server is without effect
            System.setProperty("kubeconfig", arguments.get(0));
            KubernetesClusterService cluster = new KubernetesClusterService();
            cluster.setPodName(member);
            Map<String, Object> options = new HashMap<>();
            for (String option : arguments.subList(1, arguments.size())) {
                String[] nameAndValue = option.split("=", 2);
                options.put(nameAndValue[0], nameAndValue[1]);
            }
            PropertyBindingSupport.build().bind(context, cluster, options);
            if (!options.isEmpty()) {
                throw new IllegalArgumentException("No such options: " + options);
            }
            return cluster;
        });
    }
}
