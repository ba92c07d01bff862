package io.github.camelmasterlite.kubernetes;

import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.github.camelmasterlite.chaos.ChaosArena;
import io.github.camelmasterlite.chaos.ChaosFault;
import io.github.camelmasterlite.chaos.ChaosFault.Injected;
import io.github.camelmasterlite.chaos.ChaosFault.Scene;
import io.github.camelmasterlite.chaos.ChaosTable;
import io.github.camelmasterlite.chaos.LeaseReleases;
import io.github.camelmasterlite.chaos.MemberProcess;
import io.github.camelmasterlite.chaos.ProcessFaults;
import io.github.camelmasterlite.election.LeaseRecord.Signature;
import io.github.camelmasterlite.history.History.Event;
import io.github.camelmasterlite.history.Work;
import io.github.camelmasterlite.kubernetes.FaultProxy.Fault;
import io.github.camelmasterlite.kubernetes.FaultProxy.Request;
import io.github.camelmasterlite.kubernetes.FaultProxy.Rule;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Three processes with two services each, each process with a way of its own to one real API server, which only this arena uses meanwhile. */
final class KubeChaosArena extends ChaosArena {

    static final List<String> LOCKS = List.of("lock1", "lock2");
    static final List<String> CONTEXTS = List.of("a", "b");

    /** The fast profile of docs/timing.md. */
    private static final Duration LEASE = Duration.ofSeconds(6);

    private static final long STOP_BUDGET_MILLIS = 800;

    /** Outages in which no lease runs out, and in which each does. */
    private static final Duration SHORT = Duration.ofSeconds(3);

    private static final Duration LONG = Duration.ofSeconds(9);

    /** What two busy cores need beyond a bound. */
    private static final Duration SLOWNESS = Duration.ofSeconds(1);

    /** A lease that runs out, a look at it (retry period) and slowness. */
    private static final Duration RECOVERY = LEASE.plus(LEASE.dividedBy(6)).plus(SLOWNESS.multipliedBy(3));

    /** The same after what counts as a holder of another kind, which is waited for twice the duration. */
    private static final Duration FOREIGN_RECOVERY = RECOVERY.plus(LEASE);

    /** The margin of the fast profile. */
    private static final Promise PROMISE = new Promise(
            Duration.ofMillis(964), Duration.ofMillis(STOP_BUDGET_MILLIS).plus(SLOWNESS), Duration.ofMinutes(2), true);

    private final KubeServer server;
    private final KubeNamespace namespace;
    private final List<String> options;
    private final KubernetesClient observer;
    private final Map<String, FaultProxy> proxies = new ConcurrentHashMap<>();
    private final LeaseReleases releases = new LeaseReleases(this::released);
    private final Queue<Lease> changed = new ConcurrentLinkedQueue<>();
    private volatile boolean isWatching;
    private @Nullable Watch watch;

    KubeChaosArena(
            Path dir,
            String name,
            KubeServer server,
            KubeNamespace namespace,
            List<String> contexts,
            List<String> options,
            long seed,
            ChaosTable table)
            throws IOException {
        super(dir, name, PROMISE, LOCKS, contexts, 3, seed, table);
        this.server = server;
        this.namespace = namespace;
        this.options = options;
        observer = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(namespace.access().config())
                        .withRequestTimeout(1_000)
                        .withConnectionTimeout(1_000)
                        .build())
                .build();
        watchReleases(Duration.ofMillis(100), this::lookForReleases);
    }

    @Override
    protected MemberProcess launch(String process, Map<String, String> environment, Consumer<Event> events)
            throws IOException {
        FaultProxy proxy = new FaultProxy(namespace.access());
        proxies.put(process, proxy);
        Path kubeconfig = proxy.access(namespace.access()).writeKubeconfig(dir().resolve(process + ".kubeconfig"));
        List<String> all = new ArrayList<>(options);
        all.add("-Dmember.act.millis=20");
        List<String> arguments = new ArrayList<>(List.of(
                kubeconfig.toString(), Long.toString(LEASE.toMillis()), process, Long.toString(STOP_BUDGET_MILLIS)));
        arguments.addAll(LOCKS);
        return new MemberProcess(
                process,
                MemberProcess.java(ChaosMember.class, all, arguments),
                environment,
                dir().resolve(process + ".log"),
                events);
    }

    @Override
    protected void ended(MemberProcess process) {
        FaultProxy proxy = proxies.remove(process.name());
        if (proxy != null) {
            proxy.close();
        }
    }

    private FaultProxy proxy(MemberProcess process) {
        return Objects.requireNonNull(proxies.get(process.name()), process.name());
    }

    // ---- releases, seen from outside

    /** All changes of all Leases, in their order; asked for anew when the server was away. */
    private void lookForReleases() {
        if (!isWatching) {
            isWatching = true;
            try {
                watch = observer.leases().watch(new Changes());
            } catch (KubernetesClientException e) {
                isWatching = false; // asked again in a moment
            }
        }
        for (Lease lease = changed.poll(); lease != null; lease = changed.poll()) {
            String signature = Objects.requireNonNullElse(
                            lease.getMetadata().getAnnotations(), Map.<String, String>of())
                    .get(LeaseObject.SIGNATURE);
            releases.seen(
                    lease.getMetadata().getName().substring("leaders-".length()),
                    lease.getSpec() == null ? null : lease.getSpec().getHolderIdentity(),
                    Signature.fromText(signature),
                    Long.parseLong(lease.getMetadata().getResourceVersion()));
        }
    }

    private final class Changes implements Watcher<Lease> {
        @Override
        public void eventReceived(Action action, Lease lease) {
            if (action == Action.ADDED || action == Action.MODIFIED) {
                changed.add(lease);
            }
        }

        @Override
        public void onClose(WatcherException cause) {
            isWatching = false;
        }

        @Override
        public void onClose() {
            isWatching = false;
        }
    }

    // ---- faults

    @Override
    protected List<ChaosFault> faults() {
        List<ChaosFault> all = new ArrayList<>(ProcessFaults.of(RECOVERY, SHORT, LONG));
        all.addAll(faultsOfServer());
        all.addAll(faultsOfNetwork());
        all.addAll(faultsOfLeases());
        all.addAll(faultsOfPods());
        return all;
    }

    private List<ChaosFault> faultsOfServer() {
        return List.of(
                ChaosFault.alone("API server killed and started again", RECOVERY, (arena, scene) -> {
                    server.kill();
                    return Injected.lasting(SHORT, this::startServer);
                }),
                ChaosFault.alone("API server stopped and started again at once", RECOVERY, (arena, scene) -> {
                    server.stop();
                    return Injected.lasting(Duration.ZERO, this::startServer);
                }),
                ChaosFault.alone("API server hanging (SIGSTOP) for 3 s", RECOVERY, (arena, scene) -> {
                    server.pause();
                    return Injected.lasting(SHORT, this::startServer);
                }),
                ChaosFault.alone("API server hanging (SIGSTOP) for 9 s", RECOVERY, (arena, scene) -> {
                    server.pause();
                    return Injected.lasting(LONG, this::startServer);
                }),
                ChaosFault.alone("etcd hanging (SIGSTOP) for 9 s", RECOVERY, (arena, scene) -> {
                    server.etcd().pause();
                    return Injected.lasting(LONG, this::startServer);
                }),
                ChaosFault.alone("etcd killed and started again", RECOVERY, (arena, scene) -> {
                    server.etcd().kill();
                    return Injected.lasting(Duration.ofSeconds(1), this::startServer);
                }));
    }

    /** On a busy machine it takes long, and that is not the members' fault. */
    private void startServer() throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                server.start();
                return;
            } catch (IllegalStateException e) {
                if (attempt == 4) {
                    throw e;
                }
            }
        }
    }

    private List<ChaosFault> faultsOfNetwork() {
        Fault busy = Fault.answer(429, Map.of("Retry-After", "1"), "{\"kind\":\"Status\",\"code\":429}");
        Fault unavailable = Fault.refusal(503, "ServiceUnavailable");
        return List.of(
                ChaosFault.alone(
                        "connections to the API server refused for 3 s",
                        RECOVERY,
                        (arena, scene) -> down(proxies.values(), SHORT)),
                ChaosFault.alone(
                        "connections to the API server refused for 9 s",
                        RECOVERY,
                        (arena, scene) -> down(proxies.values(), LONG)),
                ChaosFault.of(
                        "leader cut off for 9 s",
                        RECOVERY,
                        (arena, scene) -> down(List.of(proxy(scene.leading())), LONG)),
                ChaosFault.of(
                        "follower cut off for 9 s",
                        RECOVERY,
                        (arena, scene) -> down(List.of(proxy(scene.other())), LONG)),
                ChaosFault.of("409 to three writes of the leader", RECOVERY, (arena, scene) -> {
                    Rule rule = proxy(scene.leading()).next(3, Request::isPut, Fault.refusal(409, "Conflict"));
                    return Injected.lasting(SHORT, rule::end);
                }),
                ChaosFault.of(
                        "429 with Retry-After to everybody for 3 s",
                        RECOVERY,
                        (arena, scene) -> always(request -> true, busy, SHORT)),
                ChaosFault.of(
                        "429 with Retry-After to everybody for 9 s",
                        RECOVERY,
                        (arena, scene) -> always(request -> true, busy, LONG)),
                ChaosFault.of(
                        "503 to everybody for 3 s",
                        RECOVERY,
                        (arena, scene) -> always(request -> true, unavailable, SHORT)),
                ChaosFault.of(
                        "503 to everybody for 9 s",
                        RECOVERY,
                        (arena, scene) -> always(request -> true, unavailable, LONG)),
                ChaosFault.of(
                        "sockets cut at each request for 3 s",
                        RECOVERY,
                        (arena, scene) -> always(request -> true, Fault.reset(), SHORT)),
                ChaosFault.of(
                        "requests late by 2 s, for 9 s",
                        RECOVERY,
                        (arena, scene) ->
                                always(request -> !request.isWatch(), Fault.late(Duration.ofSeconds(2)), LONG)),
                ChaosFault.of(
                        "requests late by 5 s, for 9 s",
                        RECOVERY.plusSeconds(5),
                        (arena, scene) ->
                                always(request -> !request.isWatch(), Fault.late(Duration.ofSeconds(5)), LONG)),
                ChaosFault.of(
                        "requests unanswered for 9 s",
                        RECOVERY,
                        (arena, scene) -> always(request -> !request.isWatch(), Fault.silence(), LONG)),
                ChaosFault.of(
                        "replies to writes lost for 9 s",
                        RECOVERY,
                        (arena, scene) ->
                                always(request -> request.isPut() || request.isPost(), Fault.lostReply(), LONG)),
                ChaosFault.of(
                        "half of each reply to a write lost for 3 s",
                        RECOVERY,
                        (arena, scene) ->
                                always(request -> request.isPut() || request.isPost(), Fault.halfReply(), SHORT)),
                ChaosFault.of("replies lost, and leader SIGTERMed", RECOVERY, (arena, scene) -> {
                    Injected lost = always(request -> request.isPut() || request.isPost(), Fault.lostReply(), SHORT);
                    scene.leading().terminate();
                    return Injected.lasting(SHORT, () -> {
                        lost.ending().end();
                        arena.replace(scene.leading());
                    });
                }),
                ChaosFault.of("watches silent, and leader SIGKILLed", RECOVERY.plus(LEASE), (arena, scene) -> {
                    proxies.values().forEach(FaultProxy::mute);
                    scene.leading().kill();
                    return Injected.lasting(Duration.ofMillis(200), () -> arena.replace(scene.leading()));
                }));
    }

    private Injected down(Collection<FaultProxy> which, Duration time) {
        List<FaultProxy> all = List.copyOf(which);
        all.forEach(FaultProxy::down);
        // but for those that have ended meanwhile, with their processes
        return Injected.lasting(
                time, () -> all.stream().filter(proxies::containsValue).forEach(FaultProxy::up));
    }

    private Injected always(Predicate<Request> what, Fault fault, Duration time) {
        List<Rule> rules = proxies.values().stream()
                .map(proxy -> proxy.always(what, fault))
                .toList();
        return Injected.lasting(time, () -> rules.forEach(Rule::end));
    }

    private List<ChaosFault> faultsOfLeases() {
        List<ChaosFault> all = new ArrayList<>();
        all.add(ChaosFault.of("Lease deleted", RECOVERY, (arena, scene) -> {
            namespace.client().leases().withName(name(scene)).delete();
            return Injected.atOnce();
        }));
        all.add(ChaosFault.of("Lease deleted, and leader SIGKILLed", RECOVERY, (arena, scene) -> {
            namespace.client().leases().withName(name(scene)).delete();
            scene.leading().kill();
            return Injected.lasting(Duration.ofMillis(200), () -> arena.replace(scene.leading()));
        }));
        all.add(ChaosFault.of("Lease deleted, leader stopped by SIGSTOP for 9 s", RECOVERY, (arena, scene) -> {
            arena.pause(scene.leading());
            namespace.client().leases().withName(name(scene)).delete();
            return Injected.lasting(LONG, () -> arena.resume(scene.leading()));
        }));
        all.add(ChaosFault.alone("Leases deleted while a member starts", RECOVERY, (arena, scene) -> {
            String newcomer = ProcessFaults.newcomer(
                    arena,
                    scene,
                    () -> LOCKS.forEach(lock -> namespace
                            .client()
                            .leases()
                            .withName("leaders-" + lock)
                            .delete()));
            return Injected.atOnce()
                    .excluding(
                            "held record deleted, newcomer",
                            (earlier, later) -> isOf(later, newcomer)
                                    && overlap(earlier, later)
                                            < LEASE.multipliedBy(2)
                                                    .dividedBy(3)
                                                    .plusMillis(STOP_BUDGET_MILLIS)
                                                    .plus(SLOWNESS)
                                                    .toNanos());
        }));
        all.add(edit("Lease edited: foreign holder", "{'spec':{'holderIdentity':'c'}}", RECOVERY));
        all.add(edit(
                "Lease edited: foreign holder and time",
                "{'spec':{'holderIdentity':'c','leaseDurationSeconds':2,'renewTime':'2026-11-21T08:33:53.071234Z'}}",
                FOREIGN_RECOVERY));
        all.add(edit("Lease edited: empty holder", "{'spec':{'holderIdentity':null}}", RECOVERY));
        all.add(edit("Lease edited: spec removed", "{'spec':null}", RECOVERY));
        all.add(edit(
                "Lease edited: garbage in the signature",
                "{'metadata':{'annotations':{'" + LeaseObject.SIGNATURE + "':'garbage'}}}",
                FOREIGN_RECOVERY));
        all.add(edit(
                "Lease edited: renewed in the year 2099",
                "{'spec':{'renewTime':'2099-12-31T23:59:59.999999Z'}}",
                FOREIGN_RECOVERY));
        all.add(edit("Lease edited: labels removed", "{'metadata':{'labels':null}}", RECOVERY));
        return all;
    }

    private ChaosFault edit(String what, String json, Duration recovery) {
        return ChaosFault.of(what, recovery, (arena, scene) -> {
            try {
                namespace
                        .client()
                        .leases()
                        .withName(name(scene))
                        .patch(PatchContext.of(PatchType.JSON_MERGE), json.replace('\'', '"'));
            } catch (KubernetesClientException e) {
                if (e.getCode() != 404) { // deleted by another fault, and nobody has made it again yet
                    throw e;
                }
            }
            return Injected.atOnce();
        });
    }

    private List<ChaosFault> faultsOfPods() {
        return List.of(
                ChaosFault.of("pod of the leader marked failed", RECOVERY, (arena, scene) -> {
                    pod(scene);
                    namespace.client().pods().withName(scene.leader()).editStatus(pod -> {
                        pod.setStatus(new PodStatusBuilder()
                                .withPhase("Failed")
                                .withReason("Evicted")
                                .build());
                        return pod;
                    });
                    return Injected.lasting(SHORT, () -> deletePod(scene));
                }),
                ChaosFault.of("pod of the leader deleted", RECOVERY, (arena, scene) -> {
                    pod(scene);
                    deletePod(scene);
                    return Injected.lasting(SHORT, () -> {});
                }));
    }

    private void pod(Scene scene) {
        KubeMembers.pod(namespace.client(), scene.leader(), Map.of("app", "chaos"));
    }

    private void deletePod(Scene scene) {
        namespace.client().pods().withName(scene.leader()).withGracePeriod(0).delete();
    }

    private static String name(Scene scene) {
        return "leaders-" + LOCKS.get(scene.lock());
    }

    private static boolean isOf(Work work, String process) {
        return !process.isEmpty()
                && work.member()
                        .equals(process + work.member().substring(work.member().length() - 1));
    }

    private static long overlap(Work earlier, Work later) {
        return Math.min(earlier.certainEndNanos(), later.certainEndNanos()) - later.startNanos();
    }

    @Override
    public void close() {
        super.close();
        Watch open = watch;
        if (open != null) {
            open.close();
        }
        observer.close();
    }
}
