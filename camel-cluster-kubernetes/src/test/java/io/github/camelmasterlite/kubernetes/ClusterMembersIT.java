package io.github.camelmasterlite.kubernetes;

import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitLeader;
import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitLeaderIsKnown;
import static io.github.camelmasterlite.kubernetes.KubeMembers.awaitMembers;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.github.camelmasterlite.cluster.LeadershipView;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is a member, by what a kubelet says of pods; and that it decides nothing. */
@ExtendWith(ApiServer.class)
class ClusterMembersIT {

    private static final Map<String, String> LABELS =
            Map.of("app.kubernetes.io/name", "orders.v2", "group", "payments");

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

    private LeadershipView start(String pod, KubeNamespace namespace) {
        KubernetesClusterService service = members.make(pod, namespace.access());
        service.setClusterLabels(LABELS);
        return KubeMembers.start(service, "lock1");
    }

    private static void pod(KubeNamespace namespace, String name) {
        KubeMembers.pod(namespace.client(), name, LABELS);
    }

    private static void status(KubeNamespace namespace, String name, String phase, String ready) {
        KubernetesClient client = namespace.client();
        Pod pod = new PodBuilder(client.pods().withName(name).get())
                .withNewStatus()
                .withPhase(phase)
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready)
                .endCondition()
                .endStatus()
                .build();
        client.resource(pod).patchStatus();
    }

    @Test
    void membersArePodsWithAllOfTheLabelsWhateverCharactersTheyHave(KubeNamespace namespace) {
        pod(namespace, "a");
        pod(namespace, "b");
        KubeMembers.pod(namespace.client(), "half", Map.of("app.kubernetes.io/name", "orders.v2"));
        KubeMembers.pod(namespace.client(), "other", Map.of("app.kubernetes.io/name", "orders", "group", "payments"));
        LeadershipView view = start("a", namespace);
        awaitLeader(view);
        awaitMembers(view, "a", "b");
        pod(namespace, "c");
        awaitMembers(view, "a", "b", "c");
        assertThat(namespace
                        .client()
                        .leases()
                        .withName("leaders-lock1")
                        .get()
                        .getMetadata()
                        .getLabels())
                .containsAllEntriesOf(LABELS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Failed", "Succeeded"})
    void aPodThatWillNotRunAgainIsNoMember(String phase, KubeNamespace namespace) {
        pod(namespace, "a");
        pod(namespace, "b");
        LeadershipView view = start("a", namespace);
        awaitMembers(view, "a", "b");
        status(namespace, "b", phase, "False");
        awaitMembers(view, "a");
    }

    @Test
    void aPodThatIsBeingDeletedIsNoMember(KubeNamespace namespace) {
        pod(namespace, "a");
        pod(namespace, "b");
        LeadershipView view = start("a", namespace);
        awaitMembers(view, "a", "b");
        namespace.client().pods().withName("b").withGracePeriod(60).delete();
        awaitMembers(view, "a");
        // It is still there: a kubelet would say when its containers have ended.
        assertThat(namespace.client().pods().withName("b").get().getMetadata().getDeletionTimestamp())
                .isNotNull();
    }

    @Test
    void aPodThatIsGoneIsNoMember(KubeNamespace namespace) {
        pod(namespace, "a");
        pod(namespace, "b");
        LeadershipView view = start("a", namespace);
        awaitMembers(view, "a", "b");
        namespace.client().pods().withName("b").withGracePeriod(0).delete();
        awaitMembers(view, "a");
    }

    @Test
    void aPodThatIsNotReadyIsAMember(KubeNamespace namespace) {
        pod(namespace, "a");
        LeadershipView view = start("a", namespace);
        awaitMembers(view, "a");
        pod(namespace, "b");
        awaitMembers(view, "a", "b");
        status(namespace, "b", "Running", "True");
        status(namespace, "b", "Running", "False");
        pod(namespace, "c"); // seen after what was said of b
        awaitMembers(view, "a", "b", "c");
    }

    @Test
    void whatIsSaidOfPodsDecidesNothing(KubeNamespace namespace) {
        pod(namespace, "a");
        pod(namespace, "b");
        LeadershipView leader = start("a", namespace);
        awaitLeader(leader);
        LeadershipView follower = start("b", namespace);
        awaitLeaderIsKnown(follower, "a");
        awaitMembers(follower, "a", "b");
        long token = leader.leadership().fencingToken();

        status(namespace, "a", "Running", "False");
        status(namespace, "a", "Failed", "False");
        awaitMembers(follower, "b");
        namespace.client().pods().withName("a").withGracePeriod(0).delete();
        pod(namespace, "c");
        awaitMembers(follower, "b", "c");

        assertThat(leader.isLeader()).isTrue();
        assertThat(leader.leadership().fencingToken()).isEqualTo(token);
        assertThat(follower.leadership().leader()).isEqualTo("a");
        // Itself a member always is.
        awaitMembers(leader, "a", "b", "c");
    }

    @Test
    void afterAnInterruptionTheMembersAreThePodsAgain(KubeServer server, KubeNamespace namespace) throws Exception {
        pod(namespace, "a");
        pod(namespace, "b");
        LeadershipView view = start("a", namespace);
        awaitMembers(view, "a", "b");
        server.kill();
        awaitMembers(view, "a");
        server.start();
        awaitMembers(view, "a", "b");
    }
}
