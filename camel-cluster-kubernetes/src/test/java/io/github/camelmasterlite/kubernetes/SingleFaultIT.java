package io.github.camelmasterlite.kubernetes;

import static io.github.camelmasterlite.kubernetes.WorkingMembers.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.kubernetes.FaultProxy.Answered;
import io.github.camelmasterlite.kubernetes.FaultProxy.Fault;
import io.github.camelmasterlite.kubernetes.FaultProxy.Request;
import io.github.camelmasterlite.kubernetes.FaultProxy.Rule;
import io.github.camelmasterlite.kubernetes.WorkingMembers.Member;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One request that fails, in whatever way, between members and a real API server. Each kind of failure has a lock of its own, so that all of them happen at once. */
@ExtendWith(ApiServer.class)
class SingleFaultIT {

    private static Map<String, Fault> faults() {
        Map<String, Fault> faults = new LinkedHashMap<>();
        faults.put("conflict", Fault.refusal(409, "Conflict"));
        faults.put(
                "too-many-requests",
                Fault.answer(429, Map.of("Retry-After", "60"), "Too many requests, please try again later."));
        faults.put("internal-error", Fault.refusal(500, "InternalError"));
        faults.put("unavailable", Fault.refusal(503, "ServiceUnavailable"));
        faults.put("time-out", Fault.silence());
        faults.put("reset", Fault.reset());
        faults.put("garbage", Fault.answer(200, Map.of("Content-Type", "text/html"), "<html>Welcome!</html>"));
        faults.put("empty", Fault.answer(200, Map.of(), ""));
        faults.put("not-found-by-another-server", Fault.answer(404, Map.of(), "404 page not found\n"));
        faults.put("not-found-without-a-word", Fault.answer(404, Map.of(), ""));
        faults.put("lost-reply", Fault.lostReply());
        faults.put("half-reply", Fault.halfReply());
        return faults;
    }

    private WorkingMembers members = WorkingMembers.of(6_000, 4_000, 1_000);
    private final List<FaultProxy> proxies = new ArrayList<>();

    @SuppressWarnings("NullAway.Init") // set before each test
    private KubeAccess direct;

    @BeforeEach
    void namespace(KubeNamespace namespace) {
        direct = namespace.access();
    }

    @AfterEach
    void judge() {
        members.close();
        proxies.forEach(FaultProxy::close);
        proxies.stream().flatMap(proxy -> proxy.answered().stream()).forEach(WrittenRequests::check);
    }

    private FaultProxy proxy() {
        FaultProxy proxy = new FaultProxy(direct);
        proxies.add(proxy);
        return proxy;
    }

    private static Predicate<Request> writes(String method, String lock) {
        return request -> request.method().equals(method)
                && !request.isRehearsal()
                && (request.path().endsWith("/leaders-" + lock)
                        || (method.equals("POST") && request.body().contains("\"leaders-" + lock + "\"")));
    }

    private static long renewed(FaultProxy proxy, String lock) {
        return proxy.answered().stream()
                .filter(answer -> answer.code() == 200)
                .map(Answered::request)
                .filter(writes("PUT", lock))
                .count();
    }

    @Test
    void ofARenewalChangesNoLeader() {
        FaultProxy proxy = proxy();
        List<String> locks = List.copyOf(faults().keySet());
        Member leader = members.start("a", proxy.access(direct), locks);
        await("a leads", leader::leadsAll);
        members.start("b", proxy.access(direct), locks);
        Map<String, Long> tokens = new LinkedHashMap<>();
        locks.forEach(lock -> tokens.put(lock, leader.view(lock).leadership().fencingToken()));

        Map<String, Rule> met = new LinkedHashMap<>();
        faults().forEach((lock, fault) -> met.put(lock, proxy.next(1, writes("PUT", lock), fault)));
        met.forEach((lock, rule) -> await(lock + " happens", () -> rule.hits() == 1));
        Map<String, Long> before = new LinkedHashMap<>();
        locks.forEach(lock -> before.put(lock, renewed(proxy, lock)));
        locks.forEach(lock -> await(
                lock + " is renewed again and again",
                () -> renewed(proxy, lock) >= Objects.requireNonNull(before.get(lock)) + 2));

        for (String lock : locks) {
            assertThat(leader.view(lock).leadership().fencingToken()).as(lock).isEqualTo(tokens.get(lock));
            assertThat(members.tenures(lock)).as(lock).isEqualTo(1);
            assertThat(leader.problem(lock)).as(lock).isEmpty();
        }
    }

    @Test
    void ofARenewalChangesNoLeaderOfAConfigMap() {
        members = WorkingMembers.of(4_000, 2_600, 500); // one after another
        FaultProxy proxy = proxy();
        List<String> locks = List.of("lock1");
        Member leader = members.start("a", proxy.access(direct), locks, SingleFaultIT::useConfigMap);
        await("a leads", leader::leadsAll);
        members.start("b", proxy.access(direct), locks, SingleFaultIT::useConfigMap);
        long token = leader.view("lock1").leadership().fencingToken();

        Map<String, Fault> faults = faults();
        faults.keySet().retainAll(List.of("conflict", "internal-error", "time-out", "reset", "lost-reply"));
        faults.forEach((name, fault) -> {
            Rule rule = proxy.next(1, Request::isPut, fault);
            await(name + " happens", () -> rule.hits() == 1);
            long before = proxy.answered().stream()
                    .filter(answer -> answer.request().isPut())
                    .count();
            await(
                    "renewed after " + name,
                    () -> proxy.answered().stream()
                                    .filter(answer -> answer.request().isPut() && answer.code() == 200)
                                    .count()
                            > before);
        });

        assertThat(leader.view("lock1").leadership().fencingToken()).isEqualTo(token);
        assertThat(members.tenures("lock1")).isEqualTo(1);
    }

    /** A leader looks when its watch reports an end, or was interrupted. */
    @Test
    void ofALookByALeaderChangesNoLeader() {
        Map<String, Member> leaders = new LinkedHashMap<>();
        Map<String, FaultProxy> between = new LinkedHashMap<>();
        faults().keySet().forEach(lock -> {
            FaultProxy proxy = proxy();
            between.put(lock, proxy);
            leaders.put(lock, members.start("leader-of-" + lock, proxy.access(direct), List.of(lock)));
        });
        leaders.forEach((lock, leader) -> {
            await(lock + " is led", leader::leadsAll);
            FaultProxy proxy = Objects.requireNonNull(between.get(lock));
            await(lock + " is watched", () -> proxy.watches("leases") == 1);
        });
        Map<String, Rule> met = new LinkedHashMap<>();
        faults().forEach((lock, fault) -> {
            FaultProxy proxy = Objects.requireNonNull(between.get(lock));
            met.put(lock, proxy.next(1, Request::isGet, fault));
            proxy.say("leases", "{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"leaders-" + lock + "\"}}}");
        });
        met.forEach((lock, rule) -> await(lock + " has met its fault", () -> rule.hits() == 1));
        Map<String, Long> before = new LinkedHashMap<>();
        between.forEach((lock, proxy) -> before.put(lock, renewed(proxy, lock)));
        between.forEach((lock, proxy) ->
                await(lock + " is renewed", () -> renewed(proxy, lock) > Objects.requireNonNull(before.get(lock)) + 1));
        leaders.forEach(
                (lock, leader) -> assertThat(leader.leads(lock)).as(lock).isTrue());
        leaders.keySet()
                .forEach(lock -> assertThat(members.tenures(lock)).as(lock).isEqualTo(1));
    }

    private static void useConfigMap(KubernetesClusterService service) {
        service.setLeaseResourceType(LeaseResourceType.ConfigMap);
    }

    @Test
    void ofAnAcquisitionLeavesOneLeader() {
        FaultProxy proxy = proxy();
        List<String> locks = List.copyOf(faults().keySet());
        Map<String, Rule> met = new LinkedHashMap<>();
        faults().forEach((lock, fault) -> met.put(lock, proxy.next(1, writes("POST", lock), fault)));
        members.start("a", proxy.access(direct), locks);
        members.start("b", proxy.access(direct), locks);
        for (String lock : locks) {
            await("one leads " + lock, () -> members.working(lock) == 1);
            assertThat(Objects.requireNonNull(met.get(lock)).hits()).as(lock).isEqualTo(1);
        }
        Map<String, Long> before = new LinkedHashMap<>();
        locks.forEach(lock -> before.put(lock, renewed(proxy, lock)));
        for (String lock : locks) {
            await(lock + " is renewed", () -> renewed(proxy, lock) >= Objects.requireNonNull(before.get(lock)) + 2);
            assertThat(members.working(lock)).as(lock).isEqualTo(1);
        }
    }

    @Test
    void ofAReleaseHandsOverEvenSo() {
        FaultProxy proxy = proxy();
        List<String> locks = List.copyOf(faults().keySet());
        Member first = members.start("a", proxy.access(direct), locks);
        await("a leads", first::leadsAll);
        Member second = members.start("b", proxy.access(direct), locks);
        await(
                "b follows",
                () -> locks.stream()
                        .allMatch(lock ->
                                "a".equals(second.view(lock).leadership().leader())));
        Map<String, Rule> met = new LinkedHashMap<>();
        faults().forEach((lock, fault) -> met.put(
                lock,
                proxy.next(
                        1,
                        writes("PUT", lock)
                                .and(request -> !request.json().path("spec").has("holderIdentity")),
                        fault)));
        first.stop();
        await("b leads", second::leadsAll);
        met.forEach((lock, rule) -> assertThat(rule.hits()).as(lock).isEqualTo(1));
        locks.forEach(lock -> assertThat(members.tenures(lock)).as(lock).isEqualTo(2));
    }

    @Test
    void ofAFollowerChangesNothing() {
        members = WorkingMembers.of(3_000, 2_000, 500); // a list, and then a watch, may take as long as a lease
        List<String> locks = List.of("lock1");
        Member leader = members.start("a", direct, locks);
        await("a leads", leader::leadsAll);
        Map<String, Member> followers = new LinkedHashMap<>();
        Map<String, FaultProxy> between = new LinkedHashMap<>();
        faults().forEach((name, fault) -> {
            FaultProxy proxy = proxy();
            proxy.next(1, Request::isGet, fault);
            proxy.next(1, Request::isList, fault);
            proxy.next(1, Request::isWatch, fault);
            between.put(name, proxy);
            followers.put(name, members.start(name, proxy.access(direct), locks));
        });
        followers.forEach((name, follower) -> {
            await(
                    name + " knows who leads",
                    () -> "a".equals(follower.view("lock1").leadership().leader())
                            && follower.problem("lock1").isEmpty());
            FaultProxy proxy = Objects.requireNonNull(between.get(name));
            await(name + " watches", () -> proxy.watches("leases") == 1);
        });
        assertThat(leader.leads("lock1")).isTrue();
        assertThat(members.tenures("lock1")).isEqualTo(1);
    }
}
