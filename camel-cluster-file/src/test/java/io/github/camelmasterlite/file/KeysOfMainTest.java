package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.main.Main;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Main of Camel 4.22 makes cluster services of its keys before a route asks for one, and writes the name of the type without dashes. */
@NullUnmarked
class KeysOfMainTest {

    @ParameterizedTest
    @ValueSource(strings = {"file-lock", "fileLock"})
    void mainMakesOneServiceOfTheKeys(String type, @TempDir Path root) throws Exception {
        Main main = new Main();
        main.addInitialProperty("camel.cluster." + type + ".root", root.toString());
        main.addInitialProperty("camel.cluster." + type + ".stop-budget-millis", "700");
        main.configure().addRoutesBuilder(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock1:timer:clock").to("mock:nowhere");
            }
        });
        try {
            main.start();
            assertThat(main.getCamelContext().hasServices(CamelClusterService.class))
                    .singleElement()
                    .isInstanceOfSatisfying(FileLockClusterService.class, service -> {
                        assertThat(service.getRoot()).isEqualTo(root.toString());
                        assertThat(service.getStopBudgetMillis()).isEqualTo(700);
                    });
        } finally {
            main.stop();
        }
    }
}
