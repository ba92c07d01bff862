package io.github.camelmasterlite.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.master.MasterConstants;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.apache.camel.cluster.CamelClusterMember;
import org.apache.camel.cluster.CamelClusterView;
import org.apache.camel.cluster.CamelPreemptiveClusterService;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LocalClusterServiceTest {

    /** An orderly hand-over takes milliseconds; the rest is for a busy machine. */
    private static final Duration HAND_OVER = Duration.ofSeconds(1);

    private static final Duration BOUND = Duration.ofSeconds(10);

    private final String cluster = UUID.randomUUID().toString();
    private final List<LocalClusterService> services = new ArrayList<>();
    private final List<DefaultCamelContext> contexts = new ArrayList<>();

    @AfterEach
    void stop() {
        contexts.forEach(DefaultCamelContext::stop);
        services.forEach(LocalClusterService::stop);
    }

    private LocalClusterService service(String id) {
        LocalClusterService service = new LocalClusterService(cluster);
        service.setId(id);
        services.add(service);
        return service;
    }

    private LocalClusterService started(String id) {
        LocalClusterService service = service(id);
        service.start();
        return service;
    }

    private static void within(Duration bound, Callable<Boolean> condition) {
        await().atMost(bound).pollInterval(Duration.ofMillis(1)).until(condition);
    }

    private static void stays(Callable<Boolean> condition) {
        await().during(Duration.ofMillis(300))
                .atMost(BOUND)
                .pollInterval(Duration.ofMillis(5))
                .until(condition);
    }

    private static String leader(LeadershipView view) {
        return view.getLeader().map(CamelClusterMember::getId).orElse("nobody");
    }

    private static boolean allSee(String leader, LeadershipView... views) {
        return List.of(views).stream().allMatch(view -> leader(view).equals(leader));
    }

    private static List<String> memberIds(LeadershipView view) {
        return view.getMembers().stream().map(CamelClusterMember::getId).toList();
    }

    // ---- who leads

    @Test
    void oneOfThreeLeadsAllKnowWhoAndEachStopHandsOver() {
        LeadershipView a = started("a").getView("lock1");
        within(HAND_OVER, a::isLeader);
        LeadershipView b = started("b").getView("lock1");
        LeadershipView c = started("c").getView("lock1");
        within(HAND_OVER, () -> allSee("a", a, b, c));
        assertThat(memberIds(a)).isEqualTo(memberIds(b)).isEqualTo(memberIds(c)).containsExactly("a", "b", "c");
        assertThat(b.getLeader()).get().satisfies(member -> {
            assertThat(member.isLeader()).isTrue();
            assertThat(member.isLocal()).isFalse();
        });
        stays(() -> a.isLeader() && !b.isLeader() && !c.isLeader());

        long firstToken = a.leadership().fencingToken();
        services.get(0).stop();
        assertThat(a.isLeader()).isFalse();
        within(HAND_OVER, () -> b.isLeader() || c.isLeader());
        assertThat(b.isLeader()).isNotEqualTo(c.isLeader());
        LeadershipView second = b.isLeader() ? b : c;
        LeadershipView third = b.isLeader() ? c : b;
        within(HAND_OVER, () -> allSee(second.getLocalMember().getId(), b, c));
        assertThat(memberIds(b)).isEqualTo(memberIds(c)).containsExactly("b", "c");
        long secondToken = second.leadership().fencingToken();
        assertThat(secondToken).isGreaterThan(firstToken);

        second.getClusterService().stop();
        within(HAND_OVER, third::isLeader);
        assertThat(third.leadership().fencingToken()).isGreaterThan(secondToken);
        assertThat(third.leadership().term()).isEqualTo(3);
        within(HAND_OVER, () -> memberIds(third).size() == 1);
    }

    @Test
    void clustersOfDifferentNamesAndLocksOfDifferentNamesDoNotMeet() {
        LocalClusterService other = new LocalClusterService(cluster + "-other");
        other.setId("a");
        services.add(other);
        other.start();
        LocalClusterService one = started("a");
        LeadershipView first = one.getView("lock1");
        LeadershipView second = one.getView("lock2");
        LeadershipView foreign = other.getView("lock1");
        within(HAND_OVER, () -> first.isLeader() && second.isLeader() && foreign.isLeader());
    }

    @Test
    void resigningMovesALockAndTheCoolDownIsKept() {
        LeadershipView a = started("a").getView("lock1");
        within(HAND_OVER, a::isLeader);
        LeadershipView b = started("b").getView("lock1");
        within(HAND_OVER, () -> allSee("a", a, b));
        a.resign(Duration.ofMinutes(1));
        within(HAND_OVER, b::isLeader);
        within(HAND_OVER, () -> allSee("b", a, b));
        b.getClusterService().stop();
        stays(() -> !a.isLeader()); // it said that it would not stand for a minute
    }

    @Test
    void whoResignsWithoutARivalLeadsAgainAfterTheCoolDown() {
        LeadershipView a = started("a").getView("lock1");
        within(HAND_OVER, a::isLeader);
        long term = a.leadership().term();
        a.resign(Duration.ZERO);
        within(BOUND, () -> a.isLeader() && a.leadership().term() > term);
    }

    @Test
    void aCoolDownOfAnyLengthIsUnderstood() {
        LeadershipView a = started("a").getView("lock1");
        within(HAND_OVER, a::isLeader);
        a.resign(Duration.ofSeconds(Long.MAX_VALUE));
        within(HAND_OVER, () -> !a.isLeader());
        LeadershipView b = started("b").getView("lock1");
        within(HAND_OVER, b::isLeader);
        within(HAND_OVER, () -> allSee("b", a, b)); // it still takes notice
    }

    @Test
    void aDisabledViewGivesTheLockToAnotherAndStandsAgainWhenEnabled() {
        LeadershipView a = started("a").getView("lock1");
        within(HAND_OVER, a::isLeader);
        LeadershipView b = started("b").getView("lock1");
        a.setDisabled(true);
        within(HAND_OVER, b::isLeader);
        b.setDisabled(true);
        within(HAND_OVER, () -> !b.isLeader());
        stays(() -> !a.isLeader() && !b.isLeader());
        a.setDisabled(false);
        within(HAND_OVER, a::isLeader);
    }

    // ---- life cycle

    @Test
    void aServiceMayBeStartedAgainAndItsViewsTakePartAgain() {
        LocalClusterService one = started("a");
        LeadershipView a = one.getView("lock1");
        within(HAND_OVER, a::isLeader);
        LeadershipView b = started("b").getView("lock1");
        for (int round = 0; round < 3; round++) {
            one.stop();
            within(HAND_OVER, b::isLeader);
            one.start();
            within(HAND_OVER, () -> allSee("b", a, b));
            assertThat(memberIds(a)).containsExactly("a", "b");
            b.resign(Duration.ofMillis(300));
            within(HAND_OVER, a::isLeader);
        }
    }

    @Test
    void aServiceWhoseWorkHasNotEndedMayBeStartedAgainAndWaitsForIt() {
        LocalClusterService one = started("a");
        one.setStopBudgetMillis(50);
        LeadershipView view = one.getView("lock1");
        CompletableFuture<Void> workEnded = new CompletableFuture<>();
        List<String> calls = new CopyOnWriteArrayList<>();
        view.addEventListener(new WorkListener() {
            @Override
            public void startWork(LeadershipView of, Tenure tenure) {
                calls.add("start " + tenure.term());
            }

            @Override
            public void stopWork(LeadershipView of, Tenure tenure) {
                calls.add("stop " + tenure.term());
            }

            @Override
            public CompletionStage<?> workEnded() {
                return workEnded;
            }
        });
        within(HAND_OVER, () -> calls.size() == 1);
        one.stop();
        assertThat(calls).containsExactly("start 1", "stop 1");
        one.start();
        LeadershipView other = started("b").getView("lock1");
        stays(() -> !view.isLeader() && !other.isLeader());
        assertThat(calls).containsExactly("start 1", "stop 1");
        workEnded.complete(null);
        within(HAND_OVER, () -> view.isLeader() || other.isLeader());
        assertThat(memberIds(view)).containsExactly("a", "b");
        one.stop();
        within(HAND_OVER, other::isLeader);
        within(HAND_OVER, () -> memberIds(other).equals(List.of("b")));
    }

    @Test
    void aViewMayBeStoppedAndStartedByName() throws Exception {
        LocalClusterService one = started("a");
        CamelPreemptiveClusterService preemptive = one;
        LeadershipView a = one.getView("lock1");
        within(HAND_OVER, a::isLeader);
        LeadershipView b = started("b").getView("lock1");
        assertThat(preemptive.isLeader("lock1")).isTrue();
        assertThat(preemptive.isLeader("unknown")).isFalse();
        preemptive.stopView("lock1");
        assertThat(preemptive.isLeader("lock1")).isFalse();
        within(HAND_OVER, b::isLeader);
        services.get(1).stop();
        stays(() -> !preemptive.isLeader("lock1"));
        preemptive.startView("lock1");
        within(HAND_OVER, () -> preemptive.isLeader("lock1"));
        assertThat(preemptive.getNamespaces()).containsExactly("lock1");
    }

    @Test
    void aServiceThatStopsLeavesNoThreadBehind() {
        LocalClusterService one = started("a-" + cluster);
        LeadershipView view = one.getView("lock1");
        within(HAND_OVER, view::isLeader);
        one.stop();
        within(
                BOUND,
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().contains("a-" + cluster)));
    }

    @Test
    void twoServicesInOneContextAreTwoMembers() throws Exception {
        DefaultCamelContext context = new DefaultCamelContext();
        contexts.add(context);
        LocalClusterService one = service("a");
        LocalClusterService two = service("b");
        context.addService(one);
        context.addService(two);
        LeadershipView a = one.getView("lock1");
        LeadershipView b = two.getView("lock1");
        context.start();
        within(HAND_OVER, () -> a.isLeader() || b.isLeader());
        within(HAND_OVER, () -> leader(a).equals(leader(b)) && !leader(a).equals("nobody"));
        assertThat(a.isLeader()).isNotEqualTo(b.isLeader());
        assertThat(a.getCamelContext()).isSameAs(context);
        assertThat(memberIds(a)).containsExactly("a", "b");
    }

    // ---- bad input

    @Test
    void aMemberIdThatIsThereAlreadyIsRefusedAndTheFirstGoesOn() {
        LeadershipView a = started("a").getView("lock1");
        within(HAND_OVER, a::isLeader);
        LocalClusterService second = service("a");
        assertThatThrownBy(second::start)
                .hasStackTraceContaining("there is a member 'a' of this cluster already")
                .hasStackTraceContaining("setId");
        stays(a::isLeader);
        assertThat(memberIds(a)).containsExactly("a");
        second.setId("b");
        second.start();
        LeadershipView b = second.getView("lock1");
        within(HAND_OVER, () -> allSee("a", a, b));
    }

    @Test
    void blankNamesAreRefusedAndAnAbsentIdIsMadeUp() {
        for (String name : new String[] {null, "", " \t"}) {
            assertThatThrownBy(() -> new LocalClusterService(name))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("clusterName");
        }
        for (String id : new String[] {"", " "}) {
            LocalClusterService service = service(id);
            assertThatThrownBy(service::start)
                    .hasStackTraceContaining("id: must not be blank")
                    .hasStackTraceContaining("setId");
        }
        LocalClusterService unnamed = new LocalClusterService(cluster);
        services.add(unnamed);
        unnamed.start();
        assertThat(unnamed.getId()).isNotBlank();
        LeadershipView view = unnamed.getView("lock1");
        within(HAND_OVER, view::isLeader);
        assertThat(leader(view)).isEqualTo(unnamed.getId());
    }

    // ---- members

    @Test
    void manyThatStartAndStopAtOnceAllKnowAllInTheEnd() throws Exception {
        AtomicInteger heard = new AtomicInteger();
        LocalClusterService first = started("m00");
        LeadershipView view = first.getView("lock1");
        view.addEventListener(new CamelClusterEventListener.Membership() {
            @Override
            public void memberAdded(CamelClusterView of, CamelClusterMember member) {
                heard.incrementAndGet();
            }

            @Override
            public void memberRemoved(CamelClusterView of, CamelClusterMember member) {
                heard.decrementAndGet();
            }
        });
        List<LocalClusterService> others = new ArrayList<>();
        for (int i = 1; i <= 8; i++) {
            others.add(service("m0" + i));
        }
        for (int round = 0; round < 5; round++) {
            together(others, LocalClusterService::start);
            within(HAND_OVER, () -> memberIds(view).size() == 9 && heard.get() == 9);
            for (LocalClusterService other : others) {
                LeadershipView of = other.getView("lock1");
                within(HAND_OVER, () -> memberIds(of).size() == 9);
                other.releaseView(of);
            }
            together(others, LocalClusterService::stop);
            within(HAND_OVER, () -> memberIds(view).size() == 1 && heard.get() == 1);
        }
    }

    private static void together(
            List<LocalClusterService> services, java.util.function.Consumer<LocalClusterService> what)
            throws InterruptedException {
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (LocalClusterService service : services) {
            Thread thread = new Thread(() -> {
                try {
                    go.await(10, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                what.accept(service);
            });
            threads.add(thread);
            thread.start();
        }
        go.countDown();
        for (Thread thread : threads) {
            thread.join(10_000);
        }
    }

    // ---- routes

    private record Tick(String context, String lock, long term, long token) {}

    private final List<Tick> ticks = new CopyOnWriteArrayList<>();

    private DefaultCamelContext context(String id) throws Exception {
        DefaultCamelContext context = new DefaultCamelContext();
        contexts.add(context);
        context.addService(service(id));
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock1:timer:tick?period=10&delay=0")
                        .routeId("tick")
                        .process(exchange -> {
                            var in = exchange.getMessage();
                            ticks.add(new Tick(
                                    id,
                                    Objects.requireNonNull(in.getHeader(MasterConstants.LOCK, String.class)),
                                    Objects.requireNonNull(in.getHeader(MasterConstants.TERM, Long.class)),
                                    Objects.requireNonNull(in.getHeader(MasterConstants.FENCING_TOKEN, Long.class))));
                        });
            }
        });
        context.start();
        return context;
    }

    private boolean ticks(String id) {
        return ticks.stream().anyMatch(tick -> tick.context().equals(id));
    }

    @Test
    void aMasterRouteRunsInOneContextMovesWhenThatStopsAndItsTokensRise() throws Exception {
        DefaultCamelContext one = context("a");
        within(BOUND, () -> ticks("a"));
        DefaultCamelContext two = context("b");
        stays(() -> !ticks("b"));
        List<String> order = new ArrayList<>(List.of("a"));
        one.stop();
        order.add("b");
        within(HAND_OVER, () -> ticks("b"));
        DefaultCamelContext three = context("c");
        stays(() -> !ticks("c"));
        two.stop();
        order.add("c");
        within(HAND_OVER, () -> ticks("c"));
        three.stop();

        List<Tick> seen = List.copyOf(ticks);
        assertThat(seen).allMatch(tick -> tick.lock().equals("lock1"));
        // Each context was at work once, and no tick of one lies between ticks of another.
        assertThat(seen.stream().map(Tick::context).distinct().toList()).isEqualTo(order);
        for (int i = 1; i < seen.size(); i++) {
            Tick before = seen.get(i - 1);
            Tick tick = seen.get(i);
            if (tick.context().equals(before.context())) {
                assertThat(tick).isEqualTo(before);
            } else {
                assertThat(order.indexOf(tick.context())).isGreaterThan(order.indexOf(before.context()));
                assertThat(tick.token()).isGreaterThan(before.token());
                assertThat(tick.term()).isGreaterThan(before.term());
            }
        }
        assertThat(Objects.requireNonNull(one.getStatus()).isStopped()).isTrue();
    }
}
