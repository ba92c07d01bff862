package io.github.camelmasterlite.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.LeaseClusterService;
import io.github.camelmasterlite.engine.MemoryLeaseStore;
import io.github.camelmasterlite.store.FickleStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What docs/observability.md shows of health was printed by a run, but for the figures. {@code -Ddocs.write} writes it. */
class HealthDocumentationTest {

    private static final Path DOCUMENT = Path.of("../docs/observability.md");

    private final MemoryLeaseStore.Shelf shelf = new MemoryLeaseStore.Shelf();
    private final List<DefaultCamelContext> contexts = new ArrayList<>();

    @AfterEach
    void stop() {
        contexts.forEach(DefaultCamelContext::stop);
    }

    private DefaultCamelContext member(String id, FickleStore store, String lock) throws Exception {
        LeaseClusterService service = new LeaseClusterService(store);
        service.setId(id);
        service.setLeaseDurationMillis(3_000);
        service.setRenewDeadlineMillis(1_800);
        service.setRetryPeriodMillis(200);
        DefaultCamelContext context = new DefaultCamelContext();
        contexts.add(context);
        context.addService(service, true, true);
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:" + lock + ":timer:clock").routeId(lock).to("log:quiet?level=OFF");
            }
        });
        HealthCheckHelper.getHealthCheckRepository(context, "consumers");
        context.start();
        return context;
    }

    private static LeaseClusterService service(DefaultCamelContext context) {
        return context.hasService(LeaseClusterService.class);
    }

    private static void until(Callable<Boolean> condition) {
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(20))
                .until(condition);
    }

    private static HealthCheck.Result leadership(DefaultCamelContext context) {
        return HealthCheckHelper.invokeReadiness(context, "full").stream()
                .filter(result -> result.getCheck().getId().startsWith("leadership"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theHealthInTheDocumentIsThatOfARun() throws Exception {
        DefaultCamelContext first = member("orders-1", new FickleStore(shelf), "orders");
        LeaseClusterService leading = service(first);
        until(() -> leading.isLeader("orders"));
        DefaultCamelContext second = member("orders-2", new FickleStore(shelf), "orders");
        LeadershipView following = service(second).getView("orders");
        until(() -> following.getLeader().isPresent());
        until(() -> json(first).contains("running") && json(second).contains("following"));
        check(
                "health-up",
                "orders-1, which leads:\n\n" + block(first) + "\norders-2, which follows:\n\n" + block(second));
    }

    @Test
    void theHealthOfAMissingPermissionInTheDocumentIsThatOfARun() throws Exception {
        FickleStore store = new FickleStore(shelf);
        store.readOnly = true;
        DefaultCamelContext context = member("orders-1", store, "orders");
        until(() -> leadership(context).getState() == HealthCheck.State.DOWN);
        check("health-down", block(context));
    }

    private static String block(DefaultCamelContext context) throws Exception {
        return "```json\n" + json(context) + "\n```\n";
    }

    /** Without what Camel counts of its own for each check. */
    private static String json(DefaultCamelContext context) throws Exception {
        List<Map<String, Object>> checks = new ArrayList<>();
        for (HealthCheck.Result result : HealthCheckHelper.invokeReadiness(context, "full")) {
            Map<String, Object> check = new TreeMap<>();
            check.put("name", result.getCheck().getId());
            check.put("status", result.getState());
            result.getMessage().ifPresent(message -> check.put("message", message));
            Map<String, Object> data = new TreeMap<>();
            result.getDetails().forEach((key, value) -> {
                if (!key.matches("(invocation|success|failure|check|route|context)\\..*")) {
                    data.put(key, value);
                }
            });
            check.put("data", data);
            checks.add(check);
        }
        checks.removeIf(check -> String.valueOf(check.get("name")).equals("context"));
        checks.sort(java.util.Comparator.comparing(check -> String.valueOf(check.get("name"))));
        return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(checks);
    }

    private static void check(String name, String text) throws Exception {
        String begin = "<!-- " + name + " -->\n\n";
        String end = "\n<!-- /" + name + " -->";
        String document = Files.readString(DOCUMENT);
        int from = document.indexOf(begin);
        int to = document.indexOf(end);
        assertThat(from).isNotNegative().isLessThan(to);
        if (System.getProperty("docs.write") != null) {
            Files.writeString(DOCUMENT, document.substring(0, from) + begin + text + document.substring(to));
        } else {
            assertThat(withoutFigures(document.substring(from + begin.length(), to)))
                    .isEqualTo(withoutFigures(text));
        }
    }

    private static String withoutFigures(String text) {
        return text.replaceAll("\\d+\\.\\d s", "N s").replaceAll("token \\d+", "token N");
    }
}
