package io.github.camelmasterlite.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.cluster.LocalClusterService;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.management.MBeanInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.ValueDescriptor;
import org.apache.camel.console.DevConsole;
import org.apache.camel.console.DevConsoleRegistry;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.support.EventNotifierSupport;
import org.apache.camel.util.json.JsonObject;
import org.apache.camel.util.json.Jsoner;
import org.junit.jupiter.api.Test;

/**
 * What docs/observability-console.md shows is what the program says, apart from times and tokens. {@code -Ddocs.write} writes it.
 */
class ConsoleDocumentationTest {

    private static final Path DOCUMENT = Path.of("../docs/observability-console.md");

    @Test
    void theDocumentShowsWhatTheProgramSays() throws Exception {
        Map<String, String> blocks = new LinkedHashMap<>();
        List<String> events = new CopyOnWriteArrayList<>();
        try (ObserveFixture fixture = new ObserveFixture()) {
            LocalClusterService one = fixture.member("pod-1");
            DefaultCamelContext context = fixture.context(one);
            context.build();
            context.getManagementStrategy().addEventNotifier(new EventNotifierSupport() {
                @Override
                public void notify(CamelEvent event) {
                    if (event instanceof LeadershipChangedEvent change) {
                        events.add(change.toString());
                    }
                }
            });
            ObserveFixture.route(context, "import", "master:orders:timer:import?period=60000&delay=60000");
            context.start();
            ObserveFixture.untilRunning(context, "import");
            LocalClusterService two = fixture.member("pod-2");
            two.start();
            two.getView("orders");
            ObserveFixture.until(() -> one.report().members().size() == 2);

            blocks.put("text", fenced("", call(context, DevConsole.MediaType.TEXT, Map.of())));
            blocks.put("json", fenced("json", call(context, DevConsole.MediaType.JSON, Map.of())));
            blocks.put("beans", beans(context));
            Map<String, Object> resign = Map.of("action", "resign", "lock", "orders", "coolDown", "60s");
            blocks.put("resign", fenced("", call(context, DevConsole.MediaType.TEXT, resign)));
            ObserveFixture.untilLeading(two, "orders");
            ObserveFixture.until(() -> events.size() >= 2);
            blocks.put("events", fenced("", String.join("\n", events.subList(0, 2))));
        }
        blocks.put("records", records());

        String document = Files.readString(DOCUMENT);
        String expected = document;
        for (Map.Entry<String, String> block : blocks.entrySet()) {
            expected = replaced(expected, block.getKey(), block.getValue());
        }
        if (System.getProperty("docs.write") != null) {
            Files.writeString(DOCUMENT, expected);
        } else {
            assertThat(steady(document)).isEqualTo(steady(expected));
        }
    }

    private static String replaced(String document, String name, String content) {
        String begin = "<!-- " + name + " -->\n";
        String end = "<!-- /" + name + " -->";
        int from = document.indexOf(begin);
        int to = document.indexOf(end);
        assertThat(from).as(name).isNotNegative().isLessThan(to);
        return document.substring(0, from) + begin + "\n" + content + "\n" + document.substring(to);
    }

    /** Without what is different each time. */
    private static String steady(String text) {
        return text.replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "(time)")
                .replaceAll("\\d+\\.\\d s\\b", "(span)")
                .replaceAll("Millis\": ?\\d+", "Millis\": (span)")
                .replaceAll("fencingToken\": ?\\d+", "fencingToken\": (token)")
                .replaceAll("fencing token \\d+", "fencing token (token)");
    }

    private static String fenced(String language, String content) {
        return "```" + language + "\n" + content.strip() + "\n```\n";
    }

    private static String call(DefaultCamelContext context, DevConsole.MediaType type, Map<String, Object> options) {
        DevConsoleRegistry registry =
                Objects.requireNonNull(context.getCamelContextExtension().getContextPlugin(DevConsoleRegistry.class));
        DevConsole console = Objects.requireNonNull(registry.resolveById("leadership"));
        Object answer = Objects.requireNonNull(console.call(type, new HashMap<>(options)));
        return answer instanceof JsonObject json ? Jsoner.prettyPrint(json.toJson(), 2) : (String) answer;
    }

    private static String beans(DefaultCamelContext context) throws Exception {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        ObjectName all =
                new ObjectName("org.apache.camel:context=" + context.getManagementName() + ",type=leadership,*");
        ObserveFixture.until(() -> server.queryNames(all, null).size() == 2);
        Set<ObjectName> names = new TreeSet<>(Comparator.comparing(ObjectName::toString));
        names.addAll(server.queryNames(all, null));
        StringBuilder out = new StringBuilder();
        for (ObjectName name : names) {
            MBeanInfo info = server.getMBeanInfo(name);
            out.append('`')
                    .append(name.toString().replace("context=" + context.getManagementName(), "context=camel-1"))
                    .append("`\n\n| attribute | type | |\n|---|---|---|\n");
            Arrays.stream(info.getAttributes())
                    .sorted(Comparator.comparing(attribute -> attribute.getName()))
                    .forEach(attribute -> out.append(String.format(
                            "| %s | %s | %s |%n",
                            attribute.getName(), simple(attribute.getType()), attribute.getDescription())));
            Set<String> getters = new TreeSet<>();
            Arrays.stream(info.getAttributes()).forEach(attribute -> {
                getters.add("get" + attribute.getName());
                getters.add("is" + attribute.getName());
            });
            out.append("\n| operation | |\n|---|---|\n");
            Arrays.stream(info.getOperations())
                    .filter(operation -> operation.getSignature().length > 0 || !getters.contains(operation.getName()))
                    .sorted(Comparator.comparing(MBeanOperationInfo::getName))
                    .forEach(operation -> out.append(String.format(
                            "| %s(%s) | %s |%n",
                            operation.getName(),
                            String.join(
                                    ", ",
                                    Arrays.stream(operation.getSignature())
                                            .map(parameter -> simple(parameter.getType()))
                                            .toList()),
                            operation.getDescription())));
            out.append('\n');
        }
        return out.toString().strip() + "\n";
    }

    private static String simple(String type) {
        return type.equals("[Ljava.lang.String;") ? "String[]" : type.substring(type.lastIndexOf('.') + 1);
    }

    private static String records() {
        List<Class<? extends Event>> types = List.of(
                FlightRecords.TenureEvent.class,
                FlightRecords.LeaderChangedEvent.class,
                FlightRecords.StoreCallEvent.class);
        List<String> lines = new ArrayList<>(List.of("| event | | fields |", "|---|---|---|"));
        Set<String> standard = Set.of("startTime", "duration", "eventThread", "stackTrace");
        for (Class<? extends Event> type : types) {
            EventType event = EventType.getEventType(type);
            lines.add(String.format(
                    "| `%s` | %s | %s |",
                    event.getName(),
                    event.getDescription(),
                    String.join(
                            ", ",
                            event.getFields().stream()
                                    .map(ValueDescriptor::getName)
                                    .filter(field -> !standard.contains(field))
                                    .toList())));
        }
        return String.join("\n", lines) + "\n";
    }

    @Test
    void theNamesInTheDocumentAreThoseOfTheProgram() throws IOException {
        assertThat(Files.readString(DOCUMENT))
                .contains("`" + LeadershipChangedEvent.class.getName() + "`")
                .contains(LeadershipConsole.FILTER + "=")
                .contains(LeadershipConsole.ACTION + "=")
                .contains(LeadershipConsole.COOL_DOWN + "=")
                .contains(LeadershipConsole.SERVICE + "=");
    }
}
