package io.github.camelmasterlite.examples.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class ApplicationTest {

    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    Path directory;

    @Test
    void aBlockIsFoundByItsName() throws Exception {
        Path file = Files.writeString(directory.resolve("README.md"), """
                # Example
                <!-- one -->
                ```sh
                echo one \\
                     two
                ```
                <!-- twice -->
                ```
                a
                ```
                <!-- twice -->
                ```
                b
                ```
                """);
        Readme readme = Readme.read(file);
        assertThat(readme.block("one")).isEqualTo("echo one \\\n     two");
        assertThatThrownBy(() -> readme.block("two"))
                .hasMessageContaining("no block")
                .hasMessageContaining("two");
        assertThatThrownBy(() -> readme.block("twice")).hasMessageContaining("more than one");
    }

    @Test
    void linesOfBothOutputsAreSeenAndTheEndIsAwaited() {
        try (Application application = Application.start(
                "sh -c 'echo $GREETING; echo oops >&2; exit 3'", directory, Map.of("GREETING", "hello"))) {
            application.awaitLine("^hello$", SOON);
            application.awaitLine(1, "oops", SOON);
            assertThat(application.awaitEnd(SOON)).isEqualTo(3);
            assertThatThrownBy(() -> application.awaitLine("never", SOON))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("ended without")
                    .hasMessageContaining("oops");
        }
    }

    @Test
    void aLineThatDoesNotComeIsAFailureWithWhatCame() {
        try (Application application = Application.start("sh -c 'echo waiting; sleep 30'", directory, Map.of())) {
            application.awaitLine("waiting", SOON);
            assertThatThrownBy(() -> application.awaitLine("never", Duration.ofMillis(50)))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("waiting");
            assertThatThrownBy(() -> application.awaitEnd(Duration.ofMillis(50)))
                    .hasMessageContaining("still running");
            application.terminate();
            assertThat(application.awaitEnd(SOON)).isEqualTo(143);
        }
    }

    @Test
    void whatItPrintsWhenItIsAskedToEndIsRead() {
        try (Application application = Application.start(
                "sh -c 'trap \"echo bye; exit 7\" TERM; echo up; while :; do sleep 0.1; done'", directory, Map.of())) {
            application.awaitLine("up", SOON);
            application.terminate();
            application.awaitLine("bye", SOON);
            assertThat(application.awaitEnd(SOON)).isEqualTo(7);
        }
    }

    @Test
    void whatItHasStartedEndsWithIt() {
        Application application = Application.start("sh -c 'sleep 30 & echo $!; wait'", directory, Map.of());
        long child = Long.parseLong(application.awaitLine("^\\d+$", SOON));
        application.close();
        assertThat(application.alive()).isFalse();
        assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive)).isEmpty();
    }

    @Test
    void aCommandThatEndsIsAnsweredWithWhatItPrinted() {
        assertThat(Application.run("echo one two | tr ' ' '\\n'", directory, Map.of(), SOON))
                .containsExactly("one", "two");
    }

    @Test
    void aCommandThatFailsIsAFailureWithWhatItPrinted() {
        assertThatThrownBy(() -> Application.run("sh -c 'echo oops; exit 3'", directory, Map.of(), SOON))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("ended with 3")
                .hasMessageContaining("oops");
    }

    @Test
    void aProgramThatIsMissingIsNamed() {
        assertThatThrownBy(() -> Application.run("no-such-program -s", directory, Map.of(), SOON))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("not installed here")
                .hasMessageContaining("no-such-program");
    }
}
