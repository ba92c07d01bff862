package io.github.camelmasterlite.file;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.engine.Lane;
import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lease records in a directory, {@code <root>/.leases/<lock>/}, of any file system that all members share: also of one where locks of the operating system
 * do not reach other machines. {@link LeaseFolder} tells how a record is kept.
 *
 * <p>Nothing here blocks its caller: each call runs on a thread that is given up if it hangs. Of a lock whose calls hang no more than
 * {@value #MAX_HUNG} are kept waiting; the others are not delayed by it. A call that hung may take effect later, as any write to any store; then it finds the
 * name of its version taken.
 *
 * <p>Not told: which members live. Changes that other machines make on a network file system are not reported by any watch, so they are looked for.
 */
final class DirectoryLeaseStore implements LeaseStore {

    /** How many calls for one lock may not have returned. The next is refused, because it would hang as well. */
    static final int MAX_HUNG = 2;

    /** How many threads may hang at most, for all locks. */
    private static final int MAX_THREADS = 128;

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryLeaseStore.class);

    /** A lock that somebody asked for. */
    private static final class Known {
        final String lock;
        final LeaseFolder folder;
        final AtomicInteger calls = new AtomicInteger();
        volatile boolean isWatched;

        Known(String lock, LeaseFolder folder) {
            this.lock = lock;
            this.folder = folder;
        }
    }

    private final RootDirectory root;
    private final LeaseFiles files;
    private final Duration lease;
    private final Duration openTimeout;
    private final boolean isLocal;
    private final Threads threads;
    private final Ticker ticker;
    private final Lane lane;
    /** Never forgotten: little for each lock, and a view that is given back and taken again at once must not miss what is reported between. */
    private final Map<String, Known> byFolder = new ConcurrentHashMap<>();

    private volatile boolean links = true;
    private volatile @Nullable LeaseWatch watch;
    private volatile @Nullable Listener listener;

    /**
     * @param root        the directory that all members share
     * @param files       its file system
     * @param lease       the duration of leases; how long old versions are kept is a multiple of it
     * @param openTimeout how long the first calls may take
     * @param isLocal     whether one kernel serves all members, so that a watch sees what they do
     * @param threads     makes the threads
     * @param ticker      the time
     */
    DirectoryLeaseStore(
            RootDirectory root,
            LeaseFiles files,
            Duration lease,
            Duration openTimeout,
            boolean isLocal,
            Threads threads,
            Ticker ticker) {
        this.root = root;
        this.files = files;
        this.lease = lease;
        this.openTimeout = openTimeout;
        this.isLocal = isLocal;
        this.threads = threads;
        this.ticker = ticker;
        this.lane = new Lane(threads, "lease-io", MAX_THREADS);
    }

    @Override
    public void open(String member, Listener listener) throws Exception {
        bounded(lane::run, openTimeout, root.path(), () -> {
            root.prepareLeases();
            links = hasLinks();
            return null;
        });
        this.listener = listener;
        String reason = isLocal
                ? startWatch()
                : "the file system of " + root.path()
                        + " does not report what other machines do; the leases are looked at every retryPeriodMillis";
        listener.watching(reason == null, reason);
    }

    /** Runs what may hang on another thread, and does not wait for it longer than {@code timeout}. */
    static <T> T bounded(java.util.function.Consumer<Runnable> runner, Duration timeout, Path root, Callable<T> call)
            throws IOException {
        CompletableFuture<T> done = new CompletableFuture<>();
        runner.accept(() -> {
            try {
                done.complete(call.call());
            } catch (Throwable t) {
                done.completeExceptionally(t);
            }
        });
        try {
            return done.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException(
                    "root: the file system of " + root + " has not answered for " + timeout.toMillis()
                            + " ms; see whether its server can be reached, and mount it again if need be",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("root: interrupted while waiting for the file system of " + root, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException("root: cannot use " + root + " (" + e.getCause() + ")", e);
        }
    }

    private boolean hasLinks() throws IOException {
        String name = UUID.randomUUID().toString();
        Path file = root.leases().resolve(LockNames.PROBE + name);
        Path link = root.leases().resolve(LockNames.PROBE + name + "-link");
        try {
            files.create(file, new byte[0]);
            try {
                return files.link(link, file);
            } catch (IOException e) {
                LOG.info(
                        "The file system of {} has no hard links ({}); versions of leases are created under their names instead",
                        root.path(),
                        RootDirectory.describe(e));
                return false;
            }
        } catch (IOException e) {
            throw new IOException(
                    "root: cannot write to " + root.leases() + " (" + RootDirectory.describe(e)
                            + "); the user of this process needs read, write and search permission on that directory, on a file"
                            + " system that is not read-only or full",
                    e);
        } finally {
            files.delete(link);
            files.delete(file);
        }
    }

    /** Returns why not, or null. */
    private @Nullable String startWatch() {
        try {
            LeaseWatch started = new LeaseWatch(root.leases(), this::changed, this::missed);
            watch = started;
            byFolder.values().forEach(known -> known.isWatched = false);
            started.start(threads);
            return null;
        } catch (IOException e) {
            return e.getMessage();
        }
    }

    private void changed(String folder, @Nullable Path file) {
        Known known = byFolder.get(folder);
        Listener to = listener;
        if (known == null || to == null) {
            return;
        }
        if (file == null) {
            known.isWatched = false; // the folder may have come, or gone and come
            ensureWatched(known, folder);
        }
        if (file == null || !known.folder.isOwn(file)) {
            to.within(() -> to.look(known.lock));
        }
    }

    private void missed() {
        Listener to = listener;
        if (to != null) {
            to.within(to::lookAll);
        }
    }

    @Override
    public CompletionStage<StoredRecord> read(String lock) {
        return call(lock, known -> known.folder.read());
    }

    @Override
    public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
        return call(lock, known -> {
            Outcome outcome = known.folder.write(expected, next, ticker.now().wallMicros(), links);
            if (outcome instanceof Outcome.Written && known.folder.isPruneDue()) {
                lane.run(() -> prune(known));
            }
            return outcome;
        });
    }

    private void prune(Known known) {
        try {
            known.folder.prune(lease);
        } catch (IOException e) {
            LOG.debug("Lock {}: old versions are not removed now; tried again later", known.lock, e);
        }
    }

    @FunctionalInterface
    private interface Task<T> {
        T of(Known known) throws IOException;
    }

    private <T> CompletionStage<T> call(String lock, Task<T> task) {
        String folder = LockNames.encode(lock);
        Known known = byFolder.computeIfAbsent(
                folder,
                name -> new Known(
                        lock,
                        new LeaseFolder(
                                files,
                                root.leases().resolve(name),
                                () -> UUID.randomUUID().toString())));
        if (known.calls.incrementAndGet() > MAX_HUNG) {
            known.calls.decrementAndGet();
            return CompletableFuture.failedFuture(new IOException("lock " + lock + ": the former " + MAX_HUNG
                    + " calls to " + root.leases().resolve(folder)
                    + " have not returned; see whether the server of that file system can be reached, and mount it again if need"
                    + " be"));
        }
        CompletableFuture<T> answer = new CompletableFuture<>();
        lane.run(() -> {
            T done;
            try {
                ensureWatched(known, folder);
                done = task.of(known);
            } catch (IOException e) {
                known.calls.decrementAndGet();
                answer.completeExceptionally(named(lock, folder, e));
                return;
            } catch (Throwable t) {
                known.calls.decrementAndGet();
                answer.completeExceptionally(t);
                return;
            }
            known.calls.decrementAndGet(); // before the answer, whose receiver may call again at once
            answer.complete(done);
        });
        return answer;
    }

    private IOException named(String lock, String folder, IOException e) {
        return new IOException(
                "lock " + lock + ": cannot use " + root.leases().resolve(folder) + " (" + RootDirectory.describe(e)
                        + "); see that the file system is mounted, writable and not full, and that the user of this process may"
                        + " write there",
                e);
    }

    /** Before each look, so that nothing happens between the look and the watch. */
    private void ensureWatched(Known known, String folder) {
        LeaseWatch watching = watch;
        if (watching != null && !known.isWatched) {
            known.isWatched = true;
            watching.folder(folder, e -> {
                Listener to = listener;
                if (to != null) {
                    to.watching(
                            false,
                            "cannot watch " + root.leases().resolve(folder) + " (" + RootDirectory.describe(e)
                                    + "); on Linux raise fs.inotify.max_user_watches");
                }
            });
        }
    }

    @Override
    public void close() {
        listener = null;
        LeaseWatch watching = watch;
        watch = null;
        if (watching != null) {
            watching.stop();
        }
    }
}
