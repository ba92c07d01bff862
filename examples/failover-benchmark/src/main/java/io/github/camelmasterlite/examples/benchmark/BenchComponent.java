package io.github.camelmasterlite.examples.benchmark;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;
import org.jspecify.annotations.Nullable;

/** {@code bench:lock}: a consumer that does nothing but tell when it starts and stops; or that ticks, too. */
final class BenchComponent extends DefaultComponent {
    private static final long TICK_MILLIS = 20;
    private static final String BEGUN = "benchBegun";

    /** Longer than any exchange takes whose process runs, shorter than the shortest stop. */
    private static final long LATE_NANOS = 500_000_000;

    private final Reporter reporter;
    private final boolean isTicking;

    /**
     * @param isTicking whether consumers send an exchange every 20 ms
     */
    BenchComponent(Reporter reporter, boolean isTicking) {
        this.reporter = reporter;
        this.isTicking = isTicking;
    }

    /** Whether the process has been stopped since the consumer made this exchange. */
    static boolean isLate(Exchange exchange) {
        return System.nanoTime() - requireNonNull(exchange.getProperty(BEGUN, Long.class)) > LATE_NANOS;
    }

    /** By its name: members of other projects, which have no such exception, run this class, too. */
    private static boolean isRefusal(@Nullable Exception exception) {
        return exception != null && exception.getClass().getSimpleName().equals("LeadershipLostException");
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
        return new BenchEndpoint(uri, remaining);
    }

    private final class BenchEndpoint extends DefaultEndpoint {
        private final String lockName;

        BenchEndpoint(String uri, String lock) {
            super(uri, BenchComponent.this);
            lockName = lock;
        }

        @Override
        public Producer createProducer() {
            throw new UnsupportedOperationException("Only a consumer");
        }

        @Override
        public Consumer createConsumer(Processor processor) {
            return new BenchConsumer(this, processor);
        }
    }

    private final class BenchConsumer extends DefaultConsumer {
        private final String lockName;
        private @Nullable ScheduledExecutorService ticks;

        BenchConsumer(BenchEndpoint endpoint, Processor processor) {
            super(endpoint, processor);
            lockName = endpoint.lockName;
        }

        @Override
        protected void doStart() throws Exception {
            reporter.report(Report.Kind.STARTED, lockName);
            super.doStart();
            if (isTicking) {
                ticks = getEndpoint()
                        .getCamelContext()
                        .getExecutorServiceManager()
                        .newSingleThreadScheduledExecutor(this, "tick");
                var unused = ticks.scheduleAtFixedRate(this::tick, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
            }
        }

        private void tick() {
            Exchange exchange = createExchange(true);
            exchange.setProperty(BEGUN, System.nanoTime());
            try {
                getProcessor().process(exchange);
            } catch (Exception e) {
                exchange.setException(e);
            }
            if (isRefusal(exchange.getException())) {
                reporter.report(Report.Kind.REFUSED, lockName);
            }
        }

        @Override
        protected void doStop() throws Exception {
            if (ticks != null) {
                getEndpoint().getCamelContext().getExecutorServiceManager().shutdownNow(ticks);
                ticks = null;
            }
            super.doStop();
            reporter.report(Report.Kind.STOPPED, lockName);
        }
    }
}
