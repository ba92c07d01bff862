package io.github.camelmasterlite.kubernetes;

import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitLeader;
import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitLeaderIsKnown;
import static io.github.camelmasterlite.kubernetes.KubeMembers.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.github.camelmasterlite.cluster.LeadershipView;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Beside a candidate of client-go on the same Lease: the real one, built from src/test/go. */
@ExtendWith(ApiServer.class)
class ClientGoIT {

    private static final Path SOURCES = Path.of("src", "test", "go").toAbsolutePath();
    private static final Path PROGRAM = Path.of("target", "client-go-candidate").toAbsolutePath();

    private static final Duration DURATION = Duration.ofSeconds(3);
    private static final Duration RETRY = Duration.ofMillis(500);

    @TempDir
    Path dir;

    @SuppressWarnings("NullAway.Init") // set before each test
    private KubeMembers members;

    private final List<Peer> peers = new ArrayList<>();

    @BeforeAll
    static void build() {
        Peer.prepare(
                SOURCES,
                Map.of("GOWORK", "off", "CGO_ENABLED", "0"),
                "go",
                "build",
                "-mod=readonly",
                "-buildvcs=false",
                "-trimpath",
                "-o",
                PROGRAM.toString(),
                ".");
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

    private Peer candidate(KubeNamespace namespace, Consumer<String> told) throws IOException {
        Peer peer = Peer.start(
                List.of(
                        PROGRAM.toString(),
                        "-kubeconfig=" + namespace.access().writeKubeconfig(dir.resolve("kubeconfig")),
                        "-namespace=" + namespace.name(),
                        "-lease=leaders-lock1",
                        "-id=go",
                        "-duration=" + DURATION.toSeconds() + "s",
                        "-deadline=2s",
                        "-retry=" + RETRY.toMillis() + "ms"),
                Map.of(),
                told);
        peers.add(peer);
        return peer;
    }

    private Peer standing(KubeNamespace namespace) throws IOException {
        Peer peer = candidate(namespace, line -> {});
        peer.tell("stand");
        return peer;
    }

    @Test
    void oursNeverTakeFromOneThatRenewsAndWaitTwiceItsDurationWhenItIsKilled(KubeNamespace namespace) throws Exception {
        Peer go = standing(namespace);
        go.await("leading");
        LeadershipView ours = members.start("ours", namespace.access(), "lock1");
        awaitLeaderIsKnown(ours, "go");
        within(Duration.ofSeconds(30))
                .during(DURATION.multipliedBy(2).plusSeconds(1))
                .until(() -> !ours.isLeader() && "go".equals(ours.leadership().leader()));

        go.kill();
        long killed = System.nanoTime();
        awaitLeader(ours);
        Duration waited = Duration.ofNanos(System.nanoTime() - killed);
        // It renewed for the last time up to a jittered retry period before its end.
        assertThat(waited)
                .isGreaterThan(DURATION.multipliedBy(2).minus(RETRY.multipliedBy(2)))
                .isLessThan(DURATION.multipliedBy(2).plusSeconds(5));
    }

    @Test
    void itRespectsOursAndTakesOverWhenOursStopInOrder(KubeNamespace namespace) throws Exception {
        KubernetesClusterService service = members.make("ours", namespace.access());
        LeadershipView ours = KubeMembers.start(service, "lock1");
        awaitLeader(ours);
        long token = ours.leadership().fencingToken();
        Peer go = standing(namespace);
        go.await("leader ours");
        within(Duration.ofSeconds(30))
                .during(KubeMembers.LEASE.plusSeconds(1))
                .until(() -> ours.isLeader() && !go.lines().contains("leading"));
        assertThat(ours.leadership().fencingToken()).isEqualTo(token);

        service.stop();
        within(RETRY.multipliedBy(3).plusSeconds(2)).until(() -> go.lines().contains("leading"));
    }

    @Test
    void oursStepDownAtOnceWhenItTakesAndStayDownWhileItRenews(KubeNamespace namespace) throws Exception {
        LeadershipView ours = members.start("ours", namespace.access(), "lock1");
        awaitLeader(ours);
        Peer go = standing(namespace);
        go.await("leader ours");
        // Of a Lease that is gone, client-go makes a new one at once.
        namespace.client().leases().withName("leaders-lock1").delete();
        within(Duration.ofSeconds(1)).until(() -> !ours.isLeader());
        go.await("leading");
        assertThat(ours.isLeader()).isFalse();
        awaitLeaderIsKnown(ours, "go");
        within(Duration.ofSeconds(20)).during(DURATION.plusSeconds(1)).until(() -> !ours.isLeader());
    }

    /**
     * It renews at once when it has acquired the lease. Told to release while a renewal is under way, client-go gives up on that, does not release what it has written
     * ("the object has been modified") and lets the lease run out.
     */
    private static void awaitRenewal(KubeNamespace namespace) {
        within(Duration.ofSeconds(10)).until(() -> {
            LeaseSpec spec =
                    namespace.client().leases().withName("leaders-lock1").get().getSpec();
            return "go".equals(spec.getHolderIdentity()) && spec.getRenewTime().isAfter(spec.getAcquireTime());
        });
    }

    @Test
    void whatItReleasesIsTakenOverAtOnce(KubeNamespace namespace) throws Exception {
        LeadershipView ours = members.start("ours", namespace.access(), "lock1");
        awaitLeader(ours);
        Peer go = standing(namespace);
        ours.setDisabled(true);
        go.await("leading");
        ours.setDisabled(false);
        awaitLeaderIsKnown(ours, "go");
        awaitRenewal(namespace);
        go.tell("release");
        go.await("released");
        within(Duration.ofMillis(500)).until(ours::isLeader);
    }

    /** It has no label, so that the watch does not see it. */
    @Test
    void ofALeaseThatItHasMadeAReleaseIsFoundWithinSeconds(KubeNamespace namespace) throws Exception {
        Peer go = standing(namespace);
        go.await("leading");
        LeadershipView ours = members.start("ours", namespace.access(), "lock1");
        awaitLeaderIsKnown(ours, "go");
        awaitRenewal(namespace);
        go.tell("release");
        go.await("released");
        within(Duration.ofMillis(3_500)).until(ours::isLeader);
    }

    @Test
    void twentyHandOversBackAndForthDoNotOverlap(KubeNamespace namespace) throws Exception {
        AtomicReference<String> atWork = new AtomicReference<>("");
        List<String> overlaps = new CopyOnWriteArrayList<>();
        Consumer<String> begins = who -> {
            String other = atWork.getAndSet(who);
            if (!other.isEmpty()) {
                overlaps.add(who + " began while " + other + " was at work");
            }
        };
        LeadershipView ours = members.start("ours", namespace.access(), "lock1");
        ours.addEventListener((CamelClusterEventListener.Leadership) (view, leader) -> {
            if (leader != null && leader.isLocal()) {
                begins.accept("ours");
            } else {
                atWork.compareAndSet("ours", "");
            }
        });
        awaitLeader(ours);
        Peer go = candidate(namespace, line -> {
            if (line.equals("leading")) {
                begins.accept("go");
            }
        });
        List<Long> tokens = new ArrayList<>();
        for (int i = 1; i <= 10; i++) {
            tokens.add(ours.leadership().fencingToken());
            go.tell("stand");
            ours.setDisabled(true);
            go.await("leading", i);
            awaitLeaderIsKnown(ours, "go");
            ours.setDisabled(false);
            // It is told to end its work before it releases, as client-go asks of programs.
            atWork.compareAndSet("go", "");
            go.tell("release");
            go.await("released", i);
            awaitLeader(ours);
        }
        assertThat(overlaps).isEmpty();
        assertThat(tokens).isSorted().doesNotHaveDuplicates();
    }
}
