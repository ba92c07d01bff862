package io.github.camelmasterlite.file;

import static io.github.camelmasterlite.file.FileServices.awaitLeader;
import static io.github.camelmasterlite.file.FileServices.awaitLeaderIsKnown;
import static io.github.camelmasterlite.file.FileServices.soon;
import static io.github.camelmasterlite.file.FileServices.threadsOf;
import static io.github.camelmasterlite.file.FileServices.within;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.camelmasterlite.cluster.LeadershipView;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.apache.camel.cluster.CamelClusterMember;
import org.apache.camel.cluster.CamelClusterView;
import org.apache.camel.impl.DefaultCamelContext;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The promises of compatibility.md that concern the service, each by the number of the upstream fault it answers. */
@NullUnmarked
class FileServicePromisesTest {

    @TempDir
    Path root;

    private FileServices services;

    @BeforeEach
    void prepare() {
        services = new FileServices(root);
    }

    @AfterEach
    void stopServices() {
        services.close();
    }

    /** Hears everything, as {@code leader id or -}. */
    private static final class Recorder
            implements CamelClusterEventListener.Leadership, CamelClusterEventListener.Membership {
        final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
        final ConcurrentLinkedQueue<String> members = new ConcurrentLinkedQueue<>();

        @Override
        public void leadershipChanged(CamelClusterView view, CamelClusterMember leader) {
            heard.add(leader == null ? "-" : leader.getId());
        }

        @Override
        public void memberAdded(CamelClusterView view, CamelClusterMember member) {
            members.add("+" + member.getId());
        }

        @Override
        public void memberRemoved(CamelClusterView view, CamelClusterMember member) {
            members.add("-" + member.getId());
        }

        String last() {
            String last = null;
            for (String each : heard) {
                last = each;
            }
            return last;
        }
    }

    /** A follower of a thousand locks tries each every ten seconds only: that is no silence to worry about. */
    @Test
    void silenceIsToleratedForLongerThanTheLongestPoll() {
        Duration longestPoll = Duration.ofNanos(LockTiming.defaults().longestPollNanos());
        assertThat(services.start("a").report().silenceLimit()).isEqualTo(longestPoll.multipliedBy(2));

        FileLockClusterService often = services.make("often");
        often.setAcquireLockInterval(1, TimeUnit.SECONDS);
        often.start();
        assertThat(often.report().silenceLimit()).isEqualTo(Duration.ofSeconds(10));

        FileLockClusterService leases = services.make("leases");
        leases.setRoot(root.resolve("leases").toString());
        leases.setLocking(FileLockClusterService.Locking.LEASE);
        leases.setLeaseDurationMillis(30_000);
        leases.start();
        assertThat(leases.report().silenceLimit()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void twoContextsOfOneJvmAreNeverBothLeaders() {
        List<LeadershipView> views = List.of(
                services.start("a").getView("lock1"),
                services.start("b").getView("lock1"),
                services.start("c").getView("lock1"));
        AtomicInteger working = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger tenures = new AtomicInteger();
        for (LeadershipView view : views) {
            AtomicBoolean works = new AtomicBoolean();
            view.addEventListener((CamelClusterEventListener.Leadership) (of, leader) -> {
                boolean leads = leader != null && leader.isLocal();
                if (leads && works.compareAndSet(false, true)) {
                    tenures.incrementAndGet();
                    most.accumulateAndGet(working.incrementAndGet(), Math::max);
                } else if (!leads && works.compareAndSet(true, false)) {
                    working.decrementAndGet();
                }
            });
        }
        for (int round = 0; round < 40; round++) {
            soon().until(() -> views.stream().anyMatch(LeadershipView::isLeader));
            LeadershipView leader =
                    views.stream().filter(LeadershipView::isLeader).findFirst().orElse(views.get(0));
            long token = leader.leadership().fencingToken();
            leader.resign(Duration.ZERO);
            // Another one, or the same one if the others have just resigned themselves.
            soon().until(() -> views.stream().anyMatch(view -> view.leadership().fencingToken() > token));
        }
        assertThat(most).hasValue(1);
        // Not one for each token: a start that has not begun when its tenure ends is not delivered.
        assertThat(tenures.get()).isGreaterThan(10);
    }

    @Test
    void fault10SomebodyWhoResignsIsFollowedByAnotherAndAloneItReturns() {
        LeadershipView a = services.start("a").getView("lock1");
        awaitLeader(a);
        LeadershipView b = services.start("b").getView("lock1");
        awaitLeaderIsKnown(b, "a");
        a.resign(Duration.ofMillis(300));
        awaitLeader(b);
        assertThat(a.isLeader()).isFalse();
        services.close();
        assertThat(b.isLeader()).isFalse();
        LeadershipView alone = services.start("alone").getView("lock1");
        awaitLeader(alone);
        long token = alone.leadership().fencingToken();
        long since = System.nanoTime();
        alone.resign(Duration.ofMillis(600));
        soon().until(() -> !alone.isLeader());
        soon().until(alone::isLeader);
        assertThat(Duration.ofNanos(System.nanoTime() - since)).isGreaterThanOrEqualTo(Duration.ofMillis(600));
        assertThat(alone.leadership().fencingToken()).isGreaterThan(token);
    }

    @Test
    void fault11StopAgainstGainsAndListenerCallsNeverDeadlocks() {
        assertTimeoutPreemptively(Duration.ofSeconds(40), () -> {
            for (int round = 0; round < 30; round++) {
                FileLockClusterService service = services.start("a");
                LeadershipView view = service.getView("lock1");
                CountDownLatch called = new CountDownLatch(1);
                view.addEventListener((CamelClusterEventListener.Leadership) (of, leader) -> {
                    called.countDown();
                    view.isLeader();
                    view.getLeader();
                    view.getMembers();
                    service.isLeader("lock1");
                    service.getNamespaces();
                    service.releaseView(service.getView("lock2"));
                    service.getStatus();
                });
                if (round % 3 != 0) {
                    assertThat(called.await(5, TimeUnit.SECONDS)).isTrue();
                }
                if (round % 3 == 1) {
                    awaitLeader(view);
                }
                busyFor(ThreadLocalRandom.current().nextInt(2_000_000));
                long since = System.nanoTime();
                service.stop();
                assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(Duration.ofSeconds(2));
                assertThat(view.isLeader()).isFalse();
                service.releaseView(view);
            }
        });
    }

    private static void busyFor(long nanos) {
        long until = System.nanoTime() + nanos;
        while (System.nanoTime() - until < 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void fault13NoFixedSecondPassesBeforeTheFirstLeaderIsTold() {
        List<Long> millis = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            FileLockClusterService service = services.make("a");
            CountDownLatch told = new CountDownLatch(1);
            LeadershipView view = service.getView("lock" + round);
            view.addEventListener((CamelClusterEventListener.Leadership) (of, leader) -> {
                if (view.isLeader()) {
                    told.countDown();
                }
            });
            long since = System.nanoTime();
            service.start();
            soon().until(() -> told.getCount() == 0);
            millis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since));
            service.stop();
        }
        assertThat(millis.stream().sorted().toList().get(2))
                .as("the median of %s", millis)
                .isLessThan(500);
    }

    @Test
    void fault16EveryMemberKnowsLeaderAndMembersAlsoAfterAHandOver() {
        LeadershipView a = services.start("a").getView("lock1");
        awaitLeader(a);
        LeadershipView b = services.start("b").getView("lock1");
        LeadershipView c = services.start("c").getView("lock1");
        for (LeadershipView view : List.of(a, b, c)) {
            soon().untilAsserted(() -> assertThat(view.getMembers())
                    .extracting(CamelClusterMember::getId)
                    .containsExactly("a", "b", "c"));
            awaitLeaderIsKnown(view, "a");
            assertThat(view.getMembers())
                    .filteredOn(CamelClusterMember::isLeader)
                    .extracting(CamelClusterMember::getId)
                    .containsExactly("a");
            assertThat(view.getMembers())
                    .filteredOn(CamelClusterMember::isLocal)
                    .hasSize(1);
        }
        a.setDisabled(true);
        soon().until(() -> b.isLeader() || c.isLeader());
        String leader = b.isLeader() ? "b" : "c";
        for (LeadershipView view : List.of(a, b, c)) {
            awaitLeaderIsKnown(view, leader);
        }
        assertThat(a.getLocalMember().getId()).isEqualTo("a");
    }

    @Test
    void fault16MembersThatComeAndGoAreTold() {
        LeadershipView a = services.start("a").getView("lock1");
        Recorder recorder = new Recorder();
        a.addEventListener(recorder);
        soon().untilAsserted(() -> assertThat(recorder.members).containsExactly("+a"));
        FileLockClusterService b = services.start("b");
        soon().untilAsserted(() -> assertThat(recorder.members).containsExactly("+a", "+b"));
        b.stop();
        soon().untilAsserted(() -> assertThat(recorder.members).containsExactly("+a", "+b", "-b"));
    }

    @Test
    void fault17TheStopOfALeadingViewTellsItsListenersBeforeAnybodyElseLeads() {
        FileLockClusterService a = services.start("a");
        LeadershipView first = a.getView("lock1");
        Recorder recorder = new Recorder();
        first.addEventListener(recorder);
        soon().until(() -> "a".equals(recorder.last()));
        AtomicBoolean leadsInTheCallback = new AtomicBoolean(true);
        first.addEventListener((CamelClusterEventListener.Leadership) (of, leader) -> {
            if (leader == null) {
                leadsInTheCallback.set(first.isLeader());
            }
        });
        a.stop();
        assertThat(recorder.last()).isEqualTo("-");
        assertThat(leadsInTheCallback).as("isLeader() during the loss callback").isFalse();
    }

    @Test
    void fault17TheReleaseOfALeadingViewTellsItsListeners() {
        FileLockClusterService a = services.start("a");
        LeadershipView view = a.getView("lock1");
        Recorder recorder = new Recorder();
        view.addEventListener(recorder);
        soon().until(() -> "a".equals(recorder.last()));
        a.releaseView(view);
        soon().until(() -> "-".equals(recorder.last()));
        assertThat(view.isLeader()).isFalse();
    }

    @Test
    void fault12TheLockIsKeptUntilTheLossCallbackHasReturned() throws InterruptedException {
        FileLockClusterService a = services.start("a");
        LeadershipView first = a.getView("lock1");
        CountDownLatch mayReturn = new CountDownLatch(1);
        CountDownLatch stopping = new CountDownLatch(1);
        AtomicBoolean returned = new AtomicBoolean();
        first.addEventListener((CamelClusterEventListener.Leadership) (of, leader) -> {
            if (leader == null && stopping.getCount() == 1 && returned.get()) {
                stopping.countDown();
                await(mayReturn);
            } else if (leader != null) {
                returned.set(true);
            }
        });
        awaitLeader(first);
        soon().untilTrue(returned);
        LeadershipView second = services.start("b").getView("lock1");
        awaitLeaderIsKnown(second, "a");
        first.setDisabled(true);
        assertThat(stopping.await(5, TimeUnit.SECONDS)).isTrue();
        within(Duration.ofSeconds(2))
                .during(Duration.ofMillis(500))
                .until(() -> !second.isLeader() && !first.isLeader());
        mayReturn.countDown();
        awaitLeader(second);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void fault18OneListenerThatThrowsDoesNotHideTheEventFromTheOthersAndNoneIsCalledUnderALock() {
        FileLockClusterService service = services.start("a");
        LeadershipView view = service.getView("lock1");
        view.addEventListener((CamelClusterEventListener.Leadership) (of, leader) -> {
            throw new IllegalStateException("mine");
        });
        view.addEventListener((CamelClusterEventListener.Leadership) (of, leader) -> {
            throw new NoClassDefFoundError("mine too");
        });
        AtomicBoolean othersCouldUseTheService = new AtomicBoolean(true);
        AtomicInteger calls = new AtomicInteger();
        view.addEventListener((CamelClusterEventListener.Leadership) (of, leader) -> {
            // What the listener's caller held, another thread could not take now.
            Thread other = new Thread(() -> {
                service.getView("lock2");
                view.addEventListener(new Recorder());
                view.getMembers();
            });
            other.start();
            try {
                other.join(3_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            othersCouldUseTheService.compareAndSet(true, !other.isAlive());
            calls.incrementAndGet();
        });
        Recorder last = new Recorder();
        view.addEventListener(last);
        soon().until(() -> "a".equals(last.last()));
        view.setDisabled(true);
        soon().until(() -> "-".equals(last.last()));
        soon().until(() -> calls.get() >= 2);
        assertThat(othersCouldUseTheService).isTrue();
    }

    @Test
    void aListenerThatComesLateHearsTheStateOnce() {
        LeadershipView view = services.start("a").getView("lock1");
        awaitLeader(view);
        Recorder late = new Recorder();
        view.addEventListener(late);
        soon().untilAsserted(() -> assertThat(late.heard).containsExactly("a"));
        within(Duration.ofSeconds(4)).during(Duration.ofMillis(1_200)).until(() -> late.heard.size() == 1);
        view.removeEventListener(late);
        view.setDisabled(true);
        soon().until(() -> !view.isLeader());
        assertThat(late.heard).hasSize(1);
    }

    @Test
    void aViewThatIsReleasedTooOftenOrElsewhereDisturbsNobody() {
        FileLockClusterService a = services.start("a");
        FileLockClusterService b = services.make("b");
        LeadershipView view = a.getView("lock1");
        assertThat(a.getView("lock1")).isSameAs(view);
        awaitLeader(view);
        LeadershipView foreign = b.getView("lock1");
        a.releaseView(foreign);
        a.releaseView(view);
        assertThat(a.getNamespaces()).containsExactly("lock1");
        assertThat(view.isLeader()).isTrue();
        a.releaseView(view);
        assertThat(a.getNamespaces()).isEmpty();
        a.releaseView(view);
        a.releaseView(view);
        LeadershipView again = a.getView("lock1");
        assertThat(again).isNotSameAs(view);
        awaitLeader(again);
        a.releaseView(view);
        assertThat(again.isLeader()).isTrue();
    }

    @Test
    void aServiceRestartsAndItsViewsWithIt() {
        FileLockClusterService a = services.make("a");
        LeadershipView view = a.getView("lock1");
        Recorder recorder = new Recorder();
        view.addEventListener(recorder);
        assertThat(view.isLeader()).isFalse();
        assertThat(view.getLeader()).isEmpty();
        assertThat(view.getMembers()).extracting(CamelClusterMember::getId).containsExactly("a");
        long token = 0;
        for (int round = 0; round < 4; round++) {
            a.start();
            awaitLeader(view);
            assertThat(view.leadership().fencingToken()).isGreaterThan(token);
            token = view.leadership().fencingToken();
            a.stop();
            assertThat(view.isLeader()).isFalse();
            assertThat(view.getLeader()).isEmpty();
            soon().untilAsserted(() -> assertThat(threadsOf("a").stream()
                            .filter(name -> !name.endsWith("-listeners") && !name.endsWith("-stops")))
                    .isEmpty());
        }
        assertThat(a.getView("lock2").isLeader())
                .as("a view that is asked for after the stop")
                .isFalse();
        a.start();
        awaitLeader(a.getView("lock2"));
    }

    @Test
    void aStoppedServiceLeavesNothingOpenAndOnlyTheFilesOfItsLocks() throws Exception {
        FileLockClusterService a = services.start("a");
        awaitLeader(a.getView("lock1"));
        a.stop();
        assertThat(FileServices.descriptorsBelow(root)).isZero();
        assertThat(FileServices.filesBelow(root)).containsExactly("lock1", "lock1.epoch", "lock1.leader");
        assertThat(root.resolve(".members")).isEmptyDirectory();
    }

    @Test
    void itWorksInACamelContextAndWithoutOne() throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            FileLockClusterService a = services.make("a");
            context.addService(a);
            context.start();
            LeadershipView view = a.getView("lock1");
            awaitLeader(view);
            assertThat(view.getCamelContext()).isSameAs(context);
        }
        LeadershipView without = services.start("b").getView("lock1");
        awaitLeader(without);
        assertThat(without.getCamelContext()).isNull();
    }

    @Test
    void disabledBeforeTheStartItOnlyWatches() {
        FileLockClusterService a = services.make("a");
        LeadershipView view = a.getView("lock1");
        view.setDisabled(true);
        a.start();
        LeadershipView other = services.start("b").getView("lock1");
        awaitLeader(other);
        awaitLeaderIsKnown(view, "b");
        assertThat(view.isLeader()).isFalse();
        view.setDisabled(false);
        other.setDisabled(true);
        awaitLeader(view);
    }

    @ParameterizedTest
    @ValueSource(strings = {"files", "watch", "elections"})
    void interruptingAThreadOfTheServiceLosesNoLock(String role) {
        LeadershipView first = services.start("a").getView("lock1");
        awaitLeader(first);
        LeadershipView second = services.start("b").getView("lock1");
        awaitLeaderIsKnown(second, "a");
        long token = first.leadership().fencingToken();
        for (int i = 0; i < 200; i++) {
            FileServices.thread("a", role).interrupt();
            busyFor(500_000);
        }
        within(Duration.ofSeconds(5))
                .during(Duration.ofMillis(1_200))
                .until(() -> first.isLeader() && !second.isLeader());
        assertThat(first.leadership().fencingToken()).isEqualTo(token);
        first.setDisabled(true);
        awaitLeader(second);
    }

    @Test
    void anInterruptedThreadMayAskForViewsAndStop() {
        FileLockClusterService a = services.start("a");
        LeadershipView view;
        try {
            Thread.currentThread().interrupt();
            view = a.getView("lock1");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        awaitLeader(view);
        LeadershipView second = services.start("b").getView("lock1");
        awaitLeaderIsKnown(second, "a");
        try {
            Thread.currentThread().interrupt();
            a.stop();
        } finally {
            assertThat(Thread.interrupted())
                    .as("the interrupt is kept for the caller")
                    .isTrue();
        }
        assertThat(view.isLeader()).isFalse();
        awaitLeader(second);
    }

    @Test
    void manyLocksCostNoThreadEach() {
        FileLockClusterService a = services.start("a");
        List<LeadershipView> views = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            views.add(a.getView("lock" + i));
        }
        views.forEach(FileServices::awaitLeader);
        // elections, files and watch; those that call listeners end when there is nothing to tell
        soon().untilAsserted(() -> assertThat(threadsOf("a")).hasSizeLessThanOrEqualTo(3));
    }
}
