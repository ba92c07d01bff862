package io.github.camelmasterlite.kubernetes;

import static io.github.camelmasterlite.kubernetes.WorkingMembers.await;
import static io.github.camelmasterlite.kubernetes.WorkingMembers.stays;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.kubernetes.FaultProxy.Answered;
import io.github.camelmasterlite.kubernetes.FaultProxy.Fault;
import io.github.camelmasterlite.kubernetes.FaultProxy.Request;
import io.github.camelmasterlite.kubernetes.FaultProxy.Rule;
import io.github.camelmasterlite.kubernetes.WorkingMembers.Member;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Members rehearse a write, once, when they have followed for a few seconds; nothing is written by it. */
@ExtendWith(ApiServer.class)
class RehearsalIT {

    private static final List<String> LOCKS = List.of("lock1");

    private final WorkingMembers members = WorkingMembers.of(6_000, 4_000, 500);
    private final CapturedLog log = new CapturedLog("io.github.camelmasterlite");

    @AfterEach
    void judge() {
        members.close();
        log.close();
    }

    /** A first look may take long on a machine that is busy with other things; a rehearsal is a write. */
    private List<String> warnings() {
        return log.lines("WARN").stream()
                .filter(line -> !line.contains("has not answered READ"))
                .toList();
    }

    private static List<Answered> rehearsals(FaultProxy proxy) {
        return proxy.answered().stream()
                .filter(answered -> answered.request().isRehearsal())
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void aFollowerRehearsesItsFirstWriteWhichChangesNothing(LeaseResourceType type, KubeNamespace namespace) {
        Member leader = members.start("a", namespace.access(), LOCKS, service -> service.setLeaseResourceType(type));
        await("a leads", leader::leadsAll);
        try (FaultProxy proxy = new FaultProxy(namespace.access())) {
            Member follower = members.start(
                    "b", proxy.access(namespace.access()), LOCKS, service -> service.setLeaseResourceType(type));
            await("it is rehearsed", () -> rehearsals(proxy).size() == ReportingStore.REHEARSALS);
            stays(
                    "it is over",
                    ObjectWatch.CHECK.plusSeconds(1),
                    () -> rehearsals(proxy).size() == ReportingStore.REHEARSALS);
            // The leader renews beside it, so that some may be about a version that has been replaced.
            assertThat(rehearsals(proxy))
                    .extracting(Answered::code)
                    .contains(200)
                    .isSubsetOf(200, 409);
            proxy.answered().forEach(WrittenRequests::check);
            assertThat(leader.leadsAll()).isTrue();
            leader.stop();
            await("b leads", follower::leadsAll);
            assertThat(rehearsals(proxy)).hasSize(ReportingStore.REHEARSALS);
            assertThat(warnings()).isEmpty();
            members.close();
        }
    }

    @Test
    void aFollowerThatMayNotWriteSaysSoBeforeItIsNeeded(KubeNamespace namespace) {
        Member leader = members.start("a", namespace.access(), LOCKS);
        await("a leads", leader::leadsAll);
        KubeAccount account = namespace.account(
                "b", KubeAccount.rule("coordination.k8s.io", "leases", "get", "create", "list", "watch"));
        members.start("b", account.access(), LOCKS);
        String[] words = {"could not take over", "verb update", "leases.coordination.k8s.io", namespace.name()};
        await("b says it", () -> log.count("WARN", words) == 1);
        stays("once", ObjectWatch.CHECK.plusSeconds(1), () -> log.count("WARN", words) == 1);
        assertThat(leader.leadsAll()).isTrue();
    }

    @Test
    void aRehearsalThatFailsIsOfNoConsequence(KubeNamespace namespace) {
        Map<String, Fault> faults = Map.of(
                "reset", Fault.reset(),
                "500", Fault.refusal(500, "InternalError"),
                "400", Fault.refusal(400, "BadRequest"),
                "garbage", Fault.answer(200, Map.of(), "no JSON"),
                "silence", Fault.silence(),
                "lost", Fault.lostReply());
        Member leader = members.start("a", namespace.access(), LOCKS);
        await("a leads", leader::leadsAll);
        Map<String, FaultProxy> proxies = new ConcurrentHashMap<>();
        try {
            Map<String, Rule> met = new ConcurrentHashMap<>();
            faults.forEach((name, fault) -> {
                FaultProxy proxy = new FaultProxy(namespace.access());
                proxies.put(name, proxy);
                met.put(name, proxy.always(Request::isRehearsal, fault));
                members.start(name, proxy.access(namespace.access()), LOCKS);
            });
            await("each has met its fault", () -> met.values().stream().allMatch(rule -> rule.hits() == 1));
            stays(
                    "nothing happens",
                    Duration.ofSeconds(4),
                    () -> leader.leadsAll() && met.values().stream().allMatch(rule -> rule.hits() == 1));
            assertThat(members.tenures("lock1")).isEqualTo(1);
            assertThat(warnings()).isEmpty();
            leader.stop();
            await("another leads", Duration.ofSeconds(1), () -> members.working("lock1") == 1);
            members.close();
        } finally {
            Stream.of(proxies.values()).forEach(all -> all.forEach(FaultProxy::close));
        }
    }
}
