package com.example.leader;

import org.apache.camel.builder.RouteBuilder;

/** Runs on one member of the cluster. That it does is in its URI, which cluster is in {@code application.properties}. */
public class Clock extends RouteBuilder {

    @Override
    public void configure() {
        from("master:lock1:timer:clock?period={{clock.period}}")
                .routeId("clock")
                .log("Hello World! (tenure ${header.CamelMasterTerm}, token ${header.CamelMasterFencingToken})");
    }
}
