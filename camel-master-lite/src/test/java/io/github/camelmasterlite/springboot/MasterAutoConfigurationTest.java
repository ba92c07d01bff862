package io.github.camelmasterlite.springboot;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.cluster.LocalClusterService;
import io.github.camelmasterlite.master.MasterComponent;
import io.github.camelmasterlite.master.MasterGuard;
import io.github.camelmasterlite.master.MasterOnSuspend;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.camel.CamelContext;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.spring.boot.CamelAutoConfiguration;
import org.apache.camel.support.cluster.ClusterServiceSelectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

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
                "camel.component.master.headers.x=true|There is no such option: camel.component.master.headers.x",
                "camel.component.master.guard=maybe|'maybe' of camel.component.master.guard",
                "camel.component.master.back-off-max-attempts=ten|It must be a whole number",
                "camel.cluster.kubernets.enabled=true|Did you mean camel.cluster.kubernetes?",
                "camel.cluster.flie.root=x|Did you mean camel.cluster.file?",
                "camel.cluster.kubernetes.enabled=true|Add the dependency io.github.camel-master-lite:camel-cluster-kubernetes",
            })
    void aWrongKeyFailsTheStartAndIsNamedWithTheFix(String key, String expected) {
        application.withPropertyValues(key).run(context -> {
            assertThat(context).hasFailed();
            Throwable failure = Objects.requireNonNull(context.getStartupFailure());
            FailureAnalysis analysis = Objects.requireNonNull(new WrongKeyFailureAnalyzer().analyze(failure));
            assertThat(analysis.getDescription() + ". " + analysis.getAction()).contains(expected);
        });
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
}
