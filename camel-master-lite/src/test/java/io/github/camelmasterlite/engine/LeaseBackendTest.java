package io.github.camelmasterlite.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseReply;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.Standing;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.election.Timing;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A thousand locks and a store of which a part hangs, in virtual time: the real loop, the real rules. */
@NullUnmarked
class LeaseBackendTest {

    private static final Timing TIMING = Timing.defaults();
    private static final Duration STEP = Duration.ofMillis(1);
    private static final Duration LEASE = TIMING.leaseDuration();
    private static final Duration ATTEMPT = Duration.ofNanos(TIMING.attemptNanos());

    /** Nearly the most that can be drawn: every renewal is as late as it may be, and all are due at the same moment. */
    private static final RandomGenerator MOST = () -> 0xFFFF_0000_0000_0000L;

    private int incarnations;
    private final VirtualTicker ticker = new VirtualTicker(Long.MAX_VALUE - 5_000_000_000L);
    private final SlowStore store = new SlowStore();
    private final ElectionLoop loop = new ElectionLoop(ticker, () -> {});
    private final LeaseBackend backend =
            new LeaseBackend(store, "me", TIMING, () -> "i" + ++incarnations, MOST, ticker);
    private final Map<String, Share> shares = new HashMap<>();
    private long nowMillis;

    /** Answers after a while, or never. */
    private final class SlowStore implements LeaseStore {

        private record Answer(long atMillis, long number, Runnable run) implements Comparable<Answer> {
            @Override
            public int compareTo(Answer other) {
                int byTime = Long.compare(atMillis, other.atMillis);
                return byTime != 0 ? byTime : Long.compare(number, other.number);
            }
        }

        private final MemoryLeaseStore records = new MemoryLeaseStore(new MemoryLeaseStore.Shelf());
        private final PriorityQueue<Answer> answers = new PriorityQueue<>();
        private long answersAfterMillis = 5;
        private Predicate<String> hangs = lock -> false;
        private boolean refuses;
        private long calls;
        private int mostUnderWay;

        /** When calls were sent that hang. */
        private final List<Long> hungNanos = new ArrayList<>();

        @Override
        public void open(String member, Listener listener) {}

        @Override
        public CompletionStage<StoredRecord> read(String lock) {
            return later(lock, () -> records.read(lock));
        }

        @Override
        public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
            return later(lock, () -> records.write(lock, expected, next));
        }

        private <T> CompletionStage<T> later(String lock, Supplier<CompletionStage<T>> call) {
            CompletableFuture<T> answer = new CompletableFuture<>();
            if (hangs.test(lock)) {
                hungNanos.add(ticker.nanos());
                return answer;
            }
            if (refuses) {
                return CompletableFuture.failedFuture(new IOException("connection refused"));
            }
            answers.add(new Answer(
                    nowMillis + answersAfterMillis, ++calls, () -> call.get().thenAccept(answer::complete)));
            mostUnderWay = Math.max(mostUnderWay, answers.size());
            return answer;
        }

        void answer() {
            while (!answers.isEmpty() && answers.peek().atMillis <= nowMillis) {
                answers.remove().run.run();
            }
        }

        /** How long it took from one hanging call to that which is so many later, at least. */
        Duration leastTimeFor(int count) {
            long least = Long.MAX_VALUE;
            for (int i = count; i < hungNanos.size(); i++) {
                least = Math.min(least, hungNanos.get(i) - hungNanos.get(i - count));
            }
            return Duration.ofNanos(least);
        }

        @Override
        public void close() {}
    }

    /** The share of this member in one lock. */
    private static final class Share implements Output {
        private Seat seat;
        private Standing standing;
        private int tenures;

        @Override
        public void published(Standing now) {
            standing = now;
        }

        @Override
        public void startWork(Tenure tenure) {
            tenures++;
        }

        @Override
        public void stopWork(Tenure tenure) {
            seat.workStopped(tenure.term());
        }

        @Override
        public void ended() {}
    }

    @BeforeEach
    void open() throws Exception {
        backend.open(new Backend.Listener<>() {
            @Override
            public void observed(String lock, LeaseReply observation) {
                loop.observed(lock, observation);
            }

            @Override
            public void observedAll(LeaseReply observation) {
                loop.observedAll(observation);
            }

            @Override
            public void within(Runnable task) {
                task.run();
            }

            @Override
            public void membersChanged(List<String> memberIds) {}
        });
    }

    private void stand(String prefix, int count) {
        for (int i = 0; i < count; i++) {
            String lock = prefix + i;
            Share share = new Share();
            share.seat = loop.add(lock, backend.candidate(lock), share);
            shares.put(lock, share);
            share.seat.stand();
        }
    }

    private void pass(Duration time) {
        for (long until = nowMillis + time.toMillis(); nowMillis < until; nowMillis++) {
            loop.runReady();
            ticker.advance(STEP);
            store.answer();
        }
        assertThat(loop.failures()).isZero();
    }

    private List<Share> shares(String prefix) {
        return shares.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(prefix))
                .map(Map.Entry::getValue)
                .toList();
    }

    private boolean leads(Share share) {
        return share.standing != null && share.standing.leadsAt(ticker.now());
    }

    private void allKeepTheirFirstTenure(String prefix) {
        assertThat(shares(prefix)).isNotEmpty().allMatch(share -> share.tenures == 1 && leads(share));
    }

    @Test
    void aThousandLocksAreNotAThousandRequestsAtOnce() {
        stand("sound", 1_000);
        pass(LEASE.multipliedBy(3));
        allKeepTheirFirstTenure("sound");
        assertThat(store.mostUnderWay).isEqualTo(LeaseBackend.MAX_CALLS);
    }

    @ParameterizedTest
    @ValueSource(ints = {60, 200, 400, 1_000})
    void locksWhoseRenewalsBeginToHangAtOnceTakeNoTenureFromOthers(int hanging) {
        stand("stuck", hanging); // their renewals are due first
        stand("sound", 100);
        pass(Duration.ofSeconds(2));
        allKeepTheirFirstTenure("");
        store.hangs = lock -> lock.startsWith("stuck");
        pass(LEASE.multipliedBy(4));
        allKeepTheirFirstTenure("sound");
        assertThat(shares("stuck")).noneMatch(this::leads);
        store.hangs = lock -> false;
        pass(LEASE.multipliedBy(2));
        allKeepTheirFirstTenure("sound");
        assertThat(shares("stuck")).allMatch(this::leads);
    }

    @Test
    void aFreeLockIsTakenWithinAnAttemptWhileFourHundredOthersHang() {
        stand("stuck", 400);
        store.hangs = lock -> lock.startsWith("stuck");
        pass(LEASE);
        stand("sound", 1);
        pass(ATTEMPT);
        allKeepTheirFirstTenure("sound");
    }

    @Test
    void aStoreThatHangsEntirelyIsAskedByABoundedNumberOfCalls() {
        store.hangs = lock -> true;
        stand("stuck", 3_000);
        pass(LEASE.multipliedBy(2));
        assertThat(store.hungNanos).hasSizeGreaterThan(3_000);
        assertThat(store.leastTimeFor(LeaseBackend.MAX_CALLS))
                .as("so many more begin when the former have not been answered for so long")
                .isGreaterThanOrEqualTo(ATTEMPT.dividedBy(8));
        assertThat(store.leastTimeFor(8 * LeaseBackend.MAX_CALLS))
                .as("for as long as they are awaited")
                .isGreaterThanOrEqualTo(ATTEMPT);
        store.hangs = lock -> false;
        pass(LEASE.multipliedBy(2));
        assertThat(shares("stuck")).allMatch(this::leads);
    }

    /** With no more than 64 at once there would be 160 answers a second, for 167 renewals. */
    @Test
    void aStoreThatIsSlowForAllStillKeepsTheTenuresOfAThousandLocks() {
        store.answersAfterMillis = 400;
        stand("sound", 1_000);
        pass(LEASE);
        assertThat(shares("sound")).allMatch(this::leads);
        List<Integer> tenures =
                shares("sound").stream().map(share -> share.tenures).toList();
        pass(LEASE.multipliedBy(4));
        assertThat(shares("sound")).allMatch(this::leads);
        assertThat(shares("sound").stream().map(share -> share.tenures)).isEqualTo(tenures);
        assertThat(store.mostUnderWay)
                .isGreaterThan(LeaseBackend.MAX_CALLS)
                .isLessThanOrEqualTo(8 * LeaseBackend.MAX_CALLS);
    }

    @Test
    void whoeverLeavesWhileItsCallHangsTakesNoPlaceWithIt() {
        store.hangs = lock -> lock.startsWith("stuck");
        for (int round = 0; round < 20; round++) {
            stand("stuck", LeaseBackend.MAX_CALLS);
            pass(STEP);
            shares("stuck").forEach(share -> share.seat.withdraw());
            pass(STEP);
            assertThat(shares("stuck")).allMatch(share -> share.seat.ended().isDone());
        }
        stand("sound", 1);
        pass(Duration.ofSeconds(1));
        allKeepTheirFirstTenure("sound");
    }

    /** Few locks are renewed every 1.25 to 1.5 s of a renew deadline of 10 s, so that none is older when the store fails. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStoreThatIsDownForEightSecondsAtAnyTimeTakesNoTenureOfAFewLocks(boolean refuses) {
        stand("few", 5);
        pass(LEASE);
        for (int i = 0; i < 160; i++) {
            pass(Duration.ofMillis(2_000 + 10 * i)); // all times between one renewal and the next
            store.refuses = refuses;
            store.hangs = lock -> !refuses;
            pass(Duration.ofSeconds(8));
            store.refuses = false;
            store.hangs = lock -> false;
        }
        pass(Duration.ofSeconds(2));
        allKeepTheirFirstTenure("few");
    }

    @Test
    void aStoreThatIsDownForThreeSecondsAndAHalfTakesNoTenureOfManyLocks() {
        stand("many", 100);
        pass(LEASE);
        for (int i = 0; i < 70; i++) {
            pass(Duration.ofMillis(6_000 + 100 * i));
            store.refuses = true;
            pass(Duration.ofMillis(3_500));
            store.refuses = false;
        }
        pass(Duration.ofSeconds(2));
        allKeepTheirFirstTenure("many");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 10, 20, 100})
    void allLocksTogetherAreRenewedNoMoreOftenThanTwentyAreAtTheLongestInterval(int locks) {
        stand("lock", locks);
        pass(LEASE);
        long before = store.calls;
        pass(Duration.ofSeconds(60));
        double perSecond = (store.calls - before) / 60.0;
        double renewals = 1e9 / (TIMING.renewDeadlineNanos() / 2.0 * TIMING.jitterFactor()); // as late as may be
        assertThat(perSecond).isLessThanOrEqualTo(Math.max(20, locks) * renewals * 1.05);
        assertThat(perSecond).isGreaterThanOrEqualTo(locks * renewals * 0.95);
    }

    @Test
    void theRenewalsOfALockFollowHowManyThereAre() {
        stand("first", 1);
        pass(LEASE);
        assertThat(callsIn(Duration.ofSeconds(30))).isBetween(19L, 21L); // every 1.5 s
        stand("more", 99);
        pass(LEASE);
        assertThat(callsIn(Duration.ofSeconds(30))).isBetween(490L, 510L); // each every 6 s
        shares("more").forEach(share -> share.seat.withdraw());
        pass(LEASE);
        assertThat(callsIn(Duration.ofSeconds(30))).isBetween(19L, 21L);
    }

    private long callsIn(Duration time) {
        long before = store.calls;
        pass(time);
        return store.calls - before;
    }
}
