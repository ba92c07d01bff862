package io.github.camelmasterlite.master;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.master.DelegateLifecycle.Phase;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Consumer;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.junit.jupiter.api.Test;

class RehearsalTest {

    /** What is left out of it is slow in the first real hand-over. */
    @Test
    void aLossASuspensionAndAStopAreRehearsedWithADelegateThatRuns() throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            AtomicInteger inRoute = new AtomicInteger();
            AtomicInteger left = new AtomicInteger();
            DelegateRunner.Factory real = new DelegateRunner.Factory() {
                @Override
                public AdmissionGuard guard(TenureStamp tenure) {
                    AsyncProcessor route = new DelegateAsyncProcessor(exchange -> {});
                    return new AdmissionGuard(
                            route,
                            route,
                            Authority.NONE,
                            tenure,
                            new MasterOptions(MasterGuard.WAIT, true),
                            Runnable::run,
                            PluginHelper.getAsyncProcessorAwaitManager(context));
                }

                @Override
                public Consumer create(AdmissionGuard guard) {
                    throw new AssertionError("the real delegate is not touched");
                }

                @Override
                public void inRoute(Runnable task) {
                    inRoute.incrementAndGet();
                    task.run();
                }

                @Override
                public void started(TenureStamp tenure, int attempt) {
                    throw new AssertionError("nothing is said of a rehearsal");
                }

                @Override
                public void stopped(int inFlight) {
                    throw new AssertionError("nothing is said of a rehearsal");
                }

                @Override
                public void startFailed(int attempt, Throwable cause) {
                    throw new AssertionError(cause);
                }
            };
            Rehearsal rehearsal = new Rehearsal("lock1", real, context.getEndpoint("direct:delegate"));

            assertThat(rehearsal.run("lock1", left::incrementAndGet))
                    .containsExactly(Phase.RUNNING, Phase.ABSENT, Phase.RUNNING, Phase.SUSPENDED, Phase.ABSENT);
            assertThat(left).hasValue(1);
            assertThat(inRoute).hasPositiveValue();
        }
    }
}
