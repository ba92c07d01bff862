package io.github.camelmasterlite.master;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Consumer;
import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.spi.AsyncProcessorAwaitManager;
import org.apache.camel.support.AsyncCallbackToCompletableFutureAdapter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a delegate consumer is given in place of the route: counts the exchanges in flight and admits them only with authority. There is one
 * per tenure, so that a former delegate that still delivers something cannot slip it into the next tenure.
 *
 * <p>It is not a {@code Service}, on purpose: a consumer that is stopped stops the processor it was given, and the route's own must go on for
 * the exchanges in flight.
 *
 * <p>An exchange is counted before authority is checked, and {@link #close()} closes before it looks at the count: whoever sees the count at
 * zero afterwards has seen the last one. An exchange that is refused runs through a unit of work of its own, outside the error handler of the
 * route; its completions run, and the consumer sees the exception.
 *
 * <p>Who waits for the verdict: the thread that delivers, where it belongs to the consumer (see {@link #deliveredByItsOwnThreads()}) or a
 * transaction is bound to it, so that the consumer takes nothing further meanwhile and the order stays; otherwise the exchange alone, and the
 * thread goes on. Such a thread is also kept when it comes with a further exchange after the loss, until the consumer is being stopped: then
 * the consumer leaves the rest where it is.
 *
 * <p>Not guaranteed: an exchange that was admitted runs to its end, whatever becomes of the tenure. That is what the fencing token is for.
 */
final class AdmissionGuard implements AsyncProcessor {

    private static final Logger LOG = LoggerFactory.getLogger(AdmissionGuard.class);

    private final AsyncProcessor route;
    private final AsyncProcessor refusal;
    private final Authority authority;
    private final MasterOptions options;
    private final Executor executor;
    private final AsyncProcessorAwaitManager awaitManager;
    private final AsyncProcessor blocking = new Blocking();

    private final AtomicInteger inFlight = new AtomicInteger();
    private final Set<Wait> waiting = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Void> stopping = new CompletableFuture<>();
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private volatile boolean ownThreads;
    private volatile boolean closed;

    /** Null while the delegate waits for its tenure. */
    private volatile @Nullable TenureStamp tenure;

    /**
     * @param route        the processor of the route
     * @param refusal      fails an exchange inside a unit of work
     * @param authority    whether this member leads
     * @param tenure       the tenure under which the delegate runs; null if that is still to come, see {@link #begin}
     * @param options      what to do without authority
     * @param executor     continues exchanges that waited, so that the threads of the consumer and of the cluster service need not
     * @param awaitManager waits for the end of exchanges that are processed synchronously
     */
    AdmissionGuard(
            AsyncProcessor route,
            AsyncProcessor refusal,
            Authority authority,
            @Nullable TenureStamp tenure,
            MasterOptions options,
            Executor executor,
            AsyncProcessorAwaitManager awaitManager) {
        this.route = route;
        this.refusal = refusal;
        this.authority = authority;
        this.tenure = tenure;
        this.options = options;
        this.executor = executor;
        this.awaitManager = awaitManager;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        // A transaction is bound to its thread.
        return admit(exchange, callback, exchange.isTransacted());
    }

    @Override
    public void process(Exchange exchange) {
        awaitManager.process(blocking, exchange);
    }

    @Override
    public CompletableFuture<Exchange> processAsync(Exchange exchange) {
        AsyncCallbackToCompletableFutureAdapter<Exchange> callback =
                new AsyncCallbackToCompletableFutureAdapter<>(exchange);
        process(exchange, callback);
        return callback.getFuture();
    }

    /**
     * The tenure has come under which the delegate is going to be started. Until then everything is refused, whatever the options say: a member
     * that follows does not work.
     */
    void begin(TenureStamp begun) {
        tenure = begun;
    }

    /** The tenure under which the delegate runs; null while it is a standby. */
    @Nullable
    TenureStamp tenure() {
        return tenure;
    }

    /**
     * The consumer that delivers has threads to itself: a poller, a queue. They may wait. Without this only threads that wait anyway do, since
     * the thread of an event loop must not.
     */
    void deliveredByItsOwnThreads() {
        ownThreads = true;
    }

    /** The consumer is about to be stopped: its threads that came after the loss may go on. */
    void stopping() {
        stopping.complete(null);
    }

    /** Admits nothing more, also nothing that waits. */
    void close() {
        closed = true;
        stopping();
        waiting.forEach(Wait::refuse);
        if (inFlight.get() == 0) {
            drained.complete(null);
        }
    }

    /** Completes once the guard is closed and the last exchange has ended. */
    CompletionStage<Void> drained() {
        return drained;
    }

    /** How many exchanges have arrived and not ended, those that wait included. */
    int inFlight() {
        return inFlight.get();
    }

    /** How many exchanges wait for a verdict. */
    int waiting() {
        return waiting.size();
    }

    private boolean admit(Exchange exchange, AsyncCallback callback, boolean mayBlock) {
        Passage passage = new Passage(this, exchange, callback);
        inFlight.incrementAndGet();
        if (isRefusalOnItsWayBack(exchange)) {
            LOG.warn("{} refused an exchange; the error handler of its route is not told", this);
            passage.done(true);
            return true;
        }
        if (tenure == null) {
            return passage.into(refusal, false);
        }
        if (options.guard() == MasterGuard.OFF || (!closed && authority.isHeld()) || isBridged(exchange)) {
            return passage.into(route, true);
        }
        if (options.guard() == MasterGuard.FAIL || closed) {
            return passage.into(refusal, false);
        }
        Wait wait = awaitVerdict();
        if (mayBlock || ownThreads) {
            boolean known = wait.isOver();
            boolean admitted = wait.isConfirmed(authority.stopBudget()) && !closed;
            if (known && !admitted) {
                awaitStop();
            }
            waiting.remove(wait);
            return passage.into(admitted ? route : refusal, admitted);
        }
        passage.continuesElsewhere = true;
        wait.whenOver(authority.stopBudget(), confirmed -> {
            waiting.remove(wait);
            resume(passage, confirmed);
        });
        return false;
    }

    /**
     * The loss was known before this exchange came, and the order to stop the consumer is on its way here. Refused at once, a message that is
     * redelivered at once could use up all its deliveries before that, and a batch of files could all be moved to where failures go. Work may
     * take the whole stop budget to stop; this takes a part of it.
     */
    private void awaitStop() {
        try {
            stopping.get(authority.stopBudget().toNanos() / 4, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("{}: the lock is lost, and the consumer goes on delivering", this);
        }
    }

    /**
     * With {@code bridgeErrorHandler} a consumer reports a refusal as it reports a failure of its own: to the error handler of the route. That
     * would be work without authority, a dead letter for example of an exchange that the next leader gets.
     */
    private static boolean isRefusalOnItsWayBack(Exchange exchange) {
        return exchange.getException() instanceof LeadershipLostException && isBridged(exchange);
    }

    /** An exception on its way to the error handler of the route is not work: it says that something failed. */
    private static boolean isBridged(Exchange exchange) {
        return Boolean.TRUE.equals(exchange.getProperty(ExchangePropertyKey.ERRORHANDLER_BRIDGE));
    }

    private Wait awaitVerdict() {
        Wait wait = new Wait(authority.verdict());
        waiting.add(wait);
        if (closed) {
            // close() may have looked at those who wait before this one was among them
            wait.refuse();
        }
        return wait;
    }

    private void resume(Passage passage, boolean confirmed) {
        try {
            executor.execute(() -> {
                boolean admitted = confirmed && !closed;
                passage.into(admitted ? route : refusal, admitted);
            });
        } catch (RejectedExecutionException e) {
            // The component has been stopped. Refusing is quick and must not be left out: somebody waits for the
            // callback.
            passage.into(refusal, false);
        }
    }

    private void leave() {
        if (inFlight.decrementAndGet() == 0 && closed) {
            drained.complete(null);
        }
    }

    @Override
    public String toString() {
        return "AdmissionGuard[" + tenure + "]";
    }

    /** One exchange that waits: for the verdict, for the end of its patience, or for the closing of the guard. */
    private static final class Wait {

        private final CompletableFuture<Boolean> outcome = new CompletableFuture<>();

        Wait(CompletionStage<Boolean> verdict) {
            verdict.whenComplete((held, failure) -> outcome.complete(failure == null && Boolean.TRUE.equals(held)));
        }

        void refuse() {
            outcome.complete(false);
        }

        /** Whether the verdict is there, or the guard has been closed. */
        boolean isOver() {
            return outcome.isDone();
        }

        boolean isConfirmed(Duration bound) {
            try {
                return outcome.get(bound.toNanos(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            } catch (ExecutionException | TimeoutException e) {
                return false;
            }
        }

        @SuppressWarnings("FutureReturnValueIgnored") // what follows the outcome has nobody else to report to
        void whenOver(Duration bound, Consumer<Boolean> next) {
            outcome.completeOnTimeout(false, bound.toNanos(), TimeUnit.NANOSECONDS)
                    .whenComplete((confirmed, failure) -> next.accept(failure == null && confirmed));
        }
    }

    /** One exchange on its way through: uncounts it and calls back exactly once, whatever the processor does. */
    private static final class Passage implements AsyncCallback {

        private static final AtomicIntegerFieldUpdater<Passage> ENDED =
                AtomicIntegerFieldUpdater.newUpdater(Passage.class, "ended");

        private final AdmissionGuard guard;
        private final Exchange exchange;
        private final AsyncCallback callback;
        private boolean continuesElsewhere;

        @SuppressWarnings("unused") // through ENDED
        private volatile int ended;

        Passage(AdmissionGuard guard, Exchange exchange, AsyncCallback callback) {
            this.guard = guard;
            this.exchange = exchange;
            this.callback = callback;
        }

        boolean into(AsyncProcessor processor, boolean admitted) {
            try {
                TenureStamp stamp = guard.tenure;
                if (admitted && stamp != null && guard.options.headers()) {
                    stamp.mark(exchange);
                }
                return processor.process(exchange, this);
            } catch (Throwable t) {
                exchange.setException(t);
                done(true);
                return true;
            }
        }

        @Override
        public void done(boolean doneSync) {
            if (ENDED.compareAndSet(this, 0, 1)) {
                // Completions have run by now: they belong to the unit of work of the route, which has ended.
                guard.leave();
                callback.done(doneSync && !continuesElsewhere);
            }
        }
    }

    /** For callers that wait anyway: they wait on their own thread, which their transaction may be bound to. */
    private final class Blocking implements AsyncProcessor {

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            return admit(exchange, callback, true);
        }

        @Override
        public void process(Exchange exchange) {
            AdmissionGuard.this.process(exchange);
        }

        @Override
        public CompletableFuture<Exchange> processAsync(Exchange exchange) {
            return AdmissionGuard.this.processAsync(exchange);
        }
    }
}
