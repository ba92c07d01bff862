package io.github.camelmasterlite.master;

import static io.github.camelmasterlite.master.MasterFixture.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.cluster.LocalClusterService;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A route behind a lock costs no thread of its own, neither on the member that leads nor on one that follows. */
class MasterThreadsTest {

    private static final int MANY = 50;

    /** Threads that hand over are kept for some seconds after their last work. */
    private static final Duration SETTLED = Duration.ofSeconds(25);

    /** One, and one more that may just be handing something over. */
    private static final int SMALL = 2;

    private static final class Member implements AutoCloseable {
        final RecordingComponent rec = new RecordingComponent();
        final LocalClusterService service;
        final DefaultCamelContext context = new DefaultCamelContext();

        Member(String id, String cluster, int routes) throws Exception {
            service = new LocalClusterService(cluster);
            service.setId(id);
            context.addService(service, true, true);
            context.addComponent("rec", rec);
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    for (int i = 0; i < routes; i++) {
                        fromF("master:lock%d:rec:x%d", i, i).process(exchange -> {});
                    }
                }
            });
            context.start();
        }

        /** All threads of the member: of its cluster service and of its context. */
        List<String> threads() {
            return Thread.getAllStackTraces().keySet().stream()
                    .map(Thread::getName)
                    .filter(name -> name.contains("-" + service.getId() + "-")
                            || name.startsWith("Camel (" + context.getName() + ")"))
                    .sorted()
                    .toList();
        }

        @Override
        public void close() {
            context.stop();
        }
    }

    private static void assertSettled(Member leader, Member follower, int routes) {
        assertThat(leader.rec.active).hasValue(routes);
        assertThat(follower.rec.active).hasValue(0);
        assertThat(leader.threads())
                .anyMatch(name -> name.endsWith("elections"))
                .hasSizeLessThanOrEqualTo(SMALL);
        assertThat(follower.threads())
                .anyMatch(name -> name.endsWith("elections"))
                .hasSizeLessThanOrEqualTo(SMALL);
    }

    @Test
    void fiftyRoutesHaveNoMoreThreadsThanOne() throws Exception {
        String cluster = "threads-" + UUID.randomUUID();
        try (Member one = new Member("leads-one", cluster + "-one", 1);
                Member many = new Member("leads-many", cluster + "-many", MANY)) {
            until(() -> one.rec.active.get() == 1 && many.rec.active.get() == MANY);
            try (Member besideOne = new Member("follows-one", cluster + "-one", 1);
                    Member besideMany = new Member("follows-many", cluster + "-many", MANY)) {
                Awaitility.await()
                        .during(Duration.ofMillis(1_500))
                        .atMost(SETTLED)
                        .pollInterval(Duration.ofMillis(100))
                        .untilAsserted(() -> {
                            assertSettled(one, besideOne, 1);
                            assertSettled(many, besideMany, MANY);
                        });
                System.out.printf(
                        "1 route: leader %s, follower %s; %d routes: leader %s, follower %s%n",
                        one.threads(), besideOne.threads(), MANY, many.threads(), besideMany.threads());
            }
        }
    }
}
