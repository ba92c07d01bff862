package io.github.camelmasterlite.kubernetes;

import static io.github.camelmasterlite.kubernetes.WorkingMembers.await;
import static io.github.camelmasterlite.kubernetes.WorkingMembers.stays;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.github.camelmasterlite.kubernetes.FaultProxy.Fault;
import io.github.camelmasterlite.kubernetes.FaultProxy.Request;
import io.github.camelmasterlite.kubernetes.FaultProxy.Rule;
import io.github.camelmasterlite.kubernetes.WorkingMembers.Member;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Watches that end, lie or fall silent. The leader a speaks with the API server itself, the follower b through what disturbs its watches. */
@ExtendWith(ApiServer.class)
class WatchFaultsIT {

    private static final List<String> LOCKS = List.of("lock1");
    private static final String LEASE = "leaders-lock1";
    private static final long RETRY_MILLIS = 1_000;

    /** Well below the retry period: so fast only a watch can be. */
    private static final Duration AT_ONCE = Duration.ofMillis(RETRY_MILLIS / 2);

    private final WorkingMembers members = WorkingMembers.of(3_000, 2_000, RETRY_MILLIS);

    @SuppressWarnings("NullAway.Init") // set before each test
    private KubernetesClient admin;

    @SuppressWarnings("NullAway.Init") // set before each test
    private KubeAccess direct;

    @SuppressWarnings("NullAway.Init") // set before each test
    private FaultProxy proxy;

    @BeforeEach
    void namespace(KubeNamespace namespace) {
        admin = namespace.client();
        direct = namespace.access();
        proxy = new FaultProxy(direct);
    }

    @AfterEach
    void judge() {
        members.close();
        proxy.close();
        proxy.answered().forEach(WrittenRequests::check);
    }

    private Member leader() {
        Member leader = members.start("a", direct, LOCKS);
        await("a leads", leader::leadsAll);
        return leader;
    }

    private Member follower() {
        Member follower = members.start("b", proxy.access(direct), LOCKS);
        await("b knows who leads", () -> leaderSeenBy(follower).equals("a"));
        return follower;
    }

    private Member watchingFollower() {
        Member follower = follower();
        await("b watches", () -> proxy.watches("leases") == 1);
        return follower;
    }

    private static String leaderSeenBy(Member member) {
        return Objects.requireNonNullElse(member.view("lock1").leadership().leader(), "");
    }

    /** From the release by a, as the server has it, to b's work. */
    private void assertHandsOverWithin(Duration bound, Member from, Member to) {
        from.stop();
        await("b leads", to::leadsAll);
        await("and works", () -> members.work("lock1").size() > 1);
        long ended = members.work("lock1").get(0).latestEndNanos();
        long begun = members.work("lock1").get(1).startNanos();
        assertThat(Duration.ofNanos(begun - ended)).isLessThan(bound);
    }

    @Test
    void aWatchThatIsRefusedForEverMeansLookingOncePerRetryPeriodAndIsSaid() {
        try (CapturedLog log = new CapturedLog("io.github.camelmasterlite")) {
            Rule refused = proxy.always(Request::isWatch, Fault.refusal(500, "InternalError"));
            Member leader = leader();
            Member follower = follower();
            await("it is said", () -> log.count("WARN", "watch", "500", "retryPeriod") == 1);
            Duration observed = Duration.ofSeconds(6);
            long gets = proxy.count(Request::isGet);
            long watches = refused.hits();
            stays("b follows", observed, () -> leaderSeenBy(follower).equals("a"));
            assertThat(proxy.count(Request::isGet) - gets).isBetween(3L, observed.toMillis() / RETRY_MILLIS + 1);
            assertThat(refused.hits() - watches).as("no tight loop").isLessThan(10);
            assertHandsOverWithin(Duration.ofMillis(RETRY_MILLIS).plus(AT_ONCE), leader, follower);
            assertThat(log.count("WARN", "watch")).as("said once").isEqualTo(1);
        }
    }

    @Test
    void aWatchThatIsRefusedForAWhileIsOpenedAgainAndThatIsSaid() {
        try (CapturedLog log = new CapturedLog("io.github.camelmasterlite")) {
            Rule refused = proxy.always(Request::isWatch, Fault.refusal(500, "InternalError"));
            Member leader = leader();
            Member follower = follower();
            await("it is said", () -> log.count("WARN", "watch", "500") == 1);
            refused.end();
            await("b watches", () -> proxy.watches("leases") == 1);
            await("that is said", () -> log.count("INFO", "watch", "again") == 1);
            assertHandsOverWithin(AT_ONCE, leader, follower);
        }
    }

    @Test
    void aWatchThatDiesWithoutAWordIsFoundAndOpenedAgain() {
        Member leader = leader();
        Member follower = watchingFollower();
        long watches = proxy.count(Request::isWatch);
        proxy.mute();
        await("b opens another", () -> proxy.count(Request::isWatch) == watches + 1);
        await("it is open", () -> proxy.watches("leases") >= 1);
        stays("a leads on", Duration.ofSeconds(1), leader::leadsAll);
        assertHandsOverWithin(AT_ONCE, leader, follower);
    }

    @Test
    void aWatchThatDiesWithoutAWordDoesNotDelayATakeOverBeyondTheLease() {
        Member leader = leader();
        Member follower = watchingFollower();
        proxy.mute();
        leader.stop();
        // With a watch that is believed to live it looks after three quarters of the lease duration.
        await("b leads", Duration.ofSeconds(3).plus(AT_ONCE), follower::leadsAll);
    }

    @Test
    void aWatchWhoseVersionIsGoneListsAgain() {
        Member leader = leader();
        Member follower = watchingFollower();
        long lists = proxy.count(Request::isList);
        long watches = proxy.count(Request::isWatch);
        proxy.say(
                "leases",
                "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\","
                        + "\"message\":\"too old resource version: 1 (2)\",\"reason\":\"Expired\",\"code\":410}}");
        await("b lists", () -> proxy.count(Request::isList) == lists + 1);
        await("b opens another", () -> proxy.count(Request::isWatch) == watches + 1);
        await("it is open", () -> proxy.watches("leases") >= 1);
        stays("a leads on", Duration.ofSeconds(1), leader::leadsAll);
        assertThat(proxy.count(Request::isWatch)).isEqualTo(watches + 1);
        assertHandsOverWithin(AT_ONCE, leader, follower);
    }

    @Test
    void aWatchThatIsCutIsOpenedAgainAtOnceFromTheVersionReportedLast() {
        Member leader = leader();
        Member follower = watchingFollower();
        long lists = proxy.count(Request::isList);
        long watches = proxy.count(Request::isWatch);
        proxy.down();
        proxy.up();
        await("b opens another", () -> proxy.count(Request::isWatch) > watches);
        await("it is open", () -> proxy.watches("leases") == 1);
        assertThat(proxy.count(Request::isList)).isEqualTo(lists);
        assertHandsOverWithin(AT_ONCE, leader, follower);
    }

    /** The leader itself watches through the proxy here, which tells it what has long been replaced. */
    @Test
    void anEarlierVersionThatIsReplayedChangesNothing() {
        Lease other = new LeaseBuilder()
                .withNewMetadata()
                .withName(LEASE)
                .addToLabels(LeaseObject.LABEL, "leaders")
                .endMetadata()
                .withNewSpec()
                .withHolderIdentity("somebody")
                .withLeaseDurationSeconds(1)
                .endSpec()
                .build();
        Lease created = admin.leases().resource(other).create();
        Member leader = members.start("a", proxy.access(direct), LOCKS);
        await("a leads", leader::leadsAll);
        Member follower = members.start("b", proxy.access(direct), LOCKS);
        await("b knows who leads", () -> leaderSeenBy(follower).equals("a"));
        await("both watch", () -> proxy.watches("leases") == 2);
        long token = leader.view("lock1").leadership().fencingToken();
        String old = admin.getKubernetesSerialization().asJson(created);
        for (String type : List.of("MODIFIED", "ADDED")) {
            proxy.say("leases", "{\"type\":\"" + type + "\",\"object\":" + old.replace("\n", "") + "}");
        }
        stays(
                "a leads on, and b knows",
                Duration.ofSeconds(3),
                () -> leader.leads("lock1") && leaderSeenBy(follower).equals("a"));
        assertThat(leader.view("lock1").leadership().fencingToken()).isEqualTo(token);
    }

    @Test
    void aDeletionThatIsReplayedChangesNothing() {
        Member leader = members.start("a", proxy.access(direct), LOCKS);
        await("a leads", leader::leadsAll);
        await("a watches", () -> proxy.watches("leases") == 1);
        long token = leader.view("lock1").leadership().fencingToken();
        String old = admin.getKubernetesSerialization()
                .asJson(admin.leases().withName(LEASE).get())
                .replace("\n", "");
        proxy.say("leases", "{\"type\":\"DELETED\",\"object\":" + old + "}");
        stays("a leads on", Duration.ofSeconds(3), leader::leadsAll);
        assertThat(leader.view("lock1").leadership().fencingToken()).isEqualTo(token);
    }

    /** For a watch by label that is a deletion. */
    @Test
    void aLabelThatIsRemovedIsRestoredByTheNextRenewalAndNothingElseHappens() {
        Member leader = members.start("a", proxy.access(direct), LOCKS);
        await("a leads", leader::leadsAll);
        Member follower = watchingFollower(2);
        long token = leader.view("lock1").leadership().fencingToken();
        // A renewal between its reading and its writing is a conflict, of which the one who edits is told.
        Awaitility.await("the label is removed")
                .atMost(WorkingMembers.BOUND)
                .ignoreExceptionsMatching(e -> e instanceof KubernetesClientException refused
                        && refused.getCode() == HttpURLConnection.HTTP_CONFLICT)
                .until(() -> admin.leases()
                                .withName(LEASE)
                                .edit(lease -> new LeaseBuilder(lease)
                                        .editMetadata()
                                        .withLabels(java.util.Map.of("team", "a"))
                                        .endMetadata()
                                        .build())
                        != null);
        Awaitility.await("the label is back")
                .atMost(WorkingMembers.BOUND)
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(() -> assertThat(admin.leases()
                                .withName(LEASE)
                                .get()
                                .getMetadata()
                                .getLabels())
                        .containsEntry("team", "a")
                        .containsEntry(LeaseObject.LABEL, "leaders"));
        stays(
                "a leads on, and b knows",
                Duration.ofSeconds(3),
                () -> leader.leads("lock1") && leaderSeenBy(follower).equals("a"));
        assertThat(leader.view("lock1").leadership().fencingToken()).isEqualTo(token);
        assertHandsOverWithin(AT_ONCE, leader, follower);
    }

    private Member watchingFollower(int watches) {
        Member follower = follower();
        await("b watches", () -> proxy.watches("leases") == watches);
        return follower;
    }

    /** What is no JSON, and what is no event. */
    @Test
    void garbageInAWatchChangesNothing() {
        Member leader = members.start("a", proxy.access(direct), LOCKS);
        await("a leads", leader::leadsAll);
        Member follower = watchingFollower(2);
        ObjectNode nonsense = KubeApi.newObject().put("type", "MODIFIED").put("object", "text");
        for (String line :
                List.of("<html>", "", "{", "[]", "{}", "{\"type\":\"MODIFIED\",\"object\":{}}", nonsense.toString())) {
            proxy.say("leases", line);
        }
        stays(
                "a leads on, and b knows",
                Duration.ofSeconds(2),
                () -> leader.leads("lock1") && leaderSeenBy(follower).equals("a"));
        assertHandsOverWithin(AT_ONCE, leader, follower);
    }
}
