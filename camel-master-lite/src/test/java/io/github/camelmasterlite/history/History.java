package io.github.camelmasterlite.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What really happened, on one true clock: for real processes {@code System.nanoTime()}, which on Linux is CLOCK_MONOTONIC and comparable between
 * the JVMs of one machine; for simulated ones the virtual time. Safe for use by several threads.
 *
 * <p><strong>What is certain.</strong> A member takes the time of STARTED after its work has begun and the time of STOPPED before it lets anybody
 * know that its work has ended, both in the order in which it writes them. So within [STARTED, STOPPED] the work certainly went on. An ACT carries
 * a moment at which the member believed to lead and its process certainly ran. The end of the work of a killed process is not certain: it lies
 * between the last thing the member wrote and KILLED, which is recorded after the kernel has confirmed the end of the process, so after its locks
 * may have been freed. See {@link Work}.
 */
public final class History {

    /** What happened. */
    public enum Kind {
        /** Work has begun under the tenure with this token. */
        STARTED,
        /** That work has ended; the service hears of it after this moment. */
        STOPPED,
        /** The work did something while {@code isLeader()} was true. */
        ACT,
        /** The end of the member's process was confirmed; of all its locks. */
        KILLED,
        /** The lock was seen released after the tenure with this token; seen later than it happened. */
        RELEASED,
        /** The member's process certainly does not run from here on, until RESUMED; of all its locks. */
        PAUSED,
        /** The member's process is let run again, not before this moment. */
        RESUMED
    }

    /**
     * One thing that happened.
     *
     * @param nanos  true time
     * @param member the id of the member
     * @param lock   the lock; empty for KILLED, PAUSED and RESUMED, which concern all
     * @param kind   what
     * @param token  the fencing token; 0 where there is none
     */
    public record Event(long nanos, String member, String lock, Kind kind, long token) {

        private static final Pattern JSON = Pattern.compile(
                "\\{\"t\":(-?\\d+),\"member\":\"((?:[^\"\\\\]|\\\\.)*)\",\"lock\":\"((?:[^\"\\\\]|\\\\.)*)\","
                        + "\"kind\":\"([A-Z]+)\",\"token\":(-?\\d+)}");

        /** One line of JSON, without its end. */
        public String toJson() {
            return "{\"t\":" + nanos + ",\"member\":\"" + escape(member) + "\",\"lock\":\"" + escape(lock)
                    + "\",\"kind\":\"" + kind + "\",\"token\":" + token + "}";
        }

        /**
         * Reads what {@link #toJson()} wrote.
         *
         * @throws IllegalArgumentException if it is anything else
         */
        public static Event fromJson(String line) {
            Matcher parts = JSON.matcher(line);
            if (!parts.matches()) {
                throw new IllegalArgumentException("Not a line of a history: " + line);
            }
            return new Event(
                    Long.parseLong(parts.group(1)),
                    unescape(parts.group(2)),
                    unescape(parts.group(3)),
                    Kind.valueOf(parts.group(4)),
                    Long.parseLong(parts.group(5)));
        }

        private static String escape(String text) {
            StringBuilder out = new StringBuilder(text.length());
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c == '"' || c == '\\') {
                    out.append('\\').append(c);
                } else if (c < ' ') {
                    out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                } else {
                    out.append(c);
                }
            }
            return out.toString();
        }

        private static String unescape(String text) {
            StringBuilder out = new StringBuilder(text.length());
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c != '\\') {
                    out.append(c);
                    continue;
                }
                char next = text.charAt(++i);
                if (next == 'u') {
                    out.append((char) Integer.parseInt(text.substring(i + 1, i + 5), 16));
                    i += 4;
                } else {
                    out.append(next);
                }
            }
            return out.toString();
        }
    }

    private final List<Event> events = new ArrayList<>();

    /** Adds what happened; events may come in any order. */
    public synchronized void add(Event event) {
        events.add(event);
    }

    /** {@link #add(Event)}. */
    public void add(long nanos, String member, String lock, Kind kind, long token) {
        add(new Event(nanos, member, lock, kind, token));
    }

    /** This history as it is now; it does not grow with this one. */
    public History copy() {
        History copy = new History();
        copy.events.addAll(events());
        return copy;
    }

    /** Everything, by time; what has the same time, in the order in which it was added. */
    public synchronized List<Event> events() {
        List<Event> sorted = new ArrayList<>(events);
        sorted.sort(Comparator.comparingLong(Event::nanos));
        return sorted;
    }

    /** What concerns one lock, by time: its own events and those that concern all locks. */
    public List<Event> events(String lock) {
        return events().stream()
                .filter(event -> event.lock().isEmpty() || event.lock().equals(lock))
                .toList();
    }

    /** All locks that occur, in alphabetical order. */
    public synchronized List<String> locks() {
        TreeSet<String> locks = new TreeSet<>();
        events.forEach(event -> locks.add(event.lock()));
        locks.remove("");
        return List.copyOf(locks);
    }

    /** One line of JSON for each event, by time. */
    public List<String> toJsonLines() {
        return events().stream().map(Event::toJson).toList();
    }

    /** Reads what {@link #toJsonLines()} wrote; empty lines mean nothing. */
    public static History fromJsonLines(Iterable<String> lines) {
        History history = new History();
        for (String line : lines) {
            if (!line.isBlank()) {
                history.add(Event.fromJson(line.strip()));
            }
        }
        return history;
    }

    /** All work, by lock, each list by its beginning. */
    public Map<String, List<Work>> work() {
        List<Event> sorted = events();
        Map<String, List<Work>> byLock = new LinkedHashMap<>();
        for (String lock : locks()) {
            byLock.put(lock, Work.of(lock, sorted));
        }
        return byLock;
    }

    /** When each member did not run for certain, by time. A pause that has not ended lasts until {@link Long#MAX_VALUE}. */
    public List<Pause> pauses() {
        List<Pause> pauses = new ArrayList<>();
        Map<String, Long> since = new LinkedHashMap<>();
        for (Event event : events()) {
            if (event.kind() == Kind.PAUSED) {
                since.putIfAbsent(event.member(), event.nanos());
            } else if (event.kind() == Kind.RESUMED || event.kind() == Kind.KILLED) {
                Long from = since.remove(event.member());
                if (from != null) {
                    pauses.add(new Pause(event.member(), from, event.nanos()));
                }
            }
        }
        since.forEach((member, from) -> pauses.add(new Pause(member, from, Long.MAX_VALUE)));
        return pauses;
    }

    /**
     * A time in which a member did not run.
     *
     * @param member     the member
     * @param fromNanos  not later than this
     * @param untilNanos at least until this
     */
    public record Pause(String member, long fromNanos, long untilNanos) {}

    /** The last {@code count} lines about a lock, acts that only repeat the ones before left out. */
    public List<String> tail(String lock, int count) {
        List<Event> kept = new ArrayList<>();
        List<Event> all = events(lock);
        for (int i = 0; i < all.size(); i++) {
            Event event = all.get(i);
            boolean repeats = event.kind() == Kind.ACT
                    && i > 0
                    && i + 1 < all.size()
                    && isSameAct(all.get(i - 1), event)
                    && isSameAct(all.get(i + 1), event);
            if (!repeats) {
                kept.add(event);
            }
        }
        return kept.subList(Math.max(0, kept.size() - count), kept.size()).stream()
                .map(Event::toJson)
                .toList();
    }

    private static boolean isSameAct(Event a, Event b) {
        return a.kind() == Kind.ACT && a.member().equals(b.member()) && a.token() == b.token();
    }
}
