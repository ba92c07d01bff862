package io.github.camelmasterlite.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.github.camelmasterlite.chaos.MemberProgram;
import io.github.camelmasterlite.cluster.ElectionClusterService;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A member of {@link KubeChaosArena} in a process of its own. */
final class ChaosMember implements MemberProgram.Kind {

    private final Path kubeconfig;
    private final long leaseMillis;

    private ChaosMember(Path kubeconfig, long leaseMillis) {
        this.kubeconfig = kubeconfig;
        this.leaseMillis = leaseMillis;
    }

    /** Arguments: a kubeconfig, the lease duration in milliseconds, the name of the process, the stop budget in milliseconds, the locks. */
    public static void main(String[] args) throws IOException {
        MemberProgram.run(
                new ChaosMember(Path.of(args[0]), Long.parseLong(args[1])),
                args[2],
                Long.parseLong(args[3]),
                List.of(args).subList(4, args.length));
    }

    @Override
    public ElectionClusterService service(String member) {
        KubernetesClusterService made = new KubernetesClusterService(Config.fromKubeconfig(kubeconfig.toFile()));
        made.setPodName(member);
        made.setLeaseDurationMillis(leaseMillis);
        made.setRenewDeadlineMillis(leaseMillis * 2 / 3);
        made.setRetryPeriodMillis(leaseMillis / 6);
        return made;
    }
}
