package io.github.camelmasterlite.file.springboot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.camelmasterlite.cluster.LocalClusterService;
import io.github.camelmasterlite.file.FileLockClusterService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.CamelContext;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.spring.boot.CamelAutoConfiguration;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.cluster.RebalancingCamelClusterService;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.util.ClassUtils;

/** The keys {@code camel.cluster.file.*} of a Spring Boot application. */
class FileLockAutoConfigurationTest {

    @TempDir
    Path directory;

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(FileLockAutoConfiguration.class, ofCore(), CamelAutoConfiguration.class));

    private static Class<?> ofCore() {
        return ClassUtils.resolveClassName("io.github.camelmasterlite.springboot.MasterAutoConfiguration", null);
    }

    private String root() {
        return "camel.cluster.file.root=" + directory;
    }

    @Test
    void theServiceIsMadeInjectedAndStartedWithTheContext() {
        application
                .withPropertyValues("camel.cluster.file.enabled=true", root())
                .run(context -> {
                    CamelClusterService service = context.getBean(CamelClusterService.class);
                    assertThat(service).isInstanceOf(FileLockClusterService.class);
                    CamelContext camel = context.getBean(CamelContext.class);
                    assertThat(camel.hasServices(CamelClusterService.class)).containsExactly(service);
                    assertThat(((FileLockClusterService) service).isStarted()).isTrue();
                });
    }

    /** Camel itself forgets a service that is made before its context is. */
    @Test
    void aServiceOfTheApplicationIsStartedWithTheContextToo() {
        FileLockClusterService own = new FileLockClusterService();
        own.setRoot(directory.toString());
        application
                .withBean("aaa", FileLockClusterService.class, () -> own)
                .run(context -> assertThat(own.isStarted()).isTrue());
    }

    /** Camel starts services before routes, and stops them if a route fails. */
    @Test
    void aStartThatFailsInARouteLeavesNoServiceRunning() {
        FailingComponent failing = new FailingComponent();
        application
                .withPropertyValues(root())
                .withBean("failing", FailingComponent.class, () -> failing)
                .withBean(RouteBuilder.class, () -> new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("failing:start").to("log:never");
                    }
                })
                .run(context ->
                        assertThat(context.getStartupFailure()).rootCause().hasMessage(FailingComponent.PORT_IN_USE));
        assertThat(failing.wasServiceStarted).isTrue();
        assertThat(Objects.requireNonNull(failing.service).isStarted()).isFalse();
    }

    /** Spring destroys its beans then, and does not stop the context of Camel. */
    @Test
    void aStartThatFailsBehindThatOfCamelLeavesNoServiceRunning() {
        AtomicReference<FileLockClusterService> started = new AtomicReference<>();
        application
                .withConfiguration(AutoConfigurations.of(StartedByHand.class))
                .withPropertyValues(root())
                .withBean("whatFollows", StartedByHand.WhatFollows.class, () -> camel -> {
                    FileLockClusterService service =
                            Objects.requireNonNull(camel.hasService(FileLockClusterService.class));
                    if (service.isStarted()) {
                        started.set(service);
                    }
                    throw new IllegalStateException(FailingComponent.PORT_IN_USE);
                })
                .run(context -> assertThat(context.getStartupFailure()).hasMessage(FailingComponent.PORT_IN_USE));
        assertThat(started.get()).isNotNull().returns(false, FileLockClusterService::isStarted);
    }

    /** Starts the context of Camel when all beans have been made, before Spring starts what is to be started. */
    @AutoConfiguration(afterName = "io.github.camelmasterlite.springboot.MasterAutoConfiguration")
    static class StartedByHand {

        interface WhatFollows {
            void run(CamelContext camel);
        }

        @Bean
        SmartInitializingSingleton startedByHand(CamelContext camel, WhatFollows whatFollows) {
            return () -> {
                camel.start();
                whatFollows.run(camel);
            };
        }
    }

    /** Its consumers look whether the service of the context has been started, and fail. */
    private static final class FailingComponent extends DefaultComponent {

        static final String PORT_IN_USE = "port in use";

        volatile @Nullable FileLockClusterService service;
        volatile boolean wasServiceStarted;

        @Override
        protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
            return new DefaultEndpoint(uri, this) {
                @Override
                public Producer createProducer() {
                    throw new UnsupportedOperationException();
                }

                @Override
                public Consumer createConsumer(Processor processor) {
                    return new DefaultConsumer(this, processor) {
                        @Override
                        protected void doStart() {
                            FileLockClusterService found =
                                    Objects.requireNonNull(getCamelContext().hasService(FileLockClusterService.class));
                            service = found;
                            wasServiceStarted = found.isStarted();
                            throw new IllegalStateException(PORT_IN_USE);
                        }
                    };
                }
            };
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"file-lock", "fileLock", "filelock"})
    void theNameOfTheTypeMayBeWrittenAsForCamelMain(String type) {
        application
                .withPropertyValues("camel.cluster." + type + ".root=" + directory)
                .run(context -> assertThat(
                                context.getBean(FileLockClusterService.class).getRoot())
                        .isEqualTo(directory.toString()));
    }

    @Test
    void everyKeyReachesTheService() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(FileLockAutoConfiguration.class))
                .withPropertyValues(
                        root(),
                        "camel.cluster.file.id=me",
                        "camel.cluster.file.order=7",
                        "camel.cluster.file.attributes[zone.name]=a",
                        "camel.cluster.file.stop-budget-millis=900",
                        "camel.cluster.file.locking=lease",
                        "camel.cluster.file.acquire-lock-delay=2s",
                        "camel.cluster.file.acquireLockInterval=1m",
                        "camel.cluster.file.heartbeat-timeout-multiplier=3",
                        "camel.cluster.file.cluster-data-task-max-attempts=4",
                        "camel.cluster.file.cluster-data-task-timeout=5000",
                        "camel.cluster.file.lease-duration-millis=6000",
                        "camel.cluster.file.renew-deadline-millis=3000",
                        "camel.cluster.file.retry-period-millis=800")
                .run(context -> {
                    FileLockClusterService service = context.getBean(FileLockClusterService.class);
                    assertThat(service.getRoot()).isEqualTo(directory.toString());
                    assertThat(service.getId()).isEqualTo("me");
                    assertThat(service.getOrder()).isEqualTo(7);
                    assertThat(service.getAttributes()).isEqualTo(Map.of("zone.name", "a"));
                    assertThat(service.getStopBudgetMillis()).isEqualTo(900);
                    assertThat(service.getLocking()).isEqualTo(FileLockClusterService.Locking.LEASE);
                    assertThat(service.getAcquireLockDelay()).isEqualTo(2_000);
                    assertThat(service.getAcquireLockDelayUnit()).isEqualTo(TimeUnit.MILLISECONDS);
                    assertThat(service.getAcquireLockInterval()).isEqualTo(60_000);
                    assertThat(service.getAcquireLockIntervalUnit()).isEqualTo(TimeUnit.MILLISECONDS);
                    assertThat(service.getHeartbeatTimeoutMultiplier()).isEqualTo(3);
                    assertThat(service.getClusterDataTaskMaxAttempts()).isEqualTo(4);
                    assertThat(service.getClusterDataTaskTimeout()).isEqualTo(5_000);
                    assertThat(service.getLeaseDurationMillis()).isEqualTo(6_000);
                    assertThat(service.getRenewDeadlineMillis()).isEqualTo(3_000);
                    assertThat(service.getRetryPeriodMillis()).isEqualTo(800);
                });
    }

    @Test
    void theRootAloneAsksForTheServiceAndEnabledDecides() {
        application
                .withPropertyValues(root())
                .run(context -> assertThat(context).hasSingleBean(FileLockClusterService.class));
        application.run(context -> assertThat(context).doesNotHaveBean(CamelClusterService.class));
        application
                .withPropertyValues(root(), "camel.cluster.file.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(CamelClusterService.class));
    }

    @Test
    void theNewerKeyCountsAndTheFormerOneIsWarnedOf() {
        try (LogOf log = new LogOf("io.github.camelmasterlite.springboot")) {
            application
                    .withPropertyValues(
                            "camel.component.file.cluster.service.enabled=true",
                            "camel.component.file.cluster.service.root=" + directory.resolve("former"),
                            "camel.component.file.cluster.service.id=former",
                            "camel.component.file.cluster.service.order=5",
                            "camel.cluster.file.root=" + directory.resolve("later"),
                            "camel.cluster.file.id=later",
                            "camel.cluster.file-lock.root=" + directory)
                    .run(context -> {
                        FileLockClusterService service = context.getBean(FileLockClusterService.class);
                        assertThat(service.getOrder()).isEqualTo(5);
                        assertThat(service.getId()).isEqualTo("later");
                        assertThat(service.getRoot()).isEqualTo(directory.toString());
                    });
            assertThat(log.messages(Level.WARN))
                    .hasSize(1)
                    .first()
                    .asString()
                    .contains("camel.component.file.cluster.service.* are deprecated")
                    .contains("camel.component.file.cluster.service.order -> camel.cluster.file.order");
        }
    }

    @Test
    void aFormerKeyAsAVariableIsWarnedOfWithTheVariableToWrite() {
        try (LogOf log = new LogOf("io.github.camelmasterlite.springboot")) {
            withVariables(Map.of("CAMEL_COMPONENT_FILE_CLUSTER_SERVICE_ROOT", directory.toString()))
                    .run(context -> assertThat(context.getBean(FileLockClusterService.class)
                                    .getRoot())
                            .isEqualTo(directory.toString()));
            assertThat(log.messages(Level.WARN))
                    .singleElement()
                    .asString()
                    .contains("CAMEL_COMPONENT_FILE_CLUSTER_SERVICE_ROOT -> CAMEL_CLUSTER_FILE_ROOT.");
        }
    }

    @Test
    void anApplicationWithAServiceOfItsOwnKeepsThatAlone() {
        application
                .withBean("own", CamelClusterService.class, LocalClusterService::new)
                .withPropertyValues("camel.cluster.file.enabled=true", root())
                .run(context ->
                        assertThat(context.getBean(CamelClusterService.class)).isInstanceOf(LocalClusterService.class));
        FileLockClusterService own = new FileLockClusterService();
        own.setRoot(directory.toString());
        application
                .withBean("own", FileLockClusterService.class, () -> own)
                .withPropertyValues("camel.cluster.file.enabled=true", root())
                .run(context ->
                        assertThat(context.getBean(CamelClusterService.class)).isSameAs(own));
    }

    @Configuration(proxyBeanMethods = false)
    static class Own {

        @Bean
        CamelClusterService own() {
            return new LocalClusterService();
        }
    }

    /** Such a bean is known later than one that is registered by hand. */
    @Test
    void aServiceThatAConfigurationOfTheApplicationMakesIsOneOfItsOwn() {
        application
                .withUserConfiguration(Own.class)
                .withPropertyValues("camel.cluster.file.enabled=true", root())
                .run(context ->
                        assertThat(context.getBean(CamelClusterService.class)).isInstanceOf(LocalClusterService.class));
    }

    @Test
    void aServiceOfTheParentOfTheApplicationIsOneOfItsOwn() {
        new ApplicationContextRunner()
                .withUserConfiguration(Own.class)
                .run(parent -> application
                        .withParent(parent)
                        .withPropertyValues("camel.cluster.file.enabled=true", root())
                        .run(context ->
                                assertThat(context).hasNotFailed().doesNotHaveBean(FileLockClusterService.class)));
    }

    @Test
    void rebalancingIsOneKey() {
        application
                .withPropertyValues(root(), "camel.cluster.file.rebalancing=true")
                .run(context -> {
                    CamelClusterService service = context.getBean(CamelClusterService.class);
                    assertThat(service).isInstanceOf(RebalancingCamelClusterService.class);
                    assertThat(((RebalancingCamelClusterService) service).getDelegate())
                            .isInstanceOf(FileLockClusterService.class);
                    assertThat(context.getBean(CamelContext.class).hasServices(CamelClusterService.class))
                            .containsExactly(service);
                });
    }

    // ---- wrong keys

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "camel.cluster.file.rooot=/x|did you mean camel.cluster.file.root?",
                "camel.cluster.file.enabeld=true|did you mean camel.cluster.file.enabled?",
                "camel.cluster.file-lock.interval=1s|did you mean camel.cluster.file-lock.acquire-lock-interval?",
                "camel.component.file.cluster.service.rot=/x|did you mean camel.component.file.cluster.service.root?",
                "camel.cluster.file.colour=red|Options of camel.cluster.file",
                "camel.cluster.file.enabled=perhaps|'perhaps' of camel.cluster.file.enabled",
                "camel.cluster.file.lease-duration-millis=15s|'15s' of camel.cluster.file.lease-duration-millis",
                "camel.cluster.file.lease-duration-millis=15s|It must be a whole number",
                "camel.cluster.file.locking=paper|It must be one of AUTO, OS, LEASE",
                "camel.cluster.file.root=${nowhere}|refers to something that is not set",
            })
    void aWrongKeyFailsTheStartAndIsNamedWithTheFix(String key, String expected) {
        application.withPropertyValues(key).run(context -> {
            assertThat(context).hasFailed();
            assertThat(context.getStartupFailure()).hasStackTraceContaining(expected);
        });
    }

    @Test
    void aWrongKeyIsNamedEvenIfABeanMissesTheServiceForIt() {
        application
                .withBean("needy", String.class, () -> {
                    throw new IllegalStateException("made before the keys were looked at");
                })
                .withPropertyValues("camel.cluster.file.rooot=/x")
                .run(context -> assertThat(context.getStartupFailure())
                        .hasStackTraceContaining("did you mean camel.cluster.file.root?"));
    }

    @ParameterizedTest
    @CsvSource({
        "camel.cluster.file.acquire-lock-delay=soon,'soon' is no duration",
        "camel.cluster.file.heartbeat-timeout-multiplier=0,heartbeatTimeoutMultiplier must be more than zero"
    })
    void aValueThatTheServiceRefusesIsNamedByItsKey(String key, String expected) {
        application
                .withPropertyValues(root(), key)
                .run(context -> assertThat(context.getStartupFailure())
                        .hasStackTraceContaining("The value of " + key.split("=", 2)[0])
                        .hasStackTraceContaining(expected));
    }

    @Test
    void variablesOfTheEnvironmentCountAndWrongOnesAreRefused() {
        withVariables(Map.of(
                        "CAMEL_CLUSTER_FILE_LOCK_ROOT",
                        directory.toString(),
                        "CAMEL_CLUSTER_FILE_ACQUIRE_LOCK_INTERVAL",
                        "3s"))
                .run(context -> {
                    FileLockClusterService service = context.getBean(FileLockClusterService.class);
                    assertThat(service.getRoot()).isEqualTo(directory.toString());
                    assertThat(service.getAcquireLockInterval()).isEqualTo(3_000);
                });
        withVariables(Map.of("CAMEL_CLUSTER_FILE_ROOTS", "x"))
                .run(context -> assertThat(context.getStartupFailure())
                        .hasStackTraceContaining("CAMEL_CLUSTER_FILE_ROOTS, did you mean camel.cluster.file"));
    }

    @Test
    void variablesOfAServiceOfKubernetesThatIsCalledLikeThisAreNoKeys() {
        withVariables(Map.of(
                        "CAMEL_CLUSTER_FILE_SERVICE_HOST", "10.0.0.7",
                        "CAMEL_CLUSTER_FILE_SERVICE_PORT_HTTP", "80",
                        "CAMEL_CLUSTER_FILE_PORT", "tcp://10.0.0.7:80",
                        "CAMEL_CLUSTER_FILE_PORT_80_TCP_ADDR", "10.0.0.7"))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(CamelClusterService.class));
        withVariables(Map.of(
                        "CAMEL_COMPONENT_FILE_CLUSTER_SERVICE_HOST", "10.0.0.7",
                        "CAMEL_COMPONENT_FILE_CLUSTER_SERVICE_PORT", "80",
                        "CAMEL_COMPONENT_FILE_CLUSTER_SERVICE_PORT_HTTP", "80"))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(CamelClusterService.class));
    }

    private ApplicationContextRunner withVariables(Map<String, String> variables) {
        return application.withInitializer(context -> context.getEnvironment()
                .getPropertySources()
                .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, Map.copyOf(variables))));
    }

    // ---- whole applications

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    private static ConfigurableApplicationContext start(String... keys) {
        // Spring Boot leaves the log as the test has set it up.
        System.setProperty(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE);
        SpringApplication application = new SpringApplication(Application.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        application.setRegisterShutdownHook(false);
        application.setLogStartupInfo(false);
        return application.run(List.of(keys).stream().map(key -> "--" + key).toArray(String[]::new));
    }

    @Test
    void theStarterOfUpstreamIsLeftOut() {
        try (ConfigurableApplicationContext context = start(root())) {
            assertThat(context.getBeansOfType(CamelClusterService.class).values())
                    .singleElement()
                    .isInstanceOf(FileLockClusterService.class);
        }
    }

    @Test
    void anApplicationThatDoesNotStartSaysByWhichKeyToMendIt() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        assertThat(report("camel.cluster.file.root=" + file))
                .contains("APPLICATION FAILED TO START")
                .contains(file + " is not a directory")
                .contains("Set camel.cluster.file.root (");
        assertThat(report("camel.cluster.file.enabled=true"))
                .contains("root: not set")
                .contains("Set camel.cluster.file.root, or");
        assertThat(report(
                        root(),
                        "camel.cluster.file.locking=lease",
                        "camel.cluster.file.lease-duration-millis=1000",
                        "camel.cluster.file.renew-deadline-millis=2000"))
                .contains("camel.cluster.file.lease-duration-millis (")
                .contains("camel.cluster.file.renew-deadline-millis (");
        assertThat(report("camel.cluster.file.rooot=x"))
                .contains("There is no such option: camel.cluster.file.rooot")
                .contains("did you mean camel.cluster.file.root?");
    }

    private static String report(String... keys) {
        try (LogOf log = new LogOf("org.springframework.boot.diagnostics")) {
            assertThat(catchThrowable(() -> start(keys).close())).isNotNull();
            return String.join("\n", log.messages(Level.ERROR));
        }
    }

    private static final class LogOf implements AutoCloseable {

        private final ListAppender<ILoggingEvent> appender = new ListAppender<>();
        private final String name;

        LogOf(String name) {
            this.name = name;
            appender.start();
            logger().addAppender(appender);
        }

        private Logger logger() {
            return (Logger) LoggerFactory.getLogger(name);
        }

        List<String> messages(Level level) {
            return List.copyOf(appender.list).stream()
                    .filter(event -> event.getLevel() == level)
                    .map(ILoggingEvent::getFormattedMessage)
                    .toList();
        }

        @Override
        public void close() {
            logger().detachAppender(appender);
        }
    }
}
