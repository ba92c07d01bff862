package io.github.camelmasterlite.master;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.CamelContext;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.ShutdownRunningTask;
import org.apache.camel.StartupListener;
import org.apache.camel.Suspendable;
import org.apache.camel.resume.ConsumerListener;
import org.apache.camel.resume.ConsumerListenerAware;
import org.apache.camel.spi.ShutdownAware;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * {@code rec:name}: consumers that write down what happens to them and do what the test says. {@code rec:name?plain=true} makes consumers that
 * know neither suspension nor graceful shutdown.
 */
final class RecordingComponent extends DefaultComponent {

    /** What has happened to all consumers, in order: {@code event#number of the consumer}. */
    final List<String> log = new CopyOnWriteArrayList<>();

    /** All consumers ever made, in order. */
    final List<RecordingConsumer> consumers = new CopyOnWriteArrayList<>();

    /** Endpoints that were stopped. */
    final List<String> stoppedEndpoints = new CopyOnWriteArrayList<>();

    /** The URIs of all endpoints made. */
    final List<String> endpointUris = new CopyOnWriteArrayList<>();

    /** The parameters of the endpoint made last. */
    volatile Map<String, Object> parameters = Map.of();

    /** How many of the next starts fail. */
    final AtomicInteger failingStarts = new AtomicInteger();

    /** The numbers of the consumers that were initialised, in order. */
    final List<Integer> initialised = new CopyOnWriteArrayList<>();

    /** How many of the next initialisations fail. */
    final AtomicInteger failingInits = new AtomicInteger();

    /** What making a consumer costs. */
    volatile long creationMillis;

    /** How many consumers are started and not stopped; the highest number ever. */
    final AtomicInteger active = new AtomicInteger();

    final AtomicInteger mostActive = new AtomicInteger();
    volatile @Nullable CountDownLatch initGate;
    volatile @Nullable CountDownLatch startGate;
    volatile @Nullable CountDownLatch stopGate;
    volatile boolean failingSuspends;
    volatile boolean deferring;
    volatile int pending;

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
        boolean plain = Boolean.parseBoolean(String.valueOf(parameters.remove("plain")));
        this.parameters = Map.copyOf(parameters);
        parameters.clear();
        endpointUris.add(uri);
        return new RecordingEndpoint(uri, plain);
    }

    RecordingConsumer last() {
        return consumers.get(consumers.size() - 1);
    }

    /** The log without the questions for pending exchanges, whose number is a matter of time. */
    List<String> events() {
        return log.stream().filter(event -> !event.startsWith("pending")).toList();
    }

    final class RecordingEndpoint extends DefaultEndpoint {

        private final boolean plain;

        RecordingEndpoint(String uri, boolean plain) {
            super(uri, RecordingComponent.this);
            this.plain = plain;
        }

        @Override
        public Producer createProducer() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Consumer createConsumer(Processor processor) throws Exception {
            if (creationMillis > 0) {
                assertThat(new CountDownLatch(1).await(creationMillis, TimeUnit.MILLISECONDS))
                        .isFalse();
            }
            RecordingConsumer consumer = plain
                    ? new RecordingConsumer(this, processor, consumers.size() + 1)
                    : new GracefulConsumer(this, processor, consumers.size() + 1);
            consumers.add(consumer);
            configureConsumer(consumer);
            return consumer;
        }

        @Override
        protected void doStop() throws Exception {
            stoppedEndpoints.add(getEndpointUri());
            super.doStop();
        }
    }

    class RecordingConsumer extends DefaultConsumer
            implements StartupListener, ConsumerListenerAware<ConsumerListener<?, ?>> {

        final int number;
        volatile @Nullable ConsumerListener<?, ?> consumerListener;
        volatile @Nullable ClassLoader startedWith;
        private volatile boolean running;

        RecordingConsumer(Endpoint endpoint, Processor processor, int number) {
            super(endpoint, processor);
            this.number = number;
        }

        final void record(String event) {
            log.add(event + "#" + number);
        }

        @Override
        protected void doInit() throws Exception {
            initialised.add(number);
            CountDownLatch gate = initGate;
            if (gate != null && !gate.await(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the test forgot to open the gate");
            }
            if (failingInits.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw new IllegalStateException("initialising a consumer fails");
            }
            super.doInit();
        }

        @Override
        protected void doStart() throws Exception {
            startedWith = Thread.currentThread().getContextClassLoader();
            record("start");
            CountDownLatch gate = startGate;
            if (gate != null && !gate.await(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the test forgot to open the gate");
            }
            if (failingStarts.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw new IllegalStateException("start of consumer " + number + " fails");
            }
            super.doStart();
            running = true;
            mostActive.accumulateAndGet(active.incrementAndGet(), Math::max);
        }

        @Override
        protected void doStop() throws Exception {
            record("stop");
            CountDownLatch gate = stopGate;
            if (gate != null && !gate.await(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the test forgot to open the gate");
            }
            if (running) {
                running = false;
                active.decrementAndGet();
            }
            super.doStop();
        }

        @Override
        protected void doShutdown() throws Exception {
            record("shutdown");
            super.doShutdown();
        }

        @Override
        protected void doSuspend() throws Exception {
            record("suspend");
            if (failingSuspends) {
                throw new IllegalStateException("suspending consumer " + number + " fails");
            }
            super.doSuspend();
        }

        @Override
        protected void doResume() throws Exception {
            record("resume");
            super.doResume();
        }

        @Override
        public void onCamelContextStarted(CamelContext context, boolean alreadyStarted) {
            record("contextStarted(" + alreadyStarted + ")");
        }

        @Override
        public void setConsumerListener(ConsumerListener<?, ?> consumerListener) {
            this.consumerListener = consumerListener;
        }

        @Override
        @SuppressWarnings("NullAway") // as in the interface
        public ConsumerListener<?, ?> getConsumerListener() {
            return consumerListener;
        }

        /** Delivers an exchange asynchronously; the future completes with it at its end. */
        CompletableFuture<Exchange> deliver(Object body) {
            Exchange exchange = createExchange(true);
            exchange.getIn().setBody(body);
            return deliver(exchange);
        }

        CompletableFuture<Exchange> deliver(Exchange exchange) {
            CompletableFuture<Exchange> ended = new CompletableFuture<>();
            getAsyncProcessor().process(exchange, doneSync -> ended.complete(exchange));
            return ended;
        }

        /** Delivers an exchange on a thread of its own, for routes that block. */
        CompletableFuture<Exchange> deliverElsewhere(Object body) {
            CompletableFuture<Exchange> ended = new CompletableFuture<>();
            Thread thread =
                    new Thread(() -> deliver(body).thenAccept(ended::complete).join(), "delegate-" + number);
            thread.setDaemon(true);
            thread.start();
            return ended;
        }

        /** Delivers an exchange on the calling thread and returns at its end. */
        Exchange deliverAndWait(Object body) throws Exception {
            Exchange exchange = createExchange(true);
            exchange.getIn().setBody(body);
            getProcessor().process(exchange);
            return exchange;
        }
    }

    final class GracefulConsumer extends RecordingConsumer implements Suspendable, ShutdownAware {

        GracefulConsumer(Endpoint endpoint, Processor processor, int number) {
            super(endpoint, processor, number);
        }

        @Override
        public boolean deferShutdown(ShutdownRunningTask shutdownRunningTask) {
            record("defer");
            return deferring;
        }

        @Override
        public int getPendingExchangesSize() {
            record("pending");
            return pending;
        }

        @Override
        public void prepareShutdown(boolean suspendOnly, boolean forced) {
            record("prepare(" + suspendOnly + "," + forced + ")");
        }
    }
}
