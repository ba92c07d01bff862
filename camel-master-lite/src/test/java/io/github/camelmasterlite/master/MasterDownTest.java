package io.github.camelmasterlite.master;

import static io.github.camelmasterlite.master.MasterFixture.stays;
import static io.github.camelmasterlite.master.MasterFixture.until;
import static org.assertj.core.api.Assertions.assertThat;

import org.apache.camel.Consumer;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.ScheduledPollConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code master.yieldWhenDownFor}: a consumer that is down for long gives the lock to another member. */
class MasterDownTest {

    /** Looked at every 100 ms; over at the fifth look in a row that finds it down. */
    private static final String FROM = "master:lock1:rec:x?master.yieldWhenDownFor=400ms";

    private final MasterFixture fixture = new MasterFixture();
    private final RecordingComponent rec = fixture.rec;
    private final Health health = new Health("broker is gone");

    @AfterEach
    void stop() {
        fixture.close();
    }

    private void leading(String from) {
        fixture.master.setBackOffDelay(10);
        fixture.route("route1", from, exchange -> {});
        fixture.start().lead("lock1");
        fixture.untilRunning("route1");
        rec.last().setHealthCheck(health);
    }

    @Test
    void aConsumerThatIsDownForSoLongGivesUpTheLockAndSaysWhy() {
        try (MasterLog log = new MasterLog()) {
            leading(FROM);

            until(() -> fixture.service.isReleased("lock1"));

            assertThat(log.lines("WARN", "down for 400 ms", "broker is gone", "for all its routes on that lock"))
                    .hasSize(1);
        }
        assertThat(fixture.service.resignations("lock1")).isEqualTo(1);
        assertThat(health.calls).hasValueGreaterThanOrEqualTo(5);
        assertThat(rec.events()).endsWith("stop#1", "shutdown#1");
        fixture.lead("lock1");
        assertThat(rec.consumers).hasSize(2);
    }

    @Test
    void aConsumerThatFlapsGivesUpNothing() {
        health.down = call -> call % 4 != 0;
        leading(FROM);

        until(() -> health.calls.get() >= 12);

        assertThat(fixture.service.resignations("lock1")).isZero();
        assertThat(rec.active).hasValue(1);
    }

    @Test
    void aConsumerThatRecoversInTimeGivesUpNothing() {
        health.down = call -> call <= 4;
        leading(FROM);

        until(() -> health.calls.get() >= 10);

        assertThat(fixture.service.resignations("lock1")).isZero();
        assertThat(rec.active).hasValue(1);
    }

    @Test
    void withoutTheOptionNobodyAsks() {
        leading("master:lock1:rec:x");

        stays(() -> health.calls.get() == 0);
    }

    @Test
    void whatIsSuspendedIsNotAsked() throws Exception {
        health.down = call -> false;
        leading(FROM);
        until(() -> health.calls.get() >= 1);
        fixture.context.getRouteController().suspendRoute("route1");
        int asked = health.calls.get();

        // One look may have been under way.
        stays(() -> health.calls.get() <= asked + 1);
        fixture.context.getRouteController().resumeRoute("route1");
        until(() -> health.calls.get() > asked + 3);
    }

    @Test
    void theWatchEndsWithTheTenure() {
        health.down = call -> false;
        leading(FROM);
        until(() -> health.calls.get() >= 1);
        fixture.service.lose("lock1");
        until(() -> fixture.service.isReleased("lock1"));
        int asked = health.calls.get();

        stays(() -> health.calls.get() <= asked + 1);
    }

    @Test
    void aCheckThatFailsOrIsDisabledSaysNothing() {
        health.failure = new IllegalStateException("no answer");
        leading(FROM);
        until(() -> health.calls.get() >= 7);
        health.failure = null;
        health.setEnabled(false);

        stays(() -> fixture.service.resignations("lock1") == 0);
        assertThat(rec.active).hasValue(1);
    }

    @Test
    void aConsumerWithoutACheckIsNotDown() {
        fixture.start();

        assertThat(DelegateHealth.problem(null)).isNull();
        assertThat(DelegateHealth.problem(new DefaultConsumer(fixture.context.getEndpoint("rec:x"), e -> {})))
                .isNull();
    }

    @Test
    void aPollerThatHasNotPolledYetIsNotDownAndOneWhosePollFailedIs() throws Exception {
        fixture.start();
        ScheduledPollConsumer poller = new ScheduledPollConsumer(fixture.context.getEndpoint("rec:x"), exchange -> {}) {
            @Override
            protected int poll() {
                throw new IllegalStateException("no such table");
            }
        };
        poller.init();
        Consumer consumer = poller;
        assertThat(poller.getHealthCheck().call().getState().name()).isEqualTo("DOWN");
        assertThat(DelegateHealth.problem(consumer)).isNull();

        poller.setInitialDelay(0);
        poller.start();
        until(() -> DelegateHealth.problem(consumer) != null);
        poller.stop();
    }
}
