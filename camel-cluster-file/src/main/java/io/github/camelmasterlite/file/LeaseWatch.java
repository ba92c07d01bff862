package io.github.camelmasterlite.file;

import io.github.camelmasterlite.engine.Threads;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Notices, on one thread, what happens in the folders of a directory of leases on a local file system. All it says is "look now". */
final class LeaseWatch {

    private static final Logger LOG = LoggerFactory.getLogger(LeaseWatch.class);

    private final Path leases;
    private final WatchService service;
    private final BiConsumer<String, @Nullable Path> changed;
    private final Runnable missed;
    private volatile boolean stopping;

    /**
     * @param leases  the directory
     * @param changed told of a folder by its name, and of the file in it that came or changed; of none if something has gone, or the folder is new
     * @param missed  told that something may have been missed
     * @throws IOException if the directory cannot be watched; the message names the fix
     */
    LeaseWatch(Path leases, BiConsumer<String, @Nullable Path> changed, Runnable missed) throws IOException {
        this.leases = leases;
        this.changed = changed;
        this.missed = missed;
        this.service = leases.getFileSystem().newWatchService();
        try {
            watch(leases);
        } catch (IOException e) {
            stop();
            throw new IOException(
                    "root: cannot watch " + leases + " (" + RootDirectory.describe(e)
                            + "); on Linux raise fs.inotify.max_user_instances and fs.inotify.max_user_watches",
                    e);
        }
    }

    void start(Threads threads) {
        threads.start("lease-watch", this::work);
    }

    void stop() {
        stopping = true;
        try {
            service.close();
        } catch (IOException e) {
            LOG.debug("Closing a watch failed", e);
        }
    }

    /** Watches a folder, if it exists; else its creation will be noticed. */
    void folder(String name, Consumer<IOException> failed) {
        try {
            watch(leases.resolve(name));
        } catch (NoSuchFileException | ClosedWatchServiceException e) {
            LOG.trace("Nothing to watch in {} yet", name);
        } catch (IOException e) {
            failed.accept(e);
        }
    }

    private void watch(Path directory) throws IOException {
        directory.register(
                service,
                StandardWatchEventKinds.ENTRY_CREATE,
                StandardWatchEventKinds.ENTRY_DELETE,
                StandardWatchEventKinds.ENTRY_MODIFY);
    }

    private void work() {
        while (!stopping) {
            try {
                WatchKey key = service.take();
                tell(key);
                key.reset();
            } catch (ClosedWatchServiceException e) {
                return; // closed to stop
            } catch (InterruptedException e) {
                LOG.debug("Somebody interrupted the watching thread; it goes on");
            } catch (Throwable t) {
                LOG.error("Watching {} failed unexpectedly; it goes on", leases, t);
            }
        }
    }

    private void tell(WatchKey key) {
        if (!(key.watchable() instanceof Path directory)) {
            return;
        }
        for (WatchEvent<?> event : key.pollEvents()) {
            if (!(event.context() instanceof Path name)) {
                missed.run();
            } else if (directory.equals(leases)) {
                changed.accept(name.toString(), null);
            } else if (name.toString().startsWith("v")) {
                // That a file has gone is news, whoever wrote it.
                boolean isGone = event.kind() == StandardWatchEventKinds.ENTRY_DELETE;
                changed.accept(String.valueOf(directory.getFileName()), isGone ? null : directory.resolve(name));
            }
        }
    }
}
