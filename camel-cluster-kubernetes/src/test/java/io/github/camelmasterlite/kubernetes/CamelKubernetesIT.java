package io.github.camelmasterlite.kubernetes;

import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitLeader;
import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitLeaderIsKnown;
import static io.github.camelmasterlite.kubernetes.KubeMembers.soon;
import static io.github.camelmasterlite.kubernetes.KubeMembers.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.github.camelmasterlite.cluster.LeadershipView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Beside Camel's own service (camel-kubernetes 4.18.0), in a process with its own class path, on the same Lease. */
@ExtendWith(ApiServer.class)
class CamelKubernetesIT {

    private static final Path SOURCES =
            Path.of("src", "test", "camel-kubernetes").toAbsolutePath();
    private static final Path CLASS_PATH =
            Path.of("target", "camel-kubernetes-class-path.txt").toAbsolutePath();

    /** What Peer.java sets. */
    private static final Duration DURATION = Duration.ofSeconds(3);

    @TempDir
    Path dir;

    @SuppressWarnings("NullAway.Init") // set before each test
    private KubeMembers members;

    private final List<Peer> peers = new ArrayList<>();

    @BeforeAll
    static void resolve() {
        Peer.prepare(
                SOURCES,
                Map.of(),
                "mvn",
                "-B",
                "-q",
                "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath",
                "-DincludeScope=runtime",
                "-Dmdep.outputFile=" + CLASS_PATH);
    }

    @BeforeEach
    void make() {
        members = new KubeMembers();
    }

    @AfterEach
    void stop() {
        peers.forEach(Peer::close);
        members.close();
    }

    private Peer upstream(String pod, KubeNamespace namespace) throws IOException {
        Peer peer = Peer.start(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dkubeconfig=" + namespace.access().writeKubeconfig(dir.resolve("kubeconfig")),
                "-cp",
                Files.readString(CLASS_PATH).strip(),
                SOURCES.resolve("Peer.java").toString(),
                namespace.name(),
                pod));
        peers.add(peer);
        peer.await("ready");
        return peer;
    }

    private static void pod(KubeNamespace namespace, String name) {
        KubeMembers.pod(namespace.client(), name, Map.of("app", "orders"));
        ready(namespace, name, true);
    }

    private static void ready(KubeNamespace namespace, String name, boolean isReady) {
        namespace
                .client()
                .resource(
                        new PodBuilder(namespace.client().pods().withName(name).get())
                                .withNewStatus()
                                .withPhase("Running")
                                .addNewCondition()
                                .withType("Ready")
                                .withStatus(isReady ? "True" : "False")
                                .endCondition()
                                .endStatus()
                                .build())
                .patchStatus();
    }

    private static Lease lease(KubeNamespace namespace) {
        Lease lease = namespace.client().leases().withName("leaders-lock1").get();
        assertThat(lease).isNotNull();
        return lease;
    }

    @Test
    void oursTakeNothingFromItWhileItRenewsAndItsHolderIsReadByBoth(KubeNamespace namespace) throws Exception {
        pod(namespace, "theirs");
        pod(namespace, "ours");
        Peer theirs = upstream("theirs", namespace);
        theirs.await("leader theirs");
        assertThat(lease(namespace).getSpec().getHolderIdentity()).isEqualTo("theirs");
        LeadershipView ours = members.start("ours", namespace.access(), "lock1");
        awaitLeaderIsKnown(ours, "theirs");
        within(Duration.ofSeconds(40))
                .during(DURATION.multipliedBy(2).plusSeconds(1))
                .until(() -> !ours.isLeader());

        theirs.kill();
        long killed = System.nanoTime();
        awaitLeader(ours);
        // It renews with every retry period.
        assertThat(Duration.ofNanos(System.nanoTime() - killed))
                .isGreaterThan(DURATION.multipliedBy(2).minusMillis(1_500))
                .isLessThan(DURATION.multipliedBy(2).plusSeconds(5));
    }

    @Test
    void itKnowsOursAsLeaderAndTakesOverWhenOursStopInOrder(KubeNamespace namespace) throws Exception {
        pod(namespace, "theirs");
        pod(namespace, "ours");
        KubernetesClusterService service = members.make("ours", namespace.access());
        LeadershipView ours = KubeMembers.start(service, "lock1");
        awaitLeader(ours);
        Peer theirs = upstream("theirs", namespace);
        theirs.await("leader ours");
        within(Duration.ofSeconds(30))
                .during(DURATION.plusSeconds(1))
                .until(() -> ours.isLeader() && !theirs.lines().contains("leader theirs"));
        service.stop();
        theirs.await("leader theirs");
    }

    /** It believes in the readiness of pods, and does not ask whether the lease has run out. */
    @Test
    void itTakesFromOursWhosePodIsNotReadyAndOursStepDownAtOnce(KubeNamespace namespace) throws Exception {
        pod(namespace, "theirs");
        pod(namespace, "ours");
        LeadershipView ours = members.start("ours", namespace.access(), "lock1");
        awaitLeader(ours);
        Peer theirs = upstream("theirs", namespace);
        theirs.await("leader ours");
        ready(namespace, "ours", false);
        soon().until(() -> "theirs".equals(lease(namespace).getSpec().getHolderIdentity()));
        within(Duration.ofSeconds(1)).until(() -> !ours.isLeader());
        assertThat(theirs.lines()).doesNotContain("leader theirs"); // it waits for its lease duration first
        theirs.await("leader theirs");
        assertThat(ours.isLeader()).isFalse();
    }
}
