package io.github.camelmasterlite.file;

import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that notices things: events of the directories, and leaders whose presence lock has become free. All it says is "look now".
 *
 * <p>Each leader's presence is looked at every {@value #PROBE_MILLIS} ms, one system call for each leading member whatever the number of its
 * locks; the directory of members is listed every {@value #LIST_MILLIS} ms and when it changes.
 */
final class FolderWatch {

    static final long PROBE_MILLIS = 5;
    static final long LIST_MILLIS = 1_000;

    /** How soon it begins to look at the first leader that becomes known. */
    private static final long UNLED_MILLIS = 25;

    /** A death that was reported is reported again after this, in case whoever looked could not act. */
    private static final long REPEAT_NANOS = 200_000_000L;

    private static final Logger LOG = LoggerFactory.getLogger(FolderWatch.class);

    /** Whom it tells. Called on the watching thread; never blocks. */
    interface Hints {
        /** Runs a task that may give hints, and then what is done about them. */
        void within(Runnable task);

        void filesChanged(String fileName);

        void everythingChanged();

        void freed(String presence, int lockHash);

        void leaderGone(String presence);

        void members(List<String> ids);
    }

    private final RootDirectory root;
    private final Presences presences;
    private final Ticker ticker;
    private final Hints hints;

    /** Which presence leads each lock, as far as known; written by the thread of the lock files. */
    private final Map<String, String> leaders = new ConcurrentHashMap<>();

    /** How many locks each presence leads; written with {@link #leaders}, so that a look at a leader costs the same however many locks it has. */
    private final Map<String, Integer> leading = new ConcurrentHashMap<>();

    /** The leading presences that the last look found held; written by the watching thread. */
    private final Set<String> held = ConcurrentHashMap.newKeySet();

    private volatile @Nullable WatchService service;
    private volatile boolean stopping;

    /** Whether a watched directory has gone, so that what is at its path now is not watched. */
    private volatile boolean isBlind;

    /** The directory that is watched; another one may have come to its path. */
    private volatile @Nullable Object watchedRoot;

    // Of the watching thread alone.
    private final Map<String, Long> reported = new HashMap<>();
    private List<String> members = List.of();
    private long nextListNanos;

    FolderWatch(RootDirectory root, Presences presences, Ticker ticker, Hints hints) {
        this.root = root;
        this.presences = presences;
        this.ticker = ticker;
        this.hints = hints;
    }

    /**
     * Starts watching.
     *
     * @throws IOException if the directories cannot be watched; the message names the fix
     */
    void start(Threads threads) throws IOException {
        watchAgain();
        nextListNanos = ticker.nanos();
        threads.start("watch", this::work);
    }

    /** Watches the directories that are at the paths now, in place of those that were. */
    synchronized void watchAgain() throws IOException {
        WatchService before = service;
        WatchService now = null;
        try {
            now = root.path().getFileSystem().newWatchService();
            register(root.path(), now);
            register(root.members(), now);
            watchedRoot = JvmLocks.identity(root.path());
            service = now;
            isBlind = false;
            if (stopping) {
                close(now);
            }
        } catch (IOException e) {
            if (now != null) {
                close(now);
            }
            throw new IOException(
                    "root: cannot watch " + root.path() + " (" + RootDirectory.describe(e)
                            + "); on Linux raise fs.inotify.max_user_instances and fs.inotify.max_user_watches",
                    e);
        } finally {
            if (before != null && before != service) {
                close(before);
            }
        }
    }

    private static void register(Path directory, WatchService service) throws IOException {
        directory.register(service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE);
    }

    /** Which presence is known to lead a lock; null if none does or it is this member. */
    void leaderKnown(String lock, @Nullable String presence) {
        String before = presence == null ? leaders.remove(lock) : leaders.put(lock, presence);
        if (Objects.equals(before, presence)) {
            return;
        }
        if (before != null) {
            leading.computeIfPresent(before, (gone, locks) -> locks == 1 ? null : locks - 1);
        }
        if (presence != null) {
            leading.merge(presence, 1, Integer::sum);
        }
    }

    /** Whether it would notice the end of the leader of a lock: the leader is known and was alive a moment ago, and the directories are watched. */
    boolean isWatched(String lock) {
        String presence = leaders.get(lock);
        return presence != null && held.contains(presence) && service != null && !isBlind;
    }

    /** Which presence is known to lead a lock; null if none. */
    @Nullable
    String leaderOf(String lock) {
        return leaders.get(lock);
    }

    void stop() {
        stopping = true;
        WatchService now = service;
        if (now != null) {
            close(now);
        }
    }

    private static void close(WatchService service) {
        try {
            service.close();
        } catch (IOException e) {
            LOG.debug("Closing a watch failed", e);
        }
    }

    private void work() {
        while (!stopping) {
            try {
                WatchKey key = poll();
                List<String> ended = probe();
                boolean isListDue = ticker.nanos() - nextListNanos >= 0;
                // Mostly there is nothing to tell, a hundred times a second.
                if (key != null || isListDue || !ended.isEmpty()) {
                    hints.within(() -> look(key, ended));
                }
            } catch (ClosedWatchServiceException e) {
                Thread.interrupted(); // closed to stop, or to watch other directories: the loop's condition tells
            } catch (InterruptedException e) {
                LOG.debug("Somebody interrupted the watching thread; it goes on");
            } catch (Throwable t) {
                LOG.error("Watching {} failed unexpectedly; it goes on", root.path(), t);
                nextListNanos = ticker.nanos() + TimeUnit.MILLISECONDS.toNanos(LIST_MILLIS);
            }
        }
    }

    private void look(@Nullable WatchKey key, List<String> ended) {
        if (key != null) {
            onEvents(key);
        }
        ended.forEach(hints::leaderGone);
        if (ticker.nanos() - nextListNanos >= 0) {
            try {
                list();
            } catch (IOException e) {
                LOG.debug("Cannot look at {}; tried again", root.members(), e);
                nextListNanos = ticker.nanos() + TimeUnit.MILLISECONDS.toNanos(LIST_MILLIS);
            }
        }
    }

    private @Nullable WatchKey poll() throws InterruptedException {
        WatchService now = service;
        long untilList = TimeUnit.NANOSECONDS.toMillis(nextListNanos - ticker.nanos());
        long wait = Math.max(1, Math.min(leading.isEmpty() ? UNLED_MILLIS : PROBE_MILLIS, untilList));
        if (now == null) {
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(wait));
            return null;
        }
        return now.poll(wait, TimeUnit.MILLISECONDS);
    }

    private void onEvents(WatchKey key) {
        boolean ofMembers = root.members().equals(key.watchable());
        boolean list = false;
        Set<String> seen = new HashSet<>();
        for (WatchEvent<?> event : key.pollEvents()) {
            if (event.kind() == StandardWatchEventKinds.OVERFLOW) {
                hints.everythingChanged();
                list = true;
            } else if (event.context() instanceof Path path && seen.add(path.toString())) {
                String file = path.toString();
                if (!ofMembers) {
                    hints.filesChanged(file);
                } else if (file.endsWith(Presences.WAKE)) {
                    if (event.kind() == StandardWatchEventKinds.ENTRY_CREATE) { // and it is removed at once
                        freed(file.substring(0, file.length() - Presences.WAKE.length()));
                    }
                } else if (!file.endsWith(LockNames.TEMPORARY)) {
                    list = true;
                }
            }
        }
        if (!key.reset()) {
            // The directory is gone. Whoever leads in it finds out by looking; what comes to its path must be watched
            // anew.
            hints.everythingChanged();
            isBlind = true;
        }
        if (list) {
            nextListNanos = ticker.nanos();
        }
    }

    private void freed(String presenceAndHash) {
        int dot = presenceAndHash.lastIndexOf('.');
        try {
            hints.freed(
                    presenceAndHash.substring(0, dot),
                    Integer.parseUnsignedInt(presenceAndHash.substring(dot + 1), 16));
        } catch (IndexOutOfBoundsException | NumberFormatException e) {
            hints.everythingChanged(); // not a name of ours; somebody wants attention
        }
    }

    /** Which leaders have ended and are to be reported. */
    private List<String> probe() {
        List<String> ended = List.of();
        for (String presence : leading.keySet()) {
            if (!presences.isFree(presence)) {
                if (held.add(presence)) {
                    reported.remove(presence);
                }
                continue;
            }
            held.remove(presence);
            long now = ticker.nanos();
            Long last = reported.get(presence);
            if (last == null || now - last >= REPEAT_NANOS) {
                reported.put(presence, now);
                if (ended.isEmpty()) {
                    ended = new ArrayList<>(2);
                }
                ended.add(presence);
            }
        }
        if (held.size() + reported.size() != leading.size()) {
            held.retainAll(leading.keySet());
            reported.keySet().retainAll(leading.keySet());
        }
        return ended;
    }

    private void list() throws IOException {
        nextListNanos = ticker.nanos() + TimeUnit.MILLISECONDS.toNanos(LIST_MILLIS);
        if (isBlind) {
            watchAgain();
        }
        if (!Objects.equals(watchedRoot, JvmLocks.identity(root.path()))) {
            // No event tells of a directory that was moved away as a whole; whoever looks at a lock in the new one
            // moves the watch to it.
            hints.everythingChanged();
        }
        List<String> now = presences.living();
        if (!stopping && !now.equals(members)) {
            members = now;
            hints.members(now);
        }
    }
}
