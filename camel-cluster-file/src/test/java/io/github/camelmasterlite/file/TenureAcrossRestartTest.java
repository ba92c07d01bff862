package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.WorkListener;
import io.github.camelmasterlite.election.Tenure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A member whose lock was lost while its work goes on must not begin a new tenure beside that work, however its service or view was restarted meanwhile: the
 * lock itself does not keep it from that any more. Found by hand after the rounds.
 */
class TenureAcrossRestartTest {

    private static final Duration BOUND = Duration.ofSeconds(8);
    private static final long STOP_BUDGET_MILLIS = 100;

    /** Longer than it takes to get a lock that was lost: 1,100 ms, and some time to do it. */
    private static final Duration WATCHED = Duration.ofSeconds(2);

    @TempDir
    Path root;

    private final FileLockClusterService service = new FileLockClusterService();
    private final SlowWork work = new SlowWork();

    /** Work that ends when it is let end. */
    private static final class SlowWork implements WorkListener {
        final Deque<Tenure> started = new ConcurrentLinkedDeque<>();
        final Deque<Tenure> told = new ConcurrentLinkedDeque<>();
        final CompletableFuture<Void> ended = new CompletableFuture<>();

        @Override
        public void startWork(LeadershipView view, Tenure tenure) {
            started.add(tenure);
        }

        @Override
        public void stopWork(LeadershipView view, Tenure tenure) {
            told.add(tenure);
        }

        @Override
        public CompletionStage<?> workEnded() {
            return ended;
        }
    }

    @BeforeEach
    void loseTheLockWhileWorkGoesOn() throws Exception {
        service.setId("a");
        service.setRoot(root.toString());
        service.setStopBudgetMillis(STOP_BUDGET_MILLIS);
        service.start();
        service.getView("lock1").addEventListener(work);
        Awaitility.await().atMost(BOUND).until(() -> work.started.size() == 1);
        Files.delete(root.resolve("lock1"));
        Awaitility.await().atMost(BOUND).until(() -> work.told.size() == 1);
    }

    @AfterEach
    void stop() {
        work.ended.complete(null);
        service.stop();
    }

    private void assertTheNextTenureWaitsForTheWork() {
        Awaitility.await().during(WATCHED).atMost(WATCHED.plus(BOUND)).until(() -> work.started.size() == 1);
        work.ended.complete(null);
        Awaitility.await().atMost(BOUND).until(() -> work.started.size() == 2);
        assertThat(work.started.getLast().fencingToken())
                .isGreaterThan(work.started.getFirst().fencingToken());
    }

    @Test
    void aViewThatIsStoppedAndStarted() {
        service.stopView("lock1");
        service.startView("lock1");
        assertTheNextTenureWaitsForTheWork();
    }

    @Test
    void aViewThatIsGivenBackAndTakenAgain() {
        LeadershipView former = service.getView("lock1");
        service.releaseView(former);
        service.releaseView(former);
        LeadershipView again = service.getView("lock1");
        assertThat(again).isNotSameAs(former);
        again.addEventListener(work);
        assertTheNextTenureWaitsForTheWork();
    }

    @Test
    void aServiceThatIsRestarted() {
        service.stop();
        service.start();
        assertTheNextTenureWaitsForTheWork();
    }

    @Test
    void aViewThatIsEnabledMeanwhile() {
        service.stopView("lock1");
        service.startView("lock1");
        LeadershipView view = service.getView("lock1");
        view.setDisabled(true);
        view.setDisabled(false);
        assertTheNextTenureWaitsForTheWork();
    }
}
