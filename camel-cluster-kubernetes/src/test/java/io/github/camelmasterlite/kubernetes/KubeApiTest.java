package io.github.camelmasterlite.kubernetes;

import static io.github.camelmasterlite.kubernetes.WorkingMembers.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Servers that do not behave, and what that costs. */
class KubeApiTest {

    private static final Duration TIMEOUT = Duration.ofMillis(500);

    private static Stream<HttpClient.Factory> clients() {
        return Stream.of(new VertxHttpClientFactory(), new JdkHttpClientFactory());
    }

    private static KubeApi leases(KubernetesClient client) {
        return new KubeApi(client, KubeApi.Kind.LEASES, "default", TIMEOUT);
    }

    @ParameterizedTest
    @MethodSource("clients")
    void anAnswerThatBeginsAndDoesNotEndIsGivenUpWithItsConnection(HttpClient.Factory factory) {
        try (ToldServer server = new ToldServer(request ->
                        request.response().putHeader("Content-Length", "100").write("{"));
                KubernetesClient client = server.connect(factory)) {
            CompletableFuture<Optional<ObjectNode>> answer =
                    leases(client).get("leaders-lock1").toCompletableFuture();
            await("it is given up", Duration.ofSeconds(5), answer::isDone);
            assertThat(answer)
                    .failsWithin(Duration.ZERO)
                    .withThrowableThat()
                    .withMessageContainingAll("cannot get leases", "does not answer", "masterUrl");
            await("nothing is left of it", Duration.ofSeconds(5), () -> server.connections() == 0);
        }
    }
}
