package io.github.camelmasterlite.kubernetes;

import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitLeader;
import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitLeaderIsKnown;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.github.camelmasterlite.chaos.WallClock;
import io.github.camelmasterlite.cluster.ElectionClusterService;
import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.election.Moment;
import io.github.camelmasterlite.election.Timing;
import io.github.camelmasterlite.engine.Backend;
import io.github.camelmasterlite.engine.LeaseBackend;
import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

/** Members whose wall clocks are an hour apart. */
@ExtendWith(ApiServer.class)
class WallClocksIT {

    private static final Duration LEASE = Duration.ofSeconds(4);
    private static final Duration RENEW = Duration.ofMillis(2_500);
    private static final Duration RETRY = Duration.ofMillis(500);

    @TempDir
    Path dir;

    private final List<ElectionClusterService> services = new ArrayList<>();
    private final List<Peer> peers = new ArrayList<>();

    @AfterEach
    void stop() {
        services.forEach(ElectionClusterService::stop);
        peers.forEach(Peer::close);
    }

    private static Instant renewed(KubeNamespace namespace) {
        Lease lease = namespace.client().leases().withName("leaders-lock1").get();
        assertThat(lease).isNotNull();
        ZonedDateTime time = lease.getSpec().getRenewTime();
        return time.toInstant();
    }

    private static void assertRenewedHours(KubeNamespace namespace, int ahead) {
        assertThat(renewed(namespace))
                .isCloseTo(Instant.now().plus(ahead, ChronoUnit.HOURS), Assertions.within(1, ChronoUnit.MINUTES));
    }

    // ---- in one JVM, by the clock that is given

    /** The clocks of this machine, with another wall time. */
    private record Shifted(int hours) implements Ticker {
        @Override
        public long nanos() {
            return Ticker.system().nanos();
        }

        @Override
        public Moment now() {
            return shifted(Ticker.system().now());
        }

        @Override
        public Moment glance() {
            return shifted(Ticker.system().glance());
        }

        private Moment shifted(Moment moment) {
            return new Moment(
                    moment.nanos(),
                    moment.wallMicros() + Duration.ofHours(hours).toNanos() / 1_000);
        }
    }

    private static final class ShiftedService extends ElectionClusterService {
        private final KubernetesClient client;
        private final Ticker ticker;

        ShiftedService(KubernetesClient client, Ticker ticker) {
            super(ticker);
            this.client = client;
            this.ticker = ticker;
        }

        @Override
        protected Backend<?, ?> createBackend(Threads threads) {
            String namespace = client.getNamespace();
            return new LeaseBackend(
                    new KubernetesLeaseStore(
                            new KubeApi(client, KubeApi.Kind.LEASES, namespace, LEASE),
                            "leaders",
                            Map.of(),
                            new KubeApi(client, KubeApi.Kind.PODS, namespace, LEASE),
                            new ReportingStore.Setting(LEASE, threads, ticker, 0, () -> {})),
                    memberId(),
                    Timing.of(LEASE, RENEW, RETRY),
                    () -> UUID.randomUUID().toString(),
                    new SplittableRandom(),
                    ticker);
        }
    }

    private LeadershipView start(String id, int hours, KubeNamespace namespace) throws Exception {
        ShiftedService service = new ShiftedService(namespace.client(), new Shifted(hours));
        service.setId(id);
        services.add(service);
        service.start();
        return service.getView("lock1");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1})
    void aLiveLeaderKeepsItsLockAndOneThatStopsIsReplacedAtOnce(int hours, KubeNamespace namespace) throws Exception {
        LeadershipView leader = start("a", hours, namespace);
        awaitLeader(leader);
        assertRenewedHours(namespace, hours);
        long token = leader.leadership().fencingToken();
        LeadershipView follower = start("b", 0, namespace);
        awaitLeaderIsKnown(follower, "a");
        KubeMembers.within(Duration.ofSeconds(20))
                .during(LEASE.plusSeconds(1))
                .until(() -> leader.isLeader() && !follower.isLeader());
        assertThat(leader.leadership().fencingToken()).isEqualTo(token);
        services.get(0).stop();
        KubeMembers.within(Duration.ofSeconds(1)).until(follower::isLeader);
        assertThat(follower.leadership().fencingToken()).isGreaterThan(token);
    }

    // ---- in JVMs of their own, by the clock of the operating system

    private Peer member(String pod, int hours, KubeNamespace namespace) throws IOException {
        Path library = WallClock.library();
        if (library == null) {
            // Not a failure where CI is set either: the others here shift the clock without it.
            throw new TestAbortedException(
                    "No libfaketime to shift the clock of a process with: install it (Debian: faketime) or name"
                            + " libfaketimeMT.so.1 in " + WallClock.LIBRARY_VARIABLE);
        }
        Peer peer = Peer.start(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Member.class.getName(),
                        namespace
                                .access()
                                .writeKubeconfig(dir.resolve("kubeconfig"))
                                .toString(),
                        pod),
                WallClock.ahead(library, hours),
                line -> {});
        peers.add(peer);
        return peer;
    }

    /** A member in a process of its own; says "leader NAME" and ends with its standard input. */
    public static final class Member {
        private Member() {}

        /**
         * Stands for the lock.
         *
         * @param arguments a kubeconfig, and the name of the pod
         */
        public static void main(String[] arguments) throws Exception {
            KubernetesClusterService service = new KubernetesClusterService(
                    Config.fromKubeconfig(Path.of(arguments[0]).toFile()));
            service.setPodName(arguments[1]);
            service.setLeaseDurationMillis(LEASE.toMillis());
            service.setRenewDeadlineMillis(RENEW.toMillis());
            service.setRetryPeriodMillis(RETRY.toMillis());
            service.start();
            service.getView("lock1").addEventListener((CamelClusterEventListener.Leadership)
                    (view, leader) -> System.out.println("leader " + (leader == null ? "-" : leader.getId())));
            while (System.in.read() >= 0) {
                // until its end
            }
            service.stop();
        }
    }

    @Test
    void processesWithClocksAnHourApartNeitherTakeFromEachOtherNorWaitLonger(KubeNamespace namespace) throws Exception {
        Peer behind = member("behind", 0, namespace);
        behind.await("leader behind");
        assertRenewedHours(namespace, 0);
        Peer ahead = member("ahead", 1, namespace);
        ahead.await("leader behind");
        KubeMembers.within(Duration.ofSeconds(20))
                .during(LEASE.plusSeconds(1))
                .until(() -> !ahead.lines().contains("leader ahead"));
        behind.kill();
        KubeMembers.within(LEASE.plusSeconds(4)).until(() -> ahead.lines().contains("leader ahead"));
        assertRenewedHours(namespace, 1);

        // The Lease of a leader that is gone says that it was renewed in an hour.
        Peer again = member("again", 0, namespace);
        again.await("leader ahead");
        ahead.kill();
        KubeMembers.within(LEASE.plusSeconds(4)).until(() -> again.lines().contains("leader again"));
    }
}
