package io.github.camelmasterlite.master;

import static io.github.camelmasterlite.master.MasterFixture.SOON;
import static io.github.camelmasterlite.master.MasterFixture.stays;
import static io.github.camelmasterlite.master.MasterFixture.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.election.Tenure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.Service;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.AsyncProcessorSupport;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.PluginHelper;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AdmissionGuardTest {

    private static final TenureStamp TENURE = TenureStamp.of("lock1", new Tenure(7, 4711, Instant.EPOCH));

    private final DefaultCamelContext context = new DefaultCamelContext();
    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final StubAuthority authority = new StubAuthority();
    private final List<Exchange> routed = Collections.synchronizedList(new ArrayList<>());
    private final List<Exchange> refused = Collections.synchronizedList(new ArrayList<>());
    private final AtomicReference<@Nullable Thread> routedOn = new AtomicReference<>();
    private @Nullable AsyncProcessor route;

    @BeforeEach
    void start() {
        context.start();
    }

    @AfterEach
    void stop() {
        executor.shutdownNow();
        context.stop();
    }

    private AdmissionGuard guard(MasterGuard mode) {
        return guard(mode, true);
    }

    private AdmissionGuard guard(MasterGuard mode, boolean headers) {
        return guard(mode, headers, TENURE);
    }

    private AdmissionGuard guard(MasterGuard mode, boolean headers, @Nullable TenureStamp tenure) {
        AsyncProcessor recording = new AsyncProcessorSupport() {
            @Override
            public boolean process(Exchange exchange, AsyncCallback callback) {
                routed.add(exchange);
                routedOn.set(Thread.currentThread());
                callback.done(true);
                return true;
            }
        };
        AsyncProcessor refusal = new AsyncProcessorSupport() {
            @Override
            public boolean process(Exchange exchange, AsyncCallback callback) {
                refused.add(exchange);
                exchange.setException(new LeadershipLostException("lock1", "not leading"));
                callback.done(true);
                return true;
            }
        };
        AsyncProcessor to = route;
        return new AdmissionGuard(
                to == null ? recording : to,
                refusal,
                authority,
                tenure,
                new MasterOptions(mode, headers),
                executor,
                PluginHelper.getAsyncProcessorAwaitManager(context));
    }

    private Exchange exchange() {
        return new DefaultExchange(context);
    }

    private static final class Callback implements AsyncCallback {
        final AtomicInteger calls = new AtomicInteger();
        final CompletableFuture<Boolean> doneSync = new CompletableFuture<>();

        @Override
        public void done(boolean sync) {
            calls.incrementAndGet();
            doneSync.complete(sync);
        }

        boolean doneSync() throws Exception {
            return doneSync.get(SOON.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private static final class StubAuthority implements Authority {
        volatile boolean held;
        volatile CompletableFuture<Boolean> verdict = new CompletableFuture<>();
        volatile Duration bound = Duration.ofMinutes(1);

        @Override
        public boolean isHeld() {
            return held;
        }

        @Override
        public CompletionStage<Boolean> verdict() {
            return verdict;
        }

        @Override
        public Duration stopBudget() {
            return bound;
        }

        @Override
        public boolean resign(Duration coolDown) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource(MasterGuard.class)
    void aStandbyDeliversNothingBeforeItsTenureHasBegun(MasterGuard mode) throws Exception {
        AdmissionGuard guard = guard(mode, true, null);
        authority.held = true;

        guard.process(exchange());

        assertThat(routed).isEmpty();
        assertThat(refused).hasSize(1);
        assertThat(guard.inFlight()).isZero();
    }

    @Test
    void aStandbyDeliversUnderTheTenureThatHasBegun() throws Exception {
        AdmissionGuard guard = guard(MasterGuard.WAIT, true, null);
        authority.held = true;
        guard.begin(TENURE);

        guard.process(exchange());

        assertThat(refused).isEmpty();
        assertThat(routed).hasSize(1);
        assertThat(routed.get(0).getIn().getHeader(MasterConstants.FENCING_TOKEN))
                .isEqualTo(4711L);
    }

    @Test
    void aStandbyWhoseGuardHasBeenClosedDeliversNothingThoughItsTenureBegins() throws Exception {
        AdmissionGuard guard = guard(MasterGuard.WAIT, true, null);
        authority.held = true;
        guard.close();
        guard.begin(TENURE);

        guard.process(exchange());

        assertThat(routed).isEmpty();
        assertThat(guard.drained().toCompletableFuture()).isDone();
    }

    @Test
    void isNotAServiceSoThatAConsumerCannotStopTheRouteThroughIt() {
        assertThat((Object) guard(MasterGuard.WAIT)).isNotInstanceOf(Service.class);
    }

    @Test
    void admitsWithAuthorityOnTheThreadOfTheConsumer() throws Exception {
        authority.held = true;
        Callback callback = new Callback();
        AdmissionGuard guard = guard(MasterGuard.WAIT);

        boolean sync = guard.process(exchange(), callback);

        assertThat(sync).isTrue();
        assertThat(callback.doneSync()).isTrue();
        assertThat(routedOn.get()).isSameAs(Thread.currentThread());
        assertThat(guard.inFlight()).isZero();
    }

    @Test
    void marksExchangesAndOverwritesWhatASenderForged() throws Exception {
        authority.held = true;
        Exchange exchange = exchange();
        exchange.getIn().setHeader(MasterConstants.FENCING_TOKEN, 999_999L);
        exchange.getIn().setHeader(MasterConstants.LOCK, "forged");

        guard(MasterGuard.WAIT).process(exchange);

        assertThat(exchange.getIn().getHeaders())
                .containsEntry(MasterConstants.LOCK, "lock1")
                .containsEntry(MasterConstants.TERM, 7L)
                .containsEntry(MasterConstants.FENCING_TOKEN, 4711L);
    }

    @Test
    void aTenureWithoutTokenLeavesNoForgedToken() {
        Exchange exchange = exchange();
        exchange.getIn().setHeader(MasterConstants.FENCING_TOKEN, 999_999L);
        exchange.getIn().setHeader(MasterConstants.TERM, 999_999L);

        TenureStamp.counted("lock1", 1).mark(exchange);

        assertThat(exchange.getIn().getHeaders()).containsOnlyKeys(MasterConstants.LOCK);
    }

    @Test
    void leavesHeadersOutWhenToldTo() throws Exception {
        authority.held = true;
        Exchange exchange = exchange();

        guard(MasterGuard.WAIT, false).process(exchange);

        assertThat(exchange.getIn().getHeaders()).isEmpty();
        assertThat(routed).containsExactly(exchange);
    }

    @Test
    void waitingDoesNotBlockAnAsynchronousCaller() throws Exception {
        Callback callback = new Callback();
        AdmissionGuard guard = guard(MasterGuard.WAIT);

        boolean sync = guard.process(exchange(), callback);

        assertThat(sync).isFalse();
        assertThat(callback.calls).hasValue(0);
        assertThat(guard.inFlight()).isEqualTo(1);
        assertThat(guard.waiting()).isEqualTo(1);
        authority.verdict.complete(true);
        assertThat(callback.doneSync()).isFalse();
        assertThat(routed).hasSize(1);
        assertThat(routedOn.get()).isNotSameAs(Thread.currentThread());
        assertThat(guard.inFlight()).isZero();
        assertThat(guard.waiting()).isZero();
    }

    @Test
    void theThreadThatBringsTheVerdictDoesNotRunTheRoute() throws Exception {
        Callback callback = new Callback();
        guard(MasterGuard.WAIT).process(exchange(), callback);
        CompletableFuture<Thread> service = new CompletableFuture<>();
        executor.execute(() -> {
            authority.verdict.complete(true);
            service.complete(Thread.currentThread());
        });

        callback.doneSync();

        assertThat(routedOn.get()).isNotSameAs(service.get(SOON.toSeconds(), TimeUnit.SECONDS));
    }

    @Test
    void aVerdictOfLossRefuses() throws Exception {
        Callback callback = new Callback();
        Exchange exchange = exchange();
        guard(MasterGuard.WAIT).process(exchange, callback);

        authority.verdict.complete(false);

        callback.doneSync();
        assertThat(exchange.getException()).isInstanceOf(LeadershipLostException.class);
        assertThat(routed).isEmpty();
    }

    @Test
    void aVerdictThatFailsRefuses() throws Exception {
        Callback callback = new Callback();
        Exchange exchange = exchange();
        guard(MasterGuard.WAIT).process(exchange, callback);

        authority.verdict.completeExceptionally(new IllegalStateException("broken"));

        callback.doneSync();
        assertThat(exchange.getException()).isInstanceOf(LeadershipLostException.class);
    }

    @Test
    void waitingEndsWithTheStopBudget() throws Exception {
        authority.bound = Duration.ofMillis(50);
        Callback callback = new Callback();
        AdmissionGuard guard = guard(MasterGuard.WAIT);
        Exchange async = exchange();
        guard.process(async, callback);
        Exchange sync = exchange();

        guard.process(sync);

        callback.doneSync();
        assertThat(async.getException()).isInstanceOf(LeadershipLostException.class);
        assertThat(sync.getException()).isInstanceOf(LeadershipLostException.class);
        until(() -> guard.inFlight() == 0 && guard.waiting() == 0);
    }

    @Test
    void aTransactedExchangeWaitsAndGoesOnOnItsOwnThread() throws Exception {
        Exchange exchange = exchange();
        exchange.getExchangeExtension().setTransacted(true);
        CountDownLatch waiting = new CountDownLatch(1);
        AdmissionGuard guard = guard(MasterGuard.WAIT);
        executor.execute(() -> {
            until(() -> guard.waiting() == 1);
            waiting.countDown();
            authority.verdict.complete(true);
        });
        Callback callback = new Callback();

        boolean sync = guard.process(exchange, callback);

        assertThat(waiting.getCount()).isZero();
        assertThat(sync).isTrue();
        assertThat(callback.doneSync()).isTrue();
        assertThat(routedOn.get()).isSameAs(Thread.currentThread());
        assertThat(guard.waiting()).isZero();
    }

    @Test
    void aConsumerWithThreadsOfItsOwnWaitsOnThem() throws Exception {
        AdmissionGuard guard = guard(MasterGuard.WAIT);
        guard.deliveredByItsOwnThreads();
        executor.execute(() -> {
            until(() -> guard.waiting() == 1);
            authority.verdict.complete(true);
        });
        Callback callback = new Callback();

        assertThat(guard.process(exchange(), callback)).isTrue();

        assertThat(callback.doneSync()).isTrue();
        assertThat(routedOn.get()).isSameAs(Thread.currentThread());
    }

    @Test
    void aThreadThatWaitsIsLetGoByTheLoss() throws Exception {
        AdmissionGuard guard = guard(MasterGuard.WAIT);
        CompletableFuture<Void> delivered = CompletableFuture.runAsync(() -> guard.process(exchange()), executor);
        until(() -> guard.waiting() == 1);

        authority.verdict.complete(false);

        delivered.get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertThat(refused).hasSize(1);
    }

    @Test
    void aThreadThatComesAfterTheLossIsKeptUntilItsConsumerStops() throws Exception {
        authority.bound = SOON.multipliedBy(8); // a quarter of it is longer than the test lets it take
        authority.verdict.complete(false);
        AdmissionGuard guard = guard(MasterGuard.WAIT);
        CompletableFuture<Void> delivered = CompletableFuture.runAsync(() -> guard.process(exchange()), executor);
        until(() -> guard.waiting() == 1);
        stays(() -> !delivered.isDone() && refused.isEmpty());

        guard.stopping();

        delivered.get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertThat(refused).hasSize(1);
        assertThat(guard.waiting()).isZero();
        assertThat(guard.inFlight()).isZero();
    }

    @Test
    void aThreadThatComesAfterTheLossIsKeptForAQuarterOfTheStopBudgetAtMost() throws Exception {
        authority.bound = Duration.ofMillis(200);
        authority.verdict.complete(false);
        AdmissionGuard guard = guard(MasterGuard.WAIT);

        CompletableFuture<Void> delivered = CompletableFuture.runAsync(() -> guard.process(exchange()), executor);

        delivered.get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertThat(refused).hasSize(1);
    }

    @Test
    void aThreadThatComesAfterTheLossIsLetGoWhenTheGuardCloses() throws Exception {
        authority.bound = SOON.multipliedBy(8);
        authority.verdict.complete(false);
        AdmissionGuard guard = guard(MasterGuard.WAIT);
        CompletableFuture<Void> delivered = CompletableFuture.runAsync(() -> guard.process(exchange()), executor);
        until(() -> guard.waiting() == 1);

        guard.close();

        delivered.get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertThat(refused).hasSize(1);
    }

    @Test
    void aSynchronousCallerWaitsAndGoesOnOnItsOwnThread() throws Exception {
        AdmissionGuard guard = guard(MasterGuard.WAIT);
        executor.execute(() -> {
            until(() -> guard.waiting() == 1);
            authority.verdict.complete(true);
        });

        guard.process(exchange());

        assertThat(routedOn.get()).isSameAs(Thread.currentThread());
    }

    @Test
    void anInterruptedCallerIsRefusedAndStaysInterrupted() throws Exception {
        Exchange exchange = exchange();
        exchange.getExchangeExtension().setTransacted(true);
        Callback callback = new Callback();
        Thread.currentThread().interrupt();

        guard(MasterGuard.WAIT).process(exchange, callback);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(exchange.getException()).isInstanceOf(LeadershipLostException.class);
        assertThat(callback.calls).hasValue(1);
    }

    @Test
    void failRefusesAtOnce() {
        Callback callback = new Callback();
        Exchange exchange = exchange();

        boolean sync = guard(MasterGuard.FAIL).process(exchange, callback);

        assertThat(sync).isTrue();
        assertThat(exchange.getException())
                .isInstanceOf(LeadershipLostException.class)
                .hasMessage("Lock lock1: not leading; the exchange was not routed");
    }

    @Test
    void offRoutesWithoutAuthorityAndStillMarksAndCounts() throws Exception {
        Exchange exchange = exchange();
        AdmissionGuard guard = guard(MasterGuard.OFF);
        guard.close();

        guard.process(exchange);

        assertThat(routed).containsExactly(exchange);
        assertThat(exchange.getIn().getHeader(MasterConstants.FENCING_TOKEN)).isEqualTo(4711L);
        assertThat(guard.inFlight()).isZero();
    }

    @Test
    void anExceptionOnItsWayToTheErrorHandlerPasses() throws Exception {
        Exchange exchange = exchange();
        exchange.setProperty(ExchangePropertyKey.ERRORHANDLER_BRIDGE, true);

        guard(MasterGuard.FAIL).process(exchange);

        assertThat(routed).containsExactly(exchange);
    }

    @Test
    void aRefusalThatIsBridgedGoesNoFurtherEvenWithAuthority() throws Exception {
        authority.held = true;
        Exchange exchange = exchange();
        exchange.setProperty(ExchangePropertyKey.ERRORHANDLER_BRIDGE, true);
        LeadershipLostException refusal = new LeadershipLostException("lock1", "not leading");
        exchange.setException(refusal);
        Callback callback = new Callback();
        AdmissionGuard guard = guard(MasterGuard.WAIT);

        assertThat(guard.process(exchange, callback)).isTrue();

        assertThat(callback.calls).hasValue(1);
        assertThat(routed).isEmpty();
        assertThat(refused).isEmpty();
        assertThat(exchange.getException()).isSameAs(refusal);
        assertThat(guard.inFlight()).isZero();
    }

    @Test
    void aClosedGuardRefusesEvenWithAuthority() throws Exception {
        authority.held = true;
        AdmissionGuard guard = guard(MasterGuard.WAIT);
        guard.close();
        Exchange exchange = exchange();

        guard.process(exchange);

        assertThat(routed).isEmpty();
        assertThat(exchange.getException()).isInstanceOf(LeadershipLostException.class);
    }

    @Test
    void closingRefusesThoseWhoWait() throws Exception {
        Callback callback = new Callback();
        AdmissionGuard guard = guard(MasterGuard.WAIT);
        Exchange exchange = exchange();
        guard.process(exchange, callback);

        guard.close();

        callback.doneSync();
        assertThat(exchange.getException()).isInstanceOf(LeadershipLostException.class);
        until(() -> guard.drained().toCompletableFuture().isDone());
    }

    @Test
    void isDrainedOnlyWhenTheLastExchangeHasEnded() throws Exception {
        authority.held = true;
        List<AsyncCallback> open = new ArrayList<>();
        route = new AsyncProcessorSupport() {
            @Override
            public boolean process(Exchange exchange, AsyncCallback callback) {
                open.add(callback);
                return false;
            }
        };
        AdmissionGuard guard = guard(MasterGuard.WAIT);
        guard.process(exchange(), new Callback());
        guard.process(exchange(), new Callback());
        guard.close();

        assertThat(guard.drained().toCompletableFuture()).isNotDone();
        open.get(0).done(false);
        assertThat(guard.drained().toCompletableFuture()).isNotDone();
        open.get(0).done(false); // a second time, as broken components do
        assertThat(guard.drained().toCompletableFuture()).isNotDone();
        open.get(1).done(false);
        assertThat(guard.drained().toCompletableFuture()).isDone();
        assertThat(guard.inFlight()).isZero();
    }

    @Test
    void aProcessorThatThrowsIsCountedOnce() throws Exception {
        authority.held = true;
        route = new AsyncProcessorSupport() {
            @Override
            public boolean process(Exchange exchange, AsyncCallback callback) {
                throw new IllegalStateException("broken");
            }
        };
        Callback callback = new Callback();
        Exchange exchange = exchange();
        AdmissionGuard guard = guard(MasterGuard.WAIT);

        assertThat(guard.process(exchange, callback)).isTrue();

        assertThat(exchange.getException()).hasMessage("broken");
        assertThat(callback.calls).hasValue(1);
        assertThat(guard.inFlight()).isZero();
    }

    @Test
    void aProcessorThatCallsBackAndThenThrowsIsCountedOnce() {
        authority.held = true;
        route = new AsyncProcessorSupport() {
            @Override
            public boolean process(Exchange exchange, AsyncCallback callback) {
                callback.done(true);
                throw new IllegalStateException("broken");
            }
        };
        Callback callback = new Callback();
        AdmissionGuard guard = guard(MasterGuard.WAIT);

        guard.process(exchange(), callback);

        assertThat(callback.calls).hasValue(1);
        assertThat(guard.inFlight()).isZero();
    }

    @Test
    void withoutAThreadToGoOnTheExchangeIsRefusedAndNotForgotten() throws Exception {
        AdmissionGuard guard = new AdmissionGuard(
                new AsyncProcessorSupport() {
                    @Override
                    public boolean process(Exchange exchange, AsyncCallback callback) {
                        routed.add(exchange);
                        callback.done(true);
                        return true;
                    }
                },
                new AsyncProcessorSupport() {
                    @Override
                    public boolean process(Exchange exchange, AsyncCallback callback) {
                        exchange.setException(new LeadershipLostException("lock1", "not leading"));
                        callback.done(true);
                        return true;
                    }
                },
                authority,
                TENURE,
                new MasterOptions(MasterGuard.WAIT, true),
                command -> {
                    throw new RejectedExecutionException();
                },
                PluginHelper.getAsyncProcessorAwaitManager(context));
        Callback callback = new Callback();
        Exchange exchange = exchange();
        guard.process(exchange, callback);

        authority.verdict.complete(true);

        callback.doneSync();
        assertThat(exchange.getException()).isInstanceOf(LeadershipLostException.class);
        assertThat(routed).isEmpty();
        assertThat(guard.inFlight()).isZero();
    }

    @Test
    void processAsyncCompletesWithTheExchange() throws Exception {
        authority.held = true;
        Exchange exchange = exchange();

        assertThat(guard(MasterGuard.WAIT).processAsync(exchange).get(SOON.toSeconds(), TimeUnit.SECONDS))
                .isSameAs(exchange);
    }

    /** Closing at any moment: everything that was admitted before is waited for, nothing is admitted after. */
    @Test
    void drainsExactlyWhileExchangesArriveFromManyThreads() throws Exception {
        for (int run = 0; run < 200; run++) {
            authority.held = true;
            AtomicInteger inRoute = new AtomicInteger();
            AtomicInteger lateArrivals = new AtomicInteger();
            CompletableFuture<Void> drained = new CompletableFuture<>();
            route = new AsyncProcessorSupport() {
                @Override
                public boolean process(Exchange exchange, AsyncCallback callback) {
                    inRoute.incrementAndGet();
                    if (drained.isDone()) {
                        lateArrivals.incrementAndGet();
                    }
                    inRoute.decrementAndGet();
                    callback.done(true);
                    return true;
                }
            };
            AdmissionGuard guard = guard(MasterGuard.FAIL);
            CountDownLatch go = new CountDownLatch(1);
            List<CompletableFuture<Void>> senders = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                senders.add(CompletableFuture.runAsync(
                        () -> {
                            try {
                                go.await(SOON.toSeconds(), TimeUnit.SECONDS);
                                for (int i = 0; i < 50; i++) {
                                    guard.process(exchange(), new Callback());
                                }
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        executor));
            }
            go.countDown();
            guard.close();
            guard.drained().toCompletableFuture().get(SOON.toSeconds(), TimeUnit.SECONDS);
            int stillRunning = inRoute.get();
            drained.complete(null);
            CompletableFuture.allOf(senders.toArray(CompletableFuture[]::new)).get(SOON.toSeconds(), TimeUnit.SECONDS);
            assertThat(stillRunning).as("run %s", run).isZero();
            assertThat(lateArrivals).as("run %s", run).hasValue(0);
        }
    }

    @Test
    void waitsAsLongAsNothingIsKnown() {
        AdmissionGuard guard = guard(MasterGuard.WAIT);
        Callback callback = new Callback();
        guard.process(exchange(), callback);

        stays(() -> callback.calls.get() == 0 && guard.waiting() == 1);
    }
}
