package io.github.camelmasterlite.kubernetes;

import static io.github.camelmasterlite.kubernetes.WorkingMembers.await;
import static io.github.camelmasterlite.kubernetes.WorkingMembers.stays;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.github.camelmasterlite.kubernetes.FaultProxy.Fault;
import io.github.camelmasterlite.kubernetes.FaultProxy.Rule;
import io.github.camelmasterlite.kubernetes.WorkingMembers.Member;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What members do without a permission, and once they have it: RBAC of a real API server. */
@ExtendWith(ApiServer.class)
class PermissionsIT {

    private static final List<String> LOCKS = List.of("lock1");
    private static final List<String> ALL = List.of("get", "create", "update", "list", "watch");
    private static final String LEASES = "leases.coordination.k8s.io";
    private static final Duration RENEW_DEADLINE = Duration.ofSeconds(2);

    /** How often is tried again: the retry period, or an attempt if that is less. */
    private static final Duration RETRY = RENEW_DEADLINE.dividedBy(6);

    private final WorkingMembers members =
            WorkingMembers.of(Duration.ofSeconds(3), RENEW_DEADLINE, Duration.ofMillis(500));
    private final CapturedLog log = new CapturedLog("io.github.camelmasterlite");
    private final List<FaultProxy> proxies = new ArrayList<>();

    @SuppressWarnings("NullAway.Init") // set before each test
    private KubeNamespace namespace;

    @BeforeEach
    void namespace(KubeNamespace given) {
        namespace = given;
    }

    @AfterEach
    void judge() {
        members.close();
        log.close();
        proxies.forEach(FaultProxy::close);
    }

    private FaultProxy proxy() {
        FaultProxy proxy = new FaultProxy(namespace.access());
        proxies.add(proxy);
        return proxy;
    }

    private static PolicyRule leases(List<String> verbs) {
        return KubeAccount.rule("coordination.k8s.io", "leases", verbs.toArray(String[]::new));
    }

    private static List<String> without(String verb) {
        return ALL.stream().filter(other -> !other.equals(verb)).toList();
    }

    /** A problem names what is missing, and where; a log line says it once. */
    private void assertSays(Member member, String verb) {
        await(
                member.name() + " names " + verb,
                () -> Stream.of("403", "verb " + verb, LEASES, namespace.name())
                        .allMatch(member.problem("lock1")::contains));
    }

    private int warnings(Member member, String... words) {
        return log.count(
                "WARN",
                Stream.concat(Stream.of(": " + member.name() + " "), Stream.of(words))
                        .toArray(String[]::new));
    }

    private void assertSaidOnce(Member member, String verb) {
        assertThat(warnings(member, "verb " + verb, LEASES))
                .as(log.lines("WARN").toString())
                .isEqualTo(1);
    }

    /** Not more than a look and a write for each retry. */
    private static long mostRequests(Duration time, int count) {
        return count * 2L * (time.dividedBy(RETRY) + 2);
    }

    @Test
    void updateTakenAwayFromALeaderEndsItsTenureByTheRenewDeadlineAndGrantedAgainLetsOneLead(KubeServer server) {
        KubeAccount account = namespace.account("member", leases(ALL));
        FaultProxy proxy = proxy();
        Member leader = members.start("a", proxy.access(account.access()), LOCKS);
        await("a leads", leader::leadsAll);
        Member follower = members.start("b", proxy.access(account.access()), LOCKS);

        long now = System.nanoTime();
        account.allowOnly(leases(without("update")));
        await("a stops its work", () -> members.working("lock1") == 0);
        assertThat(Duration.ofNanos(members.work("lock1").get(0).latestEndNanos() - now))
                .isLessThan(RENEW_DEADLINE.plusSeconds(1));
        assertSays(leader, "update");
        assertSays(follower, "update");

        Duration observed = Duration.ofSeconds(3);
        int before = proxy.requests().size();
        double denied = denied(server);
        stays(
                "nobody leads, and says why",
                observed,
                () -> members.working("lock1") == 0
                        && leader.problem("lock1").contains("verb update")
                        && follower.problem("lock1").contains("verb update"));
        assertThat((long) proxy.requests().size() - before).isLessThan(mostRequests(observed, 2));
        assertThat(denied(server) - denied).isBetween(1.0, (double) mostRequests(observed, 2));
        assertSaidOnce(leader, "update");
        assertSaidOnce(follower, "update");

        account.allowOnly(leases(ALL));
        await("one leads", Duration.ofSeconds(2), () -> members.working("lock1") == 1);
        await(
                "both take part",
                () -> leader.problem("lock1").isEmpty()
                        && follower.problem("lock1").isEmpty());
        assertThat(members.tenures("lock1")).isEqualTo(2);
    }

    /** Nobody has allowed it: that is how RBAC says no. */
    private static double denied(KubeServer server) {
        return counted(server, "authorization_attempts_total{result=\"no-opinion\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"get", "create", "update"})
    void nobodyLeadsALeaseThatMayNot(String verb) {
        if (verb.equals("update")) {
            namespace
                    .client()
                    .leases()
                    .resource(new io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder()
                            .withNewMetadata()
                            .withName("leaders-lock1")
                            .endMetadata()
                            .build())
                    .create();
        }
        KubeAccount account = namespace.account("member", leases(without(verb)));
        FaultProxy proxy = proxy();
        Member member = members.start("a", proxy.access(account.access()), LOCKS);
        assertSays(member, verb);
        Duration observed = Duration.ofSeconds(3);
        int before = proxy.requests().size();
        stays(
                "it says why",
                observed,
                () -> !member.leads("lock1") && member.problem("lock1").contains("verb " + verb));
        assertThat((long) proxy.requests().size() - before).isLessThan(mostRequests(observed, 1));
        assertSaidOnce(member, verb);

        account.allowOnly(leases(ALL));
        await("it leads", Duration.ofSeconds(2), member::leadsAll);
        assertThat(member.problem("lock1")).isEmpty();
    }

    @Test
    void withoutWatchOrListOneLooksEveryRetryPeriodUntilTheyAreGranted() {
        Member leader = members.start("a", namespace.access(), LOCKS);
        await("a leads", leader::leadsAll);
        KubeAccount unwatching = namespace.account("b", leases(without("watch")));
        KubeAccount unlisting = namespace.account("c", leases(without("list")));
        FaultProxy ofB = proxy();
        FaultProxy ofC = proxy();
        Member b = members.start("b", ofB.access(unwatching.access()), LOCKS);
        Member c = members.start("c", ofC.access(unlisting.access()), LOCKS);
        await("b says it", () -> log.count("WARN", "b looks every retryPeriodMillis", "verb watch", LEASES) == 1);
        await("c says it", () -> log.count("WARN", "c looks every retryPeriodMillis", "verb list", LEASES) == 1);
        int before = ofB.requests().size();
        stays("nothing happens", Duration.ofSeconds(3), leader::leadsAll);
        // Seven looks at most, and six attempts to watch, after pauses of 0.1 s, doubled each time and up to half
        // shorter.
        assertThat(ofB.requests().size() - before).isBetween(3, 13);

        leader.stop();
        await("another leads", Duration.ofMillis(1_500), () -> b.leads("lock1") || c.leads("lock1"));
        unwatching.allowOnly(leases(ALL));
        unlisting.allowOnly(leases(ALL));
        await("b watches", () -> ofB.watches("leases") == 1);
        await("c watches", () -> ofC.watches("leases") == 1);
        await("that is said", () -> log.count("INFO", "again by a watch") == 2);
        assertThat(log.count("WARN", "looks every retryPeriodMillis", "verb")).isEqualTo(2);
    }

    @Test
    void withoutPodsTheMembersAreTheHoldersOfLeasesAndThatIsSaidOnce() {
        Member leader = members.start("a", namespace.access(), LOCKS);
        await("a leads", leader::leadsAll);
        KubeAccount account = namespace.account("member", leases(ALL));
        Member member = members.start(
                "b", account.access(), LOCKS, service -> service.setClusterLabels(Map.of("app", "orders")));
        await("b says it", () -> log.count("INFO", "verb list on pods") == 1);
        await(
                "a is known",
                () -> member.view("lock1").getMembers().stream()
                        .anyMatch(known -> known.getId().equals("a")));
        leader.stop();
        await("b leads", member::leadsAll);
        assertThat(member.problem("lock1")).isEmpty();
    }

    @Test
    void credentialsThatAreNoLongerAcceptedEndTheTenureByTheRenewDeadlineAndAcceptedAgainLetOneLead() {
        FaultProxy proxy = proxy();
        Member leader = members.start("a", proxy.access(namespace.access()), LOCKS);
        await("a leads", leader::leadsAll);
        Member follower = members.start("b", proxy.access(namespace.access()), LOCKS);
        await(
                "b knows",
                () -> Objects.equals(follower.view("lock1").leadership().leader(), "a"));

        long now = System.nanoTime();
        Rule refused = proxy.always(request -> true, Fault.refusal(401, "Unauthorized"));
        await("a stops its work", () -> members.working("lock1") == 0);
        assertThat(Duration.ofNanos(members.work("lock1").get(0).latestEndNanos() - now))
                .isLessThan(RENEW_DEADLINE.plusSeconds(1));
        for (Member member : List.of(leader, follower)) {
            await(member.name() + " says why", () -> member.problem("lock1").contains("credentials are not accepted"));
        }
        Duration observed = Duration.ofSeconds(2);
        int before = proxy.requests().size();
        stays("nobody leads", observed, () -> members.working("lock1") == 0);
        assertThat((long) proxy.requests().size() - before).isLessThan(mostRequests(observed, 2));
        assertThat(warnings(leader, "credentials are not accepted", "update")).isEqualTo(1);
        assertThat(warnings(leader, "credentials are not accepted")).isLessThanOrEqualTo(2);
        refused.end();
        await("one leads", Duration.ofSeconds(2), () -> members.working("lock1") == 1);
        await(
                "both take part",
                () -> leader.problem("lock1").isEmpty()
                        && follower.problem("lock1").isEmpty());
    }

    @Test
    void anUnknownTokenIsAProblemThatNamesTheCredentials(KubeServer server) {
        Member member = members.start("a", namespace.access().as("unknown"), LOCKS);
        await(
                "it says why",
                () -> Stream.of("401", "credentials are not accepted").allMatch(member.problem("lock1")::contains));
        double before = unauthenticated(server);
        Duration observed = Duration.ofSeconds(3);
        stays("it says why", observed, () -> member.problem("lock1").contains("401"));
        assertThat(unauthenticated(server) - before).isBetween(1.0, (double) mostRequests(observed, 1));
        assertThat(warnings(member, "401")).isEqualTo(1);
    }

    private static double unauthenticated(KubeServer server) {
        return counted(server, "authentication_attempts{result=\"failure\"}")
                + counted(server, "authentication_attempts{result=\"error\"}");
    }

    /** What the server has counted under this name. */
    private static double counted(KubeServer server, String name) {
        try (KubernetesClient client = server.access().connect()) {
            return client.raw("/metrics")
                    .lines()
                    .filter(line -> line.startsWith(name + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                    .sum();
        }
    }
}
