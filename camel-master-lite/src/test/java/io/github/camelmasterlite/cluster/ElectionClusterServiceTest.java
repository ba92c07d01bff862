package io.github.camelmasterlite.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.election.Tenure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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

class ElectionClusterServiceTest {

    private static final Duration BOUND = Duration.ofSeconds(5);

    private final ManualClusterService service = new ManualClusterService("member1");

    @AfterEach
    void stop() {
        service.stop();
    }

    private LeadershipView started(String lock) {
        service.start();
        return service.getView(lock);
    }

    private static void soon(org.awaitility.core.ThrowingRunnable assertion) {
        await().atMost(BOUND).pollInterval(Duration.ofMillis(1)).untilAsserted(assertion);
    }

    // ---- listeners

    @Test
    void aLateListenerHearsTheStateOnce() {
        LeadershipView view = started("lock1");
        service.gain("lock1");
        soon(() -> assertThat(view.isLeader()).isTrue());
        Recorder plain = new Recorder();
        RecordedWork work = new RecordedWork();
        view.addEventListener(plain);
        view.addEventListener(work);
        soon(() -> assertThat(plain.seen).containsExactly("leader=member1 mine=true"));
        soon(() -> assertThat(work.calls).containsExactly("start 1"));
        service.confirmAuthority("lock1"); // changes nothing visible
        service.lose("lock1");
        soon(() -> assertThat(work.calls).containsExactly("start 1", "stop 1"));
        soon(() -> assertThat(plain.seen).containsExactly("leader=member1 mine=true", "leader=null mine=false"));
    }

    @Test
    void duringALossCallbackNobodyLeads() {
        LeadershipView view = started("lock1");
        List<Boolean> leadingInLoss = new CopyOnWriteArrayList<>();
        List<Tenure> started = new CopyOnWriteArrayList<>();
        view.addEventListener(new RecordedWork() {
            @Override
            public void startWork(LeadershipView of, Tenure tenure) {
                started.add(tenure);
            }

            @Override
            public void stopWork(LeadershipView of, Tenure tenure) {
                leadingInLoss.add(of.isLeader());
            }
        });
        for (int i = 0; i < 20; i++) {
            service.gain("lock1");
            // Not when it leads: who was not told to start before the tenure ends is not told to stop either.
            soon(() -> assertThat(view.leadership().tenure()).isNotNull().isIn(started));
            int losses = i + 1;
            service.lose("lock1");
            service.gain("lock1"); // wanted again at once: must wait for the work to end
            soon(() -> assertThat(leadingInLoss.size()).isGreaterThanOrEqualTo(losses));
            service.lose("lock1");
            soon(() -> assertThat(view.isLeader()).isFalse());
            leadingInLoss.forEach(leading -> assertThat(leading).isFalse());
        }
    }

    @Test
    void aLossBetweenTwoTenuresIsNeverSkippedAndTheyAlternate() {
        LeadershipView view = started("lock1");
        RecordedWork work = new RecordedWork();
        view.addEventListener(work);
        for (int i = 0; i < 200; i++) {
            service.gain("lock1");
            service.lose("lock1");
        }
        service.gain("lock1");
        soon(() -> assertThat(view.isLeader()).isTrue());
        long term = view.leadership().term();
        soon(() -> assertThat(work.calls).last().isEqualTo("start " + term));
        for (int i = 0; i + 1 < work.calls.size(); i += 2) {
            String number = work.calls.get(i).substring("start ".length());
            assertThat(work.calls.get(i)).startsWith("start ");
            assertThat(work.calls.get(i + 1)).isEqualTo("stop " + number);
        }
    }

    @Test
    void anExceptionOfOneListenerDoesNotHideTheEventFromTheOthers() {
        LeadershipView view = started("lock1");
        Recorder after = new Recorder();
        view.addEventListener((CamelClusterEventListener.Leadership) (of, leader) -> {
            throw new AssertionError("on purpose");
        });
        view.addEventListener(after);
        service.gain("lock1");
        soon(() -> assertThat(after.seen).contains("leader=member1 mine=true"));
        service.lose("lock1");
        soon(() -> assertThat(after.seen).last().isEqualTo("leader=null mine=false"));
        soon(() -> assertThat(service.releases("lock1")).isEqualTo(1));
    }

    @Test
    void aStopIsDeliveredBesideAStartThatIsStillRunningAndWorkEndsWithBoth() {
        LeadershipView view = started("lock1");
        CountDownLatch finishStart = new CountDownLatch(1);
        RecordedWork work = new RecordedWork() {
            @Override
            public void startWork(LeadershipView of, Tenure tenure) {
                super.startWork(of, tenure);
                awaitQuietly(finishStart);
            }
        };
        view.addEventListener(work);
        service.gain("lock1");
        soon(() -> assertThat(work.calls).containsExactly("start 1"));
        service.lose("lock1");
        soon(() -> assertThat(work.calls).containsExactly("start 1", "stop 1"));
        service.gain("lock1");
        assertThat(service.releases("lock1")).isZero(); // the start still runs: not released, no new tenure
        assertThat(view.isLeader()).isFalse();
        finishStart.countDown();
        soon(() -> assertThat(service.releases("lock1")).isEqualTo(1));
        soon(() -> assertThat(work.calls).containsExactly("start 1", "stop 1", "start 2"));
    }

    @Test
    void aStopNeverWaitsBehindTheSlowStartsOfOtherLocks() {
        service.start();
        CountDownLatch never = new CountDownLatch(1);
        for (int i = 0; i < 40; i++) {
            LeadershipView slow = service.getView("slow" + i);
            slow.addEventListener(new RecordedWork() {
                @Override
                public void startWork(LeadershipView of, Tenure tenure) {
                    awaitQuietly(never);
                }
            });
        }
        LeadershipView quick = service.getView("quick");
        RecordedWork work = new RecordedWork();
        quick.addEventListener(work);
        service.gain("quick");
        soon(() -> assertThat(work.calls).containsExactly("start 1"));
        for (int i = 0; i < 40; i++) {
            service.gain("slow" + i);
        }
        service.lose("quick");
        soon(() -> assertThat(work.calls).containsExactly("start 1", "stop 1"));
        never.countDown();
    }

    @Test
    void workThatOutlivesItsCallbackKeepsTheLock() {
        LeadershipView view = started("lock1");
        CompletableFuture<Void> workEnded = new CompletableFuture<>();
        RecordedWork work = new RecordedWork() {
            @Override
            public CompletionStage<?> workEnded() {
                return workEnded;
            }
        };
        view.addEventListener(work);
        service.gain("lock1");
        soon(() -> assertThat(work.calls).containsExactly("start 1"));
        service.lose("lock1");
        soon(() -> assertThat(work.calls).containsExactly("start 1", "stop 1"));
        assertThat(service.releases("lock1")).isZero();
        workEnded.complete(null);
        soon(() -> assertThat(service.releases("lock1")).isEqualTo(1));
    }

    @Test
    void theWorkOfARemovedListenerStillKeepsTheLockOfAReleasedView() {
        LeadershipView view = started("lock1");
        CompletableFuture<Void> workEnded = new CompletableFuture<>();
        RecordedWork work = new RecordedWork() {
            @Override
            public CompletionStage<?> workEnded() {
                return workEnded;
            }
        };
        view.addEventListener(work);
        service.gain("lock1");
        soon(() -> assertThat(work.calls).containsExactly("start 1"));
        view.removeEventListener(work);
        service.releaseView(view);
        assertThat(view.isLeader()).isFalse();
        assertThat(service.releases("lock1")).isZero();
        workEnded.complete(null);
        soon(() -> assertThat(service.releases("lock1")).isEqualTo(1));
        assertThat(work.calls).containsExactly("start 1"); // removed: not called any more
    }

    @Test
    void aListenerMayAddRemoveReleaseAndStopFromItsCallback() throws Exception {
        LeadershipView view = started("lock1");
        CountDownLatch done = new CountDownLatch(1);
        view.addEventListener(new RecordedWork() {
            @Override
            public void startWork(LeadershipView of, Tenure tenure) {
                of.addEventListener(new Recorder());
                of.removeEventListener(this);
                service.releaseView(of);
                service.stop();
                done.countDown();
            }
        });
        service.gain("lock1");
        assertThat(done.await(BOUND.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
        assertThat(service.isStopped()).isTrue();
    }

    @Test
    void everyVisibleChangeOfIsLeaderIsFollowedByAnEventAlsoWhenAuthorityIsVerifiedAgain() throws Exception {
        LeadershipView view = started("lock1");
        Recorder plain = new Recorder();
        RecordedWork work = new RecordedWork();
        view.addEventListener(plain);
        view.addEventListener(work);
        service.gain("lock1");
        soon(() -> assertThat(plain.seen).last().isEqualTo("leader=member1 mine=true"));
        service.suspendAuthority("lock1");
        soon(() -> assertThat(plain.seen).last().isEqualTo("leader=member1 mine=false"));
        assertThat(view.leadership().tenure()).isNotNull();
        assertThat(view.leadership().isLeader()).isFalse();
        CompletionStage<Boolean> verdict = view.verdict();
        assertThat(verdict.toCompletableFuture()).isNotDone();
        service.confirmAuthority("lock1");
        soon(() -> assertThat(plain.seen).last().isEqualTo("leader=member1 mine=true"));
        assertThat(verdict.toCompletableFuture().get(5, TimeUnit.SECONDS)).isTrue();
        soon(() -> assertThat(work.calls).containsExactly("start 1")); // work is not stopped by it
    }

    @Test
    void theVerdictOfALossIsFalse() throws Exception {
        LeadershipView view = started("lock1");
        assertThat(view.verdict().toCompletableFuture().get(5, TimeUnit.SECONDS))
                .isFalse();
        service.gain("lock1");
        soon(() -> assertThat(view.isLeader()).isTrue());
        assertThat(view.verdict().toCompletableFuture().get(5, TimeUnit.SECONDS))
                .isTrue();
        service.suspendAuthority("lock1");
        soon(() -> assertThat(view.isLeader()).isFalse());
        CompletableFuture<Boolean> verdict = view.verdict().toCompletableFuture();
        service.lose("lock1");
        assertThat(verdict.get(5, TimeUnit.SECONDS)).isFalse();
        service.gain("lock1");
        soon(() -> assertThat(view.isLeader()).isTrue());
        service.suspendAuthority("lock1");
        soon(() -> assertThat(view.isLeader()).isFalse());
        CompletableFuture<Boolean> atStop = view.verdict().toCompletableFuture();
        service.releaseView(view);
        assertThat(atStop.get(5, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void followersHearWhoLeads() {
        LeadershipView view = started("lock1");
        Recorder plain = new Recorder();
        view.addEventListener(plain);
        soon(() -> assertThat(plain.seen).containsExactly("leader=null mine=false"));
        service.otherLeader("member2");
        service.gain("lock1");
        soon(() -> assertThat(plain.seen).last().isEqualTo("leader=member1 mine=true"));
        service.lose("lock1");
        soon(() -> assertThat(plain.seen).last().isEqualTo("leader=member2 mine=false"));
        assertThat(view.getLeader())
                .get()
                .extracting(CamelClusterMember::isLocal)
                .isEqualTo(false);
    }

    @Test
    void membershipListenersHearOfThoseThatAreThereAndOfEveryChange() {
        LeadershipView view = started("lock1");
        service.members("member1", "member2");
        List<String> heard = new CopyOnWriteArrayList<>();
        view.addEventListener(new CamelClusterEventListener.Membership() {
            @Override
            public void memberAdded(CamelClusterView of, CamelClusterMember member) {
                heard.add("+" + member.getId());
            }

            @Override
            public void memberRemoved(CamelClusterView of, CamelClusterMember member) {
                heard.add("-" + member.getId());
            }
        });
        soon(() -> assertThat(heard).containsExactly("+member1", "+member2"));
        service.members("member1", "member3");
        soon(() -> assertThat(heard).containsExactly("+member1", "+member2", "+member3", "-member2"));
        assertThat(view.getMembers()).extracting(CamelClusterMember::getId).containsExactly("member1", "member3");
        assertThat(view.getMembers().get(0)).isEqualTo(view.getLocalMember());
    }

    // ---- views and life cycle

    @Test
    void viewsAreCountedAndRemovedAtZero() {
        service.start();
        LeadershipView first = service.getView("lock1");
        LeadershipView second = service.getView("lock1");
        assertThat(first).isSameAs(second);
        service.gain("lock1");
        soon(() -> assertThat(first.isLeader()).isTrue());
        service.releaseView(first);
        assertThat(service.getNamespaces()).containsExactly("lock1");
        assertThat(first.isLeader()).isTrue();
        service.releaseView(second);
        assertThat(service.getNamespaces()).isEmpty();
        assertThat(first.isLeader()).isFalse();
        service.releaseView(second); // too often: nothing happens
        LeadershipView third = service.getView("lock1");
        assertThat(third).isNotSameAs(first);
        service.releaseView(first); // a view of former times does not take a reference from a new one
        assertThat(service.getNamespaces()).containsExactly("lock1");
    }

    @Test
    void itWorksBeforeStartAfterStopAndAfterARestartWithoutAContext() {
        LeadershipView view = service.getView("lock1");
        RecordedWork work = new RecordedWork();
        view.addEventListener(work);
        assertThat(view.isLeader()).isFalse();
        assertThat(view.getMembers()).extracting(CamelClusterMember::getId).containsExactly("member1");
        service.start();
        service.gain("lock1");
        soon(() -> assertThat(work.calls).containsExactly("start 1"));
        service.stop();
        assertThat(view.isLeader()).isFalse();
        assertThat(work.calls).containsExactly("start 1", "stop 1"); // stop waits for its listeners
        service.start();
        service.gain("lock1");
        soon(() -> assertThat(view.isLeader()).isTrue());
        service.stop();
        service.releaseView(view);
        assertThat(service.getNamespaces()).isEmpty();
    }

    @Test
    void stoppingTellsListenersAndWaitsOnlyAsLongAsTheStopBudgetAllows() {
        service.setStopBudgetMillis(100);
        LeadershipView view = started("lock1");
        CompletableFuture<Void> never = new CompletableFuture<>();
        RecordedWork work = new RecordedWork() {
            @Override
            public CompletionStage<?> workEnded() {
                return never;
            }
        };
        view.addEventListener(work);
        service.gain("lock1");
        soon(() -> assertThat(work.calls).containsExactly("start 1"));
        await().atMost(BOUND).until(() -> {
            service.stop();
            return true;
        });
        assertThat(work.calls).containsExactly("start 1", "stop 1");
        assertThat(service.releases("lock1")).isZero();
        never.complete(null); // the lock is released when the work ends, though the service has long stopped
        soon(() -> assertThat(service.releases("lock1")).isEqualTo(1));
    }

    @Test
    void startViewAndStopViewForceOneLock() {
        LeadershipView view = started("lock1");
        service.gain("lock1");
        soon(() -> assertThat(view.isLeader()).isTrue());
        service.stopView("lock1");
        assertThat(view.isLeader()).isFalse();
        service.gain("lock1");
        service.startView("lock1");
        service.gain("lock1");
        soon(() -> assertThat(view.isLeader()).isTrue());
        service.stopView("unknown");
        service.startView("unknown");
        assertThat(service.isLeader("unknown")).isFalse();
        assertThat(service.isLeader("lock1")).isTrue();
    }

    @Test
    void aDisabledViewDoesNotStandAndLeavesAnOfficeItHas() {
        LeadershipView view = started("lock1");
        service.gain("lock1");
        soon(() -> assertThat(view.isLeader()).isTrue());
        view.setDisabled(true);
        assertThat(view.isDisabled()).isTrue();
        soon(() -> assertThat(view.isLeader()).isFalse());
        soon(() -> assertThat(service.releases("lock1")).isEqualTo(1));
        view.setDisabled(false);
        service.gain("lock1");
        soon(() -> assertThat(view.isLeader()).isTrue());
    }

    @Test
    void resigningIsPassedOnAndANegativeCoolDownIsRefused() {
        LeadershipView view = started("lock1");
        service.gain("lock1");
        soon(() -> assertThat(view.isLeader()).isTrue());
        assertThatThrownBy(() -> view.resign(Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("coolDown");
        view.resign(Duration.ofSeconds(1));
        soon(() -> assertThat(view.isLeader()).isFalse());
        assertThat(service.resignations("lock1")).isEqualTo(1);
    }

    @Test
    void namesAndOptionsAreChecked() {
        for (String name : new String[] {null, "", "  "}) {
            assertThatThrownBy(() -> service.getView(name))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("namespace");
        }
        assertThatThrownBy(() -> service.setStopBudgetMillis(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("stopBudgetMillis");
        service.setAttributes(Map.of("a", 1));
        service.setAttribute("b", 2);
        service.getAttributes().put("c", 3); // how Camel binds attributes[c]=3
        assertThat(service.getAttributes()).containsOnlyKeys("a", "b", "c");
        service.setOrder(3);
        assertThat(service.getOrder()).isEqualTo(3);
        assertThat(service.unwrap(ManualClusterService.class)).isSameAs(service);
        assertThat(service.getView("x").unwrap(LeadershipView.class)).isNotNull();
    }

    @Test
    void stoppingAgainstChangesOfLeadershipNeverDeadlocks() {
        for (int round = 0; round < 100; round++) {
            ManualClusterService one = new ManualClusterService("member1");
            one.start();
            LeadershipView view = one.getView("lock1");
            view.addEventListener(new RecordedWork() {
                @Override
                public void stopWork(LeadershipView of, Tenure tenure) {
                    one.getNamespaces();
                    of.getMembers();
                    one.releaseView(of);
                }
            });
            one.gain("lock1");
            if (round % 2 == 0) {
                one.lose("lock1");
            }
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(one::stop);
            assertThat(stopped).succeedsWithin(Duration.ofSeconds(2));
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Recorder implements CamelClusterEventListener.Leadership {
        private final List<String> seen = new CopyOnWriteArrayList<>();

        @Override
        public void leadershipChanged(CamelClusterView view, CamelClusterMember leader) {
            seen.add("leader=" + (leader == null ? null : leader.getId()) + " mine="
                    + view.getLocalMember().isLeader());
        }
    }

    private static class RecordedWork implements WorkListener {
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
}
