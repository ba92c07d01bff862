package com.example.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.examples.testing.Application;
import io.github.camelmasterlite.examples.testing.Readme;
import io.github.camelmasterlite.kubernetes.KubeServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the README, each as a process of its own. */
class LeaderIT {

    /** A start of Spring Boot takes a few seconds; on a machine that builds other things at the same time, many. */
    private static final Duration START = Duration.ofSeconds(120);

    /** A killed process is replaced in milliseconds, an API server's lease runs out after 15 s. */
    private static final Duration TAKE_OVER = Duration.ofSeconds(60);

    private static final Path HERE = Path.of("").toAbsolutePath();

    private final Readme readme = Readme.read(HERE.resolve("README.md"));

    @TempDir
    Path directory;

    @Test
    void theOtherInstanceTakesOverFromOneThatIsKilled() throws Exception {
        deleteLocks();
        int firstPort = freePort();
        int secondPort = freePort();
        try (Application first = start("first terminal", firstPort)) {
            first.awaitLine("Hello World!", START);
            first.awaitLine("Singleton started", START);
            try (Application second = start("second terminal", secondPort)) {
                second.awaitLine("Started LeaderApplication", START);
                assertThat(get(firstPort, "health/readiness")).contains("\"UP\"");
                String leads = get(firstPort, "health");
                String follows = get(secondPort, "health");
                for (String expected : List.of("\"role\":\"leader\"", "\"locks.leading\":\"2\"", "leadership-")) {
                    assertThat(leads).contains(expected);
                }
                for (String expected : List.of("\"role\":\"follower\"", "\"locks.leading\":\"0\"", "leadership-")) {
                    assertThat(follows).contains(expected);
                }
                assertThat(Stream.of(leads, follows)).allSatisfy(health -> assertThat(health).contains("\"status\":\"UP\""));
                assertThat(get(firstPort, "metrics/camel.leadership.is.leader")).contains("\"value\":");
                assertThat(readme.block("health of the follower")).contains("\"role\":\"follower\"");
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
        try (KubeServer server = startServer(directory.resolve("server"))) {
            String kubeconfig = server.access().writeKubeconfig(directory.resolve("kubeconfig")).toString();
            String command = readme.block("with a kubeconfig");
            Map<String, String> one = Map.of("KUBECONFIG", kubeconfig, "HOSTNAME", "pod-1", "PORT", "" + freePort());
            Map<String, String> two = Map.of("KUBECONFIG", kubeconfig, "HOSTNAME", "pod-2", "PORT", "" + freePort());
            try (Application first = Application.start(command, HERE, one)) {
                first.awaitLine("Hello World!", START);
                try (Application second = Application.start(command, HERE, two)) {
                    second.awaitLine("Started LeaderApplication", START);
                    assertThat(get(Integer.parseInt(two.get("PORT")), "health")).contains("\"role\":\"follower\"");
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
        String command = readme.block("a wrong key");
        try (Application application = Application.start(command, HERE, Map.of("PORT", "" + freePort()))) {
            application.awaitLine("did you mean camel.cluster.file.root", START);
            assertThat(application.awaitEnd(START)).isEqualTo(1);
        }
    }

    private Application start(String block, int port) {
        return Application.start(readme.block(block), HERE, Map.of("PORT", String.valueOf(port)));
    }

    private static String get(int port, String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/actuator/" + path))
                .timeout(Duration.ofSeconds(30))
                .build();
        return Awaitility.await(path)
                .atMost(START)
                .ignoreExceptions()
                .until(
                        () -> HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()),
                        response -> response.statusCode() == 200)
                .body();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void deleteLocks() throws IOException {
        Path locks = HERE.resolve("target/locks");
        if (Files.exists(locks)) {
            try (Stream<Path> files = Files.walk(locks)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static KubeServer startServer(Path directory) throws IOException, InterruptedException {
        String ci = System.getenv("CI");
        boolean mustRun = ci != null && !ci.isBlank() && !ci.equals("false");
        try {
            return KubeServer.start(directory);
        } catch (IllegalStateException e) {
            boolean isMissing = String.valueOf(e.getMessage()).startsWith("No Kubernetes API server");
            Assumptions.assumeTrue(mustRun || !isMissing, e.getMessage());
            throw e;
        }
    }
}
