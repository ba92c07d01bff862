package io.github.camelmasterlite.observe;

import io.github.camelmasterlite.cluster.ElectionClusterService;
import io.github.camelmasterlite.cluster.Leadership;
import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.LockChange;
import io.github.camelmasterlite.cluster.LockReport;
import io.github.camelmasterlite.cluster.ServiceReport;
import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.observe.MasterRoutes.MasterRoute;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.DevConsole;
import org.apache.camel.support.PatternHelper;
import org.apache.camel.support.console.AbstractDevConsole;
import org.apache.camel.util.TimeUtils;
import org.apache.camel.util.json.JsonArray;
import org.apache.camel.util.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * The developer console {@code leadership}: who leads which lock, under which tenure and why, and what the routes behind {@code master:} do about it. As text and as JSON. Names of the JSON say
 * the unit; what is not known is null.
 *
 * <p>With the option {@code action} it acts on one lock and says what it has done. That is asynchronous: ask again for what came of it.
 */
@DevConsole(
        name = "leadership",
        displayName = "Leadership",
        description = "Who leads which lock, and the routes behind master")
public final class LeadershipConsole extends AbstractDevConsole {

    @Metadata(
            label = "query",
            description = "Shows only locks of this name, wildcards and regular expressions included",
            javaType = "java.lang.String")
    public static final String FILTER = "filter";

    @Metadata(
            label = "query",
            description =
                    "Acts on one lock: start or stop taking part, disable or enable standing for it, or resign and let other members go first",
            javaType = "java.lang.String",
            enums = "start,stop,disable,enable,resign")
    public static final String ACTION = "action";

    @Metadata(label = "query", description = "The lock to act on", javaType = "java.lang.String")
    public static final String LOCK = "lock";

    @Metadata(
            label = "query",
            description = "The id of the service to act on; needed if several have that lock",
            javaType = "java.lang.String")
    public static final String SERVICE = "service";

    @Metadata(
            label = "query",
            description = "After resign, for how long this member does not stand for the lock",
            javaType = "java.time.Duration",
            defaultValue = "10s")
    public static final String COOL_DOWN = "coolDown";

    private static final Duration DEFAULT_COOL_DOWN = Duration.ofSeconds(10);

    /** Milliseconds, or what Camel writes as 1d2h3m4s5ms; of a length that cannot overflow. */
    private static final Pattern DURATION =
            Pattern.compile("\\d{1,9}|(?=\\d)(\\d{1,4}d)?(\\d{1,9}h)?(\\d{1,9}m)?(\\d{1,9}s)?(\\d{1,9}ms)?");

    /** How many changes the text has; the JSON has all that are kept. */
    private static final int CHANGES_IN_TEXT = 5;

    public LeadershipConsole() {
        super("camel", "leadership", "Leadership", "Who leads which lock, and the routes behind master");
    }

    /** What an action has come to. */
    private record Outcome(boolean isDone, String message) {}

    // ---- text

    @Override
    protected String doCallText(Map<String, Object> options) {
        String action = option(options, ACTION);
        if (action != null) {
            return act(action, options).message + "\n";
        }
        StringBuilder out = new StringBuilder();
        CamelContext context = getCamelContext();
        List<MasterRoute> routes = MasterRoutes.of(context);
        for (ElectionClusterService service : MasterRoutes.services(context)) {
            ServiceReport report = service.report();
            out.append(String.format(
                    "Service %s (%s): %s, member %s%s%n",
                    report.id(),
                    report.type(),
                    report.isRunning() ? "running" : "stopped",
                    report.member(),
                    watch(report)));
            out.append(String.format("    Members: %s%n", String.join(", ", report.members())));
            for (LockReport lock : accepted(report, options)) {
                lock(out, lock);
                for (MasterRoute route : routes) {
                    if (route.isUnder(service, lock.lock())) {
                        route(out, route);
                    }
                }
                changes(out, lock);
            }
        }
        return out.isEmpty() ? "No cluster service of this kind\n" : out.toString();
    }

    private static String watch(ServiceReport report) {
        if (report.isWatching() == null) {
            return "";
        }
        return report.isWatching() ? ", watching" : ", looking for changes by itself: " + report.watchProblem();
    }

    private static void lock(StringBuilder out, LockReport lock) {
        Leadership leadership = lock.leadership();
        out.append(String.format(
                "    Lock %s: %s, %s%n",
                lock.lock(),
                leadership.leader() == null ? "no leader known" : "leader " + leadership.leader(),
                lock.phase()));
        Tenure tenure = leadership.tenure();
        if (tenure != null) {
            out.append(String.format(
                    "        Tenure: term %d, fencing token %d, since %s, for another %s unless renewed%n",
                    tenure.term(),
                    tenure.fencingToken(),
                    tenure.since(),
                    Spans.seconds(leadership.remainingAuthority())));
        }
        out.append(String.format(
                "        Last contact: %s%n",
                lock.sinceContact() == null ? "none" : Spans.seconds(lock.sinceContact()) + " ago"));
        if (!lock.leaderless().isZero()) {
            out.append(String.format("        Leaderless: for %s%n", Spans.seconds(lock.leaderless())));
        }
        if (leadership.problem() != null) {
            out.append(String.format(
                    "        Problem: for %s: %s%n", Spans.seconds(lock.troubled()), leadership.problem()));
        }
        if (lock.disabled()) {
            out.append(String.format("        Disabled: does not stand for the lock%n"));
        }
        if (!lock.coolingDown().isZero()) {
            out.append(String.format(
                    "        Cooling down: lets others go first for another %s%n", Spans.seconds(lock.coolingDown())));
        }
    }

    private static void route(StringBuilder out, MasterRoute master) {
        out.append(String.format(
                "        Route %s: consumer %s, %d start(s) tried, %d in flight, %d waiting, %d rejected%n",
                master.route().getRouteId(),
                master.consumer().getDelegatePhase(),
                master.consumer().getStartAttempts(),
                master.consumer().getInFlight(),
                master.consumer().getWaiting(),
                master.consumer().getRejectedExchanges()));
    }

    private static void changes(StringBuilder out, LockReport lock) {
        List<LockChange> changes = lock.changes();
        for (LockChange change : changes.subList(Math.max(0, changes.size() - CHANGES_IN_TEXT), changes.size())) {
            out.append("        ").append(line(change)).append(System.lineSeparator());
        }
    }

    /** One change in one line, for people. */
    static String line(LockChange change) {
        return String.format(
                "%s %s -> %s, %s: %s",
                change.at(),
                change.from(),
                change.to(),
                change.leader() == null ? "no leader known" : "leader " + change.leader(),
                change.reason());
    }

    // ---- JSON

    @Override
    protected Map<String, Object> doCallJson(Map<String, Object> options) {
        JsonObject root = new JsonObject();
        String action = option(options, ACTION);
        if (action != null) {
            Outcome outcome = act(action, options);
            root.put("status", outcome.isDone ? "accepted" : "error");
            root.put("message", outcome.message);
            return root;
        }
        JsonArray services = new JsonArray();
        root.put("services", services);
        CamelContext context = getCamelContext();
        List<MasterRoute> routes = MasterRoutes.of(context);
        for (ElectionClusterService service : MasterRoutes.services(context)) {
            ServiceReport report = service.report();
            JsonObject json = new JsonObject();
            services.add(json);
            json.put("id", report.id());
            json.put("type", report.type());
            json.put("member", report.member());
            json.put("running", report.isRunning());
            json.put("watching", report.isWatching());
            json.put("watchProblem", report.watchProblem());
            json.put("silenceLimitMillis", report.silenceLimit().toMillis());
            json.put("members", new JsonArray(report.members()));
            JsonArray locks = new JsonArray();
            json.put("locks", locks);
            for (LockReport lock : accepted(report, options)) {
                JsonObject of = json(lock);
                JsonArray behind = new JsonArray();
                of.put("routes", behind);
                routes.stream()
                        .filter(route -> route.isUnder(service, lock.lock()))
                        .forEach(route -> behind.add(json(route)));
                locks.add(of);
            }
        }
        return root;
    }

    private static JsonObject json(LockReport lock) {
        Leadership leadership = lock.leadership();
        JsonObject json = new JsonObject();
        json.put("lock", lock.lock());
        json.put("phase", lock.phase().name());
        json.put("leading", leadership.isLeader());
        json.put("leader", leadership.leader());
        tenure(json, leadership.tenure());
        json.put(
                "remainingAuthorityMillis",
                leadership.tenure() == null
                        ? null
                        : leadership.remainingAuthority().toMillis());
        json.put("problem", leadership.problem());
        json.put("disabled", lock.disabled());
        json.put("coolingDownMillis", lock.coolingDown().toMillis());
        json.put("references", lock.references());
        json.put("sinceContactMillis", Spans.millis(lock.sinceContact()));
        json.put("participatingMillis", lock.participating().toMillis());
        json.put("leaderlessMillis", lock.leaderless().toMillis());
        json.put("troubledMillis", lock.troubled().toMillis());
        JsonArray changes = new JsonArray();
        json.put("changes", changes);
        for (LockChange change : lock.changes()) {
            JsonObject of = new JsonObject();
            changes.add(of);
            of.put("at", change.at().toString());
            of.put("from", change.from().name());
            of.put("to", change.to().name());
            of.put("leaderBefore", change.leaderBefore());
            of.put("leader", change.leader());
            tenure(of, change.tenure());
            of.put("problem", change.problem());
            of.put("reason", change.reason());
        }
        return json;
    }

    private static void tenure(JsonObject json, @Nullable Tenure tenure) {
        json.put("term", tenure == null ? null : tenure.term());
        json.put("fencingToken", tenure == null ? null : tenure.fencingToken());
        json.put("since", tenure == null ? null : tenure.since().toString());
    }

    private static JsonObject json(MasterRoute master) {
        JsonObject json = new JsonObject();
        json.put("routeId", master.route().getRouteId());
        json.put("delegatePhase", master.consumer().getDelegatePhase());
        json.put("startAttempts", master.consumer().getStartAttempts());
        json.put("inFlight", master.consumer().getInFlight());
        json.put("waiting", master.consumer().getWaiting());
        json.put("rejectedExchanges", master.consumer().getRejectedExchanges());
        return json;
    }

    // ---- what is shown

    private static List<LockReport> accepted(ServiceReport report, Map<String, Object> options) {
        String filter = option(options, FILTER);
        String path = option(options, Exchange.HTTP_PATH);
        String below = path == null || path.indexOf('/') < 0 ? null : path.substring(path.indexOf('/') + 1);
        return report.locks().stream()
                .filter(lock -> accepts(filter, lock.lock()) && accepts(below, lock.lock()))
                .toList();
    }

    private static boolean accepts(@Nullable String pattern, String lock) {
        return pattern == null || pattern.isBlank() || PatternHelper.matchPattern(lock, pattern);
    }

    // ---- actions

    private Outcome act(String action, Map<String, Object> options) {
        String lock = option(options, LOCK);
        if (lock == null) {
            return new Outcome(false, "Say which lock: " + LOCK + "=...");
        }
        String serviceId = option(options, SERVICE);
        Map<ElectionClusterService, LeadershipView> having = new LinkedHashMap<>();
        for (ElectionClusterService service : MasterRoutes.services(getCamelContext())) {
            if (serviceId == null || serviceId.equals(service.getId())) {
                service.existingView(lock).ifPresent(view -> having.put(service, view));
            }
        }
        if (having.size() != 1) {
            String found = having.isEmpty()
                    ? "No service has it"
                    : "Several services have it: "
                            + String.join(
                                    ", ",
                                    having.keySet().stream()
                                            .map(ElectionClusterService::toString)
                                            .toList()) + ". Say which: " + SERVICE + "=...";
            return new Outcome(false, "Lock " + lock + ": " + found);
        }
        Map.Entry<ElectionClusterService, LeadershipView> only =
                having.entrySet().iterator().next();
        ElectionClusterService service = only.getKey();
        LeadershipView view = only.getValue();
        switch (action.toLowerCase(Locale.ROOT)) {
            case "start" -> view.start();
            case "stop" -> view.stop();
            case "disable" -> view.setDisabled(true);
            case "enable" -> view.setDisabled(false);
            case "resign" -> {
                Duration coolDown = coolDown(option(options, COOL_DOWN));
                if (coolDown == null) {
                    return new Outcome(
                            false,
                            COOL_DOWN + ": not a duration of zero or more, such as 30s, but "
                                    + option(options, COOL_DOWN));
                }
                view.resign(coolDown);
                return new Outcome(
                        true,
                        String.format(
                                "Lock %s of %s: told to resign and to let others go first for %s",
                                lock, service, Spans.seconds(coolDown)));
            }
            default -> {
                return new Outcome(false, ACTION + ": not start, stop, disable, enable or resign, but " + action);
            }
        }
        return new Outcome(true, "Lock " + lock + " of " + service + ": told to " + action.toLowerCase(Locale.ROOT));
    }

    /** Null if it is none: Camel's own parser takes much for zero. */
    private static @Nullable Duration coolDown(@Nullable String text) {
        if (text == null) {
            return DEFAULT_COOL_DOWN;
        }
        return DURATION.matcher(text).matches() ? Duration.ofMillis(TimeUtils.toMilliSeconds(text)) : null;
    }

    private static @Nullable String option(Map<String, Object> options, String key) {
        Object value = options.get(key);
        return value == null ? null : value.toString();
    }
}
