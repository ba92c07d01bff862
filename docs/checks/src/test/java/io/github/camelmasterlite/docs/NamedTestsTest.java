package io.github.camelmasterlite.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A claim that names its test can be checked; so what the pages name must exist. */
class NamedTestsTest {

    private static final Pattern NAME = Pattern.compile("`(\\w+(?:Test|IT|Benchmark))(?:\\.(\\w+))?`");
    private static final Pattern STORY =
            Pattern.compile("(?:\\| |`|; |, |story |stories )(\\d\\d-[a-z]+(?:-[a-z]+)+)\\b");

    @Test
    void everyTestThatAPageNamesExists() throws IOException {
        Map<String, String> sources = new TreeMap<>();
        for (String kind : List.of("test", "benchmark")) {
            for (Path file : Page.javaSources(kind)) {
                sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
            }
        }
        List<String> missing = new ArrayList<>();
        int named = 0;
        for (Page page : Page.all()) {
            Matcher name = NAME.matcher(page.prose());
            while (name.find()) {
                named++;
                String source = sources.get(name.group(1));
                String method = name.group(2);
                if (source == null || (method != null && !source.contains(" " + method + "("))) {
                    missing.add(page.name() + ": " + name.group());
                }
            }
        }
        assertThat(missing).isEmpty();
        assertThat(named).isGreaterThan(100);
    }

    @Test
    void everyStoryThatAPageNamesExists() {
        Path stories = Page.ROOT.resolve("camel-master-lite/src/test/resources/stories");
        List<String> missing = new ArrayList<>();
        int named = 0;
        for (Page page : Page.all()) {
            Matcher story = STORY.matcher(page.prose());
            while (story.find()) {
                named++;
                if (!Files.exists(stories.resolve(story.group(1) + ".txt"))) {
                    missing.add(page.name() + ": " + story.group(1));
                }
            }
        }
        assertThat(missing).isEmpty();
        assertThat(named).isGreaterThan(3);
    }
}
