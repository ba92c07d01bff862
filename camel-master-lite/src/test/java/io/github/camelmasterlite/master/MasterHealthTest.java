package io.github.camelmasterlite.master;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.Component;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.ScheduledPollConsumer;
import org.apache.camel.support.ScheduledPollEndpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The health of a route behind {@code master:}, as Camel's real checks of consumers see it. */
class MasterHealthTest {

    private final MasterFixture fixture = new MasterFixture();
    private final AtomicBoolean failing = new AtomicBoolean();

    @AfterEach
    void close() {
        fixture.close();
    }

    /** {@code poll:name}: polls, and fails as the test says. */
    private final class PollComponent extends DefaultComponent {
        @Override
        protected Endpoint createEndpoint(String uri, String remaining, java.util.Map<String, Object> parameters) {
            return new PollEndpoint(uri, this);
        }
    }

    private final class PollEndpoint extends ScheduledPollEndpoint {
        PollEndpoint(String uri, Component component) {
            super(uri, component);
        }

        @Override
        public Producer createProducer() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Consumer createConsumer(Processor processor) throws Exception {
            ScheduledPollConsumer consumer = new ScheduledPollConsumer(this, processor) {
                @Override
                protected int poll() {
                    if (failing.get()) {
                        throw new IllegalStateException("the place to poll is gone");
                    }
                    return 0;
                }
            };
            configureConsumer(consumer);
            consumer.setInitialDelay(0);
            consumer.setDelay(20);
            return consumer;
        }
    }

    private HealthCheck.Result health() {
        return HealthCheckHelper.invokeReadiness(fixture.context, "full").stream()
                .filter(result -> result.getCheck().getId().equals("consumer:r"))
                .findFirst()
                .orElseThrow();
    }

    private void untilHealth(HealthCheck.State state, String message) {
        await().atMost(MasterFixture.SOON).pollInterval(Duration.ofMillis(5)).untilAsserted(() -> {
            HealthCheck.Result result = health();
            assertThat(result.getState()).isEqualTo(state);
            assertThat(result.getMessage().orElse("")).contains(message);
        });
    }

    private MasterFixture recording() {
        registerChecks();
        return fixture.route("r", "master:lock:rec:a", exchange -> {}).start();
    }

    /** As Camel Main and Spring Boot do. */
    private void registerChecks() {
        HealthCheckHelper.getHealthCheckRepository(fixture.context, "consumers");
    }

    @Test
    void aFollowerIsUp() {
        recording();
        assertThat(health().getState()).isEqualTo(HealthCheck.State.UP);
        assertThat(health().getDetails())
                .containsEntry("role", "follower")
                .containsEntry("lock", "lock")
                .containsEntry("delegate", "absent");
    }

    @Test
    void aLeaderWhoseDelegateHasNoCheckIsUp() {
        recording().lead("lock").untilRunning("r");
        assertThat(health().getState()).isEqualTo(HealthCheck.State.UP);
        assertThat(health().getDetails()).containsEntry("role", "leader").containsEntry("delegate", "running");
    }

    @Test
    void aLeaderIsAsWellAsItsDelegate() {
        registerChecks();
        fixture.context.addComponent("poll", new PollComponent());
        fixture.route("r", "master:lock:poll:a", exchange -> {}).start();
        failing.set(true);
        assertThat(health().getState()).isEqualTo(HealthCheck.State.UP);
        fixture.service.gain("lock");
        untilHealth(HealthCheck.State.DOWN, "Consumer failed polling");
        assertThat(health().getError())
                .hasValueSatisfying(error -> assertThat(error).hasMessage("the place to poll is gone"));
        assertThat(health().getDetails()).containsEntry("role", "leader").containsKey(HealthCheck.FAILURE_ERROR_COUNT);
        failing.set(false);
        untilHealth(HealthCheck.State.UP, "");
        failing.set(true);
        untilHealth(HealthCheck.State.DOWN, "Consumer failed polling");
        fixture.service.lose("lock");
        untilHealth(HealthCheck.State.UP, "");
        assertThat(health().getDetails()).containsEntry("role", "follower");
    }

    @Test
    void aLeaderWhoseDelegateDoesNotStartIsDownAndSaysWhy() {
        fixture.master.setBackOffDelay(200);
        fixture.rec.failingStarts.set(2);
        recording();
        fixture.service.gain("lock");
        untilHealth(HealthCheck.State.DOWN, "the next attempt follows");
        assertThat(health().getMessage())
                .hasValueSatisfying(message ->
                        assertThat(message).contains("leading", "could not be started", "start of consumer"));
        assertThat(health().getError()).isPresent();
        untilHealth(HealthCheck.State.UP, "");
        assertThat(health().getDetails()).containsEntry("delegate", "running");
        assertThat(fixture.consumer("r").getStartAttempts()).isEqualTo(3);
        assertThat(fixture.consumer("r").getStartFailures()).isEqualTo(2);
    }

    @Test
    void whoHasGivenUpIsAHealthyFollowerOnceTheLockIsLost() {
        fixture.master.setBackOffDelay(10);
        fixture.master.setBackOffMaxAttempts(2);
        fixture.rec.failingStarts.set(2);
        recording();
        fixture.service.gain("lock");
        MasterFixture.until(() -> fixture.service.resignations("lock") == 1);
        untilHealth(HealthCheck.State.UP, "");
        assertThat(health().getDetails()).containsEntry("role", "follower");
        // A failure of a former tenure says nothing about the next one.
        fixture.rec.startGate = new CountDownLatch(1);
        fixture.service.gain("lock");
        MasterFixture.until(() -> fixture.consumer("r").phase() == DelegateLifecycle.Phase.STARTING);
        assertThat(health().getState()).isEqualTo(HealthCheck.State.UP);
        fixture.rec.startGate.countDown();
        fixture.untilRunning("r");
    }

    @Test
    void aLeaderWhoseDelegateIsBeingStartedIsUpForAWhile() {
        CountDownLatch gate = new CountDownLatch(1);
        fixture.rec.startGate = gate;
        recording();
        fixture.service.gain("lock");
        MasterFixture.until(() -> fixture.consumer("r").phase() == DelegateLifecycle.Phase.STARTING);
        assertThat(health().getState()).isEqualTo(HealthCheck.State.UP);
        assertThat(health().getDetails()).containsEntry("role", "leader").containsEntry("delegate", "starting");
        gate.countDown();
        fixture.untilRunning("r");
    }

    @Test
    void aStartThatHangsIsDown() {
        CountDownLatch gate = new CountDownLatch(1);
        fixture.rec.startGate = gate;
        recording();
        fixture.service.gain("lock");
        MasterFixture.until(() -> fixture.consumer("r").phase() == DelegateLifecycle.Phase.STARTING);
        MasterHealth impatient = new MasterHealth(fixture.consumer("r"), Duration.ofMillis(100));
        assertThat(impatient.call().getState()).isEqualTo(HealthCheck.State.UP);
        await().atMost(MasterFixture.SOON).untilAsserted(() -> {
            HealthCheck.Result result = impatient.call();
            assertThat(result.getState()).isEqualTo(HealthCheck.State.DOWN);
            assertThat(result.getMessage().orElse("")).contains("has not returned");
        });
        gate.countDown();
        fixture.untilRunning("r");
        assertThat(impatient.call().getState()).isEqualTo(HealthCheck.State.UP);
    }

    @Test
    void aWarmUpThatHangsIsDownWhileThisMemberLeads() {
        CountDownLatch gate = new CountDownLatch(1);
        fixture.rec.initGate = gate;
        registerChecks();
        fixture.route("r", "master:lock:rec:a?master.warmStandby=true", exchange -> {})
                .start();
        MasterFixture.until(() -> fixture.consumer("r").phase() == DelegateLifecycle.Phase.WARMING);
        MasterHealth impatient = new MasterHealth(fixture.consumer("r"), Duration.ofMillis(100));
        MasterFixture.stays(() -> impatient.call().getState() == HealthCheck.State.UP);
        fixture.service.gain("lock");
        MasterFixture.until(() -> fixture.consumer("r").isMaster());
        assertThat(impatient.call().getState()).isEqualTo(HealthCheck.State.UP);
        untilDown(impatient);
        fixture.service.lose("lock");
        MasterFixture.until(() -> impatient.call().getState() == HealthCheck.State.UP);
        // What was seen in a former tenure says nothing about the next one.
        fixture.service.gain("lock");
        MasterFixture.until(() -> fixture.consumer("r").isMaster());
        assertThat(impatient.call().getState()).isEqualTo(HealthCheck.State.UP);
        untilDown(impatient);
        gate.countDown();
        fixture.untilRunning("r");
        assertThat(impatient.call().getState()).isEqualTo(HealthCheck.State.UP);
    }

    private static void untilDown(MasterHealth health) {
        await().atMost(MasterFixture.SOON).untilAsserted(() -> {
            HealthCheck.Result result = health.call();
            assertThat(result.getState()).isEqualTo(HealthCheck.State.DOWN);
            assertThat(result.getDetails()).containsEntry("delegate", "warming");
            assertThat(result.getMessage().orElse("")).contains("has not returned");
        });
    }

    @Test
    void livenessIsNotAffected() {
        fixture.master.setBackOffDelay(60_000);
        fixture.rec.failingStarts.set(1);
        recording();
        fixture.service.gain("lock");
        untilHealth(HealthCheck.State.DOWN, "could not be started");
        assertThat(HealthCheckHelper.invokeLiveness(fixture.context, "full"))
                .noneMatch(result -> result.getState() == HealthCheck.State.DOWN);
    }
}
