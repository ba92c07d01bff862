package io.github.camelmasterlite.master;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MasterWorkersTest {

    private final DefaultCamelContext context = new DefaultCamelContext();
    private final MasterWorkers workers = new MasterWorkers(context, this);

    @AfterEach
    void close() {
        workers.close();
        context.stop();
    }

    @Test
    void moreStartsThanThreadsWaitAndNoneIsRefused() {
        context.start();
        assertAllRun(workers::run);
    }

    @Test
    void moreExchangesThanThreadsWaitAndNoneIsRefused() {
        context.start();
        assertAllRun(workers::continueExchange);
    }

    private static void assertAllRun(Consumer<Runnable> submit) {
        CountDownLatch gate = new CountDownLatch(1);
        AtomicInteger done = new AtomicInteger();
        for (int i = 0; i < 200; i++) {
            submit.accept(() -> {
                try {
                    assertThat(gate.await(20, TimeUnit.SECONDS)).isTrue();
                    done.incrementAndGet();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        gate.countDown();
        await().atMost(Duration.ofSeconds(10)).until(() -> done.get() == 200);
    }
}
