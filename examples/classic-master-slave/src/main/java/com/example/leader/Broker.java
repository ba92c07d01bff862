package com.example.leader;

import jakarta.jms.ConnectionFactory;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;

/** A broker in a process of its own, which keeps all in memory, and a shop that sends numbered orders to its queue {@code orders}. */
public final class Broker {

    private Broker() {}

    /** Where the broker listens. */
    static String url() {
        return "tcp://127.0.0.1:" + System.getenv().getOrDefault("BROKER_PORT", "61616");
    }

    public static void main(String[] args) throws Exception {
        EmbeddedActiveMQ broker = new EmbeddedActiveMQ();
        broker.setConfiguration(new ConfigurationImpl()
                .setPersistenceEnabled(false)
                .setSecurityEnabled(false)
                .addAcceptorConfiguration("members", url())
                .addAcceptorConfiguration("here", "vm://0"));
        broker.start();

        AtomicLong orders = new AtomicLong();
        ConnectionFactory here = new ActiveMQConnectionFactory("vm://0");
        Main main = new Main();
        main.addOverrideProperty("camel.cluster.file-lock.enabled", "false"); // it is no member
        main.bind("shop", here);
        main.configure().addRoutesBuilder(new RouteBuilder() {
            @Override
            public void configure() {
                from("timer:shop?period=200")
                        .routeId("shop")
                        .setBody(exchange -> "order " + orders.incrementAndGet())
                        .to("jms:queue:orders?connectionFactory=#shop");
            }
        });
        System.out.println("The broker listens at " + url());
        try {
            main.run(args);
        } finally {
            broker.stop();
        }
    }
}
