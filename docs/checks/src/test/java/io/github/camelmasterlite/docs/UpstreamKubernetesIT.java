package io.github.camelmasterlite.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.github.camelmasterlite.kubernetes.KubeServer;
import io.github.camelmasterlite.kubernetes.KubernetesClusterService;
import io.github.camelmasterlite.kubernetes.LeaseResourceType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.camel.cluster.CamelClusterView;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application written for Camel's Kubernetes service, and what its members left behind, on a real API server; docs/migration.md names these tests. */
class UpstreamKubernetesIT {

    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final String KUBECONFIG = "kubeconfig";

    private static @Nullable KubeServer server;

    @TempDir
    Path directory;

    @BeforeAll
    static void startServer() throws Exception {
        server = KubeServer.startOrSkip(
                Files.createTempDirectory(Files.createDirectories(Path.of("target", "kube-api-server")), "run-"));
    }

    @AfterAll
    static void stopServer() throws IOException {
        KubeServer running = server;
        if (running != null) {
            running.close();
        }
    }

    private static KubeServer server() {
        KubeServer running = server;
        if (running == null) {
            throw new IllegalStateException("not started");
        }
        return running;
    }

    private static ConditionFactory within(Duration limit) {
        return Awaitility.await().atMost(limit).pollInterval(Duration.ofMillis(20));
    }

    @Test
    void anApplicationWrittenForCamelsRuns() throws Exception {
        @Nullable String before = System.getProperty(KUBECONFIG);
        System.setProperty(
                KUBECONFIG,
                server().access().writeKubeconfig(directory.resolve("config")).toString());
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        AutoCloseable context = null;
        try (KubernetesClient client = server().access().connect()) {
            Upstream migrated = Upstream.migrated("KubernetesApplication", directory);
            Class<?> application = migrated.load("KubernetesApplication");
            // Camel and the client look there for what they load.
            Thread.currentThread().setContextClassLoader(application.getClassLoader());
            context =
                    (AutoCloseable) application.getMethod("start", String.class).invoke(null, "orders-1");
            within(PATIENCE).until(() -> "orders-1".equals(holder(client)));
            context.close();
            context = null;
            within(PATIENCE).until(() -> holder(client).isEmpty());
        } finally {
            Thread.currentThread().setContextClassLoader(loader);
            if (context != null) {
                context.close();
            }
            if (before == null) {
                System.clearProperty(KUBECONFIG);
            } else {
                System.setProperty(KUBECONFIG, before);
            }
        }
    }

    private static String holder(KubernetesClient client) {
        Lease lease = client.leases().withName("leaders-lock1").get();
        String holder = lease == null ? null : lease.getSpec().getHolderIdentity();
        return holder == null ? "" : holder;
    }

    @Test
    void aConfigMapOfCamel2IsTakenAfterTwiceTheLeaseAndKeepsWhatElseIsInIt() throws Exception {
        Duration lease = Duration.ofSeconds(3);
        try (KubernetesClient client = server().access().connect()) {
            client.configMaps()
                    .resource(new ConfigMapBuilder()
                            .withNewMetadata()
                            .withName("leaders")
                            .addToLabels("provider", "camel")
                            .addToLabels("kind", "locks")
                            .endMetadata()
                            .addToData("leader.pod.lock1", "orders-old-1")
                            .addToData("leader.local.timestamp.lock1", "2018-03-01T09:00:00Z")
                            .addToData("leader.pod.lock2", "orders-old-2")
                            .addToData("leader.local.timestamp.lock2", "2018-03-01T09:00:01Z")
                            .addToData("somebody", "else's")
                            .build())
                    .create();
            KubernetesClusterService service =
                    new KubernetesClusterService(server().access().config());
            service.setConfigMapName("leaders");
            service.setLeaseResourceType(LeaseResourceType.ConfigMap);
            service.setPodName("orders-new-1");
            service.setLeaseDurationMillis(lease.toMillis());
            service.setRenewDeadlineMillis(2_000);
            service.setRetryPeriodMillis(300);
            long begin = System.nanoTime();
            service.start();
            try {
                CamelClusterView view = service.getView("lock1");
                within(PATIENCE)
                        .until(() -> view.getLeader()
                                .map(leader -> leader.getId().equals("orders-old-1"))
                                .orElse(false));
                within(PATIENCE).until(() -> view.getLocalMember().isLeader());
                assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(lease.multipliedBy(2));
                Map<String, String> data = data(client);
                assertThat(data)
                        .containsEntry("leader.pod.lock1", "orders-new-1")
                        .containsEntry("leader.pod.lock2", "orders-old-2")
                        .containsEntry("leader.local.timestamp.lock2", "2018-03-01T09:00:01Z")
                        .containsEntry("somebody", "else's");
            } finally {
                service.stop();
            }
        }
    }

    private static Map<String, String> data(KubernetesClient client) {
        ConfigMap map = client.configMaps().withName("leaders").get();
        return map == null ? Map.of() : map.getData();
    }
}
