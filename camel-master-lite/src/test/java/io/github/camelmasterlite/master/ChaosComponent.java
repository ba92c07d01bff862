package io.github.camelmasterlite.master;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.Suspendable;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;
import org.jspecify.annotations.Nullable;

/** {@code chaos:name}: consumers that start, stop, suspend and resume slowly or fail to, and a history of all of them, also over several contexts. */
final class ChaosComponent extends DefaultComponent {

    /** What is known of all delegates of all members. Guarded by itself. */
    static final class History {

        final List<String> violations = new ArrayList<>();
        final AtomicInteger made = new AtomicInteger();
        final AtomicInteger failedStarts = new AtomicInteger();
        final AtomicInteger succeededStarts = new AtomicInteger();
        private final Random random;
        private final Map<Integer, ChaosConsumer> alive = new LinkedHashMap<>();
        private volatile boolean calm;

        History(long seed) {
            random = new Random(seed);
        }

        /** From now on nothing is slow and nothing fails. */
        void calmDown() {
            calm = true;
        }

        private synchronized boolean chance(int percent) {
            return !calm && random.nextInt(100) < percent;
        }

        private void takeTime() {
            long micros;
            synchronized (this) {
                micros = calm ? 0 : random.nextInt(4) == 0 ? random.nextInt(15_000) : random.nextInt(200);
            }
            long until = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(micros);
            for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }

        private synchronized void began(ChaosConsumer consumer) {
            if (!alive.isEmpty()) {
                violations.add(consumer + " starts beside " + alive.values());
            }
            alive.put(consumer.number, consumer);
        }

        private synchronized void ended(ChaosConsumer consumer) {
            alive.remove(consumer.number);
        }

        /** How many delegates of the member there are. */
        synchronized long alive(String member) {
            return alive.values().stream()
                    .filter(of -> of.member().equals(member))
                    .count();
        }

        /** How many delegates of the member take something in. */
        synchronized long running(String member) {
            return alive.values().stream()
                    .filter(of -> of.member().equals(member) && of.running)
                    .count();
        }
    }

    private final String member;
    private final History history;

    ChaosComponent(String member, History history) {
        this.member = member;
        this.history = history;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
        return new ChaosEndpoint(uri);
    }

    private final class ChaosEndpoint extends DefaultEndpoint {

        ChaosEndpoint(String uri) {
            super(uri, ChaosComponent.this);
        }

        @Override
        public Producer createProducer() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Consumer createConsumer(Processor processor) {
            int number = history.made.incrementAndGet();
            if (history.chance(5)) {
                history.failedStarts.incrementAndGet();
                throw new IllegalStateException("consumer " + number + " cannot be made");
            }
            return history.chance(80)
                    ? new SuspendableConsumer(this, processor, number)
                    : new ChaosConsumer(this, processor, number);
        }
    }

    class ChaosConsumer extends DefaultConsumer {

        final int number;
        volatile boolean running;
        private @Nullable Boolean counted;

        ChaosConsumer(Endpoint endpoint, Processor processor, int number) {
            super(endpoint, processor);
            this.number = number;
        }

        final String member() {
            return member;
        }

        @Override
        protected void doStart() throws Exception {
            boolean first = counted == null;
            counted = true;
            if (first) {
                history.began(this);
            }
            history.takeTime();
            if (history.chance(15)) {
                if (first) {
                    history.failedStarts.incrementAndGet();
                }
                throw new IllegalStateException("consumer " + number + " cannot start");
            }
            super.doStart();
            running = true;
            if (first) {
                history.succeededStarts.incrementAndGet();
            }
        }

        @Override
        protected void doStop() throws Exception {
            history.takeTime();
            running = false;
            if (history.chance(10)) {
                history.ended(this);
                throw new IllegalStateException("consumer " + number + " cannot stop");
            }
            super.doStop();
        }

        @Override
        protected void doShutdown() throws Exception {
            running = false;
            super.doShutdown();
            history.ended(this);
        }

        @Override
        protected void doSuspend() throws Exception {
            history.takeTime();
            if (history.chance(10)) {
                throw new IllegalStateException("consumer " + number + " cannot be suspended");
            }
            super.doSuspend();
            running = false;
        }

        @Override
        protected void doResume() throws Exception {
            history.takeTime();
            if (history.chance(10)) {
                throw new IllegalStateException("consumer " + number + " cannot be resumed");
            }
            super.doResume();
            running = true;
        }

        @Override
        public String toString() {
            return "consumer " + number + " of " + member;
        }
    }

    private final class SuspendableConsumer extends ChaosConsumer implements Suspendable {

        SuspendableConsumer(Endpoint endpoint, Processor processor, int number) {
            super(endpoint, processor, number);
        }
    }
}
