package io.github.camelmasterlite.file;

import static io.github.camelmasterlite.file.FileServices.awaitLeaderIsKnown;
import static io.github.camelmasterlite.file.FileServices.soon;
import static io.github.camelmasterlite.file.FileServices.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.cluster.LeadershipView;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The leader lives in this JVM, a candidate in another one. Code of this JVM that opens and closes the lock file drops the leader's lock without
 * a word: POSIX says so. The lock is healed or the tenure ends; what both report, on the one monotonic clock of the machine, never overlaps.
 */
@NullUnmarked
class CarelessNeighbourIT {

    /** Ways to touch a file that go through a descriptor of their own. */
    enum Carelessness {
        READ {
            @Override
            void commit(Path file) throws IOException {
                Files.readAllBytes(file);
            }
        },
        COPY {
            @Override
            void commit(Path file) throws IOException {
                Path copy = file.resolveSibling("copy");
                Files.copy(file, copy);
                Files.delete(copy);
            }
        },
        TOUCH {
            @Override
            void commit(Path file) throws IOException {
                Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
            }
        },
        WRITE {
            @Override
            void commit(Path file) throws IOException {
                Files.writeString(file, "");
            }
        };

        abstract void commit(Path file) throws IOException;
    }

    private record Happened(long nanos, String member, boolean starts, long token) {}

    @TempDir
    Path root;

    private final List<Happened> history = new CopyOnWriteArrayList<>();
    private final List<Process> processes = new ArrayList<>();
    private FileServices services;
    private LeadershipView here;

    @BeforeEach
    void prepare() {
        services = new FileServices(root);
    }

    @AfterEach
    void end() throws InterruptedException {
        services.close();
        for (Process process : processes) {
            process.destroyForcibly();
            process.waitFor(10, TimeUnit.SECONDS);
        }
    }

    /** A member of a JVM of its own; says what happens on its standard output. */
    static final class Member {
        public static void main(String[] args) throws IOException {
            FileLockClusterService service = new FileLockClusterService();
            service.setId(args[1]);
            service.setRoot(args[0]);
            LeadershipView view = service.getView("lock1");
            record(
                    view,
                    args[1],
                    happened -> System.out.println("@ " + happened.nanos + " " + happened.member + " " + happened.starts
                            + " " + happened.token));
            service.start();
            while (System.in.read() >= 0) {
                // Whoever started this process has not closed its end yet.
            }
            service.stop();
        }
    }

    private static void record(LeadershipView view, String member, java.util.function.Consumer<Happened> to) {
        view.addEventListener(new CamelClusterEventListener.Leadership() {
            private long working;

            @Override
            public synchronized void leadershipChanged(
                    org.apache.camel.cluster.CamelClusterView of, org.apache.camel.cluster.CamelClusterMember leader) {
                boolean leads = leader != null && leader.isLocal();
                if (leads && working == 0) {
                    working = view.leadership().fencingToken();
                    if (working == 0) {
                        return; // lost again before it was told: nothing to begin, and the end of it is told next
                    }
                    to.accept(new Happened(System.nanoTime(), member, true, working));
                } else if (!leads && working != 0) {
                    to.accept(new Happened(System.nanoTime(), member, false, working));
                    working = 0;
                }
            }
        });
    }

    private Process startElsewhere(String id) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Member.class.getName(),
                        root.toString(),
                        id)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        processes.add(process);
        Thread reader = new Thread(() -> {
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    String[] words = line.split(" ", -1);
                    if (words[0].equals("@")) {
                        history.add(new Happened(
                                Long.parseLong(words[1]),
                                words[2],
                                Boolean.parseBoolean(words[3]),
                                Long.parseLong(words[4])));
                    }
                }
            } catch (IOException e) {
                // The process was killed.
            }
        });
        reader.setDaemon(true);
        reader.start();
        return process;
    }

    private void leaderHereCandidateElsewhere() throws IOException {
        FileLockClusterService a = services.make("a");
        here = a.getView("lock1");
        record(here, "a", history::add);
        a.start();
        FileServices.awaitLeader(here);
        startElsewhere("b");
        within(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(here.getMembers()).hasSize(2));
    }

    private boolean leadsElsewhere() {
        Happened last = null;
        for (Happened each : history) {
            last = each.member.equals("b") ? each : last;
        }
        return last != null && last.starts;
    }

    private void assertNeverTwo() {
        List<Happened> sorted = new ArrayList<>(history);
        sorted.sort(Comparator.comparingLong(Happened::nanos));
        String working = null;
        long token = 0;
        for (Happened each : sorted) {
            if (each.starts) {
                assertThat(working)
                        .as("who worked when %s started, in %s", each, sorted)
                        .isNull();
                assertThat(each.token).isGreaterThan(token);
                working = each.member;
                token = each.token;
            } else {
                assertThat(working).isEqualTo(each.member);
                working = null;
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Carelessness.class)
    void aLockThatCarelessCodeDroppedIsHealedOrItsTenureEnds(Carelessness carelessness) throws IOException {
        leaderHereCandidateElsewhere();
        for (int i = 0; i < 4; i++) {
            carelessness.commit(root.resolve("lock1"));
            within(Duration.ofSeconds(8))
                    .during(Duration.ofMillis(400))
                    .until(() -> here.isLeader() != leadsElsewhere());
        }
        soon().until(() -> here.isLeader() || leadsElsewhere());
        assertNeverTwo();
    }

    @Test
    void aLockThatWasDroppedAndTakenEndsTheTenureBeforeTheOtherOneWorks() throws IOException {
        leaderHereCandidateElsewhere();
        String presence;
        try (var members = Files.list(root.resolve(".members"))) {
            presence = members.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("a."))
                    .findFirst()
                    .orElseThrow();
        }
        // Drop it, and make the other one look at once, until it wins the race against the next check.
        soon().until(() -> {
            Carelessness.READ.commit(root.resolve("lock1"));
            Path wake = root.resolve(".members").resolve(presence + Presences.WAKE);
            Files.write(wake, new byte[0]);
            Files.deleteIfExists(wake);
            return !here.isLeader();
        });
        within(Duration.ofSeconds(10)).until(this::leadsElsewhere);
        assertThat(here.isLeader()).isFalse();
        awaitLeaderIsKnown(here, "b");
        assertNeverTwo();
    }

    @Test
    void fault15TheCrashOfALeaderCostsMillisecondsNotSeconds() throws IOException {
        List<Long> millis = new ArrayList<>();
        FileLockClusterService a = services.make("a");
        here = a.getView("lock1");
        here.setDisabled(true);
        record(here, "a", history::add);
        a.start();
        for (int round = 0; round < 3; round++) {
            here.setDisabled(true);
            soon().until(() -> !here.isLeader());
            Process elsewhere = startElsewhere("b");
            within(Duration.ofSeconds(20)).until(this::leadsElsewhere);
            awaitLeaderIsKnown(here, "b");
            here.setDisabled(false);
            busyFor(Duration.ofMillis(50));
            int before = history.size();
            long killed = System.nanoTime();
            elsewhere.destroyForcibly();
            soon().until(() -> history.size() > before);
            history.add(before, new Happened(killed, "b", false, 0));
            millis.add(TimeUnit.NANOSECONDS.toMillis(history.get(before + 1).nanos - killed));
        }
        assertThat(millis.stream().sorted().toList().get(1))
                .as("the median of %s", millis)
                .isLessThan(500);
        assertNeverTwo();
    }

    private static void busyFor(Duration time) {
        long until = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - until < 0) {
            Thread.onSpinWait();
        }
    }
}
