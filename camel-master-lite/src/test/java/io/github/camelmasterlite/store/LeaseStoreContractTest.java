package io.github.camelmasterlite.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The contract is alive: it passes what is right, and finds each fault that was made on purpose, by the test that is named for it. */
class LeaseStoreContractTest {

    static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of(BrokenStores.IgnoresTheVersion.class, "aStaleVersionIsAConflictAndChangesNothing"),
                Arguments.of(
                        BrokenStores.IgnoresTheVersion.class,
                        "exactlyOneOfTwentyConcurrentReplacementsOfOneVersionWins"),
                Arguments.of(
                        BrokenStores.IgnoresTheIdentity.class,
                        "theVersionWithoutTheIdentityOfARecreatedRecordIsAConflict"),
                Arguments.of(
                        BrokenStores.CreatesWhatWasDeleted.class,
                        "aWriteToADeletedRecordIsAConflictAndDoesNotCreateIt"),
                Arguments.of(
                        BrokenStores.ShortensDurations.class, "aDurationIsNeverShortenedAndRoundedByLessThanAStep"),
                Arguments.of(BrokenStores.IgnoresCase.class, "differentLockNamesNeverShareARecord"),
                Arguments.of(
                        BrokenStores.FailsOnGarbage.class, "garbageIsReportedAsGarbageAndCanBeReplacedUnderItsVersion"),
                Arguments.of(
                        BrokenStores.TakesAFailureForARefusal.class,
                        "ofWritesWhoseRequestsAreLostNoneIsReportedDoneOrRefused"),
                Arguments.of(
                        BrokenStores.TakesAFailureForARefusal.class,
                        "ofWritesWhoseAnswersAreLostNoneIsReportedRefused"),
                Arguments.of(
                        BrokenStores.TakesAFailureForDone.class,
                        "ofWritesWhoseRequestsAreLostNoneIsReportedDoneOrRefused"),
                Arguments.of(
                        BrokenStores.FindsNothingWhereItCannotRead.class,
                        "whatCannotBeReadIsNotReportedAbsentOrGarbage"),
                Arguments.of(BrokenStores.KeepsItsCaller.class, "callsReturnAtOnce"),
                Arguments.of(
                        BrokenStores.CountsFromOneAfterDeletion.class,
                        "revisionsRiseAcrossWritesReleaseDeletionAndCreation"),
                Arguments.of(
                        BrokenStores.WatchesNothing.class,
                        "aWatchReportsWhatAnotherConnectionWroteOrTheStoreSaysWhyItDoesNotWatch"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aFaultIsFoundByTheTestThatIsNamedForIt(Class<?> broken, String test) {
        Map<String, TestExecutionResult> results = run(broken, test);
        assertThat(results).hasSize(1);
        assertThat(results.values())
                .allSatisfy(result -> assertThat(result.getStatus()).isEqualTo(Status.FAILED));
    }

    @Test
    void whatIsIntactPasses() {
        Map<String, TestExecutionResult> results = run(BrokenStores.Intact.class, null);
        assertThat(results).hasSizeGreaterThan(30);
        assertThat(results.values())
                .allSatisfy(result -> assertThat(result.getStatus()).isNotEqualTo(Status.FAILED));
    }

    /** Runs one test of a contract, or all. */
    private static Map<String, TestExecutionResult> run(Class<?> contract, @Nullable String test) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(test == null ? selectClass(contract) : selectMethod(contract, test))
                .build();
        Map<String, TestExecutionResult> results = new ConcurrentHashMap<>();
        LauncherFactory.create().execute(request, new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier identifier, TestExecutionResult result) {
                if (identifier.isTest()) {
                    results.put(identifier.getUniqueId(), result);
                }
            }
        });
        return new TreeMap<>(results);
    }
}
