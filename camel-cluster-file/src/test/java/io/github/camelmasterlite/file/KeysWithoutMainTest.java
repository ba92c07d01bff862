package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The keys {@code camel.cluster.file-lock.*} of a context that nobody but this project makes services for. */
@NullUnmarked
class KeysWithoutMainTest {

    @TempDir
    Path root;

    private DefaultCamelContext started(String option, String value) throws Exception {
        DefaultCamelContext context = new DefaultCamelContext();
        Properties properties = new Properties();
        properties.put("camel.cluster.file-lock.root", root.toString());
        properties.put("camel.cluster.file-lock." + option, value);
        context.getPropertiesComponent().setInitialProperties(properties);
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock1:timer:clock").to("mock:nowhere");
            }
        });
        context.start();
        return context;
    }

    @Test
    void aTimeWithAUnitIsThatTime() throws Exception {
        try (DefaultCamelContext context = started("acquire-lock-interval", "5s")) {
            FileLockClusterService service = context.hasService(FileLockClusterService.class);
            assertThat(service.getAcquireLockInterval()).isEqualTo(5_000);
            assertThat(service.getAcquireLockIntervalUnit()).isEqualTo(TimeUnit.MILLISECONDS);
        }
    }

    /** What Camel generates to set the options of a service would make 5,000 of 5s, and 0 of a word in which no unit of time is. */
    @ParameterizedTest
    @CsvSource({"cluster-data-task-max-attempts,5s", "order,ja", "heartbeat-timeout-multiplier,1m"})
    void whatIsNoNumberIsNotTakenForOne(String option, String value) {
        assertThatThrownBy(() -> started(option, value).close())
                .hasStackTraceContaining("Cannot set camel.cluster.file-lock." + option + " ")
                .hasStackTraceContaining("the value must be a whole number");
    }
}
