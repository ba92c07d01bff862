package io.github.camelmasterlite.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.file.FileLockClusterService;
import io.github.camelmasterlite.kubernetes.KubernetesClusterService;
import io.github.camelmasterlite.master.MasterComponent;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.main.Main;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Code and keys that were written for Camel's own component and services mean the same for ours; the guide docs/migration.md says so. */
class UpstreamConfigurationTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    /** Camel's connection settings as an object: the guide says what takes its place. */
    private static final Set<String> WITHOUT_COUNTERPART = Set.of("configuration");

    @TempDir
    Path directory;

    // ---- the classes

    @Test
    void everyClassThatTheGuideRenamesIsThereOnBothSides() throws Exception {
        Map<String, String> renamed = Upstream.renamedClasses();
        assertThat(renamed).hasSizeGreaterThanOrEqualTo(4);
        for (Map.Entry<String, String> rename : renamed.entrySet()) {
            assertThat(Upstream.theirs(rename.getKey())).isNotNull();
            assertThat(Class.forName(rename.getValue())).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {FileLockClusterService.class, KubernetesClusterService.class, MasterComponent.class})
    void everySetterOfCamelsIsThereWithTheSameTypes(Class<?> ours) throws Exception {
        Class<?> theirs = theirs(ours);
        Set<String> missing = signatures(theirs);
        missing.removeAll(signatures(ours));
        missing.removeIf(signature -> WITHOUT_COUNTERPART.stream()
                .anyMatch(option -> signature.toLowerCase(Locale.ROOT).startsWith("set" + option + "(")));
        assertThat(missing).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(classes = {FileLockClusterService.class, KubernetesClusterService.class, MasterComponent.class})
    void everyDefaultOfCamelsIsTheSame(Class<?> ours) throws Exception {
        Class<?> theirs = theirs(ours);
        Map<String, String> expected = values(theirs.getConstructor().newInstance(), theirs);
        Map<String, String> actual = values(ours.getConstructor().newInstance(), theirs);
        // found by ours where they are asked for, and by Camel's when it starts
        List.of("id", "podName", "clusterLabels", "serviceSelector", "order").forEach(option -> {
            expected.remove(option);
            actual.remove(option);
        });
        assertThat(actual).containsAllEntriesOf(expected);
    }

    private static Class<?> theirs(Class<?> ours) throws ClassNotFoundException {
        for (Map.Entry<String, String> rename : Upstream.renamedClasses().entrySet()) {
            if (rename.getValue().equals(ours.getName())) {
                return Upstream.theirs(rename.getKey());
            }
        }
        throw new AssertionError("the guide does not name " + ours);
    }

    private static Set<String> signatures(Class<?> type) {
        return Arrays.stream(type.getMethods())
                .filter(method -> method.getName().startsWith("set"))
                .map(method -> method.getName() + "("
                        + Stream.of(method.getParameterTypes())
                                .map(Class::getSimpleName)
                                .collect(Collectors.joining(", "))
                        + ")")
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** What the getters of the options that {@code like} has answer. */
    private static Map<String, String> values(Object bean, Class<?> like) throws Exception {
        Map<String, String> values = new TreeMap<>();
        for (String option : Options.names(like)) {
            Method getter = Options.getterOrNull(bean.getClass(), option);
            if (getter != null && !WITHOUT_COUNTERPART.contains(option)) {
                Object value = getter.invoke(bean);
                values.put(option, String.valueOf(value instanceof Map<?, ?> map ? new TreeMap<>(map) : value));
            }
        }
        return values;
    }

    // ---- code

    @Test
    void everyOptionOfTheFileServiceIsTakenFromCodeWrittenForCamels() throws Exception {
        assertSameValues("FileLockApplication", "/tmp/somewhere", "member-1");
    }

    @Test
    void everyOptionOfTheKubernetesServiceIsTakenFromCodeWrittenForCamels() throws Exception {
        assertSameValues("KubernetesApplication");
    }

    private void assertSameValues(String application, String... arguments) throws Exception {
        Object theirs = service(Upstream.asItIs(application, dir("theirs")), application, arguments);
        Object ours = service(Upstream.migrated(application, dir("ours")), application, arguments);
        Map<String, String> expected = values(theirs, theirs.getClass());
        assertThat(expected).hasSizeGreaterThan(8);
        assertThat(values(ours, theirs.getClass())).containsAllEntriesOf(expected);
        assertThat(ours.getClass().getName()).startsWith("io.github.camelmasterlite.");
    }

    private Path dir(String name) throws IOException {
        return Files.createDirectories(directory.resolve(name));
    }

    private static Object service(Upstream upstream, String application, String... arguments) throws Exception {
        Class<?>[] types = Stream.of(arguments).map(argument -> String.class).toArray(Class<?>[]::new);
        return upstream.load(application).getMethod("service", types).invoke(null, (Object[]) arguments);
    }

    // ---- keys

    /** As Camel's documentation has them, with the one class name swapped. */
    @Test
    void beansOfPropertiesRunWithTheNameOfTheClassSwapped() throws Exception {
        Properties properties = new Properties();
        properties.setProperty("camel.beans.cluster", "#class:" + FileLockClusterService.class.getName());
        properties.setProperty("camel.beans.cluster.id", "member-1");
        properties.setProperty(
                "camel.beans.cluster.root", directory.resolve("locks").toString());
        properties.setProperty("camel.beans.cluster.acquireLockInterval", "2");
        properties.setProperty("camel.component.master.back-off-delay", "1000");
        properties.setProperty("camel.component.master.back-off-max-attempts", "3");
        List<String> ticks = new CopyOnWriteArrayList<>();
        run(properties, ticks, context -> {
            assertThat(context.hasServices(CamelClusterService.class))
                    .singleElement()
                    .isInstanceOfSatisfying(FileLockClusterService.class, service -> {
                        assertThat(service.getId()).isEqualTo("member-1");
                        assertThat(service.getAcquireLockInterval()).isEqualTo(2);
                    });
            MasterComponent master = context.getComponent("master", MasterComponent.class);
            assertThat(master.getBackOffDelay()).isEqualTo(1000);
            assertThat(master.getBackOffMaxAttempts()).isEqualTo(3);
        });
        assertThat(ticks).isNotEmpty();
    }

    /** Those of Camel's file service, of which only the type is called otherwise. */
    @Test
    void keysOfTheFileServiceRunUnderTheOtherNameOfTheType() throws Exception {
        Properties properties = new Properties();
        String prefix = "camel.cluster.file-lock.";
        properties.setProperty(prefix + "id", "member-1");
        properties.setProperty(prefix + "root", directory.resolve("locks").toString());
        properties.setProperty(prefix + "acquire-lock-delay", "1");
        properties.setProperty(prefix + "acquire-lock-delay-unit", "SECONDS");
        properties.setProperty(prefix + "acquire-lock-interval", "2");
        properties.setProperty(prefix + "acquire-lock-interval-unit", "SECONDS");
        properties.setProperty(prefix + "heartbeat-timeout-multiplier", "4");
        properties.setProperty(prefix + "cluster-data-task-max-attempts", "3");
        properties.setProperty(prefix + "cluster-data-task-timeout", "5");
        properties.setProperty(prefix + "order", "3");
        properties.setProperty(prefix + "attributes[site]", "north");
        List<String> ticks = new CopyOnWriteArrayList<>();
        run(
                properties,
                ticks,
                context -> assertThat(context.hasServices(CamelClusterService.class))
                        .singleElement()
                        .isInstanceOfSatisfying(FileLockClusterService.class, service -> {
                            assertThat(service.getHeartbeatTimeoutMultiplier()).isEqualTo(4);
                            assertThat(service.getOrder()).isEqualTo(3);
                            assertThat(service.getAttributes()).containsEntry("site", "north");
                        }));
        assertThat(ticks).isNotEmpty();
    }

    private interface Check {
        void on(CamelContext context) throws Exception;
    }

    /** Runs a route with these properties until it has ticked. */
    private static void run(Properties properties, List<String> ticks, Check check) throws Exception {
        Main main = new Main();
        main.setOverrideProperties(properties);
        main.configure().addRoutesBuilder(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock1:timer:clock?period=50&delay=0").process(exchange -> ticks.add("tick"));
            }
        });
        try {
            main.start();
            Awaitility.await().atMost(SOON).until(() -> !ticks.isEmpty());
            check.on(main.getCamelContext());
        } finally {
            main.stop();
        }
    }

    /** What goes unnoticed: keys of the type {@code file} mean Camel's own service, which is always there, and {@code master:} uses that. */
    @Test
    void theKeysOfTheTypeFileMeanCamelsOwnService() throws Exception {
        Properties properties = new Properties();
        properties.setProperty(
                "camel.cluster.file.root", directory.resolve("locks").toString());
        Main main = new Main();
        main.setOverrideProperties(properties);
        main.configure().addRoutesBuilder(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock1:timer:clock").to("log:tick");
            }
        });
        try {
            main.start();
            assertThat(main.getCamelContext().hasServices(CamelClusterService.class))
                    .singleElement()
                    .isInstanceOf(org.apache.camel.component.file.cluster.FileLockClusterService.class);
        } finally {
            main.stop();
        }
    }
}
