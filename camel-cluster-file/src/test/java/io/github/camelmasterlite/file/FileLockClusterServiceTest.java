package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.cluster.LeadershipView;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.cluster.CamelClusterMember;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileLockClusterServiceTest {

    @TempDir
    Path root;

    private final List<FileLockClusterService> services = new ArrayList<>();

    @AfterEach
    void stopServices() {
        services.forEach(FileLockClusterService::stop);
    }

    private FileLockClusterService service(String id) {
        FileLockClusterService service = new FileLockClusterService();
        service.setId(id);
        service.setRoot(root.toString());
        service.start();
        services.add(service);
        return service;
    }

    private static void awaitLeader(LeadershipView view) {
        await().atMost(Duration.ofSeconds(5)).pollInterval(Duration.ofMillis(2)).until(view::isLeader);
    }

    @Test
    void aloneItLeads() throws Exception {
        LeadershipView view = service("a").getView("lock1");
        awaitLeader(view);
        assertThat(view.leadership().leader()).isEqualTo("a");
        assertThat(Files.readString(root.resolve("lock1.leader")))
                .contains("\nepoch=" + view.leadership().fencingToken() + "\n");
        assertThat(Long.parseLong(Files.readString(root.resolve("lock1.epoch")).strip()))
                .isGreaterThanOrEqualTo(view.leadership().fencingToken());
    }

    @Test
    void theSecondMemberTakesOverWithinMillisecondsWhenTheFirstStops() throws Exception {
        FileLockClusterService a = service("a");
        LeadershipView first = a.getView("lock1");
        awaitLeader(first);
        long token = first.leadership().fencingToken();
        LeadershipView second = service("b").getView("lock1");
        await().atMost(Duration.ofSeconds(5))
                .until(() -> "a".equals(second.leadership().leader()));
        assertThat(second.isLeader()).isFalse();
        a.stop();
        assertThat(first.isLeader()).isFalse();
        awaitLeader(second);
        assertThat(second.leadership().fencingToken()).isGreaterThan(token);
        assertThat(second.leadership().term()).isEqualTo(2);
    }

    @Test
    void everyMemberKnowsTheMembersAndTheLeader() throws Exception {
        LeadershipView first = service("a").getView("lock1");
        awaitLeader(first);
        LeadershipView second = service("b").getView("lock1");
        for (LeadershipView view : List.of(first, second)) {
            await().atMost(Duration.ofSeconds(5))
                    .untilAsserted(() -> assertThat(view.getMembers())
                            .extracting(CamelClusterMember::getId)
                            .containsExactly("a", "b"));
            await().atMost(Duration.ofSeconds(5))
                    .untilAsserted(() -> assertThat(view.getLeader())
                            .get()
                            .extracting(CamelClusterMember::getId)
                            .isEqualTo("a"));
        }
    }
}
