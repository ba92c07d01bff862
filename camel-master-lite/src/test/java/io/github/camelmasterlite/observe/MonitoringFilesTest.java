package io.github.camelmasterlite.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.github.camelmasterlite.cluster.LeaseClusterService;
import io.github.camelmasterlite.engine.MemoryLeaseStore;
import io.github.camelmasterlite.store.FickleStore;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The dashboard and the alerts ask for meters and tags that a real run has. */
class MonitoringFilesTest {

    private static final Path DOCS = Path.of("../docs");
    private static final Path FILES = DOCS.resolve("observability");

    private static final Pattern METER = Pattern.compile("(camel_leadership_[a-z_]+)(\\{[^}]*})?");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)\\s*(?:=~|!~|!=|=)\\s*\"");
    private static final Pattern BY = Pattern.compile("by \\(([^)]*)\\)");

    /** Labels that whoever scrapes adds. */
    private static final Set<String> OF_THE_SCRAPE = Set.of("job", "instance", "namespace");

    private static final MemoryLeaseStore.Shelf SHELF = new MemoryLeaseStore.Shelf();
    private static final DefaultCamelContext CONTEXT = new DefaultCamelContext();
    private static final PrometheusMeterRegistry REGISTRY = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    /** By name, the labels of each metric of the run. */
    private static final Map<String, Set<String>> SCRAPED = new TreeMap<>();

    @BeforeAll
    static void run() throws Exception {
        FickleStore store = new FickleStore(SHELF);
        LeaseClusterService service = new LeaseClusterService(store);
        service.setId("m1");
        service.setLeaseDurationMillis(3_000);
        service.setRenewDeadlineMillis(1_500);
        service.setRetryPeriodMillis(100);
        CONTEXT.getRegistry().bind("meters", REGISTRY);
        CONTEXT.addService(service, true, true);
        CONTEXT.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:orders:timer:clock?period=20").routeId("clock").to("log:quiet?level=OFF");
            }
        });
        CONTEXT.start();
        await().atMost(Duration.ofSeconds(10)).until(() -> service.isLeader("orders"));
        // The first tenure began before the meters did.
        service.getView("orders").resign(Duration.ZERO);
        await().atMost(Duration.ofSeconds(10))
                .until(() ->
                        REGISTRY.scrape().contains("camel_leadership_listener_calls_seconds_count{call=\"start\""));
        store.readOnly = true;
        await().atMost(Duration.ofSeconds(10))
                .until(() -> REGISTRY.scrape().contains("camel_leadership_store_failures_total"));
        REGISTRY.scrape()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .forEach(line -> SCRAPED.computeIfAbsent(line.substring(0, line.indexOf('{')), name -> new HashSet<>())
                        .addAll(labels(line)));
    }

    @AfterAll
    static void stop() {
        CONTEXT.stop();
    }

    private static Set<String> labels(String text) {
        return LABEL.matcher(text).results().map(match -> match.group(1)).collect(java.util.stream.Collectors.toSet());
    }

    private static JsonNode dashboard() throws Exception {
        return new ObjectMapper()
                .readTree(FILES.resolve("grafana-dashboard.json").toFile());
    }

    private static JsonNode yaml(String name) throws Exception {
        return new ObjectMapper(new YAMLFactory()).readTree(FILES.resolve(name).toFile());
    }

    private static List<JsonNode> rules() throws Exception {
        List<JsonNode> rules = new ArrayList<>();
        for (JsonNode group : yaml("alerts.yaml").get("groups")) {
            group.get("rules").forEach(rules::add);
        }
        return rules;
    }

    private static void assertThatMetersExist(String where, String expression) {
        Matcher meters = METER.matcher(expression);
        Set<String> labels = new HashSet<>(OF_THE_SCRAPE);
        boolean hasSome = false;
        while (meters.find()) {
            hasSome = true;
            String meter = meters.group(1);
            assertThat(SCRAPED.keySet()).as("%s: %s", where, expression).contains(meter);
            Set<String> own = new HashSet<>(SCRAPED.getOrDefault(meter, Set.of()));
            labels.addAll(own);
            own.addAll(OF_THE_SCRAPE);
            String selector = Optional.ofNullable(meters.group(2)).orElse("");
            assertThat(own).as("labels of %s in %s", meter, where).containsAll(labels(selector));
        }
        assertThat(hasSome).as("%s: %s", where, expression).isTrue();
        BY.matcher(expression)
                .results()
                .forEach(match -> assertThat(labels)
                        .as("%s: %s", where, expression)
                        .containsAll(List.of(match.group(1).split(",\\s*", -1))));
    }

    @Test
    void everyPanelOfTheDashboardAsksForMetersThatExist() throws Exception {
        JsonNode dashboard = dashboard();
        assertThat(dashboard.get("panels")).hasSizeGreaterThan(10);
        Set<Integer> ids = new HashSet<>();
        for (JsonNode panel : dashboard.get("panels")) {
            String title = panel.get("title").asText();
            assertThat(ids.add(panel.get("id").asInt())).as(title).isTrue();
            assertThat(panel.get("targets")).as(title).isNotEmpty();
            panel.get("targets")
                    .forEach(target ->
                            assertThatMetersExist(title, target.get("expr").asText()));
        }
        dashboard.get("templating").get("list").forEach(variable -> {
            if (variable.get("type").asText().equals("query")) {
                assertThatMetersExist(
                        variable.get("name").asText(),
                        variable.get("definition").asText());
            }
        });
    }

    @Test
    void everyAlertAsksForMetersThatExistAndIsDescribed() throws Exception {
        String document = Files.readString(DOCS.resolve("observability.md"));
        assertThat(rules()).hasSize(8);
        for (JsonNode rule : rules()) {
            String name = rule.get("alert").asText();
            assertThatMetersExist(name, rule.get("expr").asText());
            assertThat(rule.at("/labels/severity").asText()).as(name).isIn("info", "warning", "critical");
            assertThat(rule.at("/annotations/summary").asText()).as(name).isNotBlank();
            assertThat(rule.at("/annotations/description").asText()).as(name).isNotBlank();
            assertThat(document).contains("`" + name + "`");
        }
    }

    @Test
    void everyAlertIsTestedToFire() throws Exception {
        Set<String> firing = new TreeSet<>();
        for (JsonNode test : yaml("alerts-test.yaml").get("tests")) {
            for (JsonNode expectation : test.get("alert_rule_test")) {
                if (!expectation.path("exp_alerts").isEmpty()) {
                    firing.add(expectation.get("alertname").asText());
                }
            }
            test.get("input_series")
                    .forEach(series -> assertThatMetersExist(
                            test.get("name").asText(), series.get("series").asText()));
        }
        assertThat(firing)
                .containsExactlyInAnyOrderElementsOf(
                        rules().stream().map(rule -> rule.get("alert").asText()).toList());
    }

    /** Skipped where there is none: Debian's package prometheus has it. */
    @Test
    void theAlertsPassTheTestsOfPromtool() throws Exception {
        Optional<File> promtool = Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .map(directory -> new File(directory, "promtool"))
                .filter(File::canExecute)
                .findFirst();
        assumeThat(promtool).as("promtool on the PATH").isPresent();
        Path output = Files.createTempFile("promtool", ".txt");
        try {
            Process process = new ProcessBuilder(promtool.orElseThrow().getPath(), "test", "rules", "alerts-test.yaml")
                    .directory(FILES.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean hasEnded = process.waitFor(60, TimeUnit.SECONDS);
            process.destroyForcibly();
            assertThat(hasEnded).isTrue();
            assertThat(process.exitValue()).as(Files.readString(output)).isZero();
        } finally {
            Files.delete(output);
        }
    }

    @Test
    void everyMeterIsDescribed() throws Exception {
        String document = Files.readString(DOCS.resolve("observability.md"), StandardCharsets.UTF_8);
        Collection<String> meters = REGISTRY.getMeters().stream()
                .map(meter -> meter.getId().getName())
                .filter(name -> name.startsWith(LeadershipMetrics.PREFIX))
                .distinct()
                .toList();
        assertThat(meters).hasSize(13);
        assertThat(meters).allSatisfy(name -> assertThat(document).contains("`" + name + "`"));
    }
}
