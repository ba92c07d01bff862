package io.github.camelmasterlite.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Answers each request as it is told to, on one thread of its own, and knows how many connections are open. */
final class ToldServer implements AutoCloseable {

    private final Vertx vertx =
            Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));
    private final AtomicInteger connections = new AtomicInteger();
    private final int port;

    ToldServer(Handler<HttpServerRequest> answers) {
        port = await(vertx.createHttpServer(new HttpServerOptions().setHost("127.0.0.1"))
                        .connectionHandler(connection -> {
                            connections.incrementAndGet();
                            connection.closeHandler(closed -> connections.decrementAndGet());
                        })
                        .requestHandler(answers)
                        .listen(0))
                .actualPort();
    }

    private static <T> T await(io.vertx.core.Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** A client of it, as the service would make it but for the factory. */
    KubernetesClient connect(HttpClient.Factory factory) {
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(Config.empty())
                        .withMasterUrl("http://127.0.0.1:" + port)
                        .withNamespace("default")
                        .withHttp2Disable(true)
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .withHttpClientFactory(factory)
                .build();
    }

    static void json(HttpServerRequest request, int code, String body) {
        request.response()
                .setStatusCode(code)
                .putHeader("Content-Type", "application/json")
                .end(body);
    }

    int connections() {
        return connections.get();
    }

    @Override
    public void close() {
        await(vertx.close());
    }
}
