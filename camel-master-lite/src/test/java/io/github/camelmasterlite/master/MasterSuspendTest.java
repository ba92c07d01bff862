package io.github.camelmasterlite.master;

import static io.github.camelmasterlite.master.MasterFixture.SOON;
import static io.github.camelmasterlite.master.MasterFixture.stays;
import static io.github.camelmasterlite.master.MasterFixture.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.ServiceStatus;
import org.apache.camel.ShutdownRoute;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.spi.RouteController;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code master.onSuspend=release}, in each of the ways in which Camel suspends and stops routes. */
class MasterSuspendTest {

    private static final String FROM = "master:lock1:rec:x?master.onSuspend=release";

    /** Not a whole number of seconds: Camel looks once a second, and what times out just then is stopped instead of aborted. */
    private static final long ABORT_MILLIS = 1_500;

    private final MasterFixture fixture = new MasterFixture();
    private final RecordingComponent rec = fixture.rec;
    private final CountDownLatch gate = new CountDownLatch(1);
    private final CountDownLatch begun = new CountDownLatch(1);
    private final List<String> ends = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        gate.countDown();
        fixture.close();
    }

    private RouteController routes() {
        return fixture.context.getRouteController();
    }

    private boolean stands() {
        return fixture.service.getNamespaces().contains("lock1");
    }

    private void leading(String from) {
        fixture.route("route1", from, exchange -> {});
        fixture.start().lead("lock1");
        fixture.untilRunning("route1");
        rec.log.clear();
    }

    private void awaitGate(Exchange exchange) throws InterruptedException {
        begun.countDown();
        if (!gate.await(20, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the test forgot to open the gate");
        }
        ends.add(String.valueOf(exchange.getIn().getBody()));
    }

    /** Leads with one exchange in the route that ends when the gate opens. */
    private CompletableFuture<Exchange> busy() throws Exception {
        fixture.route("route1", FROM, this::awaitGate);
        fixture.start().lead("lock1");
        fixture.untilRunning("route1");
        rec.log.clear();
        CompletableFuture<Exchange> exchange = rec.last().deliverElsewhere("a");
        assertThat(begun.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return exchange;
    }

    private static CompletableFuture<Void> elsewhere(Callable<?> task) {
        return CompletableFuture.runAsync(() -> {
            try {
                task.call();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private CompletableFuture<Void> suspendElsewhere() {
        return elsewhere(() -> {
            routes().suspendRoute("route1");
            return true;
        });
    }

    @Test
    void aSuspendedRouteStopsItsDelegateAndNoLongerStands() throws Exception {
        leading(FROM);

        routes().suspendRoute("route1");

        assertThat(rec.events())
                .containsExactly("defer#1", "suspend#1", "prepare(true,false)#1", "stop#1", "shutdown#1");
        until(() -> fixture.service.isReleased("lock1"));
        assertThat(stands()).isFalse();
        assertThat(routes().getRouteStatus("route1")).isEqualTo(ServiceStatus.Suspended);
        assertThat(fixture.consumer("route1").isMaster()).isFalse();
        assertThat(fixture.consumer("route1").isDelegateWanted()).isFalse();
    }

    @Test
    void aResumedRouteStandsAgain() throws Exception {
        leading(FROM);
        routes().suspendRoute("route1");
        until(() -> fixture.service.isReleased("lock1"));

        routes().resumeRoute("route1");

        assertThat(stands()).isTrue();
        stays(() -> rec.consumers.size() == 1);
        fixture.lead("lock1");
        assertThat(rec.log).contains("start#2");
        assertThat(fixture.consumer("route1").isMaster()).isTrue();
    }

    @Test
    void aRouteMayBeSuspendedAndResumedManyTimes() throws Exception {
        leading(FROM);
        for (int i = 1; i <= 3; i++) {
            int releases = i;
            routes().suspendRoute("route1");
            until(() -> fixture.service.releases("lock1") == releases);
            routes().resumeRoute("route1");
            fixture.lead("lock1");
        }
        assertThat(rec.consumers).hasSize(4);
        assertThat(rec.mostActive).hasValue(1);
    }

    @Test
    void aFollowerThatIsSuspendedNoLongerStands() throws Exception {
        fixture.route("route1", FROM, exchange -> {}).start();

        routes().suspendRoute("route1");

        assertThat(stands()).isFalse();
        routes().resumeRoute("route1");
        fixture.lead("lock1");
    }

    @Test
    void theLockIsGivenUpOnlyAfterTheExchangesInFlightHaveEnded() throws Exception {
        CompletableFuture<Exchange> exchange = busy();

        CompletableFuture<Void> suspended = suspendElsewhere();

        until(() -> rec.log.contains("suspend#1"));
        stays(() -> fixture.service.isLeader("lock1") && !rec.log.contains("stop#1"));
        gate.countDown();
        assertThat(exchange).succeedsWithin(SOON);
        assertThat(suspended).succeedsWithin(SOON);
        until(() -> fixture.service.isReleased("lock1"));
        assertThat(ends).containsExactly("a");
    }

    @Test
    void withoutTheOptionTheLockIsKept() throws Exception {
        leading("master:lock1:rec:x");

        routes().suspendRoute("route1");

        stays(() -> fixture.service.isLeader("lock1") && stands());
        assertThat(rec.events())
                .containsExactly("defer#1", "suspend#1", "prepare(true,false)#1", "prepare(true,false)#1");
    }

    /** Camel suspends consumers first also when it stops routes. */
    @Test
    void stoppingTheRouteReleasesNothingBeforeItsExchangesHaveEnded() throws Exception {
        CompletableFuture<Exchange> exchange = busy();

        CompletableFuture<Void> stopped = elsewhere(() -> {
            routes().stopRoute("route1");
            return true;
        });

        until(() -> rec.log.contains("suspend#1"));
        stays(() -> fixture.service.isLeader("lock1"));
        gate.countDown();
        assertThat(exchange).succeedsWithin(SOON);
        assertThat(stopped).succeedsWithin(SOON);
        until(() -> fixture.service.isReleased("lock1"));
        assertThat(rec.events())
                .containsExactly("defer#1", "suspend#1", "prepare(false,false)#1", "stop#1", "shutdown#1");
    }

    /** The exchange has left the first route; its own consumer has nothing in flight any more. */
    private CompletableFuture<Void> leaveWithAnExchangeInTheNextRoute(Runnable leave) throws Exception {
        fixture.routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(FROM).routeId("route1").to("seda:next?waitForTaskToComplete=Never");
                from("seda:next").routeId("route2").process(MasterSuspendTest.this::awaitGate);
            }
        });
        fixture.start().lead("lock1");
        fixture.untilRunning("route1");
        rec.log.clear();
        assertThat(rec.last().deliver("a")).succeedsWithin(SOON);
        assertThat(begun.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        CompletableFuture<Void> left = CompletableFuture.runAsync(leave);
        until(() -> rec.log.contains("suspend#1"));
        stays(() -> fixture.service.isLeader("lock1"));
        gate.countDown();
        return left;
    }

    @Test
    void stoppingTheContextReleasesNothingBeforeTheExchangesOfAllRoutesHaveEnded() throws Exception {
        CompletableFuture<Void> stopped = leaveWithAnExchangeInTheNextRoute(fixture.context::stop);

        assertThat(stopped).succeedsWithin(SOON);
        until(() -> fixture.service.isReleased("lock1"));
        assertThat(ends).containsExactly("a");
    }

    @Test
    void suspendingTheContextReleasesAfterTheExchangesOfAllRoutesAndResumingItStandsAgain() throws Exception {
        CompletableFuture<Void> suspended = leaveWithAnExchangeInTheNextRoute(fixture.context::suspend);

        assertThat(suspended).succeedsWithin(SOON);
        until(() -> fixture.service.isReleased("lock1"));
        assertThat(ends).containsExactly("a");
        assertThat(stands()).isFalse();
        fixture.context.resume();
        fixture.lead("lock1");
    }

    @Test
    void anAbortedStopKeepsTheLockAndGoesOn() throws Exception {
        CompletableFuture<Exchange> exchange = busy();

        boolean completed = routes().stopRoute("route1", ABORT_MILLIS, TimeUnit.MILLISECONDS, true);

        assertThat(completed).isFalse();
        assertThat(rec.events()).containsExactly("defer#1", "suspend#1", "resume#1");
        assertThat(fixture.service.isLeader("lock1")).isTrue();
        gate.countDown();
        assertThat(exchange).succeedsWithin(SOON);
        routes().suspendRoute("route1");
        until(() -> fixture.service.isReleased("lock1"));
    }

    @Test
    void aSuspensionThatTimesOutStopsTheConsumerAndKeepsTheLockUntilItsExchangesEnd() throws Exception {
        CompletableFuture<Exchange> exchange = busy();

        routes().suspendRoute("route1", 1, TimeUnit.SECONDS);

        until(() -> rec.log.contains("shutdown#1"));
        assertThat(fixture.service.releases("lock1")).isZero();
        gate.countDown();
        assertThat(exchange).succeedsWithin(SOON);
        until(() -> fixture.service.isReleased("lock1"));
        assertThat(rec.active).hasValue(0);
    }

    @Test
    void aDelegateThatDefersIsSuspendedLastAndThenTheLockIsGivenUp() throws Exception {
        leading(FROM);
        rec.deferring = true;

        routes().suspendRoute("route1");

        assertThat(rec.events())
                .containsExactly("defer#1", "prepare(true,false)#1", "suspend#1", "stop#1", "shutdown#1");
        until(() -> fixture.service.isReleased("lock1"));
        routes().resumeRoute("route1");
        fixture.lead("lock1");
    }

    @Test
    void aRouteThatDefersIsSuspendedLastAndThenTheLockIsGivenUp() throws Exception {
        fixture.routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(FROM).routeId("route1").shutdownRoute(ShutdownRoute.Defer).process(e -> {});
            }
        });
        fixture.start().lead("lock1");
        fixture.untilRunning("route1");
        rec.log.clear();

        routes().suspendRoute("route1");

        assertThat(rec.events()).containsExactly("prepare(true,false)#1", "suspend#1", "stop#1", "shutdown#1");
        until(() -> fixture.service.isReleased("lock1"));
    }

    @Test
    void aDelegateThatKnowsNoSuspensionIsStoppedAndThenTheLockIsGivenUp() throws Exception {
        leading(FROM + "&plain=true");

        routes().suspendRoute("route1");

        assertThat(rec.events()).containsExactly("stop#1", "shutdown#1");
        until(() -> fixture.service.isReleased("lock1"));
    }

    /** A circuit breaker, say: it suspends the consumer for a moment, and not the route. */
    @Test
    void aRoutePolicyThatSuspendsTheConsumerOnlyKeepsTheLock() {
        leading(FROM);

        fixture.consumer("route1").suspend();

        stays(() -> fixture.service.isLeader("lock1"));
        assertThat(rec.events()).containsExactly("suspend#1");
        fixture.consumer("route1").resume();
        assertThat(rec.events()).containsExactly("suspend#1", "resume#1");
    }

    @Test
    void aRouteThatReleasesDoesNotTakeTheLockFromAnotherThatRuns() throws Exception {
        fixture.route("route1", FROM, exchange -> {});
        fixture.route("route2", "master:lock1:rec:y", exchange -> {});
        fixture.start();
        fixture.service.gain("lock1");
        until(() -> rec.active.get() == 2);

        routes().suspendRoute("route1");

        assertThat(rec.active).hasValue(1);
        stays(() -> fixture.service.isLeader("lock1") && rec.active.get() == 1);
        assertThat(fixture.service.releases("lock1")).isZero();
        routes().resumeRoute("route1");
        until(() -> rec.active.get() == 2);
        assertThat(rec.consumers).hasSize(3);
    }

    @Test
    void theLastOfSeveralRoutesThatReleasesGivesItUp() throws Exception {
        fixture.route("route1", FROM, exchange -> {});
        fixture.route("route2", "master:lock1:rec:y?master.onSuspend=release", exchange -> {});
        fixture.start();
        fixture.service.gain("lock1");
        until(() -> rec.active.get() == 2);

        routes().suspendRoute("route1");
        assertThat(fixture.service.isLeader("lock1")).isTrue();
        routes().suspendRoute("route2");

        until(() -> fixture.service.isReleased("lock1"));
        assertThat(stands()).isFalse();
    }

    @Test
    void aSuspendedRouteMayBeStoppedAndStartedAndRemoved() throws Exception {
        leading(FROM);
        routes().suspendRoute("route1");
        until(() -> fixture.service.isReleased("lock1"));

        routes().stopRoute("route1");
        assertThat(routes().getRouteStatus("route1")).isEqualTo(ServiceStatus.Stopped);
        routes().startRoute("route1");
        fixture.lead("lock1");
        routes().suspendRoute("route1");
        routes().stopRoute("route1");

        assertThat(fixture.context.removeRoute("route1")).isTrue();
        assertThat(stands()).isFalse();
        assertThat(rec.active).hasValue(0);
    }

    @Test
    void aDelegateThatStillStartsWhenItsRouteIsSuspendedNeverMeetsItsSuccessor() throws Exception {
        RecordingComponent slow = new RecordingComponent();
        slow.startGate = gate;
        fixture.context.addComponent("slow", slow);
        fixture.route("route1", "master:lock1:slow:x?master.onSuspend=release", exchange -> {});
        fixture.route("route2", "master:lock1:rec:y", exchange -> {});
        fixture.start().lead("lock1");
        until(() -> slow.log.contains("start#1"));

        routes().suspendRoute("route1"); // returns after the stop budget
        routes().resumeRoute("route1");

        stays(() -> slow.consumers.size() == 1);
        gate.countDown();
        until(() -> slow.log.contains("shutdown#1") && slow.active.get() == 1);
        assertThat(slow.consumers).hasSize(2);
        assertThat(slow.mostActive).hasValue(1);
        assertThat(slow.log.indexOf("shutdown#1")).isLessThan(slow.log.indexOf("start#2"));
    }

    @Test
    void aRouteWithAStandbyHasNoneWhileItIsSuspended() throws Exception {
        fixture.route("route1", FROM + "&master.warmStandby=true", exchange -> {});
        fixture.start();
        until(() -> fixture.consumer("route1").phase() == DelegateLifecycle.Phase.WARM);

        routes().suspendRoute("route1");

        assertThat(rec.events()).containsExactly("stop#1", "shutdown#1");
        routes().resumeRoute("route1");
        until(() -> fixture.consumer("route1").phase() == DelegateLifecycle.Phase.WARM);
        fixture.lead("lock1");
        assertThat(rec.log).contains("start#2");
    }
}
