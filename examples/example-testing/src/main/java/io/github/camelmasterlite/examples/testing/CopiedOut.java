package io.github.camelmasterlite.examples.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A copy of an example outside of the project, and a user whose local repository holds nothing but what {@code mvn install} at the top of the
 * project would have put there. {@code mvn} finds all else in the local repository of whoever runs this test, which it reads as it would read a
 * remote one: nothing is written there, and nothing is fetched that is there. What is not there comes from where Maven takes it by itself.
 */
public final class CopiedOut {

    /** What examples depend on; those of them that this build has not made are left out. */
    private static final List<String> MODULES =
            List.of("camel-master-lite", "camel-cluster-file", "camel-cluster-kubernetes", "examples/example-testing");

    private static final Pattern COORDINATES =
            Pattern.compile("<groupId>(.+?)</groupId>\\s*<artifactId>(.+?)</artifactId>\\s*<version>(.+?)</version>");

    private final Path directory;
    private final Path home;

    private CopiedOut(Path directory, Path home) {
        this.directory = directory;
        this.home = home;
    }

    /**
     * Copies an example, without what builds have left in it, and gathers what the project's build has made.
     *
     * @param example its directory, two below the top of the project
     * @param temporary an empty directory elsewhere, for the copy and for the home of the user
     */
    public static CopiedOut to(Path temporary, Path example) {
        Path from = example.toAbsolutePath().normalize();
        Path project = from.resolve("../..").normalize();
        Path copy = temporary.resolve(from.getFileName());
        Path home = temporary.resolve("home");
        try {
            copy(from, copy);
            Path ours = Files.createDirectories(home.resolve(".m2/repository"));
            install(project, ours);
            Files.writeString(home.resolve(".m2/settings.xml"), settings(localRepository()));
            mavenForThoseWhoHaveNone(project, Files.createDirectories(home.resolve("bin")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new CopiedOut(copy, home);
    }

    /** Where the copy is. */
    public Path directory() {
        return directory;
    }

    /** Variables by which {@code mvn}, called without further options, works for the user of the copy. */
    public Map<String, String> environment() {
        return Map.of(
                // the home of settings and local repository; and a program that runs once, for seconds
                "MAVEN_OPTS", "-Duser.home=" + home + " -XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
                "PATH", System.getenv("PATH") + File.pathSeparator + home.resolve("bin"),
                // what the build that runs this test was told does not hold for the copy
                "MAVEN_ARGS", "",
                "MAVEN_CONFIG", "",
                "MAVEN_SKIP_RC", "true");
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                if (folder.equals(from.resolve("target"))) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.createDirectories(to.resolve(from.relativize(folder)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, to.resolve(from.relativize(file)));
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static void install(Path project, Path repository) throws IOException {
        Matcher parent = COORDINATES.matcher(Files.readString(project.resolve("pom.xml")));
        if (!parent.find()) {
            throw new IllegalStateException(project + "/pom.xml does not begin with its coordinates");
        }
        Path group = repository.resolve(parent.group(1).replace('.', '/'));
        String version = parent.group(3);
        copyAs(project.resolve("pom.xml"), group, parent.group(2), version, ".pom");
        for (String module : MODULES) {
            Path made = project.resolve(module);
            String artifact = made.getFileName().toString();
            if (Files.exists(made.resolve("target/" + artifact + "-" + version + ".jar"))) {
                copyAs(made.resolve("pom.xml"), group, artifact, version, ".pom");
                for (String end : List.of(".jar", "-tests.jar")) {
                    Path jar = made.resolve("target/" + artifact + "-" + version + end);
                    if (Files.exists(jar)) {
                        copyAs(jar, group, artifact, version, end);
                    }
                }
            }
        }
    }

    /** Who builds the project by its wrapper may have no other Maven. */
    private static void mavenForThoseWhoHaveNone(Path project, Path programs) throws IOException {
        Path mvn = programs.resolve("mvn");
        Files.writeString(mvn, "#!/bin/sh\nexec '" + project.resolve("mvnw") + "' \"$@\"\n");
        if (!mvn.toFile().setExecutable(true)) {
            throw new IOException(mvn + " cannot be made executable");
        }
    }

    private static void copyAs(Path file, Path group, String artifact, String version, String end) throws IOException {
        Path folder = Files.createDirectories(group.resolve(artifact).resolve(version));
        Files.copy(file, folder.resolve(artifact + "-" + version + end));
    }

    /** Surefire and Failsafe tell it to each test. */
    private static Path localRepository() {
        String told = System.getProperty("localRepository");
        return told == null ? Path.of(System.getProperty("user.home"), ".m2", "repository") : Path.of(told);
    }

    /** No snapshots: those of this project come from this build, even where others are installed. */
    private static String settings(Path repository) {
        return """
                <settings>
                  <profiles>
                    <profile>
                      <id>here</id>
                      <repositories>%1$s</repositories>
                      <pluginRepositories>%2$s</pluginRepositories>
                    </profile>
                  </profiles>
                  <activeProfiles>
                    <activeProfile>here</activeProfile>
                  </activeProfiles>
                </settings>
                """.formatted(repository("repository", repository), repository("pluginRepository", repository));
    }

    private static String repository(String element, Path repository) {
        return """

                        <%1$s>
                          <id>here</id>
                          <url>%2$s</url>
                          <releases><checksumPolicy>ignore</checksumPolicy></releases>
                          <snapshots><enabled>false</enabled></snapshots>
                        </%1$s>
                """.formatted(element, repository.toUri());
    }
}
