package io.github.camelmasterlite.springboot;

import io.github.camelmasterlite.cluster.OptionNames;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.camel.util.StringHelper;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.BeanUtils;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.BindResult;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.origin.Origin;
import org.springframework.core.env.Environment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * The keys of one cluster service or component in the environment of an application: which there are, whether all of them exist, and what they say.
 *
 * <p>Options may have several prefixes, one of which is out of use: the newest that sets an option counts. An option that does not exist is refused, as it would otherwise have no effect without anybody knowing. Of
 * environment variables, those are left alone that Kubernetes makes for a Service which happens to be called like a prefix.
 *
 * @param <T> a bean with a property for each option; null is "not set"
 */
public final class OptionKeys<T> {

    private static final Logger LOG = LoggerFactory.getLogger(OptionKeys.class);

    /** What a value refers to; what it says beside that, and what a default says, may be secret. */
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^:{}$]*)(?=}|:.*})", Pattern.DOTALL);

    private static final int MAX_SUGGESTIONS = 3;

    /** A key as somebody wrote it. */
    private record Written(String key, @Nullable Origin origin) {
        @Override
        public String toString() {
            return origin == null ? key : key + " (" + origin + ")";
        }
    }

    private final Environment environment;
    private final Class<T> type;
    private final List<String> prefixes;
    private final @Nullable String formerPrefix;
    private @Nullable Map<String, Class<?>> options;

    /**
     * @param environment  where the keys are
     * @param type         has a property for each option
     * @param prefixes     those in use, the one that counts most first, the usual one last
     * @param formerPrefix one that is out of use and still counts where no other sets the option
     */
    public OptionKeys(Environment environment, Class<T> type, List<String> prefixes, @Nullable String formerPrefix) {
        this.environment = environment;
        this.type = type;
        this.prefixes = List.copyOf(prefixes);
        this.formerPrefix = formerPrefix;
    }

    /** In dashes; those of a bean that is an option itself have its name before theirs. Found out when it is needed: conditions ask for a key or two. */
    private Map<String, Class<?>> optionsByName() {
        Map<String, Class<?>> found = options;
        if (found == null) {
            Map<String, Class<?>> all = new TreeMap<>();
            optionsOf(type).forEach((option, kind) -> {
                if (isMap(kind) || BeanUtils.isSimpleProperty(kind)) {
                    all.put(option, kind);
                } else {
                    optionsOf(kind).forEach((below, kindBelow) -> all.put(option + "." + below, kindBelow));
                }
            });
            options = all;
            return all;
        }
        return found;
    }

    private static Map<String, Class<?>> optionsOf(Class<?> bean) {
        return Arrays.stream(bean.getMethods())
                .filter(method -> isSetter(method))
                .collect(Collectors.toMap(
                        setter -> StringHelper.camelCaseToDash(setter.getName().substring(3)),
                        setter -> setter.getParameterTypes()[0]));
    }

    private static boolean isSetter(Method method) {
        return method.getName().startsWith("set")
                && method.getParameterCount() == 1
                && !Modifier.isStatic(method.getModifiers());
    }

    /** The names of all options, in dashes. */
    List<String> options() {
        return List.copyOf(optionsByName().keySet());
    }

    /**
     * What the keys say.
     *
     * @throws WrongKeyException if a value is of another kind
     */
    public T read() {
        Binder binder = Binder.get(environment);
        T values = BeanUtils.instantiateClass(type);
        List<String> all = allPrefixes();
        for (int i = all.size() - 1; i >= 0; i--) {
            try {
                binder.bind(all.get(i), Bindable.ofInstance(values));
            } catch (BindException e) {
                throw notBound(e);
            }
        }
        return values;
    }

    /**
     * What the keys say of one option; null if they say nothing. Costs a fraction of reading all.
     *
     * @throws WrongKeyException if the value is of another kind
     */
    public <V> @Nullable V read(String option, Class<V> kind) {
        Binder binder = Binder.get(environment);
        for (String prefix : allPrefixes()) {
            try {
                BindResult<V> value = binder.bind(prefix + "." + option, kind);
                if (value.isBound()) {
                    return value.get();
                }
            } catch (BindException e) {
                throw notBound(e);
            }
        }
        return null;
    }

    private List<String> allPrefixes() {
        List<String> all = new ArrayList<>(prefixes);
        if (formerPrefix != null) {
            all.add(formerPrefix);
        }
        return all;
    }

    /** Says once which keys are out of use, and what they are called now. */
    public void warnOfFormerKeys() {
        String former = formerPrefix;
        if (former == null) {
            return;
        }
        List<String> renamed = new ArrayList<>();
        forEachKey(former, (name, written, isVariable) -> {
            String key = name.toString();
            renamed.add(
                    isVariable
                            ? written.key() + " -> "
                                    + written.key().replaceFirst("(?i)" + variable(former), variable(usualPrefix()))
                            : key + " -> " + usualPrefix() + key.substring(former.length()));
        });
        if (!renamed.isEmpty()) {
            LOG.warn(
                    "Keys {}.* are deprecated, as they have been since Camel 3.10; rename them: {}. Where both are set, the new key counts",
                    former,
                    String.join(", ", renamed));
        }
    }

    /** The one that people know. */
    private String usualPrefix() {
        return prefixes.get(prefixes.size() - 1);
    }

    private static String variable(String key) {
        return legacyVariable(key.replace("-", ""));
    }

    private static String legacyVariable(String key) {
        return key.replace('-', '_').replace('.', '_').toUpperCase(Locale.ROOT);
    }

    /**
     * Hands a value to a setter, if it is set.
     *
     * @throws WrongKeyException if the setter refuses it
     */
    public <V> void set(String option, @Nullable V value, Consumer<? super V> setter) {
        if (value == null) {
            return;
        }
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, each) -> refuseUnresolved(option, "[" + key + "]", each));
        } else {
            refuseUnresolved(option, "", value);
        }
        try {
            setter.accept(value);
        } catch (IllegalArgumentException e) {
            throw new WrongKeyException(
                    "The value of " + describe(option) + " cannot be used: " + e.getMessage(),
                    "Change the value, or leave the key out",
                    e);
        }
    }

    private void refuseUnresolved(String option, String mapKey, @Nullable Object value) {
        if (!(value instanceof String text) || !text.contains("${")) {
            return;
        }
        String references = REFERENCE
                .matcher(text)
                .results()
                .map(reference -> "${" + reference.group(1) + "}")
                .distinct()
                .collect(Collectors.joining(", "));
        throw new WrongKeyException(
                "The value of " + describe(option) + mapKey + " refers to something that is not set: "
                        + (references.isEmpty() ? "its ${ is never closed" : references),
                "Set what ${...} names, or give a default as ${name:default}",
                null);
    }

    /** The key under which an option is set, with its origin; if it is not set, the key under which to set it. */
    public String describe(String option) {
        for (String prefix : allPrefixes()) {
            ConfigurationPropertyName name = ConfigurationPropertyName.of(prefix + "." + option);
            for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
                ConfigurationProperty property = source.getConfigurationProperty(name);
                if (property != null) {
                    return new Written(name.toString(), property.getOrigin()).toString();
                }
            }
        }
        return usualPrefix() + "." + option;
    }

    private WrongKeyException notBound(BindException e) {
        String key = e.getName().toString();
        ConfigurationProperty property = e.getProperty();
        Throwable root = e;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        String what = property == null
                ? "The value of " + key
                : "The value '" + property.getValue() + "' of " + new Written(key, property.getOrigin());
        return new WrongKeyException(
                what + " cannot be used: " + root.getMessage(),
                "It must be " + kindOf(e.getTarget().getType().resolve()),
                e);
    }

    private static String kindOf(@Nullable Class<?> kind) {
        if (kind == null || kind == String.class || kind == Object.class) {
            return "a text, and what it refers to in ${...} must exist";
        }
        if (kind == Boolean.class) {
            return "true or false";
        }
        if (kind == Long.class || kind == Integer.class) {
            return "a whole number, without a unit";
        }
        if (kind == Double.class) {
            return "a number, as 1.2";
        }
        if (kind.isEnum()) {
            return "one of "
                    + Arrays.stream(kind.getEnumConstants())
                            .map(String::valueOf)
                            .collect(Collectors.joining(", "));
        }
        return "of the kind " + kind.getSimpleName();
    }

    // ---- keys that do not exist

    /**
     * Looks for keys of these prefixes that say nothing to anybody.
     *
     * @throws WrongKeyException if there are some; names all of them, and what may have been meant
     */
    public void refuseUnknown() {
        List<String> unknown = new ArrayList<>();
        for (String prefix : allPrefixes()) {
            int length = ConfigurationPropertyName.of(prefix).getNumberOfElements();
            forEachKey(prefix, (name, written, isVariable) -> {
                if (!isKnown(prefix, name) && !(isVariable && isLegacyVariable(written.key()))) {
                    // Of what is below an option only the option can be misspelt, if that is a map.
                    String meant = isVariable
                            ? variableMeant(written.key())
                            : similar(prefix, uniform(name.getElement(length, ConfigurationPropertyName.Form.UNIFORM)));
                    if (meant.isEmpty()) {
                        meant = similar(prefix, uniform(name.subName(length).toString()));
                    }
                    unknown.add(written + (meant.isEmpty() ? "" : ", did you mean " + meant + "?"));
                }
            });
        }
        if (!unknown.isEmpty()) {
            throw new WrongKeyException(
                    "There is no such option: " + unknown.stream().distinct().collect(Collectors.joining("; ")),
                    "Options of " + String.join(".* and ", prefixes) + ".* are "
                            + String.join(", ", optionsByName().keySet()),
                    null);
        }
    }

    /** Names are compared as Spring Boot does. */
    private boolean isKnown(String prefix, ConfigurationPropertyName name) {
        return optionsByName().entrySet().stream().anyMatch(option -> {
            ConfigurationPropertyName known = ConfigurationPropertyName.of(prefix + "." + option.getKey());
            return known.equals(name) || (isMap(option.getValue()) && known.isAncestorOf(name));
        });
    }

    /** Spring Boot reads a variable either without any dash, which {@link #isKnown} sees, or with {@code _} for each of them; it reads no entry of a map in the latter way. */
    private boolean isLegacyVariable(String variable) {
        return allPrefixes().stream()
                .anyMatch(prefix -> optionsByName().entrySet().stream()
                        .anyMatch(option -> !isMap(option.getValue())
                                && variable.equals(legacyVariable(prefix + "." + option.getKey()))));
    }

    /** What is to be written in place of a variable that has {@code _} for some dashes only, or in the name of a map; empty if it is none such. */
    private String variableMeant(String variable) {
        for (String prefix : allPrefixes()) {
            for (Map.Entry<String, Class<?>> option : optionsByName().entrySet()) {
                String key = prefix + "." + option.getKey();
                String rest = restAfter(uniform(key), variable);
                if (!isMap(option.getValue()) && "".equals(rest)) {
                    return legacyVariable(key);
                }
                if (isMap(option.getValue()) && rest != null && rest.startsWith("_")) {
                    return variable(key) + rest;
                }
            }
        }
        return "";
    }

    /** What comes after these letters, between which anything else may be; null if it does not begin with them. */
    private static @Nullable String restAfter(String letters, String variable) {
        int found = 0;
        int i = 0;
        for (; i < variable.length() && found < letters.length(); i++) {
            if (Character.isLetterOrDigit(variable.charAt(i))
                    && Character.toLowerCase(variable.charAt(i)) != letters.charAt(found++)) {
                return null;
            }
        }
        return found == letters.length() ? variable.substring(i) : null;
    }

    private static boolean isMap(Class<?> kind) {
        return Map.class.isAssignableFrom(kind);
    }

    private String similar(String prefix, String option) {
        return optionsByName().keySet().stream()
                .filter(candidate -> isSimilar(option, uniform(candidate)))
                .sorted(Comparator.comparingInt(candidate -> OptionNames.distance(option, uniform(candidate))))
                .limit(MAX_SUGGESTIONS)
                .map(candidate -> prefix + "." + candidate)
                .collect(Collectors.joining(" or "));
    }

    private static boolean isSimilar(String a, String b) {
        int shorter = Math.min(a.length(), b.length());
        return OptionNames.distance(a, b) <= 1 + shorter / 4 || (shorter >= 4 && (a.contains(b) || b.contains(a)));
    }

    private interface KeyVisitor {
        void key(ConfigurationPropertyName name, Written written, boolean isVariable);
    }

    private void forEachKey(String prefix, KeyVisitor visitor) {
        ConfigurationPropertyName parent = ConfigurationPropertyName.of(prefix);
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (!(source instanceof IterableConfigurationPropertySource iterable)) {
                continue;
            }
            boolean isEnvironment = source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource;
            for (ConfigurationPropertyName name : iterable) {
                if (!parent.isAncestorOf(name)) {
                    continue;
                }
                ConfigurationProperty property = source.getConfigurationProperty(name);
                Origin origin = property == null ? null : property.getOrigin();
                if (!isEnvironment) {
                    visitor.key(name, new Written(name.toString(), origin), false);
                    continue;
                }
                // Numbers are taken for indices.
                String variable = name.toString()
                        .replace("].", "_")
                        .replace("]", "")
                        .replace('[', '_')
                        .replace('.', '_')
                        .toUpperCase(Locale.ROOT);
                // The whole name: what a Service adds may begin within the prefix.
                if (!OptionNames.isServiceLink(variable)) {
                    visitor.key(name, new Written(variable, null), true);
                }
            }
        }
    }

    private static String uniform(String name) {
        StringBuilder letters = new StringBuilder(name.length());
        name.chars()
                .filter(Character::isLetterOrDigit)
                .map(Character::toLowerCase)
                .forEach(c -> letters.append((char) c));
        return letters.toString();
    }
}
