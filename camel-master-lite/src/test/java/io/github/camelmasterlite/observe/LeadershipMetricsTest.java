package io.github.camelmasterlite.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.cluster.ElectionClusterService;
import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.LeaseClusterService;
import io.github.camelmasterlite.cluster.LocalClusterService;
import io.github.camelmasterlite.cluster.ManualClusterService;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.engine.MemoryLeaseStore;
import io.github.camelmasterlite.store.FickleStore;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeadershipMetricsTest {

    private static final Duration BOUND = Duration.ofSeconds(10);

    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final MemoryLeaseStore.Shelf shelf = new MemoryLeaseStore.Shelf();
    private final List<ElectionClusterService> services = new ArrayList<>();
    private final List<DefaultCamelContext> contexts = new ArrayList<>();

    @AfterEach
    void stop() {
        contexts.forEach(DefaultCamelContext::stop);
        services.forEach(ElectionClusterService::stop);
    }

    private LeaseClusterService service(String id, LeaseStore store) {
        LeaseClusterService service = new LeaseClusterService(store);
        service.setId(id);
        service.setLeaseDurationMillis(1_500);
        service.setRenewDeadlineMillis(900);
        service.setRetryPeriodMillis(100);
        services.add(service);
        return service;
    }

    private static void until(Callable<Boolean> condition) {
        await().atMost(BOUND).pollInterval(Duration.ofMillis(5)).until(condition);
    }

    private double value(String name, String... tags) {
        Meter meter = registry.find("camel.leadership." + name).tags(tags).meter();
        assertThat(meter).as("%s of %s", name, List.of(tags)).isNotNull();
        return Objects.requireNonNull(meter).measure().iterator().next().getValue();
    }

    private Timer timer(String name, String... tags) {
        return registry.get("camel.leadership." + name).tags(tags).timer();
    }

    private List<String> meters(MeterRegistry of) {
        return of.getMeters().stream()
                .map(meter -> meter.getId().getName() + meter.getId().getTags())
                .sorted()
                .toList();
    }

    // ---- locks

    @Test
    void theMemberThatLeadsIsOneAndHasAuthorityAndTheOtherHasNeither() {
        LeaseClusterService first = service("m1", new MemoryLeaseStore(shelf));
        LeaseClusterService second = service("m2", new MemoryLeaseStore(shelf));
        LeadershipMetrics.bind(registry, first);
        LeadershipMetrics.bind(registry, second);
        first.start();
        LeadershipView view = first.getView("orders");
        until(view::isLeader);
        second.start();
        LeadershipView other = second.getView("orders");
        until(() -> other.getLeader().isPresent());
        String[] one = {"service", "m1", "kind", "lease", "lock", "orders"};
        String[] two = {"service", "m2", "kind", "lease", "lock", "orders"};
        assertThat(value("is.leader", one)).isEqualTo(1);
        assertThat(value("is.leader", two)).isZero();
        assertThat(value("authority.remaining", one)).isGreaterThan(0).isLessThanOrEqualTo(0.9);
        assertThat(value("authority.remaining", two)).isZero();
        assertThat(value("tenures", one)).isEqualTo(1);
        assertThat(value("tenures", two)).isZero();
    }

    @Test
    void aTenureHeldAlreadyIsCountedOnce() {
        LeaseClusterService service = service("m1", new MemoryLeaseStore(shelf));
        service.start();
        LeadershipView view = service.getView("orders");
        until(view::isLeader);
        LeadershipMetrics.bind(registry, service);
        assertThat(value("tenures")).isEqualTo(1);
        view.resign(Duration.ZERO);
        until(() -> value("tenures") == 2);
    }

    @Test
    void aHandOverIsTimedByTheMemberThatGains() throws Exception {
        LeaseClusterService first = service("m1", new MemoryLeaseStore(shelf));
        LeaseClusterService second = service("m2", new MemoryLeaseStore(shelf));
        LeadershipMetrics.bind(registry, first);
        LeadershipMetrics.bind(registry, second);
        first.start();
        LeadershipView view = first.getView("orders");
        until(view::isLeader);
        second.start();
        LeadershipView other = second.getView("orders");
        until(() -> other.getLeader().isPresent());
        first.stop();
        until(() -> timer("handover", "service", "m2").count() == 1);
        assertThat(timer("handover", "service", "m2").totalTime(TimeUnit.MILLISECONDS))
                .isGreaterThan(0)
                .isLessThan(1_500);
        // Nobody handed anything to the first of all.
        assertThat(timer("handover", "service", "m1").count()).isZero();
    }

    @Test
    void howLongACrashWentUnnoticedIsNotPartOfTheHandOver() {
        FickleStore cutOff = new FickleStore(shelf);
        LeaseClusterService first = service("m1", cutOff);
        first.start();
        LeadershipView view = first.getView("orders");
        until(view::isLeader);
        LeaseClusterService second = service("m2", new MemoryLeaseStore(shelf));
        second.start();
        LeadershipMetrics.bind(registry, second);
        LeadershipView other = second.getView("orders");
        until(() -> other.getLeader().isPresent());
        cutOff.silent = true;
        until(other::isLeader);
        until(() -> timer("handover").count() == 1);
        assertThat(timer("handover").totalTime(TimeUnit.MILLISECONDS))
                .isGreaterThan(0)
                .isLessThan(1_000);
    }

    @Test
    void aTenureAfterAnOwnOneIsNoHandOver() {
        LeaseClusterService service = service("m1", new MemoryLeaseStore(shelf));
        LeadershipMetrics.bind(registry, service);
        service.start();
        LeadershipView view = service.getView("orders");
        until(view::isLeader);
        view.resign(Duration.ZERO);
        until(() -> value("tenures") == 2);
        assertThat(timer("handover").count()).isZero();
    }

    @Test
    void metersOfALockComeAndGoWithItsView() throws Exception {
        LeaseClusterService service = service("m1", new MemoryLeaseStore(shelf));
        CompositeMeterRegistry composite = new CompositeMeterRegistry();
        composite.add(registry);
        LeadershipMetrics metrics = LeadershipMetrics.bind(composite, service);
        service.start();
        LeadershipView view = service.getView("orders");
        LeadershipView again = service.getView("orders");
        until(view::isLeader);
        assertThat(meters(registry)).anyMatch(meter -> meter.contains("orders"));
        service.releaseView(view);
        assertThat(meters(registry)).anyMatch(meter -> meter.contains("orders"));
        service.releaseView(again);
        until(() -> meters(registry).stream().noneMatch(meter -> meter.contains("orders")));
        assertThat(meters(registry)).isNotEmpty();
        service.getView("orders");
        assertThat(meters(registry)).anyMatch(meter -> meter.contains("orders"));
        metrics.close();
        assertThat(meters(registry)).isEmpty();
        // What is still under way makes none.
        service.stop();
        assertThat(meters(registry)).isEmpty();
    }

    @Test
    void aLockThatIsGoneGetsNoMetersBack() throws Exception {
        FickleStore store = new FickleStore(shelf);
        LeaseClusterService service = service("m1", store);
        service.start();
        LeadershipMetrics.bind(registry, service);
        LeadershipView view = service.getView("orders");
        until(view::isLeader);
        store.readOnly = true;
        service.releaseView(view); // whose release now fails
        until(() -> registry.find("camel.leadership.store.calls")
                        .tags("operation", "release", "outcome", "unknown")
                        .timer()
                != null);
        assertThat(meters(registry)).noneMatch(meter -> meter.contains("orders"));
    }

    // ---- the store, listeners, the watch

    @Test
    void callsOfTheStoreAreTimedAndFailuresAreCountedForEachLock() {
        FickleStore store = new FickleStore(shelf);
        LeaseClusterService service = service("m1", store);
        LeadershipMetrics.bind(registry, service);
        service.start();
        LeadershipView view = service.getView("orders");
        until(view::isLeader);
        until(() -> registry.find("camel.leadership.store.calls")
                        .tags("operation", "renew", "outcome", "written")
                        .timer()
                != null);
        assertThat(timer("store.calls", "operation", "acquire", "outcome", "written")
                        .count())
                .isEqualTo(1);
        assertThat(registry.find("camel.leadership.store.failures").meters()).isEmpty();
        store.readOnly = true;
        until(() -> registry.find("camel.leadership.store.failures")
                        .tags("lock", "orders", "operation", "renew", "outcome", "unknown")
                        .counter()
                != null);
        assertThat(timer("store.calls", "operation", "renew", "outcome", "unknown")
                        .count())
                .isPositive();
        store.readOnly = false;
        store.silent = true;
        until(() -> registry.find("camel.leadership.store.failures")
                        .tags("outcome", "overdue")
                        .counter()
                != null);
    }

    @Test
    void listenersAreTimed() {
        LeaseClusterService service = service("m1", new MemoryLeaseStore(shelf));
        LeadershipMetrics.bind(registry, service);
        service.start();
        LeadershipView view = service.getView("orders");
        until(view::isLeader); // news that comes just before may tell of the tenure, too
        view.addEventListener((CamelClusterEventListener.Leadership) (of, leader) -> {
            if (view.isLeader()) {
                throw new IllegalStateException("on purpose");
            }
        });
        until(() -> registry.find("camel.leadership.listener.calls")
                        .tags("call", "start", "outcome", "failed")
                        .timer()
                != null);
    }

    @Test
    void theWatchIsLiveOrNotAndItsReturnsAreCounted() {
        FickleStore store = new FickleStore(shelf);
        LeaseClusterService service = service("m1", store);
        LeadershipMetrics.bind(registry, service);
        assertThat(value("watch.live")).isNaN();
        service.start();
        until(() -> value("watch.live") == 1);
        assertThat(value("watch.restarts")).isZero();
        LeaseStore.Listener listener = Objects.requireNonNull(store.listener);
        listener.watching(false, "on purpose");
        until(() -> value("watch.live") == 0);
        listener.watching(true, null);
        until(() -> value("watch.live") == 1);
        assertThat(value("watch.restarts")).isEqualTo(1);
    }

    @Test
    void theKindIsThatOfTheConfiguration() {
        assertThat(LeadershipMetrics.kind("FileLockClusterService")).isEqualTo("file-lock");
        assertThat(LeadershipMetrics.kind("KubernetesClusterService")).isEqualTo("kubernetes");
        assertThat(LeadershipMetrics.kind("LocalClusterService")).isEqualTo("local");
        assertThat(LeadershipMetrics.kind("ClusterService")).isEqualTo("other");
    }

    @Test
    void servicesWithoutAnIdAreCalledByTheirKindUnlessItIsTaken() {
        LocalClusterService first = new LocalClusterService("metrics-1");
        LocalClusterService second = new LocalClusterService("metrics-2");
        assertThat(LeadershipMetrics.bind(registry, first).tags())
                .extracting(io.micrometer.core.instrument.Tag::getValue)
                .containsExactly("local", "local");
        assertThat(LeadershipMetrics.bind(registry, second).tags())
                .extracting(io.micrometer.core.instrument.Tag::getValue)
                .containsExactly("local", second.getId());
    }

    // ---- in a context

    /** {@code hand:name}: consumers that deliver what the test hands them, and fail to start as often as it says. */
    private static final class HandComponent extends DefaultComponent {
        final List<DefaultConsumer> consumers = new CopyOnWriteArrayList<>();
        final AtomicInteger failingStarts = new AtomicInteger();

        @Override
        protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
            return new DefaultEndpoint(uri, this) {
                @Override
                public Producer createProducer() {
                    throw new UnsupportedOperationException();
                }

                @Override
                public Consumer createConsumer(Processor processor) {
                    DefaultConsumer consumer = new DefaultConsumer(this, processor) {
                        @Override
                        protected void doStart() throws Exception {
                            if (failingStarts.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                                throw new IllegalStateException("on purpose");
                            }
                            super.doStart();
                        }
                    };
                    consumers.add(consumer);
                    return consumer;
                }
            };
        }

        Exchange deliver() throws Exception {
            DefaultConsumer consumer = consumers.get(consumers.size() - 1);
            Exchange exchange = consumer.createExchange(true);
            consumer.getProcessor().process(exchange);
            return exchange;
        }

        void deliverAsync(AsyncCallback callback) {
            DefaultConsumer consumer = consumers.get(consumers.size() - 1);
            consumer.getAsyncProcessor().process(consumer.createExchange(true), callback);
        }
    }

    private DefaultCamelContext context(ManualClusterService service, HandComponent hand) throws Exception {
        DefaultCamelContext context = new DefaultCamelContext();
        contexts.add(context);
        service.setStopBudgetMillis(400);
        context.addService(service, true, true);
        context.addComponent("hand", hand);
        addRoute(context);
        return context;
    }

    private static void addRoute(DefaultCamelContext context) throws Exception {
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:orders:hand:a").routeId("r").to("seda:out");
            }
        });
    }

    @Test
    void aContextWithARegistryHasMetersOfItsServicesAndRoutes() throws Exception {
        ManualClusterService service = new ManualClusterService("m1");
        HandComponent hand = new HandComponent();
        DefaultCamelContext context = context(service, hand);
        context.getRegistry().bind("simple", new SimpleMeterRegistry());
        CompositeMeterRegistry composite = new CompositeMeterRegistry();
        composite.add(registry);
        context.getRegistry().bind("zebra", composite);
        context.start();
        service.gain("orders");
        String[] route = {"lock", "orders", "route", "r"};
        until(() -> value("is.leader", "lock", "orders", "kind", "manual", "service", "m1") == 1);
        until(() -> value("delegate.starts", route) == 1);
        assertThat(value("delegate.start.failures", route)).isZero();
        assertThat(hand.deliver().getException()).isNull();
        assertThat(value("exchanges.rejected", route)).isZero();
        service.lose("orders");
        until(() -> value("is.leader", "lock", "orders") == 0);
        assertThat(hand.deliver().getException()).isNotNull();
        assertThat(value("exchanges.rejected", route)).isEqualTo(1);

        // The next consumer of the route begins anew, the counter goes on.
        context.getRouteController().stopRoute("r");
        context.getRouteController().startRoute("r");
        assertThat(value("exchanges.rejected", route)).isEqualTo(1);
        context.getRouteController().stopRoute("r");
        until(() -> meters(registry).stream().noneMatch(meter -> meter.contains("is.leader")));
        context.removeRoute("r");
        assertThat(meters(registry)).noneMatch(meter -> meter.contains("route"));
        assertThat(meters(registry)).anyMatch(meter -> meter.contains("watch.live"));
        context.stop();
        assertThat(meters(registry)).isEmpty();
    }

    @Test
    void routesAddedLaterHaveMetersAndFailedStartsAreCounted() throws Exception {
        ManualClusterService service = new ManualClusterService("m1");
        HandComponent hand = new HandComponent();
        DefaultCamelContext context = context(service, hand);
        context.getRegistry().bind("simple", registry);
        context.start();
        context.getComponent("master", io.github.camelmasterlite.master.MasterComponent.class)
                .setBackOffDelay(10);
        hand.failingStarts.set(2);
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:bills:hand:b").routeId("later").delay(200).to("seda:out");
            }
        });
        service.gain("bills");
        String[] route = {"lock", "bills", "route", "later"};
        until(() -> value("delegate.starts", route) == 3);
        assertThat(value("delegate.start.failures", route)).isEqualTo(2);
        AtomicInteger ended = new AtomicInteger();
        Thread delivering = new Thread(() -> hand.deliverAsync(doneSync -> ended.incrementAndGet()), "delivering");
        delivering.setDaemon(true);
        delivering.start();
        until(() -> value("exchanges.in.flight", route) == 1);
        until(() -> ended.get() == 1);
        assertThat(value("exchanges.in.flight", route)).isZero();
    }

    @Test
    void countersOfARouteThatIsStoppedAndStartedGoOnCounting() throws Exception {
        ManualClusterService service = new ManualClusterService("m1");
        HandComponent hand = new HandComponent();
        DefaultCamelContext context = context(service, hand);
        context.getRegistry().bind("simple", registry);
        context.start();
        String[] route = {"lock", "orders", "route", "r"};
        service.gain("orders");
        until(() -> value("delegate.starts", route) == 1);
        service.lose("orders");
        until(() -> value("is.leader", "lock", "orders") == 0);
        assertThat(hand.deliver().getException()).isNotNull();
        assertThat(value("exchanges.rejected", route)).isEqualTo(1);

        context.getRouteController().stopRoute("r");
        context.getRouteController().startRoute("r");
        collectGarbage(); // a registry knows only weakly what it counts
        service.gain("orders");
        until(() -> hand.consumers.size() == 2 && service.isLeader("orders"));
        until(() -> value("delegate.starts", route) == 2);
        service.lose("orders");
        until(() -> value("is.leader", "lock", "orders") == 0);
        assertThat(hand.deliver().getException()).isNotNull();
        assertThat(value("exchanges.rejected", route)).isEqualTo(2);
        assertThat(value("exchanges.in.flight", route)).isZero();
    }

    /** Returns when whatever nobody held when it was called has gone. */
    private static void collectGarbage() {
        WeakReference<Object> unheld = new WeakReference<>(new Object());
        until(() -> {
            System.gc();
            return unheld.get() == null;
        });
    }

    @Test
    void aRouteThatIsRemovedAndAddedAgainHasMetersThatBeginAtZero() throws Exception {
        ManualClusterService service = new ManualClusterService("m1");
        HandComponent hand = new HandComponent();
        DefaultCamelContext context = context(service, hand);
        context.getRegistry().bind("simple", registry);
        context.start();
        String[] route = {"lock", "orders", "route", "r"};
        service.gain("orders");
        until(() -> value("delegate.starts", route) == 1);
        List<String> before = metersOfRoutes();
        assertThat(before).hasSize(4);

        context.getRouteController().stopRoute("r");
        context.removeRoute("r");
        assertThat(metersOfRoutes()).isEmpty();
        addRoute(context);
        assertThat(metersOfRoutes()).isEqualTo(before);
        assertThat(value("delegate.starts", route)).isZero();
        service.gain("orders");
        until(() -> value("delegate.starts", route) == 1);
    }

    @Test
    void aRouteThatTakesThePlaceOfAnotherHasMetersAlsoIfTheRemovalWasNotHeardOf() throws Exception {
        ManualClusterService service = new ManualClusterService("m1");
        HandComponent hand = new HandComponent();
        DefaultCamelContext context = context(service, hand);
        context.getRegistry().bind("simple", registry);
        context.start();
        List<String> before = metersOfRoutes();
        assertThat(before).hasSize(4);
        MetricsOfRoutes metrics =
                Objects.requireNonNull(context.getCamelContextExtension().getContextPlugin(MetricsOfRoutes.class));
        context.getLifecycleStrategies().remove(metrics);

        context.getRouteController().stopRoute("r");
        context.removeRoute("r");
        addRoute(context);
        metrics.onRoutesAdd(context.getRoutes());
        assertThat(metersOfRoutes()).isEqualTo(before);
        service.gain("orders");
        until(() -> value("delegate.starts", "lock", "orders", "route", "r") == 1);
    }

    private List<String> metersOfRoutes() {
        return meters(registry).stream()
                .filter(meter -> meter.contains("tag(route=r)"))
                .toList();
    }

    @Test
    void aContextWithoutARegistryHasNoMeters() throws Exception {
        ManualClusterService service = new ManualClusterService("m1");
        DefaultCamelContext context = context(service, new HandComponent());
        context.start();
        service.gain("orders");
        until(() -> service.isLeader("orders"));
        assertThat(context.getRegistry().findByType(MeterRegistry.class)).isEmpty();
    }

    @Test
    void aServiceThatIsStartedAgainHasItsMetersAgain() throws Exception {
        ManualClusterService service = new ManualClusterService("m1");
        DefaultCamelContext context = context(service, new HandComponent());
        context.getRegistry().bind("simple", registry);
        context.start();
        assertThat(value("is.leader", "lock", "orders")).isZero();
        service.stop();
        assertThat(meters(registry)).noneMatch(meter -> meter.contains("is.leader"));
        service.start();
        assertThat(value("is.leader", "lock", "orders")).isZero();
    }
}
