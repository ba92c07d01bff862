package io.github.camelmasterlite.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.LeaseClusterService;
import io.github.camelmasterlite.cluster.LocalClusterService;
import io.github.camelmasterlite.engine.MemoryLeaseStore;
import io.github.camelmasterlite.store.FickleStore;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.main.Main;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** With the real health checks of Camel. */
class HealthOfServiceTest {

    private static final Duration BOUND = Duration.ofSeconds(10);

    private final MemoryLeaseStore.Shelf shelf = new MemoryLeaseStore.Shelf();
    private final DefaultCamelContext context = new DefaultCamelContext();

    @AfterEach
    void stop() {
        context.stop();
    }

    private static <S extends LeaseClusterService> S quick(S service, String id) {
        service.setId(id);
        service.setLeaseDurationMillis(1_500);
        service.setRenewDeadlineMillis(900);
        service.setRetryPeriodMillis(100);
        return service;
    }

    private LeadershipView view(LeaseClusterService service) throws Exception {
        context.addService(service, true, true);
        context.start();
        return service.getView("orders");
    }

    private HealthCheck.Result only() {
        return only(HealthCheckHelper.invokeReadiness(context, "full"));
    }

    private static HealthCheck.Result only(Collection<HealthCheck.Result> results) {
        List<HealthCheck.Result> ours = results.stream()
                .filter(result -> result.getCheck().getId().startsWith("leadership"))
                .toList();
        assertThat(ours).hasSize(1);
        return ours.get(0);
    }

    private static void until(Callable<Boolean> condition) {
        await().atMost(BOUND).pollInterval(Duration.ofMillis(10)).until(condition);
    }

    private void untilDown(String why) {
        await().atMost(BOUND).pollInterval(Duration.ofMillis(20)).untilAsserted(() -> {
            assertThat(only().getState()).isEqualTo(HealthCheck.State.DOWN);
            assertThat(only().getMessage())
                    .hasValueSatisfying(message -> assertThat(message).contains(why));
        });
    }

    private void untilUp() {
        until(() -> only().getState() == HealthCheck.State.UP);
    }

    @Test
    void aLeaderAndAFollowerAreUp() throws Exception {
        LeadershipView leader = view(quick(new LeaseClusterService(new FickleStore(shelf)), "m1"));
        until(leader::isLeader);
        assertThat(only().getState()).isEqualTo(HealthCheck.State.UP);
        assertThat(only().getCheck().getId()).isEqualTo("leadership-m1");
        assertThat(only().getDetails())
                .containsEntry("locks.leading", 1L)
                .containsEntry(HealthCheck.CHECK_KIND, HealthCheck.Kind.READINESS);
        try (DefaultCamelContext other = new DefaultCamelContext()) {
            LeaseClusterService follower = quick(new LeaseClusterService(new FickleStore(shelf)), "m2");
            other.addService(follower, true, true);
            other.start();
            LeadershipView view = follower.getView("orders");
            until(() -> view.getLeader().isPresent());
            HealthCheck.Result result = only(HealthCheckHelper.invoke(other, "full"));
            assertThat(result.getState()).isEqualTo(HealthCheck.State.UP);
            assertThat(result.getDetails().get("lock.orders")).asString().startsWith("following, leader m1");
        }
    }

    @Test
    void aLeaderThatHearsNothingOfItsStoreIsDownAndUpAgainWhenItDoes() throws Exception {
        FickleStore store = new FickleStore(shelf);
        LeadershipView view = view(quick(new LeaseClusterService(store), "m1"));
        until(view::isLeader);
        store.silent = true;
        untilDown("orders");
        untilDown("1.5 s"); // the limit, or for how long there is a problem that nobody answers
        store.silent = false;
        untilUp();
    }

    @Test
    void aMissingPermissionIsDownWithItsReason() throws Exception {
        FickleStore store = new FickleStore(shelf);
        store.readOnly = true;
        view(quick(new LeaseClusterService(store), "m1"));
        untilDown("forbidden: grant update on leases");
        store.readOnly = false;
        untilUp();
    }

    @Test
    void aServiceStoppedByHandIsDownUntilItIsStartedOrRemoved() throws Exception {
        LeaseClusterService service = quick(new LeaseClusterService(new FickleStore(shelf)), "m1");
        LeadershipView view = view(service);
        until(view::isLeader);
        service.stop();
        untilDown("service is stopped");
        service.start();
        untilUp();
        context.removeService(service);
        service.stop();
        assertThat(HealthCheckHelper.invoke(context, "full"))
                .noneMatch(result -> result.getCheck().getId().startsWith("leadership"));
    }

    @Test
    void aViewStoppedByHandIsUp() throws Exception {
        LeaseClusterService service = quick(new LeaseClusterService(new FickleStore(shelf)), "m1");
        LeadershipView view = view(service);
        until(view::isLeader);
        service.stopView("orders");
        assertThat(only().getState()).isEqualTo(HealthCheck.State.UP);
        assertThat(only().getDetails()).containsEntry("locks.stopped", 1L).containsEntry("lock.orders", "stopped");
    }

    @Test
    void livenessIsNotAffected() throws Exception {
        FickleStore store = new FickleStore(shelf);
        store.readOnly = true;
        view(quick(new LeaseClusterService(store), "m1"));
        untilDown("forbidden");
        assertThat(HealthCheckHelper.invokeLiveness(context, "full"))
                .noneMatch(result -> result.getCheck().getId().startsWith("leadership"))
                .noneMatch(result -> result.getState() == HealthCheck.State.DOWN);
    }

    @Test
    void eachServiceHasItsOwnCheckAlsoIfTheyAreCalledTheSame() throws Exception {
        context.addService(quick(new LeaseClusterService(new FickleStore(shelf)), "m1"), true, true);
        context.addService(quick(new LocalClusterService("health-" + this), "m1"), true, true);
        context.start();
        assertThat(HealthCheckHelper.invoke(context, "full"))
                .extracting(result -> result.getCheck().getId())
                .contains("leadership-m1", "leadership-m1-2");
    }

    @Test
    void checksCanBeExcluded() throws Exception {
        FickleStore store = new FickleStore(shelf);
        store.readOnly = true;
        view(quick(new LeaseClusterService(store), "m1"));
        untilDown("forbidden");
        HealthCheckRegistry registry = Objects.requireNonNull(HealthCheckRegistry.get(context));
        registry.setExcludePattern("leadership-*");
        assertThat(HealthCheckHelper.invoke(context, "full"))
                .noneMatch(result -> result.getCheck().getId().startsWith("leadership"));
        registry.setExcludePattern(null);
        registry.getRepository("leadership").orElseThrow().setEnabled(false);
        assertThat(HealthCheckHelper.invoke(context, "full"))
                .noneMatch(result -> result.getCheck().getId().startsWith("leadership"));
    }

    @Test
    void aDisabledCheckIsUnknown() throws Exception {
        view(quick(new LeaseClusterService(new FickleStore(shelf)), "m1"));
        only().getCheck().setEnabled(false);
        assertThat(only().getState()).isEqualTo(HealthCheck.State.UNKNOWN);
    }

    @Test
    void theRepositoryIsFoundByItsId() {
        context.start();
        HealthCheckRegistry registry = Objects.requireNonNull(HealthCheckRegistry.get(context));
        assertThat(registry.resolveById("leadership")).isInstanceOf(HealthRepository.class);
    }

    @Test
    void camelMainFindsTheChecksByItself() throws Exception {
        Main main = new Main();
        main.addInitialProperty("camel.health.exposureLevel", "full");
        main.bind("service", quick(new LocalClusterService("health-main"), "m1"));
        main.configure().addRoutesBuilder(new org.apache.camel.builder.RouteBuilder() {
            @Override
            public void configure() {
                from("master:orders:timer:clock?period=50").routeId("clock").to("mock:out");
            }
        });
        main.start();
        try {
            until(() -> only(HealthCheckHelper.invoke(main.getCamelContext()))
                    .getDetails()
                    .containsValue(1L));
            assertThat(only(HealthCheckHelper.invoke(main.getCamelContext())).getState())
                    .isEqualTo(HealthCheck.State.UP);
            assertThat(HealthCheckHelper.invoke(main.getCamelContext()))
                    .filteredOn(result -> result.getCheck().getId().equals("consumer:clock"))
                    .singleElement()
                    .satisfies(result -> assertThat(result.getDetails()).containsEntry("lock", "orders"));
        } finally {
            main.stop();
        }
    }
}
