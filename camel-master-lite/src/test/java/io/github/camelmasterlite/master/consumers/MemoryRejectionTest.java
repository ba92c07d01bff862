package io.github.camelmasterlite.master.consumers;

import static io.github.camelmasterlite.master.consumers.GuardedRoute.stays;
import static io.github.camelmasterlite.master.consumers.GuardedRoute.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.master.LeadershipLostException;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.component.seda.SedaEndpoint;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.ScheduledPollConsumer;
import org.apache.camel.support.SynchronizationAdapter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Consumers that read from memory, or from nowhere: timer, scheduler, seda, direct, a poller of one's own. */
class MemoryRejectionTest {

    private final GuardedRoute route = new GuardedRoute();

    @AfterEach
    void stop() {
        route.close();
    }

    // ---- ticks

    private void leadTicks(String uri, String guard) {
        route.lead(uri, "master.guard=" + guard);
        until(() -> route.routed.size() > 2);
        route.suspendAuthority();
    }

    private void ticksThatWaitAreLost(String uri) {
        leadTicks(uri, "wait");
        route.untilSomethingWaits();
        int routed = route.routed.size();

        route.lose();

        assertThat(route.rejected).isNotEmpty();
        assertThat(route.routed).hasSize(routed);
        route.gainAgain();
        until(() -> route.routed.size() > routed + 2);
    }

    private void ticksThatWaitAreRouted(String uri) {
        leadTicks(uri, "wait");
        route.untilSomethingWaits();
        int routed = route.routed.size();

        route.confirm();

        until(() -> route.routed.size() > routed);
        assertThat(route.rejected).isEmpty();
    }

    private void ticksAreLostUntilTheConfirmation(String uri) {
        leadTicks(uri, "fail");
        until(() -> route.rejected.size() > 2);
        int routed = route.routed.size();

        route.confirm();

        until(() -> route.routed.size() > routed);
    }

    private void ticksAreRoutedWithoutAuthority(String uri) {
        leadTicks(uri, "off");
        int routed = route.routed.size();

        until(() -> route.routed.size() > routed + 2);

        assertThat(route.rejected).isEmpty();
    }

    private static final String TIMER = "timer:clock?period=20&delay=0";
    private static final String SCHEDULER = "scheduler:clock?delay=20&initialDelay=0";

    @Test
    void aLossLosesATickOfTheTimer() {
        ticksThatWaitAreLost(TIMER);
    }

    @Test
    void aConfirmationRoutesATickOfTheTimer() {
        ticksThatWaitAreRouted(TIMER);
    }

    @Test
    void failLosesTicksOfTheTimerUntilTheConfirmation() {
        ticksAreLostUntilTheConfirmation(TIMER);
    }

    @Test
    void offRoutesTicksOfTheTimerWithoutAuthority() {
        ticksAreRoutedWithoutAuthority(TIMER);
    }

    @Test
    void aLossLosesATickOfTheScheduler() {
        ticksThatWaitAreLost(SCHEDULER);
    }

    @Test
    void aConfirmationRoutesATickOfTheScheduler() {
        ticksThatWaitAreRouted(SCHEDULER);
    }

    @Test
    void failLosesTicksOfTheSchedulerUntilTheConfirmation() {
        ticksAreLostUntilTheConfirmation(SCHEDULER);
    }

    @Test
    void offRoutesTicksOfTheSchedulerWithoutAuthority() {
        ticksAreRoutedWithoutAuthority(SCHEDULER);
    }

    // ---- seda

    private static final int MANY = 20;
    private static final String SEDA = "seda:queue?pollTimeout=20";

    private void leadSeda(String guard) {
        route.lead(SEDA, "master.guard=" + guard);
        route.send(SEDA, "first");
        route.untilRouted("first");
        route.suspendAuthority();
    }

    private int queued() {
        return route.context.getEndpoint(SEDA, SedaEndpoint.class).getCurrentQueueSize();
    }

    @Test
    void aLossLosesTheMessageInHandAndLeavesTheRestInTheQueue() {
        leadSeda("wait");
        sendMany();
        route.untilSomethingWaits();
        stays(() -> queued() == MANY - 1);

        route.lose();

        int lost = MANY - queued();
        // the one that waited, and at most the next, in hand when the consumer was told to stop
        assertThat(lost).isBetween(1, 2);
        until(() -> route.rejected.size() == lost);
        route.gainAgain();
        until(() -> route.routed.size() == 1 + MANY - lost);
    }

    private void sendMany() {
        for (int i = 0; i < MANY; i++) {
            route.send(SEDA, "m%02d".formatted(i));
        }
    }

    @Test
    void aConfirmationRoutesTheQueueInItsOrder() {
        leadSeda("wait");
        sendMany();
        route.untilSomethingWaits();
        stays(() -> route.rejected.isEmpty());

        route.confirm();

        until(() -> route.routed.size() == 1 + MANY);
        assertThat(route.routed.subList(1, 1 + MANY)).isSorted();
        assertThat(route.rejected).isEmpty();
    }

    @Test
    void failLosesAMessageOfTheQueue() {
        leadSeda("fail");
        route.send(SEDA, "second");

        until(() -> route.rejected.size() == 1);
        route.confirm();

        route.send(SEDA, "third");
        route.untilRouted("first", "third");
    }

    @Test
    void offRoutesAMessageOfTheQueueWithoutAuthority() {
        leadSeda("off");
        route.send(SEDA, "second");

        route.untilRouted("first", "second");
        assertThat(route.service.isLeader(GuardedRoute.LOCK)).isFalse();
    }

    @Test
    void aLossAnswersASenderThatWaits() {
        leadSeda("wait");
        CompletableFuture<Object> answer = route.context
                .createProducerTemplate()
                .asyncRequestBody(SEDA + "&waitForTaskToComplete=Always&timeout=15000", "second");
        route.untilSomethingWaits();

        route.lose();

        assertThat(answer)
                .failsWithin(GuardedRoute.SOON)
                .withThrowableThat()
                .withRootCauseInstanceOf(LeadershipLostException.class);
    }

    // ---- a poller of one's own

    /** Polls a queue one by one; a completion of the exchange puts back what failed. */
    private static final class QueueEndpoint extends DefaultEndpoint {

        private final Queue<String> queue = new ConcurrentLinkedQueue<>();
        private final AtomicInteger putBack = new AtomicInteger();
        private final AtomicInteger exceptions = new AtomicInteger();

        QueueEndpoint(GuardedRoute route) {
            super("queue:own", null);
            setCamelContext(route.context);
        }

        @Override
        public boolean isSingleton() {
            return true;
        }

        @Override
        public Producer createProducer() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Consumer createConsumer(Processor processor) throws Exception {
            ScheduledPollConsumer consumer = new ScheduledPollConsumer(this, processor) {
                @Override
                protected int poll() throws Exception {
                    String item = queue.poll();
                    if (item == null) {
                        return 0;
                    }
                    Exchange exchange = createExchange(false);
                    exchange.getIn().setBody(item);
                    exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
                        @Override
                        public void onFailure(Exchange failed) {
                            putBack.incrementAndGet();
                            queue.add(item);
                        }
                    });
                    getProcessor().process(exchange);
                    if (exchange.getException() instanceof LeadershipLostException) {
                        exceptions.incrementAndGet();
                    }
                    releaseExchange(exchange, false);
                    return 1;
                }
            };
            consumer.setInitialDelay(0);
            consumer.setDelay(20);
            return consumer;
        }
    }

    private QueueEndpoint leadOwnPoller(String guard) throws Exception {
        QueueEndpoint own = new QueueEndpoint(route);
        route.context.addEndpoint("queue:own", own);
        route.lead("queue:own", "master.guard=" + guard);
        own.queue.add("first");
        route.untilRouted("first");
        route.suspendAuthority();
        own.queue.add("second");
        return own;
    }

    @Test
    void aLossRunsTheCompletionThatPutsTheItemBack() throws Exception {
        QueueEndpoint own = leadOwnPoller("wait");
        route.untilSomethingWaits();

        route.lose();

        until(() -> own.exceptions.get() == 1);
        assertThat(own.queue).containsExactly("second");
        assertThat(own.putBack).hasValue(1);
        route.gainAgain();
        route.untilRouted("first", "second");
    }

    @Test
    void aConfirmationLeavesNothingToPutBack() throws Exception {
        QueueEndpoint own = leadOwnPoller("wait");
        route.untilSomethingWaits();

        route.confirm();

        route.untilRouted("first", "second");
        assertThat(own.putBack).hasValue(0);
    }

    @Test
    void failPutsTheItemBackAtEachPollUntilTheConfirmation() throws Exception {
        QueueEndpoint own = leadOwnPoller("fail");
        until(() -> own.putBack.get() > 2);

        route.confirm();

        route.untilRouted("first", "second");
    }

    @Test
    void offRoutesTheItemWithoutAuthority() throws Exception {
        leadOwnPoller("off");

        route.untilRouted("first", "second");
        assertThat(route.service.isLeader(GuardedRoute.LOCK)).isFalse();
        assertThat(route.rejected).isEmpty();
    }
}
