package io.github.camelmasterlite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.Config;
import io.github.camelmasterlite.cluster.ClusterServices;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PropertyBindingSupport;
import org.apache.camel.support.cluster.ClusterServiceSelectors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Options that need no server: defaults, older names, and what is said of bad values. */
@NullUnmarked
class KubernetesClusterServiceTest {

    private final KubernetesClusterService service = new KubernetesClusterService();

    /** Those of camel-kubernetes. */
    @Test
    void defaultsAreThoseThatPeopleHave() {
        assertThat(service.getKubernetesResourceName()).isEqualTo("leaders");
        assertThat(service.getConfigMapName()).isEqualTo("leaders");
        assertThat(service.getLeaseResourceType()).isEqualTo(LeaseResourceType.Lease);
        assertThat(service.getJitterFactor()).isEqualTo(1.2);
        assertThat(service.getLeaseDurationMillis()).isEqualTo(15_000);
        assertThat(service.getRenewDeadlineMillis()).isEqualTo(10_000);
        assertThat(service.getRetryPeriodMillis()).isEqualTo(2_000);
        assertThat(service.getClusterLabels()).isEmpty();
        assertThat(service.getMasterUrl()).isNull();
        assertThat(service.getNamespace()).isNull();
        assertThat(service.getKubernetesResourcesNamespace()).isNull();
        assertThat(service.getGroupName()).isNull();
        assertThat(service.getConnectionTimeout()).isNull();
        assertThat(service.getConfig()).isNull();
        assertThat(service.getKubernetesClient()).isNull();
    }

    @Test
    void olderNamesSetTheSame() {
        service.setKubernetesNamespace("a");
        assertThat(service.getNamespace()).isEqualTo("a");
        assertThat(service.getKubernetesNamespace()).isEqualTo("a");
        service.setConfigMapName("b");
        assertThat(service.getKubernetesResourceName()).isEqualTo("b");
        service.setConnectionTimeoutMillis(3);
        assertThat(service.getConnectionTimeout()).isEqualTo(3);
        assertThat(service.getConnectionTimeoutMillis()).isEqualTo(3);
    }

    @Test
    void theNameOfThePodIsThatOfTheHostUnlessItIsSet() throws Exception {
        String host = System.getenv("HOSTNAME");
        assertThat(service.getPodName())
                .isEqualTo(
                        host == null || host.isBlank()
                                ? java.net.InetAddress.getLocalHost().getHostName()
                                : host);
        service.setPodName("pod-1");
        assertThat(service.getPodName()).isEqualTo("pod-1");
        assertThat(service.getView("lock1").getLocalMember().getId()).isEqualTo("pod-1");
    }

    @Test
    void theNameOfAGroupIsTheOneLockOfAllViews() throws Exception {
        service.setGroupName("all");
        assertThat(service.getView("a")).isSameAs(service.getView("b"));
        assertThat(service.getNamespaces()).containsExactly("all");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " "})
    void blankNamesAreRefusedByTheirOption(String blank) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> service.setKubernetesResourceName(blank))
                .withMessageContaining("kubernetesResourceName")
                .withMessageContaining("leaders");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> service.setGroupName(blank))
                .withMessageContaining("groupName");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> service.setPodName(blank))
                .withMessageContaining("podName")
                .withMessageContaining("nobody holds");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void aConnectionTimeoutIsMoreThanZero(int millis) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> service.setConnectionTimeout(millis))
                .withMessageContaining("connectionTimeout")
                .withMessageContaining(Integer.toString(millis));
    }

    @Test
    void aLeaseResourceTypeIsNotNull() {
        assertThatThrownBy(() -> service.setLeaseResourceType(null))
                .hasMessageContaining("leaseResourceType")
                .hasMessageContaining("ConfigMap");
    }

    private void assertDoesNotStart(String... parts) {
        service.setConfig(Config.empty());
        assertThatThrownBy(service::start).satisfies(thrown -> {
            StringBuilder all = new StringBuilder();
            for (Throwable t = thrown; t != null; t = t.getCause()) {
                all.append(t.getMessage()).append('\n');
            }
            assertThat(all.toString()).contains(parts);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "-app,orders",
        "app,or ders",
        "app,-orders",
        "Prefix.Of/app,orders",
        "a/b/c,orders",
        "'',orders",
        "a23456789012345678901234567890123456789012345678901234567890123456,orders",
        "app,a23456789012345678901234567890123456789012345678901234567890123456"
    })
    void whatIsNoLabelIsNamed(String key, String value) {
        service.setClusterLabels(Map.of(key, value));
        assertDoesNotStart("clusterLabels", "'" + key + "=" + value + "'", "63");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Leaders", "leaders_", "-leaders", "lea ders", "leaders/x"})
    void aConfigMapThatCannotBeCalledSoIsNamed(String name) {
        service.setLeaseResourceType(LeaseResourceType.ConfigMap);
        service.setKubernetesResourceName(name);
        assertDoesNotStart("kubernetesResourceName", "'" + name + "'", "lower-case");
    }

    @Test
    void timesThatDoNotKeepLeadersApartAreNamed() {
        service.setLeaseDurationMillis(10_000);
        service.setRenewDeadlineMillis(9_900);
        assertDoesNotStart("renewDeadline", "leaseDuration", "this works");
    }

    @Test
    void aMasterUrlThatIsNoneIsNamed() {
        service.setMasterUrl("https://not a url");
        assertDoesNotStart("masterUrl", "leave them unset");
    }

    @ParameterizedTest
    @ValueSource(strings = {"namespace", "kubernetesResourcesNamespace"})
    void aNamespaceThatIsNoneIsNamed(String option) {
        if (option.equals("namespace")) {
            service.setNamespace("Not/One");
        } else {
            service.setKubernetesResourcesNamespace("Not/One");
        }
        assertDoesNotStart(option, "'Not/One'");
    }

    /** Without code; Main of Camel 4.22 looks for the type by the same name, and refuses to start where it is not there. */
    @Test
    void keysMakeAService() throws Exception {
        Properties keys = new Properties();
        keys.put("camel.cluster.kubernetes.master-url", "https://127.0.0.1:1");
        keys.put("camel.cluster.kubernetes.config-map-name", "elections");
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.getPropertiesComponent().setInitialProperties(keys);
            context.start();
            assertThat(new ClusterServices(context).find(null, ClusterServiceSelectors.first()))
                    .isInstanceOfSatisfying(
                            KubernetesClusterService.class,
                            found -> assertThat(found.getKubernetesResourceName())
                                    .isEqualTo("elections"));
        }
    }

    /** As Camel binds {@code camel.cluster.kubernetes.cluster-labels[...]}, with the dashes gone. */
    @ParameterizedTest
    @CsvSource({
        "clusterLabels[group], group",
        "clusterLabels.group, group",
        "clusterLabels[app.kubernetes.io/name], app.kubernetes.io/name"
    })
    void oneLabelIsBoundByItsKey(String option, String key) throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            Map<String, Object> options = new HashMap<>(Map.of(option, "orders"));
            new PropertyBindingSupport.Builder().withIgnoreCase(true).bind(context, service, options);
            assertThat(options).isEmpty();
            assertThat(service.getClusterLabels()).containsExactly(Map.entry(key, "orders"));
        }
    }

    @Test
    void labelsAreAddedAndReplacedOneByOneOrAllAtOnce() {
        service.addToClusterLabels("app", "orders");
        service.addToClusterLabels("group", "payments");
        service.addToClusterLabels("app", "invoices");
        assertThat(service.getClusterLabels()).isEqualTo(Map.of("app", "invoices", "group", "payments"));
        service.setClusterLabels(Map.of("app", "orders"));
        assertThat(service.getClusterLabels()).isEqualTo(Map.of("app", "orders"));
        service.setClusterLabels(null);
        assertThat(service.getClusterLabels()).isEmpty();
    }
}
