package io.github.camelmasterlite.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.election.LeaseElection;
import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.election.Timing;
import io.github.camelmasterlite.history.AtMostOneActive;
import io.github.camelmasterlite.history.History;
import io.github.camelmasterlite.history.TokensIncrease;
import io.github.camelmasterlite.history.Verdict;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Stories: what is told to a small cluster, and what it does then, line by line. They are documentation that cannot become wrong.
 *
 * <p>A story is a list of commands, each with its arguments; after a line of dashes comes what happens until the next command, a line each: the time in seconds, who, and what. {@code -Dstories.write}
 * writes what happens into the sources; read the difference before you keep it.
 */
@ExtendWith(QuietElections.class)
class StoryTest {

    private static final Path SOURCES = Path.of("src/test/resources/stories");
    private static final String LOCK = "lock1";
    private static final String RULE = "----";
    private static final long SECOND = 1_000_000_000L;

    static List<Path> stories() throws IOException, URISyntaxException {
        Path directory = Path.of(
                Objects.requireNonNull(StoryTest.class.getResource("/stories")).toURI());
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("stories")
    void happensAsTold(Path story) throws IOException {
        List<String> lines = Files.readAllLines(story);
        List<String> told = new Story().tell(lines);
        if (System.getProperty("stories.write") != null) {
            Files.write(
                    SOURCES.resolve(Objects.requireNonNull(story.getFileName()).toString()), told);
        } else {
            assertThat(told).isEqualTo(lines);
        }
    }

    private static final class Story {
        private Timing timing = Timing.defaults();
        private final List<String> happened = new ArrayList<>();
        private final World world = new World(1, Long.MAX_VALUE, this::note);
        private final History history = new History();
        private final Map<String, SimulatedMember> members = new LinkedHashMap<>();
        private final List<String> violations = new ArrayList<>();
        private final Faults faults = Faults.none(List.of(timing));
        private final SimulatedStore store = new SimulatedStore(world, faults, history, violations);
        private int incarnations;
        private String lastWrite = "";
        private @Nullable StoredRecord saved;

        private void note(String who, String what) {
            String text = what;
            if (who.equals("store")) {
                // A renewal is no news.
                text = what.replaceFirst("wrote \\d+", "wrote");
                if (text.equals(lastWrite)) {
                    return;
                }
                lastWrite = text;
            }
            happened.add(String.format(Locale.ROOT, "%7.1f  %-6s %s", world.nanos() / 1e9, who, text));
        }

        List<String> tell(List<String> lines) {
            List<String> out = new ArrayList<>();
            boolean isResult = false;
            for (String line : lines) {
                if (line.isBlank()) {
                    isResult = false;
                }
                if (isResult) {
                    continue;
                }
                out.add(line);
                if (line.equals(RULE)) {
                    out.addAll(happened);
                    happened.clear();
                    isResult = true;
                } else if (!line.isBlank() && !line.startsWith("#")) {
                    command(line.split(" +", -1));
                }
            }
            return out;
        }

        private void command(String[] words) {
            switch (words[0]) {
                case "times" -> timing = Timing.of(time(words[1]), time(words[2]), time(words[3]));
                case "start" -> {
                    for (int i = 1; i < words.length; i++) {
                        start(words[i]);
                    }
                }
                case "wait" -> world.runUntil(world.nanos() + time(words[1]).toNanos());
                case "crash" -> {
                    member(words[1]).crash();
                    tellMembers();
                }
                case "pause" -> member(words[1]).pause(time(words[2]).toNanos());
                case "suspend" -> member(words[1]).suspend(time(words[2]).toNanos());
                case "set-wall-clock" ->
                    member(words[1]).setWallClock(time(words[2]).toNanos() / 1_000);
                case "resign" ->
                    member(words[1]).share(LOCK).seat().resign(time(words[2]).toNanos());
                case "disable" -> member(words[1]).share(LOCK).seat().standDown();
                case "enable" -> member(words[1]).share(LOCK).seat().stand();
                case "stop" -> member(words[1]).share(LOCK).seat().withdraw();
                case "work-takes" -> member(words[1]).workTakes(time(words[2]).toNanos());
                case "lose" ->
                    member(words[1])
                            .connection()
                            .vanish(
                                    SimulatedStore.Way.valueOf(words[2].toUpperCase(Locale.ROOT)),
                                    time(words[3]).toNanos());
                case "watch-dies" ->
                    member(words[1]).connection().killWatch(time(words[2]).toNanos());
                case "watch-refused" ->
                    member(words[1]).connection().endWatch(time(words[2]).toNanos());
                case "delete" -> store.delete(LOCK);
                case "garble" -> store.edit(LOCK, null);
                case "touch" -> store.edit(LOCK, record());
                case "empty" -> store.edit(LOCK, with("", record()));
                case "give-to" -> store.edit(LOCK, with(words[1], record()));
                case "other-library-takes" -> store.edit(LOCK, otherLibrary(words[1], record().term() + 1));
                case "other-library-renews" -> store.edit(LOCK, otherLibrary(words[1], record().term()));
                case "other-library-releases" -> store.edit(LOCK, otherLibrary("", record().term()));
                case "back-up" -> saved = store.at(LOCK);
                case "restore" -> store.restore(LOCK, Objects.requireNonNull(saved));
                case "judge" -> judge();
                default -> throw new IllegalArgumentException("Not a command: " + String.join(" ", words));
            }
        }

        private void start(String id) {
            members.put(
                    id,
                    new SimulatedMember(
                            world, faults, history, store, id, id + ++incarnations, timing, LeaseElection::new));
            tellMembers();
        }

        private void tellMembers() {
            List<String> ids = members.values().stream()
                    .filter(SimulatedMember::isAlive)
                    .map(SimulatedMember::id)
                    .toList();
            members.values().stream()
                    .filter(SimulatedMember::isAlive)
                    .forEach(member -> member.connection().members(ids));
        }

        private SimulatedMember member(String id) {
            SimulatedMember member = members.get(id);
            if (member == null) {
                throw new IllegalArgumentException("Not a member: " + id);
            }
            return member;
        }

        private LeaseRecord record() {
            LeaseRecord record = store.at(LOCK).record();
            if (record == null) {
                throw new IllegalStateException("There is no record");
            }
            return record;
        }

        private static LeaseRecord with(String holder, LeaseRecord record) {
            return new LeaseRecord(
                    holder,
                    record.signature(),
                    record.duration(),
                    record.acquiredAtMicros(),
                    record.renewedAtMicros(),
                    record.term());
        }

        /** Other libraries keep annotations that they do not know. */
        private LeaseRecord otherLibrary(String holder, long term) {
            LeaseRecord before = record();
            return new LeaseRecord(
                    holder, before.signature(), before.duration(), 0, before.renewedAtMicros() + SECOND / 1_000, term);
        }

        /** What the checkers say of all that has happened so far. */
        private void judge() {
            Verdict active =
                    new AtMostOneActive(timing.margin(), timing.stopBudget().plusMillis(500)).check(history);
            Verdict tokens = new TokensIncrease().check(history);
            verdict("overlap, a violation", active.violations());
            verdict("overlap, excused", active.excused());
            verdict("tokens, a violation", tokens.violations());
            violations.forEach(found -> note("judge", found));
            if (active.violations().isEmpty() && tokens.violations().isEmpty() && violations.isEmpty()) {
                note("judge", "no promise is broken");
            }
        }

        private void verdict(String kind, List<String> found) {
            found.forEach(line -> note("judge", kind + ": " + line.replaceAll(" us from \\d+", " us")));
        }

        private static Duration time(String text) {
            String number = text.startsWith("+") ? text.substring(1) : text;
            if (number.endsWith("ms")) {
                return Duration.ofMillis(Long.parseLong(number.substring(0, number.length() - 2)));
            }
            long count = Long.parseLong(number.substring(0, number.length() - 1));
            return switch (number.charAt(number.length() - 1)) {
                case 's' -> Duration.ofSeconds(count);
                case 'm' -> Duration.ofMinutes(count);
                case 'h' -> Duration.ofHours(count);
                default -> throw new IllegalArgumentException("Not a duration: " + text + "; write 20ms, 3s, 5m or 1h");
            };
        }
    }
}
