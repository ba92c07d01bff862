package io.github.camelmasterlite.kubernetes;

import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitLeader;
import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitLeaderIsKnown;
import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitMembers;
import static io.github.camelmasterlite.kubernetes.KubeMembers.soon;
import static io.github.camelmasterlite.kubernetes.KubeMembers.within;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.github.camelmasterlite.cluster.LeadershipView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The table of permissions in docs/kubernetes.md, row by row: what is lost without one, who tells it, and that it comes back. */
@ExtendWith(ApiServer.class)
class PermissionTableIT {

    private static final Duration WATCH_RETURNS = Duration.ofSeconds(30);

    @SuppressWarnings("NullAway.Init") // set before each test
    private KubeMembers members;

    @BeforeEach
    void make() {
        members = new KubeMembers();
    }

    @AfterEach
    void stop() {
        members.close();
    }

    /** All rules of the documented role but one verb. */
    private static PolicyRule[] allBut(LeaseResourceType type, String resource, String verb) {
        return rules(type).entrySet().stream()
                .map(entry -> {
                    List<String> verbs = new ArrayList<>(entry.getValue());
                    if (entry.getKey().equals(resource)) {
                        verbs.remove(verb);
                    }
                    return KubeAccount.rule(
                            entry.getKey().equals("leases") ? "coordination.k8s.io" : "",
                            entry.getKey(),
                            verbs.toArray(String[]::new));
                })
                .toArray(PolicyRule[]::new);
    }

    private static Map<String, List<String>> rules(LeaseResourceType type) {
        return type == LeaseResourceType.Lease
                ? Map.of(
                        "leases", List.of("get", "create", "update", "list", "watch"), "pods", List.of("list", "watch"))
                : Map.of("configmaps", List.of("create", "update", "list", "watch"), "pods", List.of("list", "watch"));
    }

    private static PolicyRule[] all(LeaseResourceType type) {
        return allBut(type, "", "");
    }

    private static String resource(LeaseResourceType type) {
        return type == LeaseResourceType.Lease ? "leases" : "configmaps";
    }

    private static String qualified(LeaseResourceType type) {
        return type == LeaseResourceType.Lease ? "leases.coordination.k8s.io" : "configmaps";
    }

    private LeadershipView start(String pod, KubeAccess access, LeaseResourceType type) {
        KubernetesClusterService service = members.make(pod, access);
        service.setLeaseResourceType(type);
        return KubeMembers.start(service, "lock1");
    }

    /** Requests that were refused for want of a permission; which ones, the server does not count. */
    private static double refused(KubeServer server) {
        KubeMetrics metrics = KubeMembers.metrics(server);
        return Stream.of("denied", "no-opinion")
                .mapToDouble(result -> metrics.sum("authorization_attempts_total", Map.of("result", result)))
                .sum();
    }

    private static void awaitRefused(KubeServer server, double from) {
        soon().pollInterval(Duration.ofMillis(200)).until(() -> refused(server) - from >= 5);
    }

    private static void assertProblemNames(LeadershipView view, String verb, String resource) {
        soon().untilAsserted(() -> assertThat(view.leadership().problem())
                .isNotNull()
                .contains("cannot " + verb + " " + resource, "allow the verb " + verb + " on " + resource));
        assertThat(view.isLeader()).isFalse();
    }

    private void assertToldOnce(String verb, String resource) {
        assertThat(members.warnings("cannot " + verb + " " + resource)).hasSize(1);
    }

    // ---- reading

    @ParameterizedTest
    @EnumSource
    void withoutTheVerbToReadNobodyLeads(LeaseResourceType type, KubeServer server, KubeNamespace namespace) {
        String verb = type == LeaseResourceType.Lease ? "get" : "list";
        KubeAccount account = namespace.account("member", allBut(type, resource(type), verb));
        double before = refused(server);
        LeadershipView view = start("a", account.access(), type);

        assertProblemNames(view, verb, qualified(type));
        awaitRefused(server, before);
        assertThat(members.warnings("Lock lock1", "cannot " + verb + " " + qualified(type)))
                .hasSize(1);

        account.allowOnly(all(type));
        awaitLeader(view);
        assertThat(view.leadership().problem()).isNull();
    }

    // ---- creating

    @ParameterizedTest
    @EnumSource
    void withoutCreateALockThatDoesNotExistYetHasNoLeader(
            LeaseResourceType type, KubeServer server, KubeNamespace namespace) {
        KubeAccount account = namespace.account("member", allBut(type, resource(type), "create"));
        double before = refused(server);
        LeadershipView view = start("a", account.access(), type);

        assertProblemNames(view, "create", qualified(type));
        awaitRefused(server, before);
        assertToldOnce("create", qualified(type));

        account.allowOnly(all(type));
        awaitLeader(view);
        assertThat(view.leadership().problem()).isNull();
    }

    @Test
    void withoutCreateALeaseMadeByHandIsEnough(KubeNamespace namespace) {
        KubeAccount account = namespace.account("member", allBut(LeaseResourceType.Lease, "leases", "create"));
        LeadershipView view = start("a", account.access(), LeaseResourceType.Lease);
        assertProblemNames(view, "create", "leases.coordination.k8s.io");

        namespace
                .client()
                .leases()
                .resource(new LeaseBuilder()
                        .withNewMetadata()
                        .withName("leaders-lock1")
                        .endMetadata()
                        .withNewSpec()
                        .endSpec()
                        .build())
                .create();
        awaitLeader(view);
    }

    // ---- writing

    @ParameterizedTest
    @EnumSource
    void withoutUpdateNobodyLeadsALockThatExists(LeaseResourceType type, KubeServer server, KubeNamespace namespace) {
        LeadershipView former = start("former", namespace.access(), type);
        awaitLeader(former);
        ((KubernetesClusterService) former.getClusterService()).stop();
        KubeAccount account = namespace.account("member", allBut(type, resource(type), "update"));
        double before = refused(server);
        LeadershipView view = start("a", account.access(), type);

        assertProblemNames(view, "update", qualified(type));
        awaitRefused(server, before);
        assertToldOnce("update", qualified(type));

        account.allowOnly(all(type));
        awaitLeader(view);
        assertThat(view.leadership().problem()).isNull();
    }

    @Test
    void withoutUpdateALockThatDoesNotExistYetIsLedOnceForARenewDeadline(KubeNamespace namespace) {
        KubeAccount account = namespace.account("member", allBut(LeaseResourceType.Lease, "leases", "update"));
        LeadershipView view = start("a", account.access(), LeaseResourceType.Lease);
        awaitLeader(view);
        within(KubeMembers.RENEW.plusSeconds(1)).until(() -> !view.isLeader());
        assertProblemNames(view, "update", "leases.coordination.k8s.io");
    }

    @ParameterizedTest
    @EnumSource
    void aPermissionThatIsTakenAwayEndsLeadershipByTheRenewDeadlineAndOneThatIsGrantedLetsTakePartAgain(
            LeaseResourceType type, KubeNamespace namespace) {
        KubeAccount account = namespace.account("member", all(type));
        LeadershipView view = start("a", account.access(), type);
        awaitLeader(view);

        account.allowOnly(allBut(type, resource(type), "update"));
        within(KubeMembers.RENEW.plusMillis(500)).until(() -> !view.isLeader());
        assertProblemNames(view, "update", qualified(type));
        // Once: that it cannot give up the lease either, for the same reason, is no news.
        assertThat(members.warnings("leads, but may lose it: cannot update " + qualified(type)))
                .hasSize(1);
        assertThat(members.warnings("cannot update " + qualified(type))).hasSize(1);
        assertThat(members.logged(Level.INFO, "takes part again", "cannot update"))
                .isEmpty();

        account.allowOnly(all(type));
        // what remains of its own lease, and one look
        within(KubeMembers.LEASE.plusSeconds(2)).until(view::isLeader);
        assertThat(view.leadership().problem()).isNull();
    }

    // ---- watching

    @ParameterizedTest
    @ValueSource(strings = {"watch", "list"})
    void withoutWatchOrListOfLeasesAHandOverTakesUpToTheRetryPeriod(
            String verb, KubeServer server, KubeNamespace namespace) {
        KubeAccount account = namespace.account("member", allBut(LeaseResourceType.Lease, "leases", verb));
        KubernetesClusterService first = members.make("a", namespace.access());
        LeadershipView leader = KubeMembers.start(first, "lock1");
        awaitLeader(leader);
        KubernetesClusterService second = members.make("b", account.access());
        second.setRetryPeriodMillis(2_000);
        LeadershipView follower = KubeMembers.start(second, "lock1");
        awaitLeaderIsKnown(follower, "a");
        // Nothing keeps it from taking part.
        assertThat(follower.leadership().problem()).isNull();
        soon().untilAsserted(() -> assertToldOnce(verb, "leases.coordination.k8s.io"));
        assertThat(members.warnings("cannot " + verb, "allow the verb " + verb + " on leases.coordination.k8s.io"))
                .hasSize(1);

        // It asks once in a retry period; with a watch it would not ask for the lease duration.
        long before = KubeMembers.metrics(server).requests("GET", "leases");
        within(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> KubeMembers.metrics(server).requests("GET", "leases") - before >= 2);
        first.stop();
        within(Duration.ofSeconds(3)).until(follower::isLeader);
        assertToldOnce(verb, "leases.coordination.k8s.io");

        account.allowOnly(all(LeaseResourceType.Lease));
        within(WATCH_RETURNS)
                .until(() -> !members.logged(Level.INFO, "reported again").isEmpty());
        third(namespace, follower);
    }

    /** A hand-over to one whose watch has come back is one of milliseconds. */
    private void third(KubeNamespace namespace, LeadershipView view) {
        LeadershipView other = start("c", namespace.access(), LeaseResourceType.Lease);
        awaitLeaderIsKnown(other, "b");
        view.resign(Duration.ofSeconds(1));
        awaitLeader(other);
        awaitLeaderIsKnown(view, "c");
        ((KubernetesClusterService) other.getClusterService()).stop();
        within(Duration.ofMillis(1_500)).until(view::isLeader);
    }

    @Test
    void withoutWatchOfTheConfigMapAHandOverIsFoundByLooking(KubeNamespace namespace) {
        LeaseResourceType type = LeaseResourceType.ConfigMap;
        KubeAccount account = namespace.account("member", allBut(type, "configmaps", "watch"));
        LeadershipView leader = start("a", namespace.access(), type);
        awaitLeader(leader);
        LeadershipView follower = start("b", account.access(), type);
        awaitLeaderIsKnown(follower, "a");
        soon().untilAsserted(() -> assertToldOnce("watch", "configmaps"));
        ((KubernetesClusterService) leader.getClusterService()).stop();
        within(KubeMembers.RETRY.plusSeconds(1)).until(follower::isLeader);
        account.allowOnly(all(type));
        within(WATCH_RETURNS)
                .until(() -> !members.logged(Level.INFO, "reported again").isEmpty());
        assertToldOnce("watch", "configmaps");
    }

    @Test
    void ofTwoMissingPermissionsToWatchEachIsNamed(KubeNamespace namespace) {
        KubeAccount account = namespace.account(
                "member", KubeAccount.rule("coordination.k8s.io", "leases", "get", "create", "update"));
        LeadershipView view = start("a", account.access(), LeaseResourceType.Lease);
        awaitLeader(view);
        soon().untilAsserted(() -> assertToldOnce("list", "leases.coordination.k8s.io"));
        account.allowOnly(KubeAccount.rule("coordination.k8s.io", "leases", "get", "create", "update", "list"));
        within(WATCH_RETURNS).untilAsserted(() -> assertToldOnce("watch", "leases.coordination.k8s.io"));
        assertToldOnce("list", "leases.coordination.k8s.io");
    }

    // ---- pods

    @ParameterizedTest
    @ValueSource(strings = {"watch", "list"})
    void withoutWatchOrListOfPodsTheMembersAreThoseThatHoldLeases(String verb, KubeNamespace namespace) {
        for (String pod : List.of("a", "b", "c")) {
            KubeMembers.pod(namespace.client(), pod, Map.of("app", "orders"));
        }
        KubeAccount account = namespace.account("member", allBut(LeaseResourceType.Lease, "pods", verb));
        LeadershipView leader = labelled("a", namespace.access());
        awaitLeader(leader);
        awaitMembers(leader, "a", "b", "c");
        LeadershipView follower = labelled("b", account.access());
        awaitLeaderIsKnown(follower, "a");
        awaitMembers(follower, "a", "b");
        assertThat(follower.leadership().problem()).isNull();
        soon().untilAsserted(() -> assertThat(
                        members.logged(Level.INFO, "cannot " + verb + " pods", "allow the verb " + verb + " on pods"))
                .hasSize(1));

        account.allowOnly(all(LeaseResourceType.Lease));
        within(WATCH_RETURNS)
                .untilAsserted(() -> assertThat(KubeMembers.members(follower)).containsExactly("a", "b", "c"));
        assertThat(members.logged(Level.INFO, "cannot " + verb + " pods")).hasSize(1);
    }

    private LeadershipView labelled(String pod, KubeAccess access) {
        KubernetesClusterService service = members.make(pod, access);
        service.setClusterLabels(Map.of("app", "orders"));
        return KubeMembers.start(service, "lock1");
    }

    @Test
    void withoutClusterLabelsPodsAreNeverAskedFor(KubeServer server, KubeNamespace namespace) {
        KubeAccount account = namespace.account(
                "member",
                KubeAccount.rule("coordination.k8s.io", "leases", "get", "create", "update", "list", "watch"));
        double before = podRequests(server);
        LeadershipView view = start("a", account.access(), LeaseResourceType.Lease);
        awaitLeader(view);
        LeadershipView other = start("b", account.access(), LeaseResourceType.Lease);
        awaitLeaderIsKnown(other, "a");
        awaitMembers(other, "a", "b");
        assertThat(podRequests(server)).isEqualTo(before);
        assertThat(members.warnings()).isEmpty();
    }

    private static double podRequests(KubeServer server) {
        KubeMetrics metrics = KubeMembers.metrics(server);
        return Stream.of("LIST", "GET", "WATCH")
                .mapToDouble(verb -> metrics.requests(verb, "pods")
                        + metrics.sum("apiserver_longrunning_requests", Map.of("resource", "pods", "verb", verb)))
                .sum();
    }
}
