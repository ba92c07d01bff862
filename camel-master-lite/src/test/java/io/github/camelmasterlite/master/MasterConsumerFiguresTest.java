package io.github.camelmasterlite.master;

import static io.github.camelmasterlite.master.MasterFixture.SOON;
import static io.github.camelmasterlite.master.MasterFixture.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a consumer tells of its delegate and of its exchanges. */
class MasterConsumerFiguresTest {

    private final MasterFixture fixture = new MasterFixture();
    private final RecordingComponent rec = fixture.rec;

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void attemptsToStartADelegateAreCountedOverAllTenures() {
        fixture.master.setBackOffDelay(1);
        fixture.route("route1", "master:lock1:rec:a", exchange -> {}).start();
        assertThat(fixture.consumer("route1").getStartAttempts()).isZero();
        assertThat(fixture.consumer("route1").getDelegatePhase()).isEqualTo("ABSENT");

        rec.failingStarts.set(2);
        fixture.lead("lock1");
        fixture.untilRunning("route1");
        assertThat(fixture.consumer("route1").getStartAttempts()).isEqualTo(3);
        assertThat(fixture.consumer("route1").getDelegatePhase()).isEqualTo("RUNNING");

        fixture.service.lose("lock1");
        until(() -> rec.active.get() == 0);
        fixture.lead("lock1");
        fixture.untilRunning("route1");
        assertThat(fixture.consumer("route1").getStartAttempts()).isEqualTo(4);
    }

    @Test
    void exchangesAreCountedWhileTheyAreInFlightWhileTheyWaitAndWhenTheyAreRejected() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        fixture.service.setStopBudgetMillis(5000);
        fixture.route("route1", "master:lock1:rec:a", exchange -> {
                    if ("slow".equals(exchange.getIn().getBody()) && !release.await(20, TimeUnit.SECONDS)) {
                        throw new IllegalStateException("not released in time");
                    }
                })
                .start()
                .lead("lock1");
        MasterConsumer consumer = fixture.consumer("route1");
        RecordingComponent.RecordingConsumer delegate = rec.last();

        CompletableFuture<Exchange> slow = delegate.deliverElsewhere("slow");
        until(() -> consumer.getInFlight() == 1);
        assertThat(consumer.getWaiting()).isZero();
        fixture.service.suspendAuthority("lock1");
        until(() -> !fixture.service.isLeader("lock1"));
        CompletableFuture<Exchange> waiting = delegate.deliver("waits");
        until(() -> consumer.getWaiting() == 1);
        assertThat(consumer.getInFlight()).isEqualTo(2);
        assertThat(consumer.getRejectedExchanges()).isZero();

        fixture.service.lose("lock1");
        Exchange refused = waiting.get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertThat(refused.getException()).isInstanceOf(LeadershipLostException.class);
        assertThat(consumer.getRejectedExchanges()).isEqualTo(1);
        assertThat(consumer.getWaiting()).isZero();
        release.countDown();
        assertThat(slow.get(SOON.toSeconds(), TimeUnit.SECONDS).getException()).isNull();
        until(() -> consumer.getInFlight() == 0);
        assertThat(delegate.deliver("late")
                        .get(SOON.toSeconds(), TimeUnit.SECONDS)
                        .getException())
                .isInstanceOf(LeadershipLostException.class);
        assertThat(consumer.getRejectedExchanges()).isEqualTo(2);
    }

    @Test
    void aConsumerTellsItsLockAndItsViewWhileItsRouteIsStarted() throws Exception {
        fixture.route("route1", "master:lock1:rec:a", exchange -> {}).start();
        MasterConsumer consumer = fixture.consumer("route1");

        assertThat(consumer.getLock()).isEqualTo("lock1");
        assertThat(Objects.requireNonNull(consumer.getView()).getNamespace()).isEqualTo("lock1");
        assertThat(Objects.requireNonNull(consumer.getView()).getClusterService())
                .isSameAs(fixture.service);
        fixture.context.getRouteController().stopRoute("route1");
        assertThat(consumer.getView()).isNull();
        assertThat(consumer.getInFlight() + consumer.getWaiting()).isZero();
    }
}
