package io.github.camelmasterlite.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the jar tells runtimes that look at it while they build an application. */
class PackagingTest {

    @Test
    void aNativeImageIsToldOfWhatExists() throws IOException {
        NativeImageFiles.of("camel-master-lite").assertNothingListedIsMissing();
    }

    @Test
    void aNativeImageIsToldOfAllThatIsLookedUpByName() throws IOException {
        NativeImageFiles.of("camel-master-lite").assertNothingIsLeftOut();
    }

    @Test
    void aNativeImageNeedsNoMeters() throws IOException {
        NativeImageFiles.of("camel-master-lite").assertWhatIsOptionalStaysOptional();
    }
    /** Quarkus finds components, services and beans only in jars that have one. */
    @Test
    void theJarHasAnIndex() {
        assertThat(Path.of("target", "classes", "META-INF", "jandex.idx")).isNotEmptyFile();
    }
}
