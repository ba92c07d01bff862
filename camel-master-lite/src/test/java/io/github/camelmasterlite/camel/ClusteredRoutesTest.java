package io.github.camelmasterlite.camel;

import static io.github.camelmasterlite.camel.Members.SOON;
import static io.github.camelmasterlite.camel.Members.routes;
import static io.github.camelmasterlite.camel.Members.stays;
import static io.github.camelmasterlite.camel.Members.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.camel.Members.Kind;
import io.github.camelmasterlite.camel.Members.Member;
import io.github.camelmasterlite.cluster.ManualClusterService;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.ServiceStatus;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.impl.cluster.ClusteredRouteConfiguration;
import org.apache.camel.impl.cluster.ClusteredRouteController;
import org.apache.camel.impl.cluster.ClusteredRouteFilters;
import org.apache.camel.impl.cluster.ClusteredRoutePolicy;
import org.apache.camel.impl.cluster.ClusteredRoutePolicyFactory;
import org.apache.camel.support.cluster.ClusterServiceSelectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code ClusteredRoutePolicy}, its factory and {@code ClusteredRouteController} over the services of this project. */
class ClusteredRoutesTest {

    private static final Duration COOL_DOWN = Duration.ofMinutes(1);

    private Members members = new Members(Kind.LEASE);

    @AfterEach
    void stop() {
        members.close();
    }

    private Members of(Kind kind) {
        members.close();
        members = new Members(kind);
        return members;
    }

    /** A member with one route under a policy. */
    private Member policed(String id) throws Exception {
        Member member = members.member(id);
        ClusteredRoutePolicy policy = ClusteredRoutePolicy.forNamespace("lock1");
        return member.routes(routes(
                        r -> r.from("work:a").routeId("a").routePolicy(policy).to("log:a?level=DEBUG")))
                .start();
    }

    private void checkOnlyOneRuns() {
        Member leader = members.runs("a");
        Member other = members.otherThan(leader);
        stays(() -> leader.id.equals(members.ledger.runs("a")) && other.status("a") == ServiceStatus.Stopped);
        assertThat(leader.status("a")).isEqualTo(ServiceStatus.Started);
    }

    private void movedFrom(Member former) {
        String next = members.otherThan(former).id;
        until(() -> next.equals(members.ledger.runs("a")));
        members.checkNeverTwoAtOnce();
    }

    // ---- ClusteredRoutePolicy

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aPolicyRunsItsRouteInOneContextAndMovesItWhenThatContextStops(Kind kind) throws Exception {
        of(kind);
        policed("one");
        policed("two");
        checkOnlyOneRuns();
        Member leader = members.runs("a");

        leader.context.stop();

        movedFrom(leader);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aPolicyMovesItsRouteWhenTheLeaderResignsAndTheFormerLeaderMayRunItAgain(Kind kind) throws Exception {
        of(kind);
        policed("one");
        policed("two");
        Member leader = members.runs("a");
        Member other = members.otherThan(leader);

        leader.resign("lock1", COOL_DOWN);
        movedFrom(leader);
        assertThat(leader.status("a")).isEqualTo(ServiceStatus.Stopped);
        other.context.stop();

        // It cools down for a minute, unless it is told not to stand and then to stand.
        leader.service.stopView("lock1");
        leader.service.startView("lock1");
        movedFrom(other);
    }

    @Test
    void aPolicyStopsItsRouteBeforeAnotherStartsItWhenItsServiceLosesContact() throws Exception {
        policed("one");
        policed("two");
        Member leader = members.runs("a");

        leader.cutOff();

        movedFrom(leader);
        assertThat(leader.status("a")).isEqualTo(ServiceStatus.Stopped);
        leader.reconnect();
        Member next = members.otherThan(leader);
        stays(() -> next.id.equals(members.ledger.runs("a")));
        next.context.stop();
        movedFrom(next);
    }

    /** A policy asks who leads when it is told of something, whatever it is told. */
    @Test
    void aPolicyFollowsItsMemberThroughDoubtsAndFlaps() throws Exception {
        ManualClusterService service = new ManualClusterService("manual");
        WorkComponent work = new WorkComponent(members.ledger, "manual");
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.addService(service, true, true);
            context.addComponent("work", work);
            ClusteredRoutePolicy policy = ClusteredRoutePolicy.forNamespace("lock1");
            context.addRoutes(routes(
                    r -> r.from("work:a").routeId("a").routePolicy(policy).to("log:a?level=DEBUG")));
            context.start();

            // in doubt when it is told of the gain
            service.gainSuspended("lock1");
            stays(() -> !work.hasRun());
            service.confirmAuthority("lock1");
            until(() -> "manual".equals(members.ledger.runs("a")));

            // in doubt while it leads
            service.suspendAuthority("lock1");
            until(() -> members.ledger.runs("a") == null);
            service.confirmAuthority("lock1");
            until(() -> "manual".equals(members.ledger.runs("a")));

            // a new tenure as soon as the old one has ended, whatever the policy still does then
            for (int i = 1; i <= 20; i++) {
                int ended = i;
                service.lose("lock1");
                service.gain("lock1");
                until(() -> service.releases("lock1") == ended);
            }
            until(() -> service.isLeader("lock1") && "manual".equals(members.ledger.runs("a")));
            stays(() -> "manual".equals(members.ledger.runs("a")));
            service.lose("lock1");
            until(() -> members.ledger.runs("a") == null && service.isReleased("lock1"));
            stays(() -> members.ledger.runs("a") == null);
        }
    }

    @Test
    void aPolicyThatIsGivenItsServiceAndARouteThatIsAddedLaterAreNoDifferent() throws Exception {
        for (String id : List.of("one", "two")) {
            Member member = members.member(id).start();
            ClusteredRoutePolicy policy = ClusteredRoutePolicy.forNamespace(member.service, "lock1");
            member.routes(routes(
                    r -> r.from("work:a").routeId("a").routePolicy(policy).to("log:a?level=DEBUG")));
        }
        checkOnlyOneRuns();
        Member leader = members.runs("a");

        // The last route of a policy gives its view back.
        leader.context.getRouteController().stopRoute("a");
        assertThat(leader.context.removeRoute("a")).isTrue();

        movedFrom(leader);
        assertThat(leader.service.getNamespaces()).isEmpty();
    }

    @Test
    void aRouteThatIsNotToStartByItselfIsNotStartedByItsPolicy() throws Exception {
        Member member = members.member("one");
        ClusteredRoutePolicy policy = ClusteredRoutePolicy.forNamespace("lock1");
        member.routes(routes(r -> {
                    r.from("work:a").routeId("a").routePolicy(policy).to("log:a?level=DEBUG");
                    r.from("work:b")
                            .routeId("b")
                            .autoStartup(false)
                            .routePolicy(policy)
                            .to("log:b?level=DEBUG");
                }))
                .start();
        until(() -> "one".equals(members.ledger.runs("a")));
        stays(() -> members.ledger.runs("b") == null);
    }

    /** The documented limit: Camel stops the routes, and decides how long that may take. */
    @Test
    void aPolicyWhoseRouteTakesLongerThanTheStopBudgetKeepsItsLockAndTheLogNamesBothTimes() throws Exception {
        CountDownLatch gate = members.gate();
        CountDownLatch begun = new CountDownLatch(1);
        for (String id : List.of("one", "two")) {
            Member member = members.member(id);
            ClusteredRoutePolicy policy = ClusteredRoutePolicy.forNamespace("lock1");
            member.routes(routes(r -> r.from("work:a")
                            .routeId("a")
                            .routePolicy(policy)
                            .process(exchange -> {
                                begun.countDown();
                                assertThat(gate.await(60, TimeUnit.SECONDS)).isTrue();
                            })))
                    .start();
        }
        Member leader = members.runs("a");
        CompletableFuture<Exchange> exchange = CompletableFuture.supplyAsync(
                () -> leader.work.last().deliver("x").join());
        assertThat(begun.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        try (CapturedLog log = new CapturedLog()) {
            leader.resign("lock1", COOL_DOWN);

            until(() -> log.warned(
                    "Lock lock1",
                    "ClusteredRoutePolicy",
                    Members.STOP_BUDGET_MILLIS + " ms (stopBudgetMillis)",
                    "shutdown time-out of the context (" + 1_000 * Members.SHUTDOWN_TIMEOUT_SECONDS + " ms)"));
            stays(() -> !members.otherThan(leader).work.hasRun());
            gate.countDown();

            assertThat(exchange).succeedsWithin(SOON);
            movedFrom(leader);
            assertThat(log.warnings("ClusteredRoutePolicy")).hasSize(1);
        }
    }

    // ---- ClusteredRoutePolicyFactory

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aPolicyFactoryRunsAllRoutesInOneContextAndMovesThemTogether(Kind kind) throws Exception {
        of(kind);
        for (String id : List.of("one", "two")) {
            Member member = members.member(id);
            member.context.addRoutePolicyFactory(ClusteredRoutePolicyFactory.forNamespace(
                    ClusterServiceSelectors.type(member.service.getClass()), "lock1"));
            member.routes(routes(r -> {
                        for (String name : List.of("a", "b", "c")) {
                            r.from("work:" + name).routeId(name).to("log:x?level=DEBUG");
                        }
                    }))
                    .start();
        }
        until(() -> members.ledger.running("one") + members.ledger.running("two") == 3);
        Member leader = members.runs("a");
        assertThat(members.ledger.running(leader.id)).isEqualTo(3);

        leader.context.stop();

        until(() -> members.ledger.running(members.otherThan(leader).id) == 3);
        assertThat(members.ledger.running(leader.id)).isZero();
    }

    // ---- ClusteredRouteController

    private ClusteredRouteController controller(Member member) {
        ClusteredRouteController controller = new ClusteredRouteController();
        controller.setNamespace("lock1");
        controller.addFilter(new ClusteredRouteFilters.IsAutoStartup());
        member.context.setRouteController(controller);
        return controller;
    }

    private Member controlled(Member member, ClusteredRouteController controller) throws Exception {
        assertThat(controller).isNotNull();
        return member.routes(routes(r -> {
                    r.from("work:a").routeId("a").to("log:a?level=DEBUG");
                    r.from("work:b").routeId("b").to("log:b?level=DEBUG");
                }))
                .start();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aRouteControllerThatFindsItsServiceRunsAllRoutesInOneContextAndMovesThemWhenThatStops(Kind kind)
            throws Exception {
        of(kind);
        for (String id : List.of("one", "two")) {
            Member member = members.member(id);
            controlled(member, controller(member));
        }
        theContextOfTheLeaderStopsWithinItsBudget();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aRouteControllerThatIsGivenAServiceWithoutAContextDoesTheSame(Kind kind) throws Exception {
        of(kind);
        for (String id : List.of("one", "two")) {
            Member member = members.memberWithoutService(id);
            ClusteredRouteController controller = controller(member);
            controller.setClusterService(member.service);
            controlled(member, controller);
        }
        theContextOfTheLeaderStopsWithinItsBudget();
    }

    private void theContextOfTheLeaderStopsWithinItsBudget() {
        until(() -> members.ledger.running("one") + members.ledger.running("two") == 2);
        Member leader = members.runs("a");
        assertThat(members.ledger.running(leader.id)).isEqualTo(2);

        CompletableFuture<Void> stopped = CompletableFuture.runAsync(leader.context::stop);

        assertThat(stopped).succeedsWithin(SOON);
        String next = members.otherThan(leader).id;
        until(() -> members.ledger.running(next) == 2);
        members.checkNeverTwoAtOnce();
        assertThat(Objects.requireNonNull(leader.service.getStatus()).isStopped())
                .isTrue();
    }

    @Test
    void aRouteControllerThatStopsItsServiceFirstGivesNoLockAwayWhoseRouteStillWorks() throws Exception {
        CountDownLatch gate = members.gate();
        CountDownLatch begun = new CountDownLatch(1);
        for (String id : List.of("one", "two")) {
            Member member = members.member(id);
            controller(member);
            member.routes(routes(r -> r.from("work:a").routeId("a").process(exchange -> {
                        begun.countDown();
                        assertThat(gate.await(60, TimeUnit.SECONDS)).isTrue();
                    })))
                    .start();
        }
        Member leader = members.runs("a");
        CompletableFuture<Exchange> exchange = CompletableFuture.supplyAsync(
                () -> leader.work.last().deliver("x").join(), ClusteredRoutesTest::onAThreadOfItsOwn);
        assertThat(begun.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();

        List<ReentrantLock> camels = locksOfCamel(leader);
        Set<Long> before = deadlocked();

        CompletableFuture<Void> stopped =
                CompletableFuture.runAsync(leader.context::stop, ClusteredRoutesTest::onAThreadOfItsOwn);

        // The service has given up waiting by then: one stop budget, and a second.
        until(() -> Objects.requireNonNull(leader.service.getStatus()).isStopped());
        stays(() -> !members.otherThan(leader).work.hasRun());
        gate.countDown();
        assertThat(exchange).succeedsWithin(SOON);
        until(() -> stopped.isDone() || isCamelsDeadlock(camels, before));
        if (stopped.isDone()) {
            assertThat(stopped).isCompleted();
            movedFrom(leader);
        } else {
            // The context that stops has the lock of the route and wants that of the policy, which has its own and
            // wants that of the route. Nothing here
            // can part them; what is promised is that nobody works beside a route that may not have stopped.
            members.leave(leader);
            stays(() -> !members.otherThan(leader).work.hasRun());
        }
    }

    /** The common pool may have one thread for both, which one of them keeps: so on two processors with JDK 25. */
    private static void onAThreadOfItsOwn(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
    }

    @Test
    void onlyADeadlockOverLocksOfCamelIsTakenForOneOfCamels() throws Exception {
        Member member = policed("one");
        List<ReentrantLock> camels = locksOfCamel(member);
        assertThat(camels).hasSizeGreaterThanOrEqualTo(4); // of the policy, of the route, of the context
        ReentrantLock first = camels.get(0);
        ReentrantLock second = camels.get(camels.size() - 1);
        ReentrantLock ours = new ReentrantLock();

        assertThat(isCamelsDeadlock(camels, Set.of())).isFalse();
        for (List<ReentrantLock> pair : List.of(List.of(first, ours), List.of(ours, first))) {
            try (Deadlock deadlock = new Deadlock(pair)) {
                assertThat(isCamelsDeadlock(camels, Set.of())).isFalse();
                assertThat(deadlock.threadIds()).isEqualTo(deadlocked());
            }
        }
        try (Deadlock deadlock = new Deadlock(List.of(first, second))) {
            assertThat(isCamelsDeadlock(camels, Set.of())).isTrue();
            assertThat(isCamelsDeadlock(camels, deadlock.threadIds()))
                    .as("of a test that came before")
                    .isFalse();
        }
    }

    /** Two threads of which each has one of two locks and wants the other. */
    private static final class Deadlock implements AutoCloseable {

        private final List<Thread> threads = new ArrayList<>();

        Deadlock(List<ReentrantLock> locks) {
            CountDownLatch both = new CountDownLatch(2);
            for (int i = 0; i < 2; i++) {
                ReentrantLock has = locks.get(i);
                ReentrantLock wants = locks.get(1 - i);
                Thread thread = new Thread(() -> embrace(has, wants, both), "deadlock-" + i);
                thread.setDaemon(true);
                threads.add(thread);
                thread.start();
            }
            until(() -> deadlocked().containsAll(threadIds()));
        }

        private static void embrace(ReentrantLock has, ReentrantLock wants, CountDownLatch both) {
            has.lock();
            try {
                both.countDown();
                both.await();
                wants.lockInterruptibly();
                wants.unlock();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // its end
            } finally {
                has.unlock();
            }
        }

        Set<Long> threadIds() {
            return threads.stream().map(Thread::getId).collect(Collectors.toSet());
        }

        @Override
        public void close() throws InterruptedException {
            threads.forEach(Thread::interrupt);
            for (Thread thread : threads) {
                thread.join(SOON.toMillis());
            }
        }
    }

    private static Set<Long> deadlocked() {
        long[] found = ManagementFactory.getThreadMXBean().findDeadlockedThreads();
        return found == null ? Set.of() : Arrays.stream(found).boxed().collect(Collectors.toSet());
    }

    /**
     * Whether threads are in a deadlock in which each of them waits for a lock of Camel's.
     *
     * @param camels the locks of Camel's objects
     * @param before threads that were in a deadlock before, of other tests
     */
    private static boolean isCamelsDeadlock(List<ReentrantLock> camels, Set<Long> before) {
        Set<Long> ids = new HashSet<>(deadlocked());
        ids.removeAll(before);
        Set<Thread> threads = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> ids.contains(thread.getId()))
                .collect(Collectors.toSet());
        return !threads.isEmpty()
                && threads.stream().allMatch(thread -> camels.stream().anyMatch(lock -> lock.hasQueuedThread(thread)));
    }

    /** Of the policies of its routes, of its routes, and of the context. The routes are those that there are now. */
    private static List<ReentrantLock> locksOfCamel(Member member) throws IllegalAccessException {
        List<Object> objects = new ArrayList<>();
        member.context.getRoutes().forEach(route -> objects.addAll(route.getRoutePolicyList()));
        for (Field field : fieldsOf(member.context)) {
            if (field.getName().equals("routeServices")) {
                objects.addAll(((Map<?, ?>) Objects.requireNonNull(field.get(member.context))).values());
            }
        }
        objects.add(member.context);
        List<ReentrantLock> locks = new ArrayList<>();
        for (Object object : objects) {
            assertThat(object.getClass().getName()).startsWith("org.apache.camel.");
            for (Field field : fieldsOf(object)) {
                if (field.get(object) instanceof ReentrantLock lock) {
                    locks.add(lock);
                }
            }
        }
        return locks;
    }

    private static List<Field> fieldsOf(Object object) {
        List<Field> fields = new ArrayList<>();
        for (Class<?> type = object.getClass();
                type.getName().startsWith("org.apache.camel.");
                type = type.getSuperclass()) {
            fields.addAll(List.of(type.getDeclaredFields()));
        }
        fields.forEach(field -> field.setAccessible(true));
        return fields;
    }

    @Test
    void aRouteControllerMayGiveRoutesLocksOfTheirOwnAndLeaveOthersAlone() throws Exception {
        for (String id : List.of("one", "two")) {
            Member member = members.member(id);
            ClusteredRouteController controller = controller(member);
            ClusteredRouteConfiguration own = new ClusteredRouteConfiguration();
            own.setNamespace("lock2");
            own.setInitialDelay(Duration.ZERO);
            controller.addRouteConfiguration("b", own);
            controller.addFilter(new ClusteredRouteFilters.BlackList("everywhere"));
            member.routes(routes(r -> {
                        r.from("work:a").routeId("a").to("log:a?level=DEBUG");
                        r.from("work:b").routeId("b").to("log:b?level=DEBUG");
                        r.from("work:" + id).routeId("everywhere").to("log:c?level=DEBUG");
                    }))
                    .start();
        }
        until(() -> members.ledger.running("one") + members.ledger.running("two") == 4);
        assertThat(members.ledger.runs("one")).isEqualTo("one");
        assertThat(members.ledger.runs("two")).isEqualTo("two");
        Member leader = members.runs("b");

        leader.resign("lock2", COOL_DOWN);

        Member next = members.otherThan(leader);
        until(() -> next.id.equals(members.ledger.runs("b")));
        assertThat(members.ledger.runs("a")).isEqualTo("one");
    }
}
