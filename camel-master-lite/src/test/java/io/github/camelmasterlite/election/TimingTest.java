package io.github.camelmasterlite.election;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Law 4: times that do not keep leaders apart are refused, with a set that would. */
@NullUnmarked
class TimingTest {

    private static final Pattern WORKS = Pattern.compile("for leaseDuration ([0-9.]+) ms this works: "
            + "renewDeadline ([0-9.]+) ms, stopBudget ([0-9.]+) ms, jitterFactor ([0-9.]+)$");

    private static final Duration L = Duration.ofSeconds(15);
    private static final Duration B = Duration.ofSeconds(10);
    private static final Duration RETRY = Duration.ofSeconds(2);
    private static final Duration S = Duration.ofSeconds(2);
    private static final Duration DRAIN = Duration.ofSeconds(45);

    private static Duration millis(String text) {
        return Duration.ofNanos(Math.round(Double.parseDouble(text) * 1e6));
    }

    private static String refusal(Duration lease, Duration renew, Duration stop, double jitter) {
        try {
            Timing accepted = new Timing(lease, renew, RETRY, stop, DRAIN, jitter);
            throw new AssertionError("accepted: " + accepted);
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    /** Reads the set that works out of a message and tries it. */
    private static Timing suggested(String message) {
        Matcher works = WORKS.matcher(message);
        assertThat(works.find()).as(message).isTrue();
        return new Timing(
                millis(works.group(1)),
                millis(works.group(2)),
                RETRY,
                millis(works.group(3)),
                DRAIN,
                Double.parseDouble(works.group(4)));
    }

    @Test
    void theDefaultsAreThoseOfCamel() {
        Timing timing = Timing.defaults();
        assertThat(timing).isEqualTo(new Timing(L, B, RETRY, S, DRAIN, 1.2));
        assertThat(timing.leaseNanos()).isEqualTo(15_000_000_000L);
        assertThat(timing.renewDeadlineNanos()).isEqualTo(10_000_000_000L);
        assertThat(timing.renewIntervalNanos()).isEqualTo(5_000_000_000L);
        assertThat(timing.attemptNanos()).isEqualTo(1_666_666_666L);
        assertThat(timing.retryNanos()).isEqualTo(1_666_666_666L);
        assertThat(timing.renewIntervalNanos(0)).isEqualTo(1_250_000_000L);
        assertThat(timing.renewIntervalNanos(5)).isEqualTo(1_250_000_000L);
        assertThat(timing.renewIntervalNanos(6)).isEqualTo(1_500_000_000L);
        assertThat(timing.renewIntervalNanos(19)).isEqualTo(4_750_000_000L);
        assertThat(timing.renewIntervalNanos(20)).isEqualTo(5_000_000_000L);
        assertThat(timing.renewIntervalNanos(Integer.MAX_VALUE)).isEqualTo(5_000_000_000L);
        assertThat(timing.retryNanos(6_000_000_000L)).isEqualTo(1_666_666_666L);
        assertThat(timing.retryNanos(3_000_000_000L)).isEqualTo(1_000_000_000L);
        assertThat(timing.retryNanos(-1)).isEqualTo(250_000_000L);
        assertThat(timing.jumpNanos()).isEqualTo(750_000_000L);
    }

    @Test
    void workGetsFortyPercentOfWhatIsBetween() {
        assertThat(Timing.defaultStopBudget(L, B)).isEqualTo(S);
        assertThat(Timing.defaultStopBudget(Duration.ofMillis(102), Duration.ofMillis(101)))
                .as("at least a millisecond")
                .isEqualTo(Duration.ofMillis(1));
        assertThat(Timing.of(Duration.ofSeconds(30), Duration.ofSeconds(20), RETRY)
                        .stopBudget())
                .isEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void aShortRetryPeriodCountsAfterErrors() {
        assertThat(Timing.of(L, B, Duration.ofMillis(300)).retryNanos()).isEqualTo(300_000_000L);
    }

    @ParameterizedTest
    @CsvSource({"15000, 750000000", "20000, 1000000000", "60000, 1000000000", "1000, 50000000"})
    void theToleratedJumpIsATwentiethOfTheLeaseAndAtMostASecond(long leaseMillis, long jumpNanos) {
        Duration lease = Duration.ofMillis(leaseMillis);
        assertThat(Timing.of(lease, lease.dividedBy(2), RETRY).jumpNanos()).isEqualTo(jumpNanos);
    }

    @Test
    void leadersThatCouldOverlapAreRefusedWithTheInequalityTheValuesAndASetThatWorks() {
        String message = refusal(L, Duration.ofSeconds(14), Duration.ofSeconds(3), 1.2);
        assertThat(message)
                .contains(
                        "renewDeadline 14000 ms + stopBudget 3000 ms + clock jump 750 ms",
                        "x 1.02",
                        "leaseDuration 15000 ms x 0.98")
                .doesNotContain("attempts");
        assertThat(suggested(message)).isEqualTo(new Timing(L, B, RETRY, S, DRAIN, 1.2));
    }

    @Test
    void tooMuchJitterIsRefusedWithTheInequalityTheValuesAndASetThatWorks() {
        String message = refusal(L, B, S, 1.5);
        assertThat(message)
                .contains("renewDeadline 10000 ms", "jitterFactor 1.5", "2 attempts of 1666", "less than renewDeadline")
                .doesNotContain("clock jump");
        assertThat(suggested(message).jitterFactor()).isEqualTo(1.2);
    }

    @Test
    void everythingThatIsViolatedIsInOneMessage() {
        String message = refusal(L, Duration.ofSeconds(15), Duration.ofSeconds(3), 2.0);
        assertThat(message).contains("clock jump", "jitterFactor 2.0", "attempts");
        assertThat(suggested(message)).isNotNull();
    }

    @Test
    void aJitterThatIsSmallerThanUsualIsKeptInTheSuggestion() {
        assertThat(suggested(refusal(L, L, S, 1.0)).jitterFactor()).isEqualTo(1.0);
    }

    @ParameterizedTest
    @ValueSource(longs = {100, 101, 107, 997, 1_000, 15_000, 3_600_000, 50_000_001, 86_400_000})
    void theSuggestionWorksForEveryLease(long leaseMillis) {
        Duration lease = Duration.ofMillis(leaseMillis);
        Timing timing = suggested(refusal(lease, lease, Duration.ofMillis(1), 1.2));
        assertThat(timing.leaseDuration()).isEqualTo(lease);
    }

    @Test
    void theSuggestionWorksForAnyLease() {
        Random random = new Random(42);
        for (int i = 0; i < 2_000; i++) {
            Duration lease = Duration.ofMillis(100 + random.nextInt(86_400_000 - 100));
            double jitter = 1 + random.nextInt(900) / 100.0;
            Timing timing = suggested(refusal(lease, lease, Duration.ofMillis(1 + random.nextInt(1_000)), jitter));
            assertThat(timing.leaseDuration()).isEqualTo(lease);
        }
    }

    @Test
    void theInequalityIsStrictAtItsEdge() {
        // (B + S + 750 ms) x 1.02 < 15 s x 0.98 means B + S < 13661.76 ms.
        Duration most = Duration.ofMillis(13_661);
        assertThat(new Timing(L, B, RETRY, most.minus(B), DRAIN, 1.2).stopBudget())
                .isEqualTo(most.minus(B));
        assertThat(refusal(L, B, most.minus(B).plusMillis(1), 1.2)).contains("stopBudget 3662 ms");
    }

    @ParameterizedTest
    @ValueSource(doubles = {1.0, 1.2, 1.33})
    void aJitterThatLeavesTimeForThreeAttemptsIsAccepted(double jitter) {
        assertThat(new Timing(L, B, RETRY, S, DRAIN, jitter).jitterFactor()).isEqualTo(jitter);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1.34, 2, 10})
    void aJitterThatLeavesNoTimeForThreeAttemptsIsRefused(double jitter) {
        assertThat(refusal(L, B, S, jitter)).contains("attempts");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.99, -1, 10.01, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void aJitterOutOfBoundsIsRefused(double jitter) {
        assertThat(refusal(L, B, S, jitter))
                .contains("jitterFactor must be at least 1 and at most 10", String.valueOf(jitter));
    }

    /** Makes times with one of them replaced. */
    private static Timing with(String name, Duration value) {
        return new Timing(
                name.equals("leaseDuration") ? value : L,
                name.equals("renewDeadline") ? value : B,
                name.equals("retryPeriod") ? value : RETRY,
                name.equals("stopBudget") ? value : S,
                name.equals("drainTimeout") ? value : DRAIN,
                1.2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"leaseDuration", "renewDeadline", "retryPeriod", "stopBudget", "drainTimeout"})
    void eachTimeMustBeThereAndBetweenAMillisecondAndADay(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> with(name, null)).withMessage(name + " must not be null");
        for (Duration small : new Duration[] {
            Duration.ZERO, Duration.ofMillis(-1), Duration.ofSeconds(Long.MIN_VALUE / 2), Duration.ofNanos(999_999)
        }) {
            assertThatIllegalArgumentException()
                    .as("%s %s", name, small)
                    .isThrownBy(() -> with(name, small))
                    .withMessageContaining(name + " must be at least a millisecond");
        }
        for (Duration large : new Duration[] {
            Duration.ofDays(1).plusNanos(1), Duration.ofDays(36_500), Duration.ofSeconds(Long.MAX_VALUE)
        }) {
            assertThatIllegalArgumentException()
                    .as("%s %s", name, large)
                    .isThrownBy(() -> with(name, large))
                    .withMessageContaining(name + " must be at most a day (86400000 ms), but is ");
        }
    }

    @Test
    void aLeaseThatABusyMachineCannotRenewIsRefused() {
        assertThat(refusal(Duration.ofMillis(99), Duration.ofMillis(50), Duration.ofMillis(1), 1.2))
                .contains("leaseDuration must be at least 100 ms, but is 99 ms");
        assertThat(Timing.of(Duration.ofMillis(100), Duration.ofMillis(60), Duration.ofMillis(10))
                        .leaseNanos())
                .isEqualTo(100_000_000L);
    }

    @Test
    void aStepThatIsNoneIsRefused() {
        for (Duration step : new Duration[] {null, Duration.ZERO, Duration.ofMillis(-1)}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Timing.defaults().inStepsOf(step))
                    .withMessageContaining("durationStep of the store must be more than zero, but is " + step);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "15000, 1000, 15000",
        "15001, 1000, 16000",
        "14999, 1000, 15000",
        "14500, 1000, 15000",
        "15000, 1, 15000",
        "15000, 60000, 60000"
    })
    void aLeaseIsRoundedUpInSteps(long leaseMillis, long stepMillis, long expectedMillis) {
        Timing timing = Timing.of(Duration.ofMillis(leaseMillis), B, RETRY);
        Timing rounded = timing.inStepsOf(Duration.ofMillis(stepMillis));
        assertThat(rounded)
                .isEqualTo(new Timing(
                        Duration.ofMillis(expectedMillis),
                        B,
                        RETRY,
                        timing.stopBudget(),
                        DRAIN,
                        timing.jitterFactor()));
    }

    @Test
    void aNanosecondMoreIsAStepMore() {
        Timing timing = Timing.of(L.plusNanos(1), B, RETRY);
        assertThat(timing.inStepsOf(Duration.ofSeconds(1)).leaseDuration()).isEqualTo(Duration.ofSeconds(16));
    }

    @Test
    void theMarginIsWhatTheInequalityLeaves() {
        Timing timing = Timing.defaults();
        assertThat(timing.margin()).isEqualTo(Duration.ofNanos(2_411_764_705L));
        double needed = (B.toNanos() + S.toNanos() + timing.margin().toNanos()) * (1 + Timing.RATE_ERROR);
        assertThat(needed).isCloseTo(L.toNanos() * (1 - Timing.RATE_ERROR), within(10.0));
    }

    @Test
    void theMarginIsNeverLessThanTheToleratedJump() {
        Random random = new Random(7);
        int accepted = 0;
        for (int i = 0; i < 5_000; i++) {
            Duration lease = Duration.ofMillis(100 + random.nextInt(60_000));
            Duration renew = Duration.ofMillis(1 + random.nextInt((int) lease.toMillis()));
            Duration stop = Duration.ofMillis(1 + random.nextInt((int) lease.toMillis()));
            Timing timing;
            try {
                timing = new Timing(lease, renew, RETRY, stop, DRAIN, 1.2);
            } catch (IllegalArgumentException e) {
                assertThat(suggested(e.getMessage())).isNotNull();
                continue;
            }
            accepted++;
            assertThat(timing.margin().toNanos()).as("%s", timing).isGreaterThanOrEqualTo(timing.jumpNanos());
        }
        assertThat(accepted).isGreaterThan(500);
    }
}
