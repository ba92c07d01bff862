package io.github.camelmasterlite.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.engine.LeaseBackend;
import io.github.camelmasterlite.engine.MemoryLeaseStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LeaseClusterServiceTest {

    private static final Duration BOUND = Duration.ofSeconds(10);
    private static final Duration HAND_OVER = Duration.ofSeconds(1);

    /** Of a service at rest: the loop, listeners, stops, and one to spare. */
    private static final int THREADS_AT_REST = 4;

    private final String member = "member-" + UUID.randomUUID();
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "test-store");
        thread.setDaemon(true);
        return thread;
    });
    private final MemoryLeaseStore.Shelf shelf = new MemoryLeaseStore.Shelf();
    private final List<LeaseClusterService> services = new ArrayList<>();

    @AfterEach
    void stop() {
        services.forEach(LeaseClusterService::stop);
        scheduler.shutdownNow();
    }

    private LeaseClusterService service(String id, LeaseStore store) {
        LeaseClusterService service = new LeaseClusterService(store);
        service.setId(id);
        services.add(service);
        return service;
    }

    private DelayedStore store(long delayMillis) {
        return new DelayedStore(shelf, scheduler, delayMillis);
    }

    private static void within(Duration bound, Callable<Boolean> condition) {
        await().atMost(bound).pollInterval(Duration.ofMillis(2)).until(condition);
    }

    private static void stays(Duration time, Callable<Boolean> condition) {
        await().during(time)
                .atMost(time.plus(BOUND))
                .pollInterval(Duration.ofMillis(20))
                .until(condition);
    }

    private List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.contains(member))
                .toList();
    }

    // ---- scale

    @Test
    void aThousandLocksAreLedWithinThreeSecondsByOneLoopThroughABoundedNumberOfCalls() {
        DelayedStore store = store(5);
        LeaseClusterService service = service(member, store);
        // So long that not even a busy machine takes an answer for one that lingers.
        service.setLeaseDurationMillis(60_000);
        service.setRenewDeadlineMillis(40_000);
        service.start();
        long begun = System.nanoTime();
        List<LeadershipView> views =
                DelayedStore.locks("lock", 1_000).stream().map(service::getView).toList();
        within(BOUND, () -> views.stream().allMatch(LeadershipView::isLeader));
        long millis = (System.nanoTime() - begun) / 1_000_000;
        System.out.println("1,000 locks led after " + millis + " ms with " + store.calls + " calls, "
                + store.mostUnderWay + " at once at most; threads then: " + threads());
        assertThat(millis).isLessThan(3_000);
        assertThat(store.mostUnderWay.get()).isLessThanOrEqualTo(LeaseBackend.MAX_CALLS);
        within(BOUND, () -> threads().size() <= THREADS_AT_REST);
        assertThat(threads()).filteredOn(name -> name.endsWith("-elections")).hasSize(1);
        stays(Duration.ofSeconds(2), () -> threads().size() <= THREADS_AT_REST);
        assertThat(views).allMatch(view -> view.isLeader() && view.leadership().term() == 1);

        long stopping = System.nanoTime();
        service.stop();
        System.out.println("1,000 locks released after " + (System.nanoTime() - stopping) / 1_000_000 + " ms");
        assertThat(store.closed).hasValue(1);
        assertThat(store.mostUnderWay.get()).isLessThanOrEqualTo(LeaseBackend.MAX_CALLS);
        LeaseClusterService next = service("next", store(0));
        next.start();
        List<LeadershipView> taken =
                DelayedStore.locks("lock", 1_000).stream().map(next::getView).toList();
        within(BOUND, () -> taken.stream().allMatch(LeadershipView::isLeader));
    }

    /** @param onlyOnceLed whether calls hang from the moment all are led, or from the beginning */
    private void keepTheirTenuresWhileOthersHang(Collection<String> hanging, boolean onlyOnceLed) {
        DelayedStore store = store(5);
        LeaseClusterService service = service(member, store);
        service.setLeaseDurationMillis(3_000);
        service.setRenewDeadlineMillis(2_000);
        service.setRetryPeriodMillis(200);
        if (!onlyOnceLed) {
            store.hangs = hanging::contains;
        }
        service.start();
        List<LeadershipView> stuck = hanging.stream().map(service::getView).toList();
        Map<LeadershipView, Long> tokens = new HashMap<>();
        List<LeadershipView> views =
                DelayedStore.locks("sound", 100).stream().map(service::getView).toList();
        within(BOUND, () -> views.stream().allMatch(LeadershipView::isLeader));
        if (onlyOnceLed) {
            within(BOUND, () -> stuck.stream().allMatch(LeadershipView::isLeader));
            store.hangs = hanging::contains;
        }
        views.forEach(view -> tokens.put(view, view.leadership().fencingToken()));
        int hungBefore = store.hung.get();
        stays(
                Duration.ofSeconds(5),
                () -> views.stream()
                        .allMatch(view -> view.isLeader()
                                && Objects.equals(
                                        tokens.get(view), view.leadership().fencingToken())));
        System.out.println(hanging.size() + " locks hung in " + (store.hung.get() - hungBefore)
                + " calls; the others kept their tenures with " + store.calls + " calls");
        assertThat(store.hung.get()).isGreaterThan(hungBefore);
        assertThat(stuck).noneMatch(LeadershipView::isLeader);
    }

    @Test
    void oneLockWhoseCallsHangForEverDelaysNoOther() {
        keepTheirTenuresWhileOthersHang(List.of("stuck"), false);
    }

    @Test
    void sixtyLocksWhoseCallsHangForEverDelayNoOther() {
        keepTheirTenuresWhileOthersHang(DelayedStore.locks("stuck", 60), false);
    }

    @Test
    void twoHundredLocksThatNeverGetAnAnswerDelayNoOther() {
        keepTheirTenuresWhileOthersHang(DelayedStore.locks("stuck", 200), false);
    }

    @Test
    void twoHundredLocksWhoseRenewalsBeginToHangDelayNoOther() {
        keepTheirTenuresWhileOthersHang(DelayedStore.locks("stuck", 200), true);
    }

    @Test
    void fourHundredLocksWhoseRenewalsBeginToHangDelayNoOther() {
        keepTheirTenuresWhileOthersHang(DelayedStore.locks("stuck", 400), true);
    }

    @Test
    void sixtyLocksWhoseRenewalsBeginToHangDelayNoOther() {
        keepTheirTenuresWhileOthersHang(DelayedStore.locks("stuck", 60), true);
    }

    /** A store whose reads are answered when the test says so, and that remembers what was asked of it after it was closed. */
    private static final class Manual implements LeaseStore {
        final List<CompletableFuture<StoredRecord>> reads = new CopyOnWriteArrayList<>();
        final List<String> readsAfterClose = new CopyOnWriteArrayList<>();
        volatile boolean isClosed;

        @Override
        public void open(String id, Listener listener) {}

        @Override
        public CompletionStage<StoredRecord> read(String lock) {
            if (isClosed) {
                readsAfterClose.add(lock);
            }
            CompletableFuture<StoredRecord> answer = new CompletableFuture<>();
            reads.add(answer);
            return answer;
        }

        @Override
        public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
            return new CompletableFuture<>();
        }

        @Override
        public void close() {
            isClosed = true;
        }
    }

    @Test
    void nothingIsAskedOfAStoreThatIsClosedHoweverManyCallsWereStillWaiting() {
        Manual store = new Manual();
        LeaseClusterService service = service(member, store);
        service.setLeaseDurationMillis(60_000); // and none lingers so soon
        service.setRenewDeadlineMillis(40_000);
        service.start();
        DelayedStore.locks("lock", 2 * LeaseBackend.MAX_CALLS).forEach(service::getView);
        within(BOUND, () -> store.reads.size() == LeaseBackend.MAX_CALLS);
        service.stop();
        assertThat(store.isClosed).isTrue();
        store.reads.forEach(read -> read.complete(StoredRecord.absent(0)));
        assertThat(store.readsAfterClose).isEmpty();
    }

    // ---- life cycle

    private static final class Work implements WorkListener {
        final List<String> calls = new CopyOnWriteArrayList<>();
        final CompletableFuture<Void> ended = new CompletableFuture<>();

        @Override
        public void startWork(LeadershipView view, Tenure tenure) {
            calls.add("start " + tenure.term());
        }

        @Override
        public void stopWork(LeadershipView view, Tenure tenure) {
            calls.add("stop " + tenure.term());
        }

        @Override
        public CompletionStage<?> workEnded() {
            return ended;
        }
    }

    @Test
    void itsStoreIsClosedOnceItIsStoppedAndOpenedAgainByTheNextStart() {
        DelayedStore store = store(1);
        LeaseClusterService service = service(member, store);
        LeadershipView view = service.getView("lock1");
        for (int round = 1; round <= 3; round++) {
            service.start();
            within(HAND_OVER, view::isLeader);
            service.stop();
            assertThat(store.opened).hasValue(round);
            assertThat(store.closed).hasValue(round);
        }
    }

    @Test
    void aRestartWhileWorkGoesOnKeepsTheStoreOpenAndLeadsOnceTheWorkHasEnded() {
        DelayedStore store = store(1);
        LeaseClusterService service = service(member, store);
        service.setStopBudgetMillis(50);
        LeadershipView view = service.getView("lock1");
        Work work = new Work();
        view.addEventListener(work);
        service.start();
        within(HAND_OVER, () -> work.calls.equals(List.of("start 1")));
        service.stop();
        assertThat(store.closed).hasValue(0); // the lock is held for the work that goes on
        service.start();
        LeadershipView free = service.getView("lock2");
        within(HAND_OVER, free::isLeader);
        LeadershipView rival = rival().getView("lock1");
        stays(Duration.ofMillis(300), () -> !view.isLeader() && !rival.isLeader());
        work.ended.complete(null);
        within(HAND_OVER, () -> view.isLeader() || rival.isLeader());
        // What the former start still had has ended, and the store is open for the present one.
        stays(Duration.ofMillis(300), () -> free.isLeader() && store.closed.get() == 0);
        service.stop();
        within(HAND_OVER, () -> store.closed.get() == 1);
        within(HAND_OVER, rival::isLeader);
    }

    private LeaseClusterService rival() {
        LeaseClusterService rival = service("rival", store(1));
        rival.start();
        return rival;
    }

    @Test
    void aLockThatIsTakenUpAgainWhileItIsBeingLeftIsNotForgotten() {
        DelayedStore store = store(1);
        LeaseClusterService service = service(member, store);
        service.start();
        LeadershipView view = service.getView("lock1");
        Work work = new Work();
        view.addEventListener(work);
        within(HAND_OVER, () -> work.calls.equals(List.of("start 1")));
        service.releaseView(view);
        LeadershipView again = service.getView("lock1");
        work.ended.complete(null);
        within(HAND_OVER, again::isLeader);
        assertThat(store.forgotten).isEmpty();
        service.releaseView(again);
        within(HAND_OVER, () -> store.forgotten.equals(List.of("lock1")));
    }

    // ---- bad input

    private void isRefused(LeaseClusterService service, String... words) {
        assertThatThrownBy(service::start).satisfies(thrown -> {
            for (String word : words) {
                assertThat(thrown).hasStackTraceContaining(word);
            }
        });
        assertThat(service.isStarted()).isFalse();
        assertThat(threads()).isEmpty();
    }

    @Test
    @SuppressWarnings("NullAway") // callers without null checking exist
    void aMissingStoreAndABlankIdAreRefusedAndNothingIsLeftRunning() {
        isRefused(service(member, null), "LeaseStore", "constructor");
        LeaseClusterService blank = service("  ", store(1));
        isRefused(blank, "id: must not be blank", "setId");
    }

    @Test
    void zeroAndNegativeDurationsAreRefusedAtOnceByName() {
        LeaseClusterService service = service(member, store(1));
        Map<String, LongConsumer> options = Map.of(
                "leaseDurationMillis", service::setLeaseDurationMillis,
                "renewDeadlineMillis", service::setRenewDeadlineMillis,
                "retryPeriodMillis", service::setRetryPeriodMillis,
                "drainTimeoutMillis", service::setDrainTimeoutMillis,
                "stopBudgetMillis", service::setStopBudgetMillis);
        options.forEach((name, set) -> {
            for (long wrong : new long[] {0, -1, Long.MIN_VALUE}) {
                assertThatThrownBy(() -> set.accept(wrong))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(name)
                        .hasMessageContaining(String.valueOf(wrong));
            }
        });
        for (double wrong : new double[] {0, 0.99, -1, Double.NaN}) {
            assertThatThrownBy(() -> service.setJitterFactor(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("jitterFactor");
        }
        service.setLeaseDurationMillis(Long.MAX_VALUE);
        isRefused(service, "leaseDuration", "at most a day");
    }

    /** Answers whatever is asked. */
    private static final class Answering implements LeaseStore {
        final @Nullable CompletionStage<StoredRecord> read;
        final @Nullable CompletionStage<Outcome> written;

        Answering(@Nullable CompletionStage<StoredRecord> read, @Nullable CompletionStage<Outcome> written) {
            this.read = read;
            this.written = written;
        }

        @Override
        public void open(String id, Listener listener) {
            listener.watching(false, "it cannot");
        }

        @Override
        @SuppressWarnings("NullAway") // what must not be done
        public CompletionStage<StoredRecord> read(String lock) {
            return read;
        }

        @Override
        @SuppressWarnings("NullAway") // what must not be done
        public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
            return written;
        }

        @Override
        public void close() {}
    }

    @Test
    void aStoreThatAnswersWithNothingIsReportedAndBelievedNothing() {
        CompletionStage<StoredRecord> absent = CompletableFuture.completedFuture(StoredRecord.absent(0));
        Map<LeaseStore, String> stores = Map.of(
                new Answering(null, null), "answered read with null",
                new Answering(CompletableFuture.completedFuture(null), null), "answered read with null",
                new Answering(absent, null), "answered write with null",
                new Answering(absent, CompletableFuture.completedFuture(null)), "answered write with null");
        stores.forEach((store, problem) -> {
            LeaseClusterService service = service(member, store);
            service.start();
            LeadershipView view = service.getView("lock");
            within(BOUND, () -> String.valueOf(view.leadership().problem()).contains(problem));
            assertThat(view.isLeader()).isFalse();
            service.stop();
        });
    }

    private static List<String> loggedBy(Class<?> source, Runnable task) {
        Logger logger = (Logger) LoggerFactory.getLogger(source);
        ListAppender<ILoggingEvent> appender = new ListAppender<>();
        appender.start();
        logger.addAppender(appender);
        try {
            task.run();
        } finally {
            logger.detachAppender(appender);
        }
        return appender.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void whyAStoreReportsNoChangesIsLogged() {
        LeaseClusterService service = service(member, new Answering(null, null));
        assertThat(loggedBy(LeaseBackend.class, service::start))
                .contains(member + ": changes are not reported, so every lock is looked at once in 2000 ms: it cannot");
    }

    @Test
    void workThatHasEndedIsNotBlamedForAReleaseThatIsNotAnswered() {
        DelayedStore store = store(1);
        LeaseClusterService service = service(member, store);
        service.setStopBudgetMillis(100);
        service.start();
        LeadershipView view = service.getView("lock");
        within(BOUND, view::isLeader);
        store.hangs = lock -> true;
        assertThat(loggedBy(ElectionClusterService.class, service::stop))
                .anyMatch(line -> line.contains("1 of the locks of " + member + " are not released after 1100 ms")
                        && line.contains("or the release has not been answered"));
        store.hangs = lock -> false;
    }

    @Test
    void timesThatWouldNotKeepLeadersApartAreRefusedTogetherWithOnesThatWork() {
        Pattern suggestion =
                Pattern.compile("for leaseDuration (\\d+) ms this works: renewDeadline (\\d+) ms, stopBudget (\\d+) ms,"
                        + " jitterFactor ([0-9.]+)");
        for (long lease : new long[] {100, 101, 500, 1_000, 1_001, 9_999, 15_000, 86_400_000}) {
            DelayedStore store = store(1);
            LeaseClusterService service = service(member, store);
            service.setLeaseDurationMillis(lease);
            service.setRenewDeadlineMillis(lease);
            service.setJitterFactor(1.5);
            String message = String.valueOf(messageOfStart(service));
            assertThat(message)
                    .contains("renewDeadline " + lease + " ms")
                    .contains("x 1.02 must be less than leaseDuration")
                    .contains("jitterFactor 1.5");
            assertThat(store.opened).hasValue(0);
            assertThat(threads()).isEmpty();

            Matcher works = suggestion.matcher(message);
            assertThat(works.find()).as(message).isTrue();
            service.setRenewDeadlineMillis(Long.parseLong(works.group(2)));
            service.setStopBudgetMillis(Long.parseLong(works.group(3)));
            service.setJitterFactor(Double.parseDouble(works.group(4)));
            service.start();
            LeadershipView view = service.getView("lock" + lease);
            within(HAND_OVER, view::isLeader);
            service.stop();
            within(BOUND, () -> threads().isEmpty());
        }
    }

    private static String messageOfStart(LeaseClusterService service) {
        try {
            service.start();
        } catch (RuntimeException e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            return String.valueOf(cause.getMessage());
        }
        return "it started";
    }

    @Test
    void aStoreThatCannotBeOpenedIsReportedAndAnotherStartTriesAgain() {
        CompletableFuture<Void> mended = new CompletableFuture<>();
        MemoryLeaseStore real = new MemoryLeaseStore(shelf);
        LeaseClusterService service = new LeaseClusterService() {
            @Override
            protected LeaseStore createStore(io.github.camelmasterlite.engine.Threads threads) {
                if (!mended.isDone()) {
                    throw new IllegalArgumentException("folder: cannot be read; chmod it");
                }
                return real;
            }
        };
        services.add(service);
        service.setId(member);
        LeadershipView view = service.getView("lock1");
        isRefused(service, "folder: cannot be read; chmod it");
        assertThat(view.isLeader()).isFalse();
        mended.complete(null);
        service.start();
        within(HAND_OVER, view::isLeader);
    }
}
