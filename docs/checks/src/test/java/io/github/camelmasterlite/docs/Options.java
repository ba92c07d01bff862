package io.github.camelmasterlite.docs;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.camel.util.json.JsonObject;
import org.apache.camel.util.json.Jsoner;
import org.jspecify.annotations.Nullable;

/** Tables of options, made of what Camel's own tools read (the component's metadata) and of the setters of services with their Javadoc. */
final class Options {

    /** Set by Camel, not by people, or of no use to a component that has no producer. */
    private static final Set<String> NOT_OPTIONS = Set.of("camelContext", "generatedId", "lazyStartProducer");

    /** What is another value on each machine. */
    private static final Map<String, String> FOUND = Map.of(
            "id", "made of host, process and a random part",
            "podName", "`$HOSTNAME`, else the host name");

    private static final Pattern SETTER = Pattern.compile(
            "/\\*\\*((?:(?!\\*/).)*)\\*/\\s*(?:@\\w+(?:\\([^)]*\\))?(?:\\s*//[^\\n]*)?\\s*)*public (?:final )?void set(\\w+)\\((?:[^<(),]|<[^>]*>)*\\)",
            Pattern.DOTALL);

    private Options() {}

    /** The options of the component: those in its metadata. */
    static String component() throws IOException {
        JsonObject options = metadata("componentProperties");
        StringBuilder table = head();
        for (String name : options.keySet()) {
            if (!NOT_OPTIONS.contains(name)) {
                JsonObject option = (JsonObject) options.get(name);
                Object standard = option.get("defaultValue");
                row(
                        table,
                        name,
                        type(option),
                        standard == null ? "none" : "`" + standard + "`",
                        String.valueOf(option.get("description")));
            }
        }
        return table.toString();
    }

    /** The headers of exchanges: those in the component's metadata. */
    static String headers() throws IOException {
        JsonObject headers = metadata("headers");
        StringBuilder table = new StringBuilder("| header | type | meaning |\n|---|---|---|\n");
        for (String name : headers.keySet()) {
            JsonObject header = (JsonObject) headers.get(name);
            table.append("| `%s` | %s | %s |\n".formatted(name, header.get("javaType"), text(header)));
        }
        return table.toString();
    }

    private static String text(JsonObject described) {
        return escaped(String.valueOf(described.get("description")));
    }

    private static JsonObject metadata(String part) throws IOException {
        Path file = Page.ROOT.resolve(
                "camel-master-lite/src/generated/resources/META-INF/io/github/camelmasterlite/master/master.json");
        JsonObject json = Jsoner.deserialize(Files.readString(file), new JsonObject());
        Object found = json.get(part);
        if (found instanceof JsonObject object) {
            return object;
        }
        throw new AssertionError(file + " has no " + part);
    }

    private static String type(JsonObject option) {
        Object values = option.get("enum");
        if (values instanceof List<?> list) {
            return list.stream().map(value -> "`" + value + "`").collect(Collectors.joining(", "));
        }
        String type = String.valueOf(option.get("type"));
        String java = String.valueOf(option.get("javaType"));
        return type.equals("object") ? simple(java) : type;
    }

    private static String simple(String type) {
        return type.substring(type.lastIndexOf('.') + 1);
    }

    /** The options of a service: those that have setters; the nearest class first, each in the order of the source. */
    static String service(Object service) throws IOException {
        Map<String, String> meanings = new LinkedHashMap<>();
        for (Class<?> type = service.getClass(); type != null; type = type.getSuperclass()) {
            for (Map.Entry<String, String> meaning : meanings(type).entrySet()) {
                meanings.putIfAbsent(meaning.getKey(), meaning.getValue());
            }
        }
        List<String> names = new ArrayList<>(meanings.keySet());
        List<String> setters = names(service.getClass());
        if (!Set.copyOf(names).containsAll(setters)) {
            setters.removeAll(names);
            throw new AssertionError("setters of " + service.getClass() + " without Javadoc: " + setters);
        }
        names.retainAll(setters);
        StringBuilder table = head();
        for (String name : names) {
            Method getter = getter(service.getClass(), name);
            String found = FOUND.get(name);
            row(
                    table,
                    name,
                    type(getter.getReturnType()),
                    found == null ? standard(service, getter) : found,
                    meanings.getOrDefault(name, ""));
        }
        return table.toString();
    }

    /** The names of all options of a service or a component. */
    static List<String> names(Class<?> type) {
        return Arrays.stream(type.getMethods())
                .filter(method -> method.getName().startsWith("set") && method.getParameterCount() == 1)
                .map(method -> decapitalised(method.getName().substring(3)))
                .filter(name -> !NOT_OPTIONS.contains(name))
                .distinct()
                .sorted()
                .collect(Collectors.toCollection(ArrayList::new));
    }

    private static String decapitalised(String name) {
        return Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }

    /** What the Javadoc of the setters of a class says. */
    private static Map<String, String> meanings(Class<?> type) throws IOException {
        Map<String, String> meanings = new LinkedHashMap<>();
        String file = "/src/main/java/" + type.getName().replace('.', '/') + ".java";
        for (Path source : Page.javaSources("main")) {
            if (source.toString().endsWith(file)) {
                Matcher setter = SETTER.matcher(Files.readString(source));
                while (setter.find()) {
                    meanings.put(decapitalised(setter.group(2)), plain(setter.group(1)));
                }
            }
        }
        return meanings;
    }

    /** Javadoc as Markdown. */
    private static String plain(String javadoc) {
        String text = javadoc.replaceAll("(?m)^\\s*\\*", "")
                .replaceAll("(?s)\\n\\s*@(param|throws|see)\\b.*", "")
                .replaceAll("\\s+", " ")
                .strip()
                .replace("<p>", "");
        text = Pattern.compile("\\{@link [^}]*?#([sg]et)(\\w+)(?:\\([^)]*\\))?}")
                .matcher(text)
                .replaceAll(link -> "`" + decapitalised(link.group(2)) + "`");
        return text.replaceAll("\\{@link [^}]*?#(\\w+)(\\([^)]*\\))?}", "`$1`")
                .replaceAll("\\{@(?:code|link) ([^}]*)}", "`$1`");
    }

    static @Nullable Method getterOrNull(Class<?> type, String option) {
        String suffix = Character.toUpperCase(option.charAt(0)) + option.substring(1);
        return Arrays.stream(type.getMethods())
                .filter(method -> method.getParameterCount() == 0 && !method.isBridge())
                .filter(method -> method.getName().equals("get" + suffix)
                        || method.getName().equals("is" + suffix))
                .findFirst()
                .orElse(null);
    }

    private static Method getter(Class<?> type, String option) {
        Method getter = getterOrNull(type, option);
        if (getter == null) {
            throw new AssertionError(type + " has no getter of " + option);
        }
        return getter;
    }

    private static String type(Class<?> type) {
        if (type.isEnum() && type.getEnumConstants().length <= 3) {
            return Arrays.stream(type.getEnumConstants())
                    .map(value -> "`" + value + "`")
                    .collect(Collectors.joining(", "));
        }
        return simple(type.getName());
    }

    private static String standard(Object service, Method getter) {
        try {
            Object value = getter.invoke(service);
            boolean isNothing = value == null || value.equals(Map.of());
            return isNothing ? "none" : "`" + value + "`";
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(getter.toString(), e);
        }
    }

    private static StringBuilder head() {
        return new StringBuilder("| option | type | default | meaning |\n|---|---|---|---|\n");
    }

    private static void row(StringBuilder table, String name, String type, String standard, String meaning) {
        table.append("| `%s` | %s | %s | %s |\n".formatted(name, type, standard, escaped(meaning)));
    }

    private static String escaped(String text) {
        return text.replace("|", "\\|");
    }
}
