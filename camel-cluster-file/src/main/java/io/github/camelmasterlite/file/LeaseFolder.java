package io.github.camelmasterlite.file;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseStore.Outcome;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.election.StoredRecord.Kind;
import io.github.camelmasterlite.file.LeaseFiles.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The record of one lock: a folder with a file for each of its versions. The newest version is the record.
 *
 * <p><strong>Compare and set.</strong> A version is written under a temporary name, forced to disk, and then linked to the name of the version after
 * the one that was judged: a link fails if the name is taken, on any file system and whatever a client has cached, and shows the whole content at once. So a
 * stale listing leads to a conflict and to nothing worse.
 *
 * <p><strong>Marks.</strong> Where links are not to be had, the file is created under its name at once, which fails as well if the name is taken, and is there in
 * part before it is there. Whether it counts is decided by the first who makes its mark, {@code <name>.mark}: its author, when all of it is on disk, makes a
 * directory; whoever replaces what cannot be read makes a file. Both fail if the name is taken, and which of them it is can be seen at once, which no content can.
 * So an author that was overruled hears of it, however late, and nobody is told of two successors of one version. Until then it is garbage to others, which is
 * a change; to its author it is nothing yet.
 *
 * <p><strong>Identity.</strong> The first version, {@code v1}, is made by creation alone and never deleted by us; it says the generation of the record, a
 * random name. Later versions, {@code v2.<generation>}, carry it in name and content: what is linked late to a record that was deleted belongs to no
 * record. If {@code v1} cannot be read, the generation is {@value #UNREADABLE}, for as long as there are versions of that.
 *
 * <p>Several threads may be in here at once: calls that hang are abandoned, not ended. What is kept in memory is hints, except that revisions rise.
 */
final class LeaseFolder {

    /** A write may be late by this many lease durations before its name could be free again; others have long taken over by then. */
    static final int KEPT_DURATIONS = 100;

    private static final Logger LOG = LoggerFactory.getLogger(LeaseFolder.class);

    private static final String UNREADABLE = "x";
    private static final String FIRST = "v1";
    private static final Pattern LATER = Pattern.compile("v(\\d{1,18})\\.([0-9a-z-]+)");
    private static final String TEMPORARY = "t-";
    private static final String MARK = ".mark";

    /** How far back to look for a version that can be read behind one that cannot. */
    private static final int MEMORY = 64;

    /** A listing and what it lists may differ as often as somebody prunes in between. */
    private static final int ATTEMPTS = 3;

    private static final int PRUNE_EVERY = 32;

    /** What tells garbage from other garbage. */
    record Garbled(String generation, long version, long checkSum) {}

    /** What the folder holds, and where; the nonce is null if nobody is told yet, or ever, that the newest version counts. */
    private record Found(
            StoredRecord stored,
            String generation,
            long version,
            @Nullable String nonce,
            List<String> names) {}

    /** Versions that have been begun in parts from here, none of which counts as far as is known, and what they are to replace. */
    private record Unmarked(List<Path> targets, StoredRecord expected) {

        Unmarked {
            targets = List.copyOf(targets);
        }

        static Unmarked of(@Nullable Unmarked before, Path target, StoredRecord expected) {
            List<Path> targets = new ArrayList<>();
            if (before != null && before.expected.equals(expected)) {
                targets.addAll(before.targets);
            }
            if (!targets.contains(target)) {
                targets.add(target);
            }
            return new Unmarked(targets, expected);
        }
    }

    /** A version that is known to have been there: a listing that ends before it is stale. */
    private record Floor(String generation, long version) {}

    private final LeaseFiles files;
    private final Path folder;
    private final Supplier<String> randomNames;
    private volatile @Nullable Path own;
    private volatile @Nullable Unmarked unmarked;
    private volatile @Nullable Floor floor;
    private long highestRevision;

    /**
     * @param files       the file system
     * @param folder      of this lock alone
     * @param randomNames small letters, digits and dashes; never the same twice
     */
    LeaseFolder(LeaseFiles files, Path folder, Supplier<String> randomNames) {
        this.files = files;
        this.folder = folder;
        this.randomNames = randomNames;
    }

    /** What is there. */
    StoredRecord read() throws IOException {
        return find().stored;
    }

    /**
     * Writes the next version if the newest is the expected one.
     *
     * @param wallMicros revisions are at least this, so that they rise even if nothing is left of the versions before; in microseconds, of which every write takes more than one
     * @param links      whether the file system has hard links
     */
    Outcome write(StoredRecord expected, LeaseRecord next, long wallMicros, boolean links) throws IOException {
        Found now = find();
        if (!isAsExpected(now.stored, expected)) {
            return new Outcome.Conflict();
        }
        boolean isCreation = now.version == 0;
        String generation = isCreation ? randomNames.get() : now.generation;
        LeaseVersion version = new LeaseVersion(
                generation,
                now.version + 1,
                nextRevision(now.stored.revision(), wallMicros),
                randomNames.get(),
                !links,
                next);
        if (isCreation) {
            files.makeDirectory(folder);
        } else if (now.nonce == null && !overrule(now)) {
            return new Outcome.Conflict();
        }
        Path target = folder.resolve(nameOf(version.version(), generation));
        // Before it is seen. A release is news for its author, too, who may be taking the lock up again meanwhile.
        own = next.isHeld() ? target : null;
        boolean done = links ? link(target, version) : create(target, version, expected);
        if (!done) {
            own = null;
            learn(new Floor(generation, version.version()));
            return new Outcome.Conflict();
        }
        files.force(folder);
        if (isCreation) {
            removeUnreadable(now.names);
        }
        if (!isStillRecord(version, isCreation && !now.names.isEmpty())) {
            return new Outcome.Conflict();
        }
        learn(new Floor(generation, version.version()));
        return new Outcome.Written(StoredRecord.of(next, version.revision(), generation));
    }

    /** Whether a file is the one that was written from here last, and holds the lock: no news. */
    boolean isOwn(Path file) {
        Path last = own;
        return last != null && (file.equals(last) || file.equals(markOf(last)));
    }

    private static boolean isAsExpected(StoredRecord now, StoredRecord expected) {
        if (now.kind() != expected.kind()) {
            return false;
        }
        return now.kind() == Kind.ABSENT
                || (now.revision() == expected.revision()
                        && now.identity() != null
                        && now.identity().equals(expected.identity()));
    }

    private boolean link(Path target, LeaseVersion version) throws IOException {
        byte[] content = version.write();
        Path temporary = folder.resolve(TEMPORARY + version.nonce());
        try {
            files.create(temporary, content);
            return files.link(target, temporary) || isThere(target, content);
        } finally {
            removeQuietly(temporary);
        }
    }

    private boolean create(Path target, LeaseVersion version, StoredRecord expected) throws IOException {
        byte[] content = version.write();
        Path mark = markOf(target);
        Unmarked before = unmarked;
        Unmarked writing = Unmarked.of(before, target, expected);
        unmarked = writing;
        boolean isCreated = files.create(target, content) || isThere(target, content);
        boolean isMarked = isCreated && (files.makeNewDirectory(mark) || isMarkedAs(Entry.DIRECTORY, mark));
        // If it fails before it comes here, it stays: a call that failed may still take effect.
        settle(writing, isCreated ? null : before);
        return isMarked;
    }

    @SuppressWarnings("ReferenceEquality") // another call may have begun the same
    private synchronized void settle(Unmarked writing, @Nullable Unmarked now) {
        if (unmarked == writing) {
            unmarked = now;
        }
    }

    /** Of a mark that is there. */
    private boolean isMarkedAs(Entry entry, Path mark) throws IOException {
        Entry found = files.entry(mark);
        if (found == Entry.NOTHING) {
            throw new IOException(
                    "the network file system says that " + mark
                            + " exists, and that it does not; what came of the write is seen when the file system is up to date");
        }
        return found == entry;
    }

    /** A network client that heard no answer repeats its request, and then hears that the name is taken: by itself. */
    private boolean isThere(Path target, byte[] content) throws IOException {
        return Arrays.equals(files.read(target), content);
    }

    /** Sees to it that nobody is told any more that the newest version was written; false if somebody was. */
    private boolean overrule(Found found) throws IOException {
        Path target = folder.resolve(nameOf(found.version, found.generation));
        Path mark = markOf(target);
        // Looked at first: some servers answer otherwise than that a name is taken, if a directory has it.
        Entry entry = files.entry(mark);
        if (entry == Entry.NOTHING && files.create(mark, new byte[0])) {
            return true;
        }
        if (isMarkedAs(Entry.FILE, mark)) {
            return true;
        }
        // It counts, or did before somebody has written into it.
        byte[] content = files.read(target);
        return content != null && !isVersion(LeaseVersion.parse(content), found.version, found.generation);
    }

    /** Whether that is what its name says. Of the first version the name says no generation. */
    private static boolean isVersion(@Nullable LeaseVersion read, long version, String generation) {
        return read != null
                && read.version() == version
                && (version == 1 || read.generation().equals(generation));
    }

    /** Whether what was written belongs to the record that is there: that may have been deleted, and another made, meanwhile. */
    private boolean isStillRecord(LeaseVersion version, boolean thoroughly) throws IOException {
        if (thoroughly || version.generation().equals(UNREADABLE)) {
            return version.nonce().equals(find().nonce);
        }
        Path file = folder.resolve(FIRST);
        byte[] first = files.read(file);
        if (first == null) {
            throw new IOException(
                    file
                            + " was deleted while its record was written, or cannot be seen now; what came of it is seen by reading");
        }
        LeaseVersion of = LeaseVersion.parse(first);
        return of != null && of.generation().equals(version.generation()) && isCounting(of, file);
    }

    /** What is left of a first version that could not be read would outlive its record. */
    private void removeUnreadable(List<String> names) throws IOException {
        for (String name : names) {
            Matcher later = LATER.matcher(withoutMark(name));
            if (later.matches() && later.group(2).equals(UNREADABLE)) {
                files.delete(folder.resolve(name));
            }
        }
    }

    // ---- what is there

    private Found find() throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            List<String> names = files.list(folder);
            if (names == null) {
                // A file system that is not mounted for a moment must not be mistaken for an empty one.
                Path leases = folder.getParent();
                if (leases == null || files.list(leases) == null) {
                    throw new IOException(
                            "root: the directory " + leases
                                    + " no longer exists; mount its file system again, or restore it, or restart the members if it was removed on purpose");
                }
                return new Found(StoredRecord.absent(0), "", 0, null, List.of());
            }
            byte[] first = files.read(folder.resolve(FIRST));
            if (first == null) {
                return new Found(StoredRecord.absent(0), "", 0, null, names);
            }
            Found found = newest(first, names);
            if (found != null) {
                return found;
            }
        }
        throw new IOException("the files in " + folder + " change faster than they can be read; tried again");
    }

    /** The newest version; null if what was listed has gone. */
    private @Nullable Found newest(byte[] first, List<String> names) throws IOException {
        LeaseVersion origin = LeaseVersion.parse(first);
        boolean isReadable = origin != null
                && origin.version() == 1
                && highest(names, UNREADABLE) == 0
                && isCounting(origin, folder.resolve(FIRST));
        String generation = isReadable && origin != null ? origin.generation() : UNREADABLE;
        long version = Math.max(1, highest(names, generation));
        Floor known = floor;
        if (known != null && known.generation.equals(generation) && known.version > version) {
            // Unless somebody has deleted it.
            version = files.read(folder.resolve(nameOf(known.version, generation))) == null ? version : known.version;
        }
        byte[] content = version == 1 ? first : files.read(folder.resolve(nameOf(version, generation)));
        if (content == null) {
            return null;
        }
        // The listing may be older than the files.
        for (byte[] next = after(version, generation); next != null; next = after(version, generation)) {
            content = next;
            version++;
        }
        learn(new Floor(generation, version));
        Unmarked writing = unmarked; // before the mark is looked at, which may be made meanwhile
        LeaseVersion read = LeaseVersion.parse(content);
        Path file = folder.resolve(nameOf(version, generation));
        if (read != null
                && isVersion(read, version, generation)
                && read.generation().equals(generation)
                && isCounting(read, file)) {
            see(read.revision());
            StoredRecord stored = StoredRecord.of(read.record(), read.revision(), generation);
            return new Found(stored, generation, version, read.nonce(), names);
        }
        if (writing != null && writing.targets.contains(file)) {
            if (files.entry(markOf(file)) != Entry.DIRECTORY) {
                return new Found(
                        writing.expected, generation, version, null, names); // its author knows what it is part of
            }
            boolean isWhole = isVersion(read, version, generation);
            if (isWhole || !Arrays.equals(files.read(file), content)) {
                return null; // it has been completed meanwhile
            }
        }
        StoredRecord garbage = StoredRecord.garbage(
                revisionBefore(version, generation), new Garbled(generation, version, checkSum(content)));
        return new Found(garbage, generation, version, null, names);
    }

    private boolean isCounting(LeaseVersion version, Path file) throws IOException {
        return !version.needsMark() || files.entry(markOf(file)) == Entry.DIRECTORY;
    }

    private byte @Nullable [] after(long version, String generation) throws IOException {
        return files.read(folder.resolve(nameOf(version + 1, generation)));
    }

    /** The revision of a version that cannot be read: the same for everybody who cannot. */
    private long revisionBefore(long version, String generation) throws IOException {
        for (long before = version - 1; before >= Math.max(1, version - MEMORY); before--) {
            Path file = folder.resolve(nameOf(before, generation));
            byte[] content = files.read(file);
            LeaseVersion read = content == null ? null : LeaseVersion.parse(content);
            // Also of one that does not count: it was counted on from what was before it.
            if (read != null) {
                return read.revision() + version - before;
            }
        }
        return version;
    }

    private static long highest(List<String> names, String generation) {
        long highest = 0;
        for (String name : names) {
            Matcher later = LATER.matcher(name);
            if (later.matches() && later.group(2).equals(generation)) {
                highest = Math.max(highest, Long.parseLong(later.group(1)));
            }
        }
        return highest;
    }

    private static String nameOf(long version, String generation) {
        return version == 1 ? FIRST : "v" + version + "." + generation;
    }

    private static Path markOf(Path file) {
        return file.resolveSibling(file.getFileName() + MARK);
    }

    private static String withoutMark(String name) {
        return name.endsWith(MARK) ? name.substring(0, name.length() - MARK.length()) : name;
    }

    private static long checkSum(byte[] content) {
        CRC32 sum = new CRC32();
        sum.update(content);
        return sum.getValue();
    }

    private synchronized void learn(Floor now) {
        Floor before = floor;
        if (before == null || !before.generation.equals(now.generation) || before.version < now.version) {
            floor = now;
        }
    }

    private synchronized void see(long revision) {
        highestRevision = Math.max(highestRevision, revision);
    }

    private synchronized long nextRevision(long before, long wallMicros) {
        highestRevision = Math.max(Math.max(before, highestRevision) + 1, wallMicros);
        return highestRevision;
    }

    // ---- tidying

    /** Whether it is time to after a write. */
    boolean isPruneDue() {
        Floor known = floor;
        return known != null && known.version % PRUNE_EVERY == 0;
    }

    /**
     * Removes versions that are older than {@value #KEPT_DURATIONS} lease durations by the clock of whoever keeps the files, except the first and the
     * newest, and what a crash has left behind.
     */
    void prune(Duration lease) throws IOException {
        Found now = find();
        if (now.version < 2 || now.nonce == null) {
            return; // what counts may be behind one that does not
        }
        long newest = files.modifiedMillis(folder.resolve(nameOf(now.version, now.generation)));
        long keptMillis = lease.multipliedBy(KEPT_DURATIONS).toMillis();
        List<String> candidates = new ArrayList<>();
        for (String name : now.names) {
            Matcher later = LATER.matcher(withoutMark(name));
            boolean isOlder = later.matches()
                    && !(later.group(2).equals(now.generation) && Long.parseLong(later.group(1)) >= now.version);
            if (isOlder || name.startsWith(TEMPORARY)) {
                candidates.add(name);
            }
        }
        candidates.sort(Comparator.comparing(String::length).thenComparing(Comparator.naturalOrder()));
        for (String name : candidates) {
            Path file = folder.resolve(name);
            if (newest - files.modifiedMillis(file) > keptMillis) {
                files.delete(file);
            }
        }
    }

    private void removeQuietly(Path file) {
        try {
            files.delete(file);
        } catch (IOException e) {
            LOG.debug("{} is left behind; it means nothing, and is removed later", file, e);
        }
    }
}
