package io.github.camelmasterlite.kubernetes.springboot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.camelmasterlite.cluster.LocalClusterService;
import io.github.camelmasterlite.kubernetes.KubernetesClusterService;
import io.github.camelmasterlite.kubernetes.LeaseResourceType;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.support.cluster.RebalancingCamelClusterService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** The keys {@code camel.cluster.kubernetes.*} of a Spring Boot application. */
class KubernetesAutoConfigurationTest {

    private static final String ENABLED = "camel.cluster.kubernetes.enabled=true";

    private final ApplicationContextRunner application =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(KubernetesAutoConfiguration.class));

    /** It is rebalanced, and so of a type that does not tell. */
    @Test
    void itStandsBesideTheOtherServiceOfThisProject() {
        application
                .withPropertyValues(ENABLED)
                .withBean(
                        "file-lock-cluster-service",
                        RebalancingCamelClusterService.class,
                        () -> new RebalancingCamelClusterService(new LocalClusterService("any"), 1_000))
                .run(context -> assertThat(context).hasSingleBean(KubernetesClusterService.class));
    }

    @Test
    void everyKeyReachesTheService() {
        application
                .withPropertyValues(
                        ENABLED,
                        "camel.cluster.kubernetes.id=me",
                        "camel.cluster.kubernetes.order=7",
                        "camel.cluster.kubernetes.attributes.zone=a",
                        "camel.cluster.kubernetes.stop-budget-millis=900",
                        "camel.cluster.kubernetes.master-url=https://127.0.0.1:1",
                        "camel.cluster.kubernetes.connection-timeout-millis=2000",
                        "camel.cluster.kubernetes.kubernetes-namespace=one",
                        "camel.cluster.kubernetes.kubernetes-resources-namespace=two",
                        "camel.cluster.kubernetes.config-map-name=locks",
                        "camel.cluster.kubernetes.lease-resource-type=ConfigMap",
                        "camel.cluster.kubernetes.group-name=all",
                        "camel.cluster.kubernetes.pod-name=pod",
                        "camel.cluster.kubernetes.cluster-labels[app.kubernetes.io/name]=orders",
                        "camel.cluster.kubernetes.cluster-labels.group=payments",
                        "camel.cluster.kubernetes.lease-duration-millis=9000",
                        "camel.cluster.kubernetes.renew-deadline-millis=6000",
                        "camel.cluster.kubernetes.retry-period-millis=1000",
                        "camel.cluster.kubernetes.drain-timeout-millis=30000",
                        "camel.cluster.kubernetes.jitter-factor=1.1")
                .run(context -> {
                    KubernetesClusterService service = context.getBean(KubernetesClusterService.class);
                    assertThat(service.getId()).isEqualTo("me");
                    assertThat(service.getOrder()).isEqualTo(7);
                    assertThat(service.getAttributes()).isEqualTo(Map.of("zone", "a"));
                    assertThat(service.getStopBudgetMillis()).isEqualTo(900);
                    assertThat(service.getMasterUrl()).isEqualTo("https://127.0.0.1:1");
                    assertThat(service.getConnectionTimeoutMillis()).isEqualTo(2_000);
                    assertThat(service.getNamespace()).isEqualTo("one");
                    assertThat(service.getKubernetesResourcesNamespace()).isEqualTo("two");
                    assertThat(service.getKubernetesResourceName()).isEqualTo("locks");
                    assertThat(service.getLeaseResourceType()).isEqualTo(LeaseResourceType.ConfigMap);
                    assertThat(service.getGroupName()).isEqualTo("all");
                    assertThat(service.getPodName()).isEqualTo("pod");
                    assertThat(service.getClusterLabels())
                            .isEqualTo(Map.of("app.kubernetes.io/name", "orders", "group", "payments"));
                    assertThat(service.getLeaseDurationMillis()).isEqualTo(9_000);
                    assertThat(service.getRenewDeadlineMillis()).isEqualTo(6_000);
                    assertThat(service.getRetryPeriodMillis()).isEqualTo(1_000);
                    assertThat(service.getDrainTimeoutMillis()).isEqualTo(30_000);
                    assertThat(service.getJitterFactor()).isEqualTo(1.1);
                });
    }

    @Test
    void newerNamesOfAnOptionCountBeforeOlderOnes() {
        application
                .withPropertyValues(
                        ENABLED,
                        "camel.cluster.kubernetes.namespace=new",
                        "camel.cluster.kubernetes.kubernetes-namespace=old",
                        "camel.cluster.kubernetes.kubernetes-resource-name=new",
                        "camel.cluster.kubernetes.config-map-name=old",
                        "camel.cluster.kubernetes.connection-timeout=1",
                        "camel.cluster.kubernetes.connection-timeout-millis=2")
                .run(context -> {
                    KubernetesClusterService service = context.getBean(KubernetesClusterService.class);
                    assertThat(service.getNamespace()).isEqualTo("new");
                    assertThat(service.getKubernetesResourceName()).isEqualTo("new");
                    assertThat(service.getConnectionTimeout()).isEqualTo(2);
                });
    }

    @Test
    void keysOfOldApplicationsStillCount() {
        application
                .withPropertyValues(
                        "camel.component.kubernetes.cluster.service.enabled=true",
                        "camel.component.kubernetes.cluster.service.cluster-labels[group]=payments",
                        "camel.component.kubernetes.cluster.service.cluster-labels[app]=old",
                        "camel.cluster.kubernetes.cluster-labels[app]=new")
                .run(context -> assertThat(
                                context.getBean(KubernetesClusterService.class).getClusterLabels())
                        .isEqualTo(Map.of("group", "payments", "app", "new")));
    }

    @Test
    void thereIsNoServiceUnlessItIsAskedFor() {
        application
                .withPropertyValues("camel.cluster.kubernetes.namespace=x")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(CamelClusterService.class));
        application
                .withBean("own", CamelClusterService.class, LocalClusterService::new)
                .withPropertyValues(ENABLED)
                .run(context ->
                        assertThat(context.getBean(CamelClusterService.class)).isInstanceOf(LocalClusterService.class));
    }

    @Test
    void rebalancingLooksAtEachRenewDeadline() {
        application
                .withPropertyValues(ENABLED, "camel.cluster.kubernetes.rebalancing=true")
                .run(context -> {
                    RebalancingCamelClusterService service = context.getBean(RebalancingCamelClusterService.class);
                    assertThat(service.getDelegate()).isInstanceOf(KubernetesClusterService.class);
                    assertThat(service.getPeriodMillis()).isEqualTo(10_000);
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "camel.cluster.kubernetes.leaseduration=1|did you mean camel.cluster.kubernetes.lease-duration-millis?",
                "camel.cluster.kubernetes.labels.app=x|did you mean camel.cluster.kubernetes.cluster-labels?",
                "camel.cluster.kubernetes.lease-resource-type=Secret|It must be one of Lease, ConfigMap",
                "camel.cluster.kubernetes.jitter-factor=much|It must be a number",
                "camel.cluster.kubernetes.jitter-factor=0.5|The value of camel.cluster.kubernetes.jitter-factor",
                "camel.cluster.kubernetes.pod-name=|podName must not be blank",
            })
    void aWrongKeyFailsTheStartAndIsNamedWithTheFix(String key, String expected) {
        application.withPropertyValues(ENABLED, key).run(context -> {
            assertThat(context).hasFailed();
            assertThat(context.getStartupFailure()).hasStackTraceContaining(expected);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "camel.cluster.kubernetes.enabeld=true|did you mean camel.cluster.kubernetes.enabled?",
                "camel.cluster.kubernetes.lease-duration=15000|did you mean camel.cluster.kubernetes.lease-duration-millis?",
                "camel.cluster.kubernetes.enabled=perhaps|'perhaps' of camel.cluster.kubernetes.enabled",
            })
    void aWrongKeyIsNamedWhetherOrNotTheServiceIsEnabled(String key, String expected) {
        application
                .withPropertyValues(key)
                .run(context -> assertThat(context.getStartupFailure()).hasStackTraceContaining(expected));
    }

    @Test
    void aWrongKeyIsNamedEvenIfABeanMissesTheServiceForIt() {
        application
                .withBean("needy", String.class, () -> {
                    throw new IllegalStateException("made before the keys were looked at");
                })
                .withPropertyValues(ENABLED, "camel.cluster.kubernetes.namespcae=x")
                .run(context -> assertThat(context.getStartupFailure())
                        .hasStackTraceContaining("did you mean camel.cluster.kubernetes.namespace?"));
    }

    // ---- whole applications

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    /** Nobody listens where they look for Kubernetes. */
    private static ConfigurableApplicationContext start(String... keys) {
        // Spring Boot leaves the log as the test has set it up.
        System.setProperty(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE);
        SpringApplication application = new SpringApplication(Application.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        application.setRegisterShutdownHook(false);
        application.setLogStartupInfo(false);
        return application.run(Stream.concat(
                        Stream.of(ENABLED, "camel.cluster.kubernetes.master-url=http://127.0.0.1:1"), Stream.of(keys))
                .map(key -> "--" + key)
                .toArray(String[]::new));
    }

    @Test
    void theStarterOfUpstreamIsLeftOut() {
        try (ConfigurableApplicationContext context = start()) {
            assertThat(context.getBeansOfType(CamelClusterService.class).values())
                    .singleElement()
                    .isInstanceOf(KubernetesClusterService.class);
        }
    }

    @Test
    void anApplicationThatDoesNotStartSaysByWhichKeyToMendIt() {
        assertThat(report(
                        "camel.cluster.kubernetes.lease-duration-millis=1000",
                        "camel.cluster.kubernetes.renew-deadline-millis=2000"))
                .contains("APPLICATION FAILED TO START")
                .contains("camel.cluster.kubernetes.lease-duration-millis (")
                .contains("camel.cluster.kubernetes.renew-deadline-millis (");
    }

    private static String report(String... keys) {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger("org.springframework.boot.diagnostics");
        log.start();
        logger.addAppender(log);
        try {
            assertThat(catchThrowable(() -> start(keys).close())).isNotNull();
            return log.list.stream()
                    .filter(event -> event.getLevel() == Level.ERROR)
                    .map(ILoggingEvent::getFormattedMessage)
                    .collect(Collectors.joining("\n"));
        } finally {
            logger.detachAppender(log);
        }
    }
}
