package io.github.camelmasterlite.file;

import static io.github.camelmasterlite.file.LockElectionDriver.FILE;
import static io.github.camelmasterlite.file.LockElectionDriver.OTHER_FILE;
import static io.github.camelmasterlite.file.LockElectionDriver.TIMING;
import static io.github.camelmasterlite.file.LockElectionDriver.busy;
import static io.github.camelmasterlite.file.LockElectionDriver.claiming;
import static io.github.camelmasterlite.file.LockElectionDriver.failed;
import static io.github.camelmasterlite.file.LockElectionDriver.following;
import static io.github.camelmasterlite.file.LockElectionDriver.leading;
import static io.github.camelmasterlite.file.LockElectionDriver.obtained;
import static io.github.camelmasterlite.file.LockElectionDriver.record;
import static io.github.camelmasterlite.file.LockElectionDriver.releasing;
import static io.github.camelmasterlite.file.LockElectionDriver.settling;
import static io.github.camelmasterlite.file.LockElectionDriver.stopped;
import static io.github.camelmasterlite.file.LockElectionDriver.stoppingWork;
import static io.github.camelmasterlite.file.LockElectionDriver.valid;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.election.Effect;
import io.github.camelmasterlite.election.Event;
import io.github.camelmasterlite.election.Phase;
import io.github.camelmasterlite.file.LockReply.Predecessor;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The rules, event by event. The first class mirrors the transition table of {@link LockElection} row by row. */
@NullUnmarked
class LockElectionTest {

    private static final Duration POLL = Duration.ofNanos(TIMING.pollNanos());
    private static final Duration SETTLE = Duration.ofNanos(TIMING.settleNanos());
    private static final Duration CHECK = Duration.ofNanos(TIMING.checkIntervalNanos());

    @Nested
    class Table {

        @Test
        void followingStandTries() {
            LockElectionDriver a = new LockElectionDriver().stand();
            assertThat(a.called()).isEqualTo(new LockCommand.Try(null, false));
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
        }

        @Test
        void followingPollDueTries() {
            LockElectionDriver a = following().reply(busy("b"));
            assertThat(a.untilDeadline()).isBetween(POLL.multipliedBy(3).dividedBy(4), POLL);
            assertThat(a.deadlineIsShared()).isTrue();
            assertThat(a.atDeadline().called()).isEqualTo(new LockCommand.Try(FILE, false));
        }

        @ParameterizedTest
        @CsvSource({"0, 1000", "1, 1000", "100, 1000", "200, 2000", "1000, 10000", "100000, 10000"})
        void followingPollIsStretchedByManyLocksWhoseLeadersAreWatched(int calmLocks, long millis) {
            Duration interval = Duration.ofMillis(millis);
            LeaderRecord leader = record("b", 5, LeaderRecord.State.LEADING);
            for (LockReply reply :
                    List.of(new LockReply.Busy(FILE, leader, calmLocks), new LockReply.Seen(leader, calmLocks))) {
                LockElectionDriver a = following().reply(reply);
                assertThat(a.untilDeadline()).isBetween(interval.multipliedBy(3).dividedBy(4), interval);
                assertThat(a.deadlineIsShared()).isTrue();
                assertThat(a.atDeadline().called()).isInstanceOf(LockCommand.Try.class);
            }
        }

        @Test
        void followingStretchedPollIsAsShortAsBeforeOnceTheLeaderIsNotWatched() {
            LockElectionDriver a = following().reply(watchedBusy(1_000)).atDeadline();
            a.reply(watchedBusy(0));
            assertThat(a.untilDeadline()).isLessThanOrEqualTo(POLL);
        }

        @ParameterizedTest
        @EnumSource(LockReply.Hint.class)
        void followingAnyHintEndsAStretchedPoll(LockReply.Hint hint) {
            LockElectionDriver a = following().reply(watchedBusy(1_000)).on(new Event.Observed<>(hint));
            assertThat(a.called()).isEqualTo(new LockCommand.Try(FILE, false));
        }

        private LockReply watchedBusy(int calmLocks) {
            return new LockReply.Busy(FILE, record("b", 5, LeaderRecord.State.LEADING), calmLocks);
        }

        @ParameterizedTest
        @EnumSource(LockReply.Hint.class)
        void followingAnyHintTriesAtOnce(LockReply.Hint hint) {
            LockElectionDriver a = following().reply(busy("b")).on(new Event.Observed<>(hint));
            assertThat(a.called()).isEqualTo(new LockCommand.Try(FILE, false));
        }

        @Test
        void followingBusyPublishesWhoLeads() {
            LockElectionDriver a = following().reply(busy("b"));
            assertThat(a.standing().leader()).isEqualTo("b");
            assertThat(a.publishes()).isTrue();
            assertThat(a.called()).isNull();
            assertThat(a.atDeadline().reply(busy("b")).publishes())
                    .as("nothing new is not published again")
                    .isFalse();
        }

        @Test
        void followingMissingNothingEverSeenCreatesAtOnce() {
            LockElectionDriver a = following().reply(new LockReply.Missing());
            assertThat(a.called()).isEqualTo(new LockCommand.Try(null, true));
        }

        @Test
        void followingMissingAfterSomethingWasSeenWaitsTheSettleTimeThenCreates() {
            LockElectionDriver a = following().reply(busy("b")).hint();
            long seen = a.nanos;
            a.reply(new LockReply.Missing());
            assertThat(a.called()).isNull();
            assertThat(a.standing().leader()).isNull();
            while (a.nanos - seen < SETTLE.toNanos()) {
                a.atDeadline();
                if (a.nanos - seen < SETTLE.toNanos()) {
                    assertThat(a.called()).isEqualTo(new LockCommand.Try(FILE, false));
                    a.reply(new LockReply.Missing());
                }
            }
            assertThat(a.nanos - seen).isEqualTo(SETTLE.toNanos());
            assertThat(a.called()).isEqualTo(new LockCommand.Try(null, true));
        }

        @Test
        void followingReplacedWaitsTheSettleTimeThenTriesThatFile() {
            LockElectionDriver a = following().reply(busy("b")).hint();
            long seen = a.nanos;
            a.reply(new LockReply.Replaced(OTHER_FILE));
            while (a.nanos - seen < SETTLE.toNanos()) {
                a.atDeadline();
                if (a.nanos - seen < SETTLE.toNanos()) {
                    assertThat(a.called()).isEqualTo(new LockCommand.Try(FILE, false));
                    a.reply(new LockReply.Replaced(OTHER_FILE));
                }
            }
            assertThat(a.nanos - seen).isEqualTo(SETTLE.toNanos());
            assertThat(a.called()).isEqualTo(new LockCommand.Try(OTHER_FILE, false));
        }

        @Test
        void followingFailedPublishesTheProblemAndTriesAgainAfterThePollInterval() {
            LockElectionDriver a = following().reply(failed());
            assertThat(a.standing().problem()).isEqualTo("No space left on device");
            assertThat(a.untilDeadline()).isBetween(POLL.multipliedBy(3).dividedBy(4), POLL);
            assertThat(a.atDeadline().called()).isInstanceOf(LockCommand.Try.class);
            assertThat(a.reply(busy("b")).standing().problem()).isNull();
        }

        @Test
        void followingObtainedClaims() {
            LockElectionDriver a = following().reply(obtained(5, 3, Predecessor.RELEASED));
            assertThat(a.phase()).isEqualTo(Phase.CLAIMING);
            assertThat(a.called()).isEqualTo(new LockCommand.Claim(a.wallMillis, 4, false));
            assertThat(a.standing().tenure()).isNull();
        }

        @Test
        void followingObtainedButNoLongerWantedReleases() {
            LockElectionDriver a = following().standDown().reply(obtained(5, 3, Predecessor.NONE));
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            assertThat(a.called()).isEqualTo(new LockCommand.Release(false));
        }

        @Test
        void followingWithdrawNothingInFlightStops() {
            LockElectionDriver a = following().reply(busy("b")).withdraw();
            assertThat(a.phase()).isEqualTo(Phase.STOPPED);
            assertThat(a.called()).isNull();
        }

        @ParameterizedTest
        @EnumSource(
                value = Predecessor.class,
                names = {"NONE", "RELEASED", "DEAD"})
        void claimingClaimedLeadsAtOnceAfterNoneReleasedOrDead(Predecessor predecessor) {
            LockElectionDriver a = claiming(predecessor).reply(new LockReply.Claimed());
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.startsWork()).isTrue();
            assertThat(a.leads()).isTrue();
            assertThat(a.standing().leader()).isEqualTo("a");
        }

        @Test
        void claimingClaimedSettlesIfThePredecessorMayBeAlive() {
            LockElectionDriver a = claiming(Predecessor.ALIVE);
            assertThat(a.called()).isEqualTo(new LockCommand.Claim(a.wallMillis, 4, true));
            a.reply(new LockReply.Claimed());
            assertThat(a.phase()).isEqualTo(Phase.SETTLING);
            assertThat(a.startsWork()).isFalse();
            assertThat(a.leads()).isFalse();
        }

        @Test
        void claimingFailedPublishesTheProblemAndReleases() {
            LockElectionDriver a = claiming(Predecessor.RELEASED).reply(failed());
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            assertThat(a.called()).isEqualTo(new LockCommand.Release(false));
            assertThat(a.standing().problem()).isEqualTo("No space left on device");
            a.reply(new LockReply.Released());
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
            assertThat(a.untilDeadline()).isEqualTo(POLL);
        }

        @Test
        void claimingNoLongerWantedReleases() {
            LockElectionDriver a = claiming(Predecessor.RELEASED).standDown().reply(new LockReply.Claimed());
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            assertThat(a.called()).isEqualTo(new LockCommand.Release(true));
            assertThat(a.startsWork()).isFalse();
        }

        @ParameterizedTest
        @EnumSource(
                value = Predecessor.class,
                names = {"RELEASED", "DEAD"})
        void settlingValidAndPredecessorEndedClaimsAsSettled(Predecessor predecessor) {
            LockElectionDriver a = settling().atDeadline();
            assertThat(a.called()).isEqualTo(new LockCommand.Check(true));
            a.reply(valid(predecessor));
            assertThat(a.phase()).isEqualTo(Phase.SETTLING);
            assertThat(a.called())
                    .isInstanceOfSatisfying(
                            LockCommand.Claim.class,
                            claim -> assertThat(claim.settling()).isFalse());
            assertThat(a.startsWork()).isFalse();
        }

        @Test
        void settlingValidAndSettleTimePassedClaimsAsSettled() {
            LockElectionDriver a = settling();
            long since = a.nanos;
            while (!(a.called() instanceof LockCommand.Claim)) {
                a.atDeadline();
                boolean due = a.nanos - since >= SETTLE.toNanos();
                a.reply(valid(Predecessor.ALIVE));
                assertThat(a.called() instanceof LockCommand.Claim).isEqualTo(due);
            }
            assertThat(Duration.ofNanos(a.nanos - since)).isBetween(SETTLE, SETTLE.plusMillis(10));
        }

        @Test
        void settlingClaimedAsSettledLeads() {
            LockElectionDriver a =
                    settling().atDeadline().reply(valid(Predecessor.DEAD)).reply(new LockReply.Claimed());
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.startsWork()).isTrue();
            assertThat(a.leads()).isTrue();
        }

        @Test
        void settlingLostReleases() {
            LockElectionDriver a = settling().atDeadline().reply(new LockReply.Lost("taken"));
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            assertThat(a.called()).isEqualTo(new LockCommand.Release(false));
        }

        @Test
        void settlingNoLongerWantedReleasesUnsigned() {
            LockElectionDriver a = settling().standDown();
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            assertThat(a.called())
                    .as("the leader before may still be at work")
                    .isEqualTo(new LockCommand.Release(false));
        }

        @Test
        void leadingCheckDueChecks() {
            LockElectionDriver a = leading();
            assertThat(a.untilDeadline()).isEqualTo(CHECK);
            assertThat(a.atDeadline().called()).isEqualTo(new LockCommand.Check(false));
        }

        @ParameterizedTest
        @EnumSource(LockReply.Hint.class)
        void leadingAnyHintChecksAtOnce(LockReply.Hint hint) {
            assertThat(leading().on(new Event.Observed<>(hint)).called()).isEqualTo(new LockCommand.Check(false));
        }

        @Test
        void leadingPauseChecksAtOnce() {
            LockElectionDriver a = leading()
                    .after(Duration.ofSeconds(30))
                    .on(new Event.Paused<>(Duration.ofSeconds(30).toNanos()));
            assertThat(a.called()).isEqualTo(new LockCommand.Check(false));
            assertThat(a.phase())
                    .as("a pause alone ends nothing: the kernel keeps the lock")
                    .isEqualTo(Phase.LEADING);
            assertThat(a.leads()).isFalse();
        }

        @Test
        void leadingValidPublishesTheLongerAuthority() {
            LockElectionDriver a = leading();
            long before = a.standing().authorityUntilNanos();
            long sent = a.atDeadline().nanos;
            a.after(Duration.ofMillis(100)).reply(valid());
            assertThat(a.standing().authorityUntilNanos() - before).isEqualTo(CHECK.toNanos());
            assertThat(a.standing().authorityUntilNanos())
                    .as("counted from the moment the check was asked for")
                    .isEqualTo(sent + TIMING.authorityNanos());
        }

        @Test
        void leadingAuthorityLapsesPublishesAndTheNextCheckDecides() {
            LockElectionDriver a = leading();
            a.after(TIMING.authorityNanos()).tick(); // late: this process did not run, so nobody has asked yet
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.publishes()).isTrue();
            assertThat(a.leads()).isFalse();
            assertThat(a.stopsWork()).isFalse();
            assertThat(a.called()).isEqualTo(new LockCommand.Check(false));
            a.atDeadline();
            assertThat(a.phase()).as("no answer within the time of a quick one").isEqualTo(Phase.STOPPING_WORK);
        }

        @Test
        void leadingLostStopsWork() {
            LockElectionDriver a = leading().atDeadline().reply(new LockReply.Lost("taken"));
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.stopsWork()).isTrue();
            assertThat(a.leads()).isFalse();
            assertThat(a.effects.get(0))
                    .as("visible before work is told to stop")
                    .isInstanceOf(Effect.Publish.class);
        }

        @Test
        void leadingNotToBeVerifiedForAsLongAsACheckCountsStopsWork() {
            LockElectionDriver a = leading();
            long since = a.nanos;
            while (a.phase() == Phase.LEADING) {
                assertThat(Duration.ofNanos(a.nanos - since)).isLessThan(Duration.ofSeconds(4));
                a.atDeadline();
                if (a.called() != null) {
                    a.reply(failed());
                }
            }
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(Duration.ofNanos(a.nanos - since))
                    .isBetween(
                            Duration.ofNanos(TIMING.authorityNanos()),
                            Duration.ofNanos(TIMING.authorityNanos() + TIMING.graceNanos()));
        }

        @Test
        void leadingResignStopsWork() {
            LockElectionDriver a = leading().resign(Duration.ofSeconds(5));
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.stopsWork()).isTrue();
        }

        @Test
        void leadingStandDownStopsWork() {
            LockElectionDriver a = leading().standDown();
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.stopsWork()).isTrue();
        }

        @Test
        void leadingWithdrawStopsWork() {
            LockElectionDriver a = leading().withdraw();
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.stopsWork()).isTrue();
        }

        @Test
        void stoppingWorkWorkStoppedReleasesSigned() {
            LockElectionDriver a = stoppingWork().workStopped();
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            assertThat(a.called()).isEqualTo(new LockCommand.Release(true));
        }

        @Test
        void stoppingWorkWorkStoppedReleasesUnsignedIfTheLockIsGone() {
            LockElectionDriver a =
                    leading().atDeadline().reply(new LockReply.Lost("taken")).workStopped();
            assertThat(a.called()).isEqualTo(new LockCommand.Release(false));
        }

        @Test
        void stoppingWorkOverrunPublishesTheProblemAndKeepsTheLock() {
            LockElectionDriver a =
                    stoppingWork().after(TIMING.stopBudgetNanos()).tick();
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.standing().problem()).contains("lock1", "2000 ms", "stopBudgetMillis");
            assertThat(a.all)
                    .noneMatch(effect -> effect instanceof Effect.Call<LockCommand> call
                            && call.command() instanceof LockCommand.Release);
        }

        @Test
        void releasingReleasedFollowsAndTriesAgain() {
            LockElectionDriver a = leading()
                    .atDeadline()
                    .reply(new LockReply.Lost("taken"))
                    .workStopped()
                    .reply(new LockReply.Released());
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
            assertThat(a.called()).isInstanceOf(LockCommand.Try.class);
        }

        @Test
        void releasingFailedFollowsToo() {
            assertThat(releasing().reply(failed()).phase()).isEqualTo(Phase.FOLLOWING);
        }

        @Test
        void releasingReleasedWithdrawnStops() {
            LockElectionDriver a = leading().withdraw().workStopped().reply(new LockReply.Released());
            assertThat(a.phase()).isEqualTo(Phase.STOPPED);
            assertThat(a.publishes()).isTrue();
        }

        @Test
        void releasingFailedWithdrawnStops() {
            assertThat(leading().withdraw().workStopped().reply(failed()).phase())
                    .isEqualTo(Phase.STOPPED);
        }
    }

    /** Each way to be in a phase that has nothing in flight, and with something in flight. */
    private static Map<Phase, Supplier<LockElectionDriver>> everyPhase() {
        Map<Phase, Supplier<LockElectionDriver>> phases = new EnumMap<>(Phase.class);
        phases.put(Phase.FOLLOWING, () -> following().reply(busy("b")));
        phases.put(Phase.CLAIMING, () -> claiming(Predecessor.RELEASED));
        phases.put(Phase.SETTLING, LockElectionDriver::settling);
        phases.put(Phase.LEADING, LockElectionDriver::leading);
        phases.put(Phase.STOPPING_WORK, LockElectionDriver::stoppingWork);
        phases.put(Phase.RELEASING, LockElectionDriver::releasing);
        phases.put(Phase.STOPPED, LockElectionDriver::stopped);
        return phases;
    }

    @Nested
    class Calls {

        @ParameterizedTest
        @EnumSource(Phase.class)
        void aLateReplyWithAnotherIdMeansNothing(Phase phase) {
            List<LockReply> replies = List.of(
                    busy("c"),
                    new LockReply.Missing(),
                    new LockReply.Replaced(OTHER_FILE),
                    obtained(99, 9, Predecessor.NONE),
                    new LockReply.Claimed(),
                    valid(),
                    new LockReply.Lost("taken"),
                    new LockReply.Released(),
                    failed());
            for (LockReply reply : replies) {
                LockElectionDriver a = everyPhase().get(phase).get();
                a.on(new Event.Reply<>(77, reply));
                assertThat(a.phase()).isEqualTo(phase);
                assertThat(a.effects).isEmpty();
                a.on(new Event.Failed<>(77, "late"));
                assertThat(a.effects).isEmpty();
                a.on(new Event.Overdue<>(77, 1));
                assertThat(a.effects).isEmpty();
            }
        }

        @Test
        void aReplyIsHeardOnce() {
            LockElectionDriver a = leading().atDeadline().reply(valid());
            a.reply(new LockReply.Lost("the same id again"));
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
        }

        @Test
        void anUnexpectedErrorOfACallIsAFailedAnswer() {
            LockElectionDriver a = claiming(Predecessor.RELEASED);
            a.on(new Event.Failed<>(2, "java.lang.IllegalStateException"));
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
        }

        @Test
        void aHintWhileATryIsInFlightIsActedOnAfterwards() {
            LockElectionDriver a = following().hint();
            assertThat(a.called()).isNull();
            assertThat(a.reply(busy("b")).called())
                    .as("the answer may be older than the hint")
                    .isEqualTo(new LockCommand.Try(FILE, false));
            assertThat(a.reply(busy("b")).called()).as("once").isNull();
        }

        @Test
        void aHintWhileACheckIsInFlightIsActedOnAfterwards() {
            LockElectionDriver a = leading().atDeadline().hint();
            assertThat(a.called()).isNull();
            assertThat(a.reply(valid()).called()).isEqualTo(new LockCommand.Check(false));
            assertThat(a.reply(valid()).called()).isNull();
        }

        @Test
        void aPauseWhileACheckIsInFlightIsActedOnAfterwards() {
            LockElectionDriver a = leading()
                    .atDeadline()
                    .on(new Event.Paused<>(Duration.ofSeconds(3).toNanos()));
            assertThat(a.reply(valid()).called()).isEqualTo(new LockCommand.Check(false));
        }

        @Test
        void anOverdueCallIsReportedAndItsAnswerStillCounts() {
            LockElectionDriver a = following().after(Duration.ofSeconds(5)).overdue();
            assertThat(a.standing().problem()).contains("try", "5000 ms", "lock1");
            assertThat(a.called()).as("at most one call in flight").isNull();
            a.reply(busy("b"));
            assertThat(a.standing().problem()).isNull();
            assertThat(a.standing().leader()).isEqualTo("b");
        }

        @Test
        void anOverdueCheckThatIsAnsweredIsNoProblemAnyMoreWhileWorkStops() {
            LockElectionDriver a = stoppingWork().atDeadline();
            assertThat(a.called()).isEqualTo(new LockCommand.Check(false));
            a.overdue();
            assertThat(a.standing().problem()).contains("disk");
            a.reply(valid());
            a.after(Duration.ofSeconds(10)).tick();
            assertThat(a.standing().problem()).contains("has not stopped within");
        }

        @Test
        void anOverdueCheckWhileSettlingIsNoProblemAnyMoreOnceItIsAnswered() {
            LockElectionDriver a = settling().atDeadline().overdue();
            assertThat(a.standing().problem()).isNotNull();
            a.reply(valid(Predecessor.ALIVE));
            assertThat(a.standing().problem()).isNull();
        }

        @Test
        void aCheckThatHangsEndsLeadershipWhenTheLastOneNoLongerCounts() {
            LockElectionDriver a = leading();
            long sent = a.atDeadline().nanos;
            while (a.phase() == Phase.LEADING) {
                a.atDeadline();
            }
            assertThat(a.nanos - sent).isEqualTo(TIMING.authorityNanos() - CHECK.toNanos());
            assertThat(a.stopsWork()).isTrue();
            a.workStopped();
            assertThat(a.phase())
                    .as("what hangs may still be answered; then the lock is released")
                    .isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.reply(valid()).called()).isEqualTo(new LockCommand.Release(true));
        }

        @Test
        void aPauseWithACheckInFlightDoesNotCountAsAHang() {
            LockElectionDriver a = leading().atDeadline();
            a.after(Duration.ofSeconds(30))
                    .on(new Event.Paused<>(Duration.ofSeconds(30).toNanos()));
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.reply(valid()).phase()).isEqualTo(Phase.LEADING);
        }
    }

    @Nested
    class Leaving {

        @ParameterizedTest
        @EnumSource(Phase.class)
        void withdrawInEveryPhaseEndsStopped(Phase phase) {
            LockElectionDriver a = everyPhase().get(phase).get().withdraw();
            for (int i = 0; i < 10 && a.phase() != Phase.STOPPED; i++) {
                switch (a.phase()) {
                    case FOLLOWING -> a.reply(busy("b"));
                    case CLAIMING -> a.reply(new LockReply.Claimed());
                    case STOPPING_WORK -> a.workStopped();
                    default -> a.reply(new LockReply.Released());
                }
            }
            assertThat(a.phase()).isEqualTo(Phase.STOPPED);
            assertThat(a.election.deadlineNanos()).isNull();
        }

        @Test
        void withdrawWhileATryIsInFlightWaitsForItAndReleasesWhatItGot() {
            LockElectionDriver a = following().withdraw();
            assertThat(a.phase()).isEqualTo(Phase.FOLLOWING);
            a.reply(obtained(5, 3, Predecessor.NONE));
            assertThat(a.called()).isEqualTo(new LockCommand.Release(false));
            assertThat(a.reply(new LockReply.Released()).phase()).isEqualTo(Phase.STOPPED);
        }

        @Test
        void stoppedIsFinal() {
            List<Event<LockReply>> events = List.of(
                    new Event.Stand<>(),
                    new Event.StandDown<>(),
                    new Event.Resign<>(0),
                    new Event.Withdraw<>(),
                    new Event.WorkStopped<>(1),
                    new Event.Tick<>(),
                    new Event.Paused<>(1),
                    new Event.Reply<>(1, obtained(5, 3, Predecessor.NONE)),
                    new Event.Observed<>(LockReply.Hint.LOCK_FREED));
            LockElectionDriver a = stopped();
            for (Event<LockReply> event : events) {
                a.after(Duration.ofSeconds(1)).on(event);
                assertThat(a.phase()).isEqualTo(Phase.STOPPED);
                assertThat(a.effects).isEmpty();
                assertThat(a.election.deadlineNanos()).isNull();
            }
        }

        @Test
        void disabledItOnlyLooks() {
            LockElectionDriver a = new LockElectionDriver().standDown();
            assertThat(a.called()).isEqualTo(new LockCommand.Look());
            a.reply(new LockReply.Seen(record("b", 7, LeaderRecord.State.LEADING)));
            assertThat(a.standing().leader()).isEqualTo("b");
            assertThat(a.hint().called()).isEqualTo(new LockCommand.Look());
            a.reply(new LockReply.Seen(record("b", 7, LeaderRecord.State.RELEASED)));
            assertThat(a.standing().leader()).isNull();
            assertThat(a.stand().called()).isInstanceOf(LockCommand.Try.class);
        }

        @Test
        void disabledFromTheBeginningItLooksAtOnceWhateverTheOriginOfTheClock() {
            for (long origin : new long[] {Long.MIN_VALUE / 2, -1_000_000_000_000L, 0, Long.MAX_VALUE / 2}) {
                LockElectionDriver a = new LockElectionDriver();
                a.nanos = origin;
                assertThat(a.standDown().called()).isEqualTo(new LockCommand.Look());
            }
        }

        @Test
        void disabledAndEnabledAgainWhileWorkStopsItStandsAgain() {
            LockElectionDriver a = stoppingWork().stand().workStopped().reply(new LockReply.Released());
            assertThat(a.called()).isInstanceOf(LockCommand.Try.class);
        }

        @Test
        void workThatStopsWhileACheckIsInFlightIsReleasedAfterIt() {
            LockElectionDriver a = stoppingWork().atDeadline();
            assertThat(a.called()).isEqualTo(new LockCommand.Check(false));
            assertThat(a.workStopped().phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.reply(valid()).called()).isEqualTo(new LockCommand.Release(true));
        }

        @Test
        void theEndOfAnotherTenuresWorkDoesNotRelease() {
            LockElectionDriver a = stoppingWork().on(new Event.WorkStopped<>(3));
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
            assertThat(a.called()).isNull();
        }

        @Test
        void workThatIsReportedAsEndedWhileItLeadsChangesNothing() {
            LockElectionDriver a = leading().workStopped();
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            a.standDown();
            assertThat(a.phase()).isEqualTo(Phase.STOPPING_WORK);
        }
    }

    @Nested
    class CoolingDown {

        private LockElectionDriver resigned(Duration coolDown) {
            return leading().resign(coolDown).workStopped().reply(new LockReply.Released());
        }

        @Test
        void duringTheCoolDownItOnlyLooks() {
            LockElectionDriver a = resigned(Duration.ofSeconds(5));
            long since = a.nanos;
            while (a.nanos - since < Duration.ofSeconds(5).toNanos()) {
                assertThat(a.called() instanceof LockCommand.Try).isFalse();
                if (a.called() instanceof LockCommand.Look) {
                    a.reply(new LockReply.Seen(null));
                }
                a.atDeadline();
            }
            assertThat(a.called()).isInstanceOf(LockCommand.Try.class);
            assertThat(Duration.ofNanos(a.nanos - since)).isEqualTo(Duration.ofSeconds(5));
        }

        @Test
        void noHintShortensIt() {
            LockElectionDriver a = resigned(Duration.ofSeconds(5)).hint();
            assertThat(a.called()).isEqualTo(new LockCommand.Look());
        }

        @ParameterizedTest
        @org.junit.jupiter.params.provider.ValueSource(longs = {0, 1, 50})
        void othersGetAHeadStartHoweverShortTheCoolDown(long millis) {
            LockElectionDriver a = leading().resign(Duration.ofMillis(millis));
            a.after(Duration.ofMillis(200)).workStopped().reply(new LockReply.Released());
            long since = a.nanos;
            while (!(a.called() instanceof LockCommand.Try)) {
                if (a.called() instanceof LockCommand.Look) {
                    a.reply(new LockReply.Seen(null));
                }
                a.atDeadline();
            }
            assertThat(Duration.ofNanos(a.nanos - since)).isBetween(Duration.ofMillis(50), Duration.ofMillis(500));
        }

        @ParameterizedTest
        @org.junit.jupiter.params.provider.ValueSource(longs = {0, 5_000})
        void whatWasOnlyClaimedIsGivenUpToo(long millis) {
            LockElectionDriver a = claiming(Predecessor.RELEASED)
                    .resign(Duration.ofMillis(millis))
                    .reply(new LockReply.Claimed());
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            LockElectionDriver b = settling().resign(Duration.ofMillis(millis));
            assertThat(b.phase()).isEqualTo(Phase.RELEASING);
        }

        @Test
        void resigningAsAFollowerKeepsItFromStanding() {
            LockElectionDriver a =
                    following().reply(busy("b")).resign(Duration.ofSeconds(5)).hint();
            assertThat(a.called()).isEqualTo(new LockCommand.Look());
        }

        @Test
        void standingAgainEndsIt() {
            LockElectionDriver a = resigned(Duration.ofSeconds(5)).stand();
            assertThat(a.called()).isInstanceOf(LockCommand.Try.class);
        }

        @Test
        void itEndsWhileALookIsInFlight() {
            LockElectionDriver a = resigned(Duration.ofSeconds(5)).hint();
            a.after(Duration.ofSeconds(6)).tick();
            assertThat(a.called()).isNull();
            a.reply(new LockReply.Seen(null));
            a.atDeadline();
            assertThat(a.called()).isInstanceOf(LockCommand.Try.class);
            assertThat(a.standing().problem()).isNull();
        }
    }

    @Nested
    class Tokens {

        @Test
        void theTokenIsTheWallClockInMilliseconds() {
            LockElectionDriver a = leading();
            assertThat(a.lastStarted().fencingToken()).isEqualTo(a.wallMillis);
            assertThat(a.lastStarted().term()).isEqualTo(4);
        }

        @Test
        void theTokenRisesAlsoWhenTheClockWentBack() {
            LockElectionDriver a = following();
            long last = a.wallMillis + 3_600_000;
            a.reply(obtained(last, 3, Predecessor.RELEASED)).reply(new LockReply.Claimed());
            assertThat(a.lastStarted().fencingToken()).isEqualTo(last + 1);
        }

        @Test
        void theTokenRisesWhenTheClockWentBackAndTheFilesAreGone() {
            LockElectionDriver a = leading();
            long first = a.lastStarted().fencingToken();
            a.atDeadline().reply(new LockReply.Lost("deleted")).workStopped().reply(new LockReply.Released());
            a.wallMillis -= 86_400_000;
            a.reply(obtained(0, 0, Predecessor.NONE)).reply(new LockReply.Claimed());
            assertThat(a.lastStarted().fencingToken()).isGreaterThan(first);
        }

        @Test
        void aTokenSeenInALeadersRecordIsRemembered() {
            LockElectionDriver a = following();
            long seen = a.wallMillis + 1_000_000;
            a.reply(new LockReply.Busy(FILE, record("b", seen, LeaderRecord.State.LEADING)));
            a.atDeadline().reply(obtained(0, 0, Predecessor.NONE)).reply(new LockReply.Claimed());
            assertThat(a.lastStarted().fencingToken()).isEqualTo(seen + 1);
        }

        @Test
        void theTermRisesWithEveryAcquisition() {
            LockElectionDriver a = leading();
            a.standDown().workStopped().reply(new LockReply.Released());
            a.reply(new LockReply.Seen(null)).stand();
            a.reply(obtained(a.wallMillis, 4, Predecessor.RELEASED)).reply(new LockReply.Claimed());
            assertThat(a.lastStarted().term()).isEqualTo(5);
        }
    }

    @Nested
    class Authority {

        @Test
        void aSlowClaimCountsFromTheTryThatObtainedTheLock() {
            LockElectionDriver a = following();
            long tried = a.nanos;
            a.after(Duration.ofMillis(10)).reply(obtained(5, 3, Predecessor.RELEASED));
            a.after(Duration.ofMillis(1_500)).reply(new LockReply.Claimed());
            assertThat(a.standing().authorityUntilNanos() - tried)
                    .as("nobody has looked at the lock since")
                    .isEqualTo(TIMING.authorityNanos());
            assertThat(a.called()).as("so it looks at once").isEqualTo(new LockCommand.Check(false));
        }

        @Test
        void aSlowClaimAfterSettlingCountsFromTheLastCheck() {
            LockElectionDriver a = settling().atDeadline();
            long checked = a.nanos;
            a.reply(valid(Predecessor.DEAD));
            a.after(Duration.ofMillis(1_500)).reply(new LockReply.Claimed());
            assertThat(a.standing().authorityUntilNanos() - checked).isEqualTo(TIMING.authorityNanos());
        }

        @Test
        void aLapsedAuthorityReturnsWithTheNextConfirmation() {
            LockElectionDriver a = leading();
            a.after(TIMING.authorityNanos()).tick();
            assertThat(a.leads()).isFalse();
            a.on(new Event.Paused<>(TIMING.authorityNanos()));
            a.reply(valid()).reply(valid());
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.leads()).isTrue();
        }

        @Test
        void aReplyThatTookLongerThanTheAuthorityDoesNotRestoreIt() {
            LockElectionDriver a = leading().atDeadline();
            a.after(TIMING.authorityNanos() + 1).reply(valid());
            assertThat(a.leads()).isFalse();
            assertThat(a.called()).isEqualTo(new LockCommand.Check(false));
        }

        @Test
        void oneFailedCheckEndsNothing() {
            LockElectionDriver a = leading().atDeadline().reply(failed());
            assertThat(a.phase()).isEqualTo(Phase.LEADING);
            assertThat(a.leads()).isTrue();
            assertThat(a.standing().problem()).isEqualTo("No space left on device");
            a.atDeadline().reply(valid());
            assertThat(a.standing().problem()).isNull();
            assertThat(a.leads()).isTrue();
        }

        @Test
        void authorityEndsBeforeWhoeverTookTheLockMayWork() {
            assertThat(TIMING.authorityNanos() + TIMING.graceNanos() + TIMING.stopBudgetNanos())
                    .as("told to stop at the latest, and the time to stop")
                    .isLessThan(TIMING.settleNanos());
            assertThat(TIMING.authorityNanos()).isLessThan(TIMING.settleNanos());
            assertThat(TIMING.checkIntervalNanos()).isLessThan(TIMING.validityNanos());
        }
    }

    @Nested
    class BackingOff {

        /** The member that fails to claim wakes the others, and is woken by its own wake-up: without a limit they spin. */
        @Test
        void noHintMakesAMemberThatCouldNotClaimTryAgainAtOnce() {
            LockElectionDriver a =
                    claiming(Predecessor.RELEASED).reply(failed()).hint().reply(new LockReply.Released());
            long since = a.nanos;
            for (int i = 0; i < 5; i++) {
                assertThat(a.after(Duration.ofMillis(1)).hint().called()).isNull();
            }
            assertThat(a.atDeadline().called()).isInstanceOf(LockCommand.Try.class);
            assertThat(Duration.ofNanos(a.nanos - since)).isEqualTo(POLL);
        }

        @Test
        void noHintMakesAMemberThatCouldNotTryTryAgainAtOnce() {
            LockElectionDriver a = following().hint().reply(failed());
            assertThat(a.called()).isNull();
            assertThat(a.after(Duration.ofMillis(1)).hint().called()).isNull();
            assertThat(a.untilDeadline()).isEqualTo(POLL.minusMillis(1));
        }

        @Test
        void aMemberThatCannotRecordThatItHasSettledLetsOthersTry() {
            LockElectionDriver a = settling().atDeadline().reply(valid(Predecessor.DEAD));
            assertThat(a.called()).isInstanceOf(LockCommand.Claim.class);
            a.reply(failed());
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
            assertThat(a.standing().problem()).isNotNull();
        }

        @Test
        void aMemberThatCannotVerifyTheLockWhileSettlingLetsOthersTry() {
            LockElectionDriver a = settling();
            long since = a.nanos;
            while (a.phase() == Phase.SETTLING) {
                assertThat(Duration.ofNanos(a.nanos - since)).isLessThan(Duration.ofSeconds(5));
                a.atDeadline();
                if (a.called() != null) {
                    a.reply(failed());
                }
            }
            assertThat(a.phase()).isEqualTo(Phase.RELEASING);
        }
    }

    @Nested
    class TheFileUnderThePath {

        @Test
        void aFileThatComesBackWhileItIsMissedIsTheKnownOne() {
            LockElectionDriver a = following().reply(busy("b")).hint().reply(new LockReply.Missing());
            a.hint().reply(busy("b"));
            assertThat(a.standing().leader()).isEqualTo("b");
            a.atDeadline();
            assertThat(a.called()).isEqualTo(new LockCommand.Try(FILE, false));
            a.reply(new LockReply.Missing());
            assertThat(a.called()).as("a new absence is waited for anew").isNull();
            assertThat(a.hint().called()).isEqualTo(new LockCommand.Try(FILE, false));
        }

        @Test
        void aFileThatIsReplacedTwiceIsWaitedForTwice() {
            LockElectionDriver a = following().reply(busy("b")).hint().reply(new LockReply.Replaced(OTHER_FILE));
            a.after(SETTLE.minusMillis(1)).hint().reply(new LockReply.Replaced("file-3"));
            a.after(Duration.ofMillis(2)).hint();
            assertThat(a.called()).isEqualTo(new LockCommand.Try(FILE, false));
            a.reply(new LockReply.Replaced("file-3")).after(SETTLE).tick();
            assertThat(a.called()).isEqualTo(new LockCommand.Try("file-3", false));
        }

        @Test
        void aFileThatAppearsWhileTheAbsenceIsWaitedForIsWaitedForAnew() {
            LockElectionDriver a = following().reply(busy("b")).hint().reply(new LockReply.Missing());
            a.after(SETTLE.minusMillis(1)).hint().reply(new LockReply.Replaced(OTHER_FILE));
            a.after(Duration.ofMillis(2)).hint();
            assertThat(a.called()).isEqualTo(new LockCommand.Try(FILE, false));
        }

        @Test
        void theFormerLeaderWaitsToo() {
            LockElectionDriver a =
                    leading().atDeadline().reply(new LockReply.Lost("deleted")).workStopped();
            a.reply(new LockReply.Released());
            assertThat(a.called()).isEqualTo(new LockCommand.Try(FILE, false));
            a.reply(new LockReply.Missing());
            assertThat(a.called()).isNull();
        }
    }
}
