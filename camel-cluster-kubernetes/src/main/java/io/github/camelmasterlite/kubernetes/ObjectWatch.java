package io.github.camelmasterlite.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists the objects that a query selects and watches them from there on, for as long as it is open: after an error, after the version has become too old, and after the watch has fallen
 * silent it begins again. What it reports are hints.
 *
 * <p>One thread waits for what goes wrong; changes are reported on the threads of the HTTP client, without a hand-over between.
 *
 * <p>A watch may be dead without an error, because a connection is cut where neither end sees it, or the server's cache is stuck. It is found so by any of: nothing at all came for
 * {@link #SILENCE}, though the server sends a bookmark every minute; what this process knows to have happened ({@link #expect}) was not reported within {@link #PATIENCE}.
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
         * Whether changes are reported from now on.
         *
         * @param reason why not; null if they are
         */
        void live(boolean isLive, @Nullable String reason);
    }

    /** Beyond the minute between two bookmarks, with as much again for a slow server. */
    static final Duration SILENCE = Duration.ofMinutes(2);

    static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration CHECK = Duration.ofMillis(2_500);
    private static final Duration LIFETIME = Duration.ofMinutes(5);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /** Nobody grants a permission every few seconds. */
    private static final Duration LONGEST_PAUSE_WITHOUT_PERMISSION = Duration.ofSeconds(20);

    private static final Logger LOG = LoggerFactory.getLogger(ObjectWatch.class);

    private final KubeApi api;
    private final String query;
    private final Duration timeout;
    private final Observer observer;
    private final Ticker ticker;

    private final Object monitor = new Object();

    /** Guarded by {@link #monitor}. */
    private boolean isClosed;

    /** The one that counts now; what others report is late. Guarded by {@link #monitor}. */
    private @Nullable Session session;

    private @Nullable Thread thread;

    /** The highest version that was reported. Guarded by {@link #monitor}. */
    private long seen;

    /** A version that should be reported, and since when. Guarded by {@link #monitor}. */
    private long expected;

    private long expectedSinceNanos;

    /** From where to watch; null if the present state has to be listed first. Of the thread, except where a session says more. Guarded by {@link #monitor}. */
    private @Nullable String from;

    private @Nullable Boolean reportedLive;

    /** In a row; of the thread. */
    private int failures;

    /** Whether the last failure was for want of a permission; of the thread. */
    private boolean isDenied;

    /**
     * @param api      where the objects are
     * @param query    which; see {@link KubeApi#list}
     * @param timeout  how long a list may take, and opening a watch
     * @param observer whom to tell
     * @param ticker   the time
     */
    ObjectWatch(KubeApi api, String query, Duration timeout, Observer observer, Ticker ticker) {
        this.api = api;
        this.query = query;
        this.timeout = timeout;
        this.observer = observer;
        this.ticker = ticker;
    }

    void start(Threads threads) {
        thread = threads.start("watch-" + api.kind(), this::run);
    }

    /** This version is known to exist: it was written, or read. If the watch does not report it soon, it is dead. */
    void expect(long version) {
        synchronized (monitor) {
            if (version > seen && version > expected) {
                if (expected <= seen) {
                    expectedSinceNanos = ticker.nanos();
                }
                expected = version;
            }
        }
    }

    /** Ends it; does not wait. */
    void close() {
        Session open;
        synchronized (monitor) {
            isClosed = true;
            open = session;
            session = null;
            monitor.notifyAll();
        }
        if (open != null) {
            open.cancel();
        }
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    // ---- the thread

    private void run() {
        while (!isClosed()) {
            try {
                once();
            } catch (InterruptedException e) {
                return; // only close() interrupts
            } catch (Throwable t) { // whatever it is, tried again is better than never
                failed(t);
            }
            try {
                pause();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void once() throws Exception {
        String start;
        synchronized (monitor) {
            start = from;
        }
        if (start == null) {
            start = list();
        }
        long openedNanos = ticker.nanos();
        Session opened = new Session();
        synchronized (monitor) {
            if (isClosed) {
                return;
            }
            from = start;
            session = opened;
            expectedSinceNanos = openedNanos;
        }
        try {
            opened.connect(start);
            opened.await();
            // The server ends each watch after some minutes. One that ends at once is not in order.
            failures = ticker.nanos() - openedNanos > LONGEST_PAUSE.toNanos() ? 0 : failures + 1;
        } finally {
            synchronized (monitor) {
                session = null;
            }
            opened.cancel();
        }
    }

    private String list() throws Exception {
        ObjectNode list;
        try {
            list = api.list(query).toCompletableFuture().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } catch (TimeoutException e) {
            throw new IOException("cannot list " + api.kind() + ": no answer within " + timeout.toMillis() + " ms", e);
        }
        List<ObjectNode> objects = new ArrayList<>();
        for (JsonNode item : list.path("items")) {
            if (item instanceof ObjectNode object) {
                objects.add(object);
            }
        }
        String version = list.path("metadata").path("resourceVersion").asText();
        synchronized (monitor) {
            seen = Math.max(seen, ObjectVersion.parse(version));
        }
        observer.listed(objects);
        return version;
    }

    private void failed(Throwable why) {
        failures++;
        boolean isGone = KubeApi.isGone(why);
        synchronized (monitor) {
            if (isGone || why instanceof Silent) {
                from = null;
            }
        }
        isDenied = why instanceof KubeApi.Refused refused && (refused.code() == 401 || refused.code() == 403);
        if (failures == 1 && !isDenied) {
            // Opened again from the version that was reported last, nothing is missed; only if that fails, too, others
            // have to look for themselves.
            LOG.debug("The watch of {} ended; it is opened again", api.kind(), why);
            return;
        }
        String message = why.getMessage();
        report(false, message == null ? why.toString() : message);
    }

    private void pause() throws InterruptedException {
        if (failures == 0) {
            return;
        }
        long longest = (isDenied ? LONGEST_PAUSE_WITHOUT_PERMISSION : LONGEST_PAUSE).toNanos();
        long pause = Math.min(longest, FIRST_PAUSE.toNanos() << Math.min(failures - 1, 20));
        long until = ticker.nanos() + ThreadLocalRandom.current().nextLong(pause / 2, pause + 1);
        synchronized (monitor) {
            for (long left = pause; !isClosed && left > 0; left = until - ticker.nanos()) {
                TimeUnit.NANOSECONDS.timedWait(monitor, left);
            }
        }
    }

    private boolean isClosed() {
        synchronized (monitor) {
            return isClosed;
        }
    }

    /** Called by the thread, and by the session that counts. */
    private void report(boolean isLive, @Nullable String reason) {
        synchronized (monitor) {
            if (reportedLive != null && reportedLive == isLive) {
                return;
            }
            reportedLive = isLive;
        }
        observer.live(isLive, reason);
    }

    private static final class Silent extends IOException {
        private static final long serialVersionUID = 1L;

        Silent(String message) {
            super(message);
        }
    }

    /** One watch, from its opening to its end. */
    private final class Session implements KubeApi.WatchListener {
        private KubeApi.@Nullable Watching watching;

        /** Guarded by {@link #monitor}, as all that follows. */
        private boolean isOpen;

        private boolean hasEnded;
        private @Nullable Throwable why;
        private long heardNanos = ticker.nanos();
        private long openedNanos;

        void connect(String version) {
            // Different members must not open theirs again at the same moment.
            long lifetime = ThreadLocalRandom.current().nextLong(LIFETIME.toSeconds(), 2 * LIFETIME.toSeconds());
            watching = api.watch(query, version, Duration.ofSeconds(lifetime), this);
        }

        void cancel() {
            KubeApi.Watching asked = watching;
            if (asked != null) {
                asked.cancel();
            }
        }

        /** Until it ends in order; all else is thrown. */
        void await() throws Exception {
            synchronized (monitor) {
                while (!isClosed && !hasEnded) {
                    TimeUnit.NANOSECONDS.timedWait(monitor, CHECK.toNanos());
                    checkHeard();
                }
                if (why instanceof Exception failure) {
                    throw failure;
                } else if (why != null) {
                    throw new IOException(why);
                }
            }
        }

        private void checkHeard() throws Silent {
            long now = ticker.nanos();
            if (!isOpen && now - heardNanos > timeout.toNanos()) {
                throw new Silent("cannot watch " + api.kind() + ": no answer within " + timeout.toMillis() + " ms");
            }
            if (now - heardNanos > SILENCE.toNanos()) {
                throw new Silent("the watch of " + api.kind() + " has been silent for " + SILENCE.toSeconds()
                        + " s; it is opened again");
            }
            if (isOpen && expected > seen && now - Math.max(expectedSinceNanos, openedNanos) > PATIENCE.toNanos()) {
                throw new Silent("the watch of " + api.kind() + " has not reported version " + expected + " for "
                        + PATIENCE.toSeconds() + " s; it is opened again");
            }
        }

        @Override
        public void opened() {
            synchronized (monitor) {
                if (session != this) {
                    return;
                }
                isOpen = true;
                openedNanos = ticker.nanos();
                heardNanos = openedNanos;
            }
            report(true, null);
            boolean isLate;
            synchronized (monitor) {
                isLate = session != this;
            }
            if (isLate) {
                report(false, "the watch of " + api.kind() + " has just ended; it is opened again");
            }
        }

        @Override
        public void event(ObjectNode event) {
            String type = event.path("type").asText();
            if (type.equals("ERROR")) {
                ended(api.refusedEvent(event.path("object")));
                return;
            }
            if (!(event.path("object") instanceof ObjectNode object)) {
                return;
            }
            String version = object.path("metadata").path("resourceVersion").asText();
            synchronized (monitor) {
                if (session != this || hasEnded) {
                    return;
                }
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
            synchronized (monitor) {
                if (!hasEnded) {
                    hasEnded = true;
                    why = reason;
                    monitor.notifyAll();
                }
            }
        }
    }
}
