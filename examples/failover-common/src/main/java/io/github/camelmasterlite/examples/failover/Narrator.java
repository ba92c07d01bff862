package io.github.camelmasterlite.examples.failover;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;

/** Tells what happens while it happens. */
final class Narrator {
    private static final long SECOND = 1_000_000_000;
    private static final List<String> COLOURS = List.of("blue", "yellow", "green", "magenta", "cyan");

    private final PrintStream out;
    private final List<String> members;
    private final Map<String, Integer> ticks = new HashMap<>();
    private final Map<String, String> leaders = new TreeMap<>();
    private final Map<String, Event> lastEnd = new HashMap<>();
    private @Nullable Event first;
    private long tellTicksAtNanos;

    Narrator(PrintStream out, List<String> members) {
        this.out = out;
        this.members = members;
    }

    void tell(Event event) {
        String member = name(event.member());
        String lock = Objects.requireNonNullElse(event.lock(), "");
        switch (event.kind()) {
            case LAUNCHED -> say(event, member + " is launched");
            case CONTEXT_STARTED -> say(event, member + " is up");
            case STARTED -> {
                if (leaders.isEmpty()) {
                    tellTicksAtNanos = event.monotonicNanos() + SECOND;
                }
                leaders.put(lock, event.member());
                say(event, member + " @|bold leads|@ " + lock + since(event));
            }
            case STOPPED -> {
                lastEnd.put(lock, event);
                say(event, member + " has stopped its work for " + lock);
            }
            case SIGTERM -> say(event, "@|bold SIGTERM|@ to " + member);
            case SIGKILL -> {
                leaders.forEach((led, leader) -> {
                    if (leader.equals(event.member())) {
                        lastEnd.put(led, event);
                    }
                });
                say(event, "@|bold,red SIGKILL|@ to " + member);
            }
            case EXITED -> say(event, member + " has ended");
            case ACT -> {
                ticks.merge(event.member(), 1, Integer::sum);
                if (event.monotonicNanos() - tellTicksAtNanos >= 0) {
                    tellTicks(event);
                }
            }
        }
    }

    void say(String line) {
        out.println(Ansi.AUTO.string(line));
    }

    String name(String member) {
        int index = Math.floorMod(members.indexOf(member), COLOURS.size());
        return "@|" + COLOURS.get(index) + " " + member + "|@";
    }

    private void say(Event event, String what) {
        if (first == null) {
            first = event;
        }
        say(Text.seconds(event.monotonicNanos() - first.monotonicNanos()) + "  " + what);
    }

    private void tellTicks(Event event) {
        StringJoiner line = new StringJoiner("   ", "  ticks  ", "");
        members.forEach(member -> line.add(name(member) + " " + ticks.getOrDefault(member, 0)));
        say(event, line.toString());
        tellTicksAtNanos = event.monotonicNanos() + SECOND;
    }

    private String since(Event start) {
        Event end = lastEnd.get(Objects.requireNonNullElse(start.lock(), ""));
        if (end == null) {
            return "";
        }
        String how = end.kind() == Event.Kind.SIGKILL ? " was killed" : " had stopped";
        long nanos = start.monotonicNanos() - end.monotonicNanos();
        return ", @|bold " + Text.millis(nanos) + "|@ after " + name(end.member()) + how;
    }
}
