package io.github.camelmasterlite.examples.failover;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What came of it: a table, the history as a file, a picture. */
final class Report {
    /** More rows than these tell people no more. */
    private static final int ROWS = 12;

    private static final String ROW = "%-8s  %-8s  %-20s  %12s  %12s  %12s  %10s";

    private final Narrator narrator;
    private final List<String> members;
    private final Story story;
    private final int periodMillis;
    private final Duration bound;

    Report(Narrator narrator, List<String> members, Story story, int periodMillis, Duration bound) {
        this.narrator = narrator;
        this.members = members;
        this.story = story;
        this.periodMillis = periodMillis;
        this.bound = bound;
    }

    /**
     * Prints the table and writes the files.
     *
     * @param broken what has gone wrong so far
     * @return whether nothing has
     */
    boolean write(Path out, List<String> broken) throws IOException {
        List<String> wrong = new ArrayList<>(broken);
        List<Event> events = story.history().events();
        List<Tenure> tenures = story.history().tenures();
        List<HandOver> handOvers = story.signals().stream()
                .flatMap(signal -> HandOver.causedBy(signal, tenures).stream())
                .toList();
        wrong.addAll(Promises.brokenBy(tenures));
        for (HandOver handOver : handOvers) {
            if (handOver.startedAfterNanos() > bound.toNanos()) {
                wrong.add("%s: the hand-over after %s took %s, the bound is %d ms"
                        .formatted(
                                handOver.to().lock(),
                                handOver.signal(),
                                Text.millis(handOver.startedAfterNanos()),
                                bound.toMillis()));
            }
        }

        table(handOvers);
        long ticks = tenures.stream().mapToLong(tenure -> tenure.ticks().size()).sum();
        if (wrong.isEmpty()) {
            narrator.say(
                    "@|bold,green No two members worked at once|@, and every new leader had a higher fencing token (%s, %s)."
                            .formatted(Text.plural(tenures.size(), "tenure"), Text.plural(ticks, "tick")));
        }
        wrong.forEach(sentence -> narrator.say("@|bold,red FAILED|@  " + sentence));

        narrator.say("");
        Path history = out.resolve("history.jsonl");
        Files.write(history, events.stream().map(Event::toJson).toList());
        narrator.say("history  " + history);
        if (!events.isEmpty()) {
            Timeline timeline = new Timeline(members, events, tenures, handOvers, story.signals(), periodMillis);
            timeline.write(out, narrator);
        }
        return wrong.isEmpty();
    }

    private void table(List<HandOver> handOvers) {
        narrator.say("");
        narrator.say(ROW.formatted("", "", "", "next started", "next started", "first tick", ""));
        narrator.say("@|bold "
                + ROW.formatted("", "lock", "from -> to", "after signal", "after work", "after work", "ticks lost")
                + "|@");
        for (HandOver handOver : handOvers.stream().limit(ROWS).toList()) {
            narrator.say(ROW.formatted(
                    handOver.signal(),
                    handOver.to().lock(),
                    handOver.from().member() + " -> " + handOver.to().member(),
                    Text.millis(handOver.to().startNanos() - handOver.signalNanos()),
                    Text.millis(handOver.startedAfterNanos()),
                    Text.millis(handOver.tickedAfterNanos()),
                    handOver.ticksLost(periodMillis * 1_000_000L)));
        }
        if (handOvers.size() > ROWS) {
            long worst = handOvers.stream()
                    .mapToLong(HandOver::startedAfterNanos)
                    .max()
                    .orElse(0);
            narrator.say(
                    "and %d more; the longest of all took %s".formatted(handOvers.size() - ROWS, Text.millis(worst)));
        }
        narrator.say("");
    }
}
