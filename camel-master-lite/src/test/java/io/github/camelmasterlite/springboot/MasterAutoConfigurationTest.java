package io.github.camelmasterlite.springboot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.camelmasterlite.cluster.LocalClusterService;
import io.github.camelmasterlite.master.MasterComponent;
import io.github.camelmasterlite.master.MasterGuard;
import io.github.camelmasterlite.master.MasterOnSuspend;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.camel.CamelContext;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.spring.boot.CamelAutoConfiguration;
import org.apache.camel.support.cluster.ClusterServiceSelectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** The keys {@code camel.component.master.*} of a Spring Boot application. */
class MasterAutoConfigurationTest {

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(MasterAutoConfiguration.class, CamelAutoConfiguration.class));

    private void withKeys(Consumer<MasterComponent> check, String... keys) {
        application
                .withBean("mine", CamelClusterService.class, LocalClusterService::new)
                .withBean("selector", CamelClusterService.Selector.class, ClusterServiceSelectors::order)
                .withPropertyValues(keys)
                .run(context -> check.accept(
                        context.getBean(CamelContext.class).getComponent("master", MasterComponent.class)));
    }

    @Test
    void everyKeyReachesTheComponent() {
        withKeys(
                component -> {
                    assertThat(component.isAutowiredEnabled()).isFalse();
                    assertThat(component.isBridgeErrorHandler()).isTrue();
                    assertThat(component.getBackOffDelay()).isEqualTo(7_000);
                    assertThat(component.getBackOffMaxAttempts()).isEqualTo(3);
                    assertThat(component.getGuard()).isEqualTo(MasterGuard.FAIL);
                    assertThat(component.isHeaders()).isFalse();
                    assertThat(component.isWarmStandby()).isTrue();
                    assertThat(component.getOnSuspend()).isEqualTo(MasterOnSuspend.RELEASE);
                    assertThat(component.getYieldWhenDownFor()).isEqualTo(90_000);
                    assertThat(component.getService()).isInstanceOf(LocalClusterService.class);
                    assertThat(component.getServiceSelector()).isNotSameAs(ClusterServiceSelectors.DEFAULT_SELECTOR);
                },
                "camel.component.master.autowired-enabled=false",
                "camel.component.master.bridge-error-handler=true",
                "camel.component.master.back-off-delay=7s",
                "camel.component.master.backOffMaxAttempts=3",
                "camel.component.master.guard=fail",
                "camel.component.master.headers=false",
                "camel.component.master.warm-standby=true",
                "camel.component.master.on-suspend=release",
                "camel.component.master.yield-when-down-for=1m30s",
                "camel.component.master.service=#bean:mine",
                "camel.component.master.service-selector=#selector");
    }

    @ParameterizedTest
    @CsvSource({"camel.component.master.enabled", "camel.component.master.customizer.enabled", "camel.component.enabled"
    })
    void keysThatAreSwitchedOffHaveNoEffect(String key) {
        withKeys(
                component -> assertThat(component.isHeaders()).isTrue(),
                key + "=false",
                "camel.component.master.headers=false");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "camel.component.master.warmstandbi=true|did you mean camel.component.master.warm-standby?",
                "camel.component.master.customizer.enabld=false|did you mean camel.component.master.customizer.enabled?",
                "camel.component.master.customizer=false|There is no such option: camel.component.master.customizer",
                "camel.component.master.headers.x=true|There is no such option: camel.component.master.headers.x",
                "camel.component.master.guard=maybe|'maybe' of camel.component.master.guard",
                "camel.component.master.back-off-max-attempts=ten|It must be a whole number",
                "camel.cluster.kubernets.enabled=true|Did you mean camel.cluster.kubernetes?",
                "camel.cluster.flie.root=x|Did you mean camel.cluster.file?",
                "camel.cluster.kubernetes.enabled=true|Add the dependency io.github.camel-master-lite:camel-cluster-kubernetes",
                "camel.cluster.file.enabled=true|Add the dependency io.github.camel-master-lite:camel-cluster-file",
                "camel.cluster.file-lock.enabled=true|Add the dependency io.github.camel-master-lite:camel-cluster-file",
                "camel.cluster.filelock.enabled=true|Add the dependency io.github.camel-master-lite:camel-cluster-file",
            })
    void aWrongKeyFailsTheStartAndIsNamedWithTheFix(String key, String expected) {
        application.withPropertyValues(key).run(context -> {
            assertThat(context).hasFailed();
            Throwable failure = Objects.requireNonNull(context.getStartupFailure());
            FailureAnalysis analysis = Objects.requireNonNull(new WrongKeyFailureAnalyzer().analyze(failure));
            assertThat(analysis.getDescription() + ". " + analysis.getAction()).contains(expected);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "camel.component.master.warmstandbi=true|did you mean camel.component.master.warm-standby?",
                "camel.component.master.guard=maybe|'maybe' of camel.component.master.guard",
                "camel.cluster.flie.root=x|Did you mean camel.cluster.file?",
            })
    void aWrongKeyIsNamedEvenIfABeanFailsForWantOfIt(String key, String expected) {
        application
                .withBean("needy", String.class, () -> {
                    throw new IllegalStateException("made before the keys were looked at");
                })
                .withPropertyValues(key)
                .run(context -> assertThat(context.getStartupFailure()).hasStackTraceContaining(expected));
    }

    @Test
    void theServiceThatIsNamedMustExist() {
        withKeysFailing("camel.component.master.service=#bean:yours", "'#bean:yours' names no bean of type");
        withKeysFailing("camel.component.master.back-off-delay=soon", "'soon' is no duration");
    }

    private void withKeysFailing(String key, String expected) {
        application
                .withPropertyValues(key)
                .run(context -> assertThat(context.getBean(CamelContext.class)).satisfies(camel -> {
                    Throwable thrown = org.assertj.core.api.Assertions.catchThrowable(
                            () -> camel.getComponent("master", MasterComponent.class));
                    assertThat(thrown).hasStackTraceContaining(expected).hasStackTraceContaining(key.split("=", 2)[0]);
                }));
    }

    @Test
    void otherTypesOfClusterServicesAreNobodysBusinessHere() {
        application
                .withPropertyValues(
                        "camel.cluster.zookeeper.nodes=localhost", "camel.clustered.controller.enabled=false")
                .run(context -> assertThat(context).hasNotFailed());
    }

    // ---- variables of the environment

    /** Options as there may be, with dashes wherever there may be some. */
    public static final class Options {

        private @Nullable Long stopBudgetMillis;
        private Map<String, String> clusterLabels = new HashMap<>();

        public @Nullable Long getStopBudgetMillis() {
            return stopBudgetMillis;
        }

        public void setStopBudgetMillis(@Nullable Long stopBudgetMillis) {
            this.stopBudgetMillis = stopBudgetMillis;
        }

        public Map<String, String> getClusterLabels() {
            return clusterLabels;
        }

        public void setClusterLabels(Map<String, String> clusterLabels) {
            this.clusterLabels = clusterLabels;
        }
    }

    private static OptionKeys<Options> withVariable(String variable) {
        StandardEnvironment environment = new StandardEnvironment();
        String source = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;
        environment
                .getPropertySources()
                .replace(source, new SystemEnvironmentPropertySource(source, Map.of(variable, "7")));
        return new OptionKeys<>(
                environment, Options.class, List.of("camel.cluster.file-lock", "camel.cluster.file"), null);
    }

    private static boolean isBound(Options options) {
        return options.getStopBudgetMillis() != null
                || !options.getClusterLabels().isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CAMEL_CLUSTER_FILE_STOPBUDGETMILLIS",
                "CAMEL_CLUSTER_FILE_STOP_BUDGET_MILLIS",
                "CAMEL_CLUSTER_FILELOCK_STOPBUDGETMILLIS",
                "CAMEL_CLUSTER_FILE_LOCK_STOP_BUDGET_MILLIS",
                "camel_cluster_filelock_stopbudgetmillis",
                "camel_cluster_file_stop_budget_millis",
                "camel.cluster.file-lock.stop-budget-millis",
                "CAMEL_CLUSTER_FILE_CLUSTERLABELS_APP",
                "CAMEL_CLUSTER_FILE_CLUSTERLABELS_APP_NAME",
                "CAMEL_CLUSTER_FILELOCK_CLUSTERLABELS_APP",
            })
    void variablesThatSpringBootBindsAreKnown(String variable) {
        OptionKeys<Options> keys = withVariable(variable);
        assertThat(isBound(keys.read())).isTrue();
        assertThatCode(keys::refuseUnknown).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "CAMEL_CLUSTER_FILELOCK_STOP_BUDGET_MILLIS,CAMEL_CLUSTER_FILE_LOCK_STOP_BUDGET_MILLIS",
        "CAMEL_CLUSTER_FILE_LOCK_STOPBUDGETMILLIS,CAMEL_CLUSTER_FILE_LOCK_STOP_BUDGET_MILLIS",
        "CAMEL_CLUSTER_FILE_STOPBUDGET_MILLIS,CAMEL_CLUSTER_FILE_STOP_BUDGET_MILLIS",
        "CAMEL_CLUSTER_FILE_CLUSTER_LABELS_APP,CAMEL_CLUSTER_FILE_CLUSTERLABELS_APP",
        "CAMEL_CLUSTER_FILE_LOCK_CLUSTERLABELS_APP,CAMEL_CLUSTER_FILELOCK_CLUSTERLABELS_APP",
        "CAMEL_CLUSTER_FILE_LOCK_CLUSTER_LABELS_APP,CAMEL_CLUSTER_FILELOCK_CLUSTERLABELS_APP",
    })
    void variablesThatSpringBootPassesOverAreRefusedWithTheNameToWrite(String variable, String expected) {
        OptionKeys<Options> keys = withVariable(variable);
        assertThat(isBound(keys.read())).isFalse();
        assertThatThrownBy(keys::refuseUnknown)
                .isInstanceOf(WrongKeyException.class)
                .hasMessageContaining(variable + ", did you mean " + expected + "?");
        OptionKeys<Options> mended = withVariable(expected);
        assertThat(isBound(mended.read())).isTrue();
        assertThatCode(mended::refuseUnknown).doesNotThrowAnyException();
    }

    // ---- values that refer to nothing

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "s3cret@${nowhere}/s3cret|${nowhere}",
                "s3cret${here:s3cret${nowhere}}|${here}, ${nowhere}",
                "s3cret${s3cret|its ${ is never closed",
            })
    void ofAValueThatRefersToNothingOnlyTheReferenceIsTold(String value, String expected) {
        OptionKeys<Options> keys = withVariable("OTHER");
        String message = "refers to something that is not set: " + expected + ". Set what";
        assertThatThrownBy(() -> keys.set("stop-budget-millis", value, text -> {}))
                .hasMessageStartingWith("The value of camel.cluster.file.stop-budget-millis " + message);
        assertThatThrownBy(() -> keys.set("cluster-labels", Map.of("a", "s3cret", "b", value), text -> {}))
                .hasMessageStartingWith("The value of camel.cluster.file.cluster-labels[b] " + message);
    }
}
