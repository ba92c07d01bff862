package io.github.camelmasterlite.master.consumers;

import static io.github.camelmasterlite.master.consumers.GuardedRoute.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.apache.camel.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A consumer that stops once the thread that delivers has returned, as those of JMS do. */
class DeliveringWhileStoppingTest {

    private final GuardedRoute route = new GuardedRoute();
    private final CompletableFuture<Void> started = new CompletableFuture<>();

    @AfterEach
    void stop() {
        route.close();
    }

    @Test
    void whatIsDeliveredAfterTheLossDoesNotKeepItsConsumerFromStopping() throws Exception {
        route.context.addEndpoint("last:word", new LastWord());
        route.lead("last:word", "master.guard=wait");
        until(started::isDone);

        // Much later, if the guard kept the thread for as long as it may: until the consumer has stopped.
        route.lose();

        assertThat(route.rejected).hasSize(1);
        assertThat(route.routed).isEmpty();
    }

    private final class LastWord extends DefaultEndpoint {

        LastWord() {
            super("last:word", null);
            setCamelContext(route.context);
        }

        @Override
        public boolean isSingleton() {
            return true;
        }

        @Override
        public Producer createProducer() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Consumer createConsumer(Processor processor) {
            return new DefaultConsumer(this, processor) {
                @Override
                protected void doStart() throws Exception {
                    super.doStart();
                    started.complete(null);
                }

                @Override
                protected void doStop() throws Exception {
                    Exchange exchange = createExchange(true);
                    exchange.getIn().setBody("last");
                    getProcessor().process(exchange);
                    super.doStop();
                }
            };
        }
    }
}
