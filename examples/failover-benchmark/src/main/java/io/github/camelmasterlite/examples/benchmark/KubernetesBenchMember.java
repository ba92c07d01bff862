package io.github.camelmasterlite.examples.benchmark;

import io.fabric8.kubernetes.client.Config;
import io.github.camelmasterlite.kubernetes.KubernetesClusterService;
import java.io.File;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.support.PropertyBindingSupport;

/** A member whose locks are leases of a Kubernetes API server. */
public final class KubernetesBenchMember {
    private KubernetesBenchMember() {}

    /**
     * Runs until the process is told to end.
     *
     * @param args those of {@link BenchMember#run}, then the kubeconfig, then options of the service, as in {@code namespace=default}
     */
    public static void main(String[] args) {
        BenchMember.run(args, (context, member, arguments) -> {
            KubernetesClusterService cluster =
                    new KubernetesClusterService(Config.fromKubeconfig(new File(arguments.get(0))));
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
