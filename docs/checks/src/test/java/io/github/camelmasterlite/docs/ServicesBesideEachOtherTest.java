package io.github.camelmasterlite.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.camel.cluster.CamelClusterService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.util.ClassUtils;

/** An application of Spring Boot with both cluster services of this project. Nothing is started here. */
class ServicesBesideEachOtherTest {

    private static final Class<?> FILE = configuration("file.springboot.FileLockAutoConfiguration");
    private static final Class<?> KUBERNETES = configuration("kubernetes.springboot.KubernetesAutoConfiguration");

    @TempDir
    Path directory;

    private static Class<?> configuration(String name) {
        return ClassUtils.resolveClassName("io.github.camelmasterlite." + name, null);
    }

    /** In the order of the classes: the second is the one that sees a service that keys have asked for. */
    private ApplicationContextRunner with(Class<?>... configurations) {
        return new ApplicationContextRunner()
                .withUserConfiguration(configurations)
                .withPropertyValues(
                        "camel.cluster.file.enabled=true",
                        "camel.cluster.file.root=" + directory,
                        "camel.cluster.kubernetes.enabled=true");
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void bothAreMadeWhicheverComesFirst(boolean rebalanceFile, boolean rebalanceKubernetes) {
        String[] rebalancing = {
            "camel.cluster.file.rebalancing=" + rebalanceFile,
            "camel.cluster.kubernetes.rebalancing=" + rebalanceKubernetes
        };
        with(FILE, KUBERNETES)
                .withPropertyValues(rebalancing)
                .run(context ->
                        assertThat(context).getBeans(CamelClusterService.class).hasSize(2));
        with(KUBERNETES, FILE)
                .withPropertyValues(rebalancing)
                .run(context ->
                        assertThat(context).getBeans(CamelClusterService.class).hasSize(2));
    }

    @Test
    void oneThatIsNotAskedForIsNotMade() {
        with(FILE, KUBERNETES)
                .withPropertyValues("camel.cluster.kubernetes.enabled=false")
                .run(context ->
                        assertThat(context).getBeans(CamelClusterService.class).hasSize(1));
    }
}
