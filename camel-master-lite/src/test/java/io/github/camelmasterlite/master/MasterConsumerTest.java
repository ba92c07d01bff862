package io.github.camelmasterlite.master;

import static io.github.camelmasterlite.master.DelegateLifecycle.Phase.ABSENT;
import static io.github.camelmasterlite.master.DelegateLifecycle.Phase.BACKING_OFF;
import static io.github.camelmasterlite.master.DelegateLifecycle.Phase.STARTING;
import static io.github.camelmasterlite.master.MasterFixture.SOON;
import static io.github.camelmasterlite.master.MasterFixture.stays;
import static io.github.camelmasterlite.master.MasterFixture.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.cluster.LeadershipObserver;
import io.github.camelmasterlite.cluster.ManualClusterService;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.camel.Exchange;
import org.apache.camel.ServiceStatus;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.spi.ThreadPoolProfile;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultThreadPoolFactory;
import org.apache.camel.support.SynchronizationAdapter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class MasterConsumerTest {

    private static final String FROM = "master:lock1:rec:x";

    private final MasterFixture fixture = new MasterFixture();
    private final RecordingComponent rec = fixture.rec;
    private final List<Exchange> routed = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        openGates();
        fixture.close();
    }

    private void openGates() {
        CountDownLatch start = rec.startGate;
        if (start != null) {
            start.countDown();
        }
        CountDownLatch stop = rec.stopGate;
        if (stop != null) {
            stop.countDown();
        }
    }

    private void route() {
        fixture.route("route1", FROM, routed::add);
    }

    private Exchange ended(CompletableFuture<Exchange> exchange) throws Exception {
        return exchange.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Nested
    class Life {

        @Test
        void aFollowerHasNoDelegate() {
            route();
            fixture.start();

            stays(() -> rec.log.isEmpty());
            assertThat(fixture.consumer("route1").isMaster()).isFalse();
        }

        @Test
        void gainStartsOneDelegateAndLossStopsIt() {
            route();
            fixture.start().lead("lock1");
            assertThat(fixture.consumer("route1").isMaster()).isTrue();

            fixture.service.lose("lock1");

            until(() -> fixture.service.isReleased("lock1"));
            assertThat(rec.events()).containsExactly("start#1", "contextStarted(true)#1", "stop#1", "shutdown#1");
            assertThat(fixture.consumer("route1").isMaster()).isFalse();
        }

        @Test
        void aProcessThatStoodStillBeforeTheStartStartsOnlyOnceItsAuthorityIsVerified() {
            route();
            fixture.start();
            fixture.service.gainSuspended("lock1");

            stays(() -> rec.log.isEmpty());
            fixture.service.confirmAuthority("lock1");

            until(() -> rec.events().contains("start#1"));
        }

        @Test
        void aProcessThatStoodStillBeforeTheStartAndHasLostItsLockNeverStarts() {
            route();
            fixture.start();
            fixture.service.gainSuspended("lock1");
            stays(() -> rec.log.isEmpty());

            fixture.service.lose("lock1");

            until(() -> fixture.service.isReleased("lock1"));
            stays(() -> rec.log.isEmpty());
        }

        @Test
        void eachTenureHasADelegateOfItsOwn() {
            route();
            fixture.start().lead("lock1");
            fixture.service.lose("lock1");
            until(() -> rec.active.get() == 0);
            fixture.lead("lock1");

            assertThat(rec.consumers).hasSize(2);
            assertThat(rec.mostActive).hasValue(1);
        }

        /** Fault 23, second half: the endpoint belongs to the context, and other routes may use it. */
        @Test
        void theDelegateEndpointIsNeverStoppedWithItsConsumer() throws Exception {
            route();
            fixture.start().lead("lock1");
            fixture.service.lose("lock1");
            until(() -> rec.active.get() == 0);
            fixture.lead("lock1");
            fixture.context.getRouteController().stopRoute("route1");

            assertThat(rec.stoppedEndpoints).isEmpty();
        }

        @Test
        void anExchangeCarriesTheTokenOfItsTenure() throws Exception {
            route();
            fixture.start().lead("lock1");
            ended(rec.last().deliver("a"));
            fixture.service.lose("lock1");
            until(() -> rec.active.get() == 0);
            fixture.lead("lock1");
            ended(rec.last().deliver("b"));

            assertThat(routed)
                    .extracting(e -> e.getIn().getHeader(MasterConstants.LOCK))
                    .containsExactly("lock1", "lock1");
            assertThat(routed)
                    .extracting(e -> e.getIn().getHeader(MasterConstants.FENCING_TOKEN))
                    .containsExactly(1001L, 1002L);
            assertThat(routed)
                    .extracting(e -> e.getIn().getHeader(MasterConstants.TERM))
                    .containsExactly(1L, 2L);
        }

        @Test
        void theDelegateKnowsItsRouteAndRunsWithTheClassLoaderOfTheApplication() {
            ClassLoader application = new ClassLoader(getClass().getClassLoader()) {};
            fixture.context.setApplicationContextClassLoader(application);
            route();
            fixture.start().lead("lock1");

            DefaultConsumer delegate = rec.last();
            assertThat(delegate.getRoute()).isSameAs(fixture.route("route1"));
            assertThat(delegate.getRouteId()).isEqualTo("route1");
            assertThat(rec.last().startedWith).isSameAs(application);
        }

        @Test
        void aDelegateThatDeliversAfterItsTenureIsRefusedInTheNext() throws Exception {
            route();
            fixture.start().lead("lock1");
            RecordingComponent.RecordingConsumer former = rec.last();
            fixture.service.lose("lock1");
            until(() -> rec.active.get() == 0);
            fixture.lead("lock1");

            Exchange late = ended(former.deliver("late"));

            assertThat(late.getException())
                    .isInstanceOf(LeadershipLostException.class)
                    .hasMessageContaining("earlier tenure");
            assertThat(routed).isEmpty();
        }

        @Test
        void twoRoutesOnOneLockFollowItTogether() {
            route();
            fixture.route("route2", "master:lock1:rec:y", exchange -> {});
            fixture.start();
            fixture.service.gain("lock1");
            until(() -> rec.active.get() == 2);

            fixture.service.lose("lock1");

            until(() -> fixture.service.isReleased("lock1"));
            assertThat(rec.active).hasValue(0);
        }

        @Test
        void oneOfTwoRoutesOnALockMayStopAndTheOtherGoesOn() throws Exception {
            route();
            fixture.route("route2", "master:lock1:rec:y", exchange -> {});
            fixture.start();
            fixture.service.gain("lock1");
            until(() -> rec.active.get() == 2);

            fixture.context.getRouteController().stopRoute("route1");

            assertThat(rec.active).hasValue(1);
            assertThat(fixture.service.isLeader("lock1")).isTrue();
            assertThat(fixture.service.releases("lock1")).isZero();
            fixture.context.getRouteController().startRoute("route1");
            until(() -> rec.active.get() == 2);
        }

        @Test
        void aRouteMayBeRestarted() throws Exception {
            route();
            fixture.start().lead("lock1");
            fixture.context.getRouteController().stopRoute("route1");
            assertThat(rec.active).hasValue(0);
            fixture.context.getRouteController().startRoute("route1");
            fixture.lead("lock1");

            ended(rec.last().deliver("a"));
            assertThat(routed).hasSize(1);
        }

        @Test
        void aContextMayBeRestarted() throws Exception {
            route();
            fixture.start().lead("lock1");
            fixture.context.stop();
            assertThat(rec.active).hasValue(0);
            until(() -> fixture.service.isReleased("lock1"));

            // A context forgets its components and services when it stops, not its routes.
            fixture.context.addComponent("rec", rec);
            fixture.context.addComponent("master", fixture.master);
            ManualClusterService next = new ManualClusterService("member1 again");
            fixture.context.addService(next, true, true);
            fixture.context.start();
            next.gain("lock1");
            until(() -> rec.active.get() == 1);

            assertThat(ended(rec.last().deliver("a")).getException()).isNull();
            assertThat(routed).hasSize(1);
        }

        @Test
        void jmxTellsWhoIsMaster() throws Exception {
            route();
            fixture.start();
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            ObjectName name = server.queryNames(
                            new ObjectName("org.apache.camel:context=" + fixture.context.getManagementName()
                                    + ",type=consumers,*"),
                            null)
                    .iterator()
                    .next();
            assertThat(server.getAttribute(name, "Master")).isEqualTo(false);

            fixture.lead("lock1");

            assertThat(server.getAttribute(name, "Master")).isEqualTo(true);
        }
    }

    @Nested
    class StartOfTheContext {

        /** Fault 22. */
        @Test
        void aDelegateStartsOnlyWhenAllRoutesAreThere() throws Exception {
            CountDownLatch slowRoute = new CountDownLatch(1);
            RecordingComponent slow = new RecordingComponent();
            slow.startGate = slowRoute;
            fixture.context.addComponent("slow", slow);
            fixture.routes(new RouteBuilder() {
                @Override
                public void configure() {
                    from(FROM).routeId("route1").startupOrder(1).to("direct:behind");
                    from("direct:behind").routeId("behind").startupOrder(3).process(routed::add);
                    from("slow:x").routeId("slow").startupOrder(2).process(e -> {});
                }
            });
            CompletableFuture<Void> started = CompletableFuture.runAsync(fixture.context::start);
            until(() -> slow.log.contains("start#1"));
            fixture.service.gain("lock1");
            until(() -> fixture.service.isLeader("lock1"));
            fixture.consumer("route1")
                    .onCamelContextStarted(fixture.context, false); // as for each later batch of routes
            stays(() -> rec.log.isEmpty());

            slowRoute.countDown();
            started.get(SOON.toSeconds(), TimeUnit.SECONDS);

            until(() -> rec.active.get() == 1);
            assertThat(ended(rec.last().deliver("a")).getException()).isNull();
            assertThat(routed).hasSize(1);
        }

        @Test
        void aSuspendedContextSuspendsTheDelegateAndKeepsTheLock() {
            route();
            fixture.start().lead("lock1");
            fixture.untilRunning("route1");

            fixture.context.suspend();

            assertThat(rec.log).contains("suspend#1").doesNotContain("stop#1");
            stays(() -> fixture.service.isLeader("lock1"));
            fixture.context.resume();
            assertThat(rec.log).contains("resume#1");
            assertThat(rec.consumers).hasSize(1);
        }

        @Test
        void aLockGainedWhileTheContextIsSuspendedHasItsDelegateAfterwards() {
            route();
            fixture.start();
            fixture.context.suspend();
            fixture.service.gain("lock1");
            until(() -> fixture.service.isLeader("lock1"));
            stays(() -> rec.log.isEmpty());

            fixture.context.resume();

            until(() -> rec.active.get() == 1);
        }

        @Test
        void aRouteAddedLaterHasItsDelegate() {
            fixture.start();
            route();

            fixture.lead("lock1");
        }

        /** Fault 13: a fixed second before every start. */
        @Test
        void aGainStartsTheDelegateAtOnce() {
            route();
            fixture.start();
            until(() -> fixture.consumer("route1").getStatus() == ServiceStatus.Started);
            Instant before = Instant.now();

            fixture.lead("lock1");

            assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofMillis(700));
        }
    }

    @Nested
    class Retries {

        /** Fault 10: the start was tried once. */
        @Test
        void aStartThatFailsIsTriedAgainWithBackOff() {
            fixture.master.setBackOffDelay(20);
            rec.failingStarts.set(4);
            route();
            fixture.start().lead("lock1");

            assertThat(rec.consumers).hasSize(5);
            assertThat(fixture.service.resignations("lock1")).isZero();
            assertThat(rec.log).contains("start#5");
        }

        @Test
        void theBackOffDelayIsKept() {
            fixture.master.setBackOffDelay(60_000);
            rec.failingStarts.set(1);
            route();
            fixture.start();
            fixture.service.gain("lock1");

            until(() -> fixture.consumer("route1").phase() == BACKING_OFF);
            stays(() -> rec.consumers.size() == 1);
        }

        /** Fault 10: a leader that never consumes. */
        @Test
        void whenAllAttemptsHaveFailedTheLockIsGivenUpForAWhile() {
            fixture.master.setBackOffDelay(10);
            fixture.master.setBackOffMaxAttempts(3);
            rec.failingStarts.set(3);
            route();
            fixture.start();
            fixture.service.gain("lock1");

            until(() -> fixture.service.isReleased("lock1"));
            assertThat(fixture.service.resignations("lock1")).isEqualTo(1);
            assertThat(rec.consumers).hasSize(3);
            assertThat(fixture.consumer("route1").phase()).isEqualTo(ABSENT);
            fixture.lead("lock1");
            assertThat(rec.consumers).hasSize(4);
        }

        @Test
        void zeroAttemptsTryForEver() {
            fixture.master.setBackOffDelay(1);
            fixture.master.setBackOffMaxAttempts(0);
            rec.failingStarts.set(30);
            route();
            fixture.start().lead("lock1");

            assertThat(rec.consumers).hasSize(31);
            assertThat(fixture.service.resignations("lock1")).isZero();
        }

        @Test
        void aLossEndsTheAttempts() {
            fixture.master.setBackOffDelay(100);
            rec.failingStarts.set(100);
            route();
            fixture.start();
            fixture.service.gain("lock1");
            until(() -> fixture.consumer("route1").phase() == BACKING_OFF);

            fixture.service.lose("lock1");

            until(() -> fixture.service.isReleased("lock1"));
            int made = rec.consumers.size();
            stays(() -> rec.consumers.size() == made);
        }

        @Test
        void aDelegateThatFailedToStartIsStopped() {
            fixture.master.setBackOffDelay(10);
            rec.failingStarts.set(1);
            route();
            fixture.start().lead("lock1");

            assertThat(rec.log).contains("stop#1", "shutdown#1");
            assertThat(rec.log.indexOf("shutdown#1")).isLessThan(rec.log.indexOf("start#2"));
        }

        @Test
        void aFailedStartReachesTheErrorHandlerOfTheRouteWhenBridged() {
            fixture.master.setBackOffDelay(10);
            rec.failingStarts.set(1);
            List<Throwable> handled = new CopyOnWriteArrayList<>();
            fixture.routes(new RouteBuilder() {
                @Override
                public void configure() {
                    onException(IllegalStateException.class)
                            .handled(true)
                            .process(e -> handled.add(e.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class)));
                    from(FROM + "?bridgeErrorHandler=true").routeId("route1").process(routed::add);
                }
            });
            fixture.start().lead("lock1");

            until(() -> handled.size() == 1);
            assertThat(handled.get(0)).hasMessage("start of consumer 1 fails");
        }
    }

    @Nested
    class Flaps {

        /** Fault 9: a consumer was started on a follower. */
        @Test
        void leadershipLostDuringAStartStopsTheDelegateRightAfter() {
            rec.startGate = new CountDownLatch(1);
            route();
            fixture.start();
            fixture.service.gain("lock1");
            until(() -> rec.log.contains("start#1"));

            fixture.service.lose("lock1");
            stays(() -> fixture.service.releases("lock1") == 0);
            openGates();

            until(() -> fixture.service.isReleased("lock1"));
            assertThat(rec.events()).containsExactly("start#1", "contextStarted(true)#1", "stop#1", "shutdown#1");
            assertThat(rec.active).hasValue(0);
        }

        /** Fault 9. */
        @Test
        void leadershipLostBeforeAStartHasBegunCancelsIt() throws Exception {
            CountDownLatch thread = new CountDownLatch(1);
            fixture.context.getExecutorServiceManager().setThreadPoolFactory(new DefaultThreadPoolFactory() {
                @Override
                public ExecutorService newThreadPool(ThreadPoolProfile profile, ThreadFactory threads) {
                    if (!"masterOperation".equals(profile.getId())) {
                        return super.newThreadPool(profile, threads);
                    }
                    ExecutorService busy = Executors.newSingleThreadExecutor(threads);
                    busy.execute(() -> {
                        try {
                            assertThat(thread.await(20, TimeUnit.SECONDS)).isTrue();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    });
                    return busy;
                }
            });
            route();
            fixture.start();
            fixture.context.getRouteController().suspendRoute("route1");
            CountDownLatch told = new CountDownLatch(1);
            fixture.service.addObserver(new LeadershipObserver() {
                @Override
                public void listenerReturned(String lock, String call, long nanos, boolean failed) {
                    if ("start".equals(call)) {
                        told.countDown();
                    }
                }
            });
            fixture.service.gain("lock1");
            // Otherwise the start could come on the thread that tells of the tenure, which is not busy.
            until(() -> told.getCount() == 0);
            fixture.context.getRouteController().resumeRoute("route1");
            until(() -> fixture.consumer("route1").phase() == STARTING);
            fixture.service.lose("lock1");
            until(() -> !fixture.consumer("route1").isDelegateWanted());

            thread.countDown();

            until(() -> fixture.service.isReleased("lock1"));
            assertThat(rec.consumers).isEmpty();
            assertThat(fixture.consumer("route1").phase()).isEqualTo(ABSENT);
        }

        @Test
        void leadershipLostWhileBackingOffEndsTheAttempts() {
            rec.failingStarts.set(1);
            fixture.master.setBackOffDelay(150);
            route();
            fixture.start();
            fixture.service.gain("lock1");
            until(() -> fixture.consumer("route1").phase() == BACKING_OFF);
            fixture.service.lose("lock1");

            stays(() -> rec.consumers.size() == 1);
            assertThat(fixture.consumer("route1").delegate()).isNull();
        }

        @Test
        void aStormOfFlapsLeavesExactlyOneDelegate() {
            route();
            fixture.start();
            for (int i = 0; i < 200; i++) {
                fixture.service.gain("lock1");
                fixture.service.lose("lock1");
            }
            fixture.service.gain("lock1");

            until(() -> fixture.service.isLeader("lock1"));
            fixture.untilRunning("route1");
            stays(() -> rec.active.get() == 1);
            assertThat(rec.mostActive).hasValue(1);
        }

        @Test
        void aSlowStartOfOneRouteDoesNotDelayTheStopOfAnother() throws Exception {
            RecordingComponent slow = new RecordingComponent();
            slow.startGate = new CountDownLatch(1);
            fixture.context.addComponent("slow", slow);
            route();
            fixture.route("slow", "master:lock2:slow:x", exchange -> {});
            fixture.start().lead("lock1");
            fixture.service.gain("lock2");
            until(() -> fixture.consumer("slow").phase() == STARTING);

            fixture.service.lose("lock1");

            until(() -> fixture.service.isReleased("lock1"));
            Objects.requireNonNull(slow.startGate).countDown();
        }
    }

    @Nested
    class Drain {

        private final CountDownLatch gate = new CountDownLatch(1);
        private final List<String> ends = new CopyOnWriteArrayList<>();

        private CompletableFuture<Exchange> slowExchange() {
            fixture.route("route1", FROM, exchange -> {
                ends.add("begun");
                exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
                    @Override
                    public void onDone(Exchange done) {
                        ends.add("completed");
                    }
                });
                if (!gate.await(20, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("the test forgot to open the gate");
                }
                ends.add("routed");
            });
            fixture.start().lead("lock1");
            CompletableFuture<Exchange> exchange = rec.last().deliverElsewhere("a");
            until(() -> ends.contains("begun"));
            return exchange;
        }

        /** Fault 12: the lock was released before the exchanges in flight were done. */
        @Test
        void theLockIsNotReleasedBeforeTheExchangesInFlightAreDone() throws Exception {
            CompletableFuture<Exchange> exchange = slowExchange();

            fixture.service.lose("lock1");

            until(() -> rec.active.get() == 0);
            stays(() -> fixture.service.releases("lock1") == 0);
            gate.countDown();
            assertThat(ended(exchange).getException()).isNull();
            until(() -> fixture.service.isReleased("lock1"));
            assertThat(ends).containsExactly("begun", "routed", "completed");
        }

        /** Fault 21: stopping the delegate stopped the route's own processor. */
        @Test
        void exchangesInFlightFinishAfterTheDelegateHasBeenStopped() throws Exception {
            AtomicInteger after = new AtomicInteger();
            fixture.routes(new RouteBuilder() {
                @Override
                public void configure() {
                    from(FROM)
                            .routeId("route1")
                            .process(e -> {
                                ends.add("begun");
                                assertThat(gate.await(20, TimeUnit.SECONDS)).isTrue();
                            })
                            .split(body().tokenize(","))
                            .to("seda:inner?waitForTaskToComplete=Always")
                            .process(e -> after.incrementAndGet());
                    from("seda:inner").process(e -> {});
                }
            });
            fixture.start().lead("lock1");
            CompletableFuture<Exchange> exchange = rec.last().deliverElsewhere("a,b,c");
            until(() -> ends.contains("begun"));
            fixture.service.lose("lock1");
            until(() -> rec.active.get() == 0);

            gate.countDown();

            assertThat(ended(exchange).getException()).isNull();
            assertThat(after).hasValue(3);
        }

        @Test
        void noNewTenureBeginsBeforeTheOldWorkHasEnded() throws Exception {
            CompletableFuture<Exchange> exchange = slowExchange();
            fixture.service.lose("lock1");
            fixture.service.gain("lock1");

            stays(() -> rec.consumers.size() == 1);
            gate.countDown();
            ended(exchange);

            until(() -> rec.consumers.size() == 2 && rec.active.get() == 1);
        }

        @Test
        void stoppingTheRouteWaitsForTheExchangesInFlightAndThenReleases() throws Exception {
            CompletableFuture<Exchange> exchange = slowExchange();
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> {
                try {
                    fixture.context.getRouteController().stopRoute("route1");
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            until(() -> rec.log.contains("suspend#1"));
            stays(() -> fixture.service.isLeader("lock1"));

            gate.countDown();

            stopped.get(SOON.toSeconds(), TimeUnit.SECONDS);
            assertThat(ended(exchange).getException()).isNull();
            until(() -> fixture.service.releases("lock1") == 1);
        }

        @Test
        void aLockWhoseExchangesDoNotEndIsKeptAfterTheRouteHasStopped() throws Exception {
            CompletableFuture<Exchange> exchange = slowExchange();

            fixture.context.getRouteController().stopRoute("route1", 1, TimeUnit.SECONDS);

            assertThat(rec.active).hasValue(0);
            stays(() -> fixture.service.releases("lock1") == 0);
            gate.countDown();
            ended(exchange);
            until(() -> fixture.service.releases("lock1") == 1);
        }

        @Test
        void aDelegateThatDoesNotStopDoesNotKeepTheRouteFromStopping() throws Exception {
            route();
            fixture.start().lead("lock1");
            RecordingComponent.RecordingConsumer delegate = rec.last();
            rec.stopGate = new CountDownLatch(1);
            fixture.service.lose("lock1"); // a thread of the service is now stuck in stop()
            until(() -> rec.log.contains("stop#1"));

            fixture.context.getRouteController().stopRoute("route1");

            assertThat(fixture.service.releases("lock1")).isZero();
            assertThat(ended(delegate.deliver("late")).getException()).isInstanceOf(LeadershipLostException.class);
            openGates();
            until(() -> fixture.service.releases("lock1") == 1);
        }
    }

    @Nested
    class Admission {

        @Test
        void aDelegateWhoseStartOutlivesItsRouteDeliversNothing() throws Exception {
            fixture.route("route2", "master:lock1:direct:other", exchange -> {}); // keeps this member leading
            route();
            rec.startGate = new CountDownLatch(1);
            fixture.start();
            fixture.service.gain("lock1");
            until(() -> rec.log.contains("start#1"));

            fixture.context.getRouteController().stopRoute("route1");

            assertThat(fixture.service.isLeader("lock1")).isTrue();
            assertThat(ended(rec.last().deliver("early")).getException()).isInstanceOf(LeadershipLostException.class);
            openGates();
            until(() -> rec.log.contains("shutdown#1"));
            assertThat(routed).isEmpty();
        }

        @Test
        void anExchangeThatArrivesWithoutAuthorityWaitsForTheVerdict() throws Exception {
            fixture.service.setStopBudgetMillis(5000);
            route();
            fixture.start().lead("lock1");
            fixture.service.suspendAuthority("lock1");
            until(() -> !fixture.service.isLeader("lock1"));

            CompletableFuture<Exchange> exchange = rec.last().deliver("a");

            stays(() -> !exchange.isDone());
            fixture.service.confirmAuthority("lock1");
            assertThat(ended(exchange).getException()).isNull();
            assertThat(routed).hasSize(1);
            assertThat(rec.consumers).hasSize(1);
        }

        @Test
        void anExchangeThatWaitsFailsWithTheLoss() throws Exception {
            fixture.service.setStopBudgetMillis(5000);
            route();
            fixture.start().lead("lock1");
            fixture.service.suspendAuthority("lock1");
            until(() -> !fixture.service.isLeader("lock1"));
            CompletableFuture<Exchange> exchange = rec.last().deliver("a");

            fixture.service.lose("lock1");

            assertThat(ended(exchange).getException()).isInstanceOf(LeadershipLostException.class);
            assertThat(routed).isEmpty();
            until(() -> fixture.service.isReleased("lock1"));
        }

        @Test
        void anExchangeThatWaitsCountsAsPending() {
            fixture.service.setStopBudgetMillis(5000);
            route();
            fixture.start().lead("lock1");
            fixture.service.suspendAuthority("lock1");
            until(() -> !fixture.service.isLeader("lock1"));
            CompletableFuture<Exchange> waiting = rec.last().deliver("a");

            assertThat(fixture.consumer("route1").getPendingExchangesSize()).isEqualTo(1);
            fixture.service.confirmAuthority("lock1");
            until(() -> fixture.consumer("route1").getPendingExchangesSize() == 0);
            assertThat(waiting).succeedsWithin(SOON);
        }

        @Test
        void aRefusedExchangeRunsItsCompletionsAndNotTheErrorHandlerOfTheRoute() throws Exception {
            List<String> seen = new CopyOnWriteArrayList<>();
            fixture.routes(new RouteBuilder() {
                @Override
                public void configure() {
                    errorHandler(deadLetterChannel("direct:dead"));
                    onException(LeadershipLostException.class).handled(true).process(e -> seen.add("onException"));
                    from(FROM + "?master.guard=fail").routeId("route1").process(routed::add);
                    from("direct:dead").process(e -> seen.add("dead"));
                }
            });
            fixture.start().lead("lock1");
            RecordingComponent.RecordingConsumer delegate = rec.last();
            fixture.service.suspendAuthority("lock1");
            until(() -> !fixture.service.isLeader("lock1"));
            Exchange exchange = delegate.createExchange(true);
            exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
                @Override
                public void onFailure(Exchange failed) {
                    seen.add("onFailure");
                }
            });

            ended(delegate.deliver(exchange));

            assertThat(exchange.getException()).isInstanceOf(LeadershipLostException.class);
            assertThat(seen).containsExactly("onFailure");
            assertThat(routed).isEmpty();
        }

        @Test
        void guardOffRoutesWithTheOldToken() throws Exception {
            fixture.route("route1", FROM + "?master.guard=off", routed::add);
            fixture.start().lead("lock1");
            RecordingComponent.RecordingConsumer former = rec.last();
            fixture.service.lose("lock1");
            until(() -> rec.active.get() == 0);
            fixture.lead("lock1");

            ended(former.deliver("late"));

            assertThat(routed).hasSize(1);
            assertThat(routed.get(0).getIn().getHeader(MasterConstants.FENCING_TOKEN))
                    .isEqualTo(1001L);
        }
    }
}
