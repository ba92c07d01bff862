package io.github.camelmasterlite.kubernetes;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What both kinds of records have in common: from the time it is opened until it is closed, a store reports what a watch sees. */
abstract class ReportingStore implements LeaseStore {

    /**
     * What a store needs beside its objects.
     *
     * @param timeout    how long a request may take
     * @param threads    makes the threads that watch
     * @param ticker     the time
     * @param rehearsals how often a write is rehearsed once there is something to write. A Java program is slow at what it does for the first time, and a member
     *                   that follows writes for the first time when it takes over.
     * @param onClose    releases what the requests use
     */
    record Setting(Duration timeout, Threads threads, Ticker ticker, int rehearsals, Runnable onClose) {}

    /** With more a hand-over becomes somewhat faster still (docs/measurements.md), but these are requests. */
    static final int REHEARSALS = 60;

    private static final Logger LOG = LoggerFactory.getLogger(ReportingStore.class);

    private final Reporting.Source source;
    private final Setting setting;
    private final AtomicBoolean isRehearsing = new AtomicBoolean();
    private volatile boolean isRehearsed;
    private volatile @Nullable Supplier<? extends CompletionStage<?>> rehearsal;
    private volatile @Nullable Reporting reporting;

    ReportingStore(Reporting.Source source, Setting setting) {
        this.source = source;
        this.setting = setting;
    }

    /** Understands what is reported. */
    abstract Reporting.Reader reader();

    /** Whether a lock has been asked for and not been forgotten since. */
    abstract boolean isKnown(String lock);

    @Override
    public void open(String member, Listener listener) {
        Reporting opened = new Reporting(source, reader(), member, listener, setting.timeout(), setting.ticker());
        reporting = opened;
        boolean isOpen = false;
        try {
            opened.start(setting.threads());
            isOpen = true;
        } finally {
            if (!isOpen) {
                close(); // nobody closes what was not opened, and a client has threads
            }
        }
    }

    /** A version is known to exist that the watch has to report. */
    final void expect(long version) {
        Reporting to = reporting;
        if (to != null) {
            to.expect(version);
        }
    }

    /** What a lock's record is now. An answer may come after the lock was forgotten; that must not be remembered for ever. */
    final void isHeld(String lock, StoredRecord stored) {
        LeaseRecord record = stored.record();
        if (isKnown(lock)) {
            isHeld(lock, record == null ? "" : record.holder());
            if (!isKnown(lock)) {
                isHeld(lock, ""); // it was forgotten at this very moment
            }
        }
    }

    private void isHeld(String lock, String holder) {
        Reporting to = reporting;
        if (to != null) {
            to.holder(lock, holder);
        }
    }

    /** A write that may be rehearsed, in place of the one before: one that stores what is there already, and that the server is asked to check only. */
    final void mayBeRehearsed(Supplier<? extends CompletionStage<?>> write) {
        if (!isRehearsed) {
            rehearsal = write;
            if (isRehearsed) {
                rehearsal = null; // since this very moment
            }
        }
    }

    /** An object that was to be replaced was not. What a real write has told needs no rehearsal; creating one is another permission. */
    final void failed(Throwable failure) {
        if (KubeApi.isDenied(cause(failure))) {
            endRehearsal();
        }
    }

    /** What was to be written is not kept. */
    private void endRehearsal() {
        isRehearsed = true;
        rehearsal = null;
    }

    /** Once for each store, when it has been open for a few seconds: afterwards the program, a connection and the permission are known to work. */
    final void rehearse() {
        if (rehearsal != null && !isRehearsed && isRehearsing.compareAndSet(false, true)) {
            rehearse(setting.rehearsals()).whenComplete((done, failure) -> {
                endRehearsal();
                if (failure != null) {
                    tell(cause(failure));
                }
            });
        }
    }

    private CompletionStage<?> rehearse(int times) {
        Supplier<? extends CompletionStage<?>> latest = rehearsal;
        return times == 0 || latest == null || reporting == null
                ? CompletableFuture.completedFuture(null)
                : latest.get().thenCompose(done -> rehearse(times - 1));
    }

    /** That something is not permitted would be known only when this member is to take over. Whatever else goes wrong is of no consequence. */
    private static void tell(Throwable failure) {
        if (KubeApi.isDenied(failure)) {
            LOG.warn("This member can follow, but could not take over: {}", failure.getMessage());
        } else {
            LOG.debug("The rehearsal of a write has failed", failure);
        }
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    @Override
    public Duration durationStep() {
        return Duration.ofSeconds(1);
    }

    @Override
    public void forget(String lock) {
        isHeld(lock, "");
    }

    @Override
    public void close() {
        Reporting open = reporting;
        reporting = null;
        if (open != null) {
            open.close();
        }
        setting.onClose().run();
    }
}
