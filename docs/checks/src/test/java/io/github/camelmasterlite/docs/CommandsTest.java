package io.github.camelmasterlite.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What a reader is told to type is run by a test: each block of commands of the first pages and of the examples has a name in a comment before it,
 * by which a test takes it from the page and runs it. Those that no test runs are here, each with the reason.
 */
class CommandsTest {

    private static final String NO_CONTAINERS = "builds or runs an image, and the build has no container runtime";
    private static final String MINUTES = "takes minutes or hours; the block a glance is the same program";

    private static final Map<String, String> NOT_RUN = Map.ofEntries(
            Map.entry("README.md: everything", "is the build that runs this test"),
            Map.entry(
                    "docs/getting-started.md: install", "would write into the local repository of who runs the build"),
            Map.entry(
                    "docs/getting-started.md: build",
                    "takes the plugins that Maven has by default, which this build has no use for and would have to fetch;"
                            + " the test compiles and gathers the libraries itself"),
            Map.entry("examples/jdbc-lease-store/README.md: a database", NO_CONTAINERS),
            Map.entry("examples/quarkus-leader/README.md: image", NO_CONTAINERS),
            Map.entry("examples/spring-boot-leader/README.md: image", NO_CONTAINERS),
            Map.entry(
                    "examples/kubernetes-failover/README.md: run",
                    "half a minute: that of the block a cluster you have, and the start of a server as tests start theirs"),
            Map.entry(
                    "examples/kubernetes-failover/README.md: default times",
                    "most of a minute: waits for leases of 15 s to run out"),
            Map.entry("examples/failover-benchmark/README.md: files", MINUTES),
            Map.entry("examples/failover-benchmark/README.md: kubernetes", MINUTES),
            Map.entry("examples/failover-benchmark/README.md: peers", MINUTES),
            Map.entry("examples/failover-benchmark/README.md: scale", MINUTES),
            Map.entry(
                    "examples/failover-benchmark/README.md: start",
                    "a minute: starts examples/spring-boot-leader ten times"));

    private static final Pattern FENCE = Pattern.compile("^ *```(\\w*).*");
    private static final Pattern NAME = Pattern.compile("<!-- ([^/].*) -->");

    /** What a block begins with that is to be typed, whatever it says it is. */
    private static final Pattern TYPED = Pattern.compile(
            "(\\$ |(\\./|env |java |mvn |\\./mvnw |curl |kubectl |docker |cat |examples/|export ).*).*");

    /** Of one page: the names of its blocks of commands, and what is wrong with some. */
    private record Commands(List<String> names, List<String> wrong) {

        static Commands of(String text) {
            Commands commands = new Commands(new ArrayList<>(), new ArrayList<>());
            List<String> lines = text.lines().toList();
            Set<String> seen = new HashSet<>();
            for (int i = 0; i < lines.size(); i++) {
                Matcher fence = FENCE.matcher(lines.get(i));
                if (!fence.matches()) {
                    continue;
                }
                int begin = i;
                for (i++; i < lines.size() && !FENCE.matcher(lines.get(i)).matches(); ) {
                    i++;
                }
                String first = begin + 1 < i ? lines.get(begin + 1) : "";
                if (fence.group(1).equals("sh")) {
                    Matcher name = NAME.matcher(begin > 0 ? lines.get(begin - 1) : "");
                    if (!name.matches()) {
                        commands.wrong.add("no name before: " + first);
                    } else if (!seen.add(name.group(1))) {
                        commands.wrong.add("a second block named " + name.group(1));
                    } else {
                        commands.names.add(name.group(1));
                    }
                } else if (fence.group(1).isEmpty() && TYPED.matcher(first).matches()) {
                    commands.wrong.add("commands, and not marked as sh: " + first);
                }
            }
            return commands;
        }
    }

    @Test
    void eachBlockOfCommandsIsRunByATestOrListedWithTheReason() throws IOException {
        List<String> wrong = new ArrayList<>();
        Map<String, String> notRun = new TreeMap<>(NOT_RUN);
        int run = 0;
        for (Page page : Page.all()) {
            String name = page.name();
            if (!name.equals("README.md") && !name.equals("docs/getting-started.md") && !name.startsWith("examples/")) {
                continue;
            }
            Commands commands = Commands.of(page.text());
            commands.wrong().forEach(what -> wrong.add(name + ": " + what));
            String tests = tests(page);
            for (String block : commands.names()) {
                boolean isRun = Pattern.compile("\\b(block|start|run|ask)\\(\\s*\"" + Pattern.quote(block) + "\"")
                        .matcher(tests)
                        .find();
                boolean isListed = notRun.remove(name + ": " + block) != null;
                if (isRun && isListed) {
                    wrong.add(name + ": " + block + ": is run, and listed as not run");
                } else if (!isRun && !isListed) {
                    wrong.add(name + ": " + block + ": no test of it names this block");
                }
                run += isRun ? 1 : 0;
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(notRun).as("listed, and not there").isEmpty();
        assertThat(run).isGreaterThan(35);
    }

    @Test
    void aBlockWithoutANameAndOneThatHidesAreFound() {
        Commands commands = Commands.of("""
                <!-- one -->
                ```sh
                mvn -B package
                ```

                ```sh
                java -jar a.jar
                ```

                ```
                $ curl -s localhost
                ```

                ```
                printed
                ```
                <!-- one -->
                ```sh
                mvn -B verify
                ```
                """);
        assertThat(commands.names()).containsExactly("one");
        assertThat(commands.wrong())
                .containsExactly(
                        "no name before: java -jar a.jar",
                        "commands, and not marked as sh: $ curl -s localhost",
                        "a second block named one");
    }

    /** The sources of the tests that read a page: those beside it; of the pages of the whole project, those that say which page they read. */
    private static String tests(Page page) throws IOException {
        StringBuilder tests = new StringBuilder();
        boolean isOfAnExample = page.name().startsWith("examples/");
        for (Path file : Stream.of("test", "it")
                .flatMap(kind -> Page.javaSources(kind).stream())
                .toList()) {
            String source = Files.readString(file);
            boolean reads = isOfAnExample
                    ? file.startsWith(page.path().resolveSibling("src")) && source.contains("\"README.md\"")
                    : source.contains("TOP.resolve(\"" + page.name() + "\")")
                            || source.contains("Page.at(\"" + page.name() + "\")");
            if (reads) {
                tests.append(source);
            }
        }
        return tests.toString();
    }
}
