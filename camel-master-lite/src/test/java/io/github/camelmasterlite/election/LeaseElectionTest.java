package io.github.camelmasterlite.election;

import static io.github.camelmasterlite.election.LeaseElectionDriver.ATTEMPT;
import static io.github.camelmasterlite.election.LeaseElectionDriver.B;
import static io.github.camelmasterlite.election.LeaseElectionDriver.L;
import static io.github.camelmasterlite.election.LeaseElectionDriver.LEAST;
import static io.github.camelmasterlite.election.LeaseElectionDriver.LOCK;
import static io.github.camelmasterlite.election.LeaseElectionDriver.MOST;
import static io.github.camelmasterlite.election.LeaseElectionDriver.S;
import static io.github.camelmasterlite.election.LeaseElectionDriver.TIMING;
import static io.github.camelmasterlite.election.LeaseElectionDriver.acquiring;
import static io.github.camelmasterlite.election.LeaseElectionDriver.emptied;
import static io.github.camelmasterlite.election.LeaseElectionDriver.following;
import static io.github.camelmasterlite.election.LeaseElectionDriver.followingB;
import static io.github.camelmasterlite.election.LeaseElectionDriver.held;
import static io.github.camelmasterlite.election.LeaseElectionDriver.heldByB;
import static io.github.camelmasterlite.election.LeaseElectionDriver.leading;
import static io.github.camelmasterlite.election.LeaseElectionDriver.lookingAfterConflict;
import static io.github.camelmasterlite.election.LeaseElectionDriver.released;
import static io.github.camelmasterlite.election.LeaseElectionDriver.releasedByB;
import static io.github.camelmasterlite.election.LeaseElectionDriver.releasing;
import static io.github.camelmasterlite.election.LeaseElectionDriver.renewing;
import static io.github.camelmasterlite.election.LeaseElectionDriver.stopped;
import static io.github.camelmasterlite.election.LeaseElectionDriver.stoppingWork;
import static io.github.camelmasterlite.election.LeaseElectionDriver.timing;
import static io.github.camelmasterlite.election.LeaseElectionDriver.unsigned;
import static io.github.camelmasterlite.election.LeaseElectionDriver.watchingB;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.election.LeaseElectionDriver.Sent;
import io.github.camelmasterlite.election.LeaseElectionDriver.Store;
import io.github.camelmasterlite.election.LeaseRecord.Signature;
import java.io.IOException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules, event by event. The first class mirrors the transition table of {@link LeaseElection} row by row, the others the laws by their numbers. */
@NullUnmarked
class LeaseElectionTest {

    private static final Path RULES = Path.of("src/main/java/io/github/camelmasterlite/election/LeaseElection.java");
    private static final Duration NANO = Duration.ofNanos(1);
    private static final Duration RETRY = TIMING.retryPeriod();
    private static final Duration RENEWAL = Duration.ofNanos(TIMING.renewIntervalNanos());

    /** The row of the transition table that a test mirrors. */
    @Retention(RetentionPolicy.RUNTIME)
    private @interface Row {
        int value();

        String from();

        String event();

        String to();
    }

    /** What ends leadership at once when it is found. */
    enum NotOurs {
        HELD_BY_ANOTHER(a -> a.put(heldByB(1))),
        HELD_BY_OUR_NAME_UNSIGNED(a -> a.put(unsigned("a", L, a.wallMicros))),
        HELD_BY_ANOTHER_INCARNATION_OF_OUR_NAME(a -> a.put(held("a", "a-2", L, 9, a.wallMicros))),
        HELD_BY_ANOTHER_WITH_OUR_LEFTOVER_SIGNATURE(
                a -> a.put(new LeaseRecord("b", new Signature("a-1", 1, 1, false), L, 5, 5, 2))),
        HELD_BY_OUR_NAME_WITH_OUR_LEFTOVER_SIGNATURE(
                a -> a.put(new LeaseRecord("a", new Signature("a-1", 1, 1, false), L, 5, 5, 2))),
        ABSENT(LeaseElectionDriver::delete),
        GARBAGE(LeaseElectionDriver::garble),
        EMPTIED(a -> a.put(emptied(a.wallMicros)));

        @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
        private final Consumer<LeaseElectionDriver> happens;

        NotOurs(Consumer<LeaseElectionDriver> happens) {
            this.happens = happens;
        }

        LeaseElectionDriver in(LeaseElectionDriver a) {
            happens.accept(a);
            return a;
        }
    }

    /** What is not a holder and not a release. */
    enum Vanished {
        ABSENT(LeaseElectionDriver::delete),
        GARBAGE(LeaseElectionDriver::garble),
        EMPTIED_UNSIGNED(a -> a.put(emptied(2))),
        EMPTIED_WITH_A_LEFTOVER_SIGNATURE(
                a -> a.put(new LeaseRecord("", new Signature("b-1", 7, 1, false), L, 2, 2, 7))),
        EMPTIED_WITH_THE_SIGNATURE_OF_AN_EARLIER_RELEASE(
                a -> a.put(new LeaseRecord("", new Signature("b-1", 6, 1, true), L, 2, 2, 7))),
        RELEASED_BY_AN_EARLIER_INCARNATION(a -> a.put(released("b-0", 6, 2))),
        RELEASED_BY_ANOTHER_INCARNATION_OF_THE_TERM(a -> a.put(released("c-1", 7, 2)));

        @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
        private final Consumer<LeaseElectionDriver> happens;

        Vanished(Consumer<LeaseElectionDriver> happens) {
            this.happens = happens;
        }

        LeaseElectionDriver in(LeaseElectionDriver a) {
            happens.accept(a);
            return a;
        }
    }

    /** How a member leaves in order. */
    enum Leaving {
        RESIGN(a -> a.resign(Duration.ofSeconds(5))),
        STAND_DOWN(LeaseElectionDriver::standDown),
        WITHDRAW(LeaseElectionDriver::withdraw);

        @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
        private final Consumer<LeaseElectionDriver> happens;

        Leaving(Consumer<LeaseElectionDriver> happens) {
            this.happens = happens;
        }

        LeaseElectionDriver in(LeaseElectionDriver a) {
            happens.accept(a);
            return a;
        }
    }

    /** How a call fails without an answer. */
    enum Failure {
        UNKNOWN(LeaseElectionDriver::unknown),
        FAILED(LeaseElectionDriver::failed),
        OVERDUE(LeaseElectionDriver::overdue);

        @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
        private final Consumer<LeaseElectionDriver> happens;

        Failure(Consumer<LeaseElectionDriver> happens) {
            this.happens = happens;
        }

        LeaseElectionDriver in(LeaseElectionDriver a) {
            happens.accept(a);
            return a;
        }
    }

    @Nested
    class Table {

        @Row(value = 1, from = "FOLLOWING", event = "nothing known, any hint, silence, error", to = "FOLLOWING")
        @Test
        void followingNothingKnownReads() {
            LeaseElectionDriver a = following();
            assertThat(a.called()).isEqualTo(Operation.READ);
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
        }

        @Row(value = 1, from = "FOLLOWING", event = "nothing known, any hint, silence, error", to = "FOLLOWING")
        @Test
        void followingAHintReadsAtOnce() {
            assertThat(followingB().look().called()).isEqualTo(Operation.READ);
        }

        @Row(value = 1, from = "FOLLOWING", event = "nothing known, any hint, silence, error", to = "FOLLOWING")
        @Test
        void followingAHintDuringAReadReadsAgainBecauseTheReadMayBeOlder() {
            LeaseElectionDriver a = followingB().look().look();
            assertThat(a.called()).isNull();
            assertThat(a.found().called()).isEqualTo(Operation.READ);
            assertThat(a.found().called()).isNull();
        }

        @Row(value = 1, from = "FOLLOWING", event = "nothing known, any hint, silence, error", to = "FOLLOWING")
        @Test
        void followingSilenceReads() {
            LeaseElectionDriver a = watchingB();
            a.until(Operation.READ);
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
        }

        @Row(value = 1, from = "FOLLOWING", event = "nothing known, any hint, silence, error", to = "FOLLOWING")
        @ParameterizedTest
        @EnumSource(Failure.class)
        void followingAnErrorReadsAgain(Failure failure) {
            LeaseElectionDriver a = failure.in(following().mark());
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
            assertThat(a.standing().problem()).isNotNull();
            a.until(Operation.READ);
            assertThat(a.since()).as("counted from the attempt").isEqualTo(ATTEMPT);
            assertThat(a.found(heldByB(1)).standing().problem()).isNull();
        }

        @Row(value = 2, from = "FOLLOWING", event = "found held by another", to = "FOLLOWING")
        @Test
        void followingFoundHeldPublishesWhoLeadsAndWaitsItsDuration() {
            LeaseElectionDriver a = followingB();
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
            assertThat(a.publishes()).isTrue();
            assertThat(a.standing().leader()).isEqualTo("b");
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L);
        }

        @Row(value = 2, from = "FOLLOWING", event = "found held by another", to = "FOLLOWING")
        @Test
        void followingFoundRenewedWaitsFromThen() {
            LeaseElectionDriver a = followingB().after(Duration.ofSeconds(14)).look();
            a.found(heldByB(2)).mark();
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L);
        }

        @Row(
                value = 3,
                from = "FOLLOWING",
                event = "found released, or absent or empty and no holder ever seen",
                to = "FOLLOWING")
        @Test
        void followingFoundReleasedAcquires() {
            LeaseElectionDriver a = followingB().look().found(releasedByB(2)).mark();
            assertThat(a.standing().leader()).isNull();
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isLessThanOrEqualTo(Duration.ofMillis(10));
            assertThat(a.write().expected()).isEqualTo(a.stored);
            assertThat(a.write().next().term()).isEqualTo(8);
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
        }

        @Row(
                value = 3,
                from = "FOLLOWING",
                event = "found released, or absent or empty and no holder ever seen",
                to = "FOLLOWING")
        @Test
        void followingFoundAbsentAndNoHolderEverSeenAcquires() {
            LeaseElectionDriver a = following().found().mark();
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isLessThanOrEqualTo(Duration.ofMillis(10));
            assertThat(a.write().expected().kind()).isEqualTo(StoredRecord.Kind.ABSENT);
        }

        @Row(
                value = 3,
                from = "FOLLOWING",
                event = "found released, or absent or empty and no holder ever seen",
                to = "FOLLOWING")
        @Test
        void followingFoundEmptyAndNoHolderEverSeenAcquires() {
            LeaseElectionDriver a = following().found(emptied(1)).mark();
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isLessThanOrEqualTo(Duration.ofMillis(10));
        }

        @Row(
                value = 4,
                from = "FOLLOWING",
                event = "found absent, garbage or emptied by somebody else after a holder was seen",
                to = "FOLLOWING")
        @ParameterizedTest
        @EnumSource(Vanished.class)
        void followingFoundVanishedAfterAHolderWaitsTheDurationOfThatHolder(Vanished vanished) {
            LeaseElectionDriver a =
                    vanished.in(followingB().after(Duration.ofSeconds(3)).look());
            a.found().mark();
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L);
        }

        @Row(value = 5, from = "FOLLOWING", event = "the wait is over", to = "FOLLOWING")
        @Test
        void followingTheWaitIsOverReadsAndAcquiresIfNothingHasChanged() {
            LeaseElectionDriver a = watchingB().until(L.minus(NANO), Store.ANSWERS);
            assertThat(a.atDeadline().called()).isEqualTo(Operation.READ);
            assertThat(a.since()).isEqualTo(L);
            assertThat(a.found().until(Operation.ACQUIRE).write().expected()).isEqualTo(a.stored);
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
        }

        @Row(value = 5, from = "FOLLOWING", event = "the wait is over", to = "FOLLOWING")
        @Test
        void followingTheWaitIsOverButTheHolderHasRenewedWaitsAgain() {
            LeaseElectionDriver a = followingB().after(L).tick();
            assertThat(a.called()).isEqualTo(Operation.READ);
            a.found(heldByB(2)).mark();
            assertThat(a.called()).isNull();
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L);
        }

        @Row(value = 6, from = "FOLLOWING", event = "a watch reports a newer record", to = "FOLLOWING")
        @Test
        void followingAWatchReportsARenewalWaitsLonger() {
            LeaseElectionDriver a = watchingB().after(Duration.ofSeconds(9));
            a.changed(a.put(heldByB(2))).mark();
            assertThat(a.called()).isNull();
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L);
        }

        @Row(value = 6, from = "FOLLOWING", event = "a watch reports a newer record", to = "FOLLOWING")
        @Test
        void followingAWatchReportsTheReleaseOfTheLastHolderAcquiresWithoutReading() {
            LeaseElectionDriver a = watchingB();
            int reads = a.sent(Operation.READ).size();
            a.changed(a.put(releasedByB(2))).until(Operation.ACQUIRE);
            assertThat(a.sent(Operation.READ)).hasSize(reads);
            assertThat(a.written().phase()).isEqualTo(Phase.LEADING);
        }

        @Row(value = 6, from = "FOLLOWING", event = "a watch reports a newer record", to = "FOLLOWING")
        @Test
        void followingAWatchReportsAnythingElseReads() {
            LeaseElectionDriver a = watchingB();
            a.changed(a.put(emptied(2)));
            assertThat(a.called()).isEqualTo(Operation.READ);
            assertThat(a.found().phase()).isEqualTo(Phase.FOLLOWING);
        }

        @Row(value = 7, from = "FOLLOWING", event = "written, within the renew deadline", to = "LEADING")
        @Test
        void followingWrittenLeads() {
            LeaseElectionDriver a = acquiring().after(B.minus(NANO)).written();
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.leads()).isTrue();
            assertThat(a.standing().leader()).isEqualTo("a");
            assertThat(a.effects.get(0)).as("visible before work may start").isInstanceOf(Effect.Publish.class);
            assertThat(a.lastStarted()).isEqualTo(a.standing().tenure());
        }

        @Row(value = 8, from = "FOLLOWING", event = "written, too late or found to be ours after all", to = "FOLLOWING")
        @Test
        void followingWrittenTooLateAcquiresAgainWithAHigherTerm() {
            LeaseElectionDriver a = acquiring().after(B).written();
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
            assertThat(a.startsWork()).isFalse();
            a.until(Operation.ACQUIRE);
            assertThat(a.write().expected()).isEqualTo(a.stored);
            assertThat(a.write().next().term()).isEqualTo(2);
            assertThat(a.written().phase()).isEqualTo(Phase.LEADING);
        }

        @Row(value = 8, from = "FOLLOWING", event = "written, too late or found to be ours after all", to = "FOLLOWING")
        @ParameterizedTest
        @EnumSource(Failure.class)
        void followingFoundToBeOursAfterAllAcquiresAgainWithAHigherTerm(Failure failure) {
            LeaseElectionDriver a = failure.in(acquiring().applied());
            a.until(Operation.READ).found().until(Operation.ACQUIRE);
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
            assertThat(a.write().expected()).isEqualTo(a.stored);
            assertThat(a.write().next().term()).isEqualTo(2);
            assertThat(a.written().phase()).isEqualTo(Phase.LEADING);
        }

        @Row(
                value = 9,
                from = "FOLLOWING",
                event = "written or found to be ours, but no longer wanted",
                to = "RELEASING")
        @ParameterizedTest
        @EnumSource(Leaving.class)
        void followingWrittenButNoLongerWantedReleases(Leaving leaving) {
            LeaseElectionDriver a = leaving.in(acquiring()).written();
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            assertThat(a.called()).isEqualTo(Operation.RELEASE);
            assertThat(a.startsWork()).isFalse();
        }

        @Row(
                value = 9,
                from = "FOLLOWING",
                event = "written or found to be ours, but no longer wanted",
                to = "RELEASING")
        @ParameterizedTest
        @EnumSource(Leaving.class)
        void followingFoundToBeOursButNoLongerWantedReleases(Leaving leaving) {
            LeaseElectionDriver a = leaving.in(acquiring()).applied().overdue();
            a.until(Operation.READ).found();
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            assertThat(a.called()).isEqualTo(Operation.RELEASE);
        }

        @Row(value = 10, from = "FOLLOWING", event = "withdraw, nothing written or in doubt", to = "STOPPED")
        @Test
        void followingWithdrawStops() {
            LeaseElectionDriver a = followingB().withdraw();
            assertThat(a.phase()).isEqualTo(Phase.STOPPED);
            assertThat(a.called()).isNull();
            assertThat(a.election.deadlineNanos()).isNull();
        }

        @Row(value = 10, from = "FOLLOWING", event = "withdraw, nothing written or in doubt", to = "STOPPED")
        @Test
        void followingWithdrawDuringAReadStopsAndItsAnswerMeansNothing() {
            LeaseElectionDriver a = following().withdraw();
            assertThat(a.phase()).isEqualTo(Phase.STOPPED);
            assertThat(a.found().effects).isEmpty();
            assertThat(a.phase()).isEqualTo(Phase.STOPPED);
        }

        @Row(value = 11, from = "FOLLOWING", event = "withdraw, a write in doubt", to = "RELEASING")
        @ParameterizedTest
        @EnumSource(Failure.class)
        void followingWithdrawWithAWriteInDoubtReads(Failure failure) {
            LeaseElectionDriver a = failure.in(acquiring().applied()).withdraw();
            assertThat(a.phase()).isNotEqualTo(Phase.STOPPED);
            assertThat(a.inFlightOperation()).isEqualTo(Operation.READ);
            assertThat(a.found().called()).isEqualTo(Operation.RELEASE);
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            assertThat(a.written().phase()).isEqualTo(Phase.STOPPED);
        }

        @Row(value = 12, from = "LEADING", event = "renewal due", to = "LEADING")
        @Test
        void leadingRenewalDueRenews() {
            LeaseElectionDriver a = leading().until(RENEWAL.minus(NANO), Store.ANSWERS);
            assertThat(a.sent()).isEmpty();
            a.until(RENEWAL, Store.HANGS);
            assertThat(a.inFlightOperation()).isEqualTo(Operation.RENEW);
            assertThat(a.write().expected()).isEqualTo(a.stored);
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
        }

        @Row(value = 13, from = "LEADING", event = "renewal written", to = "LEADING")
        @Test
        void leadingRenewalWrittenPublishesTheLongerAuthority() {
            LeaseElectionDriver a = renewing().written();
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.publishes()).isTrue();
            assertThat(a.authority()).isEqualTo(RENEWAL.plus(B));
            assertThat(a.startsWork()).as("the same tenure").isFalse();
        }

        @Row(value = 14, from = "LEADING", event = "renewal failed or overdue", to = "LEADING")
        @ParameterizedTest
        @EnumSource(Failure.class)
        void leadingRenewalFailedOrOverduePublishesTheProblemAndRenewsAgain(Failure failure) {
            LeaseElectionDriver a = failure.in(renewing());
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.publishes()).isTrue();
            assertThat(a.standing().problem()).isNotNull();
            assertThat(a.leads()).isTrue();
            a.until(Operation.RENEW);
            assertThat(a.since()).isEqualTo(RENEWAL.plus(ATTEMPT));
            assertThat(a.written().standing().problem()).isNull();
        }

        @Row(value = 15, from = "LEADING", event = "renewal in conflict", to = "LEADING")
        @Test
        void leadingRenewalInConflictReadsAndRenewsIfItIsStillOurs() {
            LeaseElectionDriver a = renewing();
            a.put(a.stored.record()); // somebody touched metadata only
            assertThat(a.conflict().called()).isEqualTo(Operation.READ);
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.found().called()).isEqualTo(Operation.RENEW);
            assertThat(a.write().expected()).isEqualTo(a.stored);
            assertThat(a.written().phase()).isEqualTo(Phase.LEADING);
        }

        @Row(value = 16, from = "LEADING", event = "clock jump, pause", to = "LEADING")
        @Test
        void leadingClockJumpPublishesSuspendedAuthorityAndRenews() {
            LeaseElectionDriver a = leading().jump(Duration.ofSeconds(1)).tick();
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.publishes()).isTrue();
            assertThat(a.leads()).isFalse();
            assertThat(a.stopsWork()).isFalse();
            assertThat(a.called()).isEqualTo(Operation.RENEW);
            assertThat(a.written().leads()).isTrue();
        }

        @Row(value = 16, from = "LEADING", event = "clock jump, pause", to = "LEADING")
        @Test
        void leadingPausePublishesSuspendedAuthorityAndRenews() {
            LeaseElectionDriver a = leading().paused(Duration.ofSeconds(2));
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.publishes()).isTrue();
            assertThat(a.leads()).isFalse();
            assertThat(a.stopsWork()).isFalse();
            assertThat(a.called()).isEqualTo(Operation.RENEW);
            assertThat(a.written().leads()).isTrue();
        }

        @Row(value = 17, from = "LEADING", event = "renew deadline", to = "STOPPING_WORK")
        @Test
        void leadingRenewDeadlineStopsWork() {
            LeaseElectionDriver a = leading().until(B.minus(NANO), Store.FAILS);
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.leads()).isTrue();
            a.atDeadline();
            assertThat(a.since()).isEqualTo(B);
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.stopsWork()).isTrue();
            assertThat(a.effects.get(0))
                    .as("visible before work is told to stop")
                    .isInstanceOf(Effect.Publish.class);
        }

        @Row(
                value = 18,
                from = "LEADING",
                event = "found another holder, absence, garbage, emptiness; a watch reports another holder",
                to = "STOPPING_WORK")
        @ParameterizedTest
        @EnumSource(NotOurs.class)
        void leadingFoundNotOursStopsWork(NotOurs notOurs) {
            LeaseElectionDriver a = notOurs.in(lookingAfterConflict()).found();
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.stopsWork()).isTrue();
            assertThat(a.leads()).isFalse();
            assertThat(a.effects.get(0))
                    .as("visible before work is told to stop")
                    .isInstanceOf(Effect.Publish.class);
        }

        @Row(
                value = 18,
                from = "LEADING",
                event = "found another holder, absence, garbage, emptiness; a watch reports another holder",
                to = "STOPPING_WORK")
        @Test
        void leadingAWatchReportsAnotherHolderStopsWork() {
            LeaseElectionDriver a = leading();
            a.changed(a.put(heldByB(1)));
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.stopsWork()).isTrue();
            assertThat(a.standing().leader()).isNotEqualTo("a");
        }

        @Row(value = 19, from = "LEADING", event = "resign, stand down, withdraw", to = "STOPPING_WORK")
        @ParameterizedTest
        @EnumSource(Leaving.class)
        void leadingLeavingStopsWorkAndGoesOnRenewing(Leaving leaving) {
            LeaseElectionDriver a = leaving.in(leading());
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.stopsWork()).isTrue();
            assertThat(a.leads()).isFalse();
            assertThat(a.effects.get(0))
                    .as("visible before work is told to stop")
                    .isInstanceOf(Effect.Publish.class);
            a.until(Operation.RENEW);
            assertThat(a.since()).isEqualTo(RENEWAL);
            assertThat(a.written().phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.leads()).isFalse();
        }

        @Row(value = 20, from = "STOPPING_WORK", event = "work stopped, the record may be ours", to = "RELEASING")
        @Test
        void stoppingWorkWorkStoppedReleases() {
            LeaseElectionDriver a = stoppingWork().workStopped();
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            assertThat(a.called()).isEqualTo(Operation.RELEASE);
            assertThat(a.write().expected()).isEqualTo(a.stored);
        }

        @Row(value = 20, from = "STOPPING_WORK", event = "work stopped, the record may be ours", to = "RELEASING")
        @Test
        void stoppingWorkWorkStoppedReadsFirstIfAWriteIsInDoubt() {
            LeaseElectionDriver a = renewing().applied().unknown().standDown().workStopped();
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            assertThat(a.called()).isEqualTo(Operation.READ);
            assertThat(a.found().called()).isEqualTo(Operation.RELEASE);
            assertThat(a.write().expected()).isEqualTo(a.stored);
        }

        @Row(
                value = 21,
                from = "STOPPING_WORK",
                event = "work stopped, the record is another's",
                to = "FOLLOWING or STOPPED")
        @ParameterizedTest
        @EnumSource(NotOurs.class)
        void stoppingWorkWorkStoppedFollowsIfTheRecordIsAnothers(NotOurs notOurs) {
            LeaseElectionDriver a =
                    notOurs.in(lookingAfterConflict()).found().mark().workStopped();
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
            assertThat(a.publishes()).isTrue();
            assertThat(a.sent(Operation.RELEASE)).isEmpty();
        }

        @Row(
                value = 21,
                from = "STOPPING_WORK",
                event = "work stopped, the record is another's",
                to = "FOLLOWING or STOPPED")
        @ParameterizedTest
        @EnumSource(NotOurs.class)
        void stoppingWorkWorkStoppedStopsIfTheRecordIsAnothersAndWithdrawn(NotOurs notOurs) {
            LeaseElectionDriver a = notOurs.in(lookingAfterConflict()).found().mark();
            a.withdraw();
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            a.workStopped();
            assertThat(a.phase()).isEqualTo(Phase.STOPPED);
            assertThat(a.sent(Operation.RELEASE)).isEmpty();
        }

        @Row(
                value = 22,
                from = "STOPPING_WORK",
                event = "work has not stopped within the stop budget",
                to = "STOPPING_WORK")
        @Test
        void stoppingWorkOverrunPublishesTheProblem() {
            LeaseElectionDriver a = lookingAfterConflict().found(heldByB(1)).mark();
            a.until(S.minus(NANO), Store.ANSWERS);
            assertThat(a.standing().problem()).isNull();
            a.until(S, Store.ANSWERS);
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.publishes()).isTrue();
            assertThat(a.standing().problem()).contains(LOCK, "2000 ms");
        }

        @Row(
                value = 23,
                from = "RELEASING",
                event = "release written, or found to be another's, or its duration has passed",
                to = "FOLLOWING or STOPPED")
        @Test
        void releasingWrittenFollows() {
            LeaseElectionDriver a = releasing().written();
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
            assertThat(a.publishes()).isTrue();
            assertThat(a.standing().leader()).isNull();
        }

        @Row(
                value = 23,
                from = "RELEASING",
                event = "release written, or found to be another's, or its duration has passed",
                to = "FOLLOWING or STOPPED")
        @Test
        void releasingWrittenStopsIfWithdrawn() {
            LeaseElectionDriver a = leading().withdraw().workStopped().written();
            assertThat(a.phase()).isEqualTo(Phase.STOPPED);
            assertThat(a.publishes()).isTrue();
            assertThat(a.election.deadlineNanos()).isNull();
        }

        @Row(
                value = 23,
                from = "RELEASING",
                event = "release written, or found to be another's, or its duration has passed",
                to = "FOLLOWING or STOPPED")
        @ParameterizedTest
        @EnumSource(NotOurs.class)
        void releasingFoundToBeAnothersFollows(NotOurs notOurs) {
            LeaseElectionDriver a = notOurs.in(releasing()).conflict().found();
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
            assertThat(a.sent(Operation.RELEASE)).isEmpty();
        }

        @Row(
                value = 23,
                from = "RELEASING",
                event = "release written, or found to be another's, or its duration has passed",
                to = "FOLLOWING or STOPPED")
        @Test
        void releasingItsDurationHasPassedFollows() {
            LeaseElectionDriver a = leading().standDown().workStopped();
            a.until(L.minus(NANO), Store.FAILS);
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            a.until(L.plus(ATTEMPT), Store.FAILS);
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
        }

        @Row(value = 24, from = "RELEASING", event = "release failed, overdue or in conflict", to = "RELEASING")
        @ParameterizedTest
        @EnumSource(Failure.class)
        void releasingFailedOrOverdueReadsAndReleasesIfItIsOurs(Failure failure) {
            LeaseElectionDriver a = failure.in(releasing());
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            a.until(Operation.READ);
            assertThat(a.since()).isLessThanOrEqualTo(ATTEMPT);
            assertThat(a.found().called()).isEqualTo(Operation.RELEASE);
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
        }

        @Row(value = 24, from = "RELEASING", event = "release failed, overdue or in conflict", to = "RELEASING")
        @Test
        void releasingInConflictReadsAndReleasesIfItIsOurs() {
            LeaseElectionDriver a = releasing();
            a.put(a.stored.record()); // somebody touched metadata only
            assertThat(a.conflict().called()).isEqualTo(Operation.READ);
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            assertThat(a.found().called()).isEqualTo(Operation.RELEASE);
            assertThat(a.write().expected()).isEqualTo(a.stored);
        }
    }

    @Test
    void everyRowOfTheTableHasItsTest() throws IOException {
        List<String> rows = new ArrayList<>();
        Matcher row = Pattern.compile("<tr><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td><td>.*</td></tr>")
                .matcher(Files.readString(RULES));
        while (row.find()) {
            rows.add((rows.size() + 1) + ". " + row.group(1) + ", " + row.group(2) + " -> " + row.group(3));
        }
        List<String> tested = Arrays.stream(Table.class.getDeclaredMethods())
                .map((Method method) -> method.getAnnotation(Row.class))
                .filter(mirrored -> mirrored != null)
                .sorted(Comparator.comparingInt(Row::value))
                .map(mirrored ->
                        mirrored.value() + ". " + mirrored.from() + ", " + mirrored.event() + " -> " + mirrored.to())
                .distinct()
                .toList();
        assertThat(rows).hasSizeGreaterThan(20);
        assertThat(tested).isEqualTo(rows);
    }

    @Nested
    class Law1OwnTenureCountsFromTheSend {

        @Test
        void authorityCountsFromTheSendOfTheAcquisition() {
            LeaseElectionDriver a = acquiring().after(Duration.ofMillis(1_500)).written();
            assertThat(a.authority()).isEqualTo(B);
        }

        @Test
        void authorityCountsFromTheSendOfTheRenewal() {
            LeaseElectionDriver a = renewing().after(Duration.ofMillis(1_500)).written();
            assertThat(a.authority()).isEqualTo(RENEWAL.plus(B));
        }

        @Test
        void theNextRenewalIsDueFromTheSendToo() {
            LeaseElectionDriver a = renewing().after(Duration.ofMillis(1_500)).written();
            a.until(Operation.RENEW);
            assertThat(a.since()).isEqualTo(RENEWAL.multipliedBy(2));
        }

        @Test
        void authorityEndsAtUseWithoutAnybodyTicking() {
            LeaseElectionDriver a = leading().after(B.minus(NANO));
            assertThat(a.leads()).isTrue();
            assertThat(a.after(NANO).leads()).isFalse();
        }

        @Test
        void aReadThatFindsTheRecordOursMovesNothing() {
            LeaseElectionDriver a = renewing();
            a.put(a.stored.record());
            a.conflict().found();
            assertThat(a.authority()).isEqualTo(B);
            a.until(B, Store.FAILS);
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
        }

        @Test
        void anUnknownOutcomeExtendsNothing() {
            LeaseElectionDriver a = renewing().applied().unknown();
            assertThat(a.authority()).isEqualTo(B);
        }

        @Test
        void aWriteInDoubtFoundAppliedCountsFromTheEarliestSendInDoubt() {
            LeaseElectionDriver a =
                    renewing().overdue().until(Operation.RENEW).applied().overdue();
            a.until(Operation.RENEW).conflict().found();
            assertThat(a.authority())
                    .as("it is not known which of the two was applied")
                    .isEqualTo(RENEWAL.plus(B));
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
        }

        @Test
        void aWriteInDoubtFoundNotAppliedExtendsNothing() {
            LeaseElectionDriver a = renewing().unknown().until(Operation.RENEW);
            a.put(a.stored.record());
            a.conflict().found();
            assertThat(a.authority()).isEqualTo(B);
        }

        @Test
        void aSettledDoubtIsForgotten() {
            LeaseElectionDriver a = renewing().unknown().until(Operation.RENEW).written();
            assertThat(a.authority()).isEqualTo(RENEWAL.plus(ATTEMPT).plus(B));
            a.until(Operation.RENEW);
            Duration second = a.since();
            a.applied().overdue().until(Operation.RENEW).conflict().found();
            assertThat(a.authority()).isEqualTo(second.plus(B));
        }

        @Test
        void aLateConfirmationDoesNotRevive() {
            LeaseElectionDriver a = renewing().after(B).written();
            assertThat(a.leads()).isFalse();
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.stopsWork()).isTrue();
        }

        @Test
        void aConfirmationAtTheVeryDeadlineIsLate() {
            LeaseElectionDriver a = renewing();
            a.after(B.minus(a.since())).written();
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
        }

        @Test
        void aConfirmationAfterTheLapseMovesOnlyTheVersion() {
            LeaseElectionDriver a = renewing();
            a.after(B.minus(a.since())).tick();
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            a.written();
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.leads()).isFalse();
            a.workStopped();
            assertThat(a.called()).isEqualTo(Operation.RELEASE);
            assertThat(a.write().expected()).isEqualTo(a.stored);
        }

        @Test
        void aWriteInDoubtFoundAppliedTooLateDoesNotRevive() {
            LeaseElectionDriver a =
                    renewing().applied().overdue().until(Operation.RENEW).conflict();
            a.after(B).found();
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.leads()).isFalse();
        }

        @Test
        void aTickIsWantedByTheEndOfAuthority() {
            LeaseElectionDriver a = renewing();
            while (a.phase() == Phase.LEADING) {
                assertThat(a.election.deadlineNanos() - a.standing().authorityUntilNanos())
                        .isLessThanOrEqualTo(0);
                a.atDeadline();
            }
            assertThat(a.since()).isEqualTo(B);
        }

        @ParameterizedTest
        @EnumSource(
                value = Phase.class,
                mode = EnumSource.Mode.EXCLUDE,
                names = {"CLAIMING", "SETTLING"}) // phases of other rules
        void aReplyWithAnotherIdMeansNothing(Phase phase) {
            LeaseElectionDriver a = everyPhase().get(phase).get();
            Standing before = a.standing();
            Long due = a.election.deadlineNanos();
            List<LeaseReply> replies = List.of(
                    new LeaseReply.Found(StoredRecord.of(heldByB(99), 9_999, "uid-1")),
                    new LeaseReply.Written(StoredRecord.of(held("a", "a-1", L, 1, 99), 9_999, "uid-1")),
                    new LeaseReply.Conflict(),
                    new LeaseReply.Unknown("late"));
            for (LeaseReply reply : replies) {
                assertThat(a.on(new Event.Reply<>(-7, reply)).effects).isEmpty();
            }
            assertThat(a.on(new Event.Failed<>(-7, "late")).effects).isEmpty();
            assertThat(a.on(new Event.Overdue<>(-7, 1)).effects).isEmpty();
            assertThat(a.standing()).isEqualTo(before);
            assertThat(a.election.deadlineNanos()).isEqualTo(due);
        }

        @Test
        void anAcquisitionWrittenAfterItWasGivenUpMeansNothing() {
            LeaseElectionDriver a = acquiring();
            long late = a.inFlightId();
            a.applied().overdue();
            a.on(new Event.Reply<>(late, new LeaseReply.Written(a.stored)));
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
            assertThat(a.startsWork()).isFalse();
        }
    }

    @Nested
    class Law2OthersTenureCountsFromOwnObservation {

        @Test
        void theWaitCountsFromTheArrivalOfTheAnswer() {
            LeaseElectionDriver a =
                    following().after(Duration.ofSeconds(1)).found(heldByB(1)).mark();
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L);
        }

        @Test
        void noWallClockIsEverCompared() {
            LeaseElectionDriver a = following();
            long longAgo = a.wallMicros - Duration.ofDays(1).toNanos() / 1_000;
            a.found(heldByB(longAgo)).mark();
            a.jump(Duration.ofDays(2)).until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L);
        }

        @Test
        void metadataAloneIsNoChange() {
            LeaseElectionDriver a = followingB().after(Duration.ofSeconds(9)).look();
            a.put(a.stored.record());
            a.found().until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L);
            assertThat(a.write().expected()).as("the new version").isEqualTo(a.stored);
        }

        @Test
        void metadataAloneIsNoChangeByWatchEither() {
            LeaseElectionDriver a = watchingB().after(Duration.ofSeconds(9));
            a.changed(a.put(a.stored.record())).until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L);
        }

        @Test
        void aMissingDurationIsOurOwn() {
            LeaseElectionDriver a =
                    following().found(held("b", "b-1", null, 7, 1)).mark();
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L);
        }

        @Test
        void theLargestDurationOfATenureCounts() {
            Duration longest = Duration.ofSeconds(40);
            LeaseElectionDriver a =
                    following().found(held("b", "b-1", longest, 7, 1)).look();
            a.found(held("b", "b-1", Duration.ofSeconds(3), 7, 2)).mark();
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(longest);
        }

        @Test
        void aShorterDurationOfAnotherTenureCounts() {
            Duration shorter = Duration.ofSeconds(3);
            LeaseElectionDriver a = followingB().look();
            a.found(held("c", "c-1", shorter, 8, 2)).mark();
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(shorter);
        }

        @Test
        void aRecordOfAnotherKindIsWaitedForTwice() {
            LeaseElectionDriver a = following().found(unsigned("b", L, 1)).mark();
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L.multipliedBy(2));
        }

        @ParameterizedTest
        @ValueSource(longs = {5_000_000_000L, 9_300_000_000L, Long.MAX_VALUE})
        void aDurationThatNoClockCanCountIsWaitedForToo(long seconds) {
            Duration endless = Duration.ofSeconds(seconds);
            for (LeaseRecord record : List.of(unsigned("b", endless, 1), held("b", "b-1", endless, 7, 1))) {
                LeaseElectionDriver a = following().found(record).mark();
                a.until(Duration.ofHours(1), Store.ANSWERS);
                assertThat(a.standing().leader()).isEqualTo("b");
                assertThat(a.sent(Operation.ACQUIRE)).isEmpty();

                LeaseElectionDriver leader = lookingAfterConflict().found(record);
                assertThat(leader.stopsWork()).isTrue();
            }
        }

        @Test
        void aRecordWithALeftoverSignatureIsOfAnotherKind() {
            LeaseRecord leftover = new LeaseRecord("b", new Signature("c-1", 6, 1, false), L, 2, 2, 7);
            LeaseElectionDriver a = following().found(leftover).mark();
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L.multipliedBy(2));
        }

        @Test
        void aRecordOfAnotherKindReportedByAWatchIsWaitedForTwice() {
            LeaseElectionDriver a = watchingB();
            a.changed(a.put(unsigned("c", L, 2))).mark().until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L.multipliedBy(2));
        }

        @Test
        void aRecordOfAnotherKindThatWasEmptiedIsFreeAtOnce() {
            LeaseElectionDriver a = following().found(unsigned("b", L, 1)).look();
            a.found(emptied(2)).mark().until(Operation.ACQUIRE);
            assertThat(a.since()).isLessThanOrEqualTo(Duration.ofMillis(10));
        }

        @Test
        void aRecordOfAnotherKindThatWasEmptiedInALaterTermIsWaitedFor() {
            LeaseElectionDriver a = following().found(unsigned("b", L, 1)).look();
            a.found(new LeaseRecord("", null, L, 2, 2, 8)).mark().until(Operation.ACQUIRE);
            assertThat(a.since())
                    .as("whoever held it in between has not been seen")
                    .isGreaterThanOrEqualTo(L);
        }

        @Test
        void aRecordOfAnotherKindThatWasEmptiedAfterOneOfOurKindHeldItInThatTermIsWaitedFor() {
            LeaseElectionDriver a = following().found(unsigned("b", L, 1)).look();
            a.found(new LeaseRecord("", new Signature("c-1", 7, 1, false), L, 2, 2, 7))
                    .mark();
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isGreaterThanOrEqualTo(L);
        }

        @Test
        void aRecordOfAnotherKindThatWasEmptiedIsNotFreeBeforeTheHolderItReplacedHasHadItsTime() {
            LeaseElectionDriver a = followingB().after(Duration.ofSeconds(3)).look();
            a.found(unsigned("c", L, 2)).after(Duration.ofSeconds(1)).look();
            a.found(emptied(3)).until(Operation.ACQUIRE);
            assertThat(a.since()).as("b never gave it up").isEqualTo(L);
        }

        @Test
        void aRecordOfAnotherKindThatVanishedIsWaitedForTwice() {
            LeaseElectionDriver a = following().found(unsigned("b", L, 1)).look();
            a.delete();
            a.found().mark().until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L.multipliedBy(2));
        }

        @Test
        void aSignedReleaseIsTakenAtOnce() {
            LeaseElectionDriver a = followingB().look().found(releasedByB(2)).mark();
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isLessThanOrEqualTo(Duration.ofMillis(10));
        }

        @Test
        void aSignedReleaseFoundAfterAnAbsenceIsNotForgotten() {
            LeaseElectionDriver a = followingB().look();
            a.delete();
            a.found().mark().after(Duration.ofSeconds(1)).look().found().until(Operation.ACQUIRE);
            assertThat(a.since()).as("the same absence").isEqualTo(L);
            assertThat(a.write().next().term()).isGreaterThan(7);
        }

        @Test
        void garbageIsNeverTakenAtOnce() {
            LeaseElectionDriver a = following();
            a.garble();
            a.found().mark().until(Operation.ACQUIRE);
            assertThat(a.since()).isBetween(L, L.multipliedBy(2));
        }

        @Test
        void aHolderOfWhomOnlyAWatchSpokeIsRemembered() {
            LeaseElectionDriver a = following();
            a.changed(StoredRecord.of(heldByB(1), 50, "uid-1"));
            a.delete();
            a.until(Operation.READ).found();
            while (a.inFlightOperation() == Operation.READ) {
                a.found();
            }
            a.mark().until(Operation.ACQUIRE);
            assertThat(a.since()).isGreaterThanOrEqualTo(L.minusMillis(1));
        }

        @Test
        void renewalsKeepAFollowerWaitingForEver() {
            LeaseElectionDriver a = followingB();
            for (int i = 1; i <= 20; i++) {
                a.put(heldByB(i + 1));
                a.until(L.minus(NANO).multipliedBy(i), Store.ANSWERS);
            }
            assertThat(a.sent(Operation.ACQUIRE)).isEmpty();
        }
    }

    @Nested
    class Law3TakeOverIsCompareAndSet {

        @Test
        void aTakeOverExpectsTheRecordItJudgedIdentityIncluded() {
            LeaseElectionDriver a = followingB().until(Operation.ACQUIRE);
            assertThat(a.write().expected()).isEqualTo(a.stored);
            assertThat(a.write().expected().identity()).isEqualTo("uid-1");
        }

        @Test
        void aTakeOverInConflictReadsAndFollows() {
            LeaseElectionDriver a = followingB().until(Operation.ACQUIRE);
            a.put(held("c", "c-1", L, 8, 2));
            assertThat(a.conflict().called()).isEqualTo(Operation.READ);
            a.found().mark();
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
            assertThat(a.standing().leader()).isEqualTo("c");
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L);
        }

        @ParameterizedTest
        @ValueSource(longs = {0, 1})
        void aReplayedWatchEventMeansNothing(long older) {
            LeaseElectionDriver a = watchingB().after(Duration.ofSeconds(9));
            a.changed(StoredRecord.of(heldByB(2), a.stored.revision() - older, "uid-1"));
            assertThat(a.effects).isEmpty();
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L);
        }

        @Test
        void aReplayedReleaseIsNotBelieved() {
            LeaseElectionDriver a = watchingB();
            a.changed(StoredRecord.of(releasedByB(2), a.stored.revision() - 1, "uid-1"));
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L);
        }

        @Test
        void aWatchEventNeverShortensAWait() {
            LeaseElectionDriver a = watchingB();
            a.changed(a.put(held("b", "b-1", Duration.ofSeconds(1), 7, 2))).mark();
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L);
        }

        @Test
        void aWatchEventOfAnotherHolderNeverShortensAWait() {
            LeaseElectionDriver a = watchingB();
            a.changed(
                    StoredRecord.of(held("c", "c-1", Duration.ofSeconds(1), 8, 2), a.stored.revision() + 50, "uid-1"));
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).as("the store says that b still holds it").isGreaterThanOrEqualTo(L);
        }

        @Test
        void aReportedReleaseProvesNothing() {
            LeaseElectionDriver a = watchingB();
            a.after(Duration.ofSeconds(5)).changed(StoredRecord.of(releasedByB(2), a.stored.revision() + 50, "uid-1"));
            a.until(Operation.ACQUIRE).answer().found();
            assertThat(a.phase()).as("the store says that b still holds it").isEqualTo(Phase.FOLLOWING);
            a.mark().until(Operation.ACQUIRE);
            assertThat(a.since()).isEqualTo(L);
        }

        @Test
        void aReportedReleaseWaitsForTheAnswerToALookThatIsUnderWay() {
            LeaseElectionDriver a = watchingB().look();
            a.changed(a.put(releasedByB(2)));
            assertThat(a.called()).isNull();
            assertThat(a.found().called()).isEqualTo(Operation.READ);
        }

        @Test
        void aReportedReleaseByAnotherThanTheLastHolderIsLookedAt() {
            LeaseElectionDriver a = watchingB();
            a.changed(a.put(released("c-1", 7, 2)));
            assertThat(a.called()).isEqualTo(Operation.READ);
        }

        @Test
        void aTakeOverAfterAWaitReadsFirst() {
            LeaseElectionDriver a = followingB().until(Operation.ACQUIRE);
            List<Sent> sent = a.sent();
            assertThat(sent.get(sent.size() - 2)).isEqualTo(new Sent(Operation.READ, L));
        }

        @Test
        void aTakeOverAfterAWaitThatWatchEventsMadeLongerReadsFirst() {
            LeaseElectionDriver a = watchingB().after(Duration.ofSeconds(5));
            a.changed(a.put(heldByB(2))).mark();
            a.until(Operation.ACQUIRE);
            List<Sent> sent = a.sent();
            assertThat(sent.get(sent.size() - 2)).isEqualTo(new Sent(Operation.READ, L));
        }

        @Test
        void aTakeOverDoesNotHappenWhileReadsFail() {
            LeaseElectionDriver a = followingB().until(L.multipliedBy(3), Store.FAILS);
            assertThat(a.sent(Operation.ACQUIRE)).isEmpty();
            a.until(Operation.ACQUIRE);
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
        }

        @Test
        void aHintDuringARenewalIsNotForgotten() {
            assertThat(renewing().look().written().called()).isEqualTo(Operation.READ);
        }

        @Test
        void aHintAboutAnEarlierVersionThanOurOwnWriteMadeItIsForgotten() {
            LeaseElectionDriver a = renewing();
            a.changed(StoredRecord.absent(a.stored.revision() + 1)).written();
            assertThat(a.called()).isNull();
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
        }

        @Test
        void twoFollowersOfOneRecordNeverBothLead() {
            LeaseElectionDriver a = followingB().until(Operation.ACQUIRE);
            a.put(held("c", "c-1", L, 8, 2));
            a.answer();
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
            assertThat(a.all).noneMatch(Effect.StartWork.class::isInstance);
        }
    }

    @Nested
    class Law5SeeingAnotherHolderEndsLeadershipAtOnce {

        @Test
        void aReplayOfTheFormerHolderEndsNothing() {
            LeaseElectionDriver a = followingB().until(Operation.ACQUIRE);
            StoredRecord former = a.stored;
            a.written();
            assertThat(a.changed(former).effects).isEmpty();
            assertThat(a.leads()).isTrue();
        }

        @Test
        void aWatchEventOfOurOwnWriteEndsNothing() {
            LeaseElectionDriver a = renewing().written();
            assertThat(a.changed(a.stored).phase()).isEqualTo(Phase.LEADING);
            assertThat(a.leads()).isTrue();
        }

        @Test
        void aWatchEventOfOurOwnWriteThatOvertakesItsAnswerEndsNothing() {
            LeaseElectionDriver a = renewing().applied();
            a.changed(a.stored);
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.authority()).as("and extends nothing").isEqualTo(B);
            assertThat(a.reply(new LeaseReply.Written(a.stored)).authority()).isEqualTo(RENEWAL.plus(B));
        }

        @ParameterizedTest
        @EnumSource(
                value = NotOurs.class,
                names = {"ABSENT", "GARBAGE", "EMPTIED"})
        void aWatchThatReportsNoHolderMakesItLookAndTheFindingEndsLeadership(NotOurs notOurs) {
            LeaseElectionDriver a = notOurs.in(leading());
            a.changed(a.stored);
            if (a.phase() == Phase.LEADING) {
                assertThat(a.called()).isEqualTo(Operation.READ);
                a.found();
            }
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.stopsWork()).isTrue();
        }

        @ParameterizedTest
        @EnumSource(
                value = NotOurs.class,
                names = {
                    "HELD_BY_ANOTHER",
                    "HELD_BY_OUR_NAME_UNSIGNED",
                    "HELD_BY_ANOTHER_INCARNATION_OF_OUR_NAME",
                    "HELD_BY_ANOTHER_WITH_OUR_LEFTOVER_SIGNATURE"
                })
        void aWatchThatReportsAnotherHolderEndsLeadershipWithoutARequest(NotOurs notOurs) {
            LeaseElectionDriver a = notOurs.in(renewing());
            a.changed(a.stored);
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.stopsWork()).isTrue();
            assertThat(a.leads()).isFalse();
        }

        @Test
        void ourOwnRecordOfAnotherTenureEndsLeadershipToo() {
            LeaseElectionDriver a = lookingAfterConflict();
            a.found(held("a", "a-1", L, 2, a.wallMicros));
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.stopsWork()).isTrue();
        }

        @Test
        void aConflictAloneEndsNothing() {
            LeaseElectionDriver a = renewing();
            a.put(a.stored.record());
            a.conflict();
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.leads()).isTrue();
        }

        @ParameterizedTest
        @EnumSource(Failure.class)
        void aReadThatFailsAfterAConflictIsRepeated(Failure failure) {
            LeaseElectionDriver a = failure.in(lookingAfterConflict());
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            a.until(Operation.READ);
            assertThat(a.since()).isLessThanOrEqualTo(RENEWAL.plus(ATTEMPT));
            a.found(heldByB(1));
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
        }

        @Test
        void aFailureToAnswerAfterAConflictEndsLeadershipAtTheRenewDeadline() {
            LeaseElectionDriver a = lookingAfterConflict().until(B, Store.HANGS);
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
        }
    }

    @Nested
    class Law6WorkStopsBeforeTheLeaseIsGivenUp {

        @Test
        void leavingRenewsWhileWorkEnds() {
            LeaseElectionDriver a = stoppingWork().mark();
            a.until(Duration.ofSeconds(31), Store.ANSWERS);
            assertThat(a.sent(Operation.RENEW)).hasSize(6);
            assertThat(a.sent(Operation.RELEASE)).isEmpty();
            assertThat(a.leads()).isFalse();
        }

        @Test
        void leavingRenewsNoLongerThanTheDrainTimeout() {
            LeaseElectionDriver a = stoppingWork().mark();
            a.until(Duration.ofMinutes(5), Store.ANSWERS);
            List<Duration> renewals = a.sent(Operation.RENEW);
            assertThat(renewals.get(renewals.size() - 1))
                    .isBetween(TIMING.drainTimeout().minus(RENEWAL), TIMING.drainTimeout());
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.sent(Operation.RELEASE)).isEmpty();
        }

        @Test
        void leavingSaysWhenWorkHasNotStoppedAndThatTheLeaseIsKept() {
            LeaseElectionDriver a = stoppingWork().mark();
            a.until(S.minus(NANO), Store.ANSWERS);
            assertThat(a.standing().problem()).isNull();
            a.until(S, Store.ANSWERS);
            assertThat(a.standing().problem()).contains(LOCK, "2000 ms", "is renewed");
        }

        @Test
        void leavingSaysWhenTheLeaseIsNoLongerKept() {
            Duration drain = Duration.ofSeconds(12); // not when a renewal is due
            Timing shorter = new Timing(L, B, RETRY, S, drain, 1.0);
            LeaseElectionDriver a =
                    leading(new LeaseElectionDriver(shorter, LEAST)).standDown();
            a.until(drain.minus(NANO), Store.ANSWERS);
            assertThat(a.standing().problem()).contains("is renewed");
            a.until(drain, Store.ANSWERS);
            assertThat(a.standing().problem()).contains(LOCK, "2000 ms", "runs out");
        }

        @Test
        void leavingSaysWhenAnotherHasTheLease() {
            LeaseElectionDriver a = stoppingWork().mark().until(S, Store.ANSWERS);
            a.changed(a.put(heldByB(1))).until(S, Store.ANSWERS);
            assertThat(a.standing().problem()).contains(LOCK, "2000 ms").doesNotContain("is renewed");
        }

        @Test
        void leavingEndsToRenewAtTheRenewDeadline() {
            LeaseElectionDriver a = stoppingWork().mark();
            a.until(Duration.ofSeconds(60), Store.FAILS);
            assertThat(a.sent(Operation.RENEW)).hasSizeGreaterThanOrEqualTo(3).allMatch(at -> at.compareTo(B) < 0);
            assertThat(a.standing().problem()).contains(LOCK, "2000 ms", "runs out");
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
        }

        @Test
        void aReleaseIsASignedEmptyHolderUnderCompareAndSet() {
            LeaseElectionDriver a = stoppingWork().workStopped();
            LeaseRecord next = a.write().next();
            assertThat(next.isHeld()).isFalse();
            assertThat(next.signature()).isEqualTo(new Signature("a-1", 1, next.renewedAtMicros(), true));
            assertThat(next.isSigned()).isTrue();
            assertThat(a.write().expected()).isEqualTo(a.stored);
        }

        @Test
        void workThatEndsDuringARenewalIsFollowedByTheReleaseOfWhatItWrote() {
            LeaseElectionDriver a = renewing().standDown().workStopped();
            assertThat(a.called()).as("one call at a time").isNull();
            a.written();
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            assertThat(a.called()).isEqualTo(Operation.RELEASE);
            assertThat(a.write().expected()).isEqualTo(a.stored);
        }

        @Test
        void theReleaseOfALapsedTenureIsSignedToo() {
            LeaseElectionDriver a = leading().until(B, Store.FAILS).workStopped();
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            a.until(Operation.RELEASE);
            assertThat(a.write().next().signature().released()).isTrue();
        }

        @Test
        void aLapsedTenureIsNotReleasedBeforeWorkHasEnded() {
            LeaseElectionDriver a = leading().until(B, Store.FAILS);
            a.until(L.multipliedBy(3), Store.ANSWERS);
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.sent(Operation.RELEASE)).isEmpty();
            assertThat(a.sent(Operation.ACQUIRE)).isEmpty();
        }

        @ParameterizedTest
        @EnumSource(NotOurs.class)
        void aForeignRecordIsNeverCleared(NotOurs notOurs) {
            LeaseElectionDriver a =
                    notOurs.in(stoppingWork()).workStopped().conflict().mark();
            a.found().until(Duration.ofSeconds(2), Store.ANSWERS);
            assertThat(a.sent(Operation.RELEASE)).isEmpty();
        }

        @Test
        void anotherHolderReportedWhileLeavingEndsRenewalAndRelease() {
            LeaseElectionDriver a = stoppingWork();
            a.changed(a.put(heldByB(1))).mark();
            a.until(RENEWAL.multipliedBy(2), Store.ANSWERS);
            assertThat(a.sent(Operation.RENEW)).isEmpty();
            a.workStopped();
            assertThat(a.called()).as("a watch proves nothing").isEqualTo(Operation.READ);
            assertThat(a.found().phase()).isEqualTo(Phase.FOLLOWING);
            assertThat(a.sent(Operation.RELEASE)).isEmpty();
        }

        @Test
        void aReleaseIsTriedUntilTheDurationOfTheLastConfirmedWriteHasPassed() {
            LeaseElectionDriver a = renewing().written().standDown().workStopped();
            a.until(RENEWAL.plus(L).minus(NANO), Store.HANGS);
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            a.until(RENEWAL.plus(L).plus(ATTEMPT), Store.HANGS);
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
        }

        @Test
        void aReleaseIsNotTriedForEverIfOnlyReadsSucceed() {
            LeaseElectionDriver a = leading().standDown().workStopped();
            while (a.phase() == Phase.RELEASING) {
                if (a.inFlightOperation() == null) {
                    a.atDeadline();
                } else if (a.inFlightOperation() == Operation.READ) {
                    a.found();
                } else {
                    a.unknown();
                }
                assertThat(a.since()).isLessThanOrEqualTo(L.plus(ATTEMPT));
            }
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
            assertThat(a.since()).isGreaterThanOrEqualTo(L);
        }

        @Test
        void aStopIsBoundedEvenIfTheStoreHangs() {
            LeaseElectionDriver a = leading().withdraw().workStopped();
            a.until(L.plus(ATTEMPT), Store.HANGS);
            assertThat(a.phase()).isEqualTo(Phase.STOPPED);
        }

        @Test
        void aStopWithAnAcquisitionInFlightWaitsForItAndReleases() {
            LeaseElectionDriver a = acquiring().withdraw();
            assertThat(a.phase()).isNotEqualTo(Phase.STOPPED);
            a.written();
            assertThat(a.called()).isEqualTo(Operation.RELEASE);
            assertThat(a.written().phase()).isEqualTo(Phase.STOPPED);
        }

        @Test
        void aStopWithAnAcquisitionInFlightThatFindsAConflictStops() {
            LeaseElectionDriver a = acquiring().withdraw();
            a.put(heldByB(1));
            a.conflict();
            if (a.inFlightOperation() == Operation.READ) {
                a.found();
            }
            assertThat(a.phase()).isEqualTo(Phase.STOPPED);
            assertThat(a.sent(Operation.RELEASE)).isEmpty();
        }

        @ParameterizedTest
        @EnumSource(Store.class)
        void aStopWithAnAcquisitionInDoubtIsBounded(Store store) {
            LeaseElectionDriver a = acquiring().overdue().withdraw();
            a.until(L.plus(ATTEMPT), store);
            assertThat(a.phase()).isEqualTo(Phase.STOPPED);
            assertThat(a.sent()).hasSizeLessThan(20);
        }

        @Test
        void aStopWithAnAcquisitionInDoubtThatIsAppliedLateReleasesIt() {
            LeaseElectionDriver a = acquiring();
            LeaseRecord late = a.write().next();
            a.overdue().withdraw();
            assertThat(a.found().phase()).as("it may still be applied").isNotEqualTo(Phase.STOPPED);
            a.until(Operation.READ).found().until(Operation.READ);
            a.put(late);
            a.until(Operation.RELEASE);
            assertThat(a.write().expected()).isEqualTo(a.stored);
            assertThat(a.written().phase()).isEqualTo(Phase.STOPPED);
        }

        @Test
        void aStopWithAnAcquisitionInDoubtThatAnotherForestalledStops() {
            LeaseElectionDriver a = acquiring().overdue().withdraw();
            a.found(heldByB(1));
            assertThat(a.phase()).isEqualTo(Phase.STOPPED);
        }

        @Test
        void aResignedMemberDoesNotStandUntilItHasCooledDown() {
            Duration coolDown = Duration.ofSeconds(30);
            LeaseElectionDriver a = leading().resign(coolDown).workStopped().written();
            a.until(coolDown.minus(NANO), Store.ANSWERS);
            assertThat(a.sent(Operation.ACQUIRE)).isEmpty();
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
            a.until(Operation.ACQUIRE);
            assertThat(a.since()).isBetween(coolDown, coolDown.plus(RETRY));
            assertThat(a.written().lastStarted().term()).isEqualTo(2);
        }

        @Test
        void aMemberThatStoodDownFollowsButTakesNothing() {
            LeaseElectionDriver a = leading().standDown().workStopped().written();
            a.until(Duration.ofMinutes(2), Store.ANSWERS);
            assertThat(a.sent(Operation.ACQUIRE)).isEmpty();
            a.put(heldByB(1));
            a.look();
            a.until(Duration.ofMinutes(4), Store.ANSWERS);
            assertThat(a.standing().leader()).as("it goes on watching").isEqualTo("b");
            assertThat(a.sent(Operation.ACQUIRE)).isEmpty();
        }

        @Test
        void aMemberThatStoodDownStandsAgain() {
            LeaseElectionDriver a =
                    leading().standDown().workStopped().written().stand();
            assertThat(a.until(Operation.ACQUIRE).written().phase()).isEqualTo(Phase.LEADING);
        }

        @Test
        void aMemberThatStoodDownBeforeItsTurnDoesNotWrite() {
            LeaseElectionDriver a =
                    new LeaseElectionDriver(TIMING, MOST).stand().found();
            assertThat(a.inFlightOperation()).isNull();
            a.standDown().mark().until(Duration.ofMinutes(1), Store.ANSWERS);
            assertThat(a.sent(Operation.ACQUIRE)).isEmpty();
        }

        @Test
        void aStoppedElectionDoesNothingAnyMore() {
            LeaseElectionDriver a = stopped();
            assertThat(a.phase()).isEqualTo(Phase.STOPPED);
            a.stand()
                    .look()
                    .changed(StoredRecord.of(heldByB(1), 9_999, "uid-1"))
                    .tick();
            a.resign(Duration.ofSeconds(1)).standDown().withdraw().paused(Duration.ofSeconds(9));
            assertThat(a.phase()).isEqualTo(Phase.STOPPED);
            assertThat(a.all).noneMatch(Effect.Call.class::isInstance);
            assertThat(a.election.deadlineNanos()).isNull();
        }
    }

    @Nested
    class Law7NoNewTenureBeforeTheOldWorkHasEnded {

        @Test
        void aLockThatComesBackAtOnceIsNotTakenBeforeWorkHasEnded() {
            LeaseElectionDriver a = lookingAfterConflict().found(heldByB(1)).mark();
            a.changed(a.put(releasedByB(2))).look();
            a.until(L.multipliedBy(4), Store.ANSWERS);
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.sent(Operation.ACQUIRE)).isEmpty();
            assertThat(a.workStopped().until(Operation.ACQUIRE).written().startsWork())
                    .isTrue();
        }

        @Test
        void theEndOfTheWorkOfAnotherTenureMeansNothing() {
            LeaseElectionDriver a = stoppingWork();
            assertThat(a.on(new Event.WorkStopped<>(a.lastStarted().term() - 1)).effects)
                    .isEmpty();
            assertThat(a.on(new Event.WorkStopped<>(a.lastStarted().term() + 1)).effects)
                    .isEmpty();
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
        }

        @Test
        void theEndOfWorkNobodyAskedToStopEndsNothing() {
            LeaseElectionDriver a = leading();
            assertThat(a.workStopped().phase()).isEqualTo(Phase.LEADING);
            assertThat(a.leads()).isTrue();
            assertThat(a.standDown().phase()).as("work may have begun since").isEqualTo(Phase.STOPPING_WORK);
        }

        @Test
        void standingAgainDoesNotBringATenureBack() {
            LeaseElectionDriver a = stoppingWork().stand();
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.startsWork()).isFalse();
            a.until(RENEWAL, Store.ANSWERS);
            assertThat(a.sent(Operation.ACQUIRE)).isEmpty();
            a.workStopped().until(Operation.ACQUIRE).written();
            assertThat(a.lastStarted().term()).isEqualTo(2);
        }

        @Test
        void ourOwnRecordFoundAfterALapseIsReleasedAndTakenWithAHigherTerm() {
            LeaseElectionDriver a = leading().until(B, Store.FAILS).workStopped();
            a.until(Operation.ACQUIRE).written();
            assertThat(a.lastStarted().term()).isGreaterThan(1);
        }
    }

    @Nested
    class Law8EachTenureHasAFencingToken {

        @Test
        void theTokenIsTheRevisionOfTheAcquiringWrite() {
            LeaseElectionDriver a = acquiring().written();
            assertThat(a.lastStarted().fencingToken()).isEqualTo(a.stored.revision());
        }

        @Test
        void renewalsChangeNeitherTokenNorTermNorBeginning() {
            LeaseElectionDriver a = leading();
            Tenure tenure = a.standing().tenure();
            LeaseRecord acquired = a.stored.record();
            a.until(Duration.ofMinutes(1), Store.ANSWERS);
            assertThat(a.standing().tenure()).isEqualTo(tenure);
            assertThat(a.stored.record().term()).isEqualTo(acquired.term());
            assertThat(a.stored.record().acquiredAtMicros()).isEqualTo(acquired.acquiredAtMicros());
        }

        @Test
        void afterALostReplyTheTokenIsThatOfTheSecondWrite() {
            LeaseElectionDriver a = acquiring().applied().overdue();
            long first = a.stored.revision();
            a.until(Operation.READ).found().until(Operation.ACQUIRE).written();
            assertThat(a.lastStarted().fencingToken()).isGreaterThan(first).isEqualTo(a.stored.revision());
        }

        @Test
        void theTermRisesWithEveryAcquisitionAlsoByTheSameMember() {
            LeaseElectionDriver a = leading();
            long token = 0;
            for (int term = 1; term <= 5; term++) {
                assertThat(a.lastStarted().term()).isEqualTo(term);
                assertThat(a.lastStarted().fencingToken()).isGreaterThan(token);
                token = a.lastStarted().fencingToken();
                a.resign(Duration.ofMillis(1)).workStopped().written();
                a.until(Operation.ACQUIRE).written();
            }
        }

        @ParameterizedTest
        @EnumSource(Vanished.class)
        void theTermRisesAcrossWhatBefellTheRecord(Vanished vanished) {
            LeaseElectionDriver a = vanished.in(followingB().look()).found();
            a.until(Operation.ACQUIRE);
            assertThat(a.write().next().term()).isGreaterThan(7);
        }

        @Test
        void theTermRisesAcrossTheRecordOfAnotherKind() {
            LeaseElectionDriver a = following().found(unsigned("b", L, 1)).until(Operation.ACQUIRE);
            assertThat(a.write().next().term()).isEqualTo(8);
        }

        @Test
        void theBeginningIsTheWallClockOfTheAcquisition() {
            LeaseElectionDriver a = acquiring();
            assertThat(a.write().next().acquiredAtMicros()).isEqualTo(a.wallMicros);
            assertThat(a.written().lastStarted().since().toEpochMilli()).isEqualTo(a.wallMicros / 1_000);
        }
    }

    @Nested
    class Law9OneFailedOrHungRequestEndsNothing {

        /** Otherwise the log would say with each attempt that it takes part again, and that it cannot. */
        @Test
        void whatAFailedWriteSaysStaysUntilAWriteSucceeds() {
            LeaseElectionDriver a = acquiring().unknown();
            String problem = a.standing().problem();
            assertThat(problem).isNotNull();
            a.until(Operation.READ).found();
            assertThat(a.standing().problem()).isEqualTo(problem);
            a.until(Operation.ACQUIRE);
            assertThat(a.standing().problem()).isEqualTo(problem);
            assertThat(a.written().standing().problem()).isNull();
        }

        @Test
        void whatAFailedWriteSaysIsOverWhenThereIsNothingToWriteAnyMore() {
            LeaseElectionDriver a = acquiring().unknown();
            a.until(Operation.READ).found(heldByB(1));
            assertThat(a.standing().problem()).isNull();
        }

        @Test
        void whereNothingIsAnsweredARenewalIsSentThreeTimesBeforeTheRenewDeadline() {
            LeaseElectionDriver a = leading().until(B.minusMillis(1), Store.HANGS);
            assertThat(a.sent(Operation.RENEW).stream().map(Duration::toMillis))
                    .containsExactly(5_000L, 6_666L, 8_333L);
        }

        /** Each after at most a third of the authority that is left, at least a fortieth of the renew deadline. */
        @Test
        void whereAllIsRefusedARenewalIsSentTheMoreOftenTheNearerTheRenewDeadlineIs() {
            LeaseElectionDriver a = leading().until(B.minusMillis(1), Store.FAILS);
            assertThat(a.sent(Operation.RENEW).stream().map(Duration::toMillis))
                    .containsExactly(5_000L, 6_666L, 7_777L, 8_518L, 9_012L, 9_341L, 9_591L, 9_841L);
        }

        @Test
        void theLocksOfAMemberSayHowOftenTheyAreRenewed() {
            LeaseElectionDriver a = leading().observe(new LeaseReply.Load(2, 10));
            a.until(Operation.RENEW).written();
            assertThat(a.since()).as("was due so before it was told").isEqualTo(RENEWAL);
            a.until(Operation.RENEW).written();
            assertThat(a.since()).isEqualTo(RENEWAL.plusMillis(2_500));
            a.observe(new LeaseReply.Load(1, 20)).until(Operation.RENEW).written();
            assertThat(a.since()).as("an earlier report means nothing").isEqualTo(RENEWAL.plusMillis(5_000));
            a.observe(new LeaseReply.Load(3, 1)).until(Operation.RENEW).written();
            a.until(Operation.RENEW);
            assertThat(a.since()).isEqualTo(RENEWAL.plusMillis(7_500 + 1_250));
        }

        @Test
        void theRetryCountsFromTheSendOfWhatFailed() {
            LeaseElectionDriver a = renewing().after(Duration.ofSeconds(1)).unknown();
            a.until(Operation.RENEW);
            assertThat(a.since()).isEqualTo(RENEWAL.plus(ATTEMPT));
        }

        @Test
        void whatFailedLaterThanARetryIsRepeatedAtOnce() {
            Timing defaults = Timing.defaults();
            Timing short500 = new Timing(L, B, Duration.ofMillis(500), S, defaults.drainTimeout(), 1.0);
            LeaseElectionDriver a =
                    leading(new LeaseElectionDriver(short500, LEAST)).until(Operation.RENEW);
            assertThat(a.after(Duration.ofSeconds(1)).unknown().called()).isEqualTo(Operation.RENEW);
        }

        @Test
        void conflictsWithoutEndNeitherEndTheTenureBeforeItsDeadlineNorFloodTheStore() {
            LeaseElectionDriver a = leading();
            a.until(Operation.RENEW);
            while (a.phase() == Phase.LEADING) {
                if (a.inFlightOperation() == Operation.RENEW) {
                    a.put(a.stored.record()); // somebody touches metadata all the time
                }
                if (a.inFlightOperation() != null) {
                    a.answer();
                } else {
                    a.atDeadline();
                }
                assertThat(a.sent()).as("requests").hasSizeLessThan(1_000);
            }
            assertThat(a.since()).isEqualTo(B);
        }

        @Test
        void theThirdSendSaves() {
            LeaseElectionDriver a = renewing().overdue().until(Operation.RENEW).overdue();
            a.until(Operation.RENEW).after(ATTEMPT.minus(Duration.ofMillis(1))).written();
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.authority())
                    .isEqualTo(RENEWAL.plus(ATTEMPT.multipliedBy(2)).plus(B));
        }

        @Test
        void aHungReadIsRepeatedAtOnce() {
            LeaseElectionDriver a = following().overdue();
            assertThat(a.called()).isEqualTo(Operation.READ);
        }

        @Test
        void aHungRenewalIsRepeatedAtOnce() {
            assertThat(renewing().overdue().called()).isEqualTo(Operation.RENEW);
        }

        @Test
        void aHungAcquisitionIsSettledAtOnce() {
            assertThat(acquiring().overdue().called()).isEqualTo(Operation.READ);
        }

        @ParameterizedTest
        @EnumSource(Failure.class)
        void aLookThatFailsIsRepeatedHoweverLongTheWatchMayStillBeSilent(Failure failure) {
            LeaseElectionDriver a = watchingB();
            a.put(releasedByB(2));
            a.look().mark();
            assertThat(a.inFlightOperation()).isEqualTo(Operation.READ);
            failure.in(a).until(Operation.READ);
            assertThat(a.since()).as("counted from the attempt").isEqualTo(ATTEMPT);
            a.found().until(Operation.ACQUIRE);
        }

        @Test
        void conflictsWithoutAReasonDoNotMakeACandidateFloodTheStore() {
            LeaseElectionDriver a = acquiring();
            while (a.since().compareTo(B) < 0) {
                if (a.inFlightOperation() == null) {
                    a.atDeadline();
                } else if (a.inFlightOperation() == Operation.ACQUIRE) {
                    a.conflict(); // though nothing has changed
                } else {
                    a.found();
                }
                assertThat(a.sent()).as("requests after %s", a.since()).hasSizeLessThan(200);
            }
            a.until(Operation.ACQUIRE).written();
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
        }

        @Test
        void aShortRetryPeriodIsKeptAfterErrors() {
            Timing defaults = Timing.defaults();
            Timing short500 = new Timing(L, B, Duration.ofMillis(500), S, defaults.drainTimeout(), 1.0);
            LeaseElectionDriver a =
                    leading(new LeaseElectionDriver(short500, LEAST)).until(RENEWAL.plusMillis(1_200), Store.FAILS);
            assertThat(a.sent(Operation.RENEW))
                    .containsExactly(RENEWAL, RENEWAL.plusMillis(500), RENEWAL.plusMillis(1_000));
        }

        @Test
        void aRenewalIsSpreadByTheJitterAndNeverLater() {
            Set<Duration> seen = new HashSet<>();
            for (int seed = 0; seed < 50; seed++) {
                Timing jittered = timing(1.2);
                LeaseElectionDriver a = leading(new LeaseElectionDriver(jittered, new Random(seed)));
                a.until(Operation.RENEW);
                seen.add(a.since());
            }
            assertThat(seen).allMatch(at -> at.compareTo(RENEWAL) >= 0 && at.compareTo(Duration.ofSeconds(6)) <= 0);
            assertThat(seen).hasSizeGreaterThan(10);
        }

        @Test
        void aSecondFailureOfTheSameKindIsNotAnotherChange() {
            LeaseElectionDriver a = renewing().unknown();
            assertThat(a.publishes()).isTrue();
            a.until(Operation.RENEW).unknown();
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.standing().problem()).contains("503");
        }
    }

    /** What people are told while it goes on: once for one thing. */
    @Nested
    class ProblemsAreToldUntilTheyAreMended {

        @Test
        void writesThatFailAgainAndAgainAreOneProblemAlthoughReadsSucceed() {
            LeaseElectionDriver a = acquiring().unknown();
            for (int i = 0; i < 3; i++) {
                a.until(Operation.READ).found();
                assertThat(a.called()).isEqualTo(Operation.ACQUIRE);
                assertThat(a.standing().problem()).contains("503");
                a.unknown();
                assertThat(a.publishes()).isFalse();
            }
            a.until(Operation.ACQUIRE).written();
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.standing().problem()).isNull();
        }

        @Test
        void aWriteThatFailedIsNoProblemOnceAnotherHoldsTheLease() {
            LeaseElectionDriver a = acquiring().unknown().until(Operation.READ).found(heldByB(1));
            assertThat(a.standing().problem()).isNull();
        }

        @Test
        void aReadThatFailedIsNoProblemOnceOneSucceeds() {
            LeaseElectionDriver a = followingB().look().unknown();
            assertThat(a.standing().problem()).contains("503");
            a.until(Operation.READ).found();
            assertThat(a.standing().problem()).isNull();
        }

        @Test
        void whatEndedATenureStaysTheProblemUntilAWriteSucceeds() {
            LeaseElectionDriver a = leading().until(B, Store.FAILS).tick();
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.standing().problem()).contains("503");
            a.workStopped();
            a.until(Operation.READ).found();
            assertThat(a.standing().problem()).contains("503");
            a.until(Operation.ACQUIRE).written();
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.standing().problem()).isNull();
        }

        /** A watch that reports each renewal of the other is no reason to look. */
        @Test
        void whatFailedWhileReleasingIsNoProblemOnceTheLeaseIsFoundToBeAnothers() {
            LeaseElectionDriver a = leading().watching(true).found().mark();
            a.until(B, Store.FAILS).tick().workStopped();
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            a.unknown();
            assertThat(a.standing().problem()).contains("503");
            a.put(heldByB(2));
            a.mark().until(RENEWAL, Store.ANSWERS);
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
            assertThat(a.standing().problem()).isNull();
        }

        @Test
        void aTenureThatAnotherEndedLeavesNoProblemBehind() {
            LeaseElectionDriver a = renewing().unknown().look();
            a.put(heldByB(1));
            a.until(Operation.READ).found();
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.standing().problem()).isNull();
        }
    }

    @Nested
    class Law10ClockJumpsAndPauses {

        private final Duration tolerated = Duration.ofNanos(TIMING.jumpNanos());

        @ParameterizedTest
        @ValueSource(ints = {1, -1})
        void aJumpOverTheToleratedSuspendsAtUse(int sign) {
            LeaseElectionDriver a = leading();
            assertThat(a.leads()).isTrue();
            a.jump(tolerated.plusMillis(1).multipliedBy(sign));
            assertThat(a.leads()).as("without anybody ticking").isFalse();
        }

        @ParameterizedTest
        @ValueSource(ints = {1, -1})
        void aJumpUnderTheToleratedSuspendsNothing(int sign) {
            LeaseElectionDriver a = leading().jump(tolerated.multipliedBy(sign)).tick();
            assertThat(a.leads()).isTrue();
            assertThat(a.called()).isNull();
        }

        @Test
        void manySmallJumpsAddUp() {
            LeaseElectionDriver a = leading();
            for (int i = 0; i < 4; i++) {
                a.jump(Duration.ofMillis(200)).tick();
            }
            assertThat(a.leads()).isFalse();
        }

        @Test
        void aJumpIsMeasuredFromTheLastConfirmedSend() {
            LeaseElectionDriver a = leading().jump(Duration.ofMillis(500));
            a.until(Operation.RENEW).written().jump(Duration.ofMillis(500)).tick();
            assertThat(a.leads()).isTrue();
        }

        @Test
        void oneConfirmedRenewalSentAfterItLiftsTheSuspension() {
            LeaseElectionDriver a = leading().jump(Duration.ofHours(1)).tick();
            assertThat(a.called()).isEqualTo(Operation.RENEW);
            a.written();
            assertThat(a.leads()).isTrue();
            assertThat(a.publishes()).isTrue();
        }

        @Test
        void aRenewalSentBeforeTheJumpDoesNotLiftTheSuspension() {
            LeaseElectionDriver a = renewing().jump(Duration.ofHours(1)).tick();
            assertThat(a.leads()).isFalse();
            a.written();
            assertThat(a.leads()).isFalse();
            a.until(Operation.RENEW);
            assertThat(a.since()).isEqualTo(RENEWAL);
            assertThat(a.written().leads()).isTrue();
        }

        @Test
        void aRenewalSentBeforeAJumpThatNobodySawLiftsNothing() {
            LeaseElectionDriver a = renewing().jump(Duration.ofHours(1)).written();
            assertThat(a.leads()).isFalse();
            assertThat(a.until(Operation.RENEW).written().leads()).isTrue();
        }

        @Test
        void aRenewalSentBeforeAPauseDoesNotLiftTheSuspension() {
            LeaseElectionDriver a = renewing().paused(Duration.ofSeconds(2));
            assertThat(a.leads()).isFalse();
            a.written();
            assertThat(a.leads()).isFalse();
            a.until(Operation.RENEW);
            assertThat(a.since()).isEqualTo(RENEWAL.plusSeconds(2));
            assertThat(a.written().leads()).isTrue();
        }

        @Test
        void aFailedRenewalDoesNotLiftTheSuspension() {
            LeaseElectionDriver a = leading().paused(Duration.ofSeconds(2)).unknown();
            assertThat(a.leads()).isFalse();
            assertThat(a.until(Operation.RENEW).written().leads()).isTrue();
        }

        @Test
        void aReadDoesNotLiftTheSuspension() {
            LeaseElectionDriver a = leading().paused(Duration.ofSeconds(2));
            a.put(a.stored.record());
            a.conflict().found();
            assertThat(a.leads()).isFalse();
            assertThat(a.written().leads()).isTrue();
        }

        @Test
        void aSuspensionThatIsNotLiftedEndsAtTheRenewDeadline() {
            LeaseElectionDriver a = leading().paused(Duration.ofSeconds(2)).until(B, Store.FAILS);
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.stopsWork()).isTrue();
        }

        @Test
        void aPauseOverTheRenewDeadlineEndsTheTenure() {
            LeaseElectionDriver a = leading().paused(B);
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.stopsWork()).isTrue();
        }

        @Test
        void aFollowerThatWasPausedLooks() {
            LeaseElectionDriver a = watchingB().paused(Duration.ofSeconds(3));
            assertThat(a.called()).isEqualTo(Operation.READ);
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
        }

        @Test
        void anAcquisitionDuringWhichTheClocksJumpedDoesNotCount() {
            LeaseElectionDriver a = acquiring().jump(Duration.ofHours(1)).written();
            assertThat(a.leads()).isFalse();
            assertThat(a.startsWork()).isFalse();
            a.until(Operation.ACQUIRE).written();
            assertThat(a.leads()).isTrue();
            assertThat(a.lastStarted().term()).isEqualTo(2);
        }
    }

    @Nested
    class Law11WaitingCostsNothing {

        @Test
        void aFollowerWithALiveWatchSendsNothingInSteadyState() {
            LeaseElectionDriver a = watchingB();
            for (int i = 2; i < 40; i++) {
                a.until(RENEWAL.multipliedBy(i - 1), Store.ANSWERS);
                a.changed(a.put(heldByB(i)));
            }
            assertThat(a.sent()).isEmpty();
            assertThat(a.standing().leader()).isEqualTo("b");
        }

        @Test
        void aSilentWatchCostsOneReadAfterThreeQuartersOfTheDuration() {
            LeaseElectionDriver a = watchingB();
            a.until(L.minus(NANO), Store.ANSWERS);
            assertThat(a.sent())
                    .containsExactly(new Sent(Operation.READ, L.multipliedBy(3).dividedBy(4)));
        }

        @Test
        void theDurationThatASilentWatchIsMeasuredByIsTheRecords() {
            Duration longer = Duration.ofSeconds(60);
            LeaseElectionDriver a = following().found(held("b", "b-1", longer, 7, 1));
            a.watching(true).found().mark();
            a.until(longer.minus(NANO), Store.ANSWERS);
            assertThat(a.sent().get(0)).isEqualTo(new Sent(Operation.READ, Duration.ofSeconds(45)));
        }

        @Test
        void withoutAWatchItPollsAtTheRetryPeriod() {
            LeaseElectionDriver a = followingB().until(Duration.ofSeconds(9), Store.ANSWERS);
            assertThat(a.sent())
                    .containsExactly(
                            new Sent(Operation.READ, RETRY),
                            new Sent(Operation.READ, RETRY.multipliedBy(2)),
                            new Sent(Operation.READ, RETRY.multipliedBy(3)),
                            new Sent(Operation.READ, RETRY.multipliedBy(4)));
        }

        @Test
        void aWatchThatIsLostFallsBackToPolling() {
            LeaseElectionDriver a = watchingB().watching(false);
            a.until(Duration.ofSeconds(9), Store.ANSWERS);
            assertThat(a.sent(Operation.READ)).hasSizeGreaterThanOrEqualTo(4);
        }

        @Test
        void anEarlierReportOfTheWatchThatArrivesLaterMeansNothing() {
            LeaseElectionDriver a = followingB();
            a.on(new Event.Observed<>(new LeaseReply.Watching(2, true, null)));
            a.on(new Event.Observed<>(new LeaseReply.Watching(1, false, "403")));
            a.found().mark();
            a.until(L.dividedBy(2), Store.ANSWERS);
            assertThat(a.sent()).isEmpty();
        }

        @Test
        void aLeaderSendsNothingButRenewals() {
            LeaseElectionDriver a = leading().watching(true).found().mark();
            a.until(Duration.ofMinutes(1), Store.ANSWERS);
            assertThat(a.sent()).hasSize(12).allMatch(call -> call.operation() == Operation.RENEW);
        }

        @Test
        void aMemberThatStoodDownSendsNothingWhileTheWatchReports() {
            LeaseElectionDriver a = watchingB().standDown();
            for (int i = 2; i < 10; i++) {
                a.until(RENEWAL.multipliedBy(i - 1), Store.ANSWERS);
                a.changed(a.put(heldByB(i)));
            }
            assertThat(a.sent()).isEmpty();
        }
    }

    @Nested
    class Law12CandidatesQueuePolitely {

        private static final List<String> MEMBERS = List.of("a", "b", "c", "d", "e", "f", "g");

        private static Duration delay(LeaseElectionDriver a) {
            a.mark().until(Operation.ACQUIRE);
            return a.since();
        }

        private static LeaseElectionDriver knowing(List<String> members) {
            return new LeaseElectionDriver()
                    .members(members.toArray(String[]::new))
                    .stand();
        }

        @Test
        void aCandidateWaitsByItsPlaceInTheRendezvousOrder() {
            Set<Long> places = new HashSet<>();
            for (int size = 1; size <= MEMBERS.size(); size++) {
                List<String> members = MEMBERS.subList(0, size);
                long place = Math.min(4, Rendezvous.rank(LOCK, "a", members, null));
                places.add(place);
                assertThat(delay(knowing(members).found())).isEqualTo(Duration.ofMillis(25 * place));
            }
            assertThat(places).as("a test of more than one place").hasSizeGreaterThan(1);
        }

        @Test
        void nobodyWaitsForMoreThanFour() {
            List<String> crowd = new ArrayList<>(List.of("a"));
            for (int i = 0; i < 100; i++) {
                crowd.add("m" + i);
            }
            assertThat(Rendezvous.rank(LOCK, "a", crowd, null)).isGreaterThan(4);
            assertThat(delay(knowing(crowd).found())).isEqualTo(Duration.ofMillis(100));
        }

        @Test
        void theLastHolderDoesNotCount() {
            String before = MEMBERS.stream()
                    .filter(member -> Rendezvous.rank(LOCK, "a", List.of("a", member), null) == 1)
                    .findFirst()
                    .orElseThrow();
            List<String> members = List.of("a", before);
            LeaseRecord theirs = held(before, "x-1", L, 7, 1);
            LeaseElectionDriver a = knowing(members).found(theirs).look().found(released("x-1", 7, 2));
            assertThat(delay(a)).isZero();
            String another = "z";
            LeaseRecord others = held(another, "x-1", L, 7, 1);
            LeaseElectionDriver queued = knowing(members).found(others).look().found(released("x-1", 7, 2));
            assertThat(delay(queued)).isEqualTo(Duration.ofMillis(25));
        }

        @Test
        void whoHeldItLastLetsTheOthersGoFirst() {
            String behind = MEMBERS.stream()
                    .filter(member -> !member.equals("a"))
                    .filter(member -> Rendezvous.rank(LOCK, "a", List.of("a", member), null) == 0)
                    .findFirst()
                    .orElseThrow();
            LeaseElectionDriver a = leading(new LeaseElectionDriver().members("a", behind));
            a.standDown().workStopped().written();
            assertThat(delay(a.stand())).isGreaterThanOrEqualTo(Duration.ofMillis(25));
        }

        @Test
        void whoResignsGivesTheOthersAHeadStartHoweverShortItsCoolDown() {
            LeaseElectionDriver a = leading().resign(Duration.ofMillis(1)).after(Duration.ofSeconds(1));
            a.workStopped().written();
            assertThat(delay(a)).as("more than the last in the queue waits").isGreaterThan(Duration.ofMillis(110));
        }

        @Test
        void chanceAddsUpToTenMilliseconds() {
            LeaseElectionDriver a =
                    new LeaseElectionDriver(TIMING, MOST).stand().found();
            assertThat(delay(a)).isBetween(Duration.ofMillis(9), Duration.ofMillis(10));
        }

        @Test
        void anEarlierListOfMembersThatArrivesLaterMeansNothing() {
            List<String> crowd = new ArrayList<>(MEMBERS);
            for (int i = 0; i < 100; i++) {
                crowd.add("m" + i);
            }
            LeaseElectionDriver a = new LeaseElectionDriver();
            a.on(new Event.Observed<>(new LeaseReply.Members(9, List.of("a"))));
            a.on(new Event.Observed<>(new LeaseReply.Members(8, crowd)));
            assertThat(delay(a.stand().found())).isZero();
        }

        @Test
        void whoeverWasForestalledFollows() {
            LeaseElectionDriver a =
                    new LeaseElectionDriver(TIMING, MOST).stand().found();
            a.changed(a.put(heldByB(1)));
            a.mark().until(Operation.ACQUIRE);
            assertThat(a.since()).isGreaterThanOrEqualTo(L);
        }
    }

    @Nested
    class Law13ARenewalIsVisibleAndATenureIsConstant {

        @Test
        void aRenewalCarriesTheWallClock() {
            LeaseElectionDriver a = renewing();
            assertThat(a.write().next().renewedAtMicros()).isEqualTo(a.wallMicros);
        }

        @Test
        void renewedAtRisesByAMicrosecondIfTheWallClockGoesBack() {
            LeaseElectionDriver a = leading();
            long acquired = a.stored.record().renewedAtMicros();
            a.jump(Duration.ofHours(-1)).tick();
            assertThat(a.called()).isEqualTo(Operation.RENEW);
            assertThat(a.write().next().renewedAtMicros()).isEqualTo(acquired + 1);
            a.written().until(Operation.RENEW);
            assertThat(a.write().next().renewedAtMicros()).isEqualTo(acquired + 2);
        }

        @Test
        void anAcquisitionRisesAboveTheRenewalOfAMemberWhoseClockIsAhead() {
            LeaseElectionDriver a = following();
            long ahead = a.wallMicros + Duration.ofHours(1).toNanos() / 1_000;
            a.found(heldByB(ahead)).until(Operation.ACQUIRE);
            assertThat(a.write().next().renewedAtMicros()).isEqualTo(ahead + 1);
        }

        @Test
        void theDurationIsConstantWithinATenure() {
            LeaseElectionDriver a = leading();
            for (int i = 0; i < 10; i++) {
                assertThat(a.stored.record().duration()).isEqualTo(L);
                a.until(Operation.RENEW).written();
            }
            assertThat(a.standDown().workStopped().write().next().duration()).isEqualTo(L);
        }

        @Test
        void aDurationThatTheStoreRoundedUpIsKeptForTheTenure() {
            LeaseElectionDriver a = acquiring();
            LeaseRecord next = a.write().next();
            Duration rounded = L.plusSeconds(1);
            a.reply(new LeaseReply.Written(a.put(held("a", "a-1", rounded, next.term(), next.renewedAtMicros()))));
            a.until(Operation.RENEW);
            assertThat(a.write().next().duration()).isEqualTo(rounded);
        }

        @Test
        void everyWriteOfATenureChangesTheRecord() {
            LeaseElectionDriver a = renewing();
            LeaseRecord first = a.write().next();
            a.unknown().until(Operation.RENEW);
            assertThat(a.write().next()).isNotEqualTo(a.stored.record());
            assertThat(a.write().next().renewedAtMicros()).isGreaterThanOrEqualTo(first.renewedAtMicros());
        }
    }

    /** Each way to be in a phase. */
    private static Map<Phase, Supplier<LeaseElectionDriver>> everyPhase() {
        Map<Phase, Supplier<LeaseElectionDriver>> phases = new EnumMap<>(Phase.class);
        phases.put(Phase.FOLLOWING, LeaseElectionDriver::acquiring);
        phases.put(Phase.LEADING, LeaseElectionDriver::renewing);
        phases.put(Phase.STOPPING_WORK, LeaseElectionDriver::stoppingWork);
        phases.put(Phase.RELEASING, LeaseElectionDriver::releasing);
        phases.put(Phase.STOPPED, LeaseElectionDriver::stopped);
        return phases;
    }
}
