package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.master.MasterComponent;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The tables of options in the README name every option that can be set, and its default. */
class ReadmeOptionsTest {

    private static final Path README = Path.of("..", "README.md");

    /** Set by Camel, not by people, or of no use to a component that has no producer. */
    private static final List<String> NOT_OPTIONS = List.of("camelContext", "generatedId", "lazyStartProducer");

    @Test
    void theComponentsTableIsComplete() throws Exception {
        assertTable("master", new MasterComponent());
    }

    @Test
    void theFileServicesTableIsComplete() throws Exception {
        assertTable("file", new FileLockClusterService());
    }

    private static void assertTable(String table, Object bean) throws Exception {
        Map<String, String> documented = table(table);
        Map<String, Method> setters = Arrays.stream(bean.getClass().getMethods())
                .filter(method -> method.getName().startsWith("set") && method.getParameterCount() == 1)
                .collect(Collectors.toMap(
                        method -> Character.toLowerCase(method.getName().charAt(3))
                                + method.getName().substring(4),
                        method -> method,
                        (a, b) -> a,
                        TreeMap::new));
        setters.keySet().removeAll(NOT_OPTIONS);
        assertThat(new TreeSet<>(documented.keySet())).isEqualTo(new TreeSet<>(setters.keySet()));
        for (Map.Entry<String, String> option : documented.entrySet()) {
            if (option.getValue().matches("`.*`")) {
                String expected =
                        option.getValue().substring(1, option.getValue().length() - 1);
                assertThat(String.valueOf(get(bean, option.getKey())).toLowerCase(Locale.ROOT))
                        .as("default of %s", option.getKey())
                        .isEqualTo(expected.toLowerCase(Locale.ROOT));
            }
        }
    }

    /** Options and their defaults: rows may name several, in the same order as their defaults. */
    private static Map<String, String> table(String name) throws IOException {
        String readme = Files.readString(README);
        int from = readme.indexOf("<!-- options:" + name + " -->");
        int to = readme.indexOf("<!-- /options:" + name + " -->");
        assertThat(from).as("begin of table %s", name).isNotNegative();
        Map<String, String> found = new TreeMap<>();
        Pattern row = Pattern.compile("^\\| (`.*?`) \\| (.*?) \\| .* \\|$");
        readme.substring(from, to)
                .lines()
                .map(row::matcher)
                .filter(Matcher::matches)
                .forEach(matcher -> {
                    String[] options = matcher.group(1).split(", ", -1);
                    String[] defaults = matcher.group(2).split(", ", -1);
                    for (int i = 0; i < options.length; i++) {
                        found.put(options[i].replace("`", ""), options.length == 1 ? matcher.group(2) : defaults[i]);
                    }
                });
        return found;
    }

    private static Object get(Object bean, String option) throws Exception {
        String suffix = Character.toUpperCase(option.charAt(0)) + option.substring(1);
        Optional<Method> getter = Arrays.stream(bean.getClass().getMethods())
                .filter(method -> method.getParameterCount() == 0
                        && (method.getName().equals("get" + suffix)
                                || method.getName().equals("is" + suffix)))
                .findFirst();
        return getter.orElseThrow(() -> new AssertionError("no getter of " + option))
                .invoke(bean);
    }
}
