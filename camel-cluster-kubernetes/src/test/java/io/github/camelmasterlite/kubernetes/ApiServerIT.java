package io.github.camelmasterlite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What stores of leases may rely on, asked of a real API server; and that the server does what tests tell it. */
@ExtendWith(ApiServer.class)
class ApiServerIT {

    static Stream<HttpClient.Factory> httpClients() {
        return Stream.of(new VertxHttpClientFactory(), new JdkHttpClientFactory());
    }

    private static Lease lease(String holder) {
        return new LeaseBuilder()
                .withNewMetadata()
                .withName("lock")
                .endMetadata()
                .withNewSpec()
                .withHolderIdentity(holder)
                .endSpec()
                .build();
    }

    private static Lease heldBy(Lease lease, String holder) {
        return new LeaseBuilder(lease)
                .editSpec()
                .withHolderIdentity(holder)
                .endSpec()
                .build();
    }

    private static Lease put(KubernetesClient client, Lease lease) {
        return client.leases().resource(lease).update();
    }

    private static @Nullable String holder(KubernetesClient client) {
        Lease lease = client.leases().withName("lock").get();
        return lease == null ? null : lease.getSpec().getHolderIdentity();
    }

    @Test
    void isTheVersionThatTheBuildNames(KubeNamespace namespace) {
        assertThat(namespace.client().getKubernetesVersion().getGitVersion()).isEqualTo("v" + KubeBinaries.version());
    }

    @ParameterizedTest
    @MethodSource("httpClients")
    void kubeconfigAloneGivesAccess(HttpClient.Factory factory, KubeNamespace namespace) {
        Config config = Config.fromKubeconfig(namespace.access().kubeconfig());
        try (KubernetesClient client = new KubernetesClientBuilder()
                .withConfig(config)
                .withHttpClientFactory(factory)
                .build()) {
            client.leases().resource(lease("a")).create();
        }
        assertThat(holder(namespace.client())).isEqualTo("a");
    }

    @Test
    void putOfAnOldVersionIsAConflict(KubeNamespace namespace) {
        KubernetesClient client = namespace.client();
        Lease first = client.leases().resource(lease("a")).create();
        put(client, heldBy(first, "b"));

        assertThatThrownBy(() -> put(client, heldBy(first, "c")))
                .asInstanceOf(type(KubernetesClientException.class))
                .returns(409, KubernetesClientException::getCode)
                .returns("Conflict", e -> e.getStatus().getReason());
        assertThat(holder(client)).isEqualTo("b");
    }

    @Test
    void putOfADeletedLeaseIsAConflictIfItNamesTheUid(KubeNamespace namespace) {
        KubernetesClient client = namespace.client();
        Lease first = client.leases().resource(lease("a")).create();
        client.leases().withName("lock").delete();

        assertThatThrownBy(() -> put(client, heldBy(first, "b")))
                .asInstanceOf(type(KubernetesClientException.class))
                .returns(409, KubernetesClientException::getCode);
        assertThat(holder(client)).isNull();
    }

    /** The version alone does not protect: of an object that is gone, the server compares nothing but the uid. */
    @Test
    void putOfADeletedLeaseWithoutUidMakesItAnew(KubeNamespace namespace) {
        KubernetesClient client = namespace.client();
        Lease first = client.leases().resource(lease("a")).create();
        client.leases().withName("lock").delete();
        Lease withoutUid = new LeaseBuilder(heldBy(first, "b"))
                .editMetadata()
                .withUid(null)
                .endMetadata()
                .build();

        Lease second = put(client, withoutUid);

        assertThat(second.getMetadata().getUid())
                .isNotEqualTo(first.getMetadata().getUid());
        assertThat(holder(client)).isEqualTo("b");
    }

    @Test
    void whatIsNotGrantedIsForbidden(KubeNamespace namespace) {
        namespace.client().leases().resource(lease("a")).create();
        KubeAccount reader =
                namespace.account("reader", KubeAccount.rule("coordination.k8s.io", "leases", "get", "watch"));
        try (KubernetesClient client = reader.access().connect()) {
            Lease seen = client.leases().withName("lock").get();

            assertThatThrownBy(() -> put(client, heldBy(seen, "b")))
                    .asInstanceOf(type(KubernetesClientException.class))
                    .returns(403, KubernetesClientException::getCode)
                    .extracting(Throwable::getMessage)
                    .asString()
                    .contains("cannot update resource \"leases\"", "system:serviceaccount:" + namespace.name());

            reader.allowOnly(KubeAccount.rule("coordination.k8s.io", "leases", "get", "update"));
            put(client, heldBy(seen, "c"));
            assertThat(holder(client)).isEqualTo("c");

            reader.allowOnly();
            assertThatThrownBy(() -> holder(client)).hasMessageContaining("cannot get resource \"leases\"");
        }
    }

    @ParameterizedTest
    @MethodSource("httpClients")
    void watchSeesAPut(HttpClient.Factory factory, KubeNamespace namespace) throws InterruptedException {
        KubernetesClient admin = namespace.client();
        Lease first = admin.leases().resource(lease("a")).create();
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        try (KubernetesClient client = new KubernetesClientBuilder()
                        .withConfig(namespace.access().config())
                        .withHttpClientFactory(factory)
                        .build();
                Watch watch = client.leases().withName("lock").watch(watcher(seen))) {
            assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("ADDED a");
            put(admin, heldBy(first, "b"));
            assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("MODIFIED b");
        }
    }

    private static Watcher<Lease> watcher(BlockingQueue<String> seen) {
        return new Watcher<>() {
            @Override
            public void eventReceived(Action action, Lease lease) {
                seen.add(action + " " + lease.getSpec().getHolderIdentity());
            }

            @Override
            public void onClose(WatcherException cause) {
                seen.add("closed");
            }
        };
    }

    @Test
    void countsRequests(KubeServer server, KubeNamespace namespace) {
        KubernetesClient client = namespace.client();
        Lease lease = client.leases().resource(lease("a")).create();
        KubeMetrics before = server.metrics();
        for (int i = 0; i < 7; i++) {
            lease = put(client, heldBy(lease, "b" + i));
        }
        KubeMetrics after = server.metrics();

        assertThat(after.requests("PUT", "leases") - before.requests("PUT", "leases"))
                .isEqualTo(7);
        assertThat(after.sum("apiserver_request_total", Map.of("resource", "leases", "code", "201")))
                .isGreaterThanOrEqualTo(1);
    }

    @Test
    void stoppedAndStartedAgainItHasItsPortAndItsData(KubeServer server, KubeNamespace namespace) throws Exception {
        URI address = server.address();
        namespace.client().leases().resource(lease("a")).create();

        server.stop();
        assertThatThrownBy(() -> holder(namespace.client())).isInstanceOf(KubernetesClientException.class);
        server.start();

        assertThat(server.address()).isEqualTo(address);
        assertThat(holder(namespace.client())).isEqualTo("a");
    }

    @Test
    void killedAndStartedAgainItHasItsData(KubeServer server, KubeNamespace namespace) throws Exception {
        namespace.client().leases().resource(lease("a")).create();
        server.kill();
        server.etcd().kill();

        server.start();

        assertThat(holder(namespace.client())).isEqualTo("a");
    }

    @Test
    void pausedItHangsAndThenAnswersAgain(KubeServer server, KubeNamespace namespace) throws Exception {
        namespace.client().leases().resource(lease("a")).create();
        Config impatient = namespace.access().config();
        impatient.setRequestTimeout(1_000);
        impatient.setConnectionTimeout(1_000);
        try (KubernetesClient client =
                new KubernetesClientBuilder().withConfig(impatient).build()) {
            assertThat(holder(client)).isEqualTo("a");

            server.pause();
            assertThatThrownBy(() -> holder(client)).isInstanceOf(KubernetesClientException.class);
            assertThat(server.apiServer().isAlive()).isTrue();
            server.resume();

            assertThat(holder(namespace.client())).isEqualTo("a");
        }
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "the kernel shows its listeners in /proc")
    void listensOnLoopbackOnly(KubeServer server) throws IOException {
        List<String> listeners = new ArrayList<>();
        for (KubeProcess process : List.of(server.etcd(), server.apiServer())) {
            listeners.addAll(listeners(process.pid()));
        }
        // etcd for clients and for peers, and the API server; an address is four bytes, the lowest first
        assertThat(listeners).hasSize(3).allMatch(listener -> listener.startsWith("0100007F:"));
    }

    /** The local addresses of the sockets that a process listens on, as the kernel writes them. */
    private static List<String> listeners(long pid) throws IOException {
        Set<String> sockets = new HashSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path file : files) {
                try {
                    sockets.add(Files.readSymbolicLink(file).toString());
                } catch (NoSuchFileException e) {
                    // closed meanwhile: it was no listener
                }
            }
        }
        List<String> listeners = new ArrayList<>();
        for (String table : List.of("tcp", "tcp6")) {
            for (String line : Files.readAllLines(Path.of("/proc/net/" + table))) {
                String[] columns = line.strip().split("\\s+", -1);
                if (columns[3].equals("0A") && sockets.contains("socket:[" + columns[9] + "]")) {
                    listeners.add(columns[1]);
                }
            }
        }
        return listeners;
    }

    @Test
    void nothingOutlivesAJvmThatIsKilled(@TempDir Path dir) throws Exception {
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        KubeServer.class.getName(),
                        dir.resolve("server").toString(),
                        dir.resolve("kubeconfig").toString())
                .redirectError(dir.resolve("err.log").toFile())
                .start();
        List<ProcessHandle> servers = new ArrayList<>();
        try (BufferedReader out = jvm.inputReader()) {
            String ready;
            do {
                ready = out.readLine();
                assertThat(ready).as(() -> readable(dir.resolve("err.log"))).isNotNull();
            } while (!ready.startsWith("ready "));
            String[] words = ready.split(" ", -1);
            for (String pid : List.of(words[3], words[5])) {
                servers.add(ProcessHandle.of(Long.parseLong(pid)).orElseThrow());
            }
            Config config = Config.fromKubeconfig(dir.resolve("kubeconfig").toFile());
            try (KubernetesClient client =
                    new KubernetesClientBuilder().withConfig(config).build()) {
                assertThat(client.namespaces().withName("default").get()).isNotNull();
            }

            jvm.destroyForcibly();

            Awaitility.await()
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> servers.stream().noneMatch(ProcessHandle::isAlive));
        } finally {
            jvm.destroyForcibly();
            servers.forEach(ProcessHandle::destroyForcibly);
        }
    }

    private static String readable(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
