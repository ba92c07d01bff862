package io.github.camelmasterlite.springboot;

import io.github.camelmasterlite.cluster.OptionNames;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.util.ClassUtils;

/** The types of cluster services that keys {@code camel.cluster.<type>.*} speak of: each must be one that is there. Environment variables do not say where the type ends, and are left out. */
final class ClusterTypes {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterTypes.class);

    private static final String PREFIX = "camel.cluster";
    private static final String FILE = "camel-cluster-file";
    private static final String KUBERNETES = "camel-cluster-kubernetes";

    /** The module of each type of ours. */
    private static final Map<String, String> MODULES =
            Map.of("file", FILE, "file-lock", FILE, "kubernetes", KUBERNETES);

    /** What reads the keys of a type of ours, or of upstream. */
    private static final Map<String, String> READERS = Map.of(
            FILE, "io.github.camelmasterlite.file.FileLockClusterService",
            KUBERNETES, "io.github.camelmasterlite.kubernetes.KubernetesClusterService");

    private static final Map<String, String> UPSTREAM_READERS = Map.of(
            FILE, "org.apache.camel.component.file.springboot.cluster.FileLockClusterServiceAutoConfiguration",
            KUBERNETES,
                    "org.apache.camel.component.kubernetes.springboot.cluster.KubernetesClusterServiceAutoConfiguration");

    private final Environment environment;

    ClusterTypes(Environment environment) {
        this.environment = environment;
    }

    /**
     * Looks at all keys.
     *
     * @throws WrongKeyException if a type is misspelt, or is enabled and its module is missing
     */
    void refuseUnknown() {
        types().forEach((type, key) -> {
            String module = MODULES.get(
                    type.equals("filelock")
                            ? "file-lock"
                            : type); // the names that Spring compares have neither dashes nor case
            if (module != null) {
                refuseWithoutModule(type, module);
                return;
            }
            Optional<String> similar = MODULES.keySet().stream()
                    .filter(known -> OptionNames.distance(known, type) <= 2)
                    .sorted()
                    .findFirst();
            if (similar.isPresent() && !exists(type)) {
                throw new WrongKeyException(
                        key + ": there is no type of cluster services " + type,
                        "Did you mean " + PREFIX + "." + similar.get() + "?",
                        null);
            }
            LOG.debug("{}: no type of cluster services of this project", key);
        });
    }

    private void refuseWithoutModule(String type, String module) {
        String enabled = PREFIX + "." + type + ".enabled";
        if (environment.getProperty(enabled, Boolean.class, false)
                && !isPresent(READERS.get(module))
                && !isPresent(UPSTREAM_READERS.get(module))) {
            throw new WrongKeyException(
                    enabled + " is true, and what reads it is not on the class path",
                    "Add the dependency io.github.camel-master-lite:" + module + ", or remove the key",
                    null);
        }
    }

    /** Whether somebody brings such a type to Camel. */
    private static boolean exists(String type) {
        return ClusterTypes.class.getResource("/META-INF/services/org/apache/camel/cluster-service-" + type) != null;
    }

    private static boolean isPresent(@Nullable String className) {
        return className != null && ClassUtils.isPresent(className, ClusterTypes.class.getClassLoader());
    }

    /** By type, a key that has it. */
    private Map<String, String> types() {
        ConfigurationPropertyName parent = ConfigurationPropertyName.of(PREFIX);
        Map<String, String> types = new LinkedHashMap<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource iterable
                    && !(source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource)) {
                for (ConfigurationPropertyName name : iterable) {
                    if (parent.isAncestorOf(name)) {
                        types.putIfAbsent(name.getElement(2, ConfigurationPropertyName.Form.DASHED), name.toString());
                    }
                }
            }
        }
        return types;
    }
}
