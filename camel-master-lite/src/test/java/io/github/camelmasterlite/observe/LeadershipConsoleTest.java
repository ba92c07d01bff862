package io.github.camelmasterlite.observe;

import static io.github.camelmasterlite.observe.ObserveFixture.route;
import static io.github.camelmasterlite.observe.ObserveFixture.until;
import static io.github.camelmasterlite.observe.ObserveFixture.untilLeading;
import static io.github.camelmasterlite.observe.ObserveFixture.untilRunning;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.cluster.LocalClusterService;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.console.DevConsole;
import org.apache.camel.console.DevConsoleRegistry;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.util.json.JsonObject;
import org.apache.camel.util.json.Jsoner;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeadershipConsoleTest {

    private final ObserveFixture fixture = new ObserveFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    private static DevConsole console(DefaultCamelContext context) {
        DevConsoleRegistry registry =
                Objects.requireNonNull(context.getCamelContextExtension().getContextPlugin(DevConsoleRegistry.class));
        return Objects.requireNonNull(registry.resolveById("leadership"));
    }

    private static String text(DefaultCamelContext context, String... options) {
        return (String) Objects.requireNonNull(console(context).call(DevConsole.MediaType.TEXT, options(options)));
    }

    /** What a client gets that parses what is sent. */
    private static JsonObject json(DefaultCamelContext context, String... options) throws Exception {
        Object called = console(context).call(DevConsole.MediaType.JSON, options(options));
        return (JsonObject) Jsoner.deserialize(((JsonObject) Objects.requireNonNull(called)).toJson());
    }

    private static Map<String, Object> options(String... options) {
        Map<String, Object> map = new java.util.HashMap<>();
        for (int i = 0; i < options.length; i += 2) {
            map.put(options[i], options[i + 1]);
        }
        return map;
    }

    private static List<JsonObject> list(JsonObject json, String key) {
        Collection<Object> all = Objects.requireNonNull(json.getCollection(key));
        return all.stream().map(JsonObject.class::cast).toList();
    }

    private static JsonObject named(JsonObject json, String list, String key, String name) {
        return list(json, list).stream()
                .filter(of -> name.equals(of.getString(key)))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not in " + json.toJson()));
    }

    @Test
    void jsonHasEveryServiceWithItsLocksTheirRoutesAndTheirChanges() throws Exception {
        LocalClusterService one = fixture.member("one");
        LocalClusterService two = fixture.stranger("two");
        DefaultCamelContext context = fixture.context(one, two);
        route(context, "orders", "master:lock1:timer:orders?period=60000&delay=0");
        route(context, "bills", "master:lock1:timer:bills?period=60000&delay=0");
        context.start();
        two.getView("lock1");
        two.getView("lock2");
        untilRunning(context, "orders");
        untilRunning(context, "bills");
        untilLeading(two, "lock1");
        untilLeading(two, "lock2");

        JsonObject json = json(context);

        assertThat(list(json, "services")).hasSize(2);
        JsonObject service = named(json, "services", "id", "one");
        assertThat(service.getString("type")).isEqualTo("LocalClusterService");
        assertThat(service.getString("member")).isEqualTo("one");
        assertThat(service.getBoolean("running")).isTrue();
        assertThat(service.getBoolean("watching")).isTrue();
        assertThat(service.getLong("silenceLimitMillis")).isEqualTo(15_000);
        assertThat(service.getCollection("members").toArray()).containsExactly("one");
        assertThat(list(service, "locks")).hasSize(1);
        JsonObject lock = named(service, "locks", "lock", "lock1");
        assertThat(lock.getString("phase")).isEqualTo("LEADING");
        assertThat(lock.getBoolean("leading")).isTrue();
        assertThat(lock.getString("leader")).isEqualTo("one");
        assertThat(lock.getLong("term")).isEqualTo(1);
        assertThat(lock.getLong("fencingToken")).isPositive();
        assertThat(lock.getString("since")).startsWith("20");
        assertThat(lock.getLong("remainingAuthorityMillis")).isBetween(1L, 10_000L);
        assertThat(lock.getString("problem")).isNull();
        assertThat(lock.getInteger("references")).isEqualTo(2);
        assertThat(lock.getLong("sinceContactMillis")).isBetween(0L, 10_000L);
        assertThat(list(lock, "routes"))
                .extracting(route -> route.getString("routeId"))
                .containsExactly("bills", "orders");
        assertThat(list(lock, "routes")).allSatisfy(route -> {
            assertThat(route.getString("delegatePhase")).isEqualTo("RUNNING");
            assertThat(route.getLong("startAttempts")).isEqualTo(1);
            assertThat(route.getInteger("inFlight")).isNotNegative();
            assertThat(route.getInteger("waiting")).isZero();
            assertThat(route.getLong("rejectedExchanges")).isZero();
        });
        assertThat(list(lock, "changes")).anySatisfy(change -> {
            assertThat(change.getString("to")).isEqualTo("LEADING");
            assertThat(change.getString("leader")).isEqualTo("one");
            assertThat(change.getString("reason")).isNotBlank();
            assertThat(change.getString("at")).startsWith("20");
        });

        JsonObject other = named(json, "services", "id", "two");
        assertThat(list(other, "locks")).hasSize(2).allSatisfy(theirs -> {
            assertThat(theirs.getString("leader")).isEqualTo("two");
            assertThat(list(theirs, "routes")).isEmpty();
        });
    }

    @Test
    void textShowsLeaderTenureRoutesAndReasons() throws Exception {
        LocalClusterService one = fixture.member("one");
        DefaultCamelContext context = fixture.context(one);
        route(context, "orders", "master:lock1:timer:orders?period=60000&delay=60000");
        context.start();
        untilRunning(context, "orders");

        assertThat(text(context))
                .contains("Service one (LocalClusterService): running, member one, watching")
                .contains("Members: one")
                .contains("Lock lock1: leader one, LEADING")
                .containsPattern(
                        "Tenure: term 1, fencing token \\d+, since 20.*Z, for another \\d+\\.\\d s unless renewed")
                .containsPattern("Last contact: \\d+\\.\\d s ago")
                .contains("Route orders: consumer RUNNING, 1 start(s) tried, 0 in flight, 0 waiting, 0 rejected")
                .containsPattern("20.*Z STOPPED -> LEADING, leader one: .+");
    }

    @Test
    void aContextWithoutServicesHasNothingToShow() throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.start();
            assertThat(text(context)).isEqualTo("No cluster service of this kind\n");
            assertThat(list(json(context), "services")).isEmpty();
        }
    }

    @Test
    void filterAndPathShowOnlyLocksThatMatch() throws Exception {
        LocalClusterService one = fixture.member("one");
        DefaultCamelContext context = fixture.context(one);
        context.start();
        one.getView("orders");
        one.getView("bills");

        assertThat(names(json(context))).containsExactly("bills", "orders");
        assertThat(names(json(context, "filter", "ord*"))).containsExactly("orders");
        assertThat(names(json(context, "filter", "nobody"))).isEmpty();
        assertThat(names(json(context, Exchange.HTTP_PATH, "leadership/bills"))).containsExactly("bills");
        assertThat(text(context, "filter", "ord*")).contains("Lock orders").doesNotContain("Lock bills");
    }

    private static List<String> names(JsonObject json) {
        return list(list(json, "services").get(0), "locks").stream()
                .map(lock -> Objects.requireNonNull(lock.getString("lock")))
                .toList();
    }

    @Test
    void resignFromTheConsoleHandsTheLockToAnotherMember() throws Exception {
        LocalClusterService one = fixture.member("one");
        DefaultCamelContext context = fixture.context(one);
        context.start();
        one.getView("lock1");
        untilLeading(one, "lock1");
        LocalClusterService two = fixture.member("two");
        two.start();
        two.getView("lock1");

        JsonObject answer = json(context, "action", "resign", "lock", "lock1", "coolDown", "60s");

        assertThat(answer.getString("status")).isEqualTo("accepted");
        assertThat(answer.getString("message"))
                .contains("lock1")
                .contains("resign")
                .contains("60.0 s");
        untilLeading(two, "lock1");
        until(() -> text(context).contains("leader two"));
        assertThat(text(context)).contains("Cooling down: lets others go first for another");
        JsonObject lock = named(list(json(context), "services").get(0), "locks", "lock", "lock1");
        assertThat(lock.getLong("coolingDownMillis")).isBetween(1L, 60_000L);
        assertThat(lock.getBoolean("leading")).isFalse();
        assertThat(lock.getLong("term")).isNull();
    }

    @Test
    void aCoolDownIsWrittenAsAnyDurationOfCamel() throws Exception {
        LocalClusterService one = fixture.member("one");
        DefaultCamelContext context = fixture.context(one);
        context.start();
        one.getView("lock1");
        Map<String, String> seconds =
                Map.of("500ms", "0.5", "90s", "90.0", "1m30s", "90.0", "2000", "2.0", "1h", "3600.0");
        seconds.forEach(
                (written, meant) -> assertThat(text(context, "action", "resign", "lock", "lock1", "coolDown", written))
                        .contains(" for " + meant + " s"));
        assertThat(text(context, "action", "resign", "lock", "lock1")).contains(" for 10.0 s");
    }

    @Test
    void aLockCanBeStoppedStartedDisabledAndEnabled() throws Exception {
        LocalClusterService one = fixture.member("one");
        DefaultCamelContext context = fixture.context(one);
        context.start();
        one.getView("lock1");
        untilLeading(one, "lock1");

        assertThat(text(context, "action", "stop", "lock", "lock1")).contains("told to stop");
        until(() -> text(context).contains("no leader known, STOPPED"));
        text(context, "action", "start", "lock", "lock1");
        untilLeading(one, "lock1");
        text(context, "action", "disable", "lock", "lock1");
        until(() -> !one.isLeader("lock1"));
        until(() -> text(context).contains("no leader known, FOLLOWING"));
        assertThat(text(context))
                .contains("Disabled: does not stand for the lock")
                .contains("Leaderless: for");
        text(context, "action", "enable", "lock", "lock1");
        untilLeading(one, "lock1");
    }

    @Test
    void anActionThatIsNotClearChangesNothingAndSaysWhatIsMissing() throws Exception {
        LocalClusterService one = fixture.member("one");
        LocalClusterService two = fixture.stranger("two");
        DefaultCamelContext context = fixture.context(one, two);
        context.start();
        one.getView("lock1");
        two.getView("lock1");
        untilLeading(one, "lock1");
        untilLeading(two, "lock1");

        assertThat(json(context, "action", "resign").getString("message")).contains("lock=");
        assertThat(json(context, "action", "resign", "lock", "lock1").getString("status"))
                .isEqualTo("error");
        assertThat(text(context, "action", "resign", "lock", "lock1"))
                .contains("Several services have it")
                .contains("[one]")
                .contains("[two]")
                .contains("service=");
        assertThat(text(context, "action", "resign", "lock", "nobody")).contains("No service has it");
        assertThat(one.getNamespaces()).containsExactly("lock1");
        assertThat(text(context, "action", "dance", "lock", "lock1", "service", "one"))
                .contains("dance")
                .contains("start, stop, disable, enable or resign");
        for (String coolDown : List.of("soon", "-5s", "-5", "", "5x", "5s soon", "s", "99999999999999999999")) {
            assertThat(text(context, "action", "resign", "lock", "lock1", "service", "one", "coolDown", coolDown))
                    .isEqualTo("coolDown: not a duration of zero or more, such as 30s, but " + coolDown + "\n");
        }
        assertThat(one.isLeader("lock1")).isTrue();
        assertThat(two.isLeader("lock1")).isTrue();

        assertThat(text(context, "action", "disable", "lock", "lock1", "service", "two"))
                .contains("two");
        until(() -> !two.isLeader("lock1"));
        assertThat(one.isLeader("lock1")).isTrue();
    }
}
