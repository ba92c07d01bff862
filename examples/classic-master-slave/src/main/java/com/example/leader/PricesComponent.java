package com.example.leader;

import java.util.HashMap;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A feed that needs a warm cache, as an example of a component that is made for standbys: {@code doInit} is what may be done before a member leads, {@code doStart} what
 * may not.
 */
final class PricesComponent extends DefaultComponent {

    private static final Logger LOG = LoggerFactory.getLogger(PricesComponent.class);

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
        return new DefaultEndpoint(uri, this) {
            @Override
            public Producer createProducer() {
                throw new UnsupportedOperationException("prices: can only be consumed");
            }

            @Override
            public Consumer createConsumer(Processor processor) {
                return new PricesConsumer(this, processor);
            }
        };
    }

    private static final class PricesConsumer extends DefaultConsumer {

        private static final int LOAD_SECONDS = 2;
        private static final long STOP_MILLIS = 1000;

        private final Map<String, Integer> cache = new HashMap<>();
        private ScheduledExecutorService feed;

        PricesConsumer(Endpoint endpoint, Processor processor) {
            super(endpoint, processor);
        }

        /** Reads and prepares: nothing that another member would notice. */
        @Override
        protected void doInit() throws Exception {
            super.doInit();
            TimeUnit.SECONDS.sleep(LOAD_SECONDS); // in place of a big table that is read
            cache.put("apples", 100);
            LOG.info("the cache is warm");
        }

        /** Works: this member leads now. */
        @Override
        protected void doStart() throws Exception {
            super.doStart();
            feed = getEndpoint()
                    .getCamelContext()
                    .getExecutorServiceManager()
                    .newSingleThreadScheduledExecutor(this, "prices");
            feed.scheduleWithFixedDelay(this::publish, 0, 500, TimeUnit.MILLISECONDS);
        }

        /** A standby is stopped as well, without ever having been started. */
        @Override
        protected void doStop() throws Exception {
            if (feed != null) {
                getEndpoint().getCamelContext().getExecutorServiceManager().shutdownGraceful(feed, STOP_MILLIS);
                feed = null;
            }
            super.doStop();
        }

        private void publish() {
            Exchange exchange = createExchange(true);
            exchange.getMessage().setBody("apples cost " + cache.merge("apples", 1, Integer::sum));
            try {
                getProcessor().process(exchange);
            } catch (Exception e) {
                getExceptionHandler().handleException("Cannot route a price", exchange, e);
            }
        }
    }
}
