package io.github.camelmasterlite.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The shared directory: what must hold for it, what lies where in it, and how a file in it is replaced as a whole. */
final class RootDirectory {

    /** Where locks of the operating system can be trusted: one kernel sees all their users. */
    private static final Set<String> LOCAL = Set.of(
            "ext2", "ext3", "ext4", "ext2/ext3", "xfs", "btrfs", "zfs", "tmpfs", "apfs", "ufs", "ntfs", "overlay");

    private static final Logger LOG = LoggerFactory.getLogger(RootDirectory.class);

    private final Path root;
    private final Path members;
    private final Path leases;

    RootDirectory(Path root) {
        this.root = root.toAbsolutePath().normalize();
        this.members = this.root.resolve(".members");
        this.leases = this.root.resolve(".leases");
    }

    Path path() {
        return root;
    }

    /** Where the presence of members is kept. */
    Path members() {
        return members;
    }

    /** Where leases are kept, a folder for each lock. */
    Path leases() {
        return leases;
    }

    Path lock(String lock) {
        return root.resolve(LockNames.encode(lock));
    }

    Path epoch(String lock) {
        return root.resolve(LockNames.encode(lock) + LockNames.EPOCH);
    }

    Path leader(String lock) {
        return root.resolve(LockNames.encode(lock) + LockNames.LEADER);
    }

    /** Creates what is missing and checks the rest, for a start. The message of what it throws names the path and the fix. */
    void prepare() throws IOException {
        create();
        usable();
        if (Files.isDirectory(leases)) {
            LOG.warn(
                    "root: {} holds leases as well ({}). A member that uses leases and one that uses locks of the operating system do not see each"
                            + " other: give all members the same option locking; remove that directory when no member uses it",
                    root,
                    leases);
        }
    }

    /** {@link #prepare()} for leases. */
    void prepareLeases() throws IOException {
        create();
        try {
            if (!Files.isDirectory(leases)) {
                Files.createDirectory(leases);
            }
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(leases)) {
                throw new IOException("root: " + leases + " is not a directory; remove that file", e);
            }
        } catch (IOException e) {
            throw cannotWriteRoot(e);
        }
        if (Files.isDirectory(members)) {
            LOG.warn(
                    "root: {} was used with locks of the operating system as well ({}). A member that uses leases and one that uses those do not see"
                            + " each other: give all members the same option locking; remove that directory when no member uses it",
                    root,
                    members);
        }
    }

    private void create() throws IOException {
        try {
            if (!Files.exists(root)) {
                Files.createDirectories(root);
                LOG.info("Created the root of the file locks, {}", root);
            }
        } catch (FileAlreadyExistsException e) {
            throw notDirectory(e);
        } catch (IOException e) {
            throw new IOException(
                    "root: the directory " + root + " does not exist and cannot be created (" + describe(e)
                            + "); create it, or set the option root to a directory that all members share",
                    e);
        }
        if (!Files.isDirectory(root)) {
            throw notDirectory(null);
        }
    }

    private IOException cannotWriteRoot(IOException e) {
        return new IOException(
                "root: cannot write to " + root + " (" + describe(e)
                        + "); the user of this process needs read, write and search"
                        + " permission on the directory, on a file system that is not read-only or full",
                e);
    }

    private IOException notDirectory(@Nullable Exception cause) {
        return new IOException(
                "root: " + root + " is not a directory; set the option root to a directory that all members share",
                cause);
    }

    /**
     * Makes sure, while running, that the root is there and can be used. Never creates the root: a file system that is not mounted for a moment
     * must not be mistaken for an empty one.
     *
     * @return the identity of the root
     * @throws IOException whose message names the path and the fix
     */
    Object usable() throws IOException {
        Object identity = JvmLocks.identity(root);
        if (identity == null) {
            throw new IOException("root: the directory " + root + " no longer exists; restore or mount it again");
        }
        try {
            if (!Files.isDirectory(members)) {
                Files.createDirectory(members);
            }
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(members)) {
                throw new IOException("root: " + members + " is not a directory; remove that file", e);
            }
        } catch (IOException e) {
            throw cannotWriteRoot(e);
        }
        return identity;
    }

    /** The type of the file system that the root is on, or will be, in small letters. May block if its server does not answer. */
    String fileSystemType() throws IOException {
        Path existing = root;
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        return Files.getFileStore(existing).type().toLowerCase(Locale.ROOT);
    }

    /** Whether locks of the operating system can be trusted on a type of file system, as {@link FileStore#type()} names it. */
    static boolean isLocal(String type) {
        return LOCAL.contains(type.toLowerCase(Locale.ROOT));
    }

    /** Says what is often not known about some types of file systems. */
    void warnOfType(String type) {
        if (type.equals("overlay")) {
            LOG.warn(
                    "root: {} lies on an overlay file system, which is not shared between containers; members in other containers need a"
                            + " volume that all of them mount",
                    root);
        }
    }

    /** Removes a directory that only this process uses, with the files of one lock in it. */
    void removeScratch() {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(root)) {
            for (Path file : files) {
                Files.delete(file);
            }
            Files.delete(root);
        } catch (IOException e) {
            LOG.debug("{} is left behind; it means nothing", root, e);
        }
    }

    /**
     * Replaces a file as a whole: readers see the old content or the new one.
     *
     * @param durable whether the new content must survive a crash of the machine
     * @return the attributes of the new file, read before anybody else could reach it
     */
    BasicFileAttributes replace(Path file, String content, boolean durable) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + LockNames.TEMPORARY);
        try {
            try (FileChannel channel = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                ByteBuffer bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                if (durable) {
                    channel.force(true);
                }
            }
            BasicFileAttributes attributes = Files.readAttributes(temporary, BasicFileAttributes.class);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            if (durable) {
                force(root);
            }
            return attributes;
        } catch (IOException e) {
            throw cannotWrite(file, e);
        }
    }

    /**
     * Overwrites the beginning of a file, or creates it with this content. Who reads meanwhile may see a part of each.
     *
     * @param content not shorter than what it overwrites, or such that a rest does no harm
     */
    void overwrite(Path file, String content) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (NoSuchFileException e) {
            replace(file, content, false);
        } catch (IOException e) {
            throw cannotWrite(file, e);
        }
    }

    private static IOException cannotWrite(Path file, IOException e) {
        return new IOException(
                "cannot write " + file + " (" + describe(e)
                        + "); free space on the file system and see that the user of this process may write there",
                e);
    }

    static void force(Path directory) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(directory, StandardOpenOption.READ);
        } catch (IOException e) {
            return; // Windows cannot open a directory; its file systems journal the rename
        }
        try (channel) {
            channel.force(true);
        }
    }

    /** The whole of a small file; null if it is absent. */
    static @Nullable String readIfPresent(Path file) throws IOException {
        try {
            byte[] bytes = Files.readAllBytes(file);
            // Garbage must be readable as garbage: no exception for what is not UTF-8.
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw new IOException(
                    "cannot read " + file + " (" + describe(e)
                            + "); the user of this process needs read permission on it, and it must be a file",
                    e);
        }
    }

    /** What went wrong, without the path that every message names anyway. */
    static String describe(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileSystemException f && f.getReason() != null) {
            return f.getReason();
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
