package io.github.camelmasterlite.kubernetes;

import static io.github.camelmasterlite.kubernetes.WorkingMembers.await;
import static io.github.camelmasterlite.kubernetes.WorkingMembers.stays;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a store keeps of a lock and of a write, and for how long. The API server here has one object, says what it is told to say of it, and holds an answer back if it shall. */
class ReportingStoreTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private static final String LEASE = """
            {"metadata":{"name":"leaders-lock1","uid":"u1","resourceVersion":"11"},
             "spec":{"holderIdentity":"other","leaseDurationSeconds":15}}""";

    private static final String MAP = """
            {"metadata":{"name":"leaders","uid":"u1","resourceVersion":"11"},"data":{"leader.pod.lock1":"other"}}""";

    /** What is reported. */
    private static final class Heard implements LeaseStore.Listener {
        final List<String> looks = new CopyOnWriteArrayList<>();
        final List<List<String>> members = new CopyOnWriteArrayList<>();
        volatile boolean isLive;

        @Override
        public void changed(String lock, StoredRecord stored) {}

        @Override
        public void look(String lock) {
            looks.add(lock);
        }

        @Override
        public void lookAll() {}

        @Override
        public void watching(boolean live, @Nullable String reason) {
            isLive = live;
        }

        @Override
        public void members(List<String> ids) {
            members.add(ids);
        }
    }

    private final Heard heard = new Heard();
    private final AtomicInteger closed = new AtomicInteger();
    private final List<HttpServerRequest> held = new CopyOnWriteArrayList<>();
    private final List<String> writes = new CopyOnWriteArrayList<>();
    private volatile boolean holds;
    private volatile LeaseResourceType type = LeaseResourceType.Lease;
    private final ToldServer server = new ToldServer(this::answer);
    private final KubernetesClient client = server.connect(new VertxHttpClientFactory());

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private void answer(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.GET)) {
            writes.add(request.method() + " " + request.query());
            ToldServer.json(request, 403, "{\"message\":\"no\"}");
        } else if (Objects.requireNonNullElse(request.query(), "").contains("watch=true")) {
            request.response().setChunked(true).write(Buffer.buffer());
        } else if (holds) {
            held.add(request);
        } else {
            ToldServer.json(request, 200, "{\"metadata\":{\"resourceVersion\":\"10\"},\"items\":[]}");
        }
    }

    private void release() {
        String found = type == LeaseResourceType.Lease
                ? LEASE
                : "{\"metadata\":{\"resourceVersion\":\"11\"},\"items\":[" + MAP + "]}";
        held.forEach(request -> ToldServer.json(request, 200, found));
    }

    private ReportingStore store(Threads threads, int rehearsals) {
        KubeApi pods = new KubeApi(client, KubeApi.Kind.PODS, "default", TIMEOUT);
        ReportingStore.Setting setting =
                new ReportingStore.Setting(TIMEOUT, threads, Ticker.system(), rehearsals, closed::incrementAndGet);
        return type == LeaseResourceType.Lease
                ? new KubernetesLeaseStore(
                        new KubeApi(client, KubeApi.Kind.LEASES, "default", TIMEOUT),
                        "leaders",
                        Map.of(),
                        pods,
                        setting)
                : new ConfigMapLeaseStore(
                        new KubeApi(client, KubeApi.Kind.CONFIG_MAPS, "default", TIMEOUT),
                        "leaders",
                        Map.of(),
                        pods,
                        setting);
    }

    @ParameterizedTest
    @EnumSource
    void ofALockThatWasForgottenALateAnswerIsNotRemembered(LeaseResourceType of) throws Exception {
        type = of;
        ReportingStore store = store(new Threads(() -> "test"), 0);
        store.open("self", heard);
        try {
            await("it watches", () -> heard.isLive);
            holds = true;
            CompletableFuture<StoredRecord> answer = store.read("lock1").toCompletableFuture();
            await("it is asked", () -> held.size() == 1);
            store.forget("lock1");
            release();
            await("it is answered", answer::isDone);
            assertThat(answer.join().isHeld()).isTrue();
            stays(
                    "nobody asks for it, and its holder is no member",
                    ObjectWatch.CHECK.plusSeconds(1),
                    () -> heard.looks.isEmpty() && heard.members.stream().noneMatch(ids -> ids.contains("other")));
        } finally {
            store.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whereNoThreadCanBeMadeNothingIsLeftOfTheClient(LeaseResourceType of) {
        type = of;
        ReportingStore store = store(
                new Threads(() -> {
                    throw new IllegalStateException("no more threads");
                }),
                0);
        assertThatIllegalStateException().isThrownBy(() -> store.open("self", heard));
        assertThat(closed).hasValue(1);
    }

    /** One that a real write has made superfluous, and one that ends by itself. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatWasToBeRehearsedIsNotKept(boolean isDenied) {
        ReportingStore store = store(new Threads(() -> "test"), 1);
        WeakReference<Object> kept = offer(store);
        if (isDenied) {
            store.failed(new KubeApi.Refused(403, "allow update"));
        } else {
            store.rehearse();
        }
        await("nothing keeps it", () -> {
            System.gc();
            return kept.refersTo(null);
        });
    }

    private static WeakReference<Object> offer(ReportingStore store) {
        Object written = new Object();
        store.mayBeRehearsed(() -> CompletableFuture.completedFuture(written));
        return new WeakReference<>(written);
    }

    /** Somebody else has created it then. */
    @ParameterizedTest
    @EnumSource
    void thatAnObjectMayNotBeCreatedDoesNotTellWhetherItMayBeReplaced(LeaseResourceType of) {
        type = of;
        ReportingStore store = store(new Threads(() -> "test"), 1);
        store.open("self", heard);
        try (CapturedLog log = new CapturedLog(ReportingStore.class.getName())) {
            await("it watches", () -> heard.isLive);
            assertThat(store.write("lock1", StoredRecord.absent(0), record("self"))
                            .toCompletableFuture())
                    .failsWithin(Duration.ofSeconds(5));
            holds = true;
            CompletableFuture<StoredRecord> answer = store.read("lock1").toCompletableFuture();
            await("it is asked", () -> held.size() == 1);
            release();
            await("it is told", () -> log.count("WARN", "could not take over", "verb update") == 1);
            assertThat(answer).isCompleted();
            assertThat(writes).containsExactly("POST null", "PUT dryRun=All");
        } finally {
            store.close();
        }
    }

    /** Other locks are written all the time, and the server is slow: who waits no longer has asked again meanwhile. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aWriteThatWasGivenUpIsNotTriedAgain(boolean isForgotten) {
        type = LeaseResourceType.ConfigMap;
        List<String> tried = new CopyOnWriteArrayList<>();
        try (ToldServer busy = new ToldServer(request -> {
                    if (request.method().equals(HttpMethod.GET)) {
                        ToldServer.json(request, 200, "{\"metadata\":{\"resourceVersion\":\"10\"},\"items\":[]}");
                    } else {
                        request.body().onSuccess(body -> {
                            tried.add(body.toString());
                            Objects.requireNonNull(Vertx.currentContext())
                                    .owner()
                                    .setTimer(20, timer -> ToldServer.json(request, 409, "{}"));
                        });
                    }
                });
                KubernetesClient other = busy.connect(new VertxHttpClientFactory())) {
            KubeApi maps = new KubeApi(other, KubeApi.Kind.CONFIG_MAPS, "default", TIMEOUT);
            ConfigMapLeaseStore store = new ConfigMapLeaseStore(
                    maps,
                    "leaders",
                    Map.of(),
                    maps,
                    new ReportingStore.Setting(TIMEOUT, new Threads(() -> "test"), Ticker.system(), 0, () -> {}));
            CompletableFuture<?> first = store.write("lock1", StoredRecord.absent(0), record("first"))
                    .toCompletableFuture();
            await("it is tried", () -> !tried.isEmpty());
            CompletableFuture<?> second = CompletableFuture.completedFuture(null);
            if (isForgotten) {
                store.forget("lock1");
            } else {
                second = store.write("lock1", StoredRecord.absent(0), record("second"))
                        .toCompletableFuture();
            }
            await("both have ended", CompletableFuture.allOf(first, second)::isDone);
            assertThat(tried.stream().filter(body -> body.contains("first")).count())
                    .isLessThan(40);
            assertThat(tried.stream().filter(body -> body.contains("second")).count())
                    .isEqualTo(isForgotten ? 0 : 40);
        }
    }

    private static LeaseRecord record(String holder) {
        return new LeaseRecord(holder, null, Duration.ofSeconds(15), 1, 1, 1);
    }
}
