package com.example.leader;

import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.cluster.ClusteredRoutePolicy;
import org.apache.camel.main.Main;

/**
 * A route that runs on one member without {@code master:} in its URI: Camel's own route policy starts and stops the whole route. It works with any
 * cluster service, and with routes whose URI is not yours to change.
 */
public final class RoutePolicy {

    private RoutePolicy() {}

    public static void main(String[] args) throws Exception {
        Main main = new Main();
        main.configure().addRoutesBuilder(new RouteBuilder() {
            @Override
            public void configure() throws Exception {
                from("timer:clock?period=1000")
                        .routeId("clock")
                        .routePolicy(ClusteredRoutePolicy.forNamespace("route-policy"))
                        .log("the route runs here");
            }
        });
        main.run(args);
    }
}
