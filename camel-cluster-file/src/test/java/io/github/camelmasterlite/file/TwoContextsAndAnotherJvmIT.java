package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.history.ActsOnlyWithinTenure;
import io.github.camelmasterlite.history.AtMostOneActive;
import io.github.camelmasterlite.history.History;
import io.github.camelmasterlite.history.History.Event;
import io.github.camelmasterlite.history.History.Kind;
import io.github.camelmasterlite.history.HistoryChecker;
import io.github.camelmasterlite.history.NoNewTenureBeforeOldWorkEnded;
import io.github.camelmasterlite.history.ReleaseAfterStop;
import io.github.camelmasterlite.history.TokensIncrease;
import io.github.camelmasterlite.history.Verdict;
import io.github.camelmasterlite.history.Work;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two contexts in one JVM and another JVM. POSIX takes a process's locks on a file away as soon as the process closes any descriptor of it: one context
 * that ends must not hand the lock of the other one to the other JVM.
 */
class TwoContextsAndAnotherJvmIT {

    private static final List<String> LOCKS = List.of("lock1", "lock2");
    private static final long STOP_BUDGET_MILLIS = 500;
    private static final Duration BOUND = Duration.ofSeconds(15);

    /** Longer than a member that got a lost lock waits before it works, and than the interval of its tries. */
    private static final Duration WATCHED = Duration.ofMillis(1_000 + 1_000 + STOP_BUDGET_MILLIS);

    @TempDir
    Path dir;

    private final History history = new History();
    private final List<RoundsProcess> processes = new ArrayList<>();
    private RoundsProcess first;
    private RoundsProcess second;

    @BeforeEach
    void startProcesses() throws Exception {
        Path root = Files.createDirectory(dir.resolve("root"));
        first = launch(root, "first");
        second = launch(root, "second");
    }

    private RoundsProcess launch(Path root, String name) throws Exception {
        RoundsProcess process = new RoundsProcess(dir, root, name, STOP_BUDGET_MILLIS, LOCKS, history::add);
        processes.add(process);
        return process;
    }

    @AfterEach
    void endProcesses() throws Exception {
        processes.forEach(RoundsProcess::close);
        for (RoundsProcess process : processes) {
            process.awaitEnd();
            assertThat(process.takeComplaints()).isEmpty();
        }
    }

    private List<Work> open(String lock) {
        return history.work().getOrDefault(lock, List.of()).stream()
                .filter(work -> work.ending() == Work.Ending.OPEN)
                .toList();
    }

    private boolean leadsEverything(String member) {
        return LOCKS.stream()
                .allMatch(lock ->
                        open(lock).size() == 1 && open(lock).get(0).member().equals(member));
    }

    private void start(RoundsProcess process, String context) {
        process.tell("start " + context);
        Awaitility.await().atMost(BOUND).until(() -> process.runs(context));
    }

    private void stop(RoundsProcess process, String context) {
        process.tell("stop " + context);
        Awaitility.await().atMost(BOUND).until(() -> !process.runs(context));
    }

    private void awaitLeader(String member) {
        Awaitility.await()
                .atMost(BOUND)
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> assertThat(leadsEverything(member)).isTrue());
    }

    private void assertGoesOnLeading(String member) {
        int before = history.work().values().stream().mapToInt(List::size).sum();
        Awaitility.await()
                .during(WATCHED)
                .atMost(WATCHED.plus(BOUND))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> leadsEverything(member));
        assertThat(history.work().values().stream().mapToInt(List::size).sum())
                .as("tenures while nothing happened to the leader")
                .isEqualTo(before);
    }

    private void assertEveryPromise() {
        Verdict verdict = HistoryChecker.all(
                history,
                List.of(
                        new AtMostOneActive(Duration.ofDays(1), Duration.ZERO),
                        new TokensIncrease(),
                        new ActsOnlyWithinTenure(),
                        new ReleaseAfterStop(),
                        new NoNewTenureBeforeOldWorkEnded()));
        assertThat(verdict.violations()).isEmpty();
        assertThat(verdict.excused()).isEmpty();
    }

    @Test
    void closingOneContextLeavesTheLocksOfTheOtherContextOfItsJvm() throws Exception {
        start(first, "a");
        awaitLeader("firsta");
        start(first, "b");
        start(second, "a");
        stop(first, "b");
        assertGoesOnLeading("firsta");
        first.kill();
        long ended = first.awaitEnd();
        history.add(new Event(ended, "firsta", "", Kind.KILLED, 0));
        history.add(new Event(ended, "firstb", "", Kind.KILLED, 0));
        awaitLeader("seconda");
        assertEveryPromise();
    }

    @Test
    void theOtherContextOfTheJvmMayTakeOverFromTheOneThatCloses() {
        start(first, "a");
        awaitLeader("firsta");
        start(first, "b");
        stop(first, "a");
        awaitLeader("firstb");
        start(second, "a");
        start(first, "a");
        stop(first, "a");
        assertGoesOnLeading("firstb");
        assertEveryPromise();
    }

    @Test
    void closingContextsOfOneJvmDoesNotDisturbTheLeaderInTheOther() {
        start(second, "a");
        awaitLeader("seconda");
        start(first, "a");
        start(first, "b");
        stop(first, "a");
        assertGoesOnLeading("seconda");
        stop(second, "a");
        awaitLeader("firstb");
        assertEveryPromise();
    }
}
