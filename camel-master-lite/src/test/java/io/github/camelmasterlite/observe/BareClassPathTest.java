package io.github.camelmasterlite.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.LocalClusterService;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.PackageScanClassResolver;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The library where the libraries are missing that it can do without. */
class BareClassPathTest {

    /** Knows what is on the class path of this test, but for some jars, and nothing else. */
    private static final class Bare extends URLClassLoader {

        Bare(String... leftOut) throws Exception {
            super(urls(leftOut), ClassLoader.getPlatformClassLoader());
        }

        private static URL[] urls(String... leftOut) throws Exception {
            List<URL> urls = new ArrayList<>();
            for (String entry : List.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))) {
                if (Arrays.stream(leftOut).noneMatch(new File(entry).getName()::startsWith)) {
                    urls.add(new File(entry).toURI().toURL());
                }
            }
            return urls.toArray(URL[]::new);
        }

        boolean hasLoaded(Class<?> type) {
            return findLoadedClass(type.getName()) != null;
        }
    }

    /** Runs in the bare class loader. */
    public static final class Scenario {

        private Scenario() {}

        /** Leads a lock with a route behind it; returns whether there are health checks, and what was complained of. */
        public static String run() throws Exception {
            ListAppender<ILoggingEvent> log = new ListAppender<>();
            log.start();
            ((Logger) LoggerFactory.getLogger("io.github.camelmasterlite")).addAppender(log);
            try (DefaultCamelContext context = new DefaultCamelContext()) {
                context.setApplicationContextClassLoader(Scenario.class.getClassLoader());
                LocalClusterService service = new LocalClusterService("bare");
                context.addService(service, true, true);
                context.addRoutes(new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("master:orders:timer:clock?period=10").to("seda:out");
                    }
                });
                context.start();
                LeadershipView view = service.getView("orders");
                CompletableFuture<Void> led = new CompletableFuture<>();
                view.addEventListener((CamelClusterEventListener.Leadership) (of, leader) -> {
                    if (view.isLeader()) {
                        led.complete(null);
                    }
                });
                led.get(10, TimeUnit.SECONDS);
                List<String> complaints = List.copyOf(log.list).stream()
                        .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                        .map(ILoggingEvent::getFormattedMessage)
                        .toList();
                return "checks " + (HealthCheckRegistry.get(context) != null) + ", complaints " + complaints;
            }
        }
    }

    private static Object run(Bare bare) throws Exception {
        ClassLoader former = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(bare);
        try {
            return bare.loadClass(Scenario.class.getName()).getMethod("run").invoke(null);
        } finally {
            Thread.currentThread().setContextClassLoader(former);
        }
    }

    @Test
    void withoutMicrometerNothingOfTheMetersIsLoaded() throws Exception {
        try (Bare bare = new Bare("micrometer-", "prometheus-")) {
            assertThat(run(bare)).isEqualTo("checks true, complaints []");
            assertThat(bare.hasLoaded(HealthCompanion.class)).isTrue();
            assertThat(bare.hasLoaded(HealthOfService.class)).isTrue();
            assertThat(bare.hasLoaded(LeadershipMetrics.class)).isFalse();
            assertThat(bare.hasLoaded(MetricsOfRoutes.class)).isFalse();
        }
    }

    @Test
    void withoutCamelHealthNothingOfTheChecksIsLoaded() throws Exception {
        try (Bare bare =
                new Bare("micrometer-", "prometheus-", "camel-health-", "camel-management-", "camel-console-")) {
            assertThat(run(bare)).isEqualTo("checks false, complaints []");
            assertThat(bare.hasLoaded(HealthOfService.class)).isFalse();
            assertThat(bare.hasLoaded(PackageScanClassResolver.class)).isTrue();
        }
    }
}
