package com.example.leader;

import org.apache.camel.builder.RouteBuilder;

/** A route that every instance runs, and one that a single instance runs, whichever leads the lock. */
public class LeaderRoutes extends RouteBuilder {

    @Override
    public void configure() {
        from("timer:heartbeat?period={{heartbeat.period}}")
                .routeId("heartbeat")
                .log("Heartbeat route (timer) {{node.id}} ...");

        // master:<lock>:<what to consume from>. The name of the lock is all that the instances have to agree upon.
        from("master:lock:timer:clustered?period={{clustered.period}}")
                .routeId("clustered")
                .log("Clustered route (timer) {{node.id}} ...");
    }
}
