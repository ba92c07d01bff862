package io.github.camelmasterlite.master;

import static io.github.camelmasterlite.master.MasterFixture.SOON;
import static io.github.camelmasterlite.master.MasterFixture.stays;
import static io.github.camelmasterlite.master.MasterFixture.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.master.DelegateLifecycle.Phase;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.ShutdownRunningTask;
import org.apache.camel.spi.RouteController;
import org.apache.camel.util.StopWatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code master.warmStandby=true}: a member that follows has its consumer ready. */
class MasterStandbyTest {

    private static final Logger LOG = LoggerFactory.getLogger(MasterStandbyTest.class);

    private static final String FROM = "master:lock1:rec:x?master.warmStandby=true";

    private final MasterFixture fixture = new MasterFixture();
    private final RecordingComponent rec = fixture.rec;
    private final List<Exchange> routed = new CopyOnWriteArrayList<>();
    private final List<CountDownLatch> gates = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        gates.forEach(CountDownLatch::countDown);
        fixture.close();
    }

    private RouteController routes() {
        return fixture.context.getRouteController();
    }

    private Phase phase() {
        return fixture.consumer("route1").phase();
    }

    private CountDownLatch gate() {
        CountDownLatch gate = new CountDownLatch(1);
        gates.add(gate);
        return gate;
    }

    private void start(String from) {
        fixture.route("route1", from, routed::add);
        fixture.start();
    }

    private void warm() {
        start(FROM);
        until(() -> phase() == Phase.WARM);
    }

    private Exchange ended(CompletableFuture<Exchange> exchange) throws Exception {
        return exchange.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void aFollowerMakesAndInitialisesItsDelegateAndDoesNotStartIt() {
        warm();

        assertThat(rec.initialised).containsExactly(1);
        assertThat(rec.last().isInit()).isTrue();
        assertThat(rec.last().getRoute()).isSameAs(fixture.route("route1"));
        assertThat(rec.last().getRouteId()).isEqualTo("route1");
        stays(() -> rec.log.isEmpty());
        assertThat(rec.consumers).hasSize(1);
    }

    @Test
    void leadershipStartsTheStandbyUnderItsTenure() throws Exception {
        warm();

        fixture.lead("lock1");

        assertThat(rec.events()).containsExactly("start#1", "contextStarted(true)#1");
        assertThat(rec.initialised).containsExactly(1);
        assertThat(ended(rec.last().deliver("a")).getException()).isNull();
        assertThat(routed.get(0).getIn().getHeader(MasterConstants.FENCING_TOKEN))
                .isEqualTo(1001L);
    }

    /** A wide bound, half of what is saved: the machine may be busy. */
    @Test
    void leadershipDoesNotWaitForTheCreationOfTheConsumer() {
        rec.creationMillis = 500;
        fixture.route("route1", FROM, routed::add);
        fixture.route("route2", "master:lock2:rec:y", routed::add);
        fixture.start();
        until(() -> phase() == Phase.WARM);

        long without = gainMillis("lock2");
        long with = gainMillis("lock1");

        LOG.info(
                "A consumer that costs 500 ms to make: started {} ms after a gain, with a standby {} ms",
                without,
                with);
        assertThat(without).isGreaterThanOrEqualTo(500);
        assertThat(with).isLessThan(without - 250);
    }

    private long gainMillis(String lock) {
        StopWatch watch = new StopWatch();
        fixture.lead(lock);
        return watch.taken();
    }

    @Test
    void afterATenureTheUsedOneIsDroppedAndANewOneWarmedUp() {
        warm();
        fixture.lead("lock1");

        fixture.service.lose("lock1");

        until(() -> fixture.service.isReleased("lock1"));
        until(() -> phase() == Phase.WARM);
        assertThat(rec.events()).containsExactly("start#1", "contextStarted(true)#1", "stop#1", "shutdown#1");
        assertThat(rec.consumers).hasSize(2);
        fixture.lead("lock1");
        assertThat(rec.log).contains("start#2");
        assertThat(rec.mostActive).hasValue(1);
    }

    @Test
    void theExchangesOfAFormerTenureKeepTheLockThoughAStandbyIsWarm() throws Exception {
        CountDownLatch gate = gate();
        CountDownLatch begun = new CountDownLatch(1);
        fixture.route("route1", FROM, exchange -> {
            begun.countDown();
            assertThat(gate.await(20, TimeUnit.SECONDS)).isTrue();
        });
        fixture.start().lead("lock1");
        CompletableFuture<Exchange> exchange = rec.last().deliverElsewhere("a");
        assertThat(begun.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();

        fixture.service.lose("lock1");

        until(() -> phase() == Phase.WARM);
        stays(() -> fixture.service.releases("lock1") == 0);
        gate.countDown();
        ended(exchange);
        until(() -> fixture.service.isReleased("lock1"));
    }

    @Test
    void aRouteThatStopsWithAStandbyCountsTheExchangesOfItsFormerTenure() throws Exception {
        CountDownLatch gate = gate();
        CountDownLatch begun = new CountDownLatch(1);
        fixture.route("route1", FROM, exchange -> {
            begun.countDown();
            assertThat(gate.await(20, TimeUnit.SECONDS)).isTrue();
        });
        fixture.start().lead("lock1");
        CompletableFuture<Exchange> exchange = rec.last().deliverElsewhere("a");
        assertThat(begun.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        fixture.service.lose("lock1");
        until(() -> phase() == Phase.WARM);

        try (MasterLog log = new MasterLog()) {
            routes().stopRoute("route1", 1, TimeUnit.SECONDS);

            assertThat(log.lines("WARN", " 1 exchange(s) still run after the consumer has stopped"))
                    .hasSize(1);
        }
        assertThat(fixture.service.releases("lock1")).isZero();
        gate.countDown();
        ended(exchange);
        until(() -> fixture.service.isReleased("lock1"));
    }

    @Test
    void aStandbyThatDeliversIsRefusedWhateverTheGuardSays() throws Exception {
        start(FROM + "&master.guard=off");
        until(() -> phase() == Phase.WARM);

        Exchange early = ended(rec.last().deliver("early"));

        assertThat(early.getException()).isInstanceOf(LeadershipLostException.class);
        assertThat(routed).isEmpty();
    }

    @Test
    void warmUpsThatFailAreReportedOnceAndTriedAgain() {
        fixture.master.setBackOffDelay(1);
        rec.failingInits.set(3);
        try (MasterLog log = new MasterLog()) {
            warm();

            assertThat(rec.initialised).containsExactly(1, 2, 3, 4);
            assertThat(log.lines("WARN", "could not be made ready in advance")).hasSize(1);
        }
        assertThat(rec.log).contains("shutdown#1", "shutdown#2", "shutdown#3");
        fixture.lead("lock1");
        assertThat(rec.log).contains("start#4");
    }

    @Test
    void aWarmUpThatFailsDoesNotKeepTheConsumerFromStarting() {
        fixture.master.setBackOffDelay(60_000);
        rec.failingInits.set(1);
        start(FROM);
        until(() -> phase() == Phase.WARM_FAILED);

        fixture.lead("lock1");

        assertThat(rec.log).contains("start#2");
        fixture.untilRunning("route1");
    }

    @Test
    void aGainDuringTheWarmUpWaitsForItAndStartsThatOne() {
        CountDownLatch init = gate();
        rec.initGate = init;
        start(FROM);
        until(() -> rec.initialised.size() == 1);
        fixture.service.gain("lock1");
        until(() -> fixture.service.isLeader("lock1"));
        stays(() -> rec.log.isEmpty() && rec.consumers.size() == 1);

        init.countDown();

        until(() -> rec.active.get() == 1);
        assertThat(rec.consumers).hasSize(1);
    }

    @Test
    void aWarmUpThatFailsDuringATenureIsFollowedByAnOrdinaryStart() {
        CountDownLatch init = gate();
        rec.initGate = init;
        rec.failingInits.set(1);
        fixture.master.setBackOffDelay(60_000);
        start(FROM);
        until(() -> rec.initialised.size() == 1);
        fixture.service.gain("lock1");
        until(() -> fixture.service.isLeader("lock1"));

        init.countDown();

        until(() -> rec.active.get() == 1);
        assertThat(rec.consumers).hasSize(2);
    }

    @Test
    void aTenureThatEndsDuringTheWarmUpIsReleasedAtOnceAndStartsNothing() {
        CountDownLatch init = gate();
        rec.initGate = init;
        start(FROM);
        until(() -> rec.initialised.size() == 1);
        fixture.service.gain("lock1");
        until(() -> fixture.service.isLeader("lock1"));

        fixture.service.lose("lock1");

        until(() -> fixture.service.isReleased("lock1"));
        init.countDown();
        until(() -> phase() == Phase.WARM);
        stays(() -> rec.log.isEmpty());
    }

    @Test
    void aStandbyWhoseTenureIsLostBeforeItMayStartIsReplaced() {
        warm();
        fixture.service.gainSuspended("lock1");
        until(() -> phase() == Phase.STARTING);

        fixture.service.lose("lock1");

        until(() -> fixture.service.isReleased("lock1"));
        until(() -> phase() == Phase.WARM && rec.consumers.size() == 2);
        assertThat(rec.events()).containsExactly("stop#1", "shutdown#1");
    }

    @Test
    void aStandbyThatDoesNotStartIsReplaced() {
        fixture.master.setBackOffDelay(10);
        rec.failingStarts.set(1);
        warm();

        fixture.lead("lock1");

        assertThat(rec.events())
                .containsExactly("start#1", "stop#1", "shutdown#1", "start#2", "contextStarted(true)#2");
    }

    @Test
    void stoppingAndRemovingTheRouteDropsTheStandby() throws Exception {
        warm();

        routes().stopRoute("route1");

        assertThat(rec.events()).containsExactly("stop#1", "shutdown#1");
        assertThat(fixture.context.removeRoute("route1")).isTrue();
        stays(() -> rec.consumers.size() == 1);
    }

    @Test
    void suspendingTheRouteDropsTheStandbyAndResumingItMakesANewOne() throws Exception {
        warm();

        routes().suspendRoute("route1");

        assertThat(rec.events()).containsExactly("stop#1", "shutdown#1");
        stays(() -> rec.consumers.size() == 1);
        routes().resumeRoute("route1");
        until(() -> phase() == Phase.WARM);
        assertThat(rec.initialised).containsExactly(1, 2);
    }

    @Test
    void theStopOfTheContextDropsTheStandby() {
        warm();

        fixture.context.stop();

        assertThat(rec.events()).containsExactly("stop#1", "shutdown#1");
    }

    @Test
    void aWarmUpThatDoesNotEndDoesNotKeepTheRouteFromStopping() throws Exception {
        CountDownLatch init = gate();
        rec.initGate = init;
        start(FROM);
        until(() -> rec.initialised.size() == 1);

        CompletableFuture.runAsync(() -> {
                    try {
                        routes().stopRoute("route1");
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                })
                .get(SOON.toSeconds(), TimeUnit.SECONDS);

        assertThat(rec.log).isEmpty();
        init.countDown();
        until(() -> rec.log.contains("shutdown#1"));
        assertThat(rec.log).doesNotContain("start#1");
    }

    /** Bound: ten times the stop budget; the standby itself does not stop before the test lets it. */
    @Test
    void aStandbyThatHangsInItsStopDoesNotKeepTheThreadThatStopsRoutes() {
        CountDownLatch stop = gate();
        warm();
        rec.stopGate = stop;

        CompletableFuture<Boolean> deferred = CompletableFuture.supplyAsync(
                () -> fixture.consumer("route1").deferShutdown(ShutdownRunningTask.CompleteCurrentTaskOnly));

        assertThat(deferred)
                .succeedsWithin(Duration.ofMillis(10 * MasterFixture.STOP_BUDGET_MILLIS))
                .isEqualTo(false);
        assertThat(rec.events()).containsExactly("stop#1");
        assertThat(phase()).isEqualTo(Phase.STOPPING);
        stop.countDown();
        until(() -> rec.log.contains("shutdown#1"));
    }

    @Test
    void aWarmUpThatHangsIsReported() {
        CountDownLatch init = gate();
        rec.initGate = init;
        fixture.master.setBackOffDelay(1);
        try (MasterLog log = new MasterLog()) {
            start(FROM);
            until(() -> phase() == Phase.WARMING);
            fixture.service.gain("lock1");

            until(() -> !log.lines("WARN", "has not been made ready", "no member consumes")
                    .isEmpty());
        }
        init.countDown();
        until(() -> rec.active.get() == 1);
    }

    /** Bound: what a warm-up may take before it is reported, and as much again. */
    @Test
    void aWarmUpThatEndsInTimeIsNotReported() {
        fixture.master.setBackOffDelay(1);
        try (MasterLog log = new MasterLog()) {
            warm();

            await().during(Duration.ofMillis(2 * MasterFixture.STOP_BUDGET_MILLIS))
                    .atMost(SOON)
                    .until(() -> log.lines("WARN", "has not been made ready").isEmpty());
        }
    }

    @Test
    void noStartWaitsBehindTheWarmUpsOfOtherRoutes() {
        RecordingComponent slow = new RecordingComponent();
        slow.initGate = gate();
        fixture.context.addComponent("slow", slow);
        for (int i = 1; i <= 4; i++) {
            fixture.route("slow" + i, "master:slow" + i + ":slow:x" + i + "?master.warmStandby=true", routed::add);
        }
        start(FROM);
        until(() -> slow.initialised.size() == 4);
        assertThat(phase()).isEqualTo(Phase.WARMING);
        assertThat(rec.consumers).isEmpty();

        fixture.lead("lock1");

        assertThat(rec.initialised).containsExactly(1);
        Objects.requireNonNull(slow.initGate).countDown();
        until(() -> fixture.consumer("slow4").phase() == Phase.WARM);
        assertThat(rec.consumers).hasSize(1);
    }

    @Test
    void withoutTheOptionAFollowerHasNone() {
        start("master:lock1:rec:x");

        stays(() -> rec.consumers.isEmpty());
    }
}
