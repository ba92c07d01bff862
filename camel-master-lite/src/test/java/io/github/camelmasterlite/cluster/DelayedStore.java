package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.engine.MemoryLeaseStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Records in memory behind a way that takes time: each call is answered later, by one thread, or never. */
final class DelayedStore implements LeaseStore {

    final AtomicInteger calls = new AtomicInteger();
    final AtomicInteger underWay = new AtomicInteger();
    final AtomicInteger mostUnderWay = new AtomicInteger();
    final AtomicInteger hung = new AtomicInteger();
    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    final List<String> forgotten = new CopyOnWriteArrayList<>();

    private final MemoryLeaseStore store;
    private final ScheduledExecutorService scheduler;
    private final long delayMillis;

    /** Locks whose calls are never answered. */
    volatile Predicate<String> hangs = lock -> false;

    DelayedStore(MemoryLeaseStore.Shelf shelf, ScheduledExecutorService scheduler, long delayMillis) {
        this.store = new MemoryLeaseStore(shelf);
        this.scheduler = scheduler;
        this.delayMillis = delayMillis;
    }

    @Override
    public void open(String member, Listener listener) {
        opened.incrementAndGet();
        store.open(member, listener);
    }

    @Override
    public CompletionStage<StoredRecord> read(String lock) {
        return later(lock, () -> store.read(lock));
    }

    @Override
    public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
        return later(lock, () -> store.write(lock, expected, next));
    }

    private <T> CompletionStage<T> later(String lock, Supplier<CompletionStage<T>> call) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        calls.incrementAndGet();
        if (hangs.test(lock)) {
            hung.incrementAndGet();
            return answer;
        }
        mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
        ScheduledFuture<?> unused = scheduler.schedule(
                () -> {
                    underWay.decrementAndGet();
                    call.get().whenComplete((value, failure) -> {
                        if (failure == null) {
                            answer.complete(value);
                        } else {
                            answer.completeExceptionally(failure);
                        }
                    });
                },
                delayMillis,
                TimeUnit.MILLISECONDS);
        return answer;
    }

    @Override
    public void forget(String lock) {
        forgotten.add(lock);
    }

    @Override
    public void close() {
        closed.incrementAndGet();
        store.close();
    }

    /** Names of locks: the prefix and a number. */
    static List<String> locks(String prefix, int count) {
        List<String> locks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            locks.add(prefix + i);
        }
        return locks;
    }
}
