package io.github.camelmasterlite.master;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.master.DelegateLifecycle.Effect;
import io.github.camelmasterlite.master.DelegateLifecycle.Event;
import io.github.camelmasterlite.master.DelegateLifecycle.Phase;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows of the table in the javadoc of {@link DelegateLifecycle}, one by one. */
class DelegateLifecycleTest {

    private static final TenureStamp FIRST = tenure(1);
    private static final TenureStamp SECOND = tenure(2);

    private final DelegateLifecycle machine = new DelegateLifecycle("test", 3);

    private static TenureStamp tenure(long term) {
        return TenureStamp.of("lock1", new Tenure(term, 100 + term, Instant.EPOCH));
    }

    private List<Effect> on(Event event) {
        return machine.on(event);
    }

    /** Everything that lets a delegate run but leadership. */
    private void ready() {
        on(new Event.Allow());
        on(new Event.ContextStarted());
    }

    private void starting() {
        ready();
        assertThat(on(new Event.Gained(FIRST))).containsExactly(new Effect.Start(1, FIRST, 1));
    }

    private void running() {
        starting();
        assertThat(on(new Event.Done(1))).isEmpty();
        assertThat(machine.phase()).isEqualTo(Phase.RUNNING);
    }

    private void suspended() {
        running();
        assertThat(on(new Event.Suspend())).containsExactly(new Effect.Suspend(2));
        assertThat(on(new Event.Done(2))).isEmpty();
        assertThat(machine.phase()).isEqualTo(Phase.SUSPENDED);
    }

    private void backingOff() {
        starting();
        assertThat(on(new Event.Failed(1))).containsExactly(new Effect.RetryAfter(1, 1));
        assertThat(machine.phase()).isEqualTo(Phase.BACKING_OFF);
    }

    private void givenUp() {
        backingOff();
        on(new Event.RetryDue(1));
        on(new Event.Failed(2));
        on(new Event.RetryDue(2));
        assertThat(on(new Event.Failed(3))).containsExactly(new Effect.GiveUp(3));
        assertThat(machine.phase()).isEqualTo(Phase.GIVEN_UP);
    }

    @Nested
    class Absent {

        @Test
        void startsOnlyWhenLeadershipContextAndRouteComeTogether() {
            assertThat(on(new Event.Gained(FIRST))).isEmpty();
            assertThat(on(new Event.Allow())).isEmpty();
            assertThat(on(new Event.ContextStarted())).containsExactly(new Effect.Start(1, FIRST, 1));
        }

        @Test
        void theRouteMayComeLast() {
            on(new Event.ContextStarted());
            assertThat(on(new Event.Gained(FIRST))).isEmpty();
            assertThat(on(new Event.Allow())).containsExactly(new Effect.Start(1, FIRST, 1));
        }

        @Test
        void doesNotStartWhileSuspendedOrLeavingOrClosed() {
            ready();
            on(new Event.Suspend());
            assertThat(on(new Event.Gained(FIRST))).isEmpty();
            on(new Event.Allow());
            on(new Event.Lost(FIRST));
            on(new Event.Cancelled(1));
            on(new Event.Defer());
            assertThat(on(new Event.Gained(SECOND))).isEmpty();
            on(new Event.Close());
            assertThat(on(new Event.Allow())).isEmpty();
            assertThat(machine.phase()).isEqualTo(Phase.ABSENT);
        }

        @Test
        void aBeginningThatIsHeardOfAfterItsEndIsIgnored() {
            ready();
            assertThat(on(new Event.Lost(FIRST))).isEmpty();
            assertThat(on(new Event.Gained(FIRST))).isEmpty();
            assertThat(on(new Event.Gained(SECOND))).containsExactly(new Effect.Start(1, SECOND, 1));
        }

        @Test
        void anEndOfAnotherTenureDoesNotEndTheOneThatIsHeld() {
            running();
            assertThat(on(new Event.Lost(SECOND))).isEmpty();
            assertThat(machine.phase()).isEqualTo(Phase.RUNNING);
        }

        @Test
        void hearingOfATenureTwiceChangesNothing() {
            running();
            assertThat(on(new Event.Gained(tenure(1)))).isEmpty();
            assertThat(machine.phase()).isEqualTo(Phase.RUNNING);
        }
    }

    @Nested
    class Starting {

        @Test
        void doneIsRunning() {
            running();
        }

        @Test
        void leadershipLostMeanwhileStopsRightAfter() {
            starting();
            assertThat(on(new Event.Lost(FIRST))).isEmpty();
            assertThat(machine.isWanted(1)).isFalse();
            assertThat(on(new Event.Done(1))).containsExactly(new Effect.Stop(2));
        }

        @Test
        void aRouteSuspendedMeanwhileSuspendsRightAfter() {
            starting();
            assertThat(on(new Event.Suspend())).isEmpty();
            assertThat(on(new Event.Done(1))).containsExactly(new Effect.Suspend(2));
        }

        @Test
        void aFlapMeanwhileStopsTheOldBeforeItStartsTheNew() {
            starting();
            on(new Event.Lost(FIRST));
            assertThat(on(new Event.Gained(SECOND))).isEmpty();
            assertThat(on(new Event.Done(1))).containsExactly(new Effect.Stop(2));
            assertThat(on(new Event.Done(2))).containsExactly(new Effect.Start(3, SECOND, 1));
        }

        @Test
        void cancelledIsAbsent() {
            starting();
            on(new Event.Lost(FIRST));
            assertThat(on(new Event.Cancelled(1))).isEmpty();
            assertThat(machine.phase()).isEqualTo(Phase.ABSENT);
        }

        @Test
        void cancelledForANewTenureStartsAgain() {
            starting();
            on(new Event.Lost(FIRST));
            on(new Event.Gained(SECOND));
            assertThat(machine.isWanted(1)).isFalse();
            assertThat(on(new Event.Cancelled(1))).containsExactly(new Effect.Start(2, SECOND, 1));
        }

        @Test
        void failedBacksOff() {
            backingOff();
        }

        @Test
        void failedAndNoLongerWantedIsAbsent() {
            starting();
            on(new Event.Lost(FIRST));
            assertThat(on(new Event.Failed(1))).isEmpty();
            assertThat(machine.phase()).isEqualTo(Phase.ABSENT);
        }

        @Test
        void failedForATenureThatHasPassedDoesNotCountAgainstTheNext() {
            starting();
            on(new Event.Lost(FIRST));
            on(new Event.Gained(SECOND));
            assertThat(on(new Event.Failed(1))).containsExactly(new Effect.Start(2, SECOND, 1));
        }

        @Test
        void failedWhileTheRouteIsSuspendedStartsTheCountAnew() {
            backingOff();
            on(new Event.RetryDue(1));
            on(new Event.Suspend());
            on(new Event.Failed(2));
            assertThat(on(new Event.Allow())).containsExactly(new Effect.Start(3, FIRST, 1));
        }

        @Test
        void refusedIsAskedForAgainAndIsNoAttempt() {
            DelegateLifecycle once = new DelegateLifecycle("once", 1);
            once.on(new Event.Allow());
            once.on(new Event.ContextStarted());
            once.on(new Event.Gained(FIRST));
            assertThat(once.on(new Event.Refused(1))).containsExactly(new Effect.RetryAfter(1, 0));
            assertThat(once.phase()).isEqualTo(Phase.BACKING_OFF);
            assertThat(once.on(new Event.RetryDue(1))).containsExactly(new Effect.Start(2, FIRST, 1));
        }

        @Test
        void refusedAndNoLongerWantedIsAbsent() {
            starting();
            on(new Event.Lost(FIRST));
            assertThat(on(new Event.Refused(1))).isEmpty();
            assertThat(machine.phase()).isEqualTo(Phase.ABSENT);
        }

        @Test
        void failedForTheLastTimeGivesUp() {
            givenUp();
        }

        @Test
        void zeroAttemptsAreForEver() {
            DelegateLifecycle endless = new DelegateLifecycle("endless", 0);
            endless.on(new Event.Allow());
            endless.on(new Event.ContextStarted());
            endless.on(new Event.Gained(FIRST));
            for (int i = 1; i <= 1000; i++) {
                assertThat(endless.on(new Event.Failed(i))).containsExactly(new Effect.RetryAfter(i, i));
                assertThat(endless.on(new Event.RetryDue(i))).containsExactly(new Effect.Start(i + 1, FIRST, i + 1));
            }
        }
    }

    @Nested
    class WithoutDelegate {

        @Test
        void theNextAttemptFollowsWhenItIsDue() {
            backingOff();
            assertThat(on(new Event.RetryDue(1))).containsExactly(new Effect.Start(2, FIRST, 2));
        }

        @Test
        void lostSuspendDeferAndCloseEndTheBackOff() {
            for (Event end :
                    List.of(new Event.Lost(FIRST), new Event.Suspend(), new Event.Defer(), new Event.Close())) {
                DelegateLifecycle other = new DelegateLifecycle("test", 3);
                other.on(new Event.Allow());
                other.on(new Event.ContextStarted());
                other.on(new Event.Gained(FIRST));
                other.on(new Event.Failed(1));
                assertThat(other.on(end)).isEmpty();
                assertThat(other.phase()).as("%s", end).isEqualTo(Phase.ABSENT);
                assertThat(other.on(new Event.RetryDue(1))).as("%s", end).isEmpty();
            }
        }

        @Test
        void anotherTenureStartsTheCountAnew() {
            givenUp();
            assertThat(on(new Event.Lost(FIRST))).isEmpty();
            assertThat(on(new Event.Gained(SECOND))).containsExactly(new Effect.Start(4, SECOND, 1));
        }

        @Test
        void startingTheRouteAgainTriesAgain() {
            givenUp();
            assertThat(on(new Event.Allow())).containsExactly(new Effect.Start(4, FIRST, 1));
        }

        @Test
        void suspendAndResumeTryAgainAtOnce() {
            backingOff();
            on(new Event.Suspend());
            assertThat(on(new Event.Allow())).containsExactly(new Effect.Start(2, FIRST, 1));
        }
    }

    @Nested
    class Running {

        @Test
        void lostStops() {
            running();
            assertThat(on(new Event.Lost(FIRST))).containsExactly(new Effect.Stop(2));
            assertThat(on(new Event.Done(2))).isEmpty();
            assertThat(machine.phase()).isEqualTo(Phase.ABSENT);
        }

        @Test
        void closeStops() {
            running();
            assertThat(on(new Event.Close())).containsExactly(new Effect.Stop(2));
            assertThat(on(new Event.Suspend())).isEmpty();
        }

        @Test
        void deferLetsItRun() {
            running();
            assertThat(on(new Event.Defer())).isEmpty();
            assertThat(machine.phase()).isEqualTo(Phase.RUNNING);
        }
    }

    @Nested
    @DisplayName("Suspended and on the way there and back")
    class Suspended {

        @Test
        void resumes() {
            suspended();
            assertThat(on(new Event.Allow())).containsExactly(new Effect.Resume(3));
            assertThat(on(new Event.Done(3))).isEmpty();
            assertThat(machine.phase()).isEqualTo(Phase.RUNNING);
        }

        @Test
        void lostStops() {
            suspended();
            assertThat(on(new Event.Lost(FIRST))).containsExactly(new Effect.Stop(3));
            on(new Event.Done(3));
            assertThat(on(new Event.Gained(SECOND))).isEmpty();
            assertThat(on(new Event.Allow())).containsExactly(new Effect.Start(4, SECOND, 1));
        }

        @Test
        void closeStops() {
            suspended();
            assertThat(on(new Event.Close())).containsExactly(new Effect.Stop(3));
        }

        @Test
        void lostWhileSuspendingStopsAfterwards() {
            running();
            on(new Event.Suspend());
            assertThat(on(new Event.Lost(FIRST))).isEmpty();
            assertThat(on(new Event.Done(2))).containsExactly(new Effect.Stop(3));
        }

        @Test
        void whatCannotBeSuspendedIsStopped() {
            running();
            on(new Event.Suspend());
            assertThat(on(new Event.Failed(2))).containsExactly(new Effect.Stop(3));
            on(new Event.Done(3));
            assertThat(on(new Event.Allow())).containsExactly(new Effect.Start(4, FIRST, 1));
        }

        @Test
        void whatCannotBeResumedIsReplaced() {
            suspended();
            on(new Event.Allow());
            assertThat(on(new Event.Failed(3))).containsExactly(new Effect.Stop(4));
            assertThat(on(new Event.Failed(4))).containsExactly(new Effect.Start(5, FIRST, 1));
        }
    }

    @Nested
    class Standby {

        private final DelegateLifecycle standby = new DelegateLifecycle("standby", 3, true);

        private List<Effect> on(Event event) {
            return standby.on(event);
        }

        private void warming() {
            assertThat(on(new Event.ContextStarted())).isEmpty();
            assertThat(on(new Event.Allow())).containsExactly(new Effect.WarmUp(1));
            assertThat(standby.phase()).isEqualTo(Phase.WARMING);
        }

        private void warm() {
            warming();
            assertThat(on(new Event.Done(1))).isEmpty();
            assertThat(standby.phase()).isEqualTo(Phase.WARM);
        }

        private void warmFailed() {
            warming();
            assertThat(on(new Event.Failed(1))).containsExactly(new Effect.WarmUpAfter(1));
            assertThat(standby.phase()).isEqualTo(Phase.WARM_FAILED);
        }

        @Test
        void isWarmedUpWhenContextAndRouteComeTogetherWithoutLeadership() {
            warm();
        }

        @Test
        void isNotMadeForARouteThatWantsNone() {
            assertThat(machine.on(new Event.Allow())).isEmpty();
            assertThat(machine.on(new Event.ContextStarted())).isEmpty();
            assertThat(machine.phase()).isEqualTo(Phase.ABSENT);
        }

        @Test
        void isNotMadeWhileSuspendedOrLeavingOrClosed() {
            on(new Event.Suspend());
            assertThat(on(new Event.ContextStarted())).isEmpty();
            assertThat(on(new Event.Defer())).isEmpty();
            on(new Event.Close());
            assertThat(on(new Event.Allow())).isEmpty();
            assertThat(standby.phase()).isEqualTo(Phase.ABSENT);
        }

        @Test
        void isStartedByAGain() {
            warm();
            assertThat(on(new Event.Gained(FIRST))).containsExactly(new Effect.Start(2, FIRST, 1, true));
            assertThat(on(new Event.Done(2))).isEmpty();
            assertThat(standby.phase()).isEqualTo(Phase.RUNNING);
        }

        @Test
        void isDroppedBySuspendDeferAndClose() {
            for (Event end : List.of(new Event.Suspend(), new Event.Defer(), new Event.Close())) {
                DelegateLifecycle other = new DelegateLifecycle("standby", 3, true);
                other.on(new Event.ContextStarted());
                other.on(new Event.Allow());
                other.on(new Event.Done(1));
                assertThat(other.on(end)).as("%s", end).containsExactly(new Effect.Stop(2));
                assertThat(other.on(new Event.Done(2))).as("%s", end).isEmpty();
                assertThat(other.phase()).as("%s", end).isEqualTo(Phase.ABSENT);
            }
        }

        @Test
        void isMadeAnewForARouteThatIsResumed() {
            warm();
            on(new Event.Suspend());
            on(new Event.Done(2));
            assertThat(on(new Event.Allow())).containsExactly(new Effect.WarmUp(3));
        }

        @Test
        void aGainDuringTheWarmUpWaitsForItAndStartsIt() {
            warming();
            assertThat(on(new Event.Gained(FIRST))).isEmpty();
            assertThat(standby.phase()).isEqualTo(Phase.WARMING);
            assertThat(on(new Event.Done(1))).containsExactly(new Effect.Start(2, FIRST, 1, true));
        }

        @Test
        void aGainBeforeTheWarmUpHasBegunTakesItBack() {
            warming();
            assertThat(standby.overtakenWarmUp()).isZero();
            on(new Event.Gained(FIRST));
            assertThat(standby.overtakenWarmUp()).isEqualTo(1);
            assertThat(on(new Event.Cancelled(1))).containsExactly(new Effect.Start(2, FIRST, 1, false));
            assertThat(standby.overtakenWarmUp()).isZero();
        }

        @Test
        void aCloseDuringTheWarmUpDropsItAfterwards() {
            warming();
            assertThat(on(new Event.Close())).isEmpty();
            assertThat(on(new Event.Done(1))).containsExactly(new Effect.Stop(2));
            on(new Event.Done(2));
            assertThat(standby.phase()).isEqualTo(Phase.ABSENT);
        }

        @Test
        void aGainAndALossDuringTheWarmUpKeepWhatHasNotBeenStarted() {
            warming();
            on(new Event.Gained(FIRST));
            on(new Event.Lost(FIRST));
            assertThat(on(new Event.Done(1))).isEmpty();
            assertThat(standby.phase()).isEqualTo(Phase.WARM);
            assertThat(on(new Event.Gained(SECOND))).containsExactly(new Effect.Start(2, SECOND, 1, true));
        }

        @Test
        void aWarmUpThatFailsIsTriedAgain() {
            warmFailed();
            assertThat(on(new Event.RetryDue(1))).containsExactly(new Effect.WarmUp(2));
            assertThat(on(new Event.RetryDue(1))).isEmpty();
        }

        @Test
        void aWarmUpThatFailsForATenureIsAnOrdinaryFirstStart() {
            warming();
            on(new Event.Gained(FIRST));
            assertThat(on(new Event.Failed(1))).containsExactly(new Effect.Start(2, FIRST, 1, false));
        }

        @Test
        void aWarmUpThatFailsForAClosedRouteIsTheEnd() {
            warming();
            on(new Event.Close());
            assertThat(on(new Event.Failed(1))).isEmpty();
            assertThat(standby.phase()).isEqualTo(Phase.ABSENT);
        }

        @Test
        void aGainAfterAFailedWarmUpIsAnOrdinaryStartAtOnce() {
            warmFailed();
            assertThat(on(new Event.Gained(FIRST))).containsExactly(new Effect.Start(2, FIRST, 1, false));
            assertThat(on(new Event.RetryDue(1))).isEmpty();
        }

        @Test
        void suspendDeferAndCloseEndTheWaitForTheNextWarmUp() {
            for (Event end : List.of(new Event.Suspend(), new Event.Defer(), new Event.Close())) {
                DelegateLifecycle other = new DelegateLifecycle("standby", 3, true);
                other.on(new Event.ContextStarted());
                other.on(new Event.Allow());
                other.on(new Event.Failed(1));
                assertThat(other.on(end)).as("%s", end).isEmpty();
                assertThat(other.phase()).as("%s", end).isEqualTo(Phase.ABSENT);
                assertThat(other.on(new Event.RetryDue(1))).as("%s", end).isEmpty();
            }
        }

        @Test
        void theUsedOneIsStoppedAndANewOneWarmedUpAfterATenure() {
            warm();
            on(new Event.Gained(FIRST));
            on(new Event.Done(2));
            assertThat(on(new Event.Lost(FIRST))).containsExactly(new Effect.Stop(3));
            assertThat(on(new Event.Done(3))).containsExactly(new Effect.WarmUp(4));
        }

        @Test
        void aStandbyThatDoesNotStartIsReplacedInFurtherAttempts() {
            warm();
            on(new Event.Gained(FIRST));
            assertThat(on(new Event.Failed(2))).containsExactly(new Effect.RetryAfter(2, 1));
            assertThat(on(new Event.RetryDue(2))).containsExactly(new Effect.Start(3, FIRST, 2, false));
        }

        @Test
        void aStartThatIsCancelledLeavesRoomForANewOne() {
            warm();
            on(new Event.Gained(FIRST));
            on(new Event.Lost(FIRST));
            assertThat(on(new Event.Cancelled(2))).containsExactly(new Effect.WarmUp(3));
        }

        @Test
        void aMemberThatHasYieldedKeepsAStandbyAgain() {
            warm();
            on(new Event.Gained(FIRST));
            on(new Event.Failed(2));
            on(new Event.RetryDue(2));
            on(new Event.Failed(3));
            on(new Event.RetryDue(3));
            assertThat(on(new Event.Failed(4))).containsExactly(new Effect.GiveUp(3));
            assertThat(on(new Event.Lost(FIRST))).containsExactly(new Effect.WarmUp(5));
        }
    }

    @Nested
    class Down {

        @Test
        void aRunningDelegateThatIsDownYields() {
            running();
            assertThat(on(new Event.Down(FIRST))).containsExactly(new Effect.Yield());
            assertThat(machine.phase()).isEqualTo(Phase.RUNNING);
            assertThat(on(new Event.Lost(FIRST))).containsExactly(new Effect.Stop(2));
        }

        @Test
        void oneOfAnotherTenureDoesNot() {
            running();
            assertThat(on(new Event.Down(SECOND))).isEmpty();
        }

        @Test
        void oneThatIsSuspendedOrLeavingDoesNot() {
            suspended();
            assertThat(on(new Event.Down(FIRST))).isEmpty();
            on(new Event.Allow());
            on(new Event.Done(3));
            on(new Event.Defer());
            assertThat(on(new Event.Down(FIRST))).isEmpty();
        }
    }

    @Test
    void answersUnderAnOldNumberSayNothing() {
        running();
        on(new Event.Lost(FIRST));
        assertThat(on(new Event.Done(1))).isEmpty();
        assertThat(on(new Event.Failed(1))).isEmpty();
        assertThat(on(new Event.Cancelled(1))).isEmpty();
        assertThat(on(new Event.Refused(1))).isEmpty();
        assertThat(on(new Event.RetryDue(1))).isEmpty();
        assertThat(machine.phase()).isEqualTo(Phase.STOPPING);
    }

    /** Random facts in random order: one operation at a time, a delegate only where one is wanted, and rest at the end. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void neverHasTwoOperationsUnderWay(long seed) {
        neverHasTwoOperationsUnderWay(seed, false);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void neverHasTwoOperationsUnderWayWithAStandby(long seed) {
        neverHasTwoOperationsUnderWay(seed, true);
    }

    private static void neverHasTwoOperationsUnderWay(long seed, boolean warmStandby) {
        Random random = new Random(seed);
        for (int run = 0; run < 300; run++) {
            DelegateLifecycle any = new DelegateLifecycle("random", 3, warmStandby);
            long term = 1;
            boolean held = false;
            long underWay = 0;
            boolean delegate = false;
            boolean starting = false;
            for (int step = 0; step < 60; step++) {
                Event event;
                switch (random.nextInt(9)) {
                    case 0, 1 -> {
                        event = held ? new Event.Lost(tenure(term)) : new Event.Gained(tenure(++term));
                        held = !held;
                    }
                    case 2 -> event = new Event.Suspend();
                    case 3 -> event = new Event.Allow();
                    case 4 -> event = new Event.ContextStarted();
                    case 5 -> event = new Event.Defer();
                    default -> {
                        if (underWay == 0) {
                            continue;
                        }
                        boolean succeeds = random.nextInt(4) > 0;
                        if (starting) {
                            delegate = succeeds;
                            starting = false;
                        }
                        event = succeeds ? new Event.Done(underWay) : new Event.Failed(underWay);
                        underWay = 0;
                    }
                }
                for (Effect effect : any.on(event)) {
                    if (effect instanceof Effect.WarmUp warmUp) {
                        assertThat(underWay).as("seed %s run %s", seed, run).isZero();
                        assertThat(delegate)
                                .as("a second delegate, seed %s run %s", seed, run)
                                .isFalse();
                        assertThat(held).isFalse();
                        underWay = warmUp.operation();
                        starting = true;
                    } else if (effect instanceof Effect.Start start) {
                        assertThat(underWay).as("seed %s run %s", seed, run).isZero();
                        assertThat(delegate)
                                .as("a delegate that is not the standby, seed %s run %s", seed, run)
                                .isEqualTo(start.standby());
                        assertThat(held).isTrue();
                        underWay = start.operation();
                        starting = true;
                    } else if (effect instanceof Effect.Stop stop) {
                        assertThat(underWay).isZero();
                        assertThat(delegate).isTrue();
                        underWay = stop.operation();
                        delegate = false;
                    } else if (effect instanceof Effect.Suspend suspend) {
                        assertThat(underWay).isZero();
                        underWay = suspend.operation();
                    } else if (effect instanceof Effect.Resume resume) {
                        assertThat(underWay).isZero();
                        underWay = resume.operation();
                    }
                }
            }
            // It comes to rest: whatever is under way ends, and nothing is left after the route has stopped.
            List<Effect> effects = any.on(new Event.Close());
            for (int i = 0; i < 10; i++) {
                for (Effect effect : effects) {
                    assertThat(effect).isInstanceOf(Effect.Stop.class);
                    underWay = ((Effect.Stop) effect).operation();
                }
                effects = underWay == 0 ? List.of() : any.on(new Event.Done(underWay));
                underWay = 0;
            }
            assertThat(any.phase()).isEqualTo(Phase.ABSENT);
        }
    }
}
