package io.github.camelmasterlite.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.election.Phase;
import io.github.camelmasterlite.engine.MemoryLeaseStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a service tells of itself: to observers when it happens, in reports when it is asked. */
class ObservedServiceTest {

    private static final Duration BOUND = Duration.ofSeconds(10);

    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    private final MemoryLeaseStore.Shelf shelf = new MemoryLeaseStore.Shelf();
    private final DelayedStore store = new DelayedStore(shelf, scheduler, 1);
    private final LeaseClusterService service = new LeaseClusterService(store);
    private final Seen seen = new Seen();

    private static final class Seen implements LeadershipObserver {
        final List<LockChange> changes = new CopyOnWriteArrayList<>();
        final List<String> calls = new CopyOnWriteArrayList<>();
        final List<String> listeners = new CopyOnWriteArrayList<>();
        final List<String> watching = new CopyOnWriteArrayList<>();

        @Override
        public void changed(LockChange change) {
            changes.add(change);
        }

        @Override
        public void storeAnswered(String lock, String operation, String outcome, long nanos) {
            assertThat(nanos).isNotNegative();
            calls.add(lock + " " + operation + " " + outcome);
        }

        @Override
        public void listenerReturned(String lock, String call, long nanos, boolean failed) {
            assertThat(nanos).isNotNegative();
            listeners.add(lock + " " + call + (failed ? " failed" : ""));
        }

        @Override
        public void watching(boolean live, @Nullable String reason) {
            watching.add(live + " " + reason);
        }
    }

    @BeforeEach
    void observe() {
        service.setId("m1");
        service.addObserver(seen);
    }

    @AfterEach
    void stop() {
        service.stop();
        scheduler.shutdownNow();
    }

    private static void until(Callable<Boolean> condition) {
        await().atMost(BOUND).pollInterval(Duration.ofMillis(2)).until(condition);
    }

    private LockReport onlyLock() {
        List<LockReport> locks = service.report().locks();
        assertThat(locks).hasSize(1);
        return locks.get(0);
    }

    @Test
    void aTenureIsObservedFromItsBeginningToItsEndAlsoIfItsViewHasGone() throws Exception {
        service.start();
        LeadershipView view = service.getView("lock");
        until(view::isLeader);
        service.releaseView(view);
        until(() -> seen.changes.stream().anyMatch(change -> change.to() == Phase.STOPPED));

        List<LockChange> gains =
                seen.changes.stream().filter(LockChange::isGain).toList();
        List<LockChange> losses =
                seen.changes.stream().filter(LockChange::isLoss).toList();
        assertThat(gains).hasSize(1);
        assertThat(losses).hasSize(1);
        assertThat(gains.get(0).tenure()).isEqualTo(losses.get(0).tenureBefore());
        assertThat(gains.get(0)).satisfies(gain -> {
            assertThat(gain.lock()).isEqualTo("lock");
            assertThat(gain.member()).isEqualTo("m1");
            assertThat(gain.leader()).isEqualTo("m1");
            assertThat(gain.to()).isEqualTo(Phase.LEADING);
            assertThat(gain.reason()).isNotBlank();
        });
        for (int i = 1; i < seen.changes.size(); i++) {
            assertThat(seen.changes.get(i).from())
                    .isEqualTo(seen.changes.get(i - 1).to());
        }
    }

    @Test
    void rehearsalsAreNotObserved() {
        service.start();
        LeadershipView view = service.getView("lock");
        until(view::isLeader);
        assertThat(seen.changes).allMatch(change -> change.lock().equals("lock"));
        assertThat(seen.calls).allMatch(call -> call.startsWith("lock "));
        assertThat(seen.listeners).allMatch(call -> call.startsWith("lock "));
    }

    @Test
    void callsOfTheStoreAreObservedWithWhatTheyWereForAndHowTheyEnded() {
        service.setLeaseDurationMillis(2_000);
        service.setRenewDeadlineMillis(1_000);
        service.setRetryPeriodMillis(200);
        service.start();
        LeadershipView view = service.getView("lock");
        until(view::isLeader);
        until(() -> seen.calls.contains("lock renew written"));
        assertThat(seen.calls).contains("lock read found", "lock acquire written");
        store.hangs = lock -> true;
        until(() -> seen.calls.contains("lock renew overdue"));
    }

    @Test
    void listenersAreObservedAlsoIfTheyFail() {
        service.start();
        LeadershipView view = service.getView("lock");
        until(view::isLeader); // news that comes just before may tell of the tenure, too, and the start not again
        view.addEventListener((CamelClusterEventListener.Leadership) (of, leader) -> {
            if (view.isLeader()) {
                throw new IllegalStateException("on purpose");
            }
        });
        until(() -> seen.listeners.contains("lock start failed"));
        view.setDisabled(true);
        until(() -> seen.listeners.contains("lock stop"));
    }

    @Test
    void anObserverThatThrowsKeepsNobodyFromAnything() {
        service.removeObserver(seen);
        service.addObserver(new LeadershipObserver() {
            @Override
            public void changed(LockChange change) {
                throw new IllegalStateException("on purpose");
            }
        });
        service.addObserver(seen);
        service.start();
        LeadershipView view = service.getView("lock");
        until(view::isLeader);
        until(() -> seen.changes.stream().anyMatch(LockChange::isGain));
    }

    @Test
    void aReportTellsHowALockStands() {
        assertThat(service.report().isRunning()).isFalse();
        service.start();
        LeadershipView view = service.getView("lock");
        service.getView("lock");
        until(() -> onlyLock().changes().stream().anyMatch(LockChange::isGain)); // told after work has been

        ServiceReport report = service.report();
        assertThat(report.isRunning()).isTrue();
        assertThat(report.member()).isEqualTo("m1");
        assertThat(report.type()).isEqualTo("LeaseClusterService");
        assertThat(report.silenceLimit()).isEqualTo(Duration.ofSeconds(15));
        LockReport lock = onlyLock();
        assertThat(lock.lock()).isEqualTo("lock");
        assertThat(lock.phase()).isEqualTo(Phase.LEADING);
        assertThat(lock.references()).isEqualTo(2);
        assertThat(lock.leadership().isLeader()).isTrue();
        assertThat(lock.sinceContact()).isNotNull().isLessThan(BOUND);
        assertThat(lock.participating()).isPositive();
        assertThat(lock.leaderless()).isZero();
        assertThat(lock.troubled()).isZero();
        assertThat(lock.changes()).isNotEmpty();
        assertThat(lock.changes().get(lock.changes().size() - 1).isGain()).isTrue();

        view.resign(Duration.ofMinutes(1));
        until(() -> onlyLock().phase() == Phase.FOLLOWING);
        assertThat(onlyLock().coolingDown()).isBetween(Duration.ofSeconds(40), Duration.ofMinutes(1));
        view.setDisabled(true);
        assertThat(onlyLock().disabled()).isTrue();
        view.setDisabled(false);
        until(view::isLeader); // standing ends the cool-down
        assertThat(onlyLock().coolingDown()).isZero();
        service.stop();
        assertThat(onlyLock().participating()).isZero();
        assertThat(onlyLock().phase()).isEqualTo(Phase.STOPPED);
    }

    @Test
    void aStoreThatAnswersNothingIsNotHeardOf() {
        store.hangs = lock -> true;
        service.start();
        service.getView("lock");
        until(() -> store.hung.get() > 0);
        Duration before = onlyLock().participating();
        until(() -> onlyLock().participating().compareTo(before.plusMillis(300)) > 0);
        LockReport lock = onlyLock();
        // That it reports changes was said when it was opened, and to this lock when it began.
        assertThat(lock.sinceContact() == null || lock.sinceContact().toMillis() >= 250)
                .as("%s", lock)
                .isTrue();
        assertThat(lock.leaderless().toMillis()).isGreaterThanOrEqualTo(250);
    }

    @Test
    void onlyTheLastChangesAreKept() {
        service.start();
        LeadershipView view = service.getView("lock");
        for (int i = 0; i < 12; i++) {
            until(view::isLeader);
            view.resign(Duration.ZERO);
            until(() -> !view.isLeader());
        }
        until(view::isLeader);
        // An observer is told after the report knows of a change.
        await().atMost(BOUND).untilAsserted(() -> {
            List<LockChange> kept = new ArrayList<>(onlyLock().changes());
            assertThat(kept).hasSize(20);
            assertThat(seen.changes).endsWith(kept.toArray(LockChange[]::new));
        });
    }

    @Test
    void whetherChangesAreReportedIsReported() {
        service.start();
        until(() -> service.report().isWatching() != null);
        assertThat(service.report().isWatching()).isTrue();
        assertThat(service.report().watchProblem()).isNull();
        assertThat(seen.watching).isNotEmpty();
    }
}
