package io.github.camelmasterlite.master;

import static io.github.camelmasterlite.master.MasterFixture.SOON;
import static io.github.camelmasterlite.master.MasterFixture.stays;
import static io.github.camelmasterlite.master.MasterFixture.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.cluster.ReportingClusterService;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.util.StopWatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code master:} over a cluster service that knows neither tenures nor work, built on Camel's own base classes. */
class ForeignClusterServiceTest {

    private final DefaultCamelContext context = new DefaultCamelContext();
    private final ReportingClusterService service = new ReportingClusterService();
    private final RecordingComponent rec = new RecordingComponent();
    private final MasterComponent master = new MasterComponent();
    private final List<Exchange> routed = new CopyOnWriteArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);
    private volatile boolean slow;

    @BeforeEach
    void start() throws Exception {
        context.addService(service, true, true);
        context.addComponent("rec", rec);
        context.addComponent("master", master);
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock1:rec:x").routeId("route1").process(exchange -> {
                    routed.add(exchange);
                    if (slow && !gate.await(20, TimeUnit.SECONDS)) {
                        throw new IllegalStateException("the test forgot to open the gate");
                    }
                });
            }
        });
        context.start();
    }

    @AfterEach
    void stop() {
        gate.countDown();
        CountDownLatch start = rec.startGate;
        if (start != null) {
            start.countDown();
        }
        context.stop();
    }

    private void gain() {
        service.view().lead(true);
        until(() -> rec.active.get() == 1);
    }

    @Test
    void gainStartsAndLossHasStoppedWhenItsCallReturns() {
        gain();

        service.view().lead(false);

        assertThat(rec.active).hasValue(0);
        assertThat(rec.events()).containsExactly("start#1", "contextStarted(true)#1", "stop#1", "shutdown#1");
        gain();
        assertThat(rec.consumers).hasSize(2);
    }

    @Test
    void newsThatChangesNothingChangesNothing() {
        gain();
        service.view().lead(true);
        service.view().lead(true);

        stays(() -> rec.consumers.size() == 1 && rec.active.get() == 1);
        service.view().lead(false);
        service.view().lead(false);
        assertThat(rec.active).hasValue(0);
    }

    @Test
    void exchangesCarryTheLockAndNoForgedToken() throws Exception {
        gain();
        Exchange exchange = rec.last().createExchange(true);
        exchange.getIn().setHeader(MasterConstants.FENCING_TOKEN, 999_999L);

        assertThat(rec.last().deliver(exchange)).succeedsWithin(SOON);

        assertThat(exchange.getIn().getHeaders())
                .containsEntry(MasterConstants.LOCK, "lock1")
                .hasSize(1);
    }

    @Test
    void exchangesAreRefusedAsSoonAsTheMemberIsNoLeaderEvenBeforeTheEvent() {
        gain();
        service.view().leads = false;

        assertThat(rec.last().deliver("late"))
                .succeedsWithin(SOON)
                .satisfies(exchange -> assertThat(exchange.getException()).isInstanceOf(LeadershipLostException.class));
        assertThat(routed).isEmpty();
    }

    /** Fault 11: a view that calls its listeners under its lock, and a route that is being stopped, waited for each other. */
    @Test
    void aLossDuringAStopOfTheRouteDoesNotDeadlock() throws Exception {
        gain();
        CountDownLatch stopGate = new CountDownLatch(1);
        rec.stopGate = stopGate;
        CompletableFuture<Void> loss =
                CompletableFuture.runAsync(() -> service.view().lead(false));
        until(() -> rec.log.contains("stop#1"));

        CompletableFuture<Void> stop = CompletableFuture.runAsync(() -> {
            try {
                context.getRouteController().stopRoute("route1");
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });

        // Neither ends with the delegate: it does not stop before both have.
        assertThat(loss).succeedsWithin(SOON);
        assertThat(stop).succeedsWithin(SOON);
        stopGate.countDown();
        until(() -> rec.active.get() == 0);
    }

    @Test
    void aLossDuringAStartStopsTheDelegateRightAfter() {
        CountDownLatch startGate = new CountDownLatch(1);
        rec.startGate = startGate;
        service.view().lead(true);
        until(() -> rec.log.contains("start#1"));
        CompletableFuture<Void> loss =
                CompletableFuture.runAsync(() -> service.view().lead(false));
        until(() -> !service.view().leads);

        startGate.countDown();

        assertThat(loss).succeedsWithin(SOON);
        until(() -> rec.log.contains("shutdown#1"));
        assertThat(rec.active).hasValue(0);
    }

    /** Fault 12. */
    @Test
    void theViewIsNotReleasedBeforeTheExchangesInFlightAreDone() throws Exception {
        slow = true;
        gain();
        CompletableFuture<Exchange> exchange = rec.last().deliverElsewhere("a");
        until(() -> routed.size() == 1);

        context.getRouteController().stopRoute("route1", 1, TimeUnit.SECONDS);

        assertThat(rec.active).hasValue(0);
        assertThat(service.released).hasValue(0);
        gate.countDown();
        assertThat(exchange).succeedsWithin(SOON);
        until(() -> service.released.get() == 1);
    }

    @Test
    void aStoppedRouteLeavesNoListenerBehind() throws Exception {
        gain();
        assertThat(service.view().listeners).hasValue(1);

        context.getRouteController().stopRoute("route1");

        assertThat(service.view().listeners).hasValue(0);
        assertThat(service.released).hasValue(1);
    }

    @Test
    void attemptsThatAreExhaustedLeaveTheLockAndSaySo() throws Exception {
        master.setBackOffDelay(10);
        master.setBackOffMaxAttempts(2);
        context.getRouteController().stopRoute("route1");
        context.getRouteController().startRoute("route1");
        rec.failingStarts.set(2);
        service.view().lead(true);

        until(() -> ((MasterConsumer) Objects.requireNonNull(context.getRoute("route1"))
                                .getConsumer())
                        .phase()
                == DelegateLifecycle.Phase.GIVEN_UP);
        assertThat(service.view().leads).isTrue();
        service.view().lead(false);
        gain();
        assertThat(rec.consumers).hasSize(3);
    }

    @Test
    void aSuspendedRouteThatReleasesGivesTheViewBackAndTakesItAgain() throws Exception {
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock2:rec:y?master.onSuspend=release")
                        .routeId("route2")
                        .process(routed::add);
            }
        });
        gain();

        context.getRouteController().suspendRoute("route2");

        assertThat(rec.active).hasValue(0);
        assertThat(service.released).hasValue(1);
        assertThat(service.view().listeners).hasValue(0);
        context.getRouteController().resumeRoute("route2");
        assertThat(service.view().listeners).hasValue(1);
        gain();
        assertThat(rec.consumers).hasSize(2);
    }

    @Test
    void aConsumerThatIsDownStaysWhereTheLockCannotBeGivenUpAndThatIsSaidOnce() throws Exception {
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock2:rec:y?master.yieldWhenDownFor=1ms")
                        .routeId("route2")
                        .process(routed::add);
            }
        });
        Health health = new Health("broker is gone");
        try (MasterLog log = new MasterLog()) {
            gain();
            rec.last().setHealthCheck(health);

            until(() -> health.calls.get() >= 6);

            assertThat(log.lines("ERROR", "broker is gone", "no way to give up the lock"))
                    .hasSize(1);
        }
        assertThat(rec.active).hasValue(1);
    }

    /** Bound: half of what a stop may take, many times what this one takes. */
    @Test
    void aLossDoesNotWaitForTheStandbyThatFollows() throws Exception {
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock2:rec:y?master.warmStandby=true")
                        .routeId("route2")
                        .process(routed::add);
            }
        });
        MasterConsumer consumer = (MasterConsumer)
                Objects.requireNonNull(context.getRoute("route2")).getConsumer();
        until(() -> consumer.phase() == DelegateLifecycle.Phase.WARM);
        gain();
        rec.initGate = gate;

        StopWatch watch = new StopWatch();
        service.view().lead(false);
        long millis = watch.taken();

        assertThat(rec.active).hasValue(0);
        assertThat(consumer.phase()).isEqualTo(DelegateLifecycle.Phase.WARMING);
        assertThat(millis).isLessThan(Authority.of(service.view()).stopBudget().toMillis() / 2);
    }
}
