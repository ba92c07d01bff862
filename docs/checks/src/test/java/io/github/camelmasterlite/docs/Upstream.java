package io.github.camelmasterlite.docs;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Applications written for Camel's own component and services, in {@code src/test/upstream}: compiled as they are against Camel's, and against ours with the
 * classes of the migration guide in place of Camel's and no other change.
 */
final class Upstream {

    private static final Path SOURCES = Path.of("src", "test", "upstream").toAbsolutePath();
    private static final Path JARS = Path.of("target", "upstream").toAbsolutePath();

    /** camel-kubernetes and camel-master are in jars beside the class path, camel-file comes with Camel itself. */
    private static final List<Path> THEIRS =
            List.of(JARS.resolve("camel-kubernetes.jar"), JARS.resolve("camel-master.jar"));

    private static final Path TESTS = Path.of("target", "test-classes").toAbsolutePath();

    private final Path classes;
    private final List<Path> classPath;

    private Upstream(Path classes, List<Path> classPath) {
        this.classes = classes;
        this.classPath = classPath;
    }

    /** What the guide says is called otherwise here. */
    static Map<String, String> renamedClasses() {
        Map<String, String> renamed = new TreeMap<>(Comparator.reverseOrder());
        for (List<String> cells : Page.rows(Page.at("docs/migration.md").section("imports"))) {
            if (cells.get(0).startsWith("`org.")) {
                renamed.put(cells.get(0).replace("`", ""), cells.get(1).replace("`", ""));
            }
        }
        return renamed;
    }

    /** An application on Camel's own classes. */
    static Upstream asItIs(String application, Path directory) throws IOException {
        List<Path> classPath = new ArrayList<>(THEIRS);
        classPath.addAll(withoutOurs());
        return compile(application, Files.readString(SOURCES.resolve(application + ".java")), directory, classPath);
    }

    /** The same on ours, after what the guide says. */
    static Upstream migrated(String application, Path directory) throws IOException {
        return compile(application, migratedSource(application), directory, classPathOfTests());
    }

    /** The source after what the guide says. */
    static String migratedSource(String application) throws IOException {
        String source = Files.readString(SOURCES.resolve(application + ".java"));
        for (Map.Entry<String, String> rename : renamedClasses().entrySet()) {
            source = source.replace(rename.getKey(), rename.getValue());
        }
        return source;
    }

    private static List<Path> classPathOfTests() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .filter(path -> !path.equals(TESTS))
                .toList();
    }

    private static List<Path> withoutOurs() {
        return classPathOfTests().stream().filter(path -> !isOurs(path)).toList();
    }

    private static boolean isOurs(Path path) {
        return path.startsWith(Page.ROOT) || path.toString().contains("camel-master-lite");
    }

    private static Upstream compile(String name, String source, Path directory, List<Path> classPath)
            throws IOException {
        Path file = Files.writeString(directory.resolve(name + ".java"), source);
        Path classes = Files.createDirectories(directory.resolve("classes"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean isCompiled = compiler.getTask(
                            said,
                            files,
                            null,
                            List.of("-d", classes.toString(), "-proc:none", "-cp", joined(classPath)),
                            null,
                            files.getJavaFileObjects(file.toFile()))
                    .call();
            if (!isCompiled) {
                throw new AssertionError(said.toString());
            }
        }
        return new Upstream(classes, classPath);
    }

    private static String joined(List<Path> classPath) {
        return String.join(
                File.pathSeparator, classPath.stream().map(Path::toString).toList());
    }

    /** The command that runs its main method in a process of its own. */
    List<String> command(String application, String... arguments) {
        List<Path> all = new ArrayList<>(List.of(classes));
        all.addAll(classPath);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                joined(all),
                application));
        command.addAll(List.of(arguments));
        return command;
    }

    /** Loads a class; apart from the JDK it shares nothing with this test or other applications. */
    Class<?> load(String name) throws ClassNotFoundException {
        return loader(Stream.concat(Stream.of(classes), classPath.stream()).toList())
                .loadClass(name);
    }

    /** Loads one of Camel's own classes, apart from those of this test. */
    static Class<?> theirs(String name) throws ClassNotFoundException {
        List<Path> path = new ArrayList<>(THEIRS);
        path.addAll(withoutOurs());
        return loader(path).loadClass(name);
    }

    private static URLClassLoader loader(List<Path> path) {
        URL[] urls = path.stream().map(Upstream::url).toArray(URL[]::new);
        return new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
    }

    private static URL url(Path path) {
        try {
            return path.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new UncheckedIOException(e);
        }
    }
}
