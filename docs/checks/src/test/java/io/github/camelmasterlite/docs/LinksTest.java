package io.github.camelmasterlite.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The pages at the top, in {@code docs} and of the examples are one site. */
class LinksTest {

    private static final String INDEX = "docs/README.md";

    private final List<Page> pages = Page.all();

    @Test
    void everyRelativeLinkLeadsSomewhere() {
        List<String> broken = new ArrayList<>();
        int checked = 0;
        for (Page page : pages) {
            for (String link : page.links()) {
                if (!isElsewhere(link)) {
                    checked++;
                    String problem = problem(page, link);
                    if (problem != null) {
                        broken.add(page.name() + ": " + link + " " + problem);
                    }
                }
            }
        }
        assertThat(broken).isEmpty();
        assertThat(checked).isGreaterThan(50);
    }

    @Test
    void everyPageOfTheSiteIsReachedFromItsIndex() {
        Set<String> reached = new LinkedHashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(INDEX));
        while (!open.isEmpty()) {
            String name = open.pop();
            if (reached.add(name)) {
                pages.stream()
                        .filter(page -> page.name().equals(name))
                        .forEach(page -> page.links().stream()
                                .filter(link -> !isElsewhere(link))
                                .map(link -> target(page, link))
                                .filter(Path::isAbsolute)
                                .map(path -> Page.ROOT.relativize(path).toString())
                                .filter(path -> path.endsWith(".md"))
                                .forEach(open::push));
            }
        }
        Set<String> unreached = pages.stream().map(Page::name).collect(Collectors.toCollection(LinkedHashSet::new));
        unreached.removeAll(reached);
        assertThat(unreached).as("pages that %s does not lead to", INDEX).isEmpty();
    }

    @Test
    void theIndexItselfIsReachedFromTheReadme() {
        assertThat(Page.at("README.md").links()).contains(INDEX);
    }

    private static boolean isElsewhere(String link) {
        return link.matches("[a-z]+:.*");
    }

    /** The file that a link of a page means. */
    private static Path target(Page page, String link) {
        String file = link.replaceFirst("#.*", "");
        Path folder = page.path().getParent();
        return file.isEmpty() || folder == null
                ? page.path()
                : folder.resolve(file).normalize();
    }

    private static @Nullable String problem(Page page, String link) {
        Path target = target(page, link);
        if (!target.startsWith(Page.ROOT)) {
            return "leaves the project";
        }
        if (!Files.exists(target)) {
            return "does not exist";
        }
        int hash = link.indexOf('#');
        if (hash < 0 || !target.toString().endsWith(".md")) {
            return null;
        }
        String anchor = link.substring(hash + 1);
        Page of = Page.at(Page.ROOT.relativize(target).toString());
        return of.anchors().contains(anchor) ? null : "is no heading; there are " + of.anchors();
    }
}
