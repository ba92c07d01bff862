package com.example.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.github.camelmasterlite.examples.testing.Application;
import io.github.camelmasterlite.examples.testing.Readme;
import io.github.camelmasterlite.kubernetes.KubeAccess;
import io.github.camelmasterlite.kubernetes.KubeServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the README do what it says, as processes of their own. */
class QuarkusLeaderIT {

    /** For the start of an instance, on a machine that is busy with other things. */
    private static final Duration START = Duration.ofSeconds(120);

    /** For another to take over: milliseconds, and a period of the timer. */
    private static final Duration TAKE_OVER = Duration.ofSeconds(20);

    private static final Duration STOP = Duration.ofSeconds(60);

    private static final String CLUSTERED = "Clustered route (timer)";

    private final Readme readme = Readme.read(Path.of("README.md"));

    private Application start(String command, Map<String, String> environment) {
        return Application.start(readme.block(command), Path.of("."), environment);
    }

    private static void awaitStart(Application application) {
        application.awaitLine("Listening on", START);
    }

    private static String get(Application application, String path) throws IOException, InterruptedException {
        String address = application
                .awaitLine("Listening on", START)
                .replaceFirst(".*Listening on: (http://[^ ]*:\\d+).*", "$1");
        HttpRequest request = HttpRequest.newBuilder(URI.create(address + path))
                .timeout(TAKE_OVER)
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Test
    void oneInstanceLeadsAndTheOtherTakesOverWhenItEndsOrIsKilled() throws Exception {
        try (Application one = start("first terminal", Map.of())) {
            one.awaitLine("Clustered route \\(timer\\) one", START);
            one.awaitLine("Heartbeat route \\(timer\\) one", TAKE_OVER);
            assertThat(get(one, "/q/health/ready")).containsPattern("\"leadership\",\\s+\"status\": \"UP\"");
            assertThat(get(one, "/q/metrics")).containsPattern("camel_leadership_is_leader\\{.*lock=\"lock\".*} 1\\.0");

            try (Application two = start("second terminal", Map.of())) {
                two.awaitLine("Heartbeat route \\(timer\\) two", START);
                awaitStart(two);
                assertThat(get(two, "/q/health/ready")).containsPattern("\"leadership\",\\s+\"status\": \"UP\"");
                assertThat(two.lines()).noneMatch(line -> line.contains(CLUSTERED));

                one.terminate();
                two.awaitLine("Clustered route \\(timer\\) two", TAKE_OVER);
                assertThat(one.awaitEnd(STOP)).isEqualTo(143);
                one.awaitLine("consumer stopped, 0 exchange", TAKE_OVER);

                try (Application again = start("first terminal", Map.of())) {
                    again.awaitLine("Heartbeat route \\(timer\\) one", START);
                    awaitStart(again);
                    assertThat(again.lines()).noneMatch(line -> line.contains(CLUSTERED));

                    two.kill();
                    again.awaitLine("Clustered route \\(timer\\) one", TAKE_OVER);
                }
            }
        }
    }

    @Test
    void deployedItLeadsByLeases(@TempDir Path directory) throws Exception {
        try (KubeServer server = startServer(directory.resolve("server"));
                KubernetesClient admin = server.access().connect()) {
            apply(admin, "rbac.yaml");
            Deployment deployment = (Deployment) apply(admin, "deployment.yaml").get(0);
            assertThat(deployment.getSpec().getReplicas()).isEqualTo(2);
            Map<String, String> environment = Map.of(
                    "KUBECONFIG",
                    accessOfTheAccount(server, admin)
                            .writeKubeconfig(directory.resolve("kubeconfig"))
                            .toString());

            try (Application one = start("first with leases", environment);
                    Application two = start("second with leases", environment)) {
                awaitStart(one);
                awaitStart(two);
                String leader = leader(admin);
                Application leads = leader.equals("one") ? one : two;
                Application follows = leader.equals("one") ? two : one;
                String follower = leader.equals("one") ? "two" : "one";
                leads.awaitLine("Clustered route \\(timer\\) " + leader, TAKE_OVER);
                assertThat(follows.lines()).noneMatch(line -> line.contains(CLUSTERED));

                leads.terminate();
                follows.awaitLine("Clustered route \\(timer\\) " + follower, TAKE_OVER);
                assertThat(leader(admin)).isEqualTo(follower);
                assertThat(leads.awaitEnd(STOP)).isEqualTo(143);
            }
        }
    }

    private static String leader(KubernetesClient admin) {
        return Awaitility.await("a holder of the lease")
                .atMost(TAKE_OVER)
                .until(
                        () -> {
                            var lease = admin.leases().withName("leaders-lock").get();
                            return lease == null ? null : lease.getSpec().getHolderIdentity();
                        },
                        holder -> holder != null && !holder.isEmpty());
    }

    private static List<HasMetadata> apply(KubernetesClient admin, String file) throws IOException {
        try (InputStream in = Files.newInputStream(Path.of("kubernetes", file))) {
            return admin.load(in).serverSideApply();
        }
    }

    /** As the pods have it. */
    private static KubeAccess accessOfTheAccount(KubeServer server, KubernetesClient admin) {
        KubeAccess access = server.access();
        String token = admin.serviceAccounts()
                .withName("quarkus-leader")
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(3600L)
                        .endSpec()
                        .build())
                .getStatus()
                .getToken();
        return new KubeAccess(access.server(), access.authority(), token, access.namespace());
    }

    /** Where no API server can be had the test is skipped with the reason; not so in CI. */
    private static KubeServer startServer(Path directory) throws IOException, InterruptedException {
        String ci = System.getenv("CI");
        boolean mustRun = ci != null && !ci.isBlank() && !ci.equals("false");
        try {
            return KubeServer.start(directory);
        } catch (IllegalStateException e) {
            boolean isMissing = String.valueOf(e.getMessage()).startsWith("No Kubernetes API server");
            Assumptions.assumeTrue(mustRun || !isMissing, e.getMessage());
            throw e;
        }
    }
}
