package io.github.camelmasterlite.examples.benchmark;

import java.util.Map;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;

/** {@code bench:lock}: a consumer that does nothing but tell when it starts and stops. */
final class BenchComponent extends DefaultComponent {
    private final Reporter reporter;

    BenchComponent(Reporter reporter) {
        this.reporter = reporter;
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

        BenchConsumer(BenchEndpoint endpoint, Processor processor) {
            super(endpoint, processor);
            lockName = endpoint.lockName;
        }

        @Override
        protected void doStart() throws Exception {
            reporter.report(Report.Kind.STARTED, lockName);
            super.doStart();
        }

        @Override
        protected void doStop() throws Exception {
            super.doStop();
            reporter.report(Report.Kind.STOPPED, lockName);
        }
    }
}
