package io.github.camelmasterlite.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page of Markdown.
 *
 * @param path where it is
 * @param text what it says
 */
record Page(Path path, String text) {

    /** The top of the project. */
    static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();

    private static final Pattern FENCE = Pattern.compile("(?ms)^ *```(\\w*)[^\\n]*\\n(.*?)^ *```$");
    private static final Pattern CODE = Pattern.compile("`[^`\\n]*`");
    private static final Pattern LINK = Pattern.compile("!?\\[[^\\]]*\\]\\(([^)\\s]+)(?: \"[^\"]*\")?\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.*?) *#*$");

    /** A page by its path from the top. */
    static Page at(String path) {
        return at(ROOT.resolve(path));
    }

    private static Page at(Path path) {
        try {
            return new Page(path, Files.readString(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All pages: those at the top, those of the site, those of the examples. */
    static List<Page> all() {
        List<Page> pages = new ArrayList<>();
        for (String folder : List.of("", "docs")) {
            try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
                files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(file -> pages.add(at(file)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        try (Stream<Path> folders = Files.list(ROOT.resolve("examples"))) {
            folders.map(folder -> folder.resolve("README.md"))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .forEach(file -> pages.add(at(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return pages;
    }

    /** Where it is, from the top. */
    String name() {
        return ROOT.relativize(path).toString();
    }

    /** What it links to, as written, without what is code. */
    List<String> links() {
        List<String> links = new ArrayList<>();
        Matcher found = LINK.matcher(CODE.matcher(prose()).replaceAll("code"));
        while (found.find()) {
            links.add(found.group(1));
        }
        return links;
    }

    /** The text without blocks of code. */
    String prose() {
        return FENCE.matcher(text).replaceAll("");
    }

    /** The blocks of code in one language, in their order. */
    List<String> blocks(String language) {
        return FENCE.matcher(text)
                .results()
                .filter(block -> block.group(1).equals(language))
                .map(block -> block.group(2))
                .toList();
    }

    /** The block of code after a mark {@code <!-- name -->}. */
    String block(String mark) {
        int from = text.indexOf("<!-- " + mark + " -->");
        if (from < 0) {
            throw new AssertionError(name() + " has no mark " + mark);
        }
        Matcher block = FENCE.matcher(text);
        if (!block.find(from)) {
            throw new AssertionError(name() + " has no block of code after the mark " + mark);
        }
        return block.group(2);
    }

    /** What is between {@code <!-- mark -->} and {@code <!-- /mark -->}. */
    String section(String mark) {
        int from = text.indexOf("<!-- " + mark + " -->");
        int to = text.indexOf("<!-- /" + mark + " -->");
        if (from < 0 || to < from) {
            throw new AssertionError(name() + " has no section " + mark);
        }
        return text.substring(from + mark.length() + 9, to);
    }

    /** The cells of the rows of a table, without its head. */
    static List<List<String>> rows(String table) {
        return table.lines()
                .filter(line -> line.startsWith("| ") || line.startsWith("|-"))
                .map(line -> Stream.of(line.substring(1, line.lastIndexOf('|')).split("(?<!\\\\)\\|", -1))
                        .map(String::strip)
                        .toList())
                .filter(cells -> !cells.get(0).matches("[-: ]+"))
                .toList();
    }

    /** The anchors of its headings, as the forge makes them. */
    Set<String> anchors() {
        Set<String> anchors = new HashSet<>();
        Map<String, Integer> seen = new HashMap<>();
        Matcher heading = HEADING.matcher(prose());
        while (heading.find()) {
            String slug = heading.group(1)
                    .replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{N} _-]", "")
                    .replace(' ', '-');
            int times = seen.merge(slug, 1, Integer::sum);
            anchors.add(times == 1 ? slug : slug + "-" + (times - 1));
        }
        return anchors;
    }

    /** All Java sources of a kind ({@code main}, {@code test}) below the top, without what builds have left. */
    static List<Path> javaSources(String kind) {
        List<Path> sources = new ArrayList<>();
        try {
            Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    String name = folder.getFileName().toString();
                    boolean isLeftOut = name.equals("target") || (name.startsWith(".") && !folder.equals(ROOT));
                    return isLeftOut ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    String path = file.toString();
                    if (path.endsWith(".java") && path.contains("/src/" + kind + "/java/")) {
                        sources.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sources.sort(null);
        return sources;
    }
}
