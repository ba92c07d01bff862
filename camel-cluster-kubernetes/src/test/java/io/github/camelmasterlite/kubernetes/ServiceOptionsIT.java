package io.github.camelmasterlite.kubernetes;

import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitLeader;
import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitLeaderIsKnown;
import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitMembers;
import static io.github.camelmasterlite.kubernetes.KubeMembers.soon;
import static io.github.camelmasterlite.kubernetes.KubeMembers.within;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.github.camelmasterlite.cluster.LeadershipView;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each option of the service has its effect on a real API server. */
@ExtendWith(ApiServer.class)
class ServiceOptionsIT {

    private static final String NOBODY = "https://127.0.0.1:1";

    private final Map<String, @Nullable String> formerProperties = new HashMap<>();

    @SuppressWarnings("NullAway.Init") // set before each test
    private KubeMembers members;

    @BeforeEach
    void make() {
        members = new KubeMembers();
    }

    @AfterEach
    void stop() {
        members.close();
        formerProperties.forEach((key, value) -> {
            if (value == null) {
                System.clearProperty(key);
            } else {
                System.setProperty(key, value);
            }
        });
    }

    private void property(String key, String value) {
        formerProperties.putIfAbsent(key, System.getProperty(key));
        System.setProperty(key, value);
    }

    private KubernetesClusterService unconfigured() {
        return members.quick(new KubernetesClusterService());
    }

    private static Lease lease(KubeNamespace namespace, String name) {
        Lease lease = namespace.client().leases().withName(name).get();
        assertThat(lease).as(name).isNotNull();
        return lease;
    }

    private static void assertHolds(KubeNamespace namespace, String lease, String pod) {
        assertThat(lease(namespace, lease).getSpec().getHolderIdentity()).isEqualTo(pod);
    }

    // ---- how to connect

    @Test
    void inAPodNothingHasToBeSet(KubeServer server, KubeNamespace namespace, @TempDir Path dir) throws Exception {
        KubeAccount account = namespace.account(
                "pod", KubeAccount.rule("coordination.k8s.io", "leases", "get", "create", "update", "list", "watch"));
        inAPod(server.address(), account.access(), dir);
        KubernetesClusterService service = unconfigured();
        awaitLeader(KubeMembers.start(service, "lock1"));
        assertHolds(namespace, "leaders-lock1", service.getPodName());
    }

    /** What Kubernetes mounts into a pod and sets in its environment. */
    private void inAPod(URI server, KubeAccess access, Path dir) throws Exception {
        property("kubernetes.auth.tryKubeConfig", "false");
        property("KUBERNETES_SERVICE_HOST", server.getHost());
        property("KUBERNETES_SERVICE_PORT", Integer.toString(server.getPort()));
        property(
                "kubernetes.auth.serviceAccount.token",
                Files.writeString(dir.resolve("token"), access.token()).toString());
        property(
                "kubernetes.certs.ca.file",
                Files.writeString(dir.resolve("ca.crt"), access.authority()).toString());
        property(
                "kubenamespace",
                Files.writeString(dir.resolve("namespace"), access.namespace()).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"local", "client"})
    void aMasterUrlThatMeansFindItDoes(String url, KubeNamespace namespace, @TempDir Path dir) throws Exception {
        property(
                "kubeconfig",
                namespace.access().writeKubeconfig(dir.resolve("kubeconfig")).toString());
        KubernetesClusterService service = unconfigured();
        service.setMasterUrl(url);
        service.setPodName("pod-1");
        awaitLeader(KubeMembers.start(service, "lock1"));
        assertHolds(namespace, "leaders-lock1", "pod-1");
    }

    @Test
    void masterUrlAndNamespaceGoBeforeTheKubeconfig(KubeServer server, KubeNamespace namespace, @TempDir Path dir)
            throws Exception {
        KubeAccess right = namespace.access();
        KubeAccess wrong = new KubeAccess(URI.create(NOBODY), right.authority(), right.token(), "default");
        property("kubeconfig", wrong.writeKubeconfig(dir.resolve("kubeconfig")).toString());
        KubernetesClusterService service = unconfigured();
        service.setMasterUrl(server.address().toString());
        service.setNamespace(namespace.name());
        service.setPodName("pod-1");
        awaitLeader(KubeMembers.start(service, "lock1"));
        assertHolds(namespace, "leaders-lock1", "pod-1");
    }

    @Test
    void masterUrlAndNamespaceGoBeforeAConfigWhichIsLeftAsItIs(KubeServer server, KubeNamespace namespace) {
        Config config = new ConfigBuilder(namespace.access().config())
                .withMasterUrl(NOBODY)
                .withNamespace("default")
                .build();
        KubernetesClusterService service = unconfigured();
        service.setConfig(config);
        service.setMasterUrl(server.address().toString());
        service.setNamespace(namespace.name());
        service.setPodName("pod-1");
        awaitLeader(KubeMembers.start(service, "lock1"));
        assertHolds(namespace, "leaders-lock1", "pod-1");
        assertThat(config.getMasterUrl()).startsWith(NOBODY);
        assertThat(config.getNamespace()).isEqualTo("default");
    }

    @Test
    void aServerThatIsNotThereIsNamedAndLookedForUntilItIs(KubeNamespace namespace) {
        KubernetesClusterService service = members.make("pod-1", namespace.access());
        service.setMasterUrl(NOBODY);
        LeadershipView view = KubeMembers.start(service, "lock1");
        soon().untilAsserted(() ->
                assertThat(view.leadership().problem()).isNotNull().contains(NOBODY, "does not answer", "masterUrl"));
    }

    @Test
    void whatIsNoApiServerIsToldSo() throws Exception {
        HttpServer other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        other.createContext("/", exchange -> {
            byte[] page = "<html>Welcome</html>".getBytes(java.nio.charset.StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        other.start();
        try {
            KubernetesClusterService service = members.quick(new KubernetesClusterService(Config.empty()));
            service.setMasterUrl("http://127.0.0.1:" + other.getAddress().getPort());
            LeadershipView view = KubeMembers.start(service, "lock1");
            soon().untilAsserted(() -> assertThat(view.leadership().problem())
                    .isNotNull()
                    .contains("is not a Kubernetes API server", "masterUrl"));
        } finally {
            other.stop(0);
        }
    }

    @Test
    void aNamespaceThatDoesNotExistIsTold(KubeNamespace namespace) {
        KubernetesClusterService service = members.make("pod-1", namespace.access());
        service.setNamespace("no-such-namespace");
        LeadershipView view = KubeMembers.start(service, "lock1");
        soon().untilAsserted(() -> assertThat(view.leadership().problem())
                .isNotNull()
                .contains("no-such-namespace", "see that the namespace exists"));
    }

    @Test
    void aTokenThatIsNotAcceptedIsTold(KubeNamespace namespace) {
        LeadershipView view = members.start("pod-1", namespace.access().as("wrong"), "lock1");
        soon().untilAsserted(() -> assertThat(view.leadership().problem())
                .isNotNull()
                .contains("401", "the credentials are not accepted"));
    }

    /** The kernel drops what would open one more connection to a socket whose queue is full. */
    @Test
    void connectionTimeoutBoundsConnecting() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<Socket> queue = new ArrayList<>();
            try {
                for (int i = 0; i < 2; i++) {
                    queue.add(new Socket(full.getInetAddress(), full.getLocalPort()));
                }
                assertThat(firstProblem(full, 200)).contains("does not answer", "onnect", "connectionTimeout");
                // By default as long as an attempt of the election: one of both says so.
                assertThat(firstProblem(full, 60_000)).contains("the store has not answered READ");
            } finally {
                for (Socket socket : queue) {
                    socket.close();
                }
            }
        }
    }

    private String firstProblem(ServerSocket server, int timeout) {
        KubernetesClusterService service = members.quick(new KubernetesClusterService(Config.empty()));
        service.setMasterUrl("https://127.0.0.1:" + server.getLocalPort());
        service.setConnectionTimeout(timeout);
        LeadershipView view = KubeMembers.start(service, "lock1");
        soon().until(() -> view.leadership().problem() != null);
        return String.valueOf(view.leadership().problem());
    }

    // ---- a client that is given

    @Test
    void aClientThatIsGivenIsUsedAndNotClosed(KubeNamespace namespace) {
        try (KubernetesClient client = namespace.access().connect()) {
            KubernetesClusterService service = unconfigured();
            service.setKubernetesClient(client);
            service.setMasterUrl(NOBODY);
            service.setPodName("pod-1");
            awaitLeader(KubeMembers.start(service, "lock1"));
            service.stop();
            Lease lease = client.leases().withName("leaders-lock1").get();
            assertThat(lease.getSpec().getHolderIdentity()).isNull();
        }
    }

    @Test
    void requestsByAClientThatIsGivenAreNotRepeatedByIt() throws Exception {
        List<String> requests = new CopyOnWriteArrayList<>();
        HttpServer overloaded = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        overloaded.createContext("/", exchange -> {
            requests.add(exchange.getRequestURI().toString());
            exchange.sendResponseHeaders(503, -1);
            exchange.close();
        });
        overloaded.start();
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl("http://127.0.0.1:" + overloaded.getAddress().getPort())
                .withNamespace("default")
                .withRequestRetryBackoffLimit(10)
                .withRequestRetryBackoffInterval(20)
                .build();
        try (KubernetesClient client =
                new KubernetesClientBuilder().withConfig(config).build()) {
            KubernetesClusterService service = members.quick(new KubernetesClusterService());
            service.setRetryPeriodMillis(2_000);
            service.setLeaseDurationMillis(60_000);
            service.setRenewDeadlineMillis(40_000);
            service.setKubernetesClient(client);
            KubeMembers.start(service, "lock1");
            soon().until(() -> requests.stream().anyMatch(uri -> uri.endsWith("/leaders-lock1")));
            within(Duration.ofSeconds(5))
                    .during(Duration.ofMillis(1_200))
                    .until(() -> requests.stream()
                                    .filter(uri -> uri.endsWith("/leaders-lock1"))
                                    .count()
                            == 1);
            // The election itself asks again.
            soon().until(() -> requests.stream()
                            .filter(uri -> uri.endsWith("/leaders-lock1"))
                            .count()
                    >= 2);
        } finally {
            members.close();
            overloaded.stop(0);
        }
    }

    // ---- where leases are, and what they are called

    @Test
    void kubernetesResourcesNamespaceIsWhereLeasesAndPodsAre(KubeServer server, KubeNamespace namespace) {
        KubernetesClusterService service = members.make("pod-1", server.access());
        service.setKubernetesNamespace("kube-system");
        service.setKubernetesResourcesNamespace(namespace.name());
        service.setClusterLabels(Map.of("app", "orders"));
        KubeMembers.pod(namespace.client(), "pod-2", Map.of("app", "orders"));
        LeadershipView view = KubeMembers.start(service, "lock1");
        awaitLeader(view);
        assertHolds(namespace, "leaders-lock1", "pod-1");
        awaitMembers(view, "pod-1", "pod-2");
    }

    @Test
    void kubernetesNamespaceIsTheNamespace(KubeServer server, KubeNamespace namespace) {
        KubernetesClusterService service = members.make("pod-1", server.access());
        service.setKubernetesNamespace(namespace.name());
        awaitLeader(KubeMembers.start(service, "lock1"));
        assertHolds(namespace, "leaders-lock1", "pod-1");
    }

    @Test
    void kubernetesResourceNameKeepsApplicationsApart(KubeNamespace namespace) {
        KubernetesClusterService orders = members.make("pod-1", namespace.access());
        orders.setKubernetesResourceName("orders");
        awaitLeader(KubeMembers.start(orders, "lock1"));
        KubernetesClusterService bills = members.make("pod-2", namespace.access());
        bills.setConfigMapName("bills");
        awaitLeader(KubeMembers.start(bills, "lock1"));
        assertHolds(namespace, "orders-lock1", "pod-1");
        assertHolds(namespace, "bills-lock1", "pod-2");
    }

    @Test
    void leaseResourceTypeConfigMapPutsAllLocksIntoOne(KubeNamespace namespace) {
        KubernetesClusterService service = members.make("pod-1", namespace.access());
        service.setLeaseResourceType(LeaseResourceType.ConfigMap);
        service.setConfigMapName("locks");
        awaitLeader(KubeMembers.start(service, "lock1"));
        awaitLeader(KubeMembers.view(service, "lock2"));
        assertThat(namespace.client().configMaps().withName("locks").get().getData())
                .containsEntry("leader.pod.lock1", "pod-1")
                .containsEntry("leader.pod.lock2", "pod-1");
        assertThat(namespace.client().leases().list().getItems()).isEmpty();
    }

    @Test
    void groupNameIsOneLockForAllViewsOfAllMembers(KubeNamespace namespace) {
        KubernetesClusterService first = members.make("pod-1", namespace.access());
        first.setGroupName("group");
        awaitLeader(KubeMembers.start(first, "a"));
        KubernetesClusterService second = members.make("pod-2", namespace.access());
        second.setGroupName("group");
        LeadershipView other = KubeMembers.start(second, "b");
        awaitLeaderIsKnown(other, "pod-1");
        assertThat(other.isLeader()).isFalse();
        assertThat(namespace.client().leases().list().getItems())
                .extracting(lease -> lease.getMetadata().getName())
                .containsExactly("leaders-group");
    }

    @Test
    void leaseDurationIsRoundedUpToSeconds(KubeNamespace namespace) {
        KubernetesClusterService service = members.make("pod-1", namespace.access());
        service.setLeaseDurationMillis(6_200);
        awaitLeader(KubeMembers.start(service, "lock1"));
        assertThat(lease(namespace, "leaders-lock1").getSpec().getLeaseDurationSeconds())
                .isEqualTo(7);
    }
}
