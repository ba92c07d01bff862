package io.github.camelmasterlite.kubernetes;

import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitLeader;
import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitLeaderIsKnown;
import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitMembers;
import static io.github.camelmasterlite.kubernetes.KubeMembers.soon;
import static io.github.camelmasterlite.kubernetes.KubeMembers.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.github.camelmasterlite.cluster.LeadershipView;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The files in docs/kubernetes do what they say, as they are. */
@ExtendWith(ApiServer.class)
class ManifestsIT {

    private static final Path MANIFESTS = KubeMembers.DOCS.resolve("kubernetes");

    /** As in the guide. */
    private static final Map<String, String> LABELS = Map.of("app", "orders", "group", "payments");

    @SuppressWarnings("NullAway.Init") // set before each test
    private KubeMembers members;

    @BeforeEach
    void make() {
        members = new KubeMembers();
    }

    @AfterEach
    void stop() {
        members.close();
    }

    private static List<HasMetadata> apply(KubernetesClient client, String manifest) throws IOException {
        try (InputStream in = Files.newInputStream(MANIFESTS.resolve(manifest))) {
            return client.load(in).serverSideApply();
        }
    }

    /** Access with a token of the account that the manifests make. */
    private static KubeAccess accessOfCamelLeader(KubeServer server, KubernetesClient client, String namespace) {
        String token = client.serviceAccounts()
                .inNamespace(namespace)
                .withName("camel-leader")
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(3600L)
                        .endSpec()
                        .build())
                .getStatus()
                .getToken();
        return server.access().in(namespace).as(token);
    }

    private KubernetesClusterService member(String pod, KubeAccess access, LeaseResourceType type) {
        KubernetesClusterService service = members.make(pod, access);
        service.setLeaseResourceType(type);
        service.setClusterLabels(LABELS);
        return service;
    }

    @ParameterizedTest
    @CsvSource({"rbac.yaml, Lease", "rbac-configmap.yaml, ConfigMap"})
    void theRoleIsEnough(String manifest, LeaseResourceType type, KubeServer server, KubeNamespace namespace)
            throws IOException {
        apply(namespace.client(), manifest);
        Deployment deployment =
                (Deployment) apply(namespace.client(), "deployment.yaml").get(0);
        assertThat(deployment.getSpec().getTemplate().getMetadata().getLabels()).isEqualTo(LABELS);
        assertThat(deployment.getSpec().getTemplate().getSpec().getServiceAccountName())
                .isEqualTo("camel-leader");
        // There is no controller that would make them.
        KubeMembers.pod(namespace.client(), "orders-1", LABELS);
        KubeMembers.pod(namespace.client(), "orders-2", LABELS);
        KubeMembers.pod(namespace.client(), "others", Map.of("app", "others"));
        KubeAccess access = accessOfCamelLeader(server, namespace.client(), namespace.name());

        KubernetesClusterService first = member("orders-1", access, type);
        LeadershipView leader = KubeMembers.start(first, "lock1");
        awaitLeader(leader);
        LeadershipView follower = KubeMembers.start(member("orders-2", access, type), "lock1");
        awaitLeaderIsKnown(follower, "orders-1");
        awaitMembers(leader, "orders-1", "orders-2");
        awaitMembers(follower, "orders-1", "orders-2");
        first.stop();
        within(Duration.ofSeconds(2)).until(follower::isLeader);
        assertThat(follower.leadership().fencingToken()).isPositive();
        assertThat(members.warnings()).isEmpty();
    }

    @Test
    void kubectlAcceptsThemAll(KubeNamespace namespace, @TempDir Path dir) throws Exception {
        Path kubeconfig = namespace.access().writeKubeconfig(dir.resolve("kubeconfig"));
        Path kubectl = KubeBinaries.locate().kubectl();
        for (String manifest : List.of("rbac.yaml", "rbac-configmap.yaml", "deployment.yaml", "flowschema.yaml")) {
            Process apply = new ProcessBuilder(
                            kubectl.toString(),
                            "--kubeconfig=" + kubeconfig,
                            "apply",
                            "--validate=strict",
                            "-f",
                            MANIFESTS.resolve(manifest).toString())
                    .redirectErrorStream(true)
                    .start();
            try (InputStream out = apply.getInputStream()) {
                String said = new String(out.readAllBytes(), StandardCharsets.UTF_8);
                assertThat(apply.waitFor(30, TimeUnit.SECONDS)).isTrue();
                assertThat(apply.exitValue()).as(said).isZero();
                assertThat(said).doesNotContainIgnoringCase("warning");
            }
        }
        namespace
                .client()
                .flowControl()
                .v1()
                .flowSchema()
                .withName("camel-leader")
                .delete();
    }

    /** In the namespace default, which the file names. */
    @Test
    void theFlowSchemaGivesRenewalsThePriorityOfTheControlPlane(KubeServer server) throws IOException {
        try (KubernetesClient admin = server.access().connect()) {
            apply(admin, "rbac.yaml");
            KubeAccess access = accessOfCamelLeader(server, admin, "default");
            KubernetesClusterService service = member("orders-1", access, LeaseResourceType.Lease);
            service.setKubernetesResourceName("flow");
            LeadershipView leader = KubeMembers.start(service, "lock1");
            awaitLeader(leader);
            double without = dispatched(server, "service-accounts", "workload-low");
            assertThat(without).isPositive();

            apply(admin, "flowschema.yaml");
            double before = dispatched(server, "camel-leader", "leader-election");
            // Renewals come every two seconds; the server learns of the rule a moment later.
            soon().pollInterval(Duration.ofMillis(200))
                    .until(() -> dispatched(server, "camel-leader", "leader-election") - before >= 2);
            double settled = dispatched(server, "service-accounts", "workload-low");

            // A second member as well: it creates a lease, lists and watches. Its pods go where other requests go.
            KubernetesClusterService other = members.make("orders-2", access);
            other.setKubernetesResourceName("flow");
            LeadershipView second = KubeMembers.start(other, "lock2");
            awaitLeader(second);
            double total = dispatched(server, "camel-leader", "leader-election");
            soon().pollInterval(Duration.ofMillis(200))
                    .until(() -> dispatched(server, "camel-leader", "leader-election") - total >= 3);
            assertThat(dispatched(server, "service-accounts", "workload-low")).isEqualTo(settled);
        } finally {
            members.close();
            try (KubernetesClient admin = server.access().connect()) {
                admin.flowControl().v1().flowSchema().withName("camel-leader").delete();
                admin.leases().delete();
            }
        }
    }

    private static double dispatched(KubeServer server, String schema, String level) {
        return KubeMembers.metrics(server)
                .sum(
                        "apiserver_flowcontrol_dispatched_requests_total",
                        Map.of("flow_schema", schema, "priority_level", level));
    }
}
