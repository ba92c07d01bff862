package com.example.leader;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.LeaseStore.Outcome;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.examples.testing.Application;
import io.github.camelmasterlite.examples.testing.CopiedOut;
import io.github.camelmasterlite.examples.testing.Readme;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the README, as processes that share a PostgreSQL, in a copy that is built elsewhere. */
class LeaderIT {

    private static final Duration BUILT = Duration.ofSeconds(110);
    private static final Duration START = Duration.ofSeconds(60);

    /** A lease of 3 s, and what a busy machine adds. */
    private static final Duration TAKEN_OVER = Duration.ofSeconds(15);

    /** Far longer than a line needs from one process to the other, and far shorter than a lease. */
    private static final Duration ON_ITS_WAY = Duration.ofMillis(700);

    private static final String LEADS = "leading .*consumer started";
    private static final String BEGINS = "tick with token";
    private static final String ADDED = "added, with token";

    @Test
    void leadershipMovesOnSigtermAndSigkillAndAPausedLeaderCannotWrite(@TempDir Path elsewhere) throws Exception {
        Readme readme = Readme.read(Path.of("README.md"));
        CopiedOut copied = CopiedOut.to(elsewhere, Path.of(""));
        Path directory = copied.directory();
        Application.run(readme.block("build"), directory, copied.environment(), BUILT);
        String url = Postgres.database("leader");
        Map<String, String> environment = Map.of("DB_URL", url);
        Application.run(readme.block("schema"), directory, environment, START);
        String command = readme.block("member");
        try (Application a = Application.start(command, directory, environment)) {
            a.awaitLine(ADDED, START);
            try (Application b = Application.start(command, directory, environment);
                    Application c = Application.start(command, directory, environment)) {
                for (Application follower : List.of(b, c)) {
                    follower.awaitLine("Routes startup", START);
                }

                a.terminate();
                boolean isB = firstToLead(b, c) == b;
                Application second = isB ? b : c;
                Application third = isB ? c : b;
                String stopped = a.awaitLine("consumer stopped", TAKEN_OVER);
                report(
                        "SIGTERM: next consumer started after the last had stopped",
                        stopped,
                        second.awaitLine(LEADS, TAKEN_OVER));
                assertThat(a.awaitEnd(TAKEN_OVER)).isEqualTo(143);

                // In the middle of a tick, which has been admitted: nothing but the row can refuse what is left of it.
                second.awaitLine(ADDED, TAKEN_OVER);
                stopInTheMiddleOfATick(second);
                third.awaitLine(ADDED, TAKEN_OVER);
                signal("CONT", second);
                second.awaitLine("REFUSED", TAKEN_OVER);

                String last = third.awaitLine(third.printed(), ADDED, TAKEN_OVER);
                int printed = second.printed();
                third.kill();
                String next = second.awaitLine(printed, LEADS, TAKEN_OVER);
                report("SIGKILL: next consumer started after the last sign of life", last, next);
                second.awaitLine(printed, ADDED, TAKEN_OVER);
            }
        }
        System.out.printf("one compare-and-set UPDATE, committed: %.2f ms%n", updateMillis(url));
    }

    private static Application firstToLead(Application b, Application c) {
        long deadlineNanos = System.nanoTime() + TAKEN_OVER.toNanos();
        while (System.nanoTime() < deadlineNanos) {
            for (Application candidate : List.of(b, c)) {
                try {
                    candidate.awaitLine(LEADS, Duration.ofMillis(50));
                    return candidate;
                } catch (AssertionError e) {
                    // not this one, or not yet
                }
            }
        }
        throw new AssertionError("nobody leads\n" + b.lines() + "\n" + c.lines());
    }

    private static void report(String what, String before, String after) {
        System.out.printf("%s: %d ms%n", what, ChronoUnit.MILLIS.between(time(before), time(after)));
    }

    private static LocalTime time(String line) {
        return LocalTime.parse(line.substring(0, 12));
    }

    /** The signal may come after the end of a tick that has been seen to begin: then the member goes on, before its lease has run out, until the next. */
    private static void stopInTheMiddleOfATick(Application member) throws Exception {
        for (int attempt = 0; attempt < 20; attempt++) {
            member.awaitLine(member.printed(), BEGINS, TAKEN_OVER);
            signal("STOP", member);
            if (!hasFinishedItsTick(member)) {
                return;
            }
            signal("CONT", member);
        }
        throw new AssertionError("never stopped in the middle of a tick\n" + String.join("\n", member.lines()));
    }

    /** Of a member that is stopped. What it has printed before may still be on its way. */
    private static boolean hasFinishedItsTick(Application stopped) {
        List<String> lines = stopped.lines();
        int begun = lines.size();
        while (!lines.get(begun - 1).contains(BEGINS)) {
            begun--;
        }
        try {
            stopped.awaitLine(begun, ADDED, ON_ITS_WAY);
            return true;
        } catch (AssertionError e) {
            return false;
        }
    }

    private static void signal(String name, Application application) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, String.valueOf(application.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    private static double updateMillis(String url) throws Exception {
        try (HikariDataSource pool = Databases.pool(url, 2, Duration.ofSeconds(5))) {
            LeaseStore store = new JdbcLeaseStore(pool, Duration.ofSeconds(5), 1);
            store.open("meter", new Deaf());
            StoredRecord stored = store.read("meter").toCompletableFuture().get(10, TimeUnit.SECONDS);
            long[] nanos = new long[300];
            for (int i = 0; i < nanos.length; i++) {
                LeaseRecord next = new LeaseRecord("meter", null, Duration.ofSeconds(15), i, i + 1, i + 1);
                long begin = System.nanoTime();
                Outcome outcome =
                        store.write("meter", stored, next).toCompletableFuture().get(10, TimeUnit.SECONDS);
                nanos[i] = System.nanoTime() - begin;
                stored = ((Outcome.Written) outcome).stored();
            }
            store.close();
            Arrays.sort(nanos, 100, nanos.length); // the first hundred warm up
            return nanos[200] / 1e6;
        }
    }

    private static final class Deaf implements LeaseStore.Listener {
        @Override
        public void changed(String lock, StoredRecord stored) {}

        @Override
        public void look(String lock) {}

        @Override
        public void lookAll() {}

        @Override
        public void watching(boolean live, @Nullable String reason) {}

        @Override
        public void members(List<String> ids) {}
    }
}
