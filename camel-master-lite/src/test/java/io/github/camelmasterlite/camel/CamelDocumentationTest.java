package io.github.camelmasterlite.camel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tables of {@code docs/camel.md} name tests; those that are named must exist. */
class CamelDocumentationTest {

    private static final Pattern TEST = Pattern.compile("`(\\w+Test)\\.(\\w+)`");

    @Test
    void everyTestThatTheTablesNameExists() throws Exception {
        List<String> missing = new ArrayList<>();
        int named = 0;
        Matcher tests = TEST.matcher(Files.readString(Path.of("../docs/camel.md")));
        while (tests.find()) {
            named++;
            if (!exists(tests.group(1), tests.group(2))) {
                missing.add(tests.group());
            }
        }
        assertThat(missing).isEmpty();
        assertThat(named).isGreaterThan(30);
    }

    private static boolean exists(String type, String method) {
        return Stream.of("camel", "master")
                .map(name -> "io.github.camelmasterlite." + name + "." + type)
                .flatMap(name -> {
                    try {
                        return Stream.of(Class.forName(name).getDeclaredMethods());
                    } catch (ClassNotFoundException e) {
                        return Stream.empty();
                    }
                })
                .anyMatch(declared -> declared.getName().equals(method));
    }
}
