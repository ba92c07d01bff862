package io.github.camelmasterlite.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is only for people is left out where the library for it is not there, and everything else works. */
class WithoutLibrariesTest {

    /** Loads everything anew, except what begins with a prefix: that is not there. */
    private static final class Without extends URLClassLoader {

        private final String prefix;

        Without(String prefix) {
            super(classPath(), ClassLoader.getPlatformClassLoader());
            this.prefix = prefix;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith(prefix)) {
                throw new ClassNotFoundException(name + " is not there on purpose");
            }
            return super.loadClass(name, resolve);
        }

        private static URL[] classPath() {
            List<URL> urls = new ArrayList<>();
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
                try {
                    urls.add(Path.of(entry).toUri().toURL());
                } catch (MalformedURLException e) {
                    throw new IllegalStateException(e);
                }
            }
            return urls.toArray(URL[]::new);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdk.jfr.", "org.apache.camel.management.", "org.apache.camel.impl.console."})
    @SuppressWarnings("unchecked") // the program is known by name only, in that class loader
    void aMemberLeadsAndItsRouteRuns(String missing) throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader former = thread.getContextClassLoader();
        try (Without loader = new Without(missing)) {
            thread.setContextClassLoader(loader);
            Callable<List<String>> program = (Callable<List<String>>) loader.loadClass(LeadingRoute.class.getName())
                    .getConstructor()
                    .newInstance();
            assertThat(program.getClass()).isNotEqualTo(LeadingRoute.class);
            assertThat(program.call()).containsExactly("led");
        } finally {
            thread.setContextClassLoader(former);
        }
    }

    /** One member with one route, from the start to the stop. */
    public static final class LeadingRoute implements Callable<List<String>> {

        public LeadingRoute() {}

        @Override
        public List<String> call() throws Exception {
            try (ObserveFixture fixture = new ObserveFixture()) {
                var service = fixture.member("one");
                var context = fixture.context(service);
                ObserveFixture.route(context, "orders", "master:lock1:timer:orders?period=60000&delay=60000");
                context.start();
                ObserveFixture.untilRunning(context, "orders");
                context.stop();
                return List.of("led");
            }
        }
    }
}
