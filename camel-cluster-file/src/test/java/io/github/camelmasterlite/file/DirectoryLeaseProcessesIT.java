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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three processes with leases in one directory: whoever is stopped, killed or leaves is replaced in time, and the whole history keeps every promise. */
@NullUnmarked
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class DirectoryLeaseProcessesIT {

    private static final String LOCK = "Orders/eu?x=1";
    private static final long LEASE_MILLIS = 3_000;
    private static final long STOP_BUDGET_MILLIS = 400;

    /** What follows from the lease, the renew deadline of two thirds of it and the stop budget: (3,000 x 0.98 / 1.02) - 2,000 - 400. */
    private static final Duration MARGIN = Duration.ofMillis(480);

    /** Beyond the stop budget, what a process on two busy cores needs after it was let run again. */
    private static final Duration SLOWNESS = Duration.ofMillis(600);

    @TempDir
    Path dir;

    private final History history = new History();
    private final ConcurrentMap<String, Event> active = new ConcurrentHashMap<>();
    private final List<RoundsProcess> processes = new ArrayList<>();
    private int started;
    private boolean deaf;

    private void startThree(boolean isDeaf) throws Exception {
        deaf = isDeaf;
        Files.createDirectories(dir.resolve("root"));
        for (int i = 0; i < 3; i++) {
            start();
        }
        awaitNextLeader("", Duration.ofSeconds(30));
    }

    @AfterEach
    void end() {
        processes.forEach(RoundsProcess::close);
    }

    private void start() throws IOException {
        RoundsProcess process = new RoundsProcess(
                dir,
                dir.resolve("root"),
                "p" + ++started,
                STOP_BUDGET_MILLIS,
                List.of(LOCK),
                List.of("-Drounds.lease=" + LEASE_MILLIS, "-Drounds.deaf=" + deaf),
                this::on);
        processes.add(process);
        process.tell("start a");
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> process.runs("a"));
    }

    private void on(Event event) {
        history.add(event);
        if (event.kind() == Kind.STARTED) {
            active.put(event.member(), event);
        } else if (event.kind() == Kind.STOPPED) {
            active.remove(event.member());
        }
    }

    /** The first to begin work that is not {@code former}. */
    private Event awaitNextLeader(String former, Duration bound) {
        Awaitility.await()
                .atMost(bound)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> active.keySet().stream().anyMatch(member -> !member.equals(former)));
        return active.values().stream()
                .filter(event -> !event.member().equals(former))
                .findFirst()
                .orElseThrow();
    }

    private RoundsProcess of(Event event) {
        return processes.stream()
                .filter(process -> event.member().equals(process.name() + "a"))
                .findFirst()
                .orElseThrow();
    }

    /** Both on a local file system, which reports changes, and as on a network file system, which does not. */
    @ParameterizedTest(name = "without a watch: {0}")
    @ValueSource(booleans = {false, true})
    void aStoppedKilledOrLeavingLeaderIsReplacedInTime(boolean isDeaf) throws Exception {
        startThree(isDeaf);
        List<String> figures = new ArrayList<>();

        // Stopped by SIGSTOP: the lease runs out.
        Event leader = awaitNextLeader("", Duration.ofSeconds(10));
        RoundsProcess stopped = of(leader);
        stopped.pause();
        long paused = System.nanoTime();
        history.add(paused, leader.member(), "", Kind.PAUSED, 0);
        Event next = awaitNextLeader(leader.member(), Duration.ofMillis(LEASE_MILLIS + 1_000));
        figures.add(figure("SIGSTOP", next.nanos() - paused));
        assertThat(next.token()).isGreaterThan(leader.token());
        history.add(System.nanoTime(), leader.member(), "", Kind.RESUMED, 0);
        stopped.resume();
        String former = leader.member();
        Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> !active.containsKey(former));
        judge();

        // It follows now, and may lead again later, with another token.
        Event killed = next;
        long killing = System.nanoTime();
        of(killed).kill();
        long ended = of(killed).awaitEnd();
        history.add(ended, killed.member(), "", Kind.KILLED, 0);
        active.remove(killed.member());
        next = awaitNextLeader(killed.member(), Duration.ofMillis(LEASE_MILLIS + 1_000));
        figures.add(figure("SIGKILL", next.nanos() - killing));
        processes.remove(of(killed));
        start();

        // Left in order: at once.
        for (int i = 0; i < 3; i++) {
            Event leaving = next;
            of(leaving).tell("stop a");
            next = awaitNextLeader(leaving.member(), Duration.ofMillis(LEASE_MILLIS));
            long stop = history.events().stream()
                    .filter(event -> event.kind() == Kind.STOPPED && event.token() == leaving.token())
                    .findFirst()
                    .orElseThrow()
                    .nanos();
            figures.add(figure("hand-over", next.nanos() - stop));
            assertThat(next.nanos() - stop).isLessThan(TimeUnit.SECONDS.toNanos(1));
            RoundsProcess again = of(leaving);
            Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> !again.runs("a"));
            again.tell("start a");
            Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> again.runs("a"));
        }

        // The record is deleted by hand while it is held.
        TrialFiles.delete(dir.resolve("root/.leases").resolve(LockNames.encode(LOCK)), false);
        long token = next.token();
        Awaitility.await()
                .atMost(Duration.ofMillis(2 * LEASE_MILLIS + 2_000))
                .until(() -> active.values().stream().anyMatch(event -> event.token() > token));
        judge();
        System.out.println("directory lease of " + LEASE_MILLIS + " ms, 3 processes, "
                + (deaf ? "without a watch: " : "with a watch: ") + figures);
    }

    private static String figure(String what, long nanos) {
        return String.format(Locale.ROOT, "%s %.0f ms", what, nanos / 1e6);
    }

    private void judge() throws IOException {
        Verdict verdict = HistoryChecker.all(
                history,
                List.of(
                        new AtMostOneActive(
                                MARGIN, Duration.ofMillis(STOP_BUDGET_MILLIS).plus(SLOWNESS)),
                        new TokensIncrease(),
                        new ActsOnlyWithinTenure(),
                        new ReleaseAfterStop(),
                        new NoNewTenureBeforeOldWorkEnded()));
        assertThat(verdict.violations())
                .as(() -> String.join("\n", history.tail(LOCK, 40)))
                .isEmpty();
        // Exactly what a pause beyond the margin means: the work of the stopped process counts as running until it
        // wakes up.
        assertThat(verdict.excused()).allMatch(found -> found.contains("was paused for"));
        assertThat(verdict.excused()).hasSizeLessThanOrEqualTo(1);
        assertThat(processes)
                .allSatisfy(process -> assertThat(process.takeComplaints()).isEmpty());
    }
}
