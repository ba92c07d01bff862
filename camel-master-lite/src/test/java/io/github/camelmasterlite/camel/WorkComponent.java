package io.github.camelmasterlite.camel;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * {@code work:name}, one component for each context: consumers that write down on a common {@link Ledger} when they run, and that fail or block where the test says.
 */
final class WorkComponent extends DefaultComponent {

    /** Which consumers run, in all contexts of a test. */
    static final class Ledger {

        /** What has happened, in order: {@code member name start}, {@code member name stop}. */
        final List<String> events = new CopyOnWriteArrayList<>();

        private final Map<String, AtomicInteger> active = new ConcurrentHashMap<>();
        private final Map<String, String> where = new ConcurrentHashMap<>();
        private final AtomicInteger mostActive = new AtomicInteger();

        private void begin(String member, String name) {
            events.add(member + " " + name + " start");
            int now = active.computeIfAbsent(name, any -> new AtomicInteger()).incrementAndGet();
            where.put(name, member);
            mostActive.accumulateAndGet(now, Math::max);
        }

        private void end(String member, String name) {
            where.remove(name, member);
            active.getOrDefault(name, new AtomicInteger()).decrementAndGet();
            events.add(member + " " + name + " stop");
        }

        /** Who runs the consumer called {@code name}; null if nobody does. */
        @Nullable
        String runs(String name) {
            return where.get(name);
        }

        /** How many consumers {@code member} runs. */
        int running(String member) {
            return (int) where.values().stream().filter(member::equals).count();
        }

        /** The largest number of consumers of one name that ever ran at the same time. */
        int mostActive() {
            return mostActive.get();
        }
    }

    private final Ledger ledger;
    private final String member;

    /** All consumers ever made, in order. */
    final List<WorkConsumer> consumers = new CopyOnWriteArrayList<>();

    /** While closed, starts wait: for as long as the test likes. */
    volatile @Nullable CountDownLatch startGate;

    /** While closed, stops wait: for as long as the test likes. */
    volatile @Nullable CountDownLatch stopGate;

    /** How many of the next starts fail. */
    final AtomicInteger failingStarts = new AtomicInteger();

    /** How many of the next stops fail. */
    final AtomicInteger failingStops = new AtomicInteger();

    /**
     * @param ledger what all contexts of the test write on
     * @param member the name of this context on it
     */
    WorkComponent(Ledger ledger, String member) {
        this.ledger = ledger;
        this.member = member;
    }

    boolean hasRun() {
        return ledger.events.stream().anyMatch(event -> event.startsWith(member + " "));
    }

    WorkConsumer last() {
        return consumers.get(consumers.size() - 1);
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
        return new DefaultEndpoint(uri, this) {
            @Override
            public Producer createProducer() {
                throw new UnsupportedOperationException();
            }

            @Override
            public Consumer createConsumer(Processor processor) {
                WorkConsumer consumer = new WorkConsumer(this, processor, remaining);
                consumers.add(consumer);
                return consumer;
            }
        };
    }

    /** Ignores interrupts while it blocks, as careless code does. */
    private static void pass(@Nullable CountDownLatch gate) {
        if (gate == null) {
            return;
        }
        CompletableFuture<Void> opened = new CompletableFuture<>();
        Thread waiting = new Thread(() -> {
            try {
                gate.await(60, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            opened.complete(null);
        });
        waiting.setDaemon(true);
        waiting.start();
        opened.join();
    }

    private static boolean takeOne(AtomicInteger left) {
        return left.getAndUpdate(number -> Math.max(0, number - 1)) > 0;
    }

    /** Knows neither suspension nor graceful shutdown: what is suspended is stopped. */
    final class WorkConsumer extends DefaultConsumer {

        private final String name;
        private boolean running;

        WorkConsumer(Endpoint endpoint, Processor processor, String name) {
            super(endpoint, processor);
            this.name = name;
        }

        @Override
        protected void doStart() throws Exception {
            pass(startGate);
            if (takeOne(failingStarts)) {
                throw new IllegalStateException("the start of " + name + " fails");
            }
            super.doStart();
            running = true;
            ledger.begin(member, name);
        }

        @Override
        protected void doStop() throws Exception {
            pass(stopGate);
            if (takeOne(failingStops)) {
                end();
                throw new IllegalStateException("the stop of " + name + " fails");
            }
            end();
            super.doStop();
        }

        private void end() {
            if (running) {
                running = false;
                ledger.end(member, name);
            }
        }

        /** Delivers an exchange; the future completes with it at its end. */
        CompletableFuture<Exchange> deliver(Object body) {
            Exchange exchange = createExchange(true);
            exchange.getIn().setBody(body);
            CompletableFuture<Exchange> ended = new CompletableFuture<>();
            getAsyncProcessor().process(exchange, doneSync -> ended.complete(exchange));
            return ended;
        }
    }
}
