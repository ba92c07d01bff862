package io.github.camelmasterlite.master;

import static io.github.camelmasterlite.master.MasterFixture.until;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.LocalClusterService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A context stops with exchanges in flight while another member waits for the lock: the lock outlives the last of them. */
class MasterDrainTest {

    private static final int EXCHANGES = 20;
    private static final long WORK_MILLIS = 2_000;

    private static final long LEASE_MILLIS = 3_000;
    private static final long RENEW_MILLIS = 2_000;
    private static final long DRAIN_MILLIS = 1_000;

    /** Far more than the drain of a context and a take-over need. */
    private static final Duration LONG = Duration.ofSeconds(30);

    /** One exchange that has ended, and what it found then. */
    private record Ended(long beganNanos, long endedNanos, boolean leading, boolean tokenValid, boolean failed) {}

    private final String cluster = "drain-" + UUID.randomUUID();
    private final List<Ended> ended = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch gate = new CountDownLatch(1);
    private final CountDownLatch arrived = new CountDownLatch(EXCHANGES);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final List<Member> members = new ArrayList<>();

    private final class Member {
        final LocalClusterService service = new LocalClusterService(cluster);
        final DefaultCamelContext context = new DefaultCamelContext();
        final LeadershipView view = service.getView("lock1");
        final CompletableFuture<Long> firstExchangeNanos = new CompletableFuture<>();

        Member(String id) throws Exception {
            service.setId(id);
            context.addService(service, true, true);
            members.add(this);
        }

        Member start(RouteBuilder routes) throws Exception {
            context.addRoutes(routes);
            context.start();
            return this;
        }

        void send(int number) {
            ProducerTemplate template = context.createProducerTemplate();
            for (int i = 0; i < number; i++) {
                template.sendBody("seda:x", i);
            }
        }
    }

    @BeforeEach
    void listen() {
        log.start();
        ((Logger) LoggerFactory.getLogger("io.github.camelmasterlite")).addAppender(log);
    }

    @AfterEach
    void stop() {
        gate.countDown();
        ((Logger) LoggerFactory.getLogger("io.github.camelmasterlite")).detachAppender(log);
        members.forEach(member -> member.context.stop());
    }

    /** Leads, with {@link #EXCHANGES} in the route of it: they pass {@code work} in the route or, if {@code further}, in the next one. */
    private Member leader(boolean further) throws Exception {
        Member leader = new Member("leader");
        return leader.start(new RouteBuilder() {
            @Override
            public void configure() {
                if (further) {
                    from("master:lock1:seda:x?concurrentConsumers=20").to("seda:y");
                    from("seda:y?concurrentConsumers=20").process(exchange -> work(leader, exchange));
                } else {
                    from("master:lock1:seda:x?concurrentConsumers=20").process(exchange -> work(leader, exchange));
                }
            }
        });
    }

    private void work(Member leader, Exchange exchange) throws Exception {
        long began = System.nanoTime();
        arrived.countDown();
        assertThat(gate.await(WORK_MILLIS, TimeUnit.MILLISECONDS)).isFalse();
        Long token = exchange.getIn().getHeader(MasterConstants.FENCING_TOKEN, Long.class);
        LeadershipView view = leader.view;
        boolean leading = view.isLeader();
        boolean tokenValid = token != null && token == view.leadership().fencingToken();
        ended.add(new Ended(began, System.nanoTime(), leading, tokenValid, exchange.isFailed()));
    }

    /** Waits for the lock with exchanges to work off. */
    private Member follower() throws Exception {
        Member follower = new Member("follower");
        follower.start(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock1:seda:x")
                        .process(exchange -> follower.firstExchangeNanos.complete(System.nanoTime()));
            }
        });
        follower.service.releaseView(follower.view);
        follower.send(1);
        return follower;
    }

    /** An exchange that heeds neither the stop nor an interrupt, and ends when the gate opens. */
    private Member leaderWithAnExchangeThatRunsOn(long drainTimeoutMillis) throws Exception {
        Member leader = new Member("leader");
        leader.service.setDrainTimeoutMillis(drainTimeoutMillis);
        leader.service.setLeaseDurationMillis(LEASE_MILLIS);
        leader.service.setRenewDeadlineMillis(RENEW_MILLIS);
        leader.service.setRetryPeriodMillis(200);
        leader.context.getShutdownStrategy().setTimeout(1);
        leader.start(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock1:seda:x").process(exchange -> runOn(leader));
            }
        });
        leader.service.releaseView(leader.view);
        until(() -> leader.service.isLeader("lock1"));
        leader.send(1);
        until(() -> arrived.getCount() < EXCHANGES);
        return leader;
    }

    private void runOn(Member leader) {
        long began = System.nanoTime();
        arrived.countDown();
        boolean open = false;
        while (!open) {
            try {
                open = gate.await(LONG.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                // Forgotten: work like this is what time-outs are for.
            }
        }
        ended.add(new Ended(began, System.nanoTime(), leader.view.isLeader(), true, false));
    }

    @Test
    void aShutdownThatTimesOutSaysSoAndKeepsTheLockUntilTheWorkHasEnded() throws Exception {
        Member leader = leaderWithAnExchangeThatRunsOn(45_000);
        Member follower = follower();

        leader.context.stop();

        assertThat(messages())
                .anyMatch(line ->
                        line.contains("1 exchange(s) still run after the consumer has stopped. The lock is kept"));
        assertThat(messages()).anyMatch(line -> line.contains("locks of leader are not released after"));
        // Longer than the lease: it is being renewed although the context has stopped.
        Awaitility.await()
                .during(Duration.ofMillis(LEASE_MILLIS + 500))
                .atMost(LONG)
                .until(() -> !follower.service.isLeader("lock1"));
        gate.countDown();
        long first = follower.firstExchangeNanos.get(LONG.toSeconds(), TimeUnit.SECONDS);
        assertThat(ended).hasSize(1);
        assertThat(first).isGreaterThan(ended.get(0).endedNanos());
        System.out.printf(
                "stop timed out: first exchange of the next leader %d ms after the last of the former%n",
                TimeUnit.NANOSECONDS.toMillis(first - ended.get(0).endedNanos()));
    }

    @Test
    void whatDoesNotEndAtAllKeepsTheLockUntilTheLeaseHasRunOut() throws Exception {
        Member leader = leaderWithAnExchangeThatRunsOn(DRAIN_MILLIS);
        Member follower = follower();

        long stopNanos = System.nanoTime();
        leader.context.stop();

        long first = follower.firstExchangeNanos.get(LONG.toSeconds(), TimeUnit.SECONDS);
        long waitedMillis = TimeUnit.NANOSECONDS.toMillis(first - stopNanos);
        System.out.printf("work that does not end: the next leader begins %d ms after the stop%n", waitedMillis);
        // The last renewal is at most one interval older than the end of the patience of the leader.
        assertThat(waitedMillis).isGreaterThan(DRAIN_MILLIS + LEASE_MILLIS - (long) (RENEW_MILLIS / 2 * 1.2));
        assertThat(ended).isEmpty();
        assertThat(messages())
                .anyMatch(line ->
                        line.contains("1 exchange(s) still run after the consumer has stopped. The lock is kept"));
    }

    private List<String> messages() {
        return List.copyOf(log.list).stream()
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private void allEndUnderLeadershipBeforeTheNextBegins(boolean further) throws Exception {
        Member leader = leader(further);
        until(() -> leader.service.isLeader("lock1"));
        Member follower = follower();
        leader.send(EXCHANGES);
        assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
        leader.service.releaseView(leader.view); // the route has a reference of its own

        long stopNanos = System.nanoTime();
        leader.context.stop();
        long stoppedNanos = System.nanoTime();

        long first = follower.firstExchangeNanos.get(LONG.toSeconds(), TimeUnit.SECONDS);
        assertThat(ended).hasSize(EXCHANGES);
        assertThat(ended).allSatisfy(exchange -> {
            assertThat(exchange.leading()).as("leading at its end").isTrue();
            assertThat(exchange.tokenValid()).as("token valid at its end").isTrue();
            assertThat(exchange.failed()).isFalse();
        });
        long last = ended.stream().mapToLong(Ended::endedNanos).max().orElseThrow();
        assertThat(last).as("the last exchange ends during the stop").isGreaterThan(stopNanos);
        assertThat(first).as("the next leader's first exchange").isGreaterThan(last);
        System.out.printf(
                "%s: stop %d ms, last exchange %d ms after it began, first of the next leader %d ms after that%n",
                further ? "through a second route" : "20 in flight",
                TimeUnit.NANOSECONDS.toMillis(stoppedNanos - stopNanos),
                TimeUnit.NANOSECONDS.toMillis(last - stopNanos),
                TimeUnit.NANOSECONDS.toMillis(first - last));
    }

    @Test
    void exchangesInFlightEndUnderLeadershipBeforeTheNextLeaderBegins() throws Exception {
        allEndUnderLeadershipBeforeTheNextBegins(false);
    }

    @Test
    void soDoThoseThatGoOnInAnotherRouteOfTheContext() throws Exception {
        allEndUnderLeadershipBeforeTheNextBegins(true);
    }
}
