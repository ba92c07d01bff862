package io.github.camelmasterlite.kubernetes;

import static io.github.camelmasterlite.kubernetes.WorkingMembers.await;
import static io.github.camelmasterlite.kubernetes.WorkingMembers.stays;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

    /** As a proxy without a route answers, and as the mock server does. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "404|                                                                 | fails",
                "200| {'metadata':{'resourceVersion':'9'},'items':[]}                 | Optional.empty",
                "200| {'metadata':{},'items':[{'metadata':{'name':'leaders-lock1'}}]} | leaders-lock1"
            })
    void notFoundWithoutAWordIsNoAnswerAboutTheObject(int code, @Nullable String list, String result) {
        try (ToldServer server = new ToldServer(request -> {
                    boolean isList = request.uri().contains("/leases?");
                    ToldServer.json(
                            request, isList ? code : 404, isList && list != null ? list.replace('\'', '"') : "");
                });
                KubernetesClient client = server.connect(new VertxHttpClientFactory())) {
            String found = leases(client)
                    .get("leaders-lock1")
                    .handle((object, failure) -> failure == null ? object.toString() : "fails")
                    .toCompletableFuture()
                    .join();
            assertThat(found).contains(result);
        }
    }

    private static final class Heard implements KubeApi.WatchListener {
        final AtomicInteger events = new AtomicInteger();
        final CompletableFuture<String> end = new CompletableFuture<>();

        @Override
        public void opened() {}

        @Override
        public void event(ObjectNode event) {
            events.incrementAndGet();
        }

        @Override
        public void ended(@Nullable Throwable why) {
            end.complete(String.valueOf(why));
        }
    }

    @ParameterizedTest
    @MethodSource("clients")
    void aWatchThatIsGivenUpBeforeItIsAnsweredKeepsItsConnectionNoLongerThanItWouldHaveLasted(
            HttpClient.Factory factory) {
        try (ToldServer server = new ToldServer(request -> {});
                KubernetesClient client = server.connect(factory)) {
            KubeApi.Watching watching = leases(client).watch("all", "1", Duration.ofSeconds(1), new Heard());
            await("it is asked for", Duration.ofSeconds(5), () -> server.connections() == 1);
            watching.cancel();
            await("nothing is left of it", Duration.ofSeconds(5), () -> server.connections() == 0);
        }
    }

    /** Some clients could count the time-out over the whole of the answer. */
    @ParameterizedTest
    @MethodSource("clients")
    void aWatchLastsAsLongAsItWasAskedFor(HttpClient.Factory factory) {
        try (ToldServer server = new ToldServer(request -> {
                    request.response().setChunked(true).write("{\"type\":\"ADDED\"}\n");
                    Objects.requireNonNull(Vertx.currentContext()).owner().setPeriodic(100, timer -> {
                        if (!request.response().closed()) {
                            request.response().write("{\"type\":\"MODIFIED\"}\n");
                        }
                    });
                });
                KubernetesClient client = server.connect(factory)) {
            Heard heard = new Heard();
            leases(client).watch("all", "1", Duration.ofSeconds(2), heard);
            stays("it goes on", Duration.ofSeconds(2), () -> !heard.end.isDone());
            assertThat(heard.events).hasValueGreaterThan(10);
        }
    }

    @ParameterizedTest
    @MethodSource("clients")
    void aWatchWithoutLinesIsGivenUpBeforeItFillsTheMemory(HttpClient.Factory factory) {
        Buffer nonsense = Buffer.buffer("x".repeat(1024 * 1024));
        try (ToldServer server = new ToldServer(request -> {
                    HttpServerResponse out = request.response().setChunked(true);
                    for (int i = 0; i < 20; i++) {
                        out.write(nonsense);
                    }
                });
                KubernetesClient client = server.connect(factory)) {
            Heard heard = new Heard();
            leases(client).watch("all", "1", Duration.ofMinutes(1), heard);
            await("it has ended", Duration.ofSeconds(20), heard.end::isDone);
            assertThat(heard.end.join()).contains("cannot watch leases", "no lines");
            await("nothing is left of it", Duration.ofSeconds(5), () -> server.connections() == 0);
        }
    }

    @Test
    void withAClientThatWasClosedEverythingFailsWithAReason() {
        try (ToldServer server = new ToldServer(request -> {})) {
            KubernetesClient client = server.connect(new VertxHttpClientFactory());
            client.close();
            Heard heard = new Heard();
            leases(client).watch("all", "1", Duration.ofMinutes(1), heard).cancel();
            await("the watch has ended", Duration.ofSeconds(5), heard.end::isDone);
            assertThat(heard.end.join()).contains("cannot watch leases", "masterUrl");
            assertThat(leases(client).get("leaders-lock1").toCompletableFuture())
                    .failsWithin(Duration.ofSeconds(5))
                    .withThrowableThat()
                    .withMessageContainingAll("cannot get leases", "masterUrl");
        }
    }
}
