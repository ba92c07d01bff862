package io.github.camelmasterlite.master;

import static io.github.camelmasterlite.master.MasterFixture.SOON;
import static io.github.camelmasterlite.master.MasterFixture.stays;
import static io.github.camelmasterlite.master.MasterFixture.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.ServiceStatus;
import org.apache.camel.ShutdownRoute;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.spi.RouteController;
import org.apache.camel.spi.SupervisingRouteController;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What reaches the delegate in each of the ways in which Camel stops and suspends routes. */
class MasterRouteShutdownTest {

    private final MasterFixture fixture = new MasterFixture();
    private final RecordingComponent rec = fixture.rec;
    private final CountDownLatch gate = new CountDownLatch(1);
    private final CountDownLatch begun = new CountDownLatch(1);

    @AfterEach
    void stop() {
        gate.countDown();
        fixture.close();
    }

    private RouteController routes() {
        return fixture.context.getRouteController();
    }

    /** Leads, and forgets what was recorded until then. */
    private void leading(String query) {
        fixture.route("route1", "master:lock1:rec:x" + query, exchange -> {});
        fixture.start().lead("lock1");
        fixture.untilRunning("route1");
        rec.log.clear();
    }

    /** Leads with one exchange in the route that ends when the gate opens. */
    /** Not a whole number of seconds: Camel looks once a second, and what times out just then is stopped instead of aborted. */
    private static final long ABORT_MILLIS = 1_500;

    private CompletableFuture<Exchange> busy() throws Exception {
        fixture.route("route1", "master:lock1:rec:x", exchange -> {
            begun.countDown();
            if (!gate.await(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the test forgot to open the gate");
            }
        });
        fixture.start().lead("lock1");
        fixture.untilRunning("route1");
        rec.log.clear();
        CompletableFuture<Exchange> exchange = rec.last().deliverElsewhere("a");
        assertThat(begun.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return exchange;
    }

    @Test
    void stopRoute() throws Exception {
        leading("");

        routes().stopRoute("route1");

        assertThat(rec.events())
                .containsExactly("defer#1", "suspend#1", "prepare(false,false)#1", "stop#1", "shutdown#1");
        assertThat(rec.log).contains("pending#1");
        until(() -> fixture.service.isReleased("lock1"));
    }

    @Test
    void stopRouteOfADelegateThatKnowsNoSuspension() throws Exception {
        leading("?plain=true");

        routes().stopRoute("route1");

        assertThat(rec.events()).containsExactly("stop#1", "shutdown#1");
        until(() -> fixture.service.isReleased("lock1"));
    }

    @Test
    void stopRouteOnAFollower() throws Exception {
        fixture.route("route1", "master:lock1:rec:x", exchange -> {}).start();

        routes().stopRoute("route1");
        fixture.service.gain("lock1");

        assertThat(routes().getRouteStatus("route1")).isEqualTo(ServiceStatus.Stopped);
        stays(() -> rec.log.isEmpty());
    }

    @Test
    void stopOfTheContext() {
        leading("");

        fixture.context.stop();

        assertThat(rec.events())
                .containsExactly("defer#1", "suspend#1", "prepare(false,false)#1", "stop#1", "shutdown#1");
        until(() -> fixture.service.isReleased("lock1"));
    }

    @Test
    void suspendKeepsTheLockAndResumeGoesOn() throws Exception {
        leading("");

        routes().suspendRoute("route1");

        assertThat(rec.events())
                .containsExactly("defer#1", "suspend#1", "prepare(true,false)#1", "prepare(true,false)#1");
        stays(() -> fixture.service.isLeader("lock1"));
        rec.log.clear();
        routes().resumeRoute("route1");
        assertThat(rec.events()).containsExactly("resume#1");
    }

    @Test
    void suspendStopsADelegateThatKnowsNoSuspensionAndResumeStartsItAgain() throws Exception {
        leading("?plain=true");

        routes().suspendRoute("route1");
        assertThat(rec.events()).containsExactly("stop#1");
        assertThat(fixture.service.isLeader("lock1")).isTrue();
        routes().resumeRoute("route1");

        assertThat(rec.events()).containsExactly("stop#1", "start#1");
    }

    @Test
    void lossWhileSuspendedStopsTheDelegateAndResumeWaitsForTheNextTenure() throws Exception {
        leading("");
        routes().suspendRoute("route1");
        fixture.service.lose("lock1");
        until(() -> fixture.service.isReleased("lock1"));
        rec.log.clear();

        routes().resumeRoute("route1");

        stays(() -> rec.log.isEmpty());
        fixture.lead("lock1");
        assertThat(rec.events()).startsWith("start#2");
    }

    @Test
    void gainWhileSuspendedStartsNothingBeforeResume() throws Exception {
        fixture.route("route1", "master:lock1:rec:x", exchange -> {}).start();
        routes().suspendRoute("route1");
        fixture.service.gain("lock1");
        until(() -> fixture.service.isLeader("lock1"));
        stays(() -> rec.log.isEmpty());

        routes().resumeRoute("route1");

        until(() -> rec.active.get() == 1);
    }

    @Test
    void suspendWhileTheDelegateStartsSuspendsItRightAfter() throws Exception {
        CountDownLatch startGate = new CountDownLatch(1);
        rec.startGate = startGate;
        fixture.route("route1", "master:lock1:rec:x", exchange -> {}).start();
        fixture.service.gain("lock1");
        until(() -> rec.log.contains("start#1"));

        routes().suspendRoute("route1");
        startGate.countDown();

        until(() -> rec.log.contains("suspend#1"));
        routes().resumeRoute("route1");
        assertThat(rec.log).contains("resume#1");
    }

    @Test
    void aDelegateThatCannotBeSuspendedIsDroppedAndReplaced() throws Exception {
        leading("");
        rec.failingSuspends = true;
        RecordingComponent.RecordingConsumer dropped = rec.last();

        routes().suspendRoute("route1");

        // Camel takes a service that failed to suspend for stopped: only its shutdown is reached, and it may go on
        // delivering.
        assertThat(rec.events()).contains("suspend#1", "shutdown#1");
        assertThat(dropped.deliverAndWait("late").getException()).isInstanceOf(LeadershipLostException.class);
        routes().resumeRoute("route1");
        until(() -> rec.log.contains("start#2"));
    }

    @Test
    void deferOfTheRouteLetsTheDelegateRunToTheEnd() throws Exception {
        fixture.routes(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock1:rec:x")
                        .routeId("route1")
                        .shutdownRoute(ShutdownRoute.Defer)
                        .process(e -> {});
            }
        });
        fixture.start().lead("lock1");
        fixture.untilRunning("route1");
        rec.log.clear();

        routes().stopRoute("route1");

        assertThat(rec.events()).containsExactly("prepare(false,false)#1", "stop#1", "shutdown#1");
        assertThat(rec.log.get(0)).isEqualTo("pending#1");
    }

    @Test
    void aDelegateThatDefersIsNotSuspended() throws Exception {
        leading("");
        rec.deferring = true;

        routes().stopRoute("route1");

        assertThat(rec.events()).containsExactly("defer#1", "prepare(false,false)#1", "stop#1", "shutdown#1");
    }

    @Test
    void pendingExchangesOfTheDelegateAreWaitedFor() throws Exception {
        leading("");
        rec.pending = 3;
        CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> {
            try {
                routes().stopRoute("route1");
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        until(() -> rec.log.contains("pending#1"));
        stays(() -> !rec.log.contains("stop#1"));

        rec.pending = 0;

        stopped.get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertThat(rec.events()).endsWith("stop#1", "shutdown#1");
    }

    @Test
    void timeOutOfStopRoute() throws Exception {
        CompletableFuture<Exchange> exchange = busy();

        routes().stopRoute("route1", 1, TimeUnit.SECONDS);

        assertThat(rec.events()).startsWith("defer#1", "suspend#1").contains("stop#1", "shutdown#1");
        assertThat(exchange).isNotDone();
        assertThat(fixture.service.releases("lock1")).isZero();
        gate.countDown();
        assertThat(exchange).succeedsWithin(SOON);
        until(() -> fixture.service.isReleased("lock1"));
    }

    @Test
    void timeOutOfSuspendRoute() throws Exception {
        CompletableFuture<Exchange> exchange = busy();

        routes().suspendRoute("route1", 1, TimeUnit.SECONDS);

        // Camel stops the consumer on a time-out, and its resume does not start it again.
        until(() -> rec.log.contains("shutdown#1"));
        assertThat(fixture.service.releases("lock1")).isZero();
        gate.countDown();
        assertThat(exchange).succeedsWithin(SOON);
        until(() -> fixture.service.isReleased("lock1"));
        assertThat(rec.active).hasValue(0);
    }

    @Test
    void anAbortedStopGoesOnAsBefore() throws Exception {
        CompletableFuture<Exchange> exchange = busy();

        boolean completed = routes().stopRoute("route1", ABORT_MILLIS, TimeUnit.MILLISECONDS, true);

        assertThat(completed).isFalse();
        assertThat(rec.events()).containsExactly("defer#1", "suspend#1", "resume#1");
        assertThat(fixture.service.isLeader("lock1")).isTrue();
        gate.countDown();
        assertThat(exchange).succeedsWithin(SOON);
        fixture.service.lose("lock1");
        until(() -> rec.active.get() == 0);
        fixture.lead("lock1");
        assertThat(rec.last().deliver("b")).succeedsWithin(SOON);
    }

    @Test
    void anAbortedStopOfADelegateThatDefersStartsTheNextOneAsWell() throws Exception {
        rec.deferring = true;
        CompletableFuture<Exchange> exchange = busy();

        boolean completed = routes().stopRoute("route1", ABORT_MILLIS, TimeUnit.MILLISECONDS, true);

        assertThat(completed).isFalse();
        assertThat(rec.events()).containsExactly("defer#1");
        gate.countDown();
        assertThat(exchange).succeedsWithin(SOON);
        fixture.service.lose("lock1");
        until(() -> rec.active.get() == 0);
        fixture.lead("lock1");
    }

    /** The other route keeps the lock, so that nothing but the consumer itself can tell the new delegate to wait. */
    @Test
    void aRouteStartedAgainWaitsForItsFormerDelegate() throws Exception {
        CountDownLatch startGate = new CountDownLatch(1);
        rec.startGate = startGate;
        fixture.route("route1", "master:lock1:rec:x", exchange -> {});
        fixture.route("route2", "master:lock1:rec:y", exchange -> {});
        fixture.start();
        fixture.service.gain("lock1");
        until(() -> rec.log.contains("start#1") && rec.log.contains("start#2"));
        String former = "#"
                + rec.consumers.stream()
                        .filter(consumer ->
                                consumer.getEndpoint().getEndpointUri().endsWith("x"))
                        .findFirst()
                        .orElseThrow()
                        .number;

        routes().stopRoute("route1");
        routes().startRoute("route1");

        stays(() -> !rec.log.contains("start#3"));
        assertThat(fixture.consumer("route1").phase()).isEqualTo(DelegateLifecycle.Phase.STARTING);
        startGate.countDown();
        until(() -> rec.log.contains("start#3"));
        fixture.untilRunning("route1");
        assertThat(rec.log.indexOf("shutdown" + former)).isBetween(0, rec.log.indexOf("start#3"));
    }

    @Test
    void aTenureThatBeginsDuringAStopStartsNothing() throws Exception {
        fixture.route("route1", "master:lock1:rec:x", exchange -> {});
        fixture.start();
        MasterConsumer consumer = fixture.consumer("route1");
        assertThat(consumer.deferShutdown(
                        Objects.requireNonNull(fixture.route("route1").getShutdownRunningTask())))
                .isFalse();

        fixture.service.gain("lock1");

        until(() -> fixture.service.isLeader("lock1"));
        stays(() -> rec.log.isEmpty());
    }

    @Test
    void prepareShutdownAfterTheStopIsHarmless() throws Exception {
        leading("");
        MasterConsumer consumer = fixture.consumer("route1");
        routes().stopRoute("route1");
        rec.log.clear();

        consumer.prepareShutdown(false, true);
        consumer.suspend();

        assertThat(rec.log).isEmpty();
        assertThat(consumer.getPendingExchangesSize()).isZero();
    }

    @Test
    void anInterruptedStopReachesItsEnd() throws Exception {
        CompletableFuture<Exchange> exchange = busy();
        MasterConsumer consumer = fixture.consumer("route1");
        CompletableFuture<Boolean> stopped = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            Thread.currentThread().interrupt();
            consumer.stop();
            stopped.complete(Thread.interrupted());
        });
        thread.start();

        assertThat(stopped.get(SOON.toSeconds(), TimeUnit.SECONDS))
                .as("stays interrupted")
                .isTrue();

        assertThat(rec.events()).endsWith("stop#1", "shutdown#1");
        assertThat(fixture.service.releases("lock1")).isZero();
        gate.countDown();
        assertThat(exchange).succeedsWithin(SOON);
        until(() -> fixture.service.isReleased("lock1"));
    }

    @Test
    void aSupervisingControllerStartsTheRouteAfterTheContextAndSeesNoFailureOfTheDelegate() throws Exception {
        fixture.master.setBackOffDelay(20);
        SupervisingRouteController supervising = routes().supervising();
        supervising.setInitialDelay(50);
        supervising.setBackOffDelay(50);
        rec.failingStarts.set(2);
        fixture.route("route1", "master:lock1:rec:x", exchange -> {});
        fixture.start();
        until(() -> routes().getRouteStatus("route1") == ServiceStatus.Started);

        fixture.lead("lock1");

        assertThat(rec.consumers).hasSize(3);
        assertThat(supervising.getRestartingRoutes()).isEmpty();
        assertThat(List.of(routes().getRouteStatus("route1"))).containsExactly(ServiceStatus.Started);
    }
}
