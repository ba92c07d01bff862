package io.github.camelmasterlite.master;

import static io.github.camelmasterlite.master.MasterFixture.stays;
import static io.github.camelmasterlite.master.MasterFixture.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.master.DelegateLifecycle.Event;
import io.github.camelmasterlite.master.DelegateLifecycle.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Consumer;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a consumer of a real context cannot be brought to in a certain order. */
class DelegateRunnerStandbyTest {

    private static final TenureStamp FIRST = TenureStamp.of("lock1", new Tenure(1, 101, Instant.EPOCH));

    private final MasterFixture fixture = new MasterFixture();
    private final RecordingComponent rec = fixture.rec;
    private final AtomicInteger inRoute = new AtomicInteger();
    private volatile boolean mayBegin = true;
    private volatile boolean hasThreads = true;

    private final Authority authority = new Authority() {
        @Override
        public boolean isHeld() {
            return true;
        }

        @Override
        public CompletionStage<Boolean> verdict() {
            return CompletableFuture.completedFuture(mayBegin);
        }

        @Override
        public CompletionStage<Boolean> mayBegin() {
            return verdict();
        }

        @Override
        public Duration stopBudget() {
            return Duration.ofMillis(200);
        }

        @Override
        public boolean resign(Duration coolDown) {
            return true;
        }
    };

    private final DelegateRunner.Factory factory = new DelegateRunner.Factory() {
        @Override
        public AdmissionGuard guard(TenureStamp tenure) {
            return guardOf(tenure);
        }

        @Override
        public AdmissionGuard standbyGuard() {
            return guardOf(null);
        }

        private AdmissionGuard guardOf(@Nullable TenureStamp tenure) {
            AsyncProcessor route = new DelegateAsyncProcessor(exchange -> {});
            return new AdmissionGuard(
                    route,
                    route,
                    authority,
                    tenure,
                    new MasterOptions(MasterGuard.WAIT, true),
                    Runnable::run,
                    PluginHelper.getAsyncProcessorAwaitManager(fixture.context));
        }

        @Override
        public Consumer create(AdmissionGuard guard) throws Exception {
            return fixture.context.getEndpoint("rec:x").createConsumer(guard);
        }

        @Override
        public void inRoute(Runnable task) {
            inRoute.incrementAndGet();
            task.run();
        }

        @Override
        public void started(TenureStamp tenure, int attempt) {}

        @Override
        public void stopped(int inFlight) {}

        @Override
        public void startFailed(int attempt, Throwable cause) {}
    };

    @BeforeEach
    void start() {
        fixture.start();
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    /** Those of the component, unless the machine gives no thread. */
    private final DelegateRunner.Workers workers = new DelegateRunner.Workers() {
        @Override
        public void stop(Runnable operation) {
            refuseWithoutThreads();
            fixture.master.workers().stop(operation);
        }

        @Override
        public void run(Runnable operation) {
            refuseWithoutThreads();
            fixture.master.workers().run(operation);
        }

        @Override
        public void warmUp(Runnable operation) {
            refuseWithoutThreads();
            fixture.master.workers().warmUp(operation);
        }

        @Override
        public void runAfter(long millis, Runnable operation) {
            fixture.master.workers().runAfter(millis, operation);
        }

        private void refuseWithoutThreads() {
            if (!hasThreads) {
                throw new OutOfMemoryError("unable to create native thread");
            }
        }
    };

    private DelegateRunner runner(boolean warmStandby, Duration yieldWhenDownFor) {
        DelegateRunner runner =
                new DelegateRunner("test", factory, authority, workers, 60_000, 1, warmStandby, yieldWhenDownFor);
        runner.post(new Event.ContextStarted());
        runner.post(new Event.Allow());
        return runner;
    }

    /** The verdict may be known here before the end of the tenure is. */
    @Test
    void aStandbyThatMayNotBeginIsDropped() {
        DelegateRunner runner = runner(true, Duration.ZERO);
        until(() -> runner.phase() == Phase.WARM);
        mayBegin = false;

        runner.postAndStart(new Event.Gained(FIRST));

        assertThat(rec.events()).containsExactly("stop#1", "shutdown#1");
        assertThat(runner.workEnded()).isDone();
    }

    @Test
    void noLookIsTakenAtADelegateThatHasBeenStopped() {
        DelegateRunner runner = runner(false, Duration.ofMillis(1));
        runner.postAndStart(new Event.Gained(FIRST));
        int started = inRoute.get();
        until(() -> inRoute.get() >= started + 3);

        runner.post(new Event.Lost(FIRST));

        int stopped = inRoute.get();
        // One may have been under way.
        stays(() -> inRoute.get() <= stopped + 1);
    }

    // ---- a machine that gives no thread

    @Test
    void aStopWithoutAThreadIsCarriedOutByWhoAsksForIt() {
        DelegateRunner runner = runner(false, Duration.ZERO);
        runner.postAndStart(new Event.Gained(FIRST));
        until(() -> runner.phase() == Phase.RUNNING);
        hasThreads = false;

        assertThatCode(() -> runner.request(new Event.Close())).doesNotThrowAnyException();

        assertThat(rec.events()).contains("stop#1", "shutdown#1");
        assertThat(runner.delegateStopped()).isDone();
    }

    @Test
    void aStartWithoutAThreadComesAgain() {
        DelegateRunner runner = runner(false, Duration.ZERO);
        hasThreads = false;

        assertThatCode(() -> runner.post(new Event.Gained(FIRST))).doesNotThrowAnyException();

        assertThat(runner.phase()).isEqualTo(Phase.BACKING_OFF);
        assertThat(rec.events()).isEmpty();
    }

    @Test
    void aWarmUpWithoutAThreadHasFailedAndComesAgain() {
        hasThreads = false;
        AtomicReference<Phase> phase = new AtomicReference<>();

        assertThatCode(() -> phase.set(runner(true, Duration.ZERO).phase())).doesNotThrowAnyException();

        assertThat(phase).hasValue(Phase.WARM_FAILED);
    }
}
