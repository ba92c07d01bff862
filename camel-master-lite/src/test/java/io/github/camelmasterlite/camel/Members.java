package io.github.camelmasterlite.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.LeaseClusterService;
import io.github.camelmasterlite.cluster.LocalClusterService;
import io.github.camelmasterlite.engine.MemoryLeaseStore;
import io.github.camelmasterlite.store.FickleStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.apache.camel.ServiceStatus;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.jspecify.annotations.Nullable;

/** The members of one cluster: contexts of this JVM that compete for locks through a cluster service of this project, and one ledger of their work. */
final class Members implements AutoCloseable {

    /** Through which service the members compete. */
    enum Kind {
        /** {@link LocalClusterService}. */
        LOCAL,
        /** {@link LeaseClusterService} over one shelf of records, from which a member may be cut off. */
        LEASE
    }

    /** More than anything here takes on a busy machine: a lease and some seconds. */
    static final Duration SOON = Duration.ofSeconds(15);

    /** How long something that must not happen is given to happen. */
    static final Duration WHILE = Duration.ofMillis(200);

    static final long STOP_BUDGET_MILLIS = 1_000;

    static final long SHUTDOWN_TIMEOUT_SECONDS = 20;

    /** One context and all that belongs to it. */
    static final class Member {

        final String id;
        final DefaultCamelContext context = new DefaultCamelContext();
        final LeaseClusterService service;
        final WorkComponent work;
        private final @Nullable FickleStore line;

        private Member(String id, LeaseClusterService service, WorkComponent work, @Nullable FickleStore line) {
            this.id = id;
            this.service = service;
            this.work = work;
            this.line = line;
        }

        Member routes(RouteBuilder routes) throws Exception {
            context.addRoutes(routes);
            return this;
        }

        Member start() {
            context.start();
            return this;
        }

        /** From now on no call to the store is answered, and no change is reported. */
        void cutOff() {
            Objects.requireNonNull(line, "only members over a shelf can be cut off").silent = true;
        }

        /** Ends what {@link #cutOff} began. */
        void reconnect() {
            Objects.requireNonNull(line, "only members over a shelf can be cut off").silent = false;
        }

        void resign(String lock, Duration coolDown) throws Exception {
            LeadershipView view = service.getView(lock);
            view.resign(coolDown);
            service.releaseView(view);
        }

        ServiceStatus status(String routeId) {
            return context.getRouteController().getRouteStatus(routeId);
        }
    }

    private final Kind kind;
    private final String cluster = "cluster-" + UUID.randomUUID();
    private final MemoryLeaseStore.Shelf shelf = new MemoryLeaseStore.Shelf();
    private final List<Member> members = new ArrayList<>();
    private final List<CountDownLatch> gates = new ArrayList<>();

    final WorkComponent.Ledger ledger = new WorkComponent.Ledger();

    Members(Kind kind) {
        this.kind = kind;
    }

    /** A member whose service is one of its context. */
    Member member(String id) throws Exception {
        Member member = memberWithoutService(id);
        member.context.addService(member.service);
        return member;
    }

    /** A member whose service is known to nobody yet. */
    Member memberWithoutService(String id) {
        FickleStore line = kind == Kind.LEASE ? new FickleStore(shelf) : null;
        LeaseClusterService service = line == null ? new LocalClusterService(cluster) : new LeaseClusterService(line);
        service.setId(id);
        service.setLeaseDurationMillis(3_000);
        service.setRenewDeadlineMillis(1_500);
        service.setRetryPeriodMillis(300);
        service.setStopBudgetMillis(STOP_BUDGET_MILLIS);
        Member member = new Member(id, service, new WorkComponent(ledger, id), line);
        member.context.addComponent("work", member.work);
        member.context.getShutdownStrategy().setTimeout(SHUTDOWN_TIMEOUT_SECONDS);
        members.add(member);
        return member;
    }

    /** A gate that is opened at the end of the test at the latest. */
    CountDownLatch gate() {
        CountDownLatch gate = new CountDownLatch(1);
        gates.add(gate);
        return gate;
    }

    /** The member that runs the work called {@code name}, once one does. */
    Member runs(String name) {
        until(() -> ledger.runs(name) != null);
        String id = Objects.requireNonNull(ledger.runs(name));
        return members.stream()
                .filter(member -> member.id.equals(id))
                .findFirst()
                .orElseThrow();
    }

    /** Whoever is not {@code other}, of two. */
    Member otherThan(Member other) {
        return members.stream().filter(member -> member != other).findFirst().orElseThrow();
    }

    /** The promise that all of these tests share. */
    void checkNeverTwoAtOnce() {
        assertThat(ledger.mostActive())
                .as("consumers of one lock at work at the same time")
                .isLessThanOrEqualTo(1);
    }

    static void until(Callable<Boolean> condition) {
        await().atMost(SOON).pollInterval(Duration.ofMillis(5)).until(condition);
    }

    static void stays(Callable<Boolean> condition) {
        await().during(WHILE).atMost(SOON).pollInterval(Duration.ofMillis(10)).until(condition);
    }

    static RouteBuilder routes(Consumer<RouteBuilder> routes) {
        return new RouteBuilder() {
            @Override
            public void configure() {
                routes.accept(this);
            }
        };
    }

    /** A member that cannot be stopped any more. */
    void leave(Member stuck) {
        members.remove(stuck);
    }

    @Override
    public void close() {
        gates.forEach(CountDownLatch::countDown);
        for (Member member : members) {
            member.context.stop();
            member.service.stop();
        }
        checkNeverTwoAtOnce();
    }
}
