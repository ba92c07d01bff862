package io.github.camelmasterlite.camel;

import static io.github.camelmasterlite.camel.Members.SOON;
import static io.github.camelmasterlite.camel.Members.routes;
import static io.github.camelmasterlite.camel.Members.stays;
import static io.github.camelmasterlite.camel.Members.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.camel.Members.Kind;
import io.github.camelmasterlite.camel.Members.Member;
import io.github.camelmasterlite.master.LeadershipLostException;
import io.github.camelmasterlite.master.MasterComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.PollingConsumer;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultPollingEndpoint;
import org.apache.camel.support.PollingConsumerSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumers of all kinds behind {@code master:}, in two contexts, those that misbehave included. */
class DelegatesTest {

    private static final Duration COOL_DOWN = Duration.ofMinutes(1);

    private final Members members = new Members(Kind.LEASE);
    private final CapturedLog log = new CapturedLog();

    /** What was delivered: {@code member body}. */
    private final List<String> delivered = new CopyOnWriteArrayList<>();

    private Member one = members.memberWithoutService("not used");
    private Member two = one;

    @TempDir
    Path folder;

    @BeforeEach
    void make() throws Exception {
        one = members.member("one");
        two = members.member("two");
    }

    @AfterEach
    void stop() {
        log.close();
        members.close();
    }

    /** Starts both contexts with one route, "one" first, which therefore leads. */
    private void both(String from) throws Exception {
        for (Member member : List.of(one, two)) {
            member.routes(routes(r -> r.from(from)
                    .routeId("route1")
                    .process(exchange ->
                            delivered.add(member.id + " " + exchange.getIn().getBody(String.class)))));
        }
        one.start();
        until(() -> one.service.isLeader("lock1"));
        two.start();
    }

    private boolean delivers(Member member) {
        return delivered.stream().anyMatch(what -> what.startsWith(member.id + " "));
    }

    private Member leader() {
        return one.service.isLeader("lock1") ? one : two;
    }

    // ---- that behave

    @ParameterizedTest
    @ValueSource(
            strings = {
                "timer:t?period=20&delay=0",
                "scheduler:s?delay=20&initialDelay=0",
                "quartz:q?trigger.repeatInterval=20&trigger.repeatCount=-1",
                "polled:p?delay=20&initialDelay=0"
            })
    void whatRunsByTheClockRunsInOneContextAtATime(String delegate) throws Exception {
        for (Member member : List.of(one, two)) {
            member.context.addComponent("polled", new PolledComponent());
        }
        both("master:lock1:" + delegate);
        until(() -> delivers(one));
        stays(() -> !delivers(two));

        one.resign("lock1", COOL_DOWN);
        until(() -> delivers(two));
        int last = delivered.lastIndexOf(delivered.stream()
                .filter(what -> what.startsWith("one "))
                .reduce((before, after) -> after)
                .orElseThrow());
        assertThat(delivered.subList(0, last + 1)).allMatch(what -> what.startsWith("one "));
        long fromOne =
                delivered.stream().filter(what -> what.startsWith("one ")).count();
        stays(() -> delivered.stream().filter(what -> what.startsWith("one ")).count() == fromOne);
    }

    @Test
    void filesOfASharedFolderAreTakenOnceEachWhileTheLockMoves() throws Exception {
        both("master:lock1:file:" + folder + "?delay=10&initialDelay=0&readLock=none");
        for (int i = 0; i < 60; i++) {
            Files.writeString(folder.resolve("file" + i), "f" + i);
            if (i == 20 || i == 40) {
                Member former = leader();
                until(() -> delivers(former));
                former.resign("lock1", Duration.ZERO);
                until(() -> leader().service.isLeader("lock1"));
            }
        }
        until(() -> delivered.size() >= 60);
        stays(() -> delivered.size() == 60);
        assertThat(delivered.stream().map(what -> what.substring(4)).distinct()).hasSize(60);
    }

    @Test
    void aQueueOfAContextIsConsumedWhereTheLockIs() throws Exception {
        both("master:lock1:seda:in?pollTimeout=10");
        one.context.createProducerTemplate().sendBody("seda:in?pollTimeout=10", "a");
        two.context.createProducerTemplate().sendBody("seda:in?pollTimeout=10", "b");
        until(() -> delivered.equals(List.of("one a")));
        stays(() -> delivered.size() == 1);

        one.context.stop();

        until(() -> delivered.equals(List.of("one a", "two b")));
    }

    /** {@code polled:name}: an endpoint that has a polling consumer only, which Camel polls for the route. */
    private static final class PolledComponent extends DefaultComponent {
        @Override
        protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
            return new DefaultPollingEndpoint(uri, this) {
                @Override
                public Producer createProducer() {
                    throw new UnsupportedOperationException();
                }

                @Override
                public PollingConsumer createPollingConsumer() {
                    return new Polled(this);
                }
            };
        }
    }

    /** Has one message for each time it is polled. */
    private static final class Polled extends PollingConsumerSupport {

        private boolean isNextThere;

        Polled(Endpoint endpoint) {
            super(endpoint);
        }

        @Override
        public Exchange receive() {
            throw new UnsupportedOperationException("Camel asks without waiting");
        }

        @Override
        public Exchange receive(long timeout) {
            throw new UnsupportedOperationException("Camel asks without waiting");
        }

        @Override
        @SuppressWarnings("NullAway") // null is how it says that there is nothing
        public Exchange receiveNoWait() {
            isNextThere = !isNextThere;
            if (!isNextThere) {
                return null;
            }
            Exchange exchange = getEndpoint().createExchange();
            exchange.getIn().setBody("polled");
            return exchange;
        }

        @Override
        protected void doStart() {}

        @Override
        protected void doStop() {}
    }

    // ---- that do not

    private void master(Member member, int attempts, long backOffMillis) {
        MasterComponent master = member.context.getComponent("master", MasterComponent.class);
        master.setBackOffMaxAttempts(attempts);
        master.setBackOffDelay(backOffMillis);
    }

    private void refuses(WorkComponent.WorkConsumer consumer) {
        assertThat(consumer.deliver("late"))
                .succeedsWithin(SOON)
                .extracting(Exchange::getException)
                .isInstanceOf(LeadershipLostException.class);
        assertThat(delivered).isEmpty();
    }

    private CompletableFuture<Void> stopped(Member member) {
        return CompletableFuture.runAsync(member.context::stop);
    }

    @Test
    void aMemberWhoseConsumerCannotStartLeavesItToAnother() throws Exception {
        master(one, 3, 50);
        one.work.failingStarts.set(Integer.MAX_VALUE);

        both("master:lock1:work:a");

        until(() -> "two".equals(members.ledger.runs("a")));
        assertThat(one.work.consumers).hasSizeGreaterThanOrEqualTo(3);
        assertThat(log.warned("Lock lock1", "route1", "could not be started in 3 attempts"))
                .isTrue();
    }

    @Test
    void aConsumerThatFailsToStopIsDroppedAndTheLockMoves() throws Exception {
        both("master:lock1:work:a");
        until(() -> "one".equals(members.ledger.runs("a")));
        one.work.failingStops.set(1);

        one.resign("lock1", COOL_DOWN);

        until(() -> "two".equals(members.ledger.runs("a")));
        assertThat(log.warned("Lock lock1", "route1", "failed to stop")).isTrue();
        refuses(one.work.last());
    }

    @Test
    void aConsumerThatNeverStopsDeliversNothingOnceItsTenureHasEnded() throws Exception {
        both("master:lock1:work:a");
        until(() -> "one".equals(members.ledger.runs("a")));
        CountDownLatch gate = members.gate();
        one.work.stopGate = gate;

        one.resign("lock1", COOL_DOWN);

        until(() -> log.warned("Lock lock1", "route1", "has not stopped", Members.STOP_BUDGET_MILLIS + " ms"));
        refuses(one.work.last());
        // Its lock is kept: nobody knows what it still does.
        stays(() -> !two.work.hasRun());
        gate.countDown();
        until(() -> "two".equals(members.ledger.runs("a")));
    }

    @Test
    void aConsumerThatNeverStopsDoesNotKeepItsRouteFromStopping() throws Exception {
        // The lock stays with this member through its other route: only the closed door keeps the consumer out.
        one.routes(routes(r -> r.from("master:lock1:work:b").routeId("route2").to("log:b?level=DEBUG")));
        both("master:lock1:work:a");
        until(() -> "one".equals(members.ledger.runs("a")) && "one".equals(members.ledger.runs("b")));
        WorkComponent.WorkConsumer stuck = one.work.consumers.stream()
                .filter(consumer -> consumer.getEndpoint().getEndpointUri().contains("work://a"))
                .findFirst()
                .orElseThrow();
        CountDownLatch gate = members.gate();
        one.work.stopGate = gate;

        CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> {
            try {
                one.context.getRouteController().stopRoute("route1");
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });

        assertThat(stopped).succeedsWithin(SOON);
        until(() -> log.warned("Lock lock1", "route1", "has not", Members.STOP_BUDGET_MILLIS + " ms"));
        assertThat(one.service.isLeader("lock1")).isTrue();
        refuses(stuck);
        gate.countDown();
        until(() -> members.ledger.runs("a") == null);
        assertThat(members.ledger.runs("b")).isEqualTo("one");
    }

    @Test
    void aConsumerThatNeverStopsDoesNotKeepItsContextFromStoppingAndKeepsItsLock() throws Exception {
        both("master:lock1:work:a");
        until(() -> "one".equals(members.ledger.runs("a")));
        CountDownLatch gate = members.gate();
        one.work.stopGate = gate;

        CompletableFuture<Void> stopped = stopped(one);

        // Suspended and stopped at the cost of one stop budget each, then the service waits for one and a second more.
        assertThat(stopped).succeedsWithin(Duration.ofMillis(3 * Members.STOP_BUDGET_MILLIS + 1_000 + 5_000));
        assertThat(log.warned("Lock lock1", "route1", "has not", Members.STOP_BUDGET_MILLIS + " ms"))
                .isTrue();
        refuses(one.work.last());
        assertThat(two.work.hasRun()).isFalse();
        gate.countDown();
        until(() -> "two".equals(members.ledger.runs("a")));
    }

    @Test
    void aConsumerThatNeverStartsIsReportedAndDoesNotKeepItsContextFromStopping() throws Exception {
        master(one, 10, 50);
        CountDownLatch gate = members.gate();
        one.work.startGate = gate;
        both("master:lock1:work:a");

        until(() -> log.warned("Lock lock1", "route1", "has not been started"));
        CompletableFuture<Void> stopped = stopped(one);

        assertThat(stopped).succeedsWithin(Duration.ofMillis(3 * Members.STOP_BUDGET_MILLIS + 1_000 + 5_000));
        refuses(one.work.last());
        assertThat(two.work.hasRun()).isFalse();
        gate.countDown();
        until(() -> "two".equals(members.ledger.runs("a")));
        assertThat(Objects.requireNonNull(members.ledger.events).get(0)).isEqualTo("one a start");
    }
}
