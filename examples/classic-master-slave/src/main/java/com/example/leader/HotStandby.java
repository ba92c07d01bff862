package com.example.leader;

import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;

/**
 * A member that takes over in milliseconds although its work takes seconds to prepare: with {@code master.warmStandby} a member that waits has made and initialised
 * its consumer, cache and all; leadership only starts it. Routes without {@code master:} serve on every member all the time.
 */
public final class HotStandby {

    private HotStandby() {}

    public static void main(String[] args) throws Exception {
        Main main = new Main();
        main.bind("prices", new PricesComponent());
        main.configure().addRoutesBuilder(new RouteBuilder() {
            @Override
            public void configure() {
                from("timer:heartbeat?period=1000").routeId("heartbeat").log("serving");
                from("master:prices:prices:feed?master.warmStandby=true")
                        .routeId("prices")
                        .log("${body}");
            }
        });
        main.run(args);
    }
}
