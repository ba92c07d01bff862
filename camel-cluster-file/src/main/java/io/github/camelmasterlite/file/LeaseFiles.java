package io.github.camelmasterlite.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a directory lease asks of a file system. Each call may block for ever, fail though it was done, or, where it looks at something, tell what was
 * there a while ago: that is what network file systems do, and what tests let it do.
 */
interface LeaseFiles {

    /** What has a name. */
    enum Entry {
        NOTHING,
        FILE,
        DIRECTORY
    }

    /** The files of the disk. */
    LeaseFiles DISK = new LeaseFiles() {
        @Override
        public @Nullable List<String> list(Path directory) throws IOException {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
                List<String> names = new ArrayList<>();
                entries.forEach(entry -> names.add(String.valueOf(entry.getFileName())));
                return names;
            } catch (NoSuchFileException e) {
                return null;
            }
        }

        @Override
        public byte @Nullable [] read(Path file) throws IOException {
            try {
                return Files.readAllBytes(file); // opened anew: only that makes a network client ask its server
            } catch (NoSuchFileException e) {
                return null;
            }
        }

        @Override
        public boolean create(Path file, byte[] content) throws IOException {
            try (FileChannel channel =
                    FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
                return true;
            } catch (FileAlreadyExistsException e) {
                return false;
            }
        }

        @Override
        public boolean link(Path link, Path existing) throws IOException {
            try {
                Files.createLink(link, existing);
                return true;
            } catch (FileAlreadyExistsException e) {
                return false;
            } catch (UnsupportedOperationException e) {
                throw new IOException("hard links are not supported", e);
            }
        }

        @Override
        public void makeDirectory(Path directory) throws IOException {
            try {
                Files.createDirectory(directory);
            } catch (FileAlreadyExistsException e) {
                if (!Files.isDirectory(directory)) {
                    throw e;
                }
            }
        }

        @Override
        public boolean makeNewDirectory(Path directory) throws IOException {
            try {
                Files.createDirectory(directory);
                return true;
            } catch (FileAlreadyExistsException e) {
                return false;
            }
        }

        @Override
        public Entry entry(Path name) throws IOException {
            try {
                return Files.readAttributes(name, BasicFileAttributes.class).isDirectory()
                        ? Entry.DIRECTORY
                        : Entry.FILE;
            } catch (NoSuchFileException e) {
                return Entry.NOTHING;
            }
        }

        @Override
        public void delete(Path file) throws IOException {
            Files.deleteIfExists(file);
        }

        @Override
        public long modifiedMillis(Path file) throws IOException {
            return Files.getLastModifiedTime(file).toMillis();
        }

        @Override
        public void force(Path directory) throws IOException {
            RootDirectory.force(directory);
        }
    };

    /** The names in a directory; null if there is none. */
    @Nullable
    List<String> list(Path directory) throws IOException;

    /** All of a file; null if there is none. */
    byte @Nullable [] read(Path file) throws IOException;

    /**
     * Makes a file that did not exist, and forces it to disk. Who reads meanwhile may see a part of it.
     *
     * @return false if there is one
     */
    boolean create(Path file, byte[] content) throws IOException;

    /**
     * Gives a file a second name, at once and whole.
     *
     * @return false if something has that name
     */
    boolean link(Path link, Path existing) throws IOException;

    /** Makes a directory unless it exists. */
    void makeDirectory(Path directory) throws IOException;

    /**
     * Makes an empty directory that did not exist.
     *
     * @return false if something has that name
     */
    boolean makeNewDirectory(Path directory) throws IOException;

    /** What has a name. */
    Entry entry(Path name) throws IOException;

    /** Deletes a file or an empty directory if it exists. */
    void delete(Path file) throws IOException;

    /** When a file was changed last, on the clock of whoever keeps it. */
    long modifiedMillis(Path file) throws IOException;

    /** Forces the names in a directory to disk. */
    void force(Path directory) throws IOException;
}
