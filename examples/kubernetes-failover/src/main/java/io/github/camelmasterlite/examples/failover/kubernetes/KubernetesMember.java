package io.github.camelmasterlite.examples.failover.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.github.camelmasterlite.examples.failover.Member;
import io.github.camelmasterlite.kubernetes.KubernetesClusterService;
import java.io.File;
import java.util.List;

/** A member whose locks are leases. In a pod it would need none of these settings. */
public final class KubernetesMember {
    private KubernetesMember() {}

    /** What a member is told, in the order of its arguments. */
    record Settings(
            String kubeconfig,
            String namespace,
            String resourceName,
            long leaseDurationMillis,
            long renewDeadlineMillis,
            long retryPeriodMillis) {

        List<String> arguments() {
            return List.of(
                    kubeconfig,
                    namespace,
                    resourceName,
                    String.valueOf(leaseDurationMillis),
                    String.valueOf(renewDeadlineMillis),
                    String.valueOf(retryPeriodMillis));
        }

        static Settings of(List<String> arguments) {
            return new Settings(
                    arguments.get(0),
                    arguments.get(1),
                    arguments.get(2),
                    Long.parseLong(arguments.get(3)),
                    Long.parseLong(arguments.get(4)),
                    Long.parseLong(arguments.get(5)));
        }
    }

    /**
     * Runs until the process is told to end.
     *
     * @param args those of {@link Member#run}, then {@link Settings}
     */
    public static void main(String[] args) {
        Member.run(args, (member, arguments) -> {
            Settings settings = Settings.of(arguments);
            KubernetesClusterService cluster =
                    new KubernetesClusterService(Config.fromKubeconfig(new File(settings.kubeconfig)));
            cluster.setPodName(member);
            cluster.setNamespace(settings.namespace);
            cluster.setKubernetesResourceName(settings.resourceName);
            cluster.setLeaseDurationMillis(settings.leaseDurationMillis);
            cluster.setRenewDeadlineMillis(settings.renewDeadlineMillis);
            cluster.setRetryPeriodMillis(settings.retryPeriodMillis);
            return cluster;
        });
    }
}
