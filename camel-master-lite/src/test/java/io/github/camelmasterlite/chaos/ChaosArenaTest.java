package io.github.camelmasterlite.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.camelmasterlite.chaos.ChaosArena.Promise;
import io.github.camelmasterlite.chaos.ChaosFault.Injected;
import io.github.camelmasterlite.chaos.ChaosFault.Scene;
import io.github.camelmasterlite.election.LeaseRecord.Signature;
import io.github.camelmasterlite.history.History.Event;
import io.github.camelmasterlite.history.History.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The judge of {@link ChaosArena} can fail. Members are shell scripts that understand the commands and lead nothing; what they do is made up here. */
@NullUnmarked
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class ChaosArenaTest {

    private static final String LOCK = "lock1";
    private static final Duration BOUND = Duration.ofSeconds(2);
    private static final Duration PROMPT = Duration.ofSeconds(10);

    private static final String MEMBER = """
            echo '#ready'
            while read -r what context rest; do
              case $what in
                start) echo "#started $context";;
                sync) echo "#synced $context $rest";;
                say) echo "$context $rest";;
                sleep) sleep $context;;
              esac
            done
            """;

    @TempDir
    Path dir;

    private final ChaosTable table = new ChaosTable();

    private static final class Made extends ChaosArena {

        private final List<MemberProcess> launched = new ArrayList<>();
        private final @Nullable Path clocks;
        private Consumer<Event> events;
        private long token;

        Made(Path dir, ChaosTable table, @Nullable Path clocks) throws IOException {
            super(
                    dir,
                    "made",
                    new Promise(Duration.ofMillis(250), Duration.ofMillis(500), PROMPT, true),
                    List.of(LOCK),
                    List.of("a"),
                    3,
                    1,
                    table);
            this.clocks = clocks;
        }

        @Override
        protected @Nullable Path clockLibrary() {
            return clocks;
        }

        @Override
        protected synchronized MemberProcess launch(
                String process, Map<String, String> environment, Consumer<Event> events) throws IOException {
            this.events = events;
            String says = environment.isEmpty() ? MEMBER : "echo \"#clock $(date +%s)000\"\n" + MEMBER;
            MemberProcess member = new MemberProcess(
                    process, List.of("sh", "-c", says), environment, dir().resolve(process + ".log"), event -> {});
            launched.add(member);
            if (process.equals("p1")) {
                starts("p1a");
            }
            return member;
        }

        @Override
        protected List<ChaosFault> faults() {
            // ends after those that it is done to, if nobody waits for the end of a round
            return List.of(ChaosFault.of(
                    "made up", BOUND, (arena, scene) -> Injected.lasting(Duration.ofSeconds(1), () -> {})));
        }

        synchronized void starts(String member) {
            events.accept(new Event(System.nanoTime(), member, LOCK, Kind.STARTED, ++token));
        }

        synchronized void stops(String member, long of) {
            events.accept(new Event(System.nanoTime(), member, LOCK, Kind.STOPPED, of));
        }

        List<MemberProcess> launched() {
            return launched;
        }
    }

    @FunctionalInterface
    private interface Harm {
        void harm(ChaosArena arena, Scene scene) throws Exception;
    }

    private static ChaosFault madeUp(Harm harm) {
        return ChaosFault.of("made up", BOUND, (arena, scene) -> {
            harm.harm(arena, scene);
            return Injected.atOnce();
        });
    }

    private Made opened() throws Exception {
        Made arena = new Made(dir.resolve("arena"), table, null);
        arena.open();
        return arena;
    }

    @Test
    void whatIsInOrderIsNoFinding() throws Exception {
        try (Made arena = opened()) {
            arena.round(madeUp((a, scene) -> {}));
        }
        assertThat(table.findings()).isEmpty();
        assertThat(table.recovered()).isEqualTo(1);
        assertThat(table.notDone()).anyMatch(what -> what.contains("wall clocks an hour apart"));
    }

    @Test
    void aBrokenPromiseThatAMemberTellsIsFoundAndTheMemberIsStillHeard() throws Exception {
        try (Made arena = opened()) {
            arena.round(madeUp((a, scene) -> scene.other().tell("say #told to stop what was never started")));
            assertThat(table.findings()).singleElement().asString().contains("#told to stop what was never started");
            arena.round(madeUp((a, scene) -> scene.other().tell("say {\"t\": 1, what is this}")));
        }
        assertThat(table.findings()).hasSize(2);
        assertThat(table.findings().get(1)).contains("what is this").doesNotContain("silent: [p");
    }

    @Test
    void whatAMemberTellsAfterTheLastRoundIsFound() throws Exception {
        try (Made arena = opened()) {
            MemberProcess process = arena.processes().get(1);
            process.tell("say #failed at something");
            process.tell("sync a 99");
            Awaitility.await().atMost(PROMPT).until(() -> process.isSynced("a", 99));
        }
        assertThat(table.findings()).singleElement().asString().contains("#failed at something");
    }

    @Test
    void aLockThatLosesItsLeaderInTheCalmHasNotRecovered() throws Exception {
        try (Made arena = opened()) {
            CompletableFuture<Void> later = new CompletableFuture<>();
            arena.round(madeUp((a, scene) -> {
                scene.other().tell("sleep 4"); // so long nobody knows that this one has carried out what it was told
                CompletableFuture.delayedExecutor(1_900, TimeUnit.MILLISECONDS).execute(() -> arena.stops("p1a", 1));
                CompletableFuture.delayedExecutor(3_500, TimeUnit.MILLISECONDS).execute(() -> {
                    arena.starts("p2a");
                    later.complete(null);
                });
            }));
            assertThat(later).isCompleted();
        }
        assertThat(table.recovered()).isZero();
        assertThat(table.findings()).singleElement().asString().contains("not recovered within 2000 ms");
    }

    @Test
    void whatHappensAfterTheLastRoundIsJudged() throws Exception {
        Made arena = opened();
        try (arena) {
            arena.round(madeUp((a, scene) -> {}));
            arena.starts("p2a");
            arena.stops("p1a", 1);
        }
        assertThat(table.findings()).singleElement().asString().contains("AtMostOneActive", "both at work");
        assertThat(arena.judgeAll().violations()).singleElement().asString().contains("AtMostOneActive");
    }

    @Test
    void aWallClockThatIsNotShiftedIsFound() throws Exception {
        try (Made arena = new Made(dir.resolve("arena"), table, Path.of("/nowhere/libfaketime.so"))) {
            arena.open();
        }
        assertThat(table.findings())
                .first()
                .asString()
                .contains("p1 is ahead by 0 hours, and not by 1", "p2 is ahead by 0 hours, and not by -1");
        assertThat(table.clocks()).containsOnlyKeys(0);
    }

    @Test
    void gracefulStopsOfWhichNoReleaseIsSeenAreFound() throws Exception {
        ChaosFault graceful = ChaosFault.graceful("stopped", BOUND, (arena, scene) -> Injected.atOnce());
        try (Made arena = opened()) {
            for (int i = 0; i < 3; i++) {
                arena.round(graceful);
            }
        }
        assertThat(table.findings()).singleElement().asString().contains("no release was seen of 3 graceful stops");
    }

    @Test
    void aWatchOfReleasesThatDiesIsFound() throws Exception {
        try (Made arena = opened()) {
            arena.watchReleases(Duration.ofMillis(1), () -> {
                throw new IllegalStateException("cannot be read");
            });
            Awaitility.await().atMost(PROMPT).until(() -> !table.findings().isEmpty());
        }
        assertThat(table.findings()).singleElement().asString().contains("releases are seen no more", "cannot be read");
    }

    @Test
    void aReleaseHasTheTokenOfTheFirstRecordOfItsTenure() {
        List<String> seen = new ArrayList<>();
        LeaseReleases releases =
                new LeaseReleases((nanos, member, lock, token) -> seen.add(member + " " + lock + " " + token));
        releases.seen(LOCK, "p1a", new Signature("i", 1, 10, false), 5);
        releases.seen(LOCK, "p1a", new Signature("i", 1, 11, false), 7);
        releases.seen(LOCK, "", new Signature("i", 1, 10, false), 8); // emptied by hand
        releases.seen(LOCK, "c", new Signature("i", 2, 11, true), 9); // taken by hand
        releases.seen(LOCK, "", new Signature("i", 1, 12, true), 10);
        releases.seen(LOCK, "", new Signature("j", 3, 12, true), 11); // of a tenure that nobody has seen
        assertThat(seen).containsExactly("p1a lock1 5");
    }

    @Test
    void noDriverGoesOnInAnArenaThatIsClosed() {
        List<Made> made = new ArrayList<>();
        assertThatThrownBy(() -> ChaosRun.run(
                        "made", dir, ChaosRun.lasting(Duration.ofSeconds(30)), 1, 2, (to, name, seed, of) -> {
                            if (!made.isEmpty()) {
                                // by then a driver of the first arena would be at work
                                Awaitility.await()
                                        .pollDelay(Duration.ofMillis(500))
                                        .atMost(PROMPT)
                                        .until(() -> true);
                                throw new IOException("no second one");
                            }
                            made.add(new Made(to, of, null));
                            return made.get(0);
                        }))
                .hasMessage("no second one");
        List<MemberProcess> all = List.copyOf(made.get(0).launched());
        Awaitility.await()
                .during(Duration.ofSeconds(2))
                .atMost(PROMPT)
                .until(() -> made.get(0).launched().size() == all.size()
                        && all.stream().noneMatch(MemberProcess::isAlive));
    }

    @Test
    void aRunInWhichNoFaultWasDoneFails() {
        assertThatThrownBy(() ->
                        ChaosRun.run("made", dir, arena -> {}, 1, 1, (to, name, seed, of) -> new Made(to, of, null)))
                .hasMessageContaining("never came to its first fault");
        assertThatThrownBy(() -> ChaosRun.run(
                        "made", dir, ChaosRun.lasting(Duration.ofSeconds(5)), 1, 1, (to, name, seed, of) -> {
                            Made arena = new Made(to, of, null);
                            arena.setOnly(fault -> fault.equals("misspelt"));
                            return arena;
                        }))
                .hasMessageContaining("no fault has a name that was asked for");
    }

    @Test
    void aKindThatThereIsNotIsRefused() {
        assertThat(ChaosRun.isWanted("file", "")).isTrue();
        assertThat(ChaosRun.isWanted("file", "kubernetes,file")).isTrue();
        assertThat(ChaosRun.isWanted("file", "kubernetes")).isFalse();
        assertThatThrownBy(() -> ChaosRun.isWanted("file", "file,leases"))
                .hasMessageContaining("chaos.only=file,leases", "[file, kubernetes, lease]");
    }
}
