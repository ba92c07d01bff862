package com.example.leader;

import jakarta.jms.ConnectionFactory;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;

/**
 * One consumer of a queue, so that messages are worked on in their order, and others that wait: they have no connection to the broker until they lead.
 *
 * <p>Transacted: what a member had received and not finished when it died, the broker hands to the next one.
 */
public final class ExclusiveConsumer {

    private ExclusiveConsumer() {}

    public static void main(String[] args) throws Exception {
        ConnectionFactory broker = new ActiveMQConnectionFactory(Broker.url());
        Main main = new Main();
        main.bind("broker", broker);
        main.configure().addRoutesBuilder(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:orders:jms:queue:orders?connectionFactory=#broker&transacted=true"
                                + "&lazyCreateTransactionManager=false&cacheLevelName=CACHE_CONSUMER")
                        .routeId("orders")
                        .log("${body}");
            }
        });
        main.run(args);
    }
}
