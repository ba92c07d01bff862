package com.example.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.github.camelmasterlite.examples.testing.Application;
import io.github.camelmasterlite.examples.testing.CopiedOut;
import io.github.camelmasterlite.examples.testing.Readme;
import io.github.camelmasterlite.kubernetes.KubeServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the README do what it says, as processes of their own, in a copy that is built elsewhere. */
class QuarkusLeaderIT {

    /** For the start of an instance, on a machine that is busy with other things. */
    private static final Duration START = Duration.ofSeconds(120);

    /** For another to take over: milliseconds, and a period of the timer. */
    private static final Duration TAKE_OVER = Duration.ofSeconds(20);

    private static final Duration STOP = Duration.ofSeconds(60);

    private static final String CLUSTERED = "Clustered route (timer)";

    private static final Duration BUILT = Duration.ofSeconds(170);

    /** For programs that ask once. */
    private static final Duration ANSWERED = Duration.ofSeconds(60);

    private static final Readme README = Readme.read(Path.of("README.md"));
    private static Path copy;

    @BeforeAll
    static void copyItOutAndBuildIt(@TempDir Path elsewhere) {
        CopiedOut copied = CopiedOut.to(elsewhere, Path.of(""));
        copy = copied.directory();
        Application.run(README.block("build"), copy, copied.environment(), BUILT);
    }

    private static Application start(String block, Map<String, String> environment) {
        return Application.start(README.block(block), copy, environment);
    }

    private static List<String> run(String block, Map<String, String> environment) {
        return Application.run(README.block(block), copy, environment, ANSWERED);
    }

    private static void awaitStart(Application application) {
        application.awaitLine("Listening on", START);
    }

    /** What a command of the README prints that asks an instance. */
    private static String ask(String block, Application application) {
        String port = application
                .awaitLine("Listening on", START)
                .replaceFirst(".*Listening on: http://[^ ]*:(\\d+).*", "$1");
        return String.join("\n", run(block, Map.of("PORT", port)));
    }

    @Test
    void oneInstanceLeadsAndTheOtherTakesOverWhenItEndsOrIsKilled() throws Exception {
        try (Application one = start("first terminal", Map.of())) {
            one.awaitLine("Clustered route \\(timer\\) one", START);
            one.awaitLine("Heartbeat route \\(timer\\) one", TAKE_OVER);
            assertThat(ask("health", one)).containsPattern("\"leadership\",\\s+\"status\": \"UP\"");
            assertThat(ask("meter", one)).containsPattern("camel_leadership_is_leader\\{.*lock=\"lock\".*} 1\\.0");

            try (Application two = start("second terminal", Map.of())) {
                two.awaitLine("Heartbeat route \\(timer\\) two", START);
                awaitStart(two);
                assertThat(ask("health", two)).containsPattern("\"leadership\",\\s+\"status\": \"UP\"");
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
        try (KubeServer server = KubeServer.startOrSkip(directory.resolve("server"));
                KubernetesClient admin = server.access().connect()) {
            Map<String, String> kubectl = server.kubectl();
            assertThat(run("apply", kubectl))
                    .containsExactly(
                            "serviceaccount/quarkus-leader created",
                            "role.rbac.authorization.k8s.io/quarkus-leader created",
                            "rolebinding.rbac.authorization.k8s.io/quarkus-leader created",
                            "deployment.apps/quarkus-leader created");
            Deployment deployment =
                    admin.apps().deployments().withName("quarkus-leader").get();
            assertThat(deployment.getSpec().getReplicas()).isEqualTo(2);
            // with the rights that the pods have
            Map<String, String> environment = Map.of(
                    "KUBECONFIG",
                    server.accessOf("quarkus-leader")
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
                assertThat(run("lease", kubectl))
                        .hasSize(2)
                        .anyMatch(line -> line.matches("NAME +HOLDER +AGE"))
                        .anyMatch(line -> line.matches("leaders-lock +" + leader + " .*"));

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
}
