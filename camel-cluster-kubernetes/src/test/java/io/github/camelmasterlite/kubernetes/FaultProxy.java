package io.github.camelmasterlite.kubernetes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Stands between members and an API server and does to single requests what networks and busy servers do. Members speak plain HTTP to it; what it is not told to disturb it passes on, watches as they come.
 *
 * <p>Everything happens on one thread of its own; its methods may be called by any. Remembers every request, and how the server answered it.
 */
public final class FaultProxy implements AutoCloseable {

    /** What a member asked for. */
    public record Request(long nanos, String method, String path, String query, String body) {

        boolean isWatch() {
            return query.contains("watch=true");
        }

        /** Whether all objects of a kind were asked for. */
        boolean isList() {
            return method.equals("GET") && !isWatch() && !query.isEmpty();
        }

        /** Whether one object was asked for. */
        boolean isGet() {
            return method.equals("GET") && query.isEmpty();
        }

        /** Whether an object was to be replaced, and not only as a rehearsal. */
        public boolean isPut() {
            return method.equals("PUT") && !isRehearsal();
        }

        boolean isRehearsal() {
            return query.contains("dryRun=All");
        }

        boolean isPost() {
            return method.equals("POST");
        }

        ObjectNode json() {
            return Objects.requireNonNull(KubeApi.parse(body), body);
        }
    }

    /** A request that reached the server, and what it said; of a watch, that it was opened. */
    public record Answered(Request request, int code, String body) {}

    /** What happens to a request in place of being passed on. */
    @FunctionalInterface
    public interface Fault {

        void meet(Passage passage);

        /** An answer that is not the server's, which never hears of it. */
        static Fault answer(int code, Map<String, String> headers, String body) {
            return passage -> passage.answer(code, headers, body);
        }

        /** An answer as an API server gives it when it refuses. */
        static Fault refusal(int code, String reason) {
            return answer(
                    code,
                    Map.of("Content-Type", "application/json"),
                    "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"told to say "
                            + reason + "\",\"reason\":\"" + reason + "\",\"code\":" + code + "}");
        }

        /** The connection is cut before the server has heard of it. */
        static Fault reset() {
            return Passage::reset;
        }

        /** Nothing: neither does the server hear of it nor the member of the server. */
        static Fault silence() {
            return passage -> {};
        }

        /** The server does it, and the connection is cut before the member hears of that. */
        static Fault lostReply() {
            return passage -> passage.forward(answer -> passage.reset());
        }

        /** The server does it, and the connection is cut in the middle of its answer. */
        static Fault halfReply() {
            return passage -> passage.forward(passage::answerHalf);
        }

        /** It reaches the server after this time, whether or not anybody still waits. */
        static Fault late(Duration time) {
            return passage -> passage.later(time, () -> passage.forward(passage::answer));
        }
    }

    /** Requests that are disturbed, the first {@code times} of them, until {@link #end()}. */
    public static final class Rule {
        private final Predicate<Request> what;
        private final Fault fault;
        private final AtomicInteger left;
        private final AtomicInteger hits = new AtomicInteger();

        Rule(Predicate<Request> what, int times, Fault fault) {
            this.what = what;
            this.fault = fault;
            this.left = new AtomicInteger(times);
        }

        /** How many it has met so far. */
        public int hits() {
            return hits.get();
        }

        public void end() {
            left.set(0);
        }

        private boolean takes(Request request) {
            if (!what.test(request) || left.getAndUpdate(n -> Math.max(0, n - 1)) == 0) {
                return false;
            }
            hits.incrementAndGet();
            return true;
        }
    }

    /** One request on its way. */
    public final class Passage {
        private final HttpServerRequest in;
        private final Request request;

        Passage(HttpServerRequest in, Request request) {
            this.in = in;
            this.request = request;
        }

        void later(Duration time, Runnable task) {
            vertx.setTimer(time.toMillis(), timer -> task.run());
        }

        void reset() {
            in.connection().close();
        }

        void answer(int code, Map<String, String> headers, String body) {
            HttpServerResponse out = in.response();
            if (!out.closed()) {
                headers.forEach(out::putHeader);
                out.setStatusCode(code).end(body);
            }
        }

        void answer(Answered answered) {
            answer(answered.code(), Map.of("Content-Type", "application/json"), answered.body());
        }

        void answerHalf(Answered answered) {
            HttpServerResponse out = in.response();
            out.setStatusCode(answered.code())
                    .putHeader("Content-Type", "application/json")
                    .putHeader("Content-Length", String.valueOf(answered.body().length()))
                    .write(answered.body().substring(0, answered.body().length() / 2))
                    .onComplete(written -> reset());
        }

        /** Lets the server do it. */
        void forward(java.util.function.Consumer<Answered> then) {
            send(response -> response.body().onFailure(failure -> reset()).onSuccess(body -> {
                Answered answer = new Answered(request, response.statusCode(), body.toString());
                answered.add(answer);
                then.accept(answer);
            }));
        }

        private void stream() {
            send(response -> {
                answered.add(new Answered(request, response.statusCode(), ""));
                HttpServerResponse out = in.response();
                out.setStatusCode(response.statusCode())
                        .putHeader("Content-Type", "application/json")
                        .setChunked(true);
                out.closeHandler(closed -> response.request().reset());
                if (response.statusCode() != 200) {
                    response.body().onSuccess(out::end).onFailure(failure -> reset());
                    return;
                }
                Stream stream = new Stream(request, out);
                streams.add(stream);
                out.write(Buffer.buffer()); // the head, for who waits to hear that it is open
                response.handler(stream::pass)
                        .exceptionHandler(failure -> {
                            streams.remove(stream);
                            // not if it is the client that ends it, which may have other requests on this connection
                            if (!out.closed()) {
                                reset();
                            }
                        })
                        .endHandler(end -> {
                            streams.remove(stream);
                            if (!out.closed()) {
                                out.end();
                            }
                        });
            });
        }

        private void send(java.util.function.Consumer<HttpClientResponse> then) {
            RequestOptions options = new RequestOptions()
                    .setMethod(HttpMethod.valueOf(request.method()))
                    .setURI(request.query().isEmpty() ? request.path() : request.path() + "?" + request.query());
            client.request(options).onFailure(failure -> reset()).onSuccess(out -> {
                for (String header : List.of("Authorization", "Accept", "Content-Type", "User-Agent")) {
                    String value = in.getHeader(header);
                    if (value != null) {
                        out.putHeader(header, value);
                    }
                }
                out.send(Buffer.buffer(request.body()))
                        .onFailure(failure -> reset())
                        .onSuccess(then::accept);
            });
        }
    }

    /** A watch that is open. */
    private static final class Stream {
        final Request request;
        final HttpServerResponse out;
        volatile boolean isMuted;

        Stream(Request request, HttpServerResponse out) {
            this.request = request;
            this.out = out;
        }

        void pass(Buffer bytes) {
            if (!isMuted && !out.closed()) {
                out.write(bytes);
            }
        }
    }

    private final Vertx vertx =
            Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));
    private final HttpClient client;
    private final int port;
    private final List<Rule> rules = new CopyOnWriteArrayList<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<Answered> answered = new CopyOnWriteArrayList<>();
    private final Set<Stream> streams = ConcurrentHashMap.newKeySet();
    private @Nullable HttpServer server;

    /**
     * @param to the server; credentials are those of whoever asks
     */
    public FaultProxy(KubeAccess to) {
        client = vertx.createHttpClient(new HttpClientOptions()
                .setDefaultHost(to.server().getHost())
                .setDefaultPort(to.server().getPort())
                .setSsl(true)
                .setTrustOptions(new PemTrustOptions().addCertValue(Buffer.buffer(to.authority())))
                .setMaxPoolSize(500));
        port = freePort();
        up();
    }

    // Outside of the range from which the kernel takes ports for outgoing connections: whoever tries to connect while
    // it is down could otherwise be given this very port, and connect to itself.
    private static int freePort() {
        SecureRandom random = new SecureRandom();
        for (int attempt = 0; attempt < 100; attempt++) {
            int candidate = random.nextInt(10_000, 20_000);
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), candidate));
                return candidate;
            } catch (IOException taken) {
                // the next one
            }
        }
        throw new IllegalStateException("no free port between 10000 and 20000");
    }

    /** Its address. */
    String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Access through it. */
    public KubeAccess access(KubeAccess direct) {
        return new KubeAccess(java.net.URI.create(url()), direct.authority(), direct.token(), direct.namespace());
    }

    /** Listens, after {@link #down()}. */
    synchronized void up() {
        HttpServer listening = vertx.createHttpServer(new HttpServerOptions()
                        .setHost("127.0.0.1")
                        .setPort(port)
                        .setSoLinger(0)) // what is closed early is reset
                .requestHandler(this::accept);
        await(listening.listen());
        server = listening;
    }

    /** Refuses connections, and cuts those that there are. */
    synchronized void down() {
        HttpServer listening = server;
        if (listening != null) {
            await(listening.close());
            server = null;
        }
    }

    private static void await(io.vertx.core.Future<?> future) {
        try {
            future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private void accept(HttpServerRequest in) {
        in.body().onSuccess(body -> {
            Request request = new Request(
                    System.nanoTime(),
                    in.method().name(),
                    Objects.requireNonNullElse(in.path(), ""),
                    Objects.requireNonNullElse(in.query(), ""),
                    body.toString());
            requests.add(request);
            Passage passage = new Passage(in, request);
            for (Rule rule : rules) {
                if (rule.takes(request)) {
                    rule.fault.meet(passage);
                    return;
                }
            }
            if (request.isWatch()) {
                passage.stream();
            } else {
                passage.forward(passage::answer);
            }
        });
    }

    // ---- faults

    /** The next {@code times} requests of this kind meet a fault. */
    public Rule next(int times, Predicate<Request> what, Fault fault) {
        Rule rule = new Rule(what, times, fault);
        rules.add(rule);
        return rule;
    }

    /** All requests of this kind meet a fault from now on. */
    Rule always(Predicate<Request> what, Fault fault) {
        return next(Integer.MAX_VALUE, what, fault);
    }

    /** Watches that are open now stay so, and nothing comes through them any more. */
    void mute() {
        streams.forEach(stream -> stream.isMuted = true);
    }

    /** Says something in all open watches of a kind, as if the server had. */
    void say(String plural, String line) {
        streams.stream()
                .filter(stream -> stream.request.path().endsWith("/" + plural))
                .forEach(stream -> vertx.runOnContext(nothing -> stream.pass(Buffer.buffer(line + "\n"))));
    }

    // ---- what was asked

    /** How many watches of a kind are open. */
    long watches(String plural) {
        return streams.stream()
                .filter(stream -> stream.request.path().endsWith("/" + plural))
                .count();
    }

    /** All requests so far. */
    public List<Request> requests() {
        return List.copyOf(requests);
    }

    /** How many requests of a kind there were so far. */
    long count(Predicate<Request> what) {
        return requests.stream().filter(what).count();
    }

    /** All that the server has answered so far. */
    public List<Answered> answered() {
        return List.copyOf(answered);
    }

    @Override
    public void close() {
        await(vertx.close());
    }
}
