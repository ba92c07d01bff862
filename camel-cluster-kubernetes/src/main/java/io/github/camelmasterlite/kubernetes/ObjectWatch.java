package io.github.camelmasterlite.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.camelmasterlite.engine.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists the objects that a query selects and watches them from there on, for as long as it is open. What it reports are hints.
 *
 * <table>
 * <caption>What it does</caption>
 * <tr><th>phase</th><th>event</th><th>next phase</th><th>effect</th></tr>
 * <tr><td>PAUSED</td><td>the pause is over, no version is known</td><td>LISTING</td><td>list</td></tr>
 * <tr><td>PAUSED</td><td>the pause is over</td><td>OPENING</td><td>watch from the version</td></tr>
 * <tr><td>LISTING</td><td>listed</td><td>OPENING</td><td>report all there is, watch from the version of the list</td></tr>
 * <tr><td>OPENING</td><td>opened</td><td>OPEN</td><td>report that it is live</td></tr>
 * <tr><td>OPEN</td><td>an object has changed</td><td>OPEN</td><td>report it; its version is known</td></tr>
 * <tr><td>OPEN</td><td>ended by the server, in order</td><td>PAUSED</td><td>for no time, if it has been open for a while</td></tr>
 * <tr><td>OPEN</td><td>silent: nothing came for {@link #SILENCE}, or not what is known to have happened within {@link #PATIENCE}</td><td>PAUSED</td><td>forget the version</td></tr>
 * <tr><td>any</td><td>the version is not known to the server any more (410)</td><td>PAUSED</td><td>forget the version</td></tr>
 * <tr><td>any</td><td>no answer in time, or an error</td><td>PAUSED</td><td>from the second in a row on, report that it is not live, and why; one that ends a watch that was open for a while is the first</td></tr>
 * <tr><td>any</td><td>closed</td><td>CLOSED</td><td>cancel the watch</td></tr>
 * </table>
 *
 * <p>A watch may be dead without an error: because a connection was cut where neither end sees it, or because the cache of the server is stuck. Then it is silent, although the
 * server sends a bookmark every minute.
 *
 * <p>Changes are reported on the threads of the HTTP client; {@link WatchThread} calls {@link #tick}. The state is guarded by the monitor of this object; requests are made and
 * observers called without it.
 */
final class ObjectWatch {

    /** What is reported; never with a lock held. */
    interface Observer {

        /** Everything there is at the moment. */
        void listed(List<ObjectNode> objects);

        /** This object was created or changed. */
        void changed(ObjectNode object);

        /** This object was deleted, or is not selected any more. */
        void removed(ObjectNode object);

        /**
         * Whether changes are reported from now on. Told again while they are not if another permission turns out to be missing.
         *
         * @param reason why not; null if they are
         */
        void live(boolean isLive, @Nullable String reason);

        /** A few seconds have passed while the watch is open: the time to look for what it does not select. */
        default void passed() {}
    }

    /** Where the objects are. */
    interface Server {

        /** The kind of the objects. */
        KubeApi.Kind kind();

        /** {@link KubeApi#list}. */
        CompletionStage<ObjectNode> list(String query);

        /** {@link KubeApi#watch}. */
        KubeApi.Watching watch(String query, String from, Duration lifetime, KubeApi.WatchListener listener);

        /** What an ERROR event of a watch says, as if it had been the answer to opening it. */
        KubeApi.Refused refusedEvent(JsonNode status);
    }

    /** Beyond the minute between two bookmarks, with as much again for a slow server. */
    static final Duration SILENCE = Duration.ofMinutes(2);

    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** How often an open watch is looked at. */
    static final Duration CHECK = Duration.ofMillis(2_500);

    private static final Duration LIFETIME = Duration.ofMinutes(5);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /** Nobody grants a permission every few seconds. */
    private static final Duration LONGEST_PAUSE_WITHOUT_PERMISSION = Duration.ofSeconds(20);

    private static final Logger LOG = LoggerFactory.getLogger(ObjectWatch.class);

    private enum Phase {
        PAUSED,
        LISTING,
        OPENING,
        OPEN,
        CLOSED
    }

    private final Server server;
    private final String query;
    private final Duration timeout;
    private final Observer observer;
    private final Ticker ticker;
    private final RandomGenerator random;

    private volatile Runnable onChange = () -> {};

    // All that follows is guarded by this.

    private Phase phase = Phase.PAUSED;

    /** When a pause is over. */
    private long untilNanos;

    /** When a request was sent, or the watch opened. */
    private long sinceNanos;

    /** When anything came last. */
    private long heardNanos;

    /** The attempt that counts; what others report is late. */
    private int attempt;

    private KubeApi.@Nullable Watching watching;

    /** From where to watch; null if the present state has to be listed first. */
    private @Nullable String from;

    /** The highest version that was reported. */
    private long seen;

    /** A version that should be reported, and since when. */
    private long expected;

    private long expectedSinceNanos;

    /** In a row. */
    private int failures;

    private @Nullable Boolean reportedLive;

    /** Which permission was reported to be missing; null if that was not the reason. */
    private @Nullable String reportedDenial;

    /** When an open watch was looked at last. */
    private long passedNanos;

    /**
     * @param server   where the objects are
     * @param query    which; see {@link KubeApi#list}
     * @param timeout  how long a list may take, and opening a watch
     * @param observer whom to tell
     * @param ticker   the time
     * @param random   spreads what members do at the same time
     */
    ObjectWatch(
            Server server, String query, Duration timeout, Observer observer, Ticker ticker, RandomGenerator random) {
        this.server = server;
        this.query = query;
        this.timeout = timeout;
        this.observer = observer;
        this.ticker = ticker;
        this.random = random;
        this.untilNanos = ticker.nanos();
    }

    /** Whom to tell that {@link #tick} should be called soon. */
    void onChange(Runnable listener) {
        onChange = listener;
    }

    /** This version is known to exist: it was written, or read. If the watch does not report it soon, it is dead. */
    synchronized void expect(long version) {
        if (version > seen && version > expected) {
            if (expected <= seen) {
                expectedSinceNanos = ticker.nanos();
            }
            expected = version;
        }
    }

    /** Ends it; does not wait. */
    void close() {
        KubeApi.Watching open;
        synchronized (this) {
            phase = Phase.CLOSED;
            attempt++;
            open = watching;
            watching = null;
        }
        if (open != null) {
            open.cancel();
        }
    }

    /**
     * Does what is due.
     *
     * @return in how many nanoseconds it has to be called again; {@link Long#MAX_VALUE} if never
     */
    long tick() {
        List<Runnable> effects = new ArrayList<>();
        long wait;
        synchronized (this) {
            long now = ticker.nanos();
            switch (phase) {
                case PAUSED -> {
                    if (now - untilNanos >= 0) {
                        begin(now, effects);
                    }
                }
                case LISTING, OPENING -> {
                    if (now - sinceNanos > timeout.toNanos()) {
                        failed(
                                new IOException("cannot " + (phase == Phase.LISTING ? "list " : "watch ")
                                        + server.kind() + ": no answer within " + timeout.toMillis() + " ms"),
                                effects);
                    }
                }
                case OPEN -> {
                    if (now - passedNanos >= CHECK.toNanos()) {
                        passedNanos = now;
                        effects.add(observer::passed);
                    }
                    checkHeard(now, effects);
                }
                case CLOSED -> {}
            }
            wait = switch (phase) {
                case PAUSED -> Math.max(0, untilNanos - now);
                case CLOSED -> Long.MAX_VALUE;
                default -> CHECK.toNanos();
            };
        }
        effects.forEach(Runnable::run);
        return wait;
    }

    // ---- transitions, called with the monitor

    private void begin(long now, List<Runnable> effects) {
        attempt++;
        sinceNanos = now;
        int mine = attempt;
        String start = from;
        if (start == null) {
            phase = Phase.LISTING;
            effects.add(() -> list(mine));
        } else {
            open(start, effects);
        }
    }

    private void open(String start, List<Runnable> effects) {
        phase = Phase.OPENING;
        sinceNanos = ticker.nanos();
        Session session = new Session(attempt);
        // Different members must not open theirs again at the same moment.
        Duration lifetime = LIFETIME.plusMillis(random.nextLong(LIFETIME.toMillis()));
        effects.add(() -> {
            KubeApi.Watching opening = server.watch(query, start, lifetime, session);
            boolean isLate;
            synchronized (this) {
                isLate = session.number != attempt;
                if (!isLate) {
                    watching = opening;
                }
            }
            if (isLate) {
                opening.cancel();
            }
        });
    }

    private void checkHeard(long now, List<Runnable> effects) {
        String silent = null;
        if (now - heardNanos > SILENCE.toNanos()) {
            silent = "has been silent for " + SILENCE.toSeconds() + " s";
        } else if (expected > seen
                && now - expectedSinceNanos > PATIENCE.toNanos()
                && now - sinceNanos > PATIENCE.toNanos()) {
            silent = "has not reported version " + expected + " for " + PATIENCE.toSeconds() + " s";
        }
        if (silent != null) {
            LOG.info("The watch of {} {}; it is opened again", server.kind(), silent);
            from = null;
            failed(new IOException("the watch of " + server.kind() + " " + silent), effects);
        }
    }

    private void failed(Throwable why, List<Runnable> effects) {
        failures++;
        if (KubeApi.isGone(why)) {
            from = null;
        }
        boolean isDenied = KubeApi.isDenied(why);
        pause(isDenied ? LONGEST_PAUSE_WITHOUT_PERMISSION : LONGEST_PAUSE, effects);
        if (failures == 1 && !isDenied) {
            // Opened again from the version that was reported last, nothing is missed; only if that fails, too, do
            // others have to look for themselves.
            LOG.debug("The watch of {} failed; it is opened again", server.kind(), why);
        } else {
            String message = why.getMessage();
            String reason = message == null ? why.toString() : message;
            if (isDenied && !reason.equals(reportedDenial)) {
                reportedDenial = reason;
                reportedLive = null; // another one than before: whoever grants them one by one wants to know
            }
            report(false, reason, effects);
        }
    }

    private void endedInOrder(List<Runnable> effects) {
        // The server ends each watch after some minutes. One that it ends at once is not in order.
        if (wasOpenForAWhile()) {
            failures = 0;
        } else {
            failures++;
        }
        pause(LONGEST_PAUSE, effects);
    }

    private boolean wasOpenForAWhile() {
        return phase == Phase.OPEN && ticker.nanos() - sinceNanos > LONGEST_PAUSE.toNanos();
    }

    private void pause(Duration longest, List<Runnable> effects) {
        phase = Phase.PAUSED;
        attempt++;
        KubeApi.Watching ended = watching;
        watching = null;
        if (ended != null) {
            effects.add(ended::cancel);
        }
        long pause = 0;
        if (failures > 0) {
            pause = Math.min(longest.toNanos(), FIRST_PAUSE.toNanos() << Math.min(failures - 1, 20));
            pause = random.nextLong(pause / 2, pause + 1);
        }
        untilNanos = ticker.nanos() + pause;
        effects.add(onChange);
    }

    private void report(boolean isLive, @Nullable String reason, List<Runnable> effects) {
        if (reportedLive == null || reportedLive != isLive) {
            reportedLive = isLive;
            reportedDenial = isLive ? null : reportedDenial;
            effects.add(() -> observer.live(isLive, reason));
        }
    }

    // ---- answers

    private void list(int mine) {
        server.list(query).whenComplete((list, failure) -> {
            List<Runnable> effects = new ArrayList<>();
            synchronized (this) {
                if (mine != attempt) {
                    return;
                }
                if (list == null) {
                    failed(cause(failure), effects);
                } else {
                    listed(list, effects);
                }
            }
            effects.forEach(Runnable::run);
        });
    }

    private static Throwable cause(@Nullable Throwable failure) {
        if (failure == null) {
            return new IOException("no answer");
        }
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private void listed(ObjectNode list, List<Runnable> effects) {
        List<ObjectNode> objects = new ArrayList<>();
        for (JsonNode item : list.path("items")) {
            if (item instanceof ObjectNode object) {
                objects.add(object);
            }
        }
        String version = list.path("metadata").path("resourceVersion").asText();
        from = version;
        seen = Math.max(seen, ObjectVersion.parse(version));
        effects.add(() -> observer.listed(objects));
        open(version, effects);
    }

    /** One watch, from its opening to its end. */
    private final class Session implements KubeApi.WatchListener {
        private final int number;

        Session(int number) {
            this.number = number;
        }

        @Override
        public void opened() {
            List<Runnable> effects = new ArrayList<>();
            synchronized (ObjectWatch.this) {
                if (number != attempt) {
                    return;
                }
                phase = Phase.OPEN;
                sinceNanos = ticker.nanos();
                heardNanos = sinceNanos;
                passedNanos = sinceNanos;
                report(true, null, effects);
                effects.add(onChange);
            }
            effects.forEach(Runnable::run);
        }

        @Override
        public void event(ObjectNode event) {
            String type = event.path("type").asText();
            if (type.equals("ERROR")) {
                ended(server.refusedEvent(event.path("object")));
                return;
            }
            if (!(event.path("object") instanceof ObjectNode object)) {
                return;
            }
            String version = object.path("metadata").path("resourceVersion").asText();
            synchronized (ObjectWatch.this) {
                if (number != attempt) {
                    return;
                }
                failures = 0; // it works
                heardNanos = ticker.nanos();
                if (!version.isEmpty()) {
                    from = version;
                    seen = Math.max(seen, ObjectVersion.parse(version));
                }
            }
            switch (type) {
                case "ADDED", "MODIFIED" -> observer.changed(object);
                case "DELETED" -> observer.removed(object);
                default -> {} // a bookmark
            }
        }

        @Override
        public void ended(@Nullable Throwable reason) {
            List<Runnable> effects = new ArrayList<>();
            synchronized (ObjectWatch.this) {
                if (number != attempt) {
                    return;
                }
                if (reason == null) {
                    endedInOrder(effects);
                } else {
                    if (wasOpenForAWhile()) {
                        failures = 0; // proxies cut what is idle for half a minute, sooner than a bookmark comes
                    }
                    failed(reason, effects);
                }
            }
            effects.forEach(Runnable::run);
        }
    }
}
