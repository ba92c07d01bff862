package io.github.camelmasterlite.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.election.Tenure;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.apache.camel.cluster.CamelClusterMember;
import org.apache.camel.cluster.CamelClusterView;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** No listener is called under a lock, and none delays what others must hear at once. */
class ListenerIndependenceTest {

    private static final Duration BOUND = Duration.ofSeconds(5);

    /** A stop takes milliseconds; the rest is for a busy machine. */
    private static final Duration SOON = Duration.ofSeconds(1);

    private final ManualClusterService service = new ManualClusterService("member1");
    private final CountDownLatch atTheEnd = new CountDownLatch(1);

    @AfterEach
    void stop() {
        atTheEnd.countDown();
        service.stop();
    }

    private static void within(Duration bound, Callable<Boolean> condition) {
        await().atMost(bound).pollInterval(Duration.ofMillis(1)).until(condition);
    }

    private void block() {
        try {
            atTheEnd.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static class Work implements WorkListener {
        final List<String> calls = new CopyOnWriteArrayList<>();

        @Override
        public void startWork(LeadershipView view, Tenure tenure) {
            calls.add("start " + tenure.term());
        }

        @Override
        public void stopWork(LeadershipView view, Tenure tenure) {
            calls.add("stop " + tenure.term());
        }

        @Override
        public CompletionStage<?> workEnded() {
            return CompletableFuture.completedFuture(null);
        }
    }

    @Test
    void aListenerThatThrowsOrBlocksWhenToldToStopDelaysTheStopOfNoOther() {
        service.start();
        for (int i = 0; i < 40; i++) {
            boolean throwing = i % 2 == 0;
            service.getView("bad" + i).addEventListener(new Work() {
                @Override
                public void stopWork(LeadershipView view, Tenure tenure) {
                    super.stopWork(view, tenure);
                    if (throwing) {
                        throw new IllegalStateException("on purpose");
                    }
                    block();
                }
            });
        }
        Work work = new Work();
        service.getView("good").addEventListener(work);
        for (int i = 0; i < 40; i++) {
            service.gain("bad" + i);
        }
        service.gain("good");
        within(BOUND, () -> work.calls.size() == 1);
        for (int i = 0; i < 40; i++) {
            service.lose("bad" + i);
        }
        service.lose("good");
        within(SOON, () -> work.calls.equals(List.of("start 1", "stop 1")) && service.releases("good") == 1);
        within(SOON, () -> service.releases("bad0") == 1); // an exception is an end, too
        assertThat(service.releases("bad1")).isZero();
    }

    @Test
    void aVerdictNeverWaitsBehindTheSlowStartsOfOtherLocks() {
        service.start();
        LeadershipView view = service.getView("lock1");
        service.gain("lock1");
        within(BOUND, view::isLeader);
        for (int i = 0; i < 40; i++) {
            service.getView("slow" + i).addEventListener(new Work() {
                @Override
                public void startWork(LeadershipView of, Tenure tenure) {
                    block();
                }
            });
            service.gain("slow" + i);
        }
        within(BOUND, () -> service.isLeader("slow39"));
        service.suspendAuthority("lock1");
        within(BOUND, () -> !view.isLeader());
        CompletableFuture<Boolean> kept = view.verdict().toCompletableFuture();
        service.confirmAuthority("lock1");
        assertThat(kept).succeedsWithin(SOON).isEqualTo(true);
        service.suspendAuthority("lock1");
        within(BOUND, () -> !view.isLeader());
        CompletableFuture<Boolean> lost = view.verdict().toCompletableFuture();
        service.lose("lock1");
        assertThat(lost).succeedsWithin(SOON).isEqualTo(false);
    }

    // ---- no call under a lock: what a callback may do, another thread can do while the callback waits for it

    private void everythingFromAnotherThread(CamelClusterView view, CamelClusterEventListener self) {
        CompletableFuture<Void> done = CompletableFuture.runAsync(() -> {
            view.addEventListener(new Work());
            view.removeEventListener(self);
            view.getMembers();
            ((LeadershipView) view).verdict();
            ((LeadershipView) view).resign(Duration.ZERO);
            try {
                service.stopView("lock1");
                service.startView("lock1");
                service.releaseView(view);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        done.orTimeout(BOUND.toMillis(), TimeUnit.MILLISECONDS).join();
        CompletableFuture<Void> stopped = CompletableFuture.runAsync(service::stop);
        // The service waits for this very call, but only so long.
        stopped.orTimeout(BOUND.toMillis(), TimeUnit.MILLISECONDS).join();
    }

    private void isFree(CompletableFuture<Void> called) {
        assertThat(called).succeedsWithin(BOUND.multipliedBy(2));
        assertThat(service.isStopped()).isTrue();
    }

    private static void complete(CompletableFuture<Void> called, Runnable what) {
        try {
            what.run();
            called.complete(null);
        } catch (Throwable t) {
            called.completeExceptionally(t);
        }
    }

    @Test
    void aStartIsToldUnderNoLock() {
        CompletableFuture<Void> called = new CompletableFuture<>();
        service.setStopBudgetMillis(100);
        service.start();
        service.getView("lock1").addEventListener(new Work() {
            @Override
            public void startWork(LeadershipView view, Tenure tenure) {
                complete(called, () -> everythingFromAnotherThread(view, this));
            }
        });
        service.gain("lock1");
        isFree(called);
    }

    @Test
    void aStopIsToldUnderNoLock() {
        CompletableFuture<Void> called = new CompletableFuture<>();
        service.setStopBudgetMillis(100);
        service.start();
        Work work = new Work() {
            @Override
            public void stopWork(LeadershipView view, Tenure tenure) {
                complete(called, () -> everythingFromAnotherThread(view, this));
            }
        };
        service.getView("lock1").addEventListener(work);
        service.gain("lock1");
        within(BOUND, () -> work.calls.size() == 1);
        service.lose("lock1");
        isFree(called);
    }

    @Test
    void theEndOfWorkIsAskedForUnderNoLock() {
        CompletableFuture<Void> called = new CompletableFuture<>();
        service.setStopBudgetMillis(100);
        service.start();
        LeadershipView of = service.getView("lock1");
        Work work = new Work() {
            @Override
            public CompletionStage<?> workEnded() {
                if (!called.isDone() && calls.contains("stop 1")) {
                    complete(called, () -> everythingFromAnotherThread(of, new Work()));
                }
                return CompletableFuture.completedFuture(null);
            }
        };
        of.addEventListener(work);
        service.gain("lock1");
        within(BOUND, () -> work.calls.size() == 1);
        service.lose("lock1");
        isFree(called);
    }

    @Test
    void newsIsToldUnderNoLock() {
        CompletableFuture<Void> called = new CompletableFuture<>();
        service.setStopBudgetMillis(100);
        service.start();
        service.getView("lock1").addEventListener(new CamelClusterEventListener.Leadership() {
            @Override
            public void leadershipChanged(CamelClusterView view, CamelClusterMember leader) {
                if (!called.isDone()) {
                    complete(called, () -> everythingFromAnotherThread(view, this));
                }
            }
        });
        isFree(called);
    }

    @Test
    void membersAreToldUnderNoLock() {
        CompletableFuture<Void> called = new CompletableFuture<>();
        service.setStopBudgetMillis(100);
        service.start();
        service.getView("lock1").addEventListener(new CamelClusterEventListener.Membership() {
            @Override
            public void memberAdded(CamelClusterView view, CamelClusterMember member) {
                if (!called.isDone()) {
                    complete(called, () -> everythingFromAnotherThread(view, this));
                }
            }

            @Override
            public void memberRemoved(CamelClusterView view, CamelClusterMember member) {}
        });
        isFree(called);
    }

    @Test
    void whatWaitsForAVerdictRunsUnderNoLock() {
        service.setStopBudgetMillis(100);
        service.start();
        LeadershipView view = service.getView("lock1");
        service.gain("lock1");
        within(BOUND, view::isLeader);
        service.suspendAuthority("lock1");
        within(BOUND, () -> !view.isLeader());
        CompletableFuture<Void> called = new CompletableFuture<>();
        view.verdict().thenAccept(kept -> complete(called, () -> everythingFromAnotherThread(view, new Work())));
        service.confirmAuthority("lock1");
        isFree(called);
    }
}
