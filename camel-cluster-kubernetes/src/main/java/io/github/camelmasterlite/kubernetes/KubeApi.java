package io.github.camelmasterlite.kubernetes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The edge to the API server: objects of one kind in one namespace, as JSON, so that whatever else an object carries survives a write. Nothing here blocks, tries
 * again or decides; failures have a message that names the fix.
 */
final class KubeApi implements ObjectWatch.Server {

    /** A kind of object. */
    enum Kind {
        LEASES("apis/coordination.k8s.io/v1", "leases", "leases.coordination.k8s.io"),
        CONFIG_MAPS("api/v1", "configmaps", "configmaps"),
        PODS("api/v1", "pods", "pods");

        private final String root;
        private final String plural;
        private final String qualified;

        Kind(String root, String plural, String qualified) {
            this.root = root;
            this.plural = plural;
            this.qualified = qualified;
        }

        @Override
        public String toString() {
            return qualified;
        }
    }

    /** What a watch reports, on threads of the HTTP client, one call after another. */
    interface WatchListener {

        /** From now on changes are reported. */
        void opened();

        /** One line of the watch: an object with {@code type} and {@code object}. */
        void event(ObjectNode event);

        /**
         * Nothing is reported any more.
         *
         * @param why null if the server ended it in order
         */
        void ended(@Nullable Throwable why);
    }

    /** A watch that has been asked for. */
    interface Watching {

        /** Ends it; {@link WatchListener#ended} is called, now or later. */
        void cancel();
    }

    /** The server's answer was not what was asked for. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;

        private final int code;

        Refused(int code, String message) {
            super(message);
            this.code = code;
        }

        /** The HTTP status. */
        int code() {
            return code;
        }
    }

    private static final int GONE = 410;
    private static final int MAX_ERROR_BYTES = 64 * 1024;

    /** Several times what an API server stores as one object. */
    private static final int MAX_EVENT_BYTES = 16 * 1024 * 1024;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http;
    private final String server;
    private final Kind kind;
    private final String namespace;
    private final Duration timeout;

    /**
     * @param client    connects to the server; its HTTP client is used, with retries off: whoever elects knows better when to try again
     * @param kind      the kind of the objects
     * @param namespace where they are
     * @param timeout   how long one request may take before its connection is given up
     */
    KubeApi(KubernetesClient client, Kind kind, String namespace, Duration timeout) {
        this.http = client.getHttpClient()
                .newBuilder()
                .tag(new RequestConfigBuilder().withRequestRetryBackoffLimit(0).build())
                .build();
        this.server = client.getMasterUrl().toString();
        this.kind = kind;
        this.namespace = namespace;
        this.timeout = timeout;
    }

    /** An object in the making, of this kind. */
    static ObjectNode newObject() {
        return JSON.createObjectNode();
    }

    /**
     * Parses text that should be a JSON object.
     *
     * @return null if it is none
     */
    static @Nullable ObjectNode parse(@Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            return JSON.readTree(text) instanceof ObjectNode object ? object : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    String namespace() {
        return namespace;
    }

    @Override
    public Kind kind() {
        return kind;
    }

    /** The object of that name, or nothing if there is none. */
    CompletionStage<Optional<ObjectNode>> get(String name) {
        return send("get", request(path(name)).method("GET", null, null)).thenCompose(answer -> {
            if (answer.code() == 404 && answer.body().isBlank()) {
                return find(name);
            }
            return answer.code() == 404 && isAbout(answer, name)
                    ? CompletableFuture.completedFuture(Optional.empty())
                    : object("get", answer).thenApply(Optional::of);
        });
    }

    /** The mock server says no more of an object that is not there; but neither does a proxy that has lost its way to the API server, and a leader must not believe that its record is gone. */
    private CompletionStage<Optional<ObjectNode>> find(String name) {
        return list("fieldSelector=" + encode("metadata.name=" + name))
                .thenApply(list -> list.path("items").path(0) instanceof ObjectNode object
                        ? Optional.of(object)
                        : Optional.empty());
    }

    /**
     * All objects that a query selects, as one consistent list.
     *
     * @param query {@code labelSelector=...} or {@code fieldSelector=...}, encoded
     */
    @Override
    public CompletionStage<ObjectNode> list(String query) {
        return send("list", request(collection() + "?" + query).method("GET", null, null))
                .thenCompose(answer -> object("list", answer));
    }

    /**
     * Creates an object.
     *
     * @return as it is stored; nothing if there is one of that name or the server wants it tried again: then it has not been created
     */
    CompletionStage<Optional<ObjectNode>> create(ObjectNode object) {
        return send("create", request(collection()).method("POST", "application/json", object.toString()))
                .thenCompose(answer -> answer.code() == 409
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : object("create", answer).thenApply(Optional::of));
    }

    /**
     * Replaces the object of that name if it has the version and the identity that {@code object} says; both must be there, otherwise the server would overwrite or
     * create it (measured with 1.36).
     *
     * @return as it is stored; nothing if there is none, or another version: then it has not been replaced
     */
    CompletionStage<Optional<ObjectNode>> replace(String name, ObjectNode object) {
        return replace(name, object, "");
    }

    /** As {@link #replace}, but the server only checks it and answers as if it had been done. */
    CompletionStage<Optional<ObjectNode>> rehearse(String name, ObjectNode object) {
        return replace(name, object, "?dryRun=All");
    }

    private CompletionStage<Optional<ObjectNode>> replace(String name, ObjectNode object, String query) {
        JsonNode metadata = object.path("metadata");
        if (metadata.path("resourceVersion").asText().isEmpty()
                || metadata.path("uid").asText().isEmpty()) {
            return CompletableFuture.failedStage(new IllegalArgumentException(
                    "An object without resourceVersion and uid would replace any: " + name));
        }
        return send("update", request(path(name) + query).method("PUT", "application/json", object.toString()))
                .thenCompose(answer -> answer.code() == 409 || (answer.code() == 404 && isAbout(answer, name))
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : object("update", answer).thenApply(Optional::of));
    }

    /**
     * Reports changes of the objects that a query selects, from a version on.
     *
     * @param query    as for {@link #list}
     * @param from     the version after which changes are reported
     * @param lifetime how long the server shall keep it open
     */
    @Override
    public Watching watch(String query, String from, Duration lifetime, WatchListener listener) {
        String uri = collection() + "?" + query + "&watch=true&allowWatchBookmarks=true&resourceVersion=" + encode(from)
                + "&timeoutSeconds=" + lifetime.toSeconds();
        Stream stream = new Stream(listener);
        // Whoever opens it gives it up when it stays silent; but one that has not even been answered cannot be
        // cancelled, and its connection would stay open for ever. Not sooner, because some clients count the whole of
        // the answer.
        HttpRequest request = http.newHttpRequestBuilder()
                .uri(uri)
                .timeout(lifetime.plus(timeout).toMillis(), TimeUnit.MILLISECONDS)
                .forStreaming()
                .build();
        try {
            CompletableFuture<?> unused = http.consumeBytes(request, stream).whenComplete(stream::answered);
        } catch (RuntimeException e) { // a client that has been closed
            stream.answered(null, e);
        }
        return stream;
    }

    /** Whether a watch ended because the server does not know its version any more. */
    static boolean isGone(Throwable why) {
        return why instanceof Refused refused && refused.code() == GONE;
    }

    /** Whether a request was refused for want of a permission. */
    static boolean isDenied(Throwable why) {
        return why instanceof Refused refused && (refused.code() == 401 || refused.code() == 403);
    }

    /** A value for a query. */
    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    // ---- requests

    private String collection() {
        return server + kind.root + "/namespaces/" + namespace + "/" + kind.plural;
    }

    private String path(String name) {
        return collection() + "/" + name;
    }

    private HttpRequest.Builder request(String uri) {
        return http.newHttpRequestBuilder().uri(uri).timeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    private CompletionStage<Answer> send(String verb, HttpRequest.Builder request) {
        Arriving arriving = new Arriving();
        try {
            CompletableFuture<?> unused =
                    http.consumeBytes(request.build(), arriving).whenComplete(arriving::begun);
        } catch (RuntimeException e) { // a client that has been closed
            arriving.whole.completeExceptionally(e);
        }
        return arriving.whole.handle((answer, failure) -> {
            if (failure != null) {
                throw new CompletionException(unreachable(verb, failure));
            }
            return answer;
        });
    }

    private IOException unreachable(String verb, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return new IOException(
                "cannot " + verb + " " + kind + ": the API server at " + server + " does not answer (" + describe(cause)
                        + "); see that it runs and can be reached from here, and the options masterUrl and connectionTimeout",
                cause);
    }

    private static String describe(Throwable cause) {
        String message = cause.getMessage();
        String name = cause.getClass().getSimpleName();
        return message == null || message.isBlank() ? name : name + ": " + message;
    }

    private CompletionStage<ObjectNode> object(String verb, Answer answer) {
        int code = answer.code();
        if (code < 200 || code > 299) {
            return CompletableFuture.failedStage(refused(verb, code, answer.body(), answer.retryAfter()));
        }
        ObjectNode object = parse(answer.body());
        if (object == null || !object.path("metadata").isObject()) {
            return CompletableFuture.failedStage(new IOException("cannot " + verb + " " + kind + ": what answers at "
                    + server + " is not a Kubernetes API server, or something between has garbled the answer: "
                    + shortened(answer.body()) + "; see the option masterUrl and any proxy"));
        }
        return CompletableFuture.completedFuture(object);
    }

    /** A 404 may also mean that the namespace, or the kind, does not exist, or that this is no API server; those are not answers about the object. */
    private static boolean isAbout(Answer answer, String name) {
        if (answer.body().isBlank()) {
            return true; // the mock server's answer
        }
        ObjectNode status = parse(answer.body());
        return status != null && status.path("details").path("name").asText().equals(name);
    }

    private Refused refused(String verb, int code, String body, @Nullable String retryAfter) {
        ObjectNode status = parse(body);
        String message = status == null ? "" : status.path("message").asText();
        String said = message.isEmpty() ? shortened(body) : message;
        String where = kind + " in namespace " + namespace;
        String fix = switch (code) {
            case 401 ->
                "the credentials are not accepted; see that the token of the service account is mounted and has not run out, or which user the kubeconfig names";
            case 403 ->
                "allow the verb " + verb + " on " + where
                        + " to the service account of this pod (a Role and a RoleBinding)";
            case 404 ->
                "see that the namespace exists and is the one meant (kubernetesResourcesNamespace, namespace), and that the server at "
                        + server + " is a Kubernetes API server";
            case 429 ->
                "the API server is overloaded" + (retryAfter == null ? "" : " and asks to wait " + retryAfter + " s")
                        + "; a FlowSchema can give leases their own share";
            default -> code >= 500 ? "the API server has a problem; see its log" : "see the log of the API server";
        };
        return new Refused(code, "cannot " + verb + " " + where + " (" + code + " " + said + "): " + fix);
    }

    private static String shortened(String body) {
        String text = body.strip();
        return text.length() <= 200 ? text : text.substring(0, 200) + "...";
    }

    /** What the server has said. */
    private record Answer(int code, String body, @Nullable String retryAfter) {}

    /** The whole of an answer. One that has begun and does not end in time is given up: the client itself watches only over its beginning. */
    private final class Arriving implements AsyncBody.Consumer<List<ByteBuffer>> {
        final CompletableFuture<Answer> whole = new CompletableFuture<>();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        void begun(@Nullable HttpResponse<AsyncBody> response, @Nullable Throwable failure) {
            if (response == null) {
                whole.completeExceptionally(failure == null ? new IOException("no answer") : failure);
                return;
            }
            AsyncBody body = response.body();
            CompletableFuture<?> unused = body.done()
                    .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                    .whenComplete((nothing, why) -> {
                        if (why == null) {
                            whole.complete(new Answer(
                                    response.code(),
                                    bytes.toString(StandardCharsets.UTF_8),
                                    response.header("Retry-After")));
                        } else {
                            whole.completeExceptionally(why);
                            body.cancel(); // its connection would stay open for ever
                        }
                    });
            body.consume();
        }

        @Override
        public void consume(List<ByteBuffer> buffers, AsyncBody from) {
            for (ByteBuffer buffer : buffers) {
                byte[] part = new byte[buffer.remaining()];
                buffer.get(part);
                bytes.writeBytes(part);
            }
            from.consume();
        }
    }

    // ---- watches

    /** Lines out of the bytes of a response. */
    private final class Stream implements AsyncBody.Consumer<List<ByteBuffer>>, Watching {
        private final WatchListener listener;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();
        private boolean isOpen;
        private volatile @Nullable IOException endless;

        /** Guarded by this. */
        private boolean isCancelled;

        /** Guarded by this. */
        private @Nullable AsyncBody body;

        Stream(WatchListener listener) {
            this.listener = listener;
        }

        void answered(@Nullable HttpResponse<AsyncBody> response, @Nullable Throwable failure) {
            if (response == null) {
                listener.ended(unreachable("watch", failure == null ? new IOException("no answer") : failure));
                return;
            }
            AsyncBody arriving = response.body();
            boolean isUnwanted;
            synchronized (this) {
                body = arriving;
                isUnwanted = isCancelled;
            }
            isOpen = response.code() == 200;
            CompletableFuture<?> unused =
                    arriving.done().whenComplete((nothing, why) -> listener.ended(ending(response, why)));
            if (isUnwanted) {
                arriving.cancel();
                return;
            }
            if (isOpen) {
                listener.opened();
            }
            arriving.consume();
        }

        private @Nullable Throwable ending(HttpResponse<AsyncBody> response, @Nullable Throwable why) {
            if (!isOpen) {
                return refused(
                        "watch",
                        response.code(),
                        line.toString(StandardCharsets.UTF_8),
                        response.header("Retry-After"));
            }
            IOException nonsense = endless;
            return why == null ? null : unreachable("watch", nonsense == null ? why : nonsense);
        }

        @Override
        public void consume(List<ByteBuffer> buffers, AsyncBody from) throws IOException {
            List<ObjectNode> events = new ArrayList<>();
            for (ByteBuffer buffer : buffers) {
                while (buffer.hasRemaining()) {
                    byte next = buffer.get();
                    if (isOpen && next == '\n') {
                        ObjectNode event = parse(line.toString(StandardCharsets.UTF_8));
                        line.reset();
                        if (event != null) {
                            events.add(event);
                        }
                    } else if (line.size() < (isOpen ? MAX_EVENT_BYTES : MAX_ERROR_BYTES)) {
                        line.write(next);
                    } else if (isOpen) {
                        IOException nonsense = new IOException("what it sends has no lines");
                        endless = nonsense;
                        throw nonsense; // the client resets the connection then
                    }
                }
            }
            events.forEach(listener::event);
            from.consume();
        }

        @Override
        public void cancel() {
            AsyncBody arriving;
            synchronized (this) {
                isCancelled = true;
                arriving = body;
            }
            if (arriving != null) {
                arriving.cancel();
            }
        }
    }

    @Override
    public Refused refusedEvent(JsonNode status) {
        return refused("watch", status.path("code").asInt(500), status.toString(), null);
    }
}
