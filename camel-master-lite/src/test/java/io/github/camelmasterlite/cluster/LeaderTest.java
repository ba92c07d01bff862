package io.github.camelmasterlite.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.election.Tenure;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.impl.DefaultCamelContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link Leader} promises. */
class LeaderTest {

    private static final Duration BOUND = Duration.ofSeconds(10);
    private static final String LOCK = "lock1";

    private final ManualClusterService service = new ManualClusterService("a");
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final List<Leader.Authority> authorities = new CopyOnWriteArrayList<>();
    private final List<CountDownLatch> gates = new ArrayList<>();
    private final List<AutoCloseable> closeables = new ArrayList<>();

    @BeforeEach
    void startService() {
        service.start();
    }

    @AfterEach
    void stop() throws Exception {
        gates.forEach(CountDownLatch::countDown);
        for (AutoCloseable closeable : closeables) {
            closeable.close();
        }
        service.stop();
    }

    private static void within(Callable<Boolean> condition) {
        await().atMost(BOUND).pollInterval(Duration.ofMillis(1)).until(condition);
    }

    private static void stays(Callable<Boolean> condition) {
        await().during(Duration.ofMillis(200))
                .atMost(BOUND)
                .pollInterval(Duration.ofMillis(5))
                .until(condition);
    }

    private CountDownLatch gate() {
        CountDownLatch gate = new CountDownLatch(1);
        gates.add(gate);
        return gate;
    }

    private static void pass(CountDownLatch gate) throws InterruptedException {
        if (!gate.await(20, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the test forgot to open the gate");
        }
    }

    /** As code does that an interrupt does not end. */
    private static void passIgnoringInterrupts(CountDownLatch gate) {
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(1))
                .until(() -> {
                    boolean unused = Thread.interrupted();
                    return gate.getCount() == 0;
                });
    }

    private Leader.Builder recording(CamelClusterService over) {
        return Leader.of(over, LOCK)
                .onGain(authority -> {
                    authorities.add(authority);
                    calls.add("gain");
                })
                .onLoss(authority -> calls.add("loss"));
    }

    private Leader start(Leader.Builder builder) {
        Leader leader = builder.start();
        closeables.add(0, leader);
        return leader;
    }

    private Leader.Authority last() {
        return authorities.get(authorities.size() - 1);
    }

    // ---- gain and loss

    @Test
    void workStartsWithTheTenureAndHasEndedBeforeTheLockIsReleased() {
        CountDownLatch ending = gate();
        Leader leader = start(recording(service).onLoss(authority -> {
            calls.add("loss");
            pass(ending);
            calls.add("ended");
        }));
        stays(calls::isEmpty);
        assertThat(leader.isLeader()).isFalse();

        service.gain(LOCK);
        within(() -> calls.equals(List.of("gain")));
        assertThat(leader.isLeader()).isTrue();
        assertThat(leader.fencingToken()).isPositive().isEqualTo(last().fencingToken());
        leader.check();
        last().check();

        service.lose(LOCK);
        within(() -> calls.size() == 2);
        assertThat(leader.isLeader()).isFalse();
        assertThat(leader.fencingToken()).isZero();
        stays(() -> service.releases(LOCK) == 0);

        ending.countDown();
        within(() -> service.isReleased(LOCK));
        assertThat(calls).containsExactly("gain", "loss", "ended");
    }

    @Test
    void everyTenureIsWorkedUnderOnceAndItsAuthorityIsNotMistakenForAnother() {
        start(recording(service));
        service.gain(LOCK);
        within(() -> calls.size() == 1);
        service.lose(LOCK);
        within(() -> service.isReleased(LOCK));
        service.gain(LOCK);
        within(() -> calls.size() == 3);

        assertThat(calls).containsExactly("gain", "loss", "gain");
        Leader.Authority former = authorities.get(0);
        assertThat(last().isHeld()).isTrue();
        assertThat(last().fencingToken()).isGreaterThan(former.fencingToken());
        assertThat(last().tenure()).map(Tenure::term).contains(2L);
        assertThat(former.isHeld()).isFalse();
        assertThatThrownBy(former::check)
                .isInstanceOf(NotLeaderException.class)
                .hasMessageContaining(LOCK)
                .satisfies(e -> assertThat(((NotLeaderException) e).getLock()).isEqualTo(LOCK));
    }

    @Test
    void whoDoesNotLeadIsToldSoByCheck() {
        Leader leader = start(recording(service));

        assertThatThrownBy(leader::check).isInstanceOf(NotLeaderException.class).hasMessageContaining(LOCK);
    }

    @Test
    void onLossIsNotCalledBesideOnGain() {
        CountDownLatch starting = gate();
        Leader leader = start(recording(service).interrupting(false).onGain(authority -> {
            authorities.add(authority);
            passIgnoringInterrupts(starting);
            calls.add("gain");
        }));
        service.gain(LOCK);
        within(() -> authorities.size() == 1);

        service.lose(LOCK);
        within(() -> !last().isHeld());
        assertThat(leader.isLeader()).isFalse();
        stays(() -> calls.isEmpty() && service.releases(LOCK) == 0);

        starting.countDown();
        within(() -> service.isReleased(LOCK));
        assertThat(calls).containsExactly("gain", "loss");
    }

    @Test
    void anOnGainThatBlocksIsInterruptedByTheLossAndOnLossIsNot() {
        CountDownLatch never = gate();
        start(recording(service)
                .onGain(authority -> {
                    authorities.add(authority);
                    pass(never);
                })
                .onLoss(authority ->
                        calls.add("loss, interrupted: " + Thread.currentThread().isInterrupted())));
        service.gain(LOCK);
        within(() -> authorities.size() == 1);

        service.lose(LOCK);

        within(() -> service.isReleased(LOCK));
        assertThat(calls).containsExactly("loss, interrupted: false");
        assertThat(service.resignations(LOCK)).isZero();
    }

    @Test
    void anOnGainThatMustNotBeInterruptedIsNot() {
        AtomicReference<@Nullable Boolean> interrupted = new AtomicReference<>();
        start(recording(service).interrupting(false).onGain(authority -> {
            authorities.add(authority);
            await().atMost(BOUND).pollInterval(Duration.ofMillis(1)).until(() -> !authority.isHeld());
            interrupted.set(Thread.currentThread().isInterrupted());
        }));
        service.gain(LOCK);
        within(() -> authorities.size() == 1);

        service.lose(LOCK);

        within(() -> service.isReleased(LOCK));
        assertThat(interrupted).hasValue(false);
    }

    @Test
    void anOnGainThatReturnsByItselfKeepsTheLockAndIsNotCalledAgain() {
        Leader leader = start(recording(service));
        service.gain(LOCK);
        within(() -> calls.size() == 1);

        stays(() -> calls.size() == 1 && leader.isLeader() && service.releases(LOCK) == 0);
    }

    // ---- authority that lapses and comes back

    @Test
    void workDoesNotBeginBeforeTheTenureIsVerified() {
        start(recording(service));
        service.gainSuspended(LOCK);
        stays(calls::isEmpty);

        service.confirmAuthority(LOCK);

        within(() -> calls.equals(List.of("gain")));
    }

    @Test
    void workThatNeverBeganNeedsNoEnd() {
        Leader leader = start(recording(service));
        service.gainSuspended(LOCK);
        stays(calls::isEmpty);

        service.lose(LOCK);

        within(() -> service.isReleased(LOCK));
        leader.close();
        assertThat(calls).isEmpty();
    }

    /** A loop asks whether it may go on; one that was told no, and ended, would otherwise leave a leader without work. */
    @Test
    void workThatEndedBecauseItsAuthorityLapsedBeginsAgainWhenThatIsConfirmed() {
        start(recording(service).onGain(authority -> {
            authorities.add(authority);
            calls.add("gain");
            await().atMost(BOUND).pollInterval(Duration.ofMillis(1)).until(() -> !authority.isHeld());
        }));
        service.gain(LOCK);
        within(() -> calls.size() == 1);

        service.suspendAuthority(LOCK);
        within(() -> calls.equals(List.of("gain", "loss")));
        stays(() -> calls.size() == 2);
        service.confirmAuthority(LOCK);

        within(() -> calls.equals(List.of("gain", "loss", "gain")));
        assertThat(authorities.get(0).isHeld()).isFalse();
        assertThat(authorities.get(1).fencingToken())
                .isEqualTo(authorities.get(0).fencingToken());
        assertThat(service.resignations(LOCK)).isZero();
    }

    @Test
    void aLapseThatNobodyWhoWorksHasSeenChangesNothing() {
        Leader leader = start(recording(service));
        service.gain(LOCK);
        within(() -> calls.size() == 1);

        service.suspendAuthority(LOCK);
        within(() -> !leader.isLeader());
        service.confirmAuthority(LOCK);
        within(leader::isLeader);

        stays(() -> calls.size() == 1);
        assertThat(last().isHeld()).isTrue();
    }

    @Test
    void workThatEndedBecauseItsAuthorityLapsedDoesNotBeginAgainAfterTheLoss() {
        start(recording(service));
        service.gain(LOCK);
        within(() -> calls.size() == 1);
        service.suspendAuthority(LOCK);
        within(() -> !last().isHeld());
        within(() -> calls.size() == 2);

        service.lose(LOCK);

        within(() -> service.isReleased(LOCK));
        stays(() -> calls.equals(List.of("gain", "loss")));
    }

    /** The verdict on a tenure may come before its end is told, or after. */
    @Test
    void lapsesThatEndInLossesLeaveNothingBehind() {
        start(recording(service));
        for (int i = 1; i <= 100; i++) {
            int rounds = i;
            service.gain(LOCK);
            within(() -> authorities.size() == rounds);
            service.suspendAuthority(LOCK);
            within(() -> !last().isHeld());
            service.lose(LOCK);
            within(() -> service.releases(LOCK) == rounds);
            assertThat(calls).hasSize(2 * rounds);
        }
    }

    // ---- hooks that throw

    @Test
    void whoFailsToStartGivesUpTheLockAfterOnLoss() {
        Leader leader = start(recording(service)
                .onGain(authority -> {
                    authorities.add(authority);
                    calls.add("gain");
                    throw new IllegalStateException("a failing start");
                })
                .onLoss(authority -> calls.add("loss, resigned: " + service.resignations(LOCK))));
        service.gain(LOCK);

        within(() -> service.isReleased(LOCK));
        assertThat(calls).containsExactly("gain", "loss, resigned: 0");
        assertThat(service.resignations(LOCK)).isOne();
        assertThat(leader.isLeader()).isFalse();

        service.gain(LOCK);
        within(() -> calls.size() == 4);
    }

    @Test
    void whoFailsToStartLetsAnotherMemberWork() {
        String cluster = UUID.randomUUID().toString();
        LocalClusterService first = local(cluster, "first");
        LocalClusterService second = local(cluster, "second");
        AtomicInteger attempts = new AtomicInteger();
        start(Leader.of(first, LOCK).coolDown(Duration.ofMinutes(1)).onGain(authority -> {
            attempts.incrementAndGet();
            throw new IllegalStateException("a failing start");
        }));
        within(() -> attempts.get() == 1);

        Leader working = start(recording(second));

        within(working::isLeader);
        assertThat(attempts).hasValue(1);
    }

    @Test
    void aSingleMemberThatFailsToStartTriesAgainAfterTheCoolDown() {
        LocalClusterService only = local(UUID.randomUUID().toString(), "only");
        AtomicInteger attempts = new AtomicInteger();
        Leader leader =
                start(Leader.of(only, LOCK).coolDown(Duration.ofMillis(50)).onGain(authority -> {
                    if (attempts.incrementAndGet() < 3) {
                        throw new IllegalStateException("a failing start");
                    }
                }));

        within(leader::isLeader);
        within(() -> attempts.get() == 3);
    }

    @Test
    void anOnLossThatThrowsDoesNotKeepTheLock() {
        start(recording(service).onLoss(authority -> {
            throw new LinkageError("a failing stop");
        }));
        service.gain(LOCK);
        within(() -> calls.size() == 1);

        service.lose(LOCK);

        within(() -> service.isReleased(LOCK));
    }

    // ---- close

    @Test
    void closeEndsTheWorkAndThenReleasesTheView() {
        Leader leader = start(recording(service)
                .onLoss(authority ->
                        calls.add("loss, views: " + service.getNamespaces().size())));
        service.gain(LOCK);
        within(() -> calls.size() == 1);

        leader.close();

        assertThat(calls).containsExactly("gain", "loss, views: 1");
        assertThat(leader.isLeader()).isFalse();
        assertThat(last().isHeld()).isFalse();
        assertThat(service.getNamespaces()).isEmpty();
        within(() -> service.isReleased(LOCK));
    }

    @Test
    void aSecondCloseDoesNothingMore() {
        LeadershipView own = service.getView(LOCK);
        Leader leader = start(recording(service));
        service.gain(LOCK);
        within(() -> calls.size() == 1);

        leader.close();
        leader.close();

        assertThat(calls).containsExactly("gain", "loss");
        assertThat(service.getNamespaces()).as("the reference of somebody else").containsExactly(LOCK);
        service.releaseView(own);
    }

    @Test
    void aClosedLeaderDoesNotWorkWhenAnotherUserOfItsLockGains() {
        LeadershipView own = service.getView(LOCK);
        start(recording(service)).close();

        service.gain(LOCK);

        within(own::isLeader);
        stays(calls::isEmpty);
    }

    @Test
    void closeInTheMidstOfAStartEndsIt() {
        CountDownLatch never = gate();
        Leader leader = start(recording(service).onGain(authority -> {
            authorities.add(authority);
            pass(never);
        }));
        service.gain(LOCK);
        within(() -> authorities.size() == 1);

        leader.close();

        assertThat(calls).containsExactly("loss");
        within(() -> service.isReleased(LOCK));
        assertThat(service.resignations(LOCK)).isZero();
    }

    @Test
    void closeWaitsForTheStopBudgetAtMostAndTheLockUntilTheWorkHasEnded() {
        service.setStopBudgetMillis(300);
        CountDownLatch starting = gate();
        Leader leader = start(recording(service).onGain(authority -> {
            authorities.add(authority);
            passIgnoringInterrupts(starting);
        }));
        service.gain(LOCK);
        within(() -> authorities.size() == 1);

        CompletableFuture<Void> close = CompletableFuture.runAsync(leader::close);

        assertThat(close).isNotCompleted();
        assertThat(close).as("300 ms, and room for a busy machine").succeedsWithin(Duration.ofSeconds(2));
        assertThat(calls).isEmpty();
        stays(() -> service.releases(LOCK) == 0);
        starting.countDown();
        within(() -> service.isReleased(LOCK));
        within(() -> service.getNamespaces().isEmpty());
        assertThat(calls).containsExactly("loss");
    }

    @Test
    void anInterruptEndsTheWaitingOfCloseAndIsKept() {
        service.setStopBudgetMillis(20_000);
        CountDownLatch starting = gate();
        Leader leader = start(recording(service).onGain(authority -> {
            authorities.add(authority);
            passIgnoringInterrupts(starting);
        }));
        service.gain(LOCK);
        within(() -> authorities.size() == 1);

        CompletableFuture<Boolean> interrupted = CompletableFuture.supplyAsync(() -> {
            Thread.currentThread().interrupt();
            leader.close();
            return Thread.interrupted();
        });

        assertThat(interrupted).succeedsWithin(Duration.ofSeconds(5)).isEqualTo(true);
    }

    @Test
    void aHookThatClosesItsLeaderIsNotWaitedFor() {
        service.setStopBudgetMillis(20_000);
        AtomicReference<@Nullable Leader> leader = new AtomicReference<>();
        CompletableFuture<Boolean> closed = new CompletableFuture<>();
        leader.set(start(recording(service).onGain(authority -> {
            within(() -> leader.get() != null);
            Leader own = leader.get();
            if (own != null) {
                own.close();
            }
            closed.complete(Thread.currentThread().isInterrupted());
        })));
        service.gain(LOCK);

        assertThat(closed).succeedsWithin(Duration.ofSeconds(5)).isEqualTo(false);
        within(() -> service.isReleased(LOCK));
        assertThat(calls).containsExactly("loss");
    }

    @Test
    void closeBeforeTheServiceStartsAndAfterItsStopIsFine() {
        ManualClusterService stopped = new ManualClusterService("b");
        recording(stopped).start().close();

        Leader leader = start(recording(service));
        service.gain(LOCK);
        within(() -> calls.size() == 1);
        service.stop();
        leader.close();

        assertThat(calls).containsExactly("gain", "loss");
    }

    // ---- surroundings

    private LocalClusterService local(String cluster, String id) {
        LocalClusterService local = new LocalClusterService(cluster);
        local.setId(id);
        local.start();
        closeables.add(local);
        return local;
    }

    @Test
    void twoContextsTakeTurnsAndNeverWorkTogether() throws Exception {
        String cluster = UUID.randomUUID().toString();
        AtomicInteger working = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Long> tokens = new CopyOnWriteArrayList<>();
        List<DefaultCamelContext> contexts = new ArrayList<>();
        List<LocalClusterService> services = new ArrayList<>();
        List<Leader> leaders = new ArrayList<>();
        for (String id : List.of("first", "second")) {
            DefaultCamelContext context = new DefaultCamelContext();
            LocalClusterService local = new LocalClusterService(cluster);
            local.setId(id);
            context.addService(local);
            context.start();
            closeables.add(context::stop);
            closeables.add(local);
            contexts.add(context);
            services.add(local);
            leaders.add(start(Leader.of(local, LOCK)
                    .onGain(authority -> {
                        tokens.add(authority.fencingToken());
                        most.accumulateAndGet(working.incrementAndGet(), Math::max);
                    })
                    .onLoss(authority -> working.decrementAndGet())));
            within(() -> tokens.size() == 1);
        }
        assertThat(leaders.get(0).isLeader()).isTrue();

        contexts.get(0).stop();
        within(() -> leaders.get(1).isLeader() && tokens.size() == 2);
        services.get(0).start();
        leaders.get(1).close();
        within(() -> leaders.get(0).isLeader() && tokens.size() == 3);

        assertThat(most).hasValue(1);
        assertThat(tokens).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void aRestartOfTheServiceEndsTheWorkAndBeginsItAgain() {
        LocalClusterService local = local(UUID.randomUUID().toString(), "a");
        start(recording(local));
        within(() -> calls.size() == 1);

        local.stop();
        assertThat(calls).containsExactly("gain", "loss");
        local.start();

        within(() -> calls.size() == 3);
        assertThat(last().fencingToken()).isGreaterThan(authorities.get(0).fencingToken());
    }

    @Test
    void neitherAFollowerNorALeaderWhoseHookHasReturnedHasAThread() {
        LocalClusterService local = local(UUID.randomUUID().toString(), "a");
        for (int i = 0; i < 50; i++) {
            int number = i;
            start(Leader.of(local, "busy" + number).onGain(authority -> calls.add("gain" + number)));
            start(Leader.of(service, "idle" + number).onGain(authority -> calls.add("wrong")));
        }
        within(() -> calls.size() == 50);
        within(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("camel-master-lite-leader-")));
        assertThat(calls).doesNotContain("wrong");
    }

    @Test
    void hooksHaveTheClassLoaderOfWhoeverStartedTheLeader() throws Exception {
        List<ClassLoader> seen = new CopyOnWriteArrayList<>();
        try (URLClassLoader application = new URLClassLoader(new URL[0])) {
            Thread thread = Thread.currentThread();
            ClassLoader before = thread.getContextClassLoader();
            thread.setContextClassLoader(application);
            try {
                start(Leader.of(service, LOCK)
                        .onGain(authority -> seen.add(Thread.currentThread().getContextClassLoader()))
                        .onLoss(authority -> seen.add(Thread.currentThread().getContextClassLoader()))
                        .onLeader(id -> seen.add(Thread.currentThread().getContextClassLoader())));
            } finally {
                thread.setContextClassLoader(before);
            }
            service.gain(LOCK);
            within(() -> seen.size() == 2);
            service.lose(LOCK);
            within(() -> seen.size() == 4);

            assertThat(seen).containsOnly(application);
        }
    }

    @Test
    void onLeaderHearsWhoLeadsAndThatNobodyDoesAndItsExceptionsHurtNobody() {
        String cluster = UUID.randomUUID().toString();
        LocalClusterService first = local(cluster, "first");
        LocalClusterService second = local(cluster, "second");
        Leader leading = start(recording(first));
        within(leading::isLeader);
        start(Leader.of(second, LOCK).onGain(authority -> {}).onLeader(id -> {
            calls.add("leader " + id.orElse("none"));
            throw new IllegalStateException("a failing hook");
        }));
        within(() -> calls.contains("leader first"));

        leading.close();

        within(() -> calls.contains("leader second"));
        second.stop();
        within(() -> calls.contains("leader none"));
        assertThat(calls.stream().filter(call -> call.equals("leader first"))).hasSize(1);
    }

    @Test
    void aMissingHookAndBadOptionsAreToldByName() {
        assertThatThrownBy(() -> Leader.of(service, " "))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lock");
        assertThatThrownBy(() -> Leader.of(service, LOCK).start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("onGain");
        assertThatThrownBy(() -> Leader.of(service, LOCK).coolDown(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("coolDown");
        assertThat(service.getNamespaces()).isEmpty();
    }
}
