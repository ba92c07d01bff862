package io.github.camelmasterlite.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The files of the disk as a network file system shows them on a bad day: calls hang, fail, fail after they were done, or tell what was there a while ago. */
final class TrialFiles implements LeaseFiles {

    /** What a call does. */
    enum Call {
        LIST,
        READ,
        CREATE,
        LINK,
        /** An author says that its version counts. */
        MARK,
        ANY
    }

    /** What happens to a link. */
    enum Link {
        FINE,
        /** Done, but the answer is lost and the repeated request hears that the name is taken. */
        DONE_BUT_TAKEN,
        /** Done, but reported as failed. */
        DONE_BUT_FAILED,
        UNSUPPORTED
    }

    volatile Link link = Link.FINE;
    volatile @Nullable IOException failure;

    /** Whether a file that is created is first half there, and then waits at the gate. */
    volatile boolean createsByHalves;

    /** Whether listings end with the first version. */
    volatile boolean listsFirstOnly;

    /** Files that cannot be created, of which nothing is there. */
    volatile Predicate<Path> failsToCreate = path -> false;

    /** Whether an author that says that its version counts hears of an error though it was done. */
    volatile boolean losesAnswers;

    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile Call gated = Call.ANY;
    private volatile Predicate<Path> gatedPaths = path -> true;
    private volatile CountDownLatch arrived = new CountDownLatch(1);
    private final Map<Path, List<String>> frozen = new HashMap<>();

    /** From now on calls on these paths hang. */
    void close(Call call, Predicate<Path> paths) {
        arrived = new CountDownLatch(1);
        gated = call;
        gatedPaths = paths;
        gate = new CountDownLatch(1);
    }

    /** What hangs goes on. */
    void open() {
        gate.countDown();
    }

    /** Waits until a call hangs. */
    void awaitArrival() throws InterruptedException {
        if (!arrived.await(10, TimeUnit.SECONDS)) {
            throw new AssertionError("no call has come to the gate");
        }
    }

    /** From now on a folder looks as it does now. */
    synchronized void freeze(Path folder) throws IOException {
        List<String> names = DISK.list(folder);
        frozen.put(folder, names == null ? List.of() : names);
    }

    synchronized void thaw() {
        frozen.clear();
    }

    private void pass(Call call, Path path) throws IOException {
        CountDownLatch now = gate;
        if (now.getCount() > 0 && (gated == Call.ANY || gated == call) && gatedPaths.test(path)) {
            arrived.countDown();
            try {
                if (!now.await(30, TimeUnit.SECONDS)) {
                    throw new IOException("the test has forgotten this call");
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
        IOException failing = failure;
        if (failing != null) {
            throw failing;
        }
    }

    private synchronized boolean isHidden(Path file) {
        List<String> names = frozen.get(file.getParent());
        return names != null && !names.contains(String.valueOf(file.getFileName()));
    }

    @Override
    public @Nullable List<String> list(Path directory) throws IOException {
        pass(Call.LIST, directory);
        synchronized (this) {
            List<String> names = frozen.get(directory);
            List<String> listed = names == null ? DISK.list(directory) : names;
            return listed == null || !listsFirstOnly
                    ? listed
                    : listed.stream()
                            .filter(name -> !name.matches("v\\d+\\..*"))
                            .toList();
        }
    }

    @Override
    public byte @Nullable [] read(Path file) throws IOException {
        pass(Call.READ, file);
        return isHidden(file) ? null : DISK.read(file);
    }

    @Override
    public boolean create(Path file, byte[] content) throws IOException {
        if (failsToCreate.test(file)) {
            throw new IOException("No space left on device");
        }
        if (createsByHalves) {
            boolean created = DISK.create(file, Arrays.copyOf(content, content.length / 3));
            pass(Call.CREATE, file);
            if (created) {
                Files.write(file, content);
            }
            return created;
        }
        pass(Call.CREATE, file);
        return DISK.create(file, content);
    }

    @Override
    public boolean link(Path name, Path existing) throws IOException {
        pass(Call.LINK, name);
        switch (link) {
            case DONE_BUT_TAKEN -> {
                DISK.link(name, existing);
                return false;
            }
            case DONE_BUT_FAILED -> {
                DISK.link(name, existing);
                throw new IOException("Stale file handle");
            }
            case UNSUPPORTED -> throw new IOException("Operation not permitted");
            default -> {
                return DISK.link(name, existing);
            }
        }
    }

    @Override
    public void makeDirectory(Path directory) throws IOException {
        DISK.makeDirectory(directory);
    }

    @Override
    public boolean makeNewDirectory(Path directory) throws IOException {
        pass(Call.MARK, directory);
        boolean made = DISK.makeNewDirectory(directory);
        if (losesAnswers) {
            throw new IOException("Stale file handle");
        }
        return made;
    }

    @Override
    public Entry entry(Path name) throws IOException {
        pass(Call.READ, name);
        return isHidden(name) ? Entry.NOTHING : DISK.entry(name);
    }

    @Override
    public void delete(Path file) throws IOException {
        DISK.delete(file);
    }

    @Override
    public long modifiedMillis(Path file) throws IOException {
        return DISK.modifiedMillis(file);
    }

    @Override
    public void force(Path directory) throws IOException {
        DISK.force(directory);
    }

    // ---- what people do

    /** The files of versions, the newest last. */
    static List<Path> versions(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches("v.*(?<!\\.mark)"))
                    .sorted(Comparator.comparingLong(TrialFiles::number))
                    .toList();
        }
    }

    private static long number(Path file) {
        return Long.parseLong(file.getFileName().toString().substring(1).split("\\.", -1)[0]);
    }

    static void delete(Path folder, boolean folderToo) throws IOException {
        for (String name : Objects.requireNonNull(DISK.list(folder))) {
            if (name.startsWith("v")) {
                Files.delete(folder.resolve(name));
            }
        }
        if (folderToo) {
            Files.delete(folder);
        }
    }

    /** Writes into the newest version, in its place. */
    static void garble(Path folder) throws IOException {
        List<Path> versions = versions(folder);
        Files.write(versions.get(versions.size() - 1), "<<<<<<< mine".getBytes(StandardCharsets.UTF_8));
    }
}
