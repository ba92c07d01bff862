package io.github.camelmasterlite.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.examples.testing.Application;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The application of docs/getting-started.md does what the page says; with the libraries of this test, so that nothing has to be installed. */
class GettingStartedTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String TICK = "tick, token \\d+";

    @TempDir
    Path directory;

    @Test
    void theSecondProcessTicksWhenTheFirstIsKilled() throws Exception {
        Page page = Page.at("docs/getting-started.md");
        Path classes = Files.createDirectories(directory.resolve("target/classes"));
        Files.writeString(classes.resolve("application.properties"), page.block("properties"));
        gatherLibraries(Files.createDirectories(directory.resolve("target/lib")));
        compile(Files.writeString(directory.resolve("Quickstart.java"), page.block("java")), classes);

        try (Application first = start(page.block("run"))) {
            long token = token(first.awaitLine(TICK, PATIENCE));
            try (Application second = start(page.block("run"))) {
                second.awaitLine("started in", PATIENCE);
                assertThat(second.lines()).noneMatch(line -> line.matches(".*" + TICK));
                assertThat(Application.run(page.block("leader").strip(), directory, Map.of(), PATIENCE))
                        .anyMatch(line -> line.contains(String.valueOf(first.pid())));
                first.kill();
                assertThat(token(second.awaitLine(TICK, PATIENCE))).isGreaterThan(token);
            }
        }
    }

    private Application start(String command) {
        return Application.start(command.strip(), directory, Map.of());
    }

    private static long token(String line) {
        return Long.parseLong(line.replaceFirst(".*tick, token (\\d+).*", "$1"));
    }

    /** What the page's pom would copy there; modules that the build has not packaged yet become jars here. */
    private static void gatherLibraries(Path lib) throws IOException {
        List<Path> entries = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !entry.isEmpty())
                .map(Path::of)
                .filter(entry -> !entry.endsWith("test-classes"))
                .toList();
        for (Path entry : entries) {
            Path jar = lib.resolve(entries.indexOf(entry) + ".jar");
            if (Files.isRegularFile(entry)) {
                Files.createSymbolicLink(jar, entry);
            } else if (Files.isDirectory(entry)) {
                String[] arguments = {"--create", "--file", jar.toString(), "-C", entry.toString(), "."};
                int result = java.util.spi.ToolProvider.findFirst("jar")
                        .orElseThrow()
                        .run(System.out, System.err, arguments);
                assertThat(result).as("%s", entry).isZero();
            }
        }
    }

    private static void compile(Path source, Path classes) {
        String libraries = System.getProperty("java.class.path");
        int result = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-d", classes.toString(), "-cp", libraries, source.toString());
        assertThat(result).as("compilation").isZero();
    }
}
