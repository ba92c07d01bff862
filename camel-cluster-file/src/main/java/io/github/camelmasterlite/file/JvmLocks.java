package io.github.camelmasterlite.file;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All lock files that this JVM has open, whatever class loader opened them: one channel for each file, closed when nobody here uses the file.
 *
 * <p>POSIX record locks belong to a process and vanish, silently, as soon as the process closes <em>any</em> descriptor of the file (POSIX.1-2017,
 * fcntl). A second channel in the same JVM, closed by a second context or by a second copy of this class, would take the lock from the first.
 * Hence one registry for the JVM, in the map of system properties, made of JDK types only. Its keys are file keys (device and inode); an open
 * channel keeps the inode from being reused, so that a key means one file as long as its entry exists.
 *
 * <p>Every method holds the monitor of the map, for a few system calls on local files.
 */
final class JvmLocks {

    private static final Logger LOG = LoggerFactory.getLogger(JvmLocks.class);

    private static final String FILES = "io.github.camelmasterlite.file.locks";
    private static final String PRESENCES = "io.github.camelmasterlite.file.presences";

    // The fields of an entry. An array, because a class of ours would be another class in another class loader.
    private static final int CHANNEL = 0;
    private static final int OWNER = 1;
    private static final int FIRST = 2;
    private static final int REST = 3;
    private static final int WAITING = 4;
    private static final int USERS = 5;
    private static final int FIELDS = 6;

    /** The lock is two adjacent ranges, so that one can be re-asserted while the other keeps everybody out. */
    private static final long SPLIT = 1;

    private JvmLocks() {}

    @SuppressWarnings("unchecked") // nothing else uses these keys
    private static Map<Object, @Nullable Object[]> entries() {
        return (Map<Object, @Nullable Object[]>) System.getProperties()
                .computeIfAbsent(FILES, key -> new ConcurrentHashMap<Object, @Nullable Object[]>());
    }

    /**
     * The names of the presence files that this JVM holds, which it must never open a second time, with the ids of their members. By name and not
     * by path, because a directory has many paths and a name is never used twice.
     */
    @SuppressWarnings("unchecked") // nothing else uses this key
    static Map<String, String> presences() {
        return (Map<String, String>)
                System.getProperties().computeIfAbsent(PRESENCES, key -> new ConcurrentHashMap<String, String>());
    }

    /**
     * The identity of the file at a path: device and inode, or the real path where there are none.
     *
     * @return null if there is no file
     * @throws IOException if that cannot be told
     */
    static @Nullable Object identity(Path path) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            Object key = attributes.fileKey();
            return key != null
                    ? key
                    : path.toRealPath(LinkOption.NOFOLLOW_LINKS).toString();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /**
     * Opens a lock file, or shares the channel that this JVM has of it already.
     *
     * @param path   the file
     * @param create whether to create it if it is absent
     * @return null if it is absent, or was replaced while it was being opened
     * @throws IOException if it cannot be opened
     */
    static @Nullable Handle open(Path path, boolean create) throws IOException {
        Map<Object, @Nullable Object[]> entries = entries();
        synchronized (entries) {
            Object before = identity(path);
            if (before == null && !create) {
                return null;
            }
            @Nullable Object[] entry = before == null ? null : entries.get(before);
            if (entry != null && entry[CHANNEL] instanceof FileChannel known && !known.isOpen()) {
                // Somebody interrupted a thread that was using it. Its locks are gone, and its users find out when they
                // look.
                entries.remove(before);
                entry = null;
            }
            if (entry == null) {
                FileChannel channel = FileChannel.open(
                        path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                Object after = identity(path);
                if (after == null || (before != null && !after.equals(before)) || entries.containsKey(after)) {
                    // It was replaced in between, and what was opened is not known. Closing it could drop a lock of
                    // this JVM on that
                    // file, so it stays open: a rare leak of one descriptor instead of a lost lock.
                    LOG.warn("{} was replaced while it was being opened; one descriptor of it stays open", path);
                    entries.put(new Object(), new @Nullable Object[] {channel});
                    return null;
                }
                entry = new @Nullable Object[FIELDS];
                entry[CHANNEL] = channel;
                entry[WAITING] = new ConcurrentLinkedQueue<Runnable>();
                entry[USERS] = new int[1];
                entries.put(after, entry);
                before = after;
            }
            Handle handle = new Handle(Objects.requireNonNull(before), entry);
            handle.users()[0]++;
            return handle;
        }
    }

    /** One user's share of an open lock file. */
    static final class Handle {

        private final Object key;
        private final @Nullable Object[] entry;
        private boolean closed;

        private Handle(Object key, @Nullable Object[] entry) {
            this.key = key;
            this.entry = entry;
        }

        /** Whether the file is still open; an interrupt of a thread that uses it closes it. */
        boolean isOpen() {
            return channel().isOpen();
        }

        /** The identity of the file. */
        Object key() {
            return key;
        }

        /**
         * Tries to get the lock for {@code owner}; never blocks. If another user of this JVM has it, {@code whenFree} is run once when that
         * one lets go.
         *
         * @return whether {@code owner} has it now
         * @throws IOException if the system refuses to lock this file at all
         */
        boolean tryLock(Object owner, Runnable whenFree) throws IOException {
            synchronized (entries()) {
                Object holder = holder();
                if (holder != null && holder != owner) {
                    Queue<Runnable> waiting = waiting();
                    if (!waiting.contains(whenFree)) {
                        waiting.add(whenFree);
                    }
                    return false;
                }
                unlockBoth(); // what an owner left behind that was never closed and is gone
                FileLock first = tryRange(0, SPLIT);
                if (first == null) {
                    return false;
                }
                entry[FIRST] = first;
                FileLock rest = tryRange(SPLIT, Long.MAX_VALUE - SPLIT);
                if (rest == null) {
                    unlockBoth();
                    return false;
                }
                entry[REST] = rest;
                entry[OWNER] = new WeakReference<>(owner);
                return true;
            }
        }

        /**
         * Re-asserts the lock of {@code owner}, one range after the other. A hold that was dropped, but not taken, is whole again afterwards.
         *
         * @return false if somebody else has taken it
         * @throws IOException if the system refuses
         */
        boolean reassert(Object owner) throws IOException {
            synchronized (entries()) {
                return holder() == owner
                        && reassertRange(FIRST, 0, SPLIT)
                        && reassertRange(REST, SPLIT, Long.MAX_VALUE - SPLIT);
            }
        }

        private boolean reassertRange(int field, long position, long size) throws IOException {
            FileLock old = (FileLock) entry[field];
            if (old != null && old.isValid()) {
                old.release();
            }
            FileLock again = tryRange(position, size);
            entry[field] = again;
            return again != null;
        }

        /** Whether {@code owner} is who this JVM holds the lock for. */
        boolean isOwner(Object owner) {
            synchronized (entries()) {
                return holder() == owner;
            }
        }

        /** Gives up the lock of {@code owner}, or what is left of it, and tells those of this JVM that wait. */
        void unlock(Object owner) {
            Queue<Runnable> waiting;
            synchronized (entries()) {
                if (holder() != owner) {
                    return;
                }
                unlockBoth();
                entry[OWNER] = null;
                waiting = new ConcurrentLinkedQueue<>(waiting());
                waiting().clear();
            }
            waiting.forEach(Handle::tell);
        }

        /** Another context's hint may fail, for instance because its class loader was closed; that is not this one's problem. */
        private static void tell(Runnable whenFree) {
            try {
                whenFree.run();
            } catch (Throwable t) {
                LOG.debug(
                        "A waiting member could not be told that a lock is free; it looks by itself, at the latest after its"
                                + " acquireLockInterval",
                        t);
            }
        }

        /** No longer tells {@code whenFree}, which would keep everything it reaches in memory as long as somebody here has the lock. */
        void forget(Runnable whenFree) {
            synchronized (entries()) {
                waiting().remove(whenFree);
            }
        }

        /** Gives back this share. The last one closes the file; whoever still owns the lock through it must have unlocked before. */
        void close() {
            synchronized (entries()) {
                if (closed) {
                    return;
                }
                closed = true;
                if (--users()[0] > 0) {
                    return;
                }
                entries().remove(key, entry);
                try {
                    channel().close();
                } catch (IOException e) {
                    LOG.debug("Closing a lock file failed; its descriptor is gone all the same", e);
                }
            }
        }

        private @Nullable Object holder() {
            WeakReference<?> owner = (WeakReference<?>) entry[OWNER];
            return owner == null ? null : owner.get();
        }

        @SuppressWarnings("unchecked") // see open
        private Queue<Runnable> waiting() {
            return (Queue<Runnable>) Objects.requireNonNull(entry[WAITING]);
        }

        private FileChannel channel() {
            return (FileChannel) Objects.requireNonNull(entry[CHANNEL]);
        }

        private int[] users() {
            return (int[]) Objects.requireNonNull(entry[USERS]);
        }

        private @Nullable FileLock tryRange(long position, long size) throws IOException {
            try {
                return channel().tryLock(position, size, false);
            } catch (OverlappingFileLockException e) {
                return null; // somebody of this JVM who does not use this registry
            }
        }

        private void unlockBoth() {
            for (int field : new int[] {REST, FIRST}) {
                FileLock lock = (FileLock) entry[field];
                entry[field] = null;
                try {
                    if (lock != null && lock.isValid()) {
                        lock.release();
                    }
                } catch (IOException e) {
                    LOG.warn("Unlocking failed; the lock ends with this process at the latest", e);
                }
            }
        }
    }
}
