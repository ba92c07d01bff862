package io.github.camelmasterlite.file;

import io.github.camelmasterlite.file.LockReply.Predecessor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of one lock, as one member uses them. Only the thread of the lock files calls it.
 *
 * <p>Fencing tokens. {@code <lock>.epoch} is a ceiling that is forced to disk before any token above the former one is issued: no token above it
 * has ever been issued. {@code <lock>.leader} says which token was issued last and is written without forcing. As long as the machine has not
 * been started anew since, nothing written can have been lost (processes may die, the page cache does not), so the next token is the last
 * plus one, and a take-over waits for no disk. After a restart of the machine, or if the record is missing or does not fit, the next token is
 * above the ceiling. Either way it is higher than every token before, whatever the clock says.
 */
final class LockFiles {

    /** A candidate that tries the lock may hold one range for some microseconds; a re-assertion that meets it looks again. */
    private static final int REASSERT_ATTEMPTS = 20;

    private static final long REASSERT_PAUSE_NANOS = 500_000;

    /** How many tokens are covered in advance; the leader covers more, at leisure, when half of them have been issued. */
    private static final long RESERVE = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(LockFiles.class);

    /** How often a record is read that makes no sense before it counts as garbage: it may have been overwritten while it was read. */
    private static final int READ_ATTEMPTS = 3;

    /** File systems count time in ticks of up to some milliseconds: within one, a file may change without looking changed. */
    private static final long TICK_MILLIS = 100;

    /** Tells one content of a file from another without reading it, if it is not fresh. */
    private record Stamp(@Nullable Object identity, FileTime modified, long size) {
        boolean isFresh(long wallMillis) {
            return Math.abs(wallMillis - modified.toMillis()) < TICK_MILLIS;
        }

        static @Nullable Stamp of(Path file) throws IOException {
            try {
                return of(Files.readAttributes(file, BasicFileAttributes.class));
            } catch (NoSuchFileException e) {
                return null;
            }
        }

        static Stamp of(BasicFileAttributes attributes) {
            return new Stamp(attributes.fileKey(), attributes.lastModifiedTime(), attributes.size());
        }
    }

    private final FileBackend backend;
    private final RootDirectory root;
    private final String lock;
    private final Path lockFile;
    private final Path epochFile;
    private final Path leaderFile;
    private final Runnable whenFree;
    private final Runnable wakeOthers;

    private JvmLocks.@Nullable Handle handle;
    private @Nullable Object rootIdentity;

    // The tenure, while the lock is held.
    private long epoch;
    private long ceiling;
    private @Nullable Stamp ceilingStamp;

    /** The highest token that this member knows to have been issued, and the leader's file that says so. */
    private long knownEpoch;

    private @Nullable Stamp knownStamp;
    private @Nullable LeaderRecord own;
    private @Nullable LeaderRecord before;
    private boolean beforeIsUnknown;

    // What the leader's record said, and the file it was read from.
    private @Nullable Stamp leaderStamp;
    private @Nullable LeaderRecord leader;

    /**
     * @param backend    whose member uses them
     * @param root       where they lie
     * @param lock       the lock
     * @param wakeOthers makes the members that watch look at this lock
     */
    LockFiles(FileBackend backend, RootDirectory root, String lock, Runnable wakeOthers) {
        this.wakeOthers = wakeOthers;
        this.backend = backend;
        this.root = root;
        this.lock = lock;
        this.lockFile = root.lock(lock);
        this.epochFile = root.epoch(lock);
        this.leaderFile = root.leader(lock);
        this.whenFree = () -> backend.hint(lock, LockReply.Hint.LOCK_FREED);
    }

    /** Does what the rules ask for. Every failure is an answer, and none leaves the lock held that the answer does not say is held. */
    LockReply perform(LockCommand command) {
        try {
            if (command instanceof LockCommand.Try attempt) {
                return tryLock(attempt);
            } else if (command instanceof LockCommand.Claim claim) {
                return claim(claim);
            } else if (command instanceof LockCommand.Check check) {
                return check(check);
            } else if (command instanceof LockCommand.Release release) {
                return release(release);
            }
            return look();
        } catch (IOException e) {
            LOG.debug("Lock {}: {} failed", lock, command, e);
            if (command instanceof LockCommand.Try) {
                unlock();
            }
            return new LockReply.Failed(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    /** Lets go of everything. */
    void close() {
        unlock();
        closeHandle();
        backend.leaderKnown(lock, null);
    }

    // ---- commands

    private LockReply tryLock(LockCommand.Try attempt) throws IOException {
        Object usedRoot = backend.ensureUsable();
        Object file = JvmLocks.identity(lockFile);
        if (file == null && !attempt.create()) {
            closeHandle();
            backend.leaderKnown(lock, null);
            return new LockReply.Missing();
        }
        if (file != null && attempt.expectedFile() != null && !file.equals(attempt.expectedFile())) {
            return new LockReply.Replaced(file);
        }
        JvmLocks.Handle opened = open(file, attempt.create());
        if (opened == null) {
            return new LockReply.Missing();
        }
        if (attempt.expectedFile() != null && !opened.key().equals(attempt.expectedFile())) {
            return new LockReply.Replaced(opened.key());
        }
        if (!opened.tryLock(this, whenFree)) {
            LeaderRecord record = readLeader();
            return new LockReply.Busy(opened.key(), record, backend.calmLocks(lock));
        }
        Object now = JvmLocks.identity(lockFile);
        if (!opened.key().equals(now)) {
            unlock();
            return now == null ? new LockReply.Missing() : new LockReply.Replaced(now);
        }
        rootIdentity = usedRoot;
        return obtained(opened.key());
    }

    private JvmLocks.@Nullable Handle open(@Nullable Object file, boolean create) throws IOException {
        JvmLocks.Handle known = handle;
        if (known != null && known.key().equals(file) && known.isOpen()) {
            return known;
        }
        closeHandle();
        try {
            handle = JvmLocks.open(lockFile, create);
        } catch (IOException e) {
            throw new IOException(
                    "cannot open " + lockFile + " (" + RootDirectory.describe(e)
                            + "); the user of this process needs read and write permission on it",
                    e);
        }
        return handle;
    }

    private LockReply obtained(Object file) throws IOException {
        leaderStamp = null; // read it now, whatever was read before
        knownStamp = Stamp.of(leaderFile);
        LeaderRecord record = readLeader();
        backend.leaderKnown(lock, null);
        ceilingStamp = Stamp.of(epochFile);
        String ceilingText = RootDirectory.readIfPresent(epochFile);
        ceiling = parseEpoch(ceilingText);
        if (ceilingText != null && ceiling == 0) {
            LOG.warn(
                    "Lock {}: {} cannot be read as a number; the next fencing token is higher than this machine's clock in milliseconds and than"
                            + " what {} and this process know",
                    lock,
                    epochFile,
                    leaderFile);
        }
        long last = record == null ? 0 : record.epoch();
        knownEpoch = last;
        // A ceiling far above the last token was raised by somebody whose record is not here any more.
        boolean isExact = record != null
                && last > 0
                && last <= ceiling
                && ceiling - last <= RESERVE
                && record.mark().isOfThisBoot();
        before = record;
        beforeIsUnknown = record == null && (ceilingText != null || Files.exists(leaderFile));
        return new LockReply.Obtained(
                file,
                isExact ? last : Math.max(last, ceiling),
                isExact,
                record == null ? 0 : record.term(),
                predecessor(),
                record == null ? null : record.member());
    }

    private Predecessor predecessor() {
        LeaderRecord record = before;
        if (record == null) {
            return beforeIsUnknown ? Predecessor.ALIVE : Predecessor.NONE;
        }
        LeaderRecord mine = own;
        boolean isOwnLast = mine != null
                && mine.epoch() == record.epoch()
                && mine.presence().equals(record.presence());
        if (record.released() || (isOwnLast && record.state() == LeaderRecord.State.LEADING)) {
            return Predecessor.RELEASED; // this member does not stand again before its own work has ended
        }
        if (record.state() == LeaderRecord.State.SETTLING) {
            return Predecessor.ALIVE; // it was itself waiting for somebody
        }
        return backend.presences().hasEnded(record.presence(), record.mark()) ? Predecessor.DEAD : Predecessor.ALIVE;
    }

    private LockReply claim(LockCommand.Claim claim) throws IOException {
        // Time may have passed since the lock was obtained: whoever claims verifies it again.
        String lost = lost();
        if (lost != null) {
            return new LockReply.Lost(lost);
        }
        epoch = claim.epoch();
        if (epoch > ceiling) {
            raiseCeiling();
        }
        ProcessMark mark = ProcessMark.own();
        LeaderRecord record = new LeaderRecord(
                backend.member(),
                backend.presences().ownName(),
                mark.scope(),
                mark.pid(),
                mark.started(),
                claim.epoch(),
                claim.term(),
                Instant.ofEpochMilli(backend.wallMillis()).toString(),
                claim.settling() ? LeaderRecord.State.SETTLING : LeaderRecord.State.LEADING);
        write(record);
        backend.afterwards(wakeOthers); // who wait for nothing but the news
        return new LockReply.Claimed();
    }

    /**
     * In place and without a word to anybody: a file that comes or is replaced would wake every member, each to find the lock not free, while the
     * one that takes over needs the processor.
     */
    private void write(LeaderRecord record) throws IOException {
        root.overwrite(leaderFile, record.write());
        knownStamp = Stamp.of(leaderFile);
        own = record;
        knownEpoch = record.epoch();
    }

    private void raiseCeiling() throws IOException {
        long raised = Math.max(ceiling, epoch + RESERVE);
        ceilingStamp = Stamp.of(root.replace(epochFile, raised + "\n", true));
        ceiling = raised;
    }

    private LockReply check(LockCommand.Check check) throws IOException {
        String lost = lost();
        if (lost != null) {
            return new LockReply.Lost(lost);
        }
        if (ceiling - epoch < RESERVE / 2) {
            raiseCeiling();
        }
        return new LockReply.Valid(check.predecessor() ? predecessor() : Predecessor.NONE);
    }

    /**
     * Verifies that the lock is still held, on the file and the directory that everybody else sees.
     *
     * @return why it is not; null if it is
     */
    private @Nullable String lost() throws IOException {
        JvmLocks.Handle held = handle;
        if (held == null || !held.isOpen()) {
            return "its file is not open any more; an interrupt of the thread that uses it closes it";
        }
        Object rootNow = backend.rootNow();
        if (rootNow == null) {
            throw new IOException(
                    "root: the directory " + root.path() + " no longer exists; restore or mount it again");
        }
        if (!rootNow.equals(rootIdentity)) {
            return "the directory " + root.path() + " was replaced by another one";
        }
        Object file = JvmLocks.identity(lockFile);
        if (!held.key().equals(file)) {
            return lockFile + (file == null ? " was deleted" : " was replaced by another file");
        }
        if (!reassert(held)) {
            return "somebody else took the lock on " + lockFile
                    + "; a process loses its locks on a file when any of its code opens and closes that file";
        }
        return usurped();
    }

    private boolean reassert(JvmLocks.Handle held) throws IOException {
        for (int attempt = 1; attempt <= REASSERT_ATTEMPTS; attempt++) {
            if (held.reassert(this)) {
                return true;
            }
            if (!held.isOwner(this)) {
                return false;
            }
            LockSupport.parkNanos(REASSERT_PAUSE_NANOS);
        }
        return false;
    }

    /**
     * Whether somebody has issued a higher token or covered one: then this tenure is over, whatever the locks say. Files that were deleted or made
     * unreadable meanwhile are written again; this member alone may write there.
     *
     * @return what was found; null if nothing
     */
    private @Nullable String usurped() throws IOException {
        Stamp ceilingNow = Stamp.of(epochFile);
        if (!Objects.equals(ceilingNow, ceilingStamp)) {
            long found = parseEpoch(RootDirectory.readIfPresent(epochFile));
            if (found > ceiling) {
                return epochFile + " says " + found + ", which is higher than the " + ceiling + " of this tenure";
            }
            LOG.warn("Lock {}: {} was changed by somebody else, or removed; it is written again", lock, epochFile);
            if (isClaimed()) {
                raiseCeiling();
            } else {
                ceiling = 0; // the claim that is about to come writes it
                ceilingStamp = ceilingNow;
            }
        }
        Stamp leaderNow = Stamp.of(leaderFile);
        Stamp known = knownStamp;
        if (!Objects.equals(leaderNow, known) || (known != null && known.isFresh(backend.wallMillis()))) {
            LeaderRecord found = readRecord();
            if (found != null && found.epoch() > knownEpoch) {
                return leaderFile + " says that " + found.member() + " leads under the fencing token " + found.epoch()
                        + ", which is higher than the " + knownEpoch + " known here";
            }
            LeaderRecord mine = own;
            if (mine != null && isClaimed() && !mine.equals(found)) {
                LOG.warn("Lock {}: {} was changed by somebody else, or removed; it is written again", lock, leaderFile);
                write(mine);
            } else {
                knownStamp = leaderNow;
            }
        }
        return null;
    }

    /** Whether the record of the present tenure has been written. */
    private boolean isClaimed() {
        LeaderRecord mine = own;
        return mine != null && mine.epoch() == epoch && epoch == knownEpoch;
    }

    private LockReply release(LockCommand.Release release) {
        LeaderRecord mine = own;
        if (release.signed() && mine != null) {
            try {
                // Lost since it was last verified, the record may be somebody else's by now.
                if (lost() == null) {
                    write(mine.with(LeaderRecord.State.RELEASED));
                }
            } catch (IOException e) {
                LOG.warn(
                        "Lock {}: cannot record that it is released; the next leader waits {} ms longer ({})",
                        lock,
                        backend.timing().settleNanos() / 1_000_000,
                        e.getMessage());
            }
        }
        unlock();
        return new LockReply.Released();
    }

    private LockReply look() throws IOException {
        backend.ensureUsable();
        LeaderRecord record = readLeader();
        return new LockReply.Seen(record, backend.calmLocks(lock));
    }

    // ---- helpers

    private @Nullable LeaderRecord readLeader() throws IOException {
        Stamp now = Stamp.of(leaderFile);
        if (now == null || !now.equals(leaderStamp)) {
            leader = now == null ? null : readRecord();
            if (leader == null && Files.exists(leaderFile)) {
                LOG.warn(
                        "Lock {}: {} cannot be read as a leader's record; who leads is not known until it is written again",
                        lock,
                        leaderFile);
            }
            leaderStamp = now == null || now.isFresh(backend.wallMillis()) ? null : now;
        }
        LeaderRecord read = leader;
        backend.leaderKnown(lock, read == null || read.released() ? null : read.presence());
        return read;
    }

    private @Nullable LeaderRecord readRecord() throws IOException {
        LeaderRecord record = null;
        for (int attempt = 1; record == null && attempt <= READ_ATTEMPTS; attempt++) {
            String text = RootDirectory.readIfPresent(leaderFile);
            if (text == null) {
                return null;
            }
            record = LeaderRecord.parse(text);
        }
        return record;
    }

    private static long parseEpoch(@Nullable String text) {
        if (text == null) {
            return 0;
        }
        try {
            long epoch = Long.parseLong(text.strip());
            return epoch < 0 || epoch > LeaderRecord.MAX_EPOCH ? 0 : epoch;
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private void unlock() {
        JvmLocks.Handle held = handle;
        if (held != null && held.isOwner(this)) {
            held.unlock(this);
            wakeOthers.run();
        }
    }

    private void closeHandle() {
        JvmLocks.Handle open = handle;
        handle = null;
        if (open != null) {
            open.unlock(this);
            open.forget(whenFree);
            open.close();
        }
    }
}
