package io.github.camelmasterlite.observe;

import static io.github.camelmasterlite.observe.ObserveFixture.route;
import static io.github.camelmasterlite.observe.ObserveFixture.until;
import static io.github.camelmasterlite.observe.ObserveFixture.untilLeading;
import static io.github.camelmasterlite.observe.ObserveFixture.untilRunning;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.LocalClusterService;
import io.github.camelmasterlite.master.MasterComponent;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.camel.impl.DefaultCamelContext;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ManagedLeadershipTest {

    private final ObserveFixture fixture = new ObserveFixture();
    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();

    @AfterEach
    void close() {
        fixture.close();
    }

    private static ObjectName ofService(DefaultCamelContext context, String id) throws JMException {
        return new ObjectName("org.apache.camel:context=" + context.getManagementName() + ",type=leadership,name="
                + ObjectName.quote(id));
    }

    private static ObjectName ofLock(DefaultCamelContext context, String id, String lock) throws JMException {
        return new ObjectName("org.apache.camel:context=" + context.getManagementName() + ",type=leadership,service="
                + ObjectName.quote(id) + ",name=" + ObjectName.quote(lock));
    }

    private Set<ObjectName> all(DefaultCamelContext context) throws JMException {
        return server.queryNames(
                new ObjectName("org.apache.camel:context=" + context.getManagementName() + ",type=leadership,*"), null);
    }

    private void untilShown(ObjectName name) {
        until(() -> server.isRegistered(name));
    }

    private @Nullable Object get(ObjectName name, String attribute) throws JMException {
        return server.getAttribute(name, attribute);
    }

    private String onlyLock(ObjectName service) throws JMException {
        String[] locks = (String[]) Objects.requireNonNull(get(service, "Locks"));
        assertThat(locks).hasSize(1);
        return locks[0];
    }

    private void call(ObjectName name, String operation, Object... arguments) throws JMException {
        List<String> types = new ArrayList<>();
        for (Object argument : arguments) {
            types.add(argument instanceof Long ? "long" : argument.getClass().getName());
        }
        server.invoke(name, operation, arguments, types.toArray(String[]::new));
    }

    @Test
    void aServiceAndItsLocksAreShownWithWhatTheyAreAbout() throws Exception {
        LocalClusterService one = fixture.member("one");
        DefaultCamelContext context = fixture.context(one);
        route(context, "orders", "master:lock1:timer:orders?period=60000&delay=60000");
        context.start();
        untilRunning(context, "orders");

        ObjectName service = ofService(context, "one");
        untilShown(service);
        assertThat(get(service, "ServiceId")).isEqualTo("one");
        assertThat(get(service, "ServiceType")).isEqualTo("LocalClusterService");
        assertThat(get(service, "Member")).isEqualTo("one");
        assertThat(get(service, "Running")).isEqualTo(true);
        assertThat(get(service, "Watching")).isEqualTo(true);
        assertThat(get(service, "Members")).isEqualTo(new String[] {"one"});
        assertThat(get(service, "Locks")).isEqualTo(new String[] {"lock1"});
        assertThat(get(service, "LedLocks")).isEqualTo(new String[] {"lock1"});
        assertThat(get(service, "SilenceLimitMillis")).isEqualTo(15_000L);

        ObjectName lock = ofLock(context, "one", "lock1");
        untilShown(lock);
        assertThat(get(lock, "Lock")).isEqualTo("lock1");
        assertThat(get(lock, "ServiceId")).isEqualTo("one");
        assertThat(get(lock, "Member")).isEqualTo("one");
        assertThat(get(lock, "Phase")).isEqualTo("LEADING");
        assertThat(get(lock, "Leading")).isEqualTo(true);
        assertThat(get(lock, "Leader")).isEqualTo("one");
        assertThat(get(lock, "Term")).isEqualTo(1L);
        assertThat((Long) get(lock, "FencingToken")).isPositive();
        assertThat((String) get(lock, "Since")).startsWith("20");
        assertThat((Long) get(lock, "RemainingAuthorityMillis")).isBetween(1L, 10_000L);
        assertThat(get(lock, "Problem")).isNull();
        assertThat(get(lock, "TroubledMillis")).isEqualTo(0L);
        assertThat(get(lock, "Disabled")).isEqualTo(false);
        assertThat(get(lock, "CoolingDownMillis")).isEqualTo(0L);
        assertThat(get(lock, "References")).isEqualTo(1);
        assertThat((Long) get(lock, "SinceContactMillis")).isBetween(0L, 10_000L);
        assertThat((Long) get(lock, "ParticipatingMillis")).isBetween(0L, 100_000L);
        assertThat(get(lock, "LeaderlessMillis")).isEqualTo(0L);
        assertThat(get(lock, "Routes")).isEqualTo(new String[] {"orders"});
        assertThat((String[]) get(lock, "Changes")).anyMatch(change -> change.contains("-> LEADING, leader one: "));
    }

    @Test
    void eachBeanAnswersForItsOwnServiceWhenThereAreTwo() throws Exception {
        LocalClusterService one = fixture.member("one");
        LocalClusterService two = fixture.stranger("two");
        DefaultCamelContext context = fixture.context(one, two);
        context.start();
        one.getView("shared");
        two.getView("shared");
        two.getView("only-two");
        untilLeading(one, "shared");
        untilLeading(two, "shared");
        untilLeading(two, "only-two");
        untilShown(ofLock(context, "two", "only-two"));
        untilShown(ofLock(context, "two", "shared"));
        untilShown(ofLock(context, "one", "shared"));

        assertThat(get(ofService(context, "one"), "Locks")).isEqualTo(new String[] {"shared"});
        assertThat(get(ofService(context, "two"), "Locks")).isEqualTo(new String[] {"only-two", "shared"});
        assertThat(get(ofLock(context, "one", "shared"), "Leader")).isEqualTo("one");
        assertThat(get(ofLock(context, "two", "shared"), "Leader")).isEqualTo("two");
        assertThat(server.isRegistered(ofLock(context, "one", "only-two"))).isFalse();

        call(ofService(context, "two"), "stopView", "shared");
        until(() -> !two.isLeader("shared"));
        assertThat(server.invoke(
                        ofService(context, "two"), "isLeader", new Object[] {"shared"}, new String[] {"java.lang.String"
                        }))
                .isEqualTo(false);
        assertThat(one.isLeader("shared")).isTrue();
        call(ofLock(context, "one", "shared"), "resign", 60_000L);
        until(() -> !one.isLeader("shared"));
        call(ofService(context, "two"), "startView", "shared");
        untilLeading(two, "shared");
    }

    @Test
    void beansOfLocksComeAndGoWithTheirViewsAndAllWithTheService() throws Exception {
        LocalClusterService one = fixture.member("one");
        DefaultCamelContext context = fixture.context(one);
        context.start();
        untilShown(ofService(context, "one"));

        LeadershipView view = one.getView("lock1");
        untilShown(ofLock(context, "one", "lock1"));
        one.getView("lock1");
        one.releaseView(view);
        one.getView("lock2");
        untilShown(ofLock(context, "one", "lock2"));
        assertThat(server.isRegistered(ofLock(context, "one", "lock1"))).isTrue();
        one.releaseView(view);
        until(() -> !server.isRegistered(ofLock(context, "one", "lock1")));
        assertThat(all(context)).hasSize(2);

        one.stop();
        assertThat(all(context)).isEmpty();

        one.start();
        untilShown(ofService(context, "one"));
        untilShown(ofLock(context, "one", "lock2"));
        context.stop();
        assertThat(all(context)).isEmpty();
    }

    @Test
    void aLockMayHaveAnyName() throws Exception {
        LocalClusterService one = fixture.member("o,n=e:\"*\"");
        DefaultCamelContext context = fixture.context(one);
        context.start();
        for (String name : List.of("a*b?", "x=1,y=\"2\"", "back\\slash", "two\nlines", "äöü 漢字", "a:b/c", "lock")) {
            one.getView(name);
            ObjectName lock = ofLock(context, "o,n=e:\"*\"", name);
            untilShown(lock);
            assertThat(get(lock, "Lock")).isEqualTo(name);
        }
        assertThat(all(context)).hasSize(8);
    }

    @Test
    void whatIsToldThroughJmxHappensToThatLock() throws Exception {
        LocalClusterService one = fixture.member("one");
        DefaultCamelContext context = fixture.context(one);
        context.start();
        one.getView("lock1");
        untilLeading(one, "lock1");
        LocalClusterService two = fixture.member("two");
        two.start();
        two.getView("lock1");
        ObjectName lock = ofLock(context, "one", "lock1");
        untilShown(lock);

        call(lock, "resign", 60_000L);
        untilLeading(two, "lock1");
        until(() -> "two".equals(get(lock, "Leader")));
        assertThat((Long) get(lock, "CoolingDownMillis")).isBetween(1L, 60_000L);
        assertThat(get(lock, "Term")).isEqualTo(0L);
        assertThat(get(lock, "Since")).isNull();
        two.stop();
        call(lock, "stopView");
        until(() -> "STOPPED".equals(get(lock, "Phase")));
        call(lock, "startView");
        untilLeading(one, "lock1");
        call(lock, "disable");
        until(() -> !one.isLeader("lock1"));
        assertThat(get(lock, "Disabled")).isEqualTo(true);
        call(lock, "enable");
        untilLeading(one, "lock1");
    }

    @Test
    void twoServicesWithTheSameIdAreBothShown() throws Exception {
        LocalClusterService one = fixture.member("same");
        LocalClusterService two = fixture.stranger("same");
        DefaultCamelContext context = fixture.context(one, two);
        context.start();
        one.getView("of one");
        two.getView("of two");
        until(() -> all(context).size() == 4);

        ObjectName first = ofService(context, "same");
        ObjectName second = ofService(context, "same (2)");
        assertThat(List.of(onlyLock(first), onlyLock(second))).containsExactlyInAnyOrder("of one", "of two");
        one.stop();
        two.stop();
        assertThat(all(context)).isEmpty();
    }

    @Test
    void aServiceThatARouteBringsInWhileTheContextStartsIsShown() throws Exception {
        LocalClusterService one = fixture.member("one");
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.addComponent("master", new MasterComponent());
            context.getRegistry().bind("cluster", one);
            route(context, "orders", "master:lock1:timer:orders?period=60000&delay=60000");
            context.start();
            untilShown(ofService(context, "one"));
            untilShown(ofLock(context, "one", "lock1"));
        }
    }

    /** What Camel looks at beans with is not safe for two threads before the context has started: its start would fail. */
    @Test
    void noBeanIsMadeWhileTheContextStarts() throws Exception {
        LocalClusterService one = fixture.member("one");
        DefaultCamelContext context = fixture.context(one);
        List<Integer> shown = new CopyOnWriteArrayList<>();
        context.addStartupListener((of, alreadyStarted) -> {
            one.getView("lock1");
            Awaitility.await()
                    .during(Duration.ofMillis(300))
                    .atMost(ObserveFixture.SOON)
                    .until(() -> shown.add(all(context).size()));
        });
        context.start();
        assertThat(shown).isNotEmpty().containsOnly(0);
        untilShown(ofService(context, "one"));
        untilShown(ofLock(context, "one", "lock1"));
    }

    @Test
    void withoutManagementEverythingElseWorks() throws Exception {
        LocalClusterService one = fixture.member("one");
        DefaultCamelContext context = fixture.context(one);
        // A service that was started before must not have decided otherwise.
        context.disableJMX();
        route(context, "orders", "master:lock1:timer:orders?period=60000&delay=60000");
        context.start();
        untilRunning(context, "orders");
        Awaitility.await()
                .during(Duration.ofMillis(200))
                .atMost(ObserveFixture.SOON)
                .until(() -> server.queryNames(
                                new ObjectName("org.apache.camel:context=" + context.getName() + ",type=leadership,*"),
                                null)
                        .isEmpty());
    }

    @Test
    void theConsumerOfAMasterRouteShowsItsDelegate() throws Exception {
        LocalClusterService one = fixture.member("one");
        DefaultCamelContext context = fixture.context(one);
        route(context, "orders", "master:lock1:timer:orders?period=60000&delay=60000");
        context.start();
        untilRunning(context, "orders");

        Set<ObjectName> consumers = server.queryNames(
                new ObjectName("org.apache.camel:context=" + context.getManagementName() + ",type=consumers,*"), null);
        assertThat(consumers).hasSize(1);
        ObjectName consumer = consumers.iterator().next();
        assertThat(get(consumer, "Master")).isEqualTo(true);
        assertThat(get(consumer, "Lock")).isEqualTo("lock1");
        assertThat(get(consumer, "DelegatePhase")).isEqualTo("RUNNING");
        assertThat(get(consumer, "StartAttempts")).isEqualTo(1L);
        assertThat(get(consumer, "InFlight")).isEqualTo(0);
        assertThat(get(consumer, "Waiting")).isEqualTo(0);
        assertThat(get(consumer, "RejectedExchanges")).isEqualTo(0L);
        assertThat(get(consumer, "RouteId")).isEqualTo("orders");
    }
}
