package io.github.camelmasterlite.kubernetes;

import static io.github.camelmasterlite.kubernetes.WorkingMembers.await;
import static io.github.camelmasterlite.kubernetes.WorkingMembers.stays;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.github.camelmasterlite.history.Work;
import io.github.camelmasterlite.kubernetes.WorkingMembers.Member;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What people do to a Lease, as docs/kubernetes.md states it: two members, of which a leads all locks, and a real API server. All edits are made at the same time, each to the Lease of a lock of its own;
 * each test waits for what becomes of one of them.
 */
@ExtendWith(ApiServer.class)
class EditedByHandIT {

    private static final String TIME = "2026-11-21T08:33:53.071234Z";
    private static final Duration LEASE_DURATION = Duration.ofSeconds(4);

    /** Of which a renewal follows after half, and a fifth of that half at most. */
    private static final Duration RENEW_DEADLINE = Duration.ofMillis(2_600);

    /** For what a watch reports. */
    private static final Duration AT_ONCE = Duration.ofSeconds(1);

    /** By lock, which says what is done to its Lease, a JSON merge patch. */
    private static final Map<String, String> EDITS = edits();

    private static final List<String> LOCKS = Stream.concat(
                    EDITS.keySet().stream(), Stream.of("deleted", "created-again", "renewed-by-another"))
            .toList();

    private static final List<String> MAP_LOCKS = List.of("map-holder", "map-garbage", "map-emptied");

    private static Map<String, String> edits() {
        Map<String, String> edits = new LinkedHashMap<>();
        edits.put("holder", "{'spec':{'holderIdentity':'c'}}");
        edits.put(
                "holder-and-time",
                "{'spec':{'holderIdentity':'c','leaseDurationSeconds':2,'renewTime':'" + TIME + "'}}");
        edits.put(
                "holder-without-duration",
                "{'spec':{'holderIdentity':'c','leaseDurationSeconds':null,'renewTime':'" + TIME + "'}}");
        edits.put("no-holder", "{'spec':{'holderIdentity':null}}");
        edits.put("no-spec", "{'spec':null}");
        edits.put("no-duration", "{'spec':{'leaseDurationSeconds':null}}");
        edits.put("future", "{'spec':{'renewTime':'2099-12-31T23:59:59.999999Z'}}");
        edits.put("past", "{'spec':{'renewTime':'2001-01-01T00:00:00.000001Z'}}");
        edits.put("zone", "{'spec':{'renewTime':'2026-11-21T09:33:53.500000+01:00'}}");
        edits.put("no-signature", "{'metadata':{'annotations':{'" + LeaseObject.SIGNATURE + "':null}}}");
        edits.put("foreign", "{'metadata':{'labels':{'team':'payments'},'annotations':{'note':'by hand'}}}");
        return edits;
    }

    private static final Map<String, Long> EDITED = new HashMap<>();
    private static final Map<String, Long> TOKENS = new HashMap<>();

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static WorkingMembers members;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static KubernetesClient admin;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static KubeAccess access;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static Member leader;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static Member follower;

    private static @Nullable String createdAgain;

    @BeforeAll
    static void editAll(KubeNamespace namespace) {
        admin = namespace.client();
        access = namespace.access();
        members = WorkingMembers.of(LEASE_DURATION, RENEW_DEADLINE, Duration.ofMillis(500));
        leader = members.start("a", access, LOCKS);
        await("a leads", leader::leadsAll);
        follower = members.start("b", access, LOCKS);
        for (String lock : LOCKS) {
            await(
                    "b knows who leads " + lock,
                    () -> leaderSeenBy(follower, lock).equals("a"));
            TOKENS.put(lock, leader.view(lock).leadership().fencingToken());
        }
        EDITS.forEach((lock, json) -> edited(lock, () -> patch(lock, json)));
        edited("deleted", () -> admin.leases().withName("leaders-deleted").delete());
        edited("created-again", () -> {
            Lease before = lease("created-again");
            createdAgain = before.getMetadata().getUid();
            admin.leases().withName("leaders-created-again").delete();
            admin.leases()
                    .resource(new LeaseBuilder(before)
                            .editMetadata()
                            .withUid(null)
                            .withResourceVersion(null)
                            .endMetadata()
                            .build())
                    .create();
        });
        editMap();
    }

    @AfterAll
    static void judge() {
        // at most one worked under each lock at any time
        members.close();
    }

    private static void edited(String lock, Runnable edit) {
        EDITED.put(lock, System.nanoTime());
        edit.run();
    }

    private static void patch(String lock, String json) {
        admin.leases()
                .withName("leaders-" + lock)
                .patch(PatchContext.of(PatchType.JSON_MERGE), json.replace('\'', '"'));
    }

    private static String leaderSeenBy(Member member, String lock) {
        return Objects.requireNonNullElse(member.view(lock).leadership().leader(), "");
    }

    private static Lease lease(String lock) {
        return Objects.requireNonNull(admin.leases().withName("leaders-" + lock).get());
    }

    private static long editedNanos(String lock) {
        return Objects.requireNonNull(EDITED.get(lock));
    }

    /** The leader goes on under the same tenure, for longer than anybody would wait. */
    private static void assertNothingHappens(String lock) {
        long until =
                editedNanos(lock) + LEASE_DURATION.multipliedBy(2).plus(AT_ONCE).toNanos();
        await(lock + ": long enough", () -> System.nanoTime() - until > 0);
        Work first = members.work(lock).get(0);
        assertThat(first.mayRunAt(until)).as(first.toString()).isTrue();
        assertThat(first.token()).isEqualTo(TOKENS.get(lock));
    }

    /** The leader stops its work at once, and one works again no sooner and not much later than this after the edit. */
    private static void assertOneLeadsAgain(String lock, Duration earliest, Duration latest) {
        await(lock + ": one leads", () -> members.tenures(lock) >= 2);
        List<Work> works = members.work(lock);
        assertThat(Duration.ofNanos(works.get(0).latestEndNanos() - editedNanos(lock)))
                .as("until a stopped its work")
                .isLessThan(AT_ONCE);
        assertThat(Duration.ofNanos(works.get(1).startNanos() - editedNanos(lock)))
                .isBetween(earliest, latest.plus(AT_ONCE));
        assertThat(works.get(1).token()).isGreaterThan(Objects.requireNonNull(TOKENS.get(lock)));
    }

    /** As for a holder that has vanished: the time counts from the renewal that was seen last, before the edit. */
    private static void assertOneLeadsOnceTheLeaseHasRunOut(String lock) {
        assertOneLeadsAgain(lock, LEASE_DURATION.minus(RENEW_DEADLINE), LEASE_DURATION);
    }

    @Test
    void aLeaseThatWasDeletedIsCreatedAgainOnceItWouldHaveRunOut() {
        assertOneLeadsOnceTheLeaseHasRunOut("deleted");
        assertThat(lease("deleted").getMetadata().getLabels()).containsEntry(LeaseObject.LABEL, "leaders");
    }

    @Test
    void aLeaseThatWasDeletedAndCreatedAgainByHandNeverHasTwoLeaders() {
        stays("at most one works", LEASE_DURATION, () -> members.working("created-again") <= 1);
        await("one leads", () -> members.working("created-again") == 1);
        assertThat(lease("created-again").getMetadata().getUid()).isNotEqualTo(createdAgain);
    }

    /** Whoever replaces the name and nothing else leaves the signature valid, and so a holder of our kind. */
    @Test
    void aHolderThatWasReplacedByNameAloneIsRespectedForTheDurationOfTheLease() {
        assertOneLeadsAgain("holder", LEASE_DURATION, LEASE_DURATION);
    }

    /** As client-go takes it: the renewal is another, so that the signature does not fit any more. */
    @Test
    void anotherHolderIsRespectedForTwiceTheDurationThatTheLeaseStates() {
        assertOneLeadsAgain("holder-and-time", Duration.ofSeconds(4), Duration.ofSeconds(4));
    }

    @Test
    void anotherHolderWithoutDurationIsRespectedForTwiceTheOwnDuration() {
        assertOneLeadsAgain("holder-without-duration", LEASE_DURATION.multipliedBy(2), LEASE_DURATION.multipliedBy(2));
    }

    @Test
    void anotherHolderThatRenewsIsRespectedForAsLongAsItDoes() {
        String lock = "renewed-by-another";
        patch(lock, "{'spec':{'holderIdentity':'c','leaseDurationSeconds':1}}");
        await("a stops its work", () -> members.working(lock) == 0);
        for (int second = 10; second < 14; second++) {
            patch(lock, "{'spec':{'renewTime':'2001-01-01T00:00:" + second + ".000000Z'}}");
            stays("nobody leads", Duration.ofSeconds(1), () -> members.working(lock) == 0);
        }
        await("one leads", () -> members.working(lock) == 1);
    }

    @Test
    void aHolderThatWasRemovedCountsAsOneThatHasVanished() {
        assertOneLeadsOnceTheLeaseHasRunOut("no-holder");
    }

    @Test
    void aSpecThatWasRemovedCountsAsAHolderThatHasVanished() {
        assertOneLeadsOnceTheLeaseHasRunOut("no-spec");
    }

    @Test
    void aDurationThatWasRemovedIsWrittenAgainByTheNextRenewal() {
        assertNothingHappens("no-duration");
        assertThat(lease("no-duration").getSpec().getLeaseDurationSeconds()).isEqualTo(4);
    }

    /** The signature does not fit any more; whether the time has come makes no difference. */
    @ParameterizedTest
    @ValueSource(strings = {"future", "past", "zone"})
    void aRenewTimeThatWasEditedCountsAsAnotherHolderAndIsComparedWithNoClock(String lock) {
        assertOneLeadsAgain(lock, LEASE_DURATION.multipliedBy(2), LEASE_DURATION.multipliedBy(2));
        ZonedDateTime first = lease(lock).getSpec().getRenewTime();
        await("it is renewed", () -> lease(lock).getSpec().getRenewTime().isAfter(first));
    }

    @Test
    void aSignatureThatWasRemovedCountsAsAnotherHolder() {
        assertOneLeadsAgain("no-signature", LEASE_DURATION.multipliedBy(2), LEASE_DURATION.multipliedBy(2));
        assertThat(lease("no-signature").getMetadata().getAnnotations()).containsKey(LeaseObject.SIGNATURE);
    }

    @Test
    void labelsAndAnnotationsOfOthersSurviveRenewalsAndHandOver() {
        assertNothingHappens("foreign");
        leader.view("foreign").resign(Duration.ofSeconds(30));
        await("b leads", () -> follower.leads("foreign"));
        assertThat(lease("foreign").getMetadata().getLabels()).containsEntry("team", "payments");
        assertThat(lease("foreign").getMetadata().getAnnotations()).containsEntry("note", "by hand");
        assertThat(lease("foreign").getSpec().getHolderIdentity()).isEqualTo("b");
    }

    /** What the API server does not take, nobody has to understand. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'spec':{'leaseDurationSeconds':0}}",
                "{'spec':{'leaseDurationSeconds':-1}}",
                "{'spec':{'renewTime':'yesterday'}}",
                "{'spec':{'renewTime':'2026-11-21T08:33:53Z'}}",
                "{'spec':{'renewTime':'2026-11-21T08:33:53.071Z'}}",
                "{'spec':{'renewTime':'2026-11-21T08:33:53.071234567Z'}}",
                "{'spec':{'holderIdentity':7}}"
            })
    void theServerItselfRefuses(String edit) {
        assertThatThrownBy(() -> patch("no-duration", edit)).isInstanceOf(KubernetesClientException.class);
    }

    @Test
    void anEmptyLeaseThatWasThereBeforeIsTaken() {
        admin.leases()
                .resource(new LeaseBuilder()
                        .withNewMetadata()
                        .withName("leaders-prepared")
                        .endMetadata()
                        .build())
                .create();
        leader.standFor(List.of("prepared"));
        await("a leads", () -> leader.leads("prepared"));
    }

    /** No controller removes what is in it here, so that the object is deleted by the test. */
    @Test
    void aNamespaceThatWasDeletedMeansThatNobodyLeadsAndTheProblemNamesIt(KubeNamespace other) {
        List<String> lock = List.of("lock1");
        Member first = members.start("c", other.access(), lock);
        await("c leads", first::leadsAll);
        Member second = members.start("d", other.access(), lock);
        admin.namespaces().withName(other.name()).delete();
        other.client().leases().withName("leaders-lock1").delete();
        await("c stops its work", () -> members.working("lock1") == 0);
        for (Member member : List.of(first, second)) {
            await(member.name() + " says why", () -> member.problem("lock1").contains(other.name()));
        }
        stays("nobody leads", LEASE_DURATION, () -> members.working("lock1") == 0);
    }

    @Test
    void aConfigMapEditedByHandNeverHasTwoLeaders() {
        for (String lock : MAP_LOCKS) {
            await(lock + ": one leads again", () -> members.tenures(lock) >= 2 && members.working(lock) == 1);
        }
        admin.configMaps().withName("leaders").delete();
        for (String lock : MAP_LOCKS) {
            await(lock + ": one leads again", () -> members.tenures(lock) >= 3 && members.working(lock) == 1);
        }
    }

    private static void editMap() {
        Member first = members.start("e", access, MAP_LOCKS, EditedByHandIT::useConfigMap);
        await("e leads", first::leadsAll);
        members.start("f", access, MAP_LOCKS, EditedByHandIT::useConfigMap);
        admin.configMaps().withName("leaders").edit(map -> {
            map.getData().put("leader.pod.map-holder", "somebody");
            map.getData().put("leader.lease.map-garbage", "garbage");
            map.getData().remove("leader.pod.map-emptied");
            return map;
        });
    }

    private static void useConfigMap(KubernetesClusterService service) {
        service.setLeaseResourceType(LeaseResourceType.ConfigMap);
    }
}
