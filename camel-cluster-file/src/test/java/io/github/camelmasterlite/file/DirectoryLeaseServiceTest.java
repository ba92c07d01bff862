package io.github.camelmasterlite.file;

import static io.github.camelmasterlite.file.FileServices.awaitLeader;
import static io.github.camelmasterlite.file.FileServices.awaitLeaderIsKnown;
import static io.github.camelmasterlite.file.FileServices.soon;
import static io.github.camelmasterlite.file.FileServices.threadsOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.LeaseClusterService;
import io.github.camelmasterlite.cluster.WorkListener;
import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import io.github.camelmasterlite.file.FileLockClusterService.Locking;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cluster service with leases in its directory. */
@NullUnmarked
class DirectoryLeaseServiceTest {

    @TempDir
    Path root;

    private final List<LeaseClusterService> remote = new ArrayList<>();
    private final TrialFiles network = new TrialFiles();
    private FileServices services;

    private FileLockClusterService make(String id) {
        if (services == null) {
            services = new FileServices(root);
        }
        FileLockClusterService service = services.make(id);
        service.setLocking(Locking.LEASE);
        return service;
    }

    @AfterEach
    void stop() {
        network.open();
        if (services != null) {
            services.close();
        }
        remote.forEach(LeaseClusterService::stop);
    }

    /** A member that hears nothing of what others do, as on a network file system. */
    private LeaseClusterService startRemote(String id) {
        LeaseClusterService service = new LeaseClusterService(new DirectoryLeaseStore(
                new RootDirectory(root),
                network,
                Duration.ofMillis(1_500),
                Duration.ofSeconds(10),
                false,
                new Threads(() -> "camel-master-lite-" + id),
                Ticker.system()));
        service.setId(id);
        service.setLeaseDurationMillis(1_500);
        service.setRenewDeadlineMillis(1_000);
        service.setRetryPeriodMillis(100);
        remote.add(service);
        service.start();
        return service;
    }

    @Test
    void aloneItLeadsAndItsLeaseCanBeReadByPeople() throws Exception {
        FileLockClusterService a = make("a");
        a.start();
        LeadershipView view = a.getView("lock1");
        awaitLeader(view);
        List<Path> versions = TrialFiles.versions(root.resolve(".leases/lock1"));
        assertThat(Files.readString(versions.get(0)))
                .contains("holder=a\n", "revision=" + view.leadership().fencingToken() + "\n", "duration=PT15S\n");
        assertThat(root.resolve("lock1")).doesNotExist();
        assertThat(root.resolve(".members")).doesNotExist();
    }

    @Test
    void theSecondMemberTakesOverAtOnceWhenTheFirstStops() {
        FileLockClusterService a = make("a");
        a.start();
        LeadershipView first = a.getView("lock1");
        awaitLeader(first);
        long token = first.leadership().fencingToken();
        FileLockClusterService b = make("b");
        b.start();
        LeadershipView second = b.getView("lock1");
        awaitLeaderIsKnown(second, "a");
        assertThat(second.isLeader()).isFalse();
        long begin = System.nanoTime();
        a.stop();
        awaitLeader(second);
        // Less than the retry period: it was noticed, not found by looking again.
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(1_900));
        assertThat(second.leadership().fencingToken()).isGreaterThan(token);
        assertThat(second.leadership().term()).isEqualTo(2);
    }

    @Test
    void aLockThatIsTakenUpAgainWhileItIsBeingLeftIsLedAsSoonAsItIsFree() {
        FileLockClusterService a = make("a");
        a.start();
        LeadershipView view = a.getView("lock1");
        CompletableFuture<Void> workBegins = new CompletableFuture<>();
        CompletableFuture<Void> workEnds = new CompletableFuture<>();
        view.addEventListener(new WorkListener() {
            @Override
            public void startWork(LeadershipView of, Tenure tenure) {
                workBegins.complete(null);
            }

            @Override
            public void stopWork(LeadershipView of, Tenure tenure) {}

            @Override
            public CompletionStage<?> workEnded() {
                return workEnds;
            }
        });
        workBegins.join(); // whose listener was not told to start has no work that would have to end
        a.releaseView(view);
        LeadershipView again = a.getView("lock1");
        awaitLeaderIsKnown(again, "a");
        assertThat(again.isLeader()).isFalse();
        long begin = System.nanoTime();
        workEnds.complete(null);
        awaitLeader(again);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(1_900));
    }

    @Test
    void withoutAWatchItTakesOverWithinTheRetryPeriod() {
        LeaseClusterService a = startRemote("a");
        LeadershipView first = a.getView("lock1");
        awaitLeader(first);
        LeadershipView second = startRemote("b").getView("lock1");
        awaitLeaderIsKnown(second, "a");
        long begin = System.nanoTime();
        a.stop();
        awaitLeader(second);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(1_500));
    }

    @Test
    void aLeaderWhoseFileSystemHangsLeadsNoLongerThanItsRenewDeadlineAndAgainAfterwards() throws Exception {
        LeadershipView view = startRemote("a").getView("lock1");
        awaitLeader(view);
        long begin = System.nanoTime();
        network.close(TrialFiles.Call.ANY, path -> true);
        soon().until(() -> !view.isLeader());
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(1_500));
        network.open();
        awaitLeader(view);
    }

    @Test
    void aDeletedLeaseEndsLeadershipAndTheLockIsLedAgain() throws Exception {
        FileLockClusterService a = make("a");
        a.setLeaseDurationMillis(1_500);
        a.setRenewDeadlineMillis(1_000);
        a.start();
        LeadershipView view = a.getView("lock1");
        awaitLeader(view);
        long token = view.leadership().fencingToken();
        TrialFiles.delete(root.resolve(".leases/lock1"), false);
        soon().until(() -> view.isLeader() && view.leadership().fencingToken() > token);
    }

    @Test
    void timesThatDoNotKeepLeadersApartAreNamed() {
        FileLockClusterService a = make("times");
        a.setLeaseDurationMillis(10_000);
        a.setRenewDeadlineMillis(9_900);
        assertDoesNotStart(a::start, "renewDeadline", "leaseDuration", "this works");
        soon().untilAsserted(() -> assertThat(threadsOf("times")).isEmpty());
    }

    @Test
    void aBlankIdAFileInTheWayAndARootThatIsAFileAreNamed() throws IOException {
        assertDoesNotStart(make(" ")::start, "id", "blank");
        Files.createFile(root.resolve(".leases"));
        assertDoesNotStart(make("way")::start, "root", root.resolve(".leases").toString(), "remove that file");
        Files.delete(root.resolve(".leases"));
        Files.createFile(root.resolve("file"));
        FileLockClusterService file = make("file");
        file.setRoot(root.resolve("file").toString());
        assertDoesNotStart(file::start, "root", "not a directory");
        soon().untilAsserted(() -> assertThat(threadsOf("way")).isEmpty());
    }

    private static void assertDoesNotStart(ThrowingCallable start, String... parts) {
        assertThatThrownBy(start).satisfies(thrown -> {
            StringBuilder all = new StringBuilder();
            for (Throwable t = thrown; t != null; t = t.getCause()) {
                all.append(t.getMessage()).append('\n');
            }
            assertThat(all.toString()).contains(parts);
        });
    }

    @Test
    void upstreamsOptionsMeanSomethingForLeases() {
        FileLockClusterService service = make("options");
        assertThat(service.getLeaseDurationMillis()).isEqualTo(15_000);
        assertThat(service.getRenewDeadlineMillis()).isEqualTo(10_000);
        assertThat(service.getStopBudgetMillis()).isEqualTo(2_000);
        service.setHeartbeatTimeoutMultiplier(3);
        assertThat(service.getLeaseDurationMillis()).isEqualTo(30_000);
        service.setAcquireLockInterval(500, TimeUnit.MILLISECONDS);
        assertThat(service.getLeaseDurationMillis()).isEqualTo(1_500);
        assertThat(service.getRenewDeadlineMillis()).isEqualTo(1_000);
        assertThat(service.getStopBudgetMillis()).isEqualTo(200);
        service.start();
        awaitLeader(service.getView("lock1"));
        service.setLeaseDurationMillis(6_000);
        assertThat(service.getLeaseDurationMillis()).isEqualTo(6_000);
    }
}
