package io.github.camelmasterlite.examples.failover;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Processor;
import org.apache.camel.component.timer.TimerComponent;
import org.apache.camel.component.timer.TimerConsumer;
import org.apache.camel.component.timer.TimerEndpoint;

/** Camel's timer, whose consumers write into the history when they start and have stopped. Only a demonstration needs this. */
final class RecordedTimer extends TimerComponent {
    private final Journal journal;

    RecordedTimer(Journal journal) {
        this.journal = journal;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        TimerEndpoint endpoint = new RecordedEndpoint(uri, remaining);
        setProperties(endpoint, parameters);
        return endpoint;
    }

    private final class RecordedEndpoint extends TimerEndpoint {
        RecordedEndpoint(String uri, String timerName) {
            super(uri, RecordedTimer.this, timerName);
        }

        @Override
        public Consumer createConsumer(Processor processor) throws Exception {
            TimerConsumer consumer = new RecordedConsumer(this, processor);
            configureConsumer(consumer);
            return consumer;
        }
    }

    private final class RecordedConsumer extends TimerConsumer {
        RecordedConsumer(TimerEndpoint endpoint, Processor processor) {
            super(endpoint, processor);
        }

        @Override
        protected void doStart() throws Exception {
            // before the start: nothing this consumer does can then seem to lie outside its tenure
            journal.record(Event.Kind.STARTED, lock(), null);
            super.doStart();
        }

        @Override
        protected void doStop() throws Exception {
            super.doStop();
            journal.record(Event.Kind.STOPPED, lock(), null);
        }

        /** The member gives each route the name of its lock, and master: gives the route's id to the consumer it starts. */
        private String lock() {
            return requireNonNull(getRouteId(), "master: has not told the consumer its route id");
        }
    }
}
