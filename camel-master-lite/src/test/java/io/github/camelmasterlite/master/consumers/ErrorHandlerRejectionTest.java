package io.github.camelmasterlite.master.consumers;

import static io.github.camelmasterlite.master.consumers.GuardedRoute.stays;
import static io.github.camelmasterlite.master.consumers.GuardedRoute.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.master.LeadershipLostException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where a rejection is seen, and where it is not. */
class ErrorHandlerRejectionTest {

    private final GuardedRoute route = new GuardedRoute();
    private final List<String> seen = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        route.close();
    }

    private void lead(String query) {
        route.lead(new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(deadLetterChannel("direct:dead"));
                onException(LeadershipLostException.class).handled(true).process(exchange -> seen.add("onException"));
                onCompletion().process(exchange -> seen.add("onCompletion"));
                interceptFrom().process(exchange -> seen.add("interceptFrom"));
                from("direct:dead").process(exchange -> seen.add("dead letter"));
                from(GuardedRoute.uri("timer:clock?period=20&delay=0", query))
                        .routeId("route1")
                        .process(route::record);
            }
        });
        until(() -> route.routed.size() > 1);
    }

    @Test
    void theErrorHandlerOfTheRouteNeverSeesARejection() {
        lead("master.guard=fail");
        route.suspendAuthority();
        int rejected = route.rejected.size();

        until(() -> route.rejected.size() > rejected + 3);

        assertThat(seen).doesNotContain("onException", "dead letter");
    }

    @Test
    void norDoesItWithBridgeErrorHandler() {
        lead("master.guard=fail&synchronous=true&bridgeErrorHandler=true");
        route.suspendAuthority();
        int rejected = route.rejected.size();

        until(() -> route.rejected.size() > rejected + 3);

        stays(() -> !seen.contains("onException") && !seen.contains("dead letter"));
    }
}
