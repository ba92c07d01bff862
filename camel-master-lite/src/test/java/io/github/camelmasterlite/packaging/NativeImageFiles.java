package io.github.camelmasterlite.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.Component;
import org.apache.camel.Endpoint;
import org.apache.camel.api.management.ManagedResource;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.util.json.DeserializationException;
import org.apache.camel.util.json.JsonArray;
import org.apache.camel.util.json.JsonObject;
import org.apache.camel.util.json.Jsoner;
import org.jspecify.annotations.Nullable;

/**
 * The files in {@code META-INF/native-image} of the module whose tests run, which tell GraalVM what is reached by name only: classes by reflection, and
 * files of the class path. A native image leaves out everything else, and what is missing shows only when it runs; so the files are compared with the module.
 */
public final class NativeImageFiles {

    private static final Path COMPILED = Path.of("target", "classes");

    /** Packages of libraries that an application may lack: a native image of it must not look at what needs them. */
    private static final String OPTIONAL = "io.micrometer";

    /**
     * @param constructors whether objects can be made
     * @param methods      whether its public methods can be called
     * @param condition    the type without which the entry does not count, if any
     */
    private record Reflected(
            boolean constructors, boolean methods, @Nullable String condition) {}

    private final Map<String, Reflected> classes = new TreeMap<>();
    private final Set<String> resources = new TreeSet<>();
    private final JavaClasses compiled = new ClassFileImporter().importPath(COMPILED);

    private NativeImageFiles() {}

    /**
     * Reads the files of the module whose tests run.
     *
     * @param module its artifact id
     */
    public static NativeImageFiles of(String module) throws IOException {
        NativeImageFiles files = new NativeImageFiles();
        Path directory = COMPILED.resolve("META-INF/native-image/io.github.camel-master-lite/" + module);
        for (Object entry : (JsonArray) parse(directory.resolve("reflect-config.json"))) {
            files.addClass((JsonObject) entry);
        }
        JsonObject config = (JsonObject) parse(directory.resolve("resource-config.json"));
        JsonObject listed = (JsonObject) required(config, "resources");
        JsonArray includes = (JsonArray) required(listed, "includes");
        for (Object entry : includes) {
            files.addResource(((JsonObject) entry).getString("pattern"));
        }
        return files;
    }

    private static Object parse(Path file) throws IOException {
        try (Reader reader = Files.newBufferedReader(file)) {
            return Objects.requireNonNull(Jsoner.deserialize(reader), file.toString());
        } catch (DeserializationException e) {
            throw new IOException(file.toString(), e);
        }
    }

    private static Object required(JsonObject object, String key) {
        return Objects.requireNonNull(object.get(key), key);
    }

    private void addClass(JsonObject entry) {
        String name = entry.getString("name");
        Object named = entry.get("methods");
        boolean constructor = named instanceof JsonArray methods
                && methods.stream().anyMatch(method -> "<init>".equals(((JsonObject) method).getString("name")));
        Object condition = entry.get("condition");
        Reflected former = classes.put(
                name,
                new Reflected(
                        constructor || isTrue(entry, "allPublicConstructors"),
                        isTrue(entry, "allPublicMethods"),
                        condition instanceof JsonObject object ? object.getString("typeReachable") : null));
        assertThat(former).as("%s is listed twice", name).isNull();
    }

    private static boolean isTrue(JsonObject entry, String key) {
        return Boolean.TRUE.equals(entry.get(key));
    }

    private void addResource(String pattern) {
        assertThat(pattern).as("a pattern that is one name").startsWith("\\Q").endsWith("\\E");
        resources.add(pattern.substring(2, pattern.length() - 2));
    }

    /** Fails if a class, a type of a condition or a file does not exist that is listed: it has been renamed since. */
    public void assertNothingListedIsMissing() {
        classes.forEach((name, reflected) -> {
            load(name);
            if (reflected.condition() != null) {
                load(reflected.condition());
            }
        });
        ClassLoader loader = NativeImageFiles.class.getClassLoader();
        assertThat(resources)
                .allSatisfy(
                        name -> assertThat(loader.getResource(name)).as(name).isNotNull());
    }

    /** Fails if something of the module is not listed that Camel or Java look up by name. */
    public void assertNothingIsLeftOut() throws IOException {
        Set<String> files = files("META-INF/services");
        assertThat(resources).containsAll(files);
        for (String file : files) {
            assertThat(providers(COMPILED.resolve(file))).as(file).allSatisfy(this::assertCanBeMade);
        }
        Set<String> told = reflectivelyTold();
        assertThat(classes.keySet()).containsAll(told);
        assertThat(told)
                .allSatisfy(name -> assertThat(reflected(name).methods())
                        .as("methods of %s", name)
                        .isTrue());
        assertThat(classes.keySet()).containsAll(enumsOfOptions(told));
    }

    /** Fails if a class needs a library that an application may lack, and the entry does not depend on it. */
    public void assertWhatIsOptionalStaysOptional() {
        classes.forEach((name, reflected) -> {
            if (compiled.contain(name) && needsOptional(compiled.get(name))) {
                assertThat(reflected.condition())
                        .as("condition of %s", name)
                        .isNotNull()
                        .startsWith(OPTIONAL);
            }
        });
    }

    private static boolean needsOptional(JavaClass type) {
        return type.getDirectDependenciesFromSelf().stream()
                .anyMatch(dependency -> dependency.getTargetClass().getName().startsWith(OPTIONAL));
    }

    private void assertCanBeMade(String name) {
        assertThat(reflected(name).constructors()).as("constructor of %s", name).isTrue();
        assertThat(load(name).getDeclaredConstructors())
                .as("constructors of %s", name)
                .anyMatch(constructor -> constructor.getParameterCount() == 0);
    }

    private Reflected reflected(String name) {
        return Objects.requireNonNull(classes.get(name), () -> name + " is not listed in reflect-config.json");
    }

    /** The classes that a file below {@code META-INF/services} names: in Camel's way, or in Java's. */
    private static List<String> providers(Path file) throws IOException {
        if (file.startsWith(COMPILED.resolve("META-INF/services/org"))) {
            Properties properties = new Properties();
            try (Reader reader = Files.newBufferedReader(file)) {
                properties.load(reader);
            }
            String provider = properties.getProperty("class");
            return provider == null ? List.of() : List.of(provider);
        }
        return Files.readAllLines(file).stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
    }

    private static Set<String> files(String directory) throws IOException {
        try (Stream<Path> files = Files.walk(COMPILED.resolve(directory))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> COMPILED.relativize(file)
                            .toString()
                            .replace(file.getFileSystem().getSeparator(), "/"))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** What has setters for Camel's binding, or attributes and operations for management. */
    private Set<String> reflectivelyTold() {
        return compiled.stream()
                .filter(type -> type.isAssignableTo(CamelClusterService.class)
                        || type.isAssignableTo(Component.class)
                        || type.isAssignableTo(Endpoint.class)
                        || type.isAnnotatedWith(ManagedResource.class))
                .filter(type -> !type.isInterface())
                .map(JavaClass::getName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> enumsOfOptions(Set<String> names) {
        Set<String> enums = new TreeSet<>();
        for (String name : names) {
            for (Method method : load(name).getMethods()) {
                if (isSetter(method) && method.getParameterTypes()[0].isEnum() && isOption(method)) {
                    enums.add(method.getParameterTypes()[0].getName());
                }
            }
        }
        return enums;
    }

    private static boolean isSetter(Method method) {
        return method.getName().startsWith("set")
                && method.getParameterCount() == 1
                && !Modifier.isStatic(method.getModifiers());
    }

    /** Camel lists what its own classes have. */
    private static boolean isOption(Method method) {
        return !method.getDeclaringClass().getName().startsWith("org.apache.camel.");
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, NativeImageFiles.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(name + " is listed and does not exist", e);
        }
    }
}
