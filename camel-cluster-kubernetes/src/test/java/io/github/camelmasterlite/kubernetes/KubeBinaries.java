package io.github.camelmasterlite.kubernetes;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;

/**
 * The programs of a Kubernetes API server, for tests. They lie in {@code k8s/<version>-<os>-<arch>} of the directory that
 * the environment variable KUBE_API_TEST_DIR names, else of the one that the build fills ({@code kubernetes.dir} of the
 * parent pom).
 *
 * @param directory where they have to be; they may be missing
 */
record KubeBinaries(Path directory) {

    private static final String DIRECTORY_VARIABLE = "KUBE_API_TEST_DIR";

    /** The version of Kubernetes that tests run against, without a v. */
    static String version() {
        return built().getProperty("version");
    }

    static KubeBinaries locate() {
        String given = System.getenv(DIRECTORY_VARIABLE);
        String root = given == null || given.isBlank() ? built().getProperty("directory") : given;
        return new KubeBinaries(
                Path.of(root, "k8s", version() + "-" + platform()).toAbsolutePath());
    }

    private static Properties built() {
        Properties properties = new Properties();
        try (InputStream in = KubeBinaries.class.getResourceAsStream("/kube-server.properties")) {
            properties.load(Objects.requireNonNull(in, "kube-server.properties"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties;
    }

    private static String platform() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch");
        return (os.startsWith("mac") ? "darwin" : os.split(" ", -1)[0])
                + "-"
                + switch (arch) {
                    case "x86_64", "amd64" -> "amd64";
                    case "aarch64", "arm64" -> "arm64";
                    default -> arch;
                };
    }

    /** Why no server can be started, with what to do about it; empty if one can. */
    Optional<String> missing() {
        for (Path program : List.of(etcd(), apiServer())) {
            if (!Files.isExecutable(program)) {
                return Optional.of("No Kubernetes API server to test against: there is no program " + program
                        + ". The build makes it where it finds Go (.ci/kube-api-server/build); or put etcd and"
                        + " kube-apiserver there, or into the same place below the directory named by "
                        + DIRECTORY_VARIABLE);
            }
        }
        return Optional.empty();
    }

    Path etcd() {
        return directory.resolve("etcd");
    }

    Path apiServer() {
        return directory.resolve("kube-apiserver");
    }

    Path kubectl() {
        return directory.resolve("kubectl");
    }
}
