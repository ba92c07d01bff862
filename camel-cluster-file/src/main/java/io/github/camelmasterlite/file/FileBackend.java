package io.github.camelmasterlite.file;

import io.github.camelmasterlite.election.Election;
import io.github.camelmasterlite.engine.Backend;
import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Locks that lie in a directory of a local file system: the edge between {@link LockElection} and the files. */
final class FileBackend implements Backend<LockCommand, LockReply> {

    private static final long CLOSE_MILLIS = 1_000;

    /** A presence that nobody has. */
    private static final String REHEARSAL = "rehearsal";

    /** How often this member's own presence is verified. */
    private static final long PRESENCE_NANOS = 1_000_000_000L;

    /** A lock whose files are watched, and by how many elections of this member: a view that is stopped and started has two for a while. */
    private record Watched(String lock, int elections) {}

    private static final Logger LOG = LoggerFactory.getLogger(FileBackend.class);

    private final RootDirectory root;
    private final String member;
    private final LockTiming timing;
    private final Threads threads;
    private final Ticker ticker;
    private final Presences presences;
    private final Map<String, Watched> locksByFile = new ConcurrentHashMap<>();

    private @Nullable Listener<LockReply> listener;
    private @Nullable FolderWatch watch;
    private @Nullable IoThread files;

    // Of the thread of the lock files alone.
    private @Nullable Object rootIdentity;
    private long presenceDueNanos;

    FileBackend(RootDirectory root, String member, LockTiming timing, Threads threads, Ticker ticker) {
        this.root = root;
        this.member = member;
        this.timing = timing;
        this.threads = threads;
        this.ticker = ticker;
        this.presences = new Presences(root, member);
    }

    @Override
    public void open(Listener<LockReply> listener) throws IOException {
        this.listener = listener;
        root.prepare();
        FolderWatch watching = new FolderWatch(root, presences, ticker, new ToListener(listener));
        try {
            rootIdentity = root.usable();
            showPresence();
            listener.membersChanged(presences.living());
            watching.start(threads);
        } catch (IOException | RuntimeException e) {
            watching.stop();
            presences.close();
            throw e;
        }
        watch = watching;
        files = new IoThread(threads);
    }

    private void showPresence() throws IOException {
        presenceDueNanos = ticker.nanos() + PRESENCE_NANOS;
        presences.tidy();
        try {
            presences.ensureShown();
        } catch (IOException e) {
            throw new IOException(
                    "root: cannot write to " + root.members() + " (" + RootDirectory.describe(e)
                            + "); the user of this process needs read, write and search permission on that directory, on a file system"
                            + " that is not read-only or full",
                    e);
        }
    }

    @Override
    public Candidate<LockCommand, LockReply> candidate(String lock) {
        LockElection election = new LockElection(lock, member, timing);
        String file = LockNames.encode(lock);
        LockFiles of = new LockFiles(this, root, lock, () -> presences.wakeOthers(file.hashCode()));
        IoThread thread = running(files);
        Listener<LockReply> to = running(listener);
        locksByFile.merge(file, new Watched(lock, 1), (a, b) -> new Watched(lock, a.elections + b.elections));
        return new Candidate<>() {
            @Override
            public Election<LockCommand, LockReply> election() {
                return election;
            }

            @Override
            public CompletionStage<LockReply> perform(LockCommand command) {
                CompletableFuture<LockReply> reply = new CompletableFuture<>();
                Runnable task = () -> to.within(() -> {
                    try {
                        reply.complete(of.perform(command));
                    } catch (Throwable t) {
                        reply.completeExceptionally(t);
                    }
                });
                if (command instanceof LockCommand.Try || command instanceof LockCommand.Look) {
                    thread.ordinary(task);
                } else if (command instanceof LockCommand.Claim) {
                    thread.urgent(task);
                } else {
                    thread.vital(task);
                }
                return reply;
            }

            @Override
            public boolean isContact(LockReply reply) {
                return !(reply instanceof LockReply.Failed || reply instanceof LockReply.Hint);
            }

            @Override
            public void close() {
                locksByFile.computeIfPresent(
                        file, (f, w) -> w.elections == 1 ? null : new Watched(lock, w.elections - 1));
                thread.ordinary(of::close);
            }
        };
    }

    @Override
    public @Nullable Candidate<LockCommand, LockReply> rehearsal() {
        RootDirectory scratch;
        try {
            // Not in the root: what is rehearsed there would be seen, and might be in somebody's way.
            scratch = new RootDirectory(Files.createTempDirectory("camel-master-lite"));
        } catch (IOException e) {
            LOG.debug("There is no place to rehearse in; the first hand-over will be slower by some milliseconds", e);
            return null;
        }
        LockElection election = new LockElection(" ", member, timing);
        LockFiles of = new LockFiles(this, scratch, " ", () -> {}); // nobody else is to be disturbed
        IoThread thread = running(files);
        String file = LockNames.encode(" ");
        FolderWatch.Hints hints = new ToListener(running(listener));
        locksByFile.put(file, new Watched(" ", 1));
        return new Candidate<>() {
            @Override
            public Election<LockCommand, LockReply> election() {
                return election;
            }

            @Override
            public CompletionStage<LockReply> perform(LockCommand command) {
                CompletableFuture<LockReply> reply = new CompletableFuture<>();
                thread.ordinary(() -> hints.within(() -> {
                    try {
                        hints.filesChanged(file);
                        hints.freed(REHEARSAL, file.hashCode());
                        hints.leaderGone(REHEARSAL);
                        reply.complete(of.perform(command));
                    } catch (Throwable t) {
                        reply.complete(new LockReply.Failed("rehearsal: " + t));
                    }
                }));
                return reply;
            }

            @Override
            public void close() {
                locksByFile.remove(file);
                thread.ordinary(() -> {
                    of.close();
                    scratch.removeScratch();
                });
            }
        };
    }

    @Override
    public void close() {
        running(watch).stop();
        IoThread thread = running(files);
        thread.ordinary(presences::close);
        thread.stop(CLOSE_MILLIS);
    }

    // ---- for the files of a lock, on their thread

    String member() {
        return member;
    }

    LockTiming timing() {
        return timing;
    }

    Presences presences() {
        return presences;
    }

    long wallMillis() {
        return ticker.now().wallMillis();
    }

    /** Does something on this thread when what is more urgent has been done. */
    void afterwards(Runnable task) {
        running(files).ordinary(task);
    }

    void hint(String lock, LockReply.Hint hint) {
        running(listener).observed(lock, hint);
    }

    void leaderKnown(String lock, @Nullable String presence) {
        running(watch).leaderKnown(lock, presence == null || presence.equals(presences.ownName()) ? null : presence);
    }

    /** How many locks this member follows, if the end of the leader of this one would be noticed; otherwise 0. */
    int calmLocks(String lock) {
        return running(watch).isWatched(lock) ? locksByFile.size() : 0;
    }

    /**
     * The identity of the root that is at the path now, for somebody who leads already: keeping the presence shown is attempted, but a lock that is
     * held does not depend on it.
     *
     * @return null if there is none
     */
    @Nullable
    Object rootNow() throws IOException {
        Object now = JvmLocks.identity(root.path());
        if (now != null && now.equals(rootIdentity) && ticker.nanos() - presenceDueNanos >= 0) {
            try {
                ensureUsable();
            } catch (IOException e) {
                LOG.warn("This member leads, but cannot show that it lives: {}", e.getMessage());
            }
        }
        return now;
    }

    /**
     * Makes sure that the root can be used, and moves presence and watches to it if it is another directory than before.
     *
     * @return the identity of the root
     */
    Object ensureUsable() throws IOException {
        Object now = root.usable();
        if (!now.equals(rootIdentity)) {
            LOG.warn("The directory {} is another one than before; presence and watches move to it", root.path());
            presences.forgetOthers();
            showPresence();
            running(watch).watchAgain();
            rootIdentity = now;
        } else if (ticker.nanos() - presenceDueNanos >= 0) {
            showPresence();
        }
        return now;
    }

    private static <T> T running(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("The back end has not been opened");
        }
        return part;
    }

    private final class ToListener implements FolderWatch.Hints {
        private final Listener<LockReply> to;

        ToListener(Listener<LockReply> to) {
            this.to = to;
        }

        @Override
        public void within(Runnable task) {
            to.within(task);
        }

        @Override
        public void filesChanged(String fileName) {
            String base = fileName;
            for (String ending : List.of(LockNames.LEADER, LockNames.EPOCH)) {
                if (base.endsWith(ending)) {
                    base = base.substring(0, base.length() - ending.length());
                    break;
                }
            }
            Watched watched = locksByFile.get(base);
            if (watched != null) {
                to.observed(watched.lock, LockReply.Hint.FILES_CHANGED);
            }
        }

        @Override
        public void everythingChanged() {
            to.observedAll(LockReply.Hint.FILES_CHANGED);
        }

        @Override
        public void freed(String presence, int lockHash) {
            if (presence.equals(presences.ownName())) {
                return; // the echo of one's own release is news to nobody
            }
            locksByFile.forEach((file, watched) -> {
                if (file.hashCode() == lockHash) {
                    to.observed(watched.lock, LockReply.Hint.LOCK_FREED);
                }
            });
        }

        @Override
        public void leaderGone(String presence) {
            hintLocksOf(presence, LockReply.Hint.LEADER_GONE);
        }

        private void hintLocksOf(String presence, LockReply.Hint hint) {
            FolderWatch watching = watch;
            if (watching == null) {
                to.observedAll(hint);
                return;
            }
            for (Watched watched : locksByFile.values()) {
                if (presence.equals(watching.leaderOf(watched.lock))) {
                    to.observed(watched.lock, hint);
                }
            }
        }

        @Override
        public void members(List<String> ids) {
            to.membersChanged(ids);
        }
    }
}
