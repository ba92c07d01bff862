package io.github.camelmasterlite.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.camelmasterlite.Spi;
import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseRecord.Signature;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.LeaseStore.Outcome;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.election.StoredRecord.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a {@link LeaseStore} must do so that the rules of {@code LeaseElection} hold over it. For a new store, extend this class and say how to connect
 * to one place of records; every test must pass. Each test uses a lock name of its own, so a store need not be emptied between them.
 *
 * <p>What a store does not have (garbage, hands that edit it, object identity, watches) is skipped, never passed.
 */
@Spi
public abstract class LeaseStoreContract {

    private static final int RIVALS = 20;

    private static int numbers;

    private final List<LeaseStore> connections = new ArrayList<>();
    private final String lock = newLock();

    // ---- what a subclass says

    /** A new connection to the same records as all others of this test. The contract opens and closes it. */
    protected abstract LeaseStore connect() throws Exception;

    /** Somebody deletes the record of a lock. */
    protected abstract void deleteByHand(String lock) throws Exception;

    /**
     * Somebody makes the record of a lock unreadable.
     *
     * @return false if the store cannot hold what cannot be read
     */
    protected boolean garbleByHand(String lock) throws Exception {
        return false;
    }

    /**
     * Somebody, or another program, replaces the record of a lock.
     *
     * @return false if that cannot happen
     */
    protected boolean editByHand(String lock, LeaseRecord record) throws Exception {
        return false;
    }

    /** Whether the store compares the identity of a record. To be overridden for a stand-in of the store alone, and if the real one is tested as well. */
    protected boolean comparesIdentity() {
        return true;
    }

    /** How long an answer or a hint may take at most. */
    protected Duration patience() {
        return Duration.ofSeconds(10);
    }

    /** How long a call may keep its caller at most; a renewal of another lock waits for as long. */
    protected Duration callBound() {
        return Duration.ofMillis(200);
    }

    /**
     * Makes every call that begins from now on take much longer than {@link #callBound()} to be answered. Worth the effort where the client of the store blocks: calls that keep
     * their caller are the mistake that is made most easily, and a store that is fast in tests hides it. For a database, a {@code DataSource} that waits will do.
     *
     * @return ends that; null if the store cannot be slowed down in a test
     */
    protected @Nullable AutoCloseable slowDown() throws Exception {
        return null;
    }

    /**
     * From now on no call reaches the records: each fails, and has no effect. Worth the effort for every store that others are reached through: what it makes of an exception
     * is the other mistake that is made easily, and nothing else shows it.
     *
     * @return ends that; null if it cannot be done in a test
     */
    protected @Nullable AutoCloseable loseRequests() throws Exception {
        return null;
    }

    /**
     * From now on every call has its effect, but the store does not hear of it: for a database, a {@code Connection} whose {@code commit} commits and then throws.
     *
     * @return ends that; null if it cannot be done in a test
     */
    protected @Nullable AutoCloseable loseAnswers() throws Exception {
        return null;
    }

    // ---- what is there

    @Test
    void anAbsentRecordIsFoundAbsent() throws Exception {
        StoredRecord found = read(open("a"), lock);
        assertThat(found.kind()).isEqualTo(Kind.ABSENT);
        assertThat(found.isHeld()).isFalse();
    }

    @Test
    void aWrittenRecordIsReadBackEqualByEveryConnection() throws Exception {
        LeaseStore a = open("a");
        LeaseStore b = open("b");
        LeaseRecord record = held("a", 1);
        StoredRecord written = create(a, lock, record);
        assertThat(written.record()).isEqualTo(record);
        for (LeaseStore store : List.of(a, b)) {
            assertThat(read(store, lock)).isEqualTo(written);
        }
    }

    @Test
    void everyPartOfARecordIsKept() throws Exception {
        LeaseStore a = open("a");
        // A term that 32 bits can hold, as Kubernetes wants it; times with a digit in every microsecond.
        LeaseRecord record = new LeaseRecord(
                "a",
                new Signature("incarnation-1", 2_000_000_000L, 1_795_250_033_071_234L, false),
                steps(a, 15),
                1_795_250_033_071_111L,
                1_795_250_033_071_234L,
                2_000_000_000L);
        create(a, lock, record);
        LeaseRecord found = recordOf(read(open("b"), lock));
        assertThat(found).isEqualTo(record);
        assertThat(found.isSigned()).isTrue();
        assertThat(found.signature())
                .isNotNull()
                .extracting(Signature::toText)
                .isEqualTo("incarnation-1/" + "2000000000/1795250033071234/held");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"b", "host-1.example.org", "日本語-ß-é-😀", "with blank and / and \\ and = and \"", "a:b#c%20"})
    void memberIdsOfAnyCharactersAreReadBackEqual(String member) throws Exception {
        LeaseRecord record = held(member, 1);
        create(open("a"), lock, record);
        assertThat(read(open("b"), lock).record()).isEqualTo(record);
    }

    @Test
    void aDurationIsNeverShortenedAndRoundedByLessThanAStep() throws Exception {
        LeaseStore a = open("a");
        Duration odd = a.durationStep().multipliedBy(3).plusNanos(1);
        LeaseRecord record = new LeaseRecord("a", new Signature("i", 1, 5, false), odd, 5, 5, 1);
        create(a, lock, record);
        Duration found = Objects.requireNonNull(recordOf(read(open("b"), lock)).duration());
        assertThat(found).isGreaterThanOrEqualTo(odd);
        assertThat(found.minus(odd)).isLessThan(a.durationStep());
    }

    @Test
    void aReleasedRecordIsThereHasNoHolderAndKeepsItsSignature() throws Exception {
        LeaseStore a = open("a");
        LeaseRecord released = released(1);
        replace(a, lock, create(a, lock, held("a", 1)), released);
        StoredRecord found = read(open("b"), lock);
        assertThat(found.kind()).isEqualTo(Kind.RECORD);
        assertThat(found.isHeld()).isFalse();
        assertThat(recordOf(found)).isEqualTo(released);
        assertThat(recordOf(found).isSigned()).isTrue();
    }

    @Test
    void aDeletedRecordIsFoundAbsent() throws Exception {
        LeaseStore a = open("a");
        create(a, lock, held("a", 1));
        deleteByHand(lock);
        assertThat(read(a, lock).kind()).isEqualTo(Kind.ABSENT);
        assertThat(read(open("b"), lock).kind()).isEqualTo(Kind.ABSENT);
    }

    @Test
    void whatAnotherConnectionWroteIsReadAtOnce() throws Exception {
        LeaseStore a = open("a");
        LeaseStore b = open("b");
        StoredRecord stored = create(a, lock, held("a", 1));
        for (int i = 2; i < 12; i++) {
            stored = replace(i % 2 == 0 ? b : a, lock, stored, held("m" + i, i));
            assertThat(read(i % 2 == 0 ? a : b, lock)).isEqualTo(stored);
        }
    }

    // ---- compare and set

    @Test
    void creationOverAnExistingRecordIsAConflictAndChangesNothing() throws Exception {
        LeaseStore a = open("a");
        LeaseStore b = open("b");
        StoredRecord absent = read(b, lock);
        StoredRecord written = create(a, lock, held("a", 1));
        assertConflict(write(b, lock, absent, held("b", 1)));
        assertThat(read(b, lock)).isEqualTo(written);
    }

    @Test
    void exactlyOneOfTwentyConcurrentCreationsWins() throws Exception {
        assertOneWins(read(open("reader"), lock));
    }

    @Test
    void exactlyOneOfTwentyConcurrentReplacementsOfOneVersionWins() throws Exception {
        LeaseStore a = open("a");
        StoredRecord first = create(a, lock, held("a", 1));
        assertOneWins(first);
        assertOneWins(read(a, lock));
    }

    @Test
    void exactlyOneOfTwentyConcurrentReplacementsOfAReleasedRecordWins() throws Exception {
        LeaseStore a = open("a");
        assertOneWins(replace(a, lock, create(a, lock, held("a", 1)), released(1)));
    }

    @Test
    void aStaleVersionIsAConflictAndChangesNothing() throws Exception {
        LeaseStore a = open("a");
        LeaseStore b = open("b");
        StoredRecord first = create(a, lock, held("a", 1));
        StoredRecord second = replace(a, lock, first, held("a", 2));
        assertConflict(write(b, lock, first, held("b", 3)));
        assertConflict(write(a, lock, first, held("a", 3)));
        assertThat(read(a, lock)).isEqualTo(second);
        assertThat(read(b, lock)).isEqualTo(second);
    }

    @Test
    void aWriteToADeletedRecordIsAConflictAndDoesNotCreateIt() throws Exception {
        LeaseStore a = open("a");
        StoredRecord first = create(a, lock, held("a", 1));
        StoredRecord second = replace(a, lock, first, held("a", 2));
        deleteByHand(lock);
        assertConflict(write(a, lock, second, held("a", 3)));
        assertConflict(write(open("b"), lock, first, held("b", 3)));
        assertThat(read(a, lock).kind()).isEqualTo(Kind.ABSENT);
    }

    @Test
    void whatExpectedADeletedRecordConflictsWithItsSuccessor() throws Exception {
        LeaseStore a = open("a");
        StoredRecord first = create(a, lock, held("a", 1));
        deleteByHand(lock);
        StoredRecord anew = create(open("b"), lock, held("a", 1));
        assertConflict(write(a, lock, first, held("a", 2)));
        assertThat(read(a, lock)).isEqualTo(anew);
    }

    @Test
    void theVersionWithoutTheIdentityOfARecreatedRecordIsAConflict() throws Exception {
        LeaseStore a = open("a");
        StoredRecord first = create(a, lock, held("a", 1));
        assumeTrue(first.identity() != null, "the store has no object identity");
        assumeTrue(comparesIdentity(), "this stand-in of the store does not compare it");
        deleteByHand(lock);
        StoredRecord anew = create(a, lock, held("a", 1));
        assertThat(anew.identity()).isNotEqualTo(first.identity());
        StoredRecord mixed = StoredRecord.of(recordOf(first), anew.revision(), first.identity());
        assertConflict(write(a, lock, mixed, held("a", 2)));
        assertThat(read(a, lock)).isEqualTo(anew);
    }

    @Test
    void whatSomebodyEditedConflictsWithWhatWasReadBefore() throws Exception {
        LeaseStore a = open("a");
        StoredRecord first = create(a, lock, held("a", 1));
        LeaseRecord edited = held("somebody", 7);
        assumeTrue(editByHand(lock, edited), "nobody can edit the records of this store");
        assertConflict(write(a, lock, first, held("a", 2)));
        StoredRecord found = read(a, lock);
        assertThat(found.record()).isEqualTo(edited);
        replace(a, lock, found, held("a", 8));
    }

    @Test
    void whatIsWrittenCanBeReplacedWithoutReadingIt() throws Exception {
        LeaseStore a = open("a");
        StoredRecord stored = create(a, lock, held("a", 1));
        for (int i = 2; i < 30; i++) {
            stored = replace(a, lock, stored, held("a", i));
        }
        assertThat(read(open("b"), lock)).isEqualTo(stored);
    }

    // ---- revisions

    @Test
    void revisionsRiseAcrossWritesReleaseDeletionAndCreation() throws Exception {
        LeaseStore a = open("a");
        LeaseStore b = open("b");
        List<Long> revisions = new ArrayList<>();
        StoredRecord stored = create(a, lock, held("a", 1));
        revisions.add(stored.revision());
        for (int i = 2; i < 6; i++) {
            stored = replace(i % 2 == 0 ? a : b, lock, stored, held("a", i));
            revisions.add(stored.revision());
        }
        stored = replace(a, lock, stored, released(5));
        revisions.add(stored.revision());
        stored = replace(b, lock, stored, held("b", 6));
        revisions.add(stored.revision());
        for (int i = 0; i < 3; i++) {
            deleteByHand(lock);
            stored = create(i % 2 == 0 ? a : b, lock, held("a", 7 + i));
            revisions.add(stored.revision());
            stored = replace(b, lock, stored, held("b", 8 + i));
            revisions.add(stored.revision());
        }
        assertThat(revisions).doesNotHaveDuplicates().isSorted().allMatch(revision -> revision > 0);
    }

    @Test
    void aRenewalThatChangesNothingButItsTimeRaisesTheRevision() throws Exception {
        LeaseStore a = open("a");
        StoredRecord first = create(a, lock, new LeaseRecord("a", sign(1, 10), steps(a, 15), 10, 10, 1));
        StoredRecord second = replace(a, lock, first, new LeaseRecord("a", sign(1, 11), steps(a, 15), 10, 11, 1));
        assertThat(second.revision()).isGreaterThan(first.revision());
        StoredRecord seen = read(open("b"), lock);
        assertThat(seen.revision()).isEqualTo(second.revision());
        assertThat(recordOf(seen).renewedAtMicros()).isEqualTo(11);
    }

    @Test
    void readingChangesNothing() throws Exception {
        LeaseStore a = open("a");
        StoredRecord stored = create(a, lock, held("a", 1));
        for (int i = 0; i < 3; i++) {
            assertThat(read(open("reader" + i), lock)).isEqualTo(stored);
        }
        replace(a, lock, stored, held("a", 2));
    }

    // ---- garbage

    @Test
    void garbageIsReportedAsGarbageAndCanBeReplacedUnderItsVersion() throws Exception {
        LeaseStore a = open("a");
        LeaseStore b = open("b");
        StoredRecord first = replace(a, lock, create(a, lock, held("a", 1)), held("a", 2));
        assumeTrue(garbleByHand(lock), "this store cannot hold garbage");
        StoredRecord garbage = read(b, lock);
        assertThat(garbage.kind()).isEqualTo(Kind.GARBAGE);
        assertThat(read(b, lock)).as("read again").isEqualTo(garbage);
        assertThat(read(a, lock)).as("read by another").isEqualTo(garbage);
        assertConflict(write(a, lock, first, held("a", 3)));
        assertThat(read(a, lock)).isEqualTo(garbage);
        StoredRecord mended = replace(b, lock, garbage, held("b", 3));
        assertThat(mended.revision()).isGreaterThan(first.revision());
        assertThat(read(a, lock)).isEqualTo(mended);
        assertConflict(write(a, lock, garbage, held("a", 3)));
    }

    @Test
    void garbageInTheFirstVersionCanBeReplacedToo() throws Exception {
        LeaseStore a = open("a");
        StoredRecord first = create(a, lock, held("a", 1));
        assumeTrue(garbleByHand(lock), "this store cannot hold garbage");
        StoredRecord garbage = read(a, lock);
        assertThat(garbage.kind()).isEqualTo(Kind.GARBAGE);
        assertConflict(write(a, lock, StoredRecord.absent(garbage.revision()), held("a", 2)));
        StoredRecord mended = replace(a, lock, garbage, held("b", 2));
        assertThat(mended.revision()).isGreaterThan(first.revision());
        StoredRecord next = replace(open("b"), lock, mended, held("b", 3));
        assertThat(read(a, lock)).isEqualTo(next);
    }

    @Test
    void exactlyOneOfTwentyConcurrentReplacementsOfGarbageWins() throws Exception {
        LeaseStore a = open("a");
        create(a, lock, held("a", 1));
        assumeTrue(garbleByHand(lock), "this store cannot hold garbage");
        assertOneWins(read(a, lock));
    }

    // ---- what is not known

    @Test
    void ofWritesWhoseRequestsAreLostNoneIsReportedDoneOrRefused() throws Exception {
        assumeTrue(loses(this::loseRequests), "no request to this store can be lost in a test");
        assertHonest(this::loseRequests, false);
    }

    @Test
    void ofWritesWhoseAnswersAreLostNoneIsReportedRefused() throws Exception {
        assumeTrue(loses(this::loseAnswers), "no answer of this store can be lost in a test");
        assertHonest(this::loseAnswers, true);
    }

    @Test
    void whatCannotBeReadIsNotReportedAbsentOrGarbage() throws Exception {
        LeaseStore a = open("a");
        StoredRecord stored = create(a, lock, held("a", 1));
        AutoCloseable loss = loseRequests();
        assumeTrue(loss != null, "no request to this store can be lost in a test");
        StoredRecord found;
        try (AutoCloseable losing = Objects.requireNonNull(loss)) {
            assertThat(losing).isNotNull();
            found = known(a.read(lock));
        }
        assertThat(found == null || found.equals(stored))
                .as("%s was found where %s is", found, stored)
                .isTrue();
        assertThat(read(a, lock)).as("read when it can be").isEqualTo(stored);
    }

    // ---- locks

    @Test
    void differentLockNamesNeverShareARecord() throws Exception {
        LeaseStore a = open("a");
        String longName = "l".repeat(300);
        List<String> names = new ArrayList<>();
        for (String name : List.of(
                "orders",
                "Orders",
                "ORDERS",
                "orders/eu",
                "orders%2feu",
                "orders-eu",
                "orders.eu",
                "orders eu",
                "orders.v1",
                "orders.v2",
                "orders.leader",
                "orders.epoch",
                "orders.tmp",
                "orders/",
                "/orders",
                "../orders",
                "..",
                ".",
                "/",
                "ä",
                "a\u0308",
                "日本語",
                "😀",
                "\u00df",
                "ss",
                "con",
                "a:b",
                "a?b",
                "a*b",
                longName,
                longName + "m",
                longName.substring(1) + "m",
                longName.replace('l', 'L'))) {
            names.add(name + lock); // what is before the difference
            names.add(lock + name); // and behind it
        }
        assertThat(names).doesNotHaveDuplicates();
        Map<String, StoredRecord> written = new HashMap<>();
        for (String name : names) {
            assertThat(read(a, name).kind()).as(name).isEqualTo(Kind.ABSENT);
            written.put(name, create(a, name, held("holder of " + names.indexOf(name), 1)));
        }
        LeaseStore b = open("b");
        for (String name : names) {
            assertThat(read(b, name)).as(name).isEqualTo(written.get(name));
        }
    }

    @Test
    void twoLocksDoNotDisturbEachOther() throws Exception {
        List<String> locks = List.of(lock, lock + "-other");
        List<LeaseStore> stores = List.of(open("a"), open("b"));
        List<Throwable> failures = inParallel(2, i -> {
            StoredRecord stored = create(stores.get(i), locks.get(i), held("m" + i, 1));
            for (int term = 2; term < 30; term++) {
                stored = replace(stores.get(i), locks.get(i), stored, held("m" + i, term));
            }
        });
        assertThat(failures).isEmpty();
        deleteByHand(locks.get(0));
        assertThat(read(stores.get(0), locks.get(0)).kind()).isEqualTo(Kind.ABSENT);
        assertThat(recordOf(read(stores.get(0), locks.get(1))).term()).isEqualTo(29);
    }

    @Test
    void forgettingALockLosesNothing() throws Exception {
        LeaseStore a = open("a");
        StoredRecord stored = create(a, lock, held("a", 1));
        a.forget(lock);
        a.forget(lock + "-never-seen");
        assertThat(read(a, lock)).isEqualTo(stored);
        replace(a, lock, stored, held("a", 2));
    }

    // ---- watches

    @Test
    void aWatchReportsWhatAnotherConnectionWroteOrTheStoreSaysWhyItDoesNotWatch() throws Exception {
        Heard heard = new Heard();
        LeaseStore a = open("a", heard);
        await("the store says whether it watches: open calls Listener.watching, with false and a reason if it cannot")
                .atMost(patience())
                .until(() -> heard.live != null);
        if (!Boolean.TRUE.equals(heard.live)) {
            assertThat(heard.reason)
                    .as("why it does not watch, with the way to mend it")
                    .isNotBlank();
            return;
        }
        read(a, lock); // a store may watch only what somebody asked for
        StoredRecord stored = create(open("b"), lock, held("b", 1));
        await().atMost(patience()).until(() -> heard.about(lock));
        heard.clear();
        replace(open("c"), lock, stored, held("b", 2));
        await().atMost(patience()).until(() -> heard.about(lock));
        heard.clear();
        deleteByHand(lock);
        await().atMost(patience()).until(() -> heard.about(lock));
    }

    // ---- life cycle

    @Test
    void afterCloseAndOpenAgainItWorksAndTheRecordIsStillThere() throws Exception {
        LeaseStore a = open("a");
        StoredRecord stored = create(a, lock, held("a", 1));
        a.close();
        a.open("a", new Heard());
        assertThat(read(a, lock)).isEqualTo(stored);
        replace(a, lock, stored, held("a", 2));
        a.close();
        a.close(); // once too often does no harm
        assertThat(recordOf(read(open("b"), lock)).term()).isEqualTo(2);
    }

    @Test
    void callsReturnAtOnce() throws Exception {
        LeaseStore a = open("a");
        assertReturnsAtOnce(() -> a.read(lock));
        StoredRecord absent = read(a, lock);
        assertReturnsAtOnce(() -> a.write(lock, absent, held("a", 1)));
    }

    @Test
    void callsReturnAtOnceEvenIfTheStoreIsSlow() throws Exception {
        LeaseStore a = open("a");
        StoredRecord absent = read(a, lock);
        AutoCloseable slow = slowDown();
        assumeTrue(slow != null, "the store cannot be slowed down here");
        CompletionStage<StoredRecord> reading;
        CompletionStage<Outcome> writing;
        try (AutoCloseable slowness = Objects.requireNonNull(slow)) {
            assertThat(slowness).isNotNull();
            reading = assertReturnsAtOnce(() -> a.read(lock));
            writing = assertReturnsAtOnce(() -> a.write(lock, absent, held("a", 1)));
            assertReturnsAtOnce(() -> a.read(lock + "-other"));
        }
        // What was slow is answered in the end, or said to be unknown; it does not stay open for ever.
        for (CompletionStage<?> call : List.of(reading, writing)) {
            await().atMost(patience()).until(() -> call.toCompletableFuture().isDone());
        }
    }

    // ---- helpers

    @AfterEach
    void closeConnections() {
        connections.forEach(LeaseStore::close);
    }

    private static synchronized String newLock() {
        return "contract-" + ProcessHandle.current().pid() + "-" + ++numbers;
    }

    private LeaseStore open(String member) throws Exception {
        return open(member, new Heard());
    }

    private LeaseStore open(String member, LeaseStore.Listener listener) throws Exception {
        LeaseStore store = connect();
        store.open(member, listener);
        synchronized (connections) {
            connections.add(store);
        }
        return store;
    }

    private <T> T answer(CompletionStage<T> call) throws Exception {
        return call.toCompletableFuture().get(patience().toMillis(), TimeUnit.MILLISECONDS);
    }

    private StoredRecord read(LeaseStore store, String of) throws Exception {
        return answer(store.read(of));
    }

    private Outcome write(LeaseStore store, String of, StoredRecord expected, LeaseRecord next) throws Exception {
        return answer(store.write(of, expected, next));
    }

    private StoredRecord create(LeaseStore store, String of, LeaseRecord record) throws Exception {
        return replace(store, of, read(store, of), record);
    }

    private StoredRecord replace(LeaseStore store, String of, StoredRecord expected, LeaseRecord next)
            throws Exception {
        Outcome outcome = write(store, of, expected, next);
        assertThat(outcome).as("%s in place of %s", next, expected).isInstanceOf(Outcome.Written.class);
        return ((Outcome.Written) outcome).stored();
    }

    @FunctionalInterface
    private interface Loss {
        @Nullable
        AutoCloseable begin() throws Exception;
    }

    private static boolean loses(Loss loss) throws Exception {
        AutoCloseable begun = loss.begin();
        if (begun != null) {
            begun.close();
        }
        return begun != null;
    }

    /** A creation, a renewal and a release, none of which is known to have been done. */
    private void assertHonest(Loss loss, boolean takesEffect) throws Exception {
        LeaseStore a = open("a");
        LeaseStore reader = open("reader");
        for (LeaseRecord next : List.of(held("a", 1), held("a", 2), released(2))) {
            StoredRecord before = read(a, lock);
            Outcome outcome;
            try (AutoCloseable losing = loss.begin()) {
                assertThat(losing).isNotNull();
                outcome = known(a.write(lock, before, next));
            }
            StoredRecord now = read(reader, lock);
            assertThat(next.equals(now.record()))
                    .as("%s was to be written, and %s is there", next, now)
                    .isEqualTo(takesEffect);
            assertThat(outcome instanceof Outcome.Conflict)
                    .as("refused, but nobody can know: %s in place of %s", next, before)
                    .isFalse();
            if (outcome instanceof Outcome.Written written) {
                assertThat(written.stored()).as("said to be written").isEqualTo(now);
            }
            if (!takesEffect) {
                replace(a, lock, now, next); // as the caller does after a look
            }
        }
    }

    /** What is answered; null if that is an exception, which says that nothing is known. */
    private <T> @Nullable T known(CompletionStage<T> call) throws Exception {
        try {
            return answer(call);
        } catch (ExecutionException e) {
            assertThat(e.getCause())
                    .as("a message with the way to mend it")
                    .message()
                    .isNotBlank();
            return null;
        }
    }

    private static void assertConflict(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Conflict.class);
    }

    private void assertOneWins(StoredRecord expected) throws Exception {
        List<LeaseStore> stores = new ArrayList<>();
        for (int i = 0; i < RIVALS; i++) {
            stores.add(open("rival" + connections.size()));
        }
        Map<Integer, Outcome> outcomes = new ConcurrentHashMap<>();
        // Not what the winner of an earlier race has written: a store may call that done without doing anything.
        long term = 100L + connections.size();
        List<Throwable> failures =
                inParallel(RIVALS, i -> outcomes.put(i, write(stores.get(i), lock, expected, held("rival" + i, term))));
        assertThat(failures).isEmpty();
        List<StoredRecord> won = outcomes.values().stream()
                .filter(Outcome.Written.class::isInstance)
                .map(outcome -> ((Outcome.Written) outcome).stored())
                .toList();
        assertThat(won).as("winners of %s", outcomes).hasSize(1);
        assertThat(outcomes).hasSize(RIVALS);
        for (LeaseStore store : stores) {
            assertThat(read(store, lock)).isEqualTo(won.get(0));
        }
    }

    @FunctionalInterface
    private interface Part {
        void run(int number) throws Exception;
    }

    private List<Throwable> inParallel(int parts, Part part) throws InterruptedException {
        CountDownLatch start = new CountDownLatch(1);
        List<Throwable> failures = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            int number = i;
            Thread thread = new Thread(() -> {
                try {
                    start.await();
                    part.run(number);
                } catch (Throwable t) {
                    synchronized (failures) {
                        failures.add(t);
                    }
                }
            });
            thread.start();
            threads.add(thread);
        }
        start.countDown();
        for (Thread thread : threads) {
            thread.join(3 * patience().toMillis());
            assertThat(thread.isAlive()).as("still running").isFalse();
        }
        return failures;
    }

    private <T> CompletionStage<T> assertReturnsAtOnce(Supplier<CompletionStage<T>> call) {
        long begin = System.nanoTime();
        CompletionStage<T> answer = call.get();
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .as("the caller was kept")
                .isLessThan(callBound());
        return answer;
    }

    private static LeaseRecord recordOf(StoredRecord stored) {
        LeaseRecord record = stored.record();
        if (record == null) {
            throw new AssertionError("a record was expected, but there is " + stored);
        }
        return record;
    }

    private static Signature sign(long term, long renewedAtMicros) {
        return new Signature("incarnation-1", term, renewedAtMicros, false);
    }

    private static Duration steps(LeaseStore store, int count) {
        return store.durationStep().multipliedBy(count);
    }

    /** A record that any step can hold. */
    private static LeaseRecord held(String member, long term) {
        long micros = 1_795_250_033_000_000L + term;
        return new LeaseRecord(member, sign(term, micros), Duration.ofSeconds(15), micros, micros, term);
    }

    private static LeaseRecord released(long term) {
        long micros = 1_795_250_034_000_000L + term;
        return new LeaseRecord(
                "", new Signature("incarnation-1", term, micros, true), Duration.ofSeconds(15), micros, micros, term);
    }

    /** What a connection was told. */
    private static final class Heard implements LeaseStore.Listener {
        private final Set<String> locks = ConcurrentHashMap.newKeySet();
        private volatile boolean all;
        volatile @Nullable Boolean live;
        volatile @Nullable String reason;

        boolean about(String lock) {
            return all || locks.contains(lock);
        }

        void clear() {
            all = false;
            locks.clear();
        }

        @Override
        public void changed(String lock, StoredRecord stored) {
            locks.add(lock);
        }

        @Override
        public void look(String lock) {
            locks.add(lock);
        }

        @Override
        public void lookAll() {
            all = true;
        }

        @Override
        public void watching(boolean isLive, @Nullable String why) {
            reason = why;
            live = isLive;
        }

        @Override
        public void members(List<String> ids) {}
    }
}
