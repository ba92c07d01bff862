package io.github.camelmasterlite.examples.failover.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.github.camelmasterlite.examples.failover.Demo;
import io.github.camelmasterlite.kubernetes.KubeServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The demonstration with leases of a Kubernetes API server. */
@Command(
        name = "kubernetes-failover",
        description =
                "Members of a cluster, one process each, take over from each other by leases of a Kubernetes API server: the first "
                        + "leader is asked to end (SIGTERM), the second is killed (SIGKILL).")
public final class KubernetesDemo extends Demo {
    private static final int AFTER_THE_LEASE_MILLIS = 500;

    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description =
                    "The API server to use; its user may get, create, update, list and watch leases (an API server and "
                            + "its etcd that this program starts on this machine and ends)")
    private @Nullable Path kubeconfig;

    @Option(
            names = "--namespace",
            paramLabel = "NAME",
            description = "The namespace of the leases (that of the kubeconfig, or default)")
    private @Nullable String namespace;

    @Option(
            names = "--resource-name",
            paramLabel = "NAME",
            defaultValue = "failover-demo",
            description = "What the names of the leases begin with (${DEFAULT-VALUE})")
    private String resourceName = "";

    @Option(
            names = "--lease-duration",
            paramLabel = "MS",
            defaultValue = "2000",
            description =
                    "For how long others wait for a member that was killed, 1000 to 60000, whole seconds (${DEFAULT-VALUE}; the "
                            + "library's default is 15000)")
    private int leaseDurationMillis;

    @Option(
            names = "--renew-deadline",
            paramLabel = "MS",
            defaultValue = "1000",
            description =
                    "For how long a renewal lets its member lead, 100 to 60000 (${DEFAULT-VALUE}; the library's default is 10000)")
    private int renewDeadlineMillis;

    @Option(
            names = "--retry-period",
            paramLabel = "MS",
            defaultValue = "200",
            description = "The wait after an error, 10 to 60000 (${DEFAULT-VALUE}; the library's default is 2000)")
    private int retryPeriodMillis;

    /** Runs the demonstration and exits with its result. */
    public static void main(String[] args) {
        main(new KubernetesDemo(), args);
    }

    @Override
    protected int defaultBoundMillis() {
        return Math.min(60_000, leaseDurationMillis + AFTER_THE_LEASE_MILLIS);
    }

    @Override
    protected Meeting open(Path outDirectory) throws IOException, InterruptedException {
        checkRange("--lease-duration", leaseDurationMillis, 1000, 60_000);
        checkRange("--renew-deadline", renewDeadlineMillis, 100, 60_000);
        checkRange("--retry-period", retryPeriodMillis, 10, 60_000);
        Path given = kubeconfig;
        if (given != null) {
            Config config = Config.fromKubeconfig(given.toFile());
            String in = namespace == null ? config.getNamespace() : namespace;
            return new Leases(
                    settings(given, in == null ? "default" : in),
                    "the API server at " + config.getMasterUrl(),
                    () -> {});
        }
        KubeServer server = KubeServer.start(Files.createDirectories(outDirectory.resolve("api-server")));
        try {
            Path written = server.access().writeKubeconfig(outDirectory.resolve("kubeconfig"));
            return new Leases(
                    settings(written, namespace == null ? "default" : namespace),
                    "an API server of this run at " + server.address(),
                    server::close);
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    private KubernetesMember.Settings settings(Path file, String in) {
        return new KubernetesMember.Settings(
                file.toAbsolutePath().toString(),
                in,
                resourceName,
                leaseDurationMillis,
                renewDeadlineMillis,
                retryPeriodMillis);
    }

    private interface End {
        void end() throws IOException;
    }

    private record Leases(KubernetesMember.Settings settings, String where, End end) implements Meeting {
        @Override
        public String description() {
            return "leases %s-* in namespace %s of %s%nleaseDuration %d ms, renewDeadline %d ms, retryPeriod %d ms"
                    .formatted(
                            settings.resourceName(),
                            settings.namespace(),
                            where,
                            settings.leaseDurationMillis(),
                            settings.renewDeadlineMillis(),
                            settings.retryPeriodMillis());
        }

        @Override
        public Class<?> member() {
            return KubernetesMember.class;
        }

        @Override
        public List<String> arguments() {
            return settings.arguments();
        }

        @Override
        public void close() throws IOException {
            end.end();
        }
    }
}
