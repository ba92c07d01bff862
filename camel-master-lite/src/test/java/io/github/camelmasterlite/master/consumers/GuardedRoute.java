package io.github.camelmasterlite.master.consumers;

import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.cluster.ManualClusterService;
import io.github.camelmasterlite.master.LeadershipLostException;
import io.github.camelmasterlite.master.MasterConsumer;
import io.github.camelmasterlite.master.Waiting;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.support.EventNotifierSupport;

/** One route on {@code master:lock1:...} with a consumer of Camel behind it, and a cluster service in which the test decides. */
final class GuardedRoute implements AutoCloseable {

    /** More than anything here takes on a busy machine. */
    static final Duration SOON = Duration.ofSeconds(15);

    /** How long something that must not happen is given to happen. */
    static final Duration WHILE = Duration.ofMillis(200);

    /** How long an exchange waits for a verdict at most; also a quarter of it is longer than any test lets it. */
    static final Duration PATIENCE = Duration.ofSeconds(100);

    static final String LOCK = "lock1";

    final DefaultCamelContext context = new DefaultCamelContext();
    final ManualClusterService service = new ManualClusterService("member1");

    /** The bodies that were routed, in this order. */
    final List<String> routed = new CopyOnWriteArrayList<>();

    /** The ids of the exchanges that the guard rejected, in this order. */
    final List<String> rejected = new CopyOnWriteArrayList<>();

    GuardedRoute() {
        try {
            service.setStopBudgetMillis(PATIENCE.toMillis());
            context.addService(service, true, true);
            context.getManagementStrategy().addEventNotifier(new Rejections());
            context.getShutdownStrategy().setTimeout(20);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Starts a route that records the bodies it gets, and gains the lock. */
    GuardedRoute lead(String delegate, String query) {
        return lead(delegate, query, exchange -> {});
    }

    /** As {@link #lead(String, String)}; {@code then} sees an exchange after it was recorded. */
    GuardedRoute lead(String delegate, String query, Processor then) {
        return lead(new RouteBuilder() {
            @Override
            public void configure() {
                from(uri(delegate, query))
                        .routeId("route1")
                        .process(GuardedRoute.this::record)
                        .process(then);
            }
        });
    }

    GuardedRoute lead(RouteBuilder routes) {
        try {
            context.addRoutes(routes);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        context.start();
        service.gain(LOCK);
        return this;
    }

    static String uri(String delegate, String query) {
        return "master:" + LOCK + ":" + delegate + (delegate.contains("?") ? "&" : "?") + query;
    }

    void record(Exchange exchange) {
        routed.add(String.valueOf(exchange.getIn().getBody(String.class)));
    }

    /** Authority becomes unverified, as after a pause of the process; the consumer goes on delivering. */
    void suspendAuthority() {
        service.suspendAuthority(LOCK);
        until(() -> !service.isLeader(LOCK));
    }

    /** The verdict: this member still leads. */
    void confirm() {
        service.confirmAuthority(LOCK);
        until(() -> service.isLeader(LOCK));
    }

    /** The verdict: the lock is lost. Returns when the consumer has stopped and an exchange has been rejected. */
    void lose() {
        int before = service.releases(LOCK);
        service.lose(LOCK);
        until(() -> service.releases(LOCK) > before && !rejected.isEmpty() && Waiting.in(consumer()) == 0);
    }

    /** A new tenure begins. */
    void gainAgain() {
        service.gain(LOCK);
    }

    /** Waits until an exchange waits for the verdict. */
    void untilSomethingWaits() {
        until(() -> Waiting.in(consumer()) > 0);
    }

    void untilRouted(String... bodies) {
        until(() -> routed.equals(List.of(bodies)));
    }

    MasterConsumer consumer() {
        return (MasterConsumer)
                Objects.requireNonNull(context.getRoute("route1")).getConsumer();
    }

    void send(String uri, Object body) {
        context.createProducerTemplate().sendBody(uri, body);
    }

    static void until(Callable<Boolean> condition) {
        await().atMost(SOON).pollInterval(Duration.ofMillis(2)).until(condition);
    }

    static void stays(Callable<Boolean> condition) {
        await().during(WHILE).atMost(SOON).pollInterval(Duration.ofMillis(10)).until(condition);
    }

    @Override
    public void close() {
        context.stop();
    }

    private final class Rejections extends EventNotifierSupport {

        @Override
        public boolean isEnabled(CamelEvent event) {
            return event instanceof CamelEvent.ExchangeFailedEvent;
        }

        @Override
        public void notify(CamelEvent event) {
            CamelEvent.ExchangeFailedEvent failed = (CamelEvent.ExchangeFailedEvent) event;
            if (failed.getExchange().getException() instanceof LeadershipLostException) {
                rejected.add(failed.getExchange().getExchangeId());
            }
        }
    }
}
