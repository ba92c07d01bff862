package io.github.camelmasterlite.kubernetes;

import static io.github.camelmasterlite.kubernetes.WorkingMembers.await;
import static io.github.camelmasterlite.kubernetes.WorkingMembers.stays;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.github.camelmasterlite.kubernetes.FaultProxy.Answered;
import io.github.camelmasterlite.kubernetes.FaultProxy.Fault;
import io.github.camelmasterlite.kubernetes.FaultProxy.Request;
import io.github.camelmasterlite.kubernetes.FaultProxy.Rule;
import io.github.camelmasterlite.kubernetes.WorkingMembers.Member;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Writes that a network holds back for seconds, until much has changed; on a real API server. */
@ExtendWith(ApiServer.class)
class LateWritesIT {

    private static final List<String> LOCKS = List.of("lock1");
    private static final String LEASE = "leaders-lock1";

    private final WorkingMembers members = WorkingMembers.of(3_000, 2_000, 500);

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

    /** A fault that holds a request back until it is let go. */
    private static final class Held implements Fault {
        private final AtomicReference<FaultProxy.@Nullable Passage> passage = new AtomicReference<>();

        @Override
        public void meet(FaultProxy.Passage met) {
            passage.set(met);
        }

        boolean isHeld() {
            return passage.get() != null;
        }

        /** Lets it go, and returns what the server says. */
        Answered release() {
            AtomicReference<@Nullable Answered> answered = new AtomicReference<>();
            FaultProxy.Passage held = Objects.requireNonNull(passage.get());
            held.later(
                    Duration.ofMillis(1),
                    () -> held.forward(answer -> {
                        answered.set(answer);
                        held.answer(answer);
                    }));
            await("the late write arrives", () -> answered.get() != null);
            return Objects.requireNonNull(answered.get());
        }
    }

    private Member leader() {
        Member leader = members.start("a", proxy.access(direct), LOCKS);
        await("a leads", leader::leadsAll);
        return leader;
    }

    private Member configMapLeader() {
        Member leader = members.start(
                "a", proxy.access(direct), LOCKS, service -> service.setLeaseResourceType(LeaseResourceType.ConfigMap));
        await("a leads", leader::leadsAll);
        return leader;
    }

    /** Holds back the next renewal, and all that follow, so that the first stays the newest. */
    private Held holdRenewals() {
        Held held = new Held();
        proxy.next(1, Request::isPut, held);
        proxy.always(Request::isPut, Fault.silence());
        await("a renewal is on its way", held::isHeld);
        return held;
    }

    private @Nullable Lease lease() {
        return admin.leases().withName(LEASE).get();
    }

    @Test
    void aRenewalThatArrivesAfterItsMemberHasStoppedDoesNotBringBackADeletedLease() {
        Member leader = leader();
        Held renewal = holdRenewals();
        admin.leases().withName(LEASE).delete();
        leader.stop();
        assertThat(renewal.release().code()).isEqualTo(409);
        assertThat(lease()).isNull();
    }

    @Test
    void aReleaseThatArrivesLateDoesNotBringBackADeletedLease() {
        Member leader = leader();
        Held release = new Held();
        Rule held = proxy.next(
                1, request -> request.isPut() && !request.json().path("spec").has("holderIdentity"), release);
        Thread stopping = new Thread(leader::stop, "stopping");
        stopping.start();
        await("the release is on its way", () -> held.hits() == 1);
        admin.leases().withName(LEASE).delete();
        await("a has stopped", () -> !stopping.isAlive());
        assertThat(release.release().code()).isEqualTo(409);
        assertThat(lease()).isNull();
    }

    @Test
    void aRenewalThatArrivesLateDoesNotReplaceALeaseThatOthersHaveCreatedMeanwhile() {
        leader();
        Held renewal = holdRenewals();
        Member other = members.start("b", direct, LOCKS);
        admin.leases().withName(LEASE).delete();
        await("b leads", other::leadsAll);
        assertThat(renewal.release().code()).isEqualTo(409);
        assertThat(Objects.requireNonNull(lease()).getSpec().getHolderIdentity())
                .isEqualTo("b");
        stays("b leads on", Duration.ofSeconds(1), other::leadsAll);
    }

    @Test
    void aRenewalThatArrivesLateDoesNotTakeTheLeaseBack() {
        Member leader = leader();
        Held renewal = holdRenewals();
        Member other = members.start("b", direct, LOCKS);
        await("b leads", other::leadsAll);
        assertThat(leader.leads("lock1")).isFalse();
        assertThat(renewal.release().code()).isEqualTo(409);
        stays("b leads on", Duration.ofSeconds(1), other::leadsAll);
        assertThat(members.tenures("lock1")).isEqualTo(2);
    }

    /** It still counts for nothing that others read as a sign of life sent after the deadline. */
    @Test
    void aRenewalThatIsDoneAfterTheDeadlineDoesNotReviveTheTenureItWasFor() {
        Member leader = leader();
        long token = leader.view("lock1").leadership().fencingToken();
        Held renewal = holdRenewals();
        await("a has stopped its work", () -> members.working("lock1") == 0);
        assertThat(renewal.release().code()).isEqualTo(200);
        assertThat(leader.leads("lock1")).isFalse();
        assertThat(members.work("lock1"))
                .singleElement()
                .satisfies(work -> assertThat(work.token()).isEqualTo(token));
    }

    @Test
    void aCreationThatArrivesLateDoesNotReplaceWhatOthersHaveCreated() {
        Held creation = new Held();
        proxy.next(1, Request::isPost, creation);
        proxy.always(Request::isPost, Fault.silence());
        members.start("a", proxy.access(direct), LOCKS);
        await("a creation is on its way", creation::isHeld);
        Member other = members.start("b", direct, LOCKS);
        await("b leads", other::leadsAll);
        assertThat(creation.release().code()).isEqualTo(409);
        stays("b leads on", Duration.ofSeconds(1), other::leadsAll);
        assertThat(members.tenures("lock1")).isEqualTo(1);
    }

    @Test
    void aRenewalThatArrivesLateDoesNotBringBackADeletedConfigMap() {
        Member leader = configMapLeader();
        Held renewal = holdRenewals();
        admin.configMaps().withName("leaders").delete();
        leader.stop();
        assertThat(renewal.release().code()).isIn(404, 409);
        assertThat(admin.configMaps().withName("leaders").get()).isNull();
    }

    @Test
    void aRenewalThatArrivesLateDoesNotOverwriteAConfigMapThatOthersHaveCreatedMeanwhile() {
        Member leader = configMapLeader();
        Held renewal = holdRenewals();
        admin.configMaps().withName("leaders").delete();
        leader.stop();
        create(new ConfigMapBuilder()
                .withNewMetadata()
                .withName("leaders")
                .endMetadata()
                .addToData("theirs", "kept")
                .build());
        assertThat(renewal.release().code()).isEqualTo(409);
        assertThat(admin.configMaps().withName("leaders").get().getData()).containsOnlyKeys("theirs");
    }

    private void create(ConfigMap map) {
        admin.configMaps().resource(map).create();
    }

    @Test
    void aRenewalThatArrivesLateDoesNotOverwriteWhatOthersHaveWrittenIntoTheConfigMap() {
        Member leader = configMapLeader();
        Held renewal = holdRenewals();
        admin.configMaps()
                .withName("leaders")
                .edit(map ->
                        new ConfigMapBuilder(map).addToData("theirs", "kept").build());
        assertThat(renewal.release().code()).isEqualTo(409);
        leader.stop();
        assertThat(admin.configMaps().withName("leaders").get().getData()).containsEntry("theirs", "kept");
    }
}
