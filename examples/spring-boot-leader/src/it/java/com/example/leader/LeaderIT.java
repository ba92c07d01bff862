package com.example.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.examples.testing.Application;
import io.github.camelmasterlite.examples.testing.CopiedOut;
import io.github.camelmasterlite.examples.testing.Readme;
import io.github.camelmasterlite.kubernetes.KubeServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the README, each as a process of its own, in a copy that is built elsewhere. */
class LeaderIT {

    /** A start of Spring Boot takes a few seconds; on a machine that builds other things at the same time, many. */
    private static final Duration START = Duration.ofSeconds(120);

    /** A killed process is replaced in milliseconds, an API server's lease runs out after 15 s. */
    private static final Duration TAKE_OVER = Duration.ofSeconds(60);

    private static final Duration BUILT = Duration.ofSeconds(170);

    private static final Map<String, String> ANY_PORT = Map.of("PORT", "0");

    /** For programs that ask once. */
    private static final Duration ANSWERED = Duration.ofSeconds(60);

    private static final Readme README = Readme.read(Path.of("README.md"));
    private static Path copy;

    @TempDir
    Path directory;

    @BeforeAll
    static void copyItOutAndBuildIt(@TempDir Path elsewhere) {
        CopiedOut copied = CopiedOut.to(elsewhere, Path.of(""));
        copy = copied.directory();
        Application.run(README.block("build"), copy, copied.environment(), BUILT);
    }

    @Test
    void theOtherInstanceTakesOverFromOneThatIsKilled() throws Exception {
        try (Application first = start("first terminal")) {
            first.awaitLine("Hello World!", START);
            int firstPort = port(first);
            first.awaitLine("Singleton started", START);
            try (Application second = start("second terminal")) {
                second.awaitLine("Started LeaderApplication", START);
                int secondPort = port(second);
                String leads = ask("health", firstPort);
                String follows = ask("health", secondPort);
                for (String expected : List.of("\"role\":\"leader\"", "\"locks.leading\":\"2\"", "leadership-")) {
                    assertThat(leads).contains(expected);
                }
                for (String expected : List.of("\"role\":\"follower\"", "\"locks.leading\":\"0\"", "leadership-")) {
                    assertThat(follows).contains(expected);
                }
                assertThat(Stream.of(leads, follows))
                        .allSatisfy(health -> assertThat(health).contains("\"status\":\"UP\""));
                assertThat(ask("meter", firstPort))
                        .contains("\"name\":\"camel.leadership.is.leader\"", "\"value\":2.0");
                assertThat(ask("meter", secondPort)).contains("\"value\":0.0");
                assertThat(ask("steps of the start", firstPort))
                        .contains("spring.beans.instantiate", "camelmasterlite");
                assertThat(toldOf("health of the follower"))
                        .hasSizeGreaterThan(5)
                        .allSatisfy(told -> assertThat(follows).containsPattern(told));
                assertThat(second.lines()).noneMatch(line -> line.contains("Hello World!"));

                first.kill();
                second.awaitLine("Hello World!", TAKE_OVER);
                second.awaitLine("Singleton started", TAKE_OVER);
                assertThat(first.awaitEnd(TAKE_OVER)).isEqualTo(137);

                second.terminate();
                second.awaitLine("Singleton stopped", TAKE_OVER);
                second.awaitEnd(START);
            }
        }
    }

    @Test
    void theSameApplicationLeadsByLeasesOfAnApiServer() throws Exception {
        try (KubeServer server = KubeServer.startOrSkip(directory.resolve("server"))) {
            Map<String, String> kubectl = server.kubectl();
            assertThat(Application.run(README.block("apply"), copy, kubectl, ANSWERED))
                    .containsExactly(
                            "serviceaccount/spring-boot-leader created",
                            "role.rbac.authorization.k8s.io/spring-boot-leader created",
                            "rolebinding.rbac.authorization.k8s.io/spring-boot-leader created",
                            "deployment.apps/spring-boot-leader created");
            // with the rights that the pods have
            String kubeconfig = server.accessOf("spring-boot-leader")
                    .writeKubeconfig(directory.resolve("kubeconfig"))
                    .toString();
            String command = README.block("with a kubeconfig");
            Map<String, String> one = Map.of("KUBECONFIG", kubeconfig, "HOSTNAME", "pod-1", "PORT", "0");
            Map<String, String> two = Map.of("KUBECONFIG", kubeconfig, "HOSTNAME", "pod-2", "PORT", "0");
            try (Application first = Application.start(command, copy, one)) {
                first.awaitLine("Hello World!", START);
                try (Application second = Application.start(command, copy, two)) {
                    second.awaitLine("Started LeaderApplication", START);
                    assertThat(ask("health", port(second))).contains("\"role\":\"follower\"");
                    assertThat(Application.run(README.block("leases"), copy, kubectl, ANSWERED))
                            .hasSize(3)
                            .anyMatch(line -> line.matches("NAME +HOLDER +AGE"))
                            .anyMatch(line -> line.matches("leaders-lock1 +pod-1 .*"))
                            .anyMatch(line -> line.matches("leaders-lock2 +pod-1 .*"));
                    first.terminate();
                    second.awaitLine("Hello World!", TAKE_OVER);
                    second.awaitLine("Singleton started", TAKE_OVER);
                    first.awaitLine("Singleton stopped", TAKE_OVER);
                }
            }
        }
    }

    @Test
    void aWrongKeyIsNamedWithWhatWasMeant() throws IOException {
        String command = README.block("a wrong key");
        try (Application application = Application.start(command, copy, ANY_PORT)) {
            application.awaitLine("did you mean camel.cluster.file.root", START);
            assertThat(application.awaitEnd(START)).isEqualTo(1);
        }
    }

    private Application start(String block) {
        return Application.start(README.block(block), copy, ANY_PORT);
    }

    /** Patterns of what a block of the README shows, which leaves out some of it (...) and the names of instances. */
    private static List<String> toldOf(String block) {
        return Stream.of(README.block(block).split("[\\s,{}]+"))
                .filter(told -> !told.equals("..."))
                .map(told -> Pattern.quote(told).replace("<id>", "\\E[^\"]+\\Q"))
                .toList();
    }

    /** Where it listens: one that is chosen before it starts may be somebody else's when it does. */
    private static int port(Application application) {
        String line = application.awaitLine("Tomcat started on port \\d+", START);
        return Integer.parseInt(line.replaceFirst(".*started on port (\\d+).*", "$1"));
    }

    /** What a command of the README prints that asks the application at a port. */
    private static String ask(String block, int port) {
        return String.join("\n", Application.run(README.block(block), copy, Map.of("PORT", "" + port), ANSWERED));
    }
}
