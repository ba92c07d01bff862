package io.github.camelmasterlite.cluster;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.support.PropertyBindingSupport;
import org.apache.camel.support.ResolverHelper;
import org.apache.camel.util.StringHelper;
import org.apache.camel.util.TimeUtils;
import org.jspecify.annotations.Nullable;

/**
 * Cluster services from keys {@code camel.cluster.<type>.<option>}, for runtimes that do not make them themselves.
 *
 * <p>Later sources win: properties of the context, environment variables ({@code CAMEL_CLUSTER_<TYPE>_<OPTION>}), system properties. Option
 * names may be written {@code in-dashes} or {@code inCamelCase}, and so may types; maps as {@code opt.key=v} or {@code opt[key]=v}, with brackets where the key has
 * dots. Placeholders are resolved. A type is made unless {@code camel.cluster.<type>.enabled} is false or a service of its class exists.
 * The class comes from {@code META-INF/services/org/apache/camel/cluster-service-<type>}.
 *
 * <p>An environment variable says neither where its type ends nor how its option is written: the longest type that exists is taken. Maps cannot
 * be set that way. Variables that Kubernetes makes for a Service which happens to be called like this are no keys.
 */
final class ClusterServiceKeys {

    private static final String PREFIX = "camel.cluster.";
    private static final String VARIABLE_PREFIX = "CAMEL_CLUSTER_";
    private static final String ENABLED = "enabled";

    /**
     * @param key    the key under which somebody wrote it, for error messages
     * @param option the name of the option as a setter has it, with the key of a map entry, if any
     * @param value  the value as written
     */
    private record Setting(String key, String option, String value) {}

    /**
     * @param name    as somebody wrote it
     * @param options by their names in lower case
     */
    private record Type(String name, Map<String, Setting> options) {}

    private final CamelContext context;
    private final Map<String, String> environment;

    ClusterServiceKeys(CamelContext context, Map<String, String> environment) {
        this.context = context;
        this.environment = environment;
    }

    /**
     * Makes the services that the keys ask for. They are neither started nor added anywhere.
     *
     * @param existing    services that exist; none of their classes is made again
     * @param problems    receives what prevents a service, in words for people
     * @param switchedOff receives the keys that say that a service is not wanted, in words for people
     * @throws IllegalArgumentException if an option cannot be set; names the key
     */
    List<CamelClusterService> create(
            Collection<CamelClusterService> existing, List<String> problems, List<String> switchedOff) {
        List<CamelClusterService> created = new ArrayList<>();
        for (Type type : settings().values()) {
            Setting enabled = type.options().remove(ENABLED);
            if (enabled != null && !isTrue(enabled)) {
                switchedOff.add(enabled.key() + " is false");
                continue;
            }
            CamelClusterService service = ResolverHelper.resolveService(
                            context, serviceKey(type.name()), CamelClusterService.class)
                    .orElse(null);
            if (service == null) {
                problems.add(
                        "keys " + PREFIX + type.name()
                                + ".* ask for a type that is not on the class path (no META-INF/services/org/apache/camel/"
                                + serviceKey(type.name())
                                + "); camel-cluster-file brings the type file-lock, camel-cluster-kubernetes the type kubernetes");
                continue;
            }
            if (existing.stream().anyMatch(other -> service.getClass().isInstance(other))) {
                continue;
            }
            service.setCamelContext(context);
            for (Setting setting : type.options().values()) {
                bind(service, setting, type.options());
            }
            created.add(service);
        }
        return created;
    }

    private boolean isTrue(Setting enabled) {
        String value = resolved(enabled).trim();
        if (value.equalsIgnoreCase("true") || value.equalsIgnoreCase("false")) {
            return value.equalsIgnoreCase("true");
        }
        throw new IllegalArgumentException(enabled.key() + " must be true or false");
    }

    /** Names the key whatever goes wrong with its value. */
    private void bind(CamelClusterService service, Setting setting, Map<String, Setting> options) {
        String value = resolved(setting);
        String unit = ServiceOptions.isTimeWithUnit(value)
                ? ServiceOptions.unitOption(service.getClass(), setting.option())
                : null;
        if (unit != null) {
            refuseBoth(setting, options.get(unit.toLowerCase(Locale.ROOT)));
        }
        try {
            if (unit != null) {
                // Camel would make 10,000 of 10s, to be counted in whatever unit the other option names.
                bind(service, setting.option(), Long.toString(TimeUtils.toMilliSeconds(value.trim())));
                bind(service, unit, TimeUnit.MILLISECONDS.name());
            } else {
                ServiceOptions.requireNumber(service.getClass(), setting.option(), value);
                bind(service, setting.option(), value);
            }
        } catch (Exception e) {
            throw ServiceOptions.cannotSet(setting.key(), setting.option(), service.getClass(), e);
        }
    }

    /** A time with a unit of its own, and an option that names its unit. */
    private static void refuseBoth(Setting setting, @Nullable Setting unit) {
        if (unit != null) {
            throw new IllegalArgumentException("Cannot set " + setting.key() + ": it has a unit, and " + unit.key()
                    + " names one, too; write a whole number, or leave the other key out");
        }
    }

    private void bind(CamelClusterService service, String option, String value) {
        PropertyBindingSupport.build()
                .withCamelContext(context)
                .withTarget(service)
                .withProperty(option, value)
                .withIgnoreCase(true)
                .withMandatory(true)
                .bind();
    }

    private String resolved(Setting setting) {
        try {
            return context.resolvePropertyPlaceholders(setting.value());
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "Cannot resolve the value of " + setting.key() + ": " + e.getMessage(), e);
        }
    }

    /**
     * All settings by type and, within it, by the option, so that two ways of writing one option are one setting, and two ways of writing a type one
     * service.
     */
    private Map<String, Type> settings() {
        Map<String, Type> settings = new TreeMap<>();
        Properties properties = context.getPropertiesComponent().loadProperties(name -> name.startsWith(PREFIX));
        properties.stringPropertyNames().forEach(key -> add(settings, key, properties.getProperty(key)));
        environment.forEach((variable, value) -> addVariable(settings, variable, value));
        Properties system = System.getProperties();
        system.stringPropertyNames().forEach(key -> add(settings, key, system.getProperty(key)));
        return settings;
    }

    private static void add(Map<String, Type> settings, String key, String value) {
        int dot = key.startsWith(PREFIX) ? key.indexOf('.', PREFIX.length()) : -1;
        if (dot > PREFIX.length() && dot < key.length() - 1) {
            put(settings, key.substring(PREFIX.length(), dot), key.substring(dot + 1), key, value);
        }
    }

    private void addVariable(Map<String, Type> settings, String variable, String value) {
        if (!variable.startsWith(VARIABLE_PREFIX) || OptionNames.isServiceLink(variable)) {
            return;
        }
        String name = variable.substring(VARIABLE_PREFIX.length())
                .toLowerCase(Locale.ROOT)
                .replace('_', '-');
        int first = name.indexOf('-');
        for (int end = name.lastIndexOf('-'); end > 0; end = name.lastIndexOf('-', end - 1)) {
            String type = name.substring(0, end);
            if (end == first || exists(type)) {
                put(settings, type, name.substring(end + 1), variable, value);
                return;
            }
        }
    }

    private boolean exists(String type) {
        return context.getCamelContextExtension()
                .getDefaultFactoryFinder()
                .findOptionalClass(serviceKey(type))
                .isPresent();
    }

    private static void put(Map<String, Type> settings, String type, String written, String key, String value) {
        int end = endOfName(written);
        String entry = written.substring(end); // the key of a map entry, which is nobody's to change
        String name = StringHelper.dashToCamelCase(written.substring(0, end));
        settings.computeIfAbsent(type.replace("-", "").toLowerCase(Locale.ROOT), any -> new Type(type, new TreeMap<>()))
                .options()
                .put(name.toLowerCase(Locale.ROOT) + entry, new Setting(key, name + entry, value));
    }

    private static int endOfName(String option) {
        for (int i = 0; i < option.length(); i++) {
            if (option.charAt(i) == '.' || option.charAt(i) == '[') {
                return i;
            }
        }
        return option.length();
    }

    private static String serviceKey(String type) {
        return "cluster-service-" + type;
    }
}
