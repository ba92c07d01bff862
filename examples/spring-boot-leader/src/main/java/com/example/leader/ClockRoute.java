package com.example.leader;

import org.apache.camel.builder.RouteBuilder;
import org.springframework.stereotype.Component;

/** Runs on the one instance that holds lock1. */
@Component
class ClockRoute extends RouteBuilder {

    @Override
    public void configure() {
        from("master:lock1:timer:clock?period=1000").routeId("clock").log("Hello World!");
    }
}
