package io.github.camelmasterlite.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who lives. Every member holds an operating system lock on a file of its own under {@code .members}; the kernel frees it when the process
 * ends, however it ends. What is found here only says when to look at a lock; it never makes a leader.
 *
 * <p>Used by the thread of the lock files and by the watching thread; every method holds the monitor, for a few quick system calls.
 */
final class Presences {

    static final String WAKE = ".wake";

    private static final Logger LOG = LoggerFactory.getLogger(Presences.class);

    private static final long SPLIT = 1;

    /** A presence file of somebody else that is kept open to look at its lock. */
    private record Other(FileChannel channel, String member, ProcessMark mark) {}

    private final RootDirectory root;
    private final String member;
    private final String name;
    private final Map<String, Other> others = new HashMap<>();
    private final Set<Path> wakes = new HashSet<>();

    private @Nullable FileChannel own;
    private @Nullable FileLock first;
    private @Nullable FileLock rest;
    private @Nullable Object ownIdentity;
    private boolean closed;
    private boolean twinReported;

    Presences(RootDirectory root, String member) {
        this.root = root;
        this.member = member;
        // Never reused, so that a name seen once means one start of one member for ever.
        this.name =
                LockNames.encode(member) + "." + UUID.randomUUID().toString().substring(0, 8);
    }

    /** The name of this member's presence file. */
    String ownName() {
        return name;
    }

    /** Shows this member as living, or shows it again if its file was removed. */
    synchronized void ensureShown() throws IOException {
        Path file = root.members().resolve(name);
        if (own != null && own.isOpen() && ownIdentity != null && ownIdentity.equals(JvmLocks.identity(file))) {
            first = reassert(first, 0, SPLIT);
            rest = reassert(rest, SPLIT, Long.MAX_VALUE - SPLIT);
            return;
        }
        hide();
        Path temporary = root.members().resolve(name + LockNames.TEMPORARY);
        JvmLocks.presences().put(name, member);
        FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        own = channel;
        ProcessMark mark = ProcessMark.own();
        LeaderRecord record = new LeaderRecord(
                member,
                name,
                mark.scope(),
                mark.pid(),
                mark.started(),
                0,
                0,
                Instant.now().toString(),
                LeaderRecord.State.LEADING);
        channel.write(ByteBuffer.wrap(record.write().getBytes(StandardCharsets.UTF_8)));
        first = channel.tryLock(0, SPLIT, false);
        rest = channel.tryLock(SPLIT, Long.MAX_VALUE - SPLIT, false);
        // Locked before it gets its name: nobody ever sees it free while we live.
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        ownIdentity = JvmLocks.identity(file);
    }

    private @Nullable FileLock reassert(@Nullable FileLock lock, long position, long size) throws IOException {
        FileChannel channel = own;
        if (channel == null) {
            return null;
        }
        if (lock != null && lock.isValid()) {
            lock.release();
        }
        try {
            return channel.tryLock(position, size, false);
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** Shows this member no longer. */
    synchronized void hide() {
        Path file = root.members().resolve(name);
        FileChannel channel = own;
        own = null;
        ownIdentity = null;
        if (channel != null) {
            try {
                Files.deleteIfExists(root.members().resolve(name + LockNames.TEMPORARY));
                Files.deleteIfExists(file);
            } catch (IOException e) {
                LOG.debug("{} is left behind; others remove it when they see that nobody holds it", file, e);
            }
            close(channel);
        }
        JvmLocks.presences().remove(name);
    }

    /** Ends everything; nothing is opened again. */
    synchronized void close() {
        closed = true;
        tidy();
        hide();
        forgetOthers();
    }

    /** Ends looking at others. */
    synchronized void forgetOthers() {
        others.values().forEach(other -> close(other.channel));
        others.clear();
    }

    /**
     * Whether the process behind a presence is known to have ended.
     *
     * @param presence the name of its presence file
     * @param mark     its process
     */
    synchronized boolean hasEnded(String presence, ProcessMark mark) {
        return !isHeld(presence) && !mark.isSeenAlive();
    }

    /** Whether the presence lock is free, which hints that the process has ended. */
    synchronized boolean isFree(String presence) {
        return !isHeld(presence);
    }

    private boolean isHeld(String presence) {
        if (isOfThisJvm(presence)) {
            return true;
        }
        Other other;
        try {
            other = look(presence);
        } catch (IOException e) {
            LOG.debug("Cannot look at the presence file {}", presence, e);
            return true; // cannot be told
        }
        if (other == null) {
            return false;
        }
        try (FileLock lock = other.channel.tryLock(0, Long.MAX_VALUE, true)) {
            return lock == null;
        } catch (OverlappingFileLockException e) {
            return true; // another member of this JVM is looking at this moment
        } catch (IOException e) {
            others.remove(presence);
            close(other.channel);
            return true; // cannot be told, this time
        }
    }

    private boolean isOfThisJvm(String presence) {
        return JvmLocks.presences().containsKey(presence);
    }

    /** The open presence file of somebody else; null if there is none. */
    private @Nullable Other look(String presence) throws IOException {
        Other known = others.get(presence);
        if (known != null || closed) {
            return known;
        }
        Path file = root.members().resolve(presence);
        if (!Files.isRegularFile(file)) {
            return null;
        }
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            return null;
        }
        try {
            ByteBuffer bytes = ByteBuffer.allocate(4096);
            channel.read(bytes);
            LeaderRecord record =
                    LeaderRecord.parse(new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8));
            Other found = new Other(
                    channel,
                    record == null ? presence : record.member(),
                    record == null ? new ProcessMark("", 0, 0) : record.mark());
            others.put(presence, found);
            return found;
        } catch (IOException e) {
            close(channel);
            throw e;
        }
    }

    private @Nullable Other lookIfPossible(String presence) {
        try {
            return look(presence);
        } catch (IOException e) {
            LOG.debug("Cannot look at the presence file {}", presence, e);
            return null;
        }
    }

    /** The ids of all members that live, this one included; removes what the dead left behind. */
    synchronized List<String> living() throws IOException {
        Set<String> ids = new HashSet<>();
        Set<String> present = new HashSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(root.members())) {
            for (Path file : files) {
                String presence = file.getFileName().toString();
                if (presence.endsWith(WAKE)) {
                    removeIfOrphaned(file, presence);
                    continue;
                }
                if (presence.endsWith(LockNames.TEMPORARY) || presence.equals(name)) {
                    continue;
                }
                present.add(presence);
                String memberOfThisJvm = JvmLocks.presences().get(presence);
                if (memberOfThisJvm != null) {
                    ids.add(memberOfThisJvm);
                    continue;
                }
                Other other = lookIfPossible(presence);
                if (other != null && hasEnded(presence, other.mark)) {
                    Files.deleteIfExists(file);
                } else if (other != null) {
                    ids.add(other.member);
                    warnOfTwin(other);
                }
            }
        }
        others.entrySet().removeIf(entry -> {
            boolean gone = !present.contains(entry.getKey())
                    || !Files.exists(root.members().resolve(entry.getKey()));
            if (gone) {
                close(entry.getValue().channel);
            }
            return gone;
        });
        ids.add(member);
        List<String> sorted = new ArrayList<>(ids);
        sorted.sort(null);
        return sorted;
    }

    private void removeIfOrphaned(Path wake, String fileName) throws IOException {
        int end = fileName.lastIndexOf('.', fileName.length() - WAKE.length() - 1);
        String owner = end < 0 ? "" : fileName.substring(0, end);
        if (!isOfThisJvm(owner)
                && !(LockNames.isEncoded(owner) && Files.exists(root.members().resolve(owner)))) {
            Files.deleteIfExists(wake);
        }
    }

    private void warnOfTwin(Other other) {
        if (other.member.equals(member) && !twinReported) {
            twinReported = true;
            LOG.warn(
                    "Two living members have the id {}, here and in process {}; exclusion does not suffer, but nobody can tell them apart. Set"
                            + " the option id of the cluster service to a different value on each member",
                    member,
                    other.mark.pid());
        }
    }

    /**
     * Makes every member that watches look at a lock that this one has freed or has begun to lead: neither is an event for anybody.
     *
     * @param lockHash the hash of the name of the lock file; a name might be too long to be part of another
     */
    synchronized void wakeOthers(int lockHash) {
        Path wake = root.members().resolve(name + "." + Integer.toHexString(lockHash) + WAKE);
        try {
            Files.deleteIfExists(wake);
            Files.write(wake, new byte[0]);
            // Removed later: that is an event as well, for members that are busy taking over now.
            wakes.add(wake);
        } catch (IOException e) {
            LOG.debug(
                    "Cannot wake the other members; they look by themselves, at the latest after acquireLockInterval",
                    e);
        }
    }

    /** Removes what wakes have left. */
    synchronized void tidy() {
        for (Path wake : wakes) {
            try {
                Files.deleteIfExists(wake);
            } catch (IOException e) {
                LOG.debug("{} is left behind; others remove it when they see that its member has ended", wake, e);
            }
        }
        wakes.clear();
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("Closing a presence file failed; its descriptor is gone all the same", e);
        }
    }
}
