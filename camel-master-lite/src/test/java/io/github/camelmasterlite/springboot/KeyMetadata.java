package io.github.camelmasterlite.springboot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.camel.util.StringHelper;
import org.apache.camel.util.json.DeserializationException;
import org.apache.camel.util.json.JsonObject;
import org.apache.camel.util.json.Jsoner;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.StandardEnvironment;

/** What the module under test tells IDEs of its keys, and the tables of the documentation. */
public final class KeyMetadata {

    private static final Path METADATA = Path.of("target", "classes", "META-INF", "spring-configuration-metadata.json");
    private static final Path DOCUMENTATION = Path.of("..", "docs", "spring-boot.md");

    private final Map<String, Map<String, Object>> keys = new TreeMap<>();
    private final List<String> options;

    /**
     * @param type has a property for each option
     */
    @SuppressWarnings("unchecked")
    public KeyMetadata(Class<?> type) throws IOException {
        options = new OptionKeys<>(new StandardEnvironment(), type, List.of("none"), null).options();
        Map<String, Object> all = parse(Files.readString(METADATA));
        for (Object key : (List<Object>) Objects.requireNonNull(all.get("properties"))) {
            Map<String, Object> properties = (Map<String, Object>) key;
            keys.put(String.valueOf(properties.get("name")), properties);
        }
    }

    private static JsonObject parse(String json) throws IOException {
        try {
            return (JsonObject) Jsoner.deserialize(json);
        } catch (DeserializationException e) {
            throw new IOException(METADATA + " is no JSON", e);
        }
    }

    /** Every option is there under every prefix, with a type and a description. */
    public void assertComplete(String... prefixes) {
        for (String prefix : prefixes) {
            for (String option : options) {
                String key = prefix + "." + (option.equals("customizer") ? "customizer.enabled" : option);
                assertThat(keys).containsKey(key);
                assertThat(keys.get(key)).as(key).containsKeys("type", "description");
            }
        }
    }

    /** Every option is deprecated under a prefix that is out of use, and says what it is called now. */
    public void assertReplaced(String former, String usual) {
        for (String option : options) {
            assertThat(keys.get(former + "." + option))
                    .as(option)
                    .extracting("deprecation")
                    .extracting("replacement")
                    .isEqualTo(usual + "." + option);
        }
    }

    /** The defaults are those that a new bean has. */
    public void assertDefaults(String prefix, Object bean) throws ReflectiveOperationException {
        int compared = 0;
        for (String option : options) {
            Map<String, Object> key = keys.get(prefix + "." + option);
            Object expected = key == null ? null : key.get("defaultValue");
            Optional<Object> actual = value(bean, StringHelper.dashToCamelCase(option));
            if (expected != null && actual.isPresent()) {
                Optional<Object> unit = value(bean, StringHelper.dashToCamelCase(option) + "Unit");
                boolean isDuration = actual.get() instanceof Long && expected instanceof String;
                Object value = isDuration
                        ? ((TimeUnit) unit.orElse(TimeUnit.MILLISECONDS)).toMillis((Long) actual.get())
                        : String.valueOf(actual.get()).toLowerCase(Locale.ROOT);
                assertThat(
                                isDuration
                                        ? (Object) Millis.parse((String) expected)
                                        : String.valueOf(expected).toLowerCase(Locale.ROOT))
                        .as("default of %s", option)
                        .isEqualTo(value);
                compared++;
            }
        }
        assertThat(compared).as("options with a default").isGreaterThan(5);
    }

    /** The table of the documentation has every option, with its default and its description, and no other. */
    public void assertDocumented(String module, String prefix) throws IOException {
        String text = Files.readString(DOCUMENTATION);
        int from = text.indexOf("<!-- keys:" + module + " -->");
        int to = text.indexOf("<!-- /keys:" + module + " -->");
        assertThat(from).as("table of %s", module).isNotNegative();
        Map<String, String> rows = new TreeMap<>();
        Matcher row =
                Pattern.compile("(?m)^\\| `(.*?)` \\| (.*?) \\| (.*) \\|$").matcher(text.substring(from, to));
        while (row.find()) {
            rows.put(row.group(1), row.group(2).replace("`", "") + " | " + row.group(3));
        }
        Map<String, String> expected = options.stream()
                .map(option -> option.equals("customizer") ? "customizer.enabled" : option)
                .collect(Collectors.toMap(
                        option -> option, option -> documented(prefix + "." + option), (a, b) -> a, TreeMap::new));
        assertThat(rows).isEqualTo(expected);
    }

    private String documented(String key) {
        Map<String, Object> entry = Objects.requireNonNull(keys.get(key), key);
        Object value = entry.get("defaultValue");
        return (value == null ? "" : value) + " | " + entry.get("description");
    }

    private static Optional<Object> value(Object bean, String option) throws ReflectiveOperationException {
        String suffix = Character.toUpperCase(option.charAt(0)) + option.substring(1);
        @Nullable
        Method getter = Arrays.stream(bean.getClass().getMethods())
                .filter(method -> method.getParameterCount() == 0
                        && (method.getName().equals("get" + suffix)
                                || method.getName().equals("is" + suffix)))
                .findFirst()
                .orElse(null);
        return getter == null ? Optional.empty() : Optional.ofNullable(getter.invoke(bean));
    }
}
