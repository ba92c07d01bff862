package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.main.Main;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Main of Camel 4.22 makes cluster services of its keys before a route asks for one, and writes names without dashes; of an older Camel this project reads the
 * keys, and names them as they are written.
 */
@NullUnmarked
class KeysOfMainTest {

    private static final boolean READ_BY_MAIN =
            Integer.parseInt(new DefaultCamelContext().getVersion().split("\\.", -1)[1]) >= 22;

    @TempDir
    Path root;

    private final Main main = new Main();

    @AfterEach
    void stop() {
        main.stop();
    }

    private FileLockClusterService start(Map<String, String> properties) throws Exception {
        properties.forEach(main::addInitialProperty);
        main.configure().addRoutesBuilder(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock1:timer:clock").to("mock:nowhere");
            }
        });
        main.start();
        List<CamelClusterService> services = List.copyOf(main.getCamelContext().hasServices(CamelClusterService.class));
        assertThat(services).singleElement().isInstanceOf(FileLockClusterService.class);
        assertThat(services.get(0).getView("lock1")).isNotNull();
        return (FileLockClusterService) services.get(0);
    }

    private String root() {
        return root.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"file-lock", "fileLock", "filelock"})
    void mainMakesOneServiceOfTheKeys(String type) throws Exception {
        FileLockClusterService service = start(Map.of(
                "camel.cluster." + type + ".root", root(), "camel.cluster." + type + ".stop-budget-millis", "700"));

        assertThat(service.getRoot()).isEqualTo(root());
        assertThat(service.getStopBudgetMillis()).isEqualTo(700);
    }

    /** Of {@code CAMEL_CLUSTER_FILELOCK_STOP_BUDGET_MILLIS} Main makes {@code camel.cluster.filelock.stop.budget.millis}. */
    @Test
    void optionsAreFoundAsMainReadsThemFromTheEnvironment() throws Exception {
        assumeThat(READ_BY_MAIN).as("Main makes such keys of variables").isTrue();
        FileLockClusterService service = start(Map.of(
                "camel.cluster.filelock.root", root(),
                "camel.cluster.filelock.stop.budget.millis", "700",
                "camel.cluster.filelock.acquire.lock.interval.unit", "MILLISECONDS"));

        assertThat(service.getStopBudgetMillis()).isEqualTo(700);
        assertThat(service.getAcquireLockIntervalUnit()).hasToString("MILLISECONDS");
    }

    @Test
    void timesMayBeWrittenAsCamelWritesThem() throws Exception {
        FileLockClusterService service = start(Map.of(
                "camel.cluster.file-lock.root", root(), "camel.cluster.file-lock.lease-duration-millis", "1m30s"));

        assertThat(service.getLeaseDurationMillis()).isEqualTo(90_000);
    }

    @Test
    void attributesBindWithBracketsAndDots() throws Exception {
        FileLockClusterService service = start(Map.of(
                "camel.cluster.file-lock.root", root(),
                "camel.cluster.file-lock.attributes[a.b]", "c",
                "camel.cluster.file-lock.attributes.d", "e"));

        assertThat(service.getAttributes()).containsEntry("a.b", "c").containsEntry("d", "e");
    }

    @Test
    void aBeanOfPropertiesIsFound() throws Exception {
        FileLockClusterService service = start(Map.of(
                "camel.beans.cluster",
                "#class:" + FileLockClusterService.class.getName(),
                "camel.beans.cluster.root",
                root(),
                "camel.beans.cluster.stop-budget-millis",
                "700"));

        assertThat(service.getRoot()).isEqualTo(root());
        assertThat(service.getStopBudgetMillis()).isEqualTo(700);
        assertThat(service.isStarted()).isTrue();
    }

    @Test
    void aBeanThatWasBoundIsFound() throws Exception {
        FileLockClusterService bound = new FileLockClusterService();
        bound.setRoot(root());
        main.bind("cluster", bound);

        assertThat(start(Map.of())).isSameAs(bound);
        assertThat(bound.isStarted()).isTrue();
    }

    /** Main 4.22 answers before anything of ours is asked, and names the key as it has read it. */
    @Nested
    class Wrong {

        private void assertDoesNotStart(Map<String, String> properties, String... messageParts) {
            assertThatThrownBy(() -> start(properties))
                    .satisfies(thrown -> assertThat(messages(thrown)).contains(messageParts));
        }

        @Test
        void anOptionIsNamed() {
            assertDoesNotStart(
                    Map.of("camel.cluster.file-lock.rooot", root()),
                    READ_BY_MAIN
                            ? "camel.cluster.fileLock.rooot"
                            : "camel.cluster.file-lock.rooot (option rooot of " + FileLockClusterService.class.getName()
                                    + "): there is no such option (did you mean root?)");
        }

        @Test
        void aValueThatDoesNotParseIsNamed() {
            assertDoesNotStart(
                    Map.of(
                            "camel.cluster.file-lock.root",
                            root(),
                            "camel.cluster.file-lock.stop-budget-millis",
                            "soon"),
                    READ_BY_MAIN
                            ? "camel.cluster.fileLock.stopBudgetMillis=soon"
                            : "Cannot set camel.cluster.file-lock.stop-budget-millis");
        }

        @Test
        void aValueThatIsNotAllowedIsNamed() {
            assertDoesNotStart(
                    Map.of("camel.cluster.file-lock.root", root(), "camel.cluster.file-lock.locking", "maybe"),
                    READ_BY_MAIN
                            ? "camel.cluster.fileLock.locking=maybe"
                            : "Cannot set camel.cluster.file-lock.locking");
        }

        @Test
        void aTypeIsNamed() {
            assertDoesNotStart(
                    Map.of("camel.cluster.file-lok.root", root()),
                    READ_BY_MAIN ? "cluster-service-fileLok" : "cluster-service-file-lok");
        }

        @Test
        void aRootThatIsMissingIsNamedWithItsKey() {
            assertDoesNotStart(
                    Map.of("camel.cluster.file-lock.enabled", "true"), "not set", "camel.cluster.file-lock.root");
        }

        @Test
        void aRootThatIsAFileIsNamed() throws Exception {
            Path file = Files.writeString(root.resolve("file"), "mine");
            assertDoesNotStart(
                    Map.of("camel.cluster.file-lock.root", file.toString()),
                    file.toString(),
                    "is not a directory; set the option root");
        }

        @Test
        void timesThatDoNotKeepLeadersApartAreNamedWithSomeThatDo() {
            assertDoesNotStart(
                    Map.of(
                            "camel.cluster.file-lock.root", root(),
                            "camel.cluster.file-lock.locking", "LEASE",
                            "camel.cluster.file-lock.lease-duration-millis", "1000",
                            "camel.cluster.file-lock.renew-deadline-millis", "2000"),
                    "renewDeadline 2000 ms",
                    "for leaseDuration 1000 ms this works");
        }

        @Test
        void aTypeThatIsSwitchedOffIsNamed() {
            assertDoesNotStart(
                    Map.of("camel.cluster.file-lock.root", root(), "camel.cluster.file-lock.enabled", "false"),
                    "No cluster service found",
                    "camel.cluster.file-lock.enabled is false");
        }

        private static String messages(Throwable thrown) {
            StringBuilder all = new StringBuilder();
            for (Throwable t = thrown; t != null; t = t.getCause()) {
                all.append(t.getMessage()).append('\n');
            }
            return all.toString();
        }
    }
}
