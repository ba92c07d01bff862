package io.github.camelmasterlite.examples.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Requests for leases with nothing around them: the HTTP client that members use, and JSON. */
final class LeaseApi implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final KubernetesClient client;
    private final HttpClient http;
    private final String collection;

    LeaseApi(String kubeconfig, String namespace) {
        // as the cluster service has it
        client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(Config.fromKubeconfig(new File(kubeconfig)))
                        .withRequestRetryBackoffLimit(0)
                        .withHttp2Disable(true)
                        .withNamespace(namespace)
                        .build())
                .build();
        http = client.getHttpClient();
        collection = client.getMasterUrl() + "apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases";
    }

    /**
     * A lease that is free, by that name; one that is there is deleted before.
     *
     * @return how long its creation took until it was answered, in nanoseconds
     */
    long create(String name) throws IOException {
        answer(request("/" + name, "DELETE", null));
        ObjectNode lease = JSON.createObjectNode();
        lease.put("apiVersion", "coordination.k8s.io/v1").put("kind", "Lease");
        lease.putObject("metadata").put("name", name).putObject("labels").put("benchmark", name);
        lease.putObject("spec").put("holderIdentity", "").put("leaseDurationSeconds", 15);
        long start = System.nanoTime();
        object(request("", "POST", lease));
        return System.nanoTime() - start;
    }

    ObjectNode get(String name) throws IOException {
        return object(request("/" + name, "GET", null));
    }

    /** Replaces a lease as it is known by one with another holder. */
    void put(ObjectNode lease, String holder) throws IOException {
        ((ObjectNode) lease.path("spec")).put("holderIdentity", holder);
        object(request("/" + lease.path("metadata").path("name").asText(), "PUT", lease));
    }

    /** Calls with each state of a lease that a watch reports, from its present state on. */
    void watch(String name, Consumer<ObjectNode> changed) throws IOException {
        String version = get(name).path("metadata").path("resourceVersion").asText();
        HttpRequest request = http.newHttpRequestBuilder()
                .uri(collection + "?watch=true&labelSelector=benchmark%3D" + name + "&resourceVersion=" + version)
                .forStreaming()
                .build();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        AsyncBody.Consumer<List<ByteBuffer>> lines = (buffers, body) -> {
            for (ByteBuffer buffer : buffers) {
                while (buffer.hasRemaining()) {
                    byte next = buffer.get();
                    if (next != '\n') {
                        line.write(next);
                    } else {
                        JsonNode event = JSON.readTree(line.toByteArray());
                        line.reset();
                        if (event.path("object") instanceof ObjectNode lease) {
                            changed.accept(lease);
                        }
                    }
                }
            }
            body.consume();
        };
        await(http.consumeBytes(request, lines)).body().consume();
    }

    /** A pod of that name, as far as the API server is concerned. */
    void createPod(String name, Map<String, String> labels) {
        client.pods()
                .resource(new PodBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withLabels(labels)
                        .endMetadata()
                        .withNewSpec()
                        .withNodeName("none")
                        .addNewContainer()
                        .withName("member")
                        .withImage("example/none:1")
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
    }

    /** A pod of that name as a kubelet reports it whose containers run and are ready. */
    void createReadyPod(String name, Map<String, String> labels) {
        createPod(name, labels);
        client.resource(new PodBuilder(client.pods().withName(name).get())
                        .withNewStatus()
                        .withPhase("Running")
                        .addNewCondition()
                        .withType("Ready")
                        .withStatus("True")
                        .endCondition()
                        .endStatus()
                        .build())
                .patchStatus();
    }

    /** Deletes all leases. */
    void deleteAll() throws IOException {
        answer(request("", "DELETE", null));
    }

    void deletePod(String name) {
        client.pods().withName(name).withGracePeriod(0).delete();
    }

    /** What the server tells about itself, as text. */
    String metrics() {
        return client.raw("/metrics");
    }

    private HttpRequest request(String path, String method, @org.jspecify.annotations.Nullable ObjectNode body) {
        return http.newHttpRequestBuilder()
                .uri(collection + path)
                .method(method, body == null ? null : "application/json", body == null ? null : body.toString())
                .build();
    }

    private HttpResponse<String> answer(HttpRequest request) throws IOException {
        return await(http.sendAsync(request, String.class));
    }

    private ObjectNode object(HttpRequest request) throws IOException {
        HttpResponse<String> answer = answer(request);
        if (!answer.isSuccessful()) {
            throw new IOException(request.method() + " " + request.uri() + ": " + answer.code() + " " + answer.body());
        }
        return (ObjectNode) JSON.readTree(answer.body());
    }

    private static <T> T await(CompletableFuture<T> future) throws IOException {
        try {
            return future.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } catch (java.util.concurrent.ExecutionException | TimeoutException e) {
            throw new IOException("The API server has not answered", e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
