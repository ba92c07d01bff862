package io.github.camelmasterlite.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@link Leader} over a cluster service that knows neither tenures nor work, and calls listeners under its lock. */
class LeaderOfAnotherServiceTest {

    private static final Duration BOUND = Duration.ofSeconds(10);

    private final ReportingClusterService service = new ReportingClusterService();
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);
    private @Nullable Leader started;

    @BeforeEach
    void startService() throws Exception {
        service.start();
    }

    @AfterEach
    void stop() throws Exception {
        gate.countDown();
        if (started != null) {
            started.close();
        }
        service.stop();
    }

    private static void within(Callable<Boolean> condition) {
        await().atMost(BOUND).pollInterval(Duration.ofMillis(1)).until(condition);
    }

    private static void stays(Callable<Boolean> condition) {
        await().during(Duration.ofMillis(200))
                .atMost(BOUND)
                .pollInterval(Duration.ofMillis(5))
                .until(condition);
    }

    private void passGate() throws InterruptedException {
        if (!gate.await(20, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the test forgot to open the gate");
        }
    }

    private Leader.Builder recording() {
        return Leader.of(service, "lock1")
                .onGain(authority -> calls.add("gain"))
                .onLoss(authority -> calls.add("loss"));
    }

    private Leader start(Leader.Builder builder) {
        Leader leader = builder.start();
        started = leader;
        return leader;
    }

    @Test
    void workStartsWithoutATokenAndHasEndedWhenTheLossHasBeenReported() {
        Leader leader = start(recording().onGain(authority -> {
            authority.check();
            calls.add("gain, token " + authority.fencingToken() + " of " + authority.tenure());
        }));
        assertThat(leader.isLeader()).isFalse();

        service.view().lead(true);
        within(() -> calls.size() == 1);
        assertThat(leader.isLeader()).isTrue();
        assertThat(leader.fencingToken()).isZero();
        service.view().lead(true);
        service.view().lead(false);

        assertThat(calls).containsExactly("gain, token 0 of Optional.empty", "loss");
        assertThat(leader.isLeader()).isFalse();
        service.view().lead(true);
        within(() -> calls.size() == 3);
    }

    @Test
    void aLeaderOfAViewThatLeadsAlreadyWorksAtOnce() {
        service.setId("x");
        Leader other = Leader.of(service, "lock1").onGain(authority -> {}).start();
        service.view().leads = true; // and no event

        start(recording());

        within(() -> calls.equals(List.of("gain")));
        other.close();
    }

    @Test
    void aLongStartHoldsNeitherTheViewNorTheCaller() {
        start(recording().onGain(authority -> {
            passGate();
            calls.add("gain");
        }));

        CompletableFuture<Void> report =
                CompletableFuture.runAsync(() -> service.view().lead(true));

        assertThat(report).succeedsWithin(Duration.ofSeconds(5));
        assertThat(calls).isEmpty();
    }

    @Test
    void aStopThatNeedsTheLockOfTheViewDoesNotDeadlock() {
        start(recording().onLoss(authority -> {
            // Another thread, as a component has that is being stopped.
            CompletableFuture.runAsync(() -> service.view().addEventListener(new Stub()))
                    .join();
            calls.add("loss");
        }));
        service.view().lead(true);
        within(() -> calls.size() == 1);

        CompletableFuture<Void> report =
                CompletableFuture.runAsync(() -> service.view().lead(false));

        assertThat(report).as("2 s, and room for a busy machine").succeedsWithin(Duration.ofSeconds(6));
        within(() -> calls.equals(List.of("gain", "loss")));
    }

    private static final class Stub implements org.apache.camel.cluster.CamelClusterEventListener.Leadership {
        @Override
        public void leadershipChanged(
                org.apache.camel.cluster.CamelClusterView view, org.apache.camel.cluster.CamelClusterMember leader) {}
    }

    @Test
    void aFailedStartIsTriedAgainAfterTheCoolDown() {
        start(recording().coolDown(Duration.ofMillis(300)).onGain(authority -> {
            calls.add("gain");
            if (calls.size() == 1) {
                throw new IllegalStateException("a failing start");
            }
        }));

        service.view().lead(true);

        within(() -> calls.equals(List.of("gain", "loss", "gain")));
        stays(() -> calls.size() == 3);
    }

    @Test
    void aFailedStartIsNotTriedAgainAfterTheLoss() {
        start(recording().coolDown(Duration.ofMillis(100)).onGain(authority -> {
            calls.add("gain");
            throw new IllegalStateException("a failing start");
        }));
        service.view().lead(true);
        within(() -> calls.size() == 2);

        service.view().lead(false);

        stays(() -> calls.equals(List.of("gain", "loss")));
    }

    @Test
    void workIsRefusedAsSoonAsTheMemberIsNoLeaderEvenBeforeTheEvent() {
        Leader leader = start(recording().onGain(authority -> {
            calls.add("gain");
            await().atMost(BOUND).pollInterval(Duration.ofMillis(1)).until(() -> !authority.isHeld());
        }));
        service.view().lead(true);
        within(() -> calls.size() == 1);

        service.view().leads = false;

        assertThat(leader.isLeader()).isFalse();
        within(() -> calls.equals(List.of("gain", "loss")));
    }

    @Test
    void closeEndsTheWorkBeforeItReleasesTheView() {
        Leader leader = start(recording().onLoss(authority -> calls.add("loss, released: " + service.released)));
        service.view().lead(true);
        within(() -> calls.size() == 1);

        leader.close();
        leader.close();

        assertThat(calls).containsExactly("gain", "loss, released: 0");
        assertThat(service.released).hasValue(1);
    }

    @Test
    void aViewIsNotReleasedWhileWorkThatWasToldToEndGoesOn() {
        Leader leader = start(recording().onLoss(authority -> {
            calls.add("loss");
            passGate();
        }));
        service.view().lead(true);
        within(() -> calls.size() == 1);

        leader.close(); // 2 s

        assertThat(calls).containsExactly("gain", "loss");
        assertThat(service.released).hasValue(0);
        gate.countDown();
        within(() -> service.released.get() == 1);
    }
}
