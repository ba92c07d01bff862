package io.github.camelmasterlite.examples.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class CopiedOutTest {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final String VERSION = "1.2.3-SNAPSHOT";

    @TempDir
    Path project;

    @TempDir
    Path elsewhere;

    private Path repository;

    @BeforeEach
    void makeAProject() throws IOException {
        repository = elsewhere.resolve("home/.m2/repository/org/example");
        write("pom.xml", """
                <project>
                  <groupId>org.example</groupId>
                  <artifactId>parent</artifactId>
                  <version>%s</version>
                </project>
                """.formatted(VERSION));
        write("camel-master-lite/pom.xml", "the pom");
        write("camel-master-lite/target/camel-master-lite-" + VERSION + ".jar", "the jar");
        write("camel-master-lite/target/camel-master-lite-" + VERSION + "-tests.jar", "its tests");
        write("camel-cluster-file/pom.xml", "not built");
        write("examples/one/README.md", "# One");
        write("examples/one/src/target/a", "a source");
        write("examples/one/target/one.jar", "left by a build");
    }

    private void write(String file, String text) throws IOException {
        Path path = project.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private CopiedOut copy() {
        return CopiedOut.to(elsewhere, project.resolve("examples/one"));
    }

    @Test
    void theCopyHasTheSourcesAndNothingThatABuildHasLeft() {
        Path copy = copy().directory();
        assertThat(copy).isEqualTo(elsewhere.resolve("one"));
        assertThat(copy.resolve("README.md")).hasContent("# One");
        assertThat(copy.resolve("src/target/a")).exists();
        assertThat(copy.resolve("target")).doesNotExist();
    }

    @Test
    void whatThisBuildHasMadeIsInstalledForItAndNoMore() {
        copy();
        String name = "camel-master-lite/" + VERSION + "/camel-master-lite-" + VERSION;
        assertThat(repository.resolve("parent/" + VERSION + "/parent-" + VERSION + ".pom"))
                .exists();
        assertThat(repository.resolve(name + ".pom")).hasContent("the pom");
        assertThat(repository.resolve(name + ".jar")).hasContent("the jar");
        assertThat(repository.resolve(name + "-tests.jar")).hasContent("its tests");
        assertThat(repository.resolve("camel-cluster-file")).doesNotExist();
    }

    @Test
    void theRepositoryOfThisBuildIsReadFromWhereItIs() {
        copy();
        String told = System.getProperty("localRepository");
        assertThat(told).as("what Surefire tells").isNotBlank();
        assertThat(elsewhere.resolve("home/.m2/settings.xml"))
                .content()
                .containsPattern("(?s)<repository>.*<url>" + Path.of(told).toUri() + ".*<pluginRepository>");
    }

    @Test
    void theWrapperStandsInWhereThereIsNoMaven() throws IOException {
        write("mvnw", "#!/bin/sh\necho wrapper \"$@\" $MAVEN_OPTS\n");
        assertThat(project.resolve("mvnw").toFile().setExecutable(true)).isTrue();
        CopiedOut copy = copy();
        Map<String, String> environment = new HashMap<>(copy.environment());
        assertThat(environment.get("PATH")).startsWith(System.getenv("PATH"));
        environment.put("PATH", environment.get("PATH").replace(System.getenv("PATH"), ""));

        assertThat(Application.run("mvn -B package", copy.directory(), environment, SOON))
                .singleElement()
                .asString()
                .startsWith("wrapper -B package -Duser.home=" + elsewhere.resolve("home"));
    }
}
