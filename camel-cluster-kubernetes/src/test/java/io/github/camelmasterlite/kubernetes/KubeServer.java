package io.github.camelmasterlite.kubernetes;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;
import org.junit.jupiter.api.Assumptions;

/**
 * A Kubernetes API server with its etcd, for tests: two processes that listen on loopback only, and end with this JVM.
 *
 * <p>RBAC is in force; the one user from the start is an administrator. There are no controllers and no kubelet: a
 * namespace that is deleted stays, pods are what tests write, and a namespace has no default service account (the
 * admission plugin that would ask for it is off). The port and the data stay over {@link #stop}, {@link #kill} and
 * {@link #start}. Used by one thread at a time, but for what {@link #access} gives.
 */
public final class KubeServer implements AutoCloseable {

    private static final int ATTEMPTS = 3;
    private static final Duration READY = Duration.ofSeconds(60);

    private final Path directory;
    private final KubeProcess etcd;
    private final KubeProcess apiServer;
    private final URI address;
    private final String token;
    private final AtomicInteger namespaces = new AtomicInteger();

    private KubeServer(KubeBinaries binaries, Path directory) throws IOException {
        this.directory = Files.createDirectories(directory).toAbsolutePath();
        token = HexFormat.of().formatHex(randomBytes(16));
        int port = freePort();
        address = URI.create("https://127.0.0.1:" + port);
        String clients = "http://127.0.0.1:" + freePort();
        String peers = "http://127.0.0.1:" + freePort();
        etcd = new KubeProcess(
                List.of(
                        binaries.etcd().toString(),
                        "--data-dir=" + this.directory.resolve("etcd"),
                        "--listen-client-urls=" + clients,
                        "--advertise-client-urls=" + clients,
                        "--listen-peer-urls=" + peers,
                        "--initial-advertise-peer-urls=" + peers,
                        "--initial-cluster=default=" + peers,
                        "--log-level=warn"),
                this.directory.resolve("etcd.log"));
        Path tokens = this.directory.resolve("tokens.csv");
        Files.writeString(tokens, token + ",admin,admin,system:masters\n");
        Path key = this.directory.resolve("service-accounts.key");
        Files.writeString(key, newKey());
        apiServer = new KubeProcess(
                List.of(
                        binaries.apiServer().toString(),
                        "--etcd-servers=" + clients,
                        "--bind-address=127.0.0.1",
                        "--secure-port=" + port,
                        // Nobody is sent there: it must not be a loopback address, and is asked for even so.
                        "--advertise-address=192.0.2.1",
                        "--endpoint-reconciler-type=none",
                        // It would renew a lease of its own, and leases that are written are counted.
                        "--feature-gates=APIServerIdentity=false,UnknownVersionInteroperabilityProxy=false",
                        "--cert-dir=" + this.directory.resolve("certificates"),
                        "--token-auth-file=" + tokens,
                        "--authorization-mode=RBAC",
                        "--service-account-issuer=https://kubernetes.default.svc",
                        "--service-account-signing-key-file=" + key,
                        "--service-account-key-file=" + key,
                        "--service-cluster-ip-range=10.0.0.0/24",
                        "--disable-admission-plugins=ServiceAccount"),
                this.directory.resolve("kube-apiserver.log"));
    }

    /**
     * Starts a server, and returns when it is ready.
     *
     * @param directory for its data, keys and logs; created if absent
     * @throws IllegalStateException if there are no programs to start, or they do not get ready
     */
    public static KubeServer start(Path directory) throws IOException, InterruptedException {
        KubeBinaries binaries = KubeBinaries.locate();
        binaries.missing().ifPresent(reason -> {
            throw new IllegalStateException(reason);
        });
        for (int attempt = 1; ; attempt++) {
            KubeServer server = new KubeServer(binaries, directory.resolve("server-" + attempt));
            try {
                server.start();
                return server;
            } catch (IllegalStateException e) {
                server.close();
                // somebody else may have taken a port between its choice and its use
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /**
     * As {@link #start(Path)}, for a test: where there are no programs to start, it is skipped and tells why. It fails if the environment variable CI is set, or if the programs
     * do not run.
     */
    public static KubeServer startOrSkip(Path directory) throws IOException, InterruptedException {
        KubeBinaries.locate().missing().ifPresent(reason -> Assumptions.assumeTrue(isRequired(), reason));
        return start(directory);
    }

    /** Whether tests have to run against a server, there being one or not. */
    static boolean isRequired() {
        String ci = System.getenv("CI");
        return ci != null && !ci.isBlank() && !ci.equals("false");
    }

    // Outside of the range from which the kernel takes ports for outgoing connections: a client that tries to reach the
    // server while it is down could otherwise be given the server's port, and even connect to itself.
    private static int freePort() throws IOException {
        SecureRandom random = new SecureRandom();
        for (int attempt = 0; attempt < 100; attempt++) {
            int port = random.nextInt(20_000, 32_000);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IOException("no free port between 20000 and 32000");
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }

    private static byte[] randomBytes(int count) {
        byte[] bytes = new byte[count];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    private static String newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            byte[] encoded = generator.generateKeyPair().getPrivate().getEncoded();
            String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
            return "-----BEGIN PRIVATE KEY-----\n" + lines + "\n-----END PRIVATE KEY-----\n";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Starts whatever does not run, lets run on what was paused, and returns when requests are answered. */
    public void start() throws IOException, InterruptedException {
        for (KubeProcess process : List.of(etcd, apiServer)) {
            if (process.isAlive()) {
                process.resume();
            } else {
                process.start();
            }
        }
        try {
            Awaitility.await("an API server that is ready")
                    .atMost(READY)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(50))
                    .failFast("it ended", () -> !etcd.isAlive() || !apiServer.isAlive())
                    .until(this::isReady);
        } catch (ConditionTimeoutException | TerminalFailureException e) {
            throw new IllegalStateException(
                    e.getMessage() + "\netcd: " + etcd.lastWords() + "\nkube-apiserver: " + apiServer.lastWords(), e);
        }
    }

    private boolean isReady() {
        if (!Files.exists(certificate())) {
            return false;
        }
        try (KubernetesClient client = access().connect()) {
            return "ok".equals(client.raw("/readyz"));
        } catch (KubernetesClientException | IllegalStateException e) {
            return false;
        }
    }

    /** Asks the API server to end and waits until it has; etcd runs on. */
    public void stop() throws IOException, InterruptedException {
        apiServer.stop();
    }

    /** Kills the API server; etcd runs on. */
    public void kill() throws InterruptedException {
        apiServer.kill();
    }

    /** Stops the API server without ending it: connections stay, nothing is answered, until {@link #resume}. */
    public void pause() throws IOException, InterruptedException {
        apiServer.pause();
    }

    /** Ends {@link #pause}. */
    public void resume() throws IOException, InterruptedException {
        apiServer.resume();
    }

    KubeProcess etcd() {
        return etcd;
    }

    KubeProcess apiServer() {
        return apiServer;
    }

    public URI address() {
        return address;
    }

    private Path certificate() {
        return directory.resolve("certificates").resolve("apiserver.crt");
    }

    /** Access as administrator, in the namespace {@code default}. */
    public KubeAccess access() {
        try {
            return new KubeAccess(address, Files.readString(certificate()), token, "default");
        } catch (IOException e) {
            throw new IllegalStateException("the API server has never run", e);
        }
    }

    /**
     * Access as a service account of the namespace {@code default} has it, for an hour.
     *
     * @param name of the account, which has to be there
     */
    public KubeAccess accessOf(String name) {
        try (KubernetesClient client = access().connect()) {
            return access().as(client.serviceAccounts()
                    .inNamespace("default")
                    .withName(name)
                    .tokenRequest(new TokenRequestBuilder()
                            .withNewSpec()
                            .withExpirationSeconds(3600L)
                            .endSpec()
                            .build())
                    .getStatus()
                    .getToken());
        }
    }

    /**
     * Variables by which {@code kubectl}, called without further options, is that of this server's version and speaks to it as administrator.
     *
     * @throws IllegalStateException if there is no such program
     */
    public Map<String, String> kubectl() throws IOException {
        Path program = KubeBinaries.locate().kubectl();
        if (!Files.isExecutable(program)) {
            throw new IllegalStateException("There is an API server to test against, but no program " + program);
        }
        return Map.of(
                "PATH", program.getParent() + File.pathSeparator + System.getenv("PATH"),
                "KUBECONFIG",
                        access().writeKubeconfig(directory.resolve("kubeconfig"))
                                .toString(),
                "KUBECACHEDIR", directory.resolve("kubectl").toString());
    }

    /** What it has counted so far; requests for this are among them. */
    KubeMetrics metrics() {
        try (KubernetesClient client = access().connect()) {
            return KubeMetrics.parse(client.raw("/metrics"));
        }
    }

    /**
     * A namespace that has not been used before, and access to it as administrator.
     *
     * @param prefix the beginning of its name: small letters, digits, hyphens
     */
    KubeNamespace newNamespace(String prefix) {
        String name = prefix + "-" + namespaces.incrementAndGet();
        try (KubernetesClient client = access().connect()) {
            client.namespaces()
                    .resource(new NamespaceBuilder()
                            .withNewMetadata()
                            .withName(name)
                            .endMetadata()
                            .build())
                    .create();
        }
        return new KubeNamespace(access().in(name));
    }

    /** Ends both processes and deletes the data; the logs stay. */
    @Override
    public void close() throws IOException {
        try {
            apiServer.kill();
            etcd.kill();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Path data = directory.resolve("etcd");
        if (Files.exists(data)) {
            try (Stream<Path> files = Files.walk(data)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /**
     * Runs a server until its standard input ends or it is told to end.
     *
     * @param arguments a directory for it; the file to which a kubeconfig of the administrator goes
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length != 2) {
            throw new IllegalArgumentException("arguments: <directory> <kubeconfig to write>");
        }
        try (KubeServer server = start(Path.of(arguments[0]))) {
            server.access().writeKubeconfig(Path.of(arguments[1]));
            System.out.println("ready " + server.address() + " etcd " + server.etcd.pid() + " kube-apiserver "
                    + server.apiServer.pid());
            while (System.in.read() >= 0) {
                // until its end
            }
        }
    }
}
