package io.github.camelmasterlite.master.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each row of the tables in docs/rejection.md names the test that shows it, and each test has a row. */
class RejectionDocumentationTest {

    private static final Path DOCUMENT = Path.of("..", "docs", "rejection.md");
    private static final Path CLASSES = Path.of("src/test/java/io/github/camelmasterlite/master/consumers");

    /** Guard, what comes, what follows, test. */
    private static final Pattern ROW =
            Pattern.compile("^\\| `?(wait|fail|off|any)`? \\| (.+?) \\| (.+) \\| `(\\w+RejectionTest)\\.(\\w+)` \\|$");

    /** Words that the name of a test has if its row has that guard. */
    private static final Map<String, List<String>> WORDS = Map.of(
            "wait", List.of("loss", "confirmation"),
            "fail", List.of("fail", "pollstrategy"),
            "off", List.of("off"),
            "any", List.of("errorhandler"));

    @Test
    void eachRowNamesATestAndEachTestHasARow() throws Exception {
        List<Matcher> rows = rows();

        assertThat(rows.stream().map(row -> row.group(4) + "." + row.group(5)))
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(tests());
    }

    @Test
    void eachRowHasTheGuardOfItsTest() throws Exception {
        for (Matcher row : rows()) {
            String name = row.group(5).toLowerCase(Locale.ROOT);
            assertThat(WORDS.get(row.group(1)))
                    .as("guard %s of %s", row.group(1), row.group(5))
                    .anyMatch(name::contains);
        }
    }

    private static List<Matcher> rows() throws IOException {
        try (Stream<String> lines = Files.lines(DOCUMENT)) {
            return lines.filter(line -> line.contains("RejectionTest."))
                    .map(line -> {
                        Matcher row = ROW.matcher(line);
                        assertThat(row.matches()).as(line).isTrue();
                        return row;
                    })
                    .toList();
        }
    }

    private static Set<String> tests() throws Exception {
        Set<String> found = new TreeSet<>();
        try (Stream<Path> files = Files.list(CLASSES)) {
            for (Path file : files.filter(file -> file.toString().endsWith("RejectionTest.java"))
                    .toList()) {
                String name = file.getFileName().toString().replace(".java", "");
                Class<?> type = Class.forName(RejectionDocumentationTest.class.getPackageName() + "." + name);
                Arrays.stream(type.getDeclaredMethods())
                        .filter(method -> method.isAnnotationPresent(Test.class))
                        .map(Method::getName)
                        .forEach(method -> found.add(name + "." + method));
            }
        }
        assertThat(found).isNotEmpty();
        return found;
    }
}
