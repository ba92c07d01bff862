package io.github.camelmasterlite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.Map;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.main.Main;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Main of Camel 4.22 makes a cluster service of its keys, and with an older Camel the route that needs one. No API server is needed for that: one that is
 * missing at start is waited for.
 */
@NullUnmarked
class KeysOfMainTest {

    private static final boolean READ_BY_MAIN =
            Integer.parseInt(new DefaultCamelContext().getVersion().split("\\.", -1)[1]) >= 22;

    private final Main main = new Main();

    @AfterEach
    void stop() {
        main.stop();
    }

    private KubernetesClusterService start(Map<String, String> properties) throws Exception {
        main.addInitialProperty("camel.cluster.kubernetes.master-url", "http://127.0.0.1:1");
        main.addInitialProperty("camel.cluster.kubernetes.kubernetes-namespace", "shop");
        properties.forEach(main::addInitialProperty);
        main.configure().addRoutesBuilder(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock1:timer:clock").to("mock:nowhere");
            }
        });
        main.start();
        assertThat(main.getCamelContext().hasServices(CamelClusterService.class))
                .singleElement()
                .isInstanceOf(KubernetesClusterService.class);
        return (KubernetesClusterService) main.getCamelContext()
                .hasServices(CamelClusterService.class)
                .iterator()
                .next();
    }

    @Test
    void mainMakesAServiceOfTheKeys() throws Exception {
        KubernetesClusterService service = start(Map.of(
                "camel.cluster.kubernetes.lease-resource-type", "ConfigMap",
                "camel.cluster.kubernetes.config-map-name", "my-leaders",
                "camel.cluster.kubernetes.lease-duration-millis", "20s",
                "camel.cluster.kubernetes.cluster-labels[app.kubernetes.io/name]", "orders",
                "camel.cluster.kubernetes.cluster-labels.group", "shop"));

        assertThat(service.getMasterUrl()).isEqualTo("http://127.0.0.1:1");
        assertThat(service.getKubernetesNamespace()).isEqualTo("shop");
        assertThat(service.getLeaseResourceType()).isEqualTo(LeaseResourceType.ConfigMap);
        assertThat(service.getKubernetesResourceName()).isEqualTo("my-leaders");
        assertThat(service.getLeaseDurationMillis()).isEqualTo(20_000);
        assertThat(service.getClusterLabels())
                .containsEntry("app.kubernetes.io/name", "orders")
                .containsEntry("group", "shop");
    }

    /** Of {@code CAMEL_CLUSTER_KUBERNETES_RETRY_PERIOD_MILLIS} Main makes {@code camel.cluster.kubernetes.retry.period.millis}. */
    @Test
    void optionsAreFoundAsMainReadsThemFromTheEnvironment() throws Exception {
        assumeThat(READ_BY_MAIN).as("Main makes such keys of variables").isTrue();
        KubernetesClusterService service = start(Map.of(
                "camel.cluster.kubernetes.retry.period.millis", "1000",
                "camel.cluster.kubernetes.kubernetes.resource.name", "my-leaders"));

        assertThat(service.getRetryPeriodMillis()).isEqualTo(1000);
        assertThat(service.getKubernetesResourceName()).isEqualTo("my-leaders");
    }

    @Test
    void aWrongKeyIsNamed() {
        assertThatThrownBy(() -> start(Map.of("camel.cluster.kubernetes.lease-duration", "20s")))
                .hasMessageContaining(
                        READ_BY_MAIN
                                ? "camel.cluster.kubernetes.leaseDuration"
                                : "camel.cluster.kubernetes.lease-duration");
    }
}
