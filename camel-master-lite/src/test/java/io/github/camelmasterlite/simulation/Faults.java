package io.github.camelmasterlite.simulation;

import io.github.camelmasterlite.election.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What goes wrong in one simulation, drawn from its seed. Each simulation has a few kinds of faults, often: many kinds at once hide each other.
 *
 * @param kinds   what goes wrong
 * @param timings the times of each member
 * @param locks   how many locks there are
 * @param load    how many locks members believe that there are: the fewer, the more often they renew
 */
record Faults(Set<Kind> kinds, List<Timing> timings, int locks, int load) {

    /** Times that only just keep leaders apart: with others, a rule that is off by a second goes unnoticed. */
    private static final Timing TIGHT = new Timing(
            Duration.ofSeconds(15),
            Duration.ofMillis(11_600),
            Duration.ofSeconds(2),
            Duration.ofSeconds(2),
            Duration.ofSeconds(45),
            1.2);

    /** Kinds of faults. */
    enum Kind {
        /** Requests or replies vanish. */
        LOSS,
        /** Requests take effect late, up to 9 s, also after who sent them has stopped; replies are late, too. */
        DELAY,
        /** The store answers with errors, before or after it has done what was asked, or speaks of a conflict where there is none. */
        ERRORS,
        /** Requests are applied twice. */
        DUPLICATES,
        /** For some time all requests of a member vanish, or all its writes, or all replies. */
        PARTITION,
        /** Members end without a word, and come back with the same or another id. */
        CRASH,
        /** Processes stand still for less than the margin. */
        SHORT_PAUSE,
        /** Processes stand still for longer than the margin: overlap is possible then, and has to be with a lower token. */
        LONG_PAUSE,
        /** Machines are suspended: monotonic time stands still, too, and the wall clock jumps. */
        SUSPEND,
        /** Wall clocks are set. */
        WALL_JUMP,
        /** Members resign, are disabled, leave and come back. */
        LEAVING,
        /** People delete, empty, garble and replace records, or touch them without changing anything. */
        EDITS,
        /** Watches die silently, end, report late, or repeat old versions. */
        WATCH,
        /** Work takes its time to start and nearly all of its budget to stop. */
        SLOW_WORK,
        /** Members have different times. */
        MIXED_TIMES
    }

    static Faults draw(World world) {
        Set<Kind> kinds = EnumSet.noneOf(Kind.class);
        int count = (int) world.between(1, 5);
        while (kinds.size() < count) {
            kinds.add(Kind.values()[world.random.nextInt(Kind.values().length)]);
        }
        if (kinds.contains(Kind.EDITS) || kinds.contains(Kind.SUSPEND)) {
            // Who waits after a deletion waits for the duration it knows of; members with others are an exclusion of
            // their own.
            kinds.remove(Kind.MIXED_TIMES);
        }
        return of(world, kinds);
    }

    static Faults of(World world, Set<Kind> kinds) {
        int members = (int) world.between(2, world.chance(0.2) ? 7 : 4);
        List<Timing> timings = new ArrayList<>();
        Timing shared = timing(world);
        for (int i = 0; i < members; i++) {
            timings.add(kinds.contains(Kind.MIXED_TIMES) ? timing(world) : shared);
        }
        int locks = world.chance(0.15) ? 2 : 1;
        return new Faults(kinds, timings, locks, world.chance(0.3) ? locks : Timing.MANY_LOCKS);
    }

    private static Timing timing(World world) {
        return switch (world.random.nextInt(5)) {
            case 0 -> Timing.defaults();
            case 4 -> TIGHT;
            case 1 -> Timing.of(Duration.ofSeconds(6), Duration.ofSeconds(4), Duration.ofSeconds(1));
            case 2 -> Timing.of(Duration.ofSeconds(30), Duration.ofSeconds(20), Duration.ofSeconds(4));
            default -> Timing.of(Duration.ofSeconds(10), Duration.ofSeconds(5), Duration.ofSeconds(2));
        };
    }

    /** Nothing goes wrong but what a story tells. */
    static Faults none(List<Timing> timings) {
        return new Faults(EnumSet.noneOf(Kind.class), timings, 1, Timing.MANY_LOCKS);
    }

    boolean areTold() {
        return kinds.isEmpty();
    }

    boolean has(Kind kind) {
        return kinds.contains(kind);
    }

    /** The longest pause of a process that the times of all members allow. */
    Duration margin() {
        return timings.stream().map(Timing::margin).min(Duration::compareTo).orElseThrow();
    }

    Duration longestLease() {
        return timings.stream()
                .map(Timing::leaseDuration)
                .max(Duration::compareTo)
                .orElseThrow();
    }

    Duration longestStop() {
        return timings.stream().map(Timing::stopBudget).max(Duration::compareTo).orElseThrow();
    }
}
