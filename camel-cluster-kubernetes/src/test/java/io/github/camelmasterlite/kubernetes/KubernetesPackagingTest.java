package io.github.camelmasterlite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.packaging.NativeImageFiles;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the jar tells runtimes that look at it while they build an application. */
class KubernetesPackagingTest {

    @Test
    void aNativeImageIsToldOfWhatExists() throws IOException {
        NativeImageFiles.of("camel-cluster-kubernetes").assertNothingListedIsMissing();
    }

    @Test
    void aNativeImageIsToldOfAllThatIsLookedUpByName() throws IOException {
        NativeImageFiles.of("camel-cluster-kubernetes").assertNothingIsLeftOut();
    }

    /** Quarkus finds components, services and beans only in jars that have one. */
    @Test
    void theJarHasAnIndex() {
        assertThat(Path.of("target", "classes", "META-INF", "jandex.idx")).isNotEmptyFile();
    }
}
