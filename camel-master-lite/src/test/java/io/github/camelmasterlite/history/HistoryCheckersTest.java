package io.github.camelmasterlite.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.history.History.Kind;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each checker passes what is right, catches what it is for, and does not report what is not certain. Times are in milliseconds here. */
class HistoryCheckersTest {

    private static final long MS = 1_000_000;
    private static final String LOCK = "l";

    private final History history = new History();

    private HistoryCheckersTest at(long millis, String member, Kind kind, long token) {
        boolean ofAllLocks = kind == Kind.KILLED || kind == Kind.PAUSED || kind == Kind.RESUMED;
        history.add(millis * MS, member, ofAllLocks ? "" : LOCK, kind, token);
        return this;
    }

    private Verdict check(HistoryChecker checker) {
        return checker.check(history);
    }

    private void assertGood(HistoryChecker checker) {
        assertThat(check(checker)).isEqualTo(new Verdict(List.of(), List.of()));
    }

    private void assertViolated(HistoryChecker checker, String... words) {
        assertThat(check(checker).violations()).hasSize(1).first().asString().contains(words);
    }

    // ---- AtMostOneActive ----

    private final AtMostOneActive atMostOne = new AtMostOneActive(Duration.ofMillis(250), Duration.ofMillis(500));

    @Test
    void oneAfterTheOtherIsExclusive() {
        at(1, "a", Kind.STARTED, 1).at(5, "a", Kind.ACT, 1).at(9, "a", Kind.STOPPED, 1);
        at(9, "b", Kind.STARTED, 2).at(12, "b", Kind.STOPPED, 2);
        assertGood(atMostOne);
    }

    @Test
    void twoAtWorkAreFound() {
        at(1, "a", Kind.STARTED, 1).at(10, "b", Kind.STARTED, 2).at(11, "a", Kind.STOPPED, 1);
        assertViolated(atMostOne, "a (token 1) and b (token 2) both at work for 0 us from 10000000");
        at(13, "b", Kind.STOPPED, 2);
        assertViolated(atMostOne, "both at work for 1000 us");
    }

    @Test
    void anOverlapInsideAnotherIsFoundBesideIt() {
        at(1, "a", Kind.STARTED, 1).at(2, "b", Kind.STARTED, 2).at(3, "b", Kind.STOPPED, 2);
        at(4, "c", Kind.STARTED, 3).at(5, "c", Kind.STOPPED, 3).at(6, "a", Kind.STOPPED, 1);
        assertThat(check(atMostOne).violations()).hasSize(2);
    }

    @Test
    void twoUnderDifferentLocksAreExclusive() {
        at(1, "a", Kind.STARTED, 1).at(9, "a", Kind.STOPPED, 1);
        history.add(5 * MS, "b", "other", Kind.STARTED, 1);
        assertGood(atMostOne);
    }

    @Test
    void aSuccessorBetweenTheLastWordAndTheConfirmedEndOfAKilledMemberIsNotCertainlySecond() {
        at(1, "a", Kind.STARTED, 1)
                .at(5, "a", Kind.ACT, 1)
                .at(20, "a", Kind.KILLED, 0)
                .at(6, "b", Kind.STARTED, 2);
        assertGood(atMostOne);
    }

    @Test
    void aKilledMemberThatActedAfterItsSuccessorBeganIsFound() {
        at(1, "a", Kind.STARTED, 1)
                .at(7, "a", Kind.ACT, 1)
                .at(20, "a", Kind.KILLED, 0)
                .at(6, "b", Kind.STARTED, 2);
        at(9, "b", Kind.ACT, 2);
        assertViolated(atMostOne, "both at work for 1000 us");
    }

    @Test
    void anOverlapAfterAPauseBeyondTheTimingLawIsExcusedAndListed() {
        at(1, "a", Kind.STARTED, 1).at(100, "a", Kind.PAUSED, 0).at(2_000, "a", Kind.RESUMED, 0);
        at(1_700, "b", Kind.STARTED, 2).at(2_400, "a", Kind.STOPPED, 1).at(3_000, "b", Kind.STOPPED, 2);
        assertThat(check(atMostOne).violations()).isEmpty();
        assertThat(check(atMostOne).excused()).hasSize(1).first().asString().contains("paused for 1900 ms");
    }

    @Test
    void anOverlapThatIsExcludedByNameIsListedUnderItsNameAndNeedsTheLowerTokenEvenSo() {
        AtMostOneActive excluding = new AtMostOneActive(
                Duration.ofMillis(250),
                Duration.ofMillis(500),
                work -> true,
                (earlier, later) -> later.member().equals("b") ? "deleted by hand" : null);
        at(1, "a", Kind.STARTED, 1).at(5, "b", Kind.STARTED, 2).at(6, "a", Kind.STOPPED, 1);
        at(7, "b", Kind.STOPPED, 2);
        assertThat(check(excluding).violations()).isEmpty();
        assertThat(check(excluding).excused())
                .hasSize(1)
                .first()
                .asString()
                .startsWith(AtMostOneActive.EXCLUDED + "deleted by hand: lock ");
        at(11, "a", Kind.STARTED, 4).at(12, "b", Kind.STARTED, 3).at(13, "a", Kind.STOPPED, 4);
        at(14, "b", Kind.STOPPED, 3);
        assertViolated(excluding, "a (token 4) and b (token 3)");
        at(21, "b", Kind.STARTED, 5).at(22, "a", Kind.STARTED, 6).at(23, "b", Kind.STOPPED, 5);
        at(24, "a", Kind.STOPPED, 6);
        assertThat(check(excluding).violations()).hasSize(2);
    }

    @Test
    void aPauseThatTookNoLockExcusesNothing() {
        at(1, "a", Kind.STARTED, 1).at(100, "a", Kind.PAUSED, 0).at(2_000, "a", Kind.RESUMED, 0);
        at(1_700, "b", Kind.STARTED, 2).at(2_400, "a", Kind.STOPPED, 1).at(3_000, "b", Kind.STOPPED, 2);
        assertViolated(
                new AtMostOneActive(Duration.ofMillis(250), Duration.ofMillis(500), work -> false),
                "nothing took its lock");
    }

    @Test
    void anOverlapAfterAPauseWithinTheTimingLawIsFound() {
        at(1, "a", Kind.STARTED, 1).at(1_500, "a", Kind.PAUSED, 0).at(1_750, "a", Kind.RESUMED, 0);
        at(1_700, "b", Kind.STARTED, 2).at(2_000, "a", Kind.STOPPED, 1).at(3_000, "b", Kind.STOPPED, 2);
        assertViolated(atMostOne, "both at work");
    }

    @Test
    void aPauseOfTheLaterMemberExcusesNothing() {
        at(1, "a", Kind.STARTED, 1).at(100, "b", Kind.PAUSED, 0).at(2_000, "b", Kind.RESUMED, 0);
        at(1_700, "b", Kind.STARTED, 2).at(2_400, "a", Kind.STOPPED, 1).at(3_000, "b", Kind.STOPPED, 2);
        assertViolated(atMostOne, "both at work");
    }

    @Test
    void aPausedMemberThatActsAfterItsSuccessorBeganIsFound() {
        at(1, "a", Kind.STARTED, 1).at(100, "a", Kind.PAUSED, 0).at(2_000, "a", Kind.RESUMED, 0);
        at(1_700, "b", Kind.STARTED, 2)
                .at(2_001, "a", Kind.ACT, 1)
                .at(2_002, "a", Kind.STOPPED, 1)
                .at(3_000, "b", Kind.STOPPED, 2);
        assertViolated(atMostOne, "was paused, but acted after");
    }

    @Test
    void aPausedMemberThatDoesNotStopInTimeIsFound() {
        at(1, "a", Kind.STARTED, 1).at(100, "a", Kind.PAUSED, 0).at(2_000, "a", Kind.RESUMED, 0);
        at(1_700, "b", Kind.STARTED, 2).at(2_501, "a", Kind.STOPPED, 1).at(3_000, "b", Kind.STOPPED, 2);
        assertViolated(atMostOne, "did not stop in time");
    }

    @Test
    void aPausedMemberWithTheHigherTokenIsFound() {
        at(1, "a", Kind.STARTED, 2).at(100, "a", Kind.PAUSED, 0).at(2_000, "a", Kind.RESUMED, 0);
        at(1_700, "b", Kind.STARTED, 1).at(2_001, "a", Kind.STOPPED, 2).at(3_000, "b", Kind.STOPPED, 1);
        assertViolated(atMostOne, "its token is not the lower one");
    }

    // ---- TokensIncrease ----

    @Test
    void risingTokensAreGood() {
        at(1, "a", Kind.STARTED, 1)
                .at(2, "a", Kind.STOPPED, 1)
                .at(3, "a", Kind.STARTED, 5)
                .at(4, "a", Kind.KILLED, 0);
        at(5, "b", Kind.STARTED, 6);
        assertGood(new TokensIncrease());
    }

    @Test
    void aTokenThatFallsOrStaysOrIsNoneIsFound() {
        at(1, "a", Kind.STARTED, 4).at(2, "a", Kind.STOPPED, 4).at(3, "b", Kind.STARTED, 3);
        assertViolated(new TokensIncrease(), "b began", "token 3", "not above the 4 of a");
        at(4, "b", Kind.STOPPED, 3).at(5, "a", Kind.STARTED, 4);
        assertThat(check(new TokensIncrease()).violations()).hasSize(2);
        History other = new History();
        other.add(1, "a", LOCK, Kind.STARTED, 0);
        assertThat(new TokensIncrease().check(other).violations()).hasSize(1);
    }

    // ---- ActsOnlyWithinTenure ----

    @Test
    void actsInsideTheWorkAreGoodAlsoOfOneThatWasKilledOrGoesOn() {
        at(1, "a", Kind.STARTED, 1)
                .at(1, "a", Kind.ACT, 1)
                .at(5, "a", Kind.ACT, 1)
                .at(5, "a", Kind.STOPPED, 1);
        at(6, "b", Kind.STARTED, 2).at(8, "b", Kind.ACT, 2).at(9, "b", Kind.KILLED, 0);
        at(10, "c", Kind.STARTED, 3).at(11, "c", Kind.ACT, 3);
        assertGood(new ActsOnlyWithinTenure());
    }

    @Test
    void anActBeforeOrAfterTheWorkOrWithAnotherTokenIsFound() {
        at(2, "a", Kind.STARTED, 1).at(5, "a", Kind.STOPPED, 1);
        assertGood(new ActsOnlyWithinTenure());
        at(1, "a", Kind.ACT, 1).at(6, "a", Kind.ACT, 1).at(3, "a", Kind.ACT, 2).at(3, "b", Kind.ACT, 1);
        assertThat(check(new ActsOnlyWithinTenure()).violations()).hasSize(4);
    }

    @Test
    void anActOfAStoppedProcessIsFound() {
        at(1, "a", Kind.STARTED, 1)
                .at(2, "a", Kind.PAUSED, 0)
                .at(3, "a", Kind.ACT, 1)
                .at(4, "a", Kind.RESUMED, 0);
        assertViolated(new ActsOnlyWithinTenure(), "while its process was stopped");
    }

    // ---- ReleaseAfterStop ----

    @Test
    void aReleaseAfterTheWorkOrWithoutAnyIsGood() {
        at(1, "a", Kind.STARTED, 1)
                .at(5, "a", Kind.STOPPED, 1)
                .at(5, "a", Kind.RELEASED, 1)
                .at(6, "b", Kind.RELEASED, 2);
        assertGood(new ReleaseAfterStop());
    }

    @Test
    void aReleaseWhileWorkGoesOnIsFound() {
        at(1, "a", Kind.STARTED, 1).at(4, "a", Kind.RELEASED, 1).at(5, "a", Kind.STOPPED, 1);
        assertViolated(new ReleaseAfterStop(), "a released the tenure with token 1", "went on for 1000 us");
    }

    @Test
    void aReleaseBeforeTheLastActOfAKilledMemberIsFound() {
        at(1, "a", Kind.STARTED, 1).at(4, "a", Kind.RELEASED, 1).at(9, "a", Kind.KILLED, 0);
        assertGood(new ReleaseAfterStop());
        at(5, "a", Kind.ACT, 1);
        assertViolated(new ReleaseAfterStop(), "a released the tenure with token 1");
    }

    // ---- NoNewTenureBeforeOldWorkEnded ----

    @Test
    void aNewTenureAfterTheOldWorkIsGood() {
        at(1, "a", Kind.STARTED, 1)
                .at(2, "a", Kind.STOPPED, 1)
                .at(2, "a", Kind.STARTED, 2)
                .at(3, "a", Kind.KILLED, 0);
        at(4, "a", Kind.STARTED, 3);
        assertGood(new NoNewTenureBeforeOldWorkEnded());
    }

    @Test
    void aNewTenureOfTheSameMemberBesideItsOldWorkIsFound() {
        at(1, "a", Kind.STARTED, 1)
                .at(2, "a", Kind.STARTED, 2)
                .at(3, "a", Kind.STOPPED, 1)
                .at(4, "a", Kind.STOPPED, 2);
        assertViolated(
                new NoNewTenureBeforeOldWorkEnded(), "a began with token 2", "before its work with token 1 had ended");
    }

    @Test
    void aNewTenureBesideOldWorkThatNeverEndsIsFound() {
        at(1, "a", Kind.STARTED, 1).at(2, "a", Kind.STARTED, 2).at(3, "a", Kind.STOPPED, 2);
        assertViolated(new NoNewTenureBeforeOldWorkEnded(), "it never did");
    }

    @Test
    void aNewTenureBeforeTheEndOfTheKilledProcessWasConfirmedIsFound() {
        at(1, "a", Kind.STARTED, 1)
                .at(5, "a", Kind.KILLED, 0)
                .at(4, "a", Kind.STARTED, 2)
                .at(6, "a", Kind.STOPPED, 2);
        assertThat(check(new NoNewTenureBeforeOldWorkEnded()).violations()).hasSize(1);
    }

    // ---- ConvergesWithin ----

    private static ConvergesWithin converges(long boundMillis, long calmMillis, long untilMillis) {
        return new ConvergesWithin(Duration.ofMillis(boundMillis), List.of(LOCK), calmMillis * MS, untilMillis * MS);
    }

    @Test
    void oneLeaderWithinTheBoundIsGood() {
        at(1, "a", Kind.STARTED, 1).at(20, "a", Kind.KILLED, 0).at(55, "b", Kind.STARTED, 2);
        assertGood(converges(50, 10, 100));
        assertGood(converges(45, 10, 100));
    }

    @Test
    void aLeaderFromBeforeTheCalmIsGood() {
        at(1, "a", Kind.STARTED, 1);
        assertGood(converges(50, 10, 100));
    }

    @Test
    void aLeaderTooLateIsFound() {
        at(1, "a", Kind.STARTED, 1).at(20, "a", Kind.STOPPED, 1).at(61, "b", Kind.STARTED, 2);
        assertViolated(converges(50, 10, 100), "only 51 ms after calm was b alone at work; promised are 50");
    }

    @Test
    void noLeaderAtTheEndIsFound() {
        at(1, "a", Kind.STARTED, 1).at(99, "a", Kind.STOPPED, 1);
        assertViolated(converges(50, 10, 100), "0 members at work 90 ms after calm");
        assertThat(converges(50, 10, 100).check(new History()).violations()).hasSize(1);
    }

    @Test
    void twoLeadersAtTheEndAreFound() {
        at(1, "a", Kind.STARTED, 1).at(20, "b", Kind.STARTED, 2);
        assertViolated(converges(50, 10, 100), "2 members at work");
    }

    @Test
    void aSecondLeaderThatGoesTooLateIsFound() {
        at(1, "a", Kind.STARTED, 1).at(20, "b", Kind.STARTED, 2).at(90, "b", Kind.STOPPED, 2);
        assertViolated(converges(50, 10, 100), "only 80 ms after calm was a alone");
    }

    @Test
    void aGapAfterTheCalmCountsFromTheCalm() {
        at(1, "a", Kind.STARTED, 1).at(30, "a", Kind.STOPPED, 1).at(40, "a", Kind.STARTED, 2);
        assertGood(converges(50, 10, 100));
        assertViolated(converges(20, 10, 100), "only 30 ms after calm");
    }

    // ---- all ----

    @Test
    void everyFindingNamesItsPromise() {
        at(1, "a", Kind.STARTED, 2)
                .at(3, "b", Kind.STARTED, 1)
                .at(5, "a", Kind.STOPPED, 2)
                .at(6, "b", Kind.STOPPED, 1);
        Verdict verdict = HistoryChecker.all(history, List.of(atMostOne, new TokensIncrease(), new ReleaseAfterStop()));
        assertThat(verdict.violations()).hasSize(2);
        assertThat(verdict.violations().get(0)).startsWith("AtMostOneActive: ");
        assertThat(verdict.violations().get(1)).startsWith("TokensIncrease: ");
    }
}
