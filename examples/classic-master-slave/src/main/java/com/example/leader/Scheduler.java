package com.example.leader;

import java.util.Date;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;

/**
 * Jobs that fire once per cluster. Every member has the same triggers; {@code master:} lets those of one member fire. Each trigger has a lock of its own here, so
 * that members share the jobs; give them one lock if they belong together.
 *
 * <p>A job is not caught up that was due while nobody led: that is a matter of milliseconds to a second, or of a database that says what was done last.
 */
public final class Scheduler {

    private Scheduler() {}

    public static void main(String[] args) throws Exception {
        Main main = new Main();
        main.configure().addRoutesBuilder(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:every-second:timer:every-second?fixedRate=true&period=1000")
                        .routeId("every-second")
                        .log("timer fired");
                // At every even second; the first + of each part is how a space is written in a URI.
                from("master:nightly:quartz:jobs/nightly?cron=0/2+*+*+*+*+?")
                        .routeId("nightly")
                        .process(Scheduler::due)
                        .log("quartz fired for ${body}");
            }
        });
        main.run(args);
    }

    /** The time the trigger was due, which is the same whichever member fires: a key under which a job can record that it is done. */
    private static void due(Exchange exchange) {
        exchange.getMessage()
                .setBody(exchange.getMessage()
                        .getHeader("scheduledFireTime", Date.class)
                        .toInstant());
    }
}
