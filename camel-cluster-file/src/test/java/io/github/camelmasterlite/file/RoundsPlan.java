package io.github.camelmasterlite.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * What is done to the members in one round. Made from the seed and the number of the round alone.
 *
 * @param faults the faults by their time
 */
record RoundsPlan(List<Fault> faults) {

    /** What can be done. "The leader" is whoever leads the lock at that moment, or a member chosen by the seed if nobody does. */
    enum Kind {
        /** The leader's process is killed. */
        KILL(10),
        /** The leader's process is asked to end, and stops its services. */
        TERM(8),
        /** The leader's service is stopped; it is started again when the round ends. */
        STOP(10),
        /** The leader's service is stopped and started. */
        RESTART(8),
        /** A service that does not lead is stopped and started. */
        RESTART_FOLLOWER(4),
        /** The leader's service stops; so does, in the same moment, every other service of another process but one. */
        STOP_WHILE_GAINING(6),
        /** The leader's process is stopped by SIGSTOP for a short time. */
        PAUSE(5),
        /** The same for up to 3.5 seconds. */
        PAUSE_LONG(2),
        /** A process that does not lead is stopped by SIGSTOP for a short time. */
        PAUSE_FOLLOWER(4),
        /** The leader resigns. */
        RESIGN(10),
        /** The leader is disabled; it is enabled when the round ends. */
        DISABLE(6),
        /** The leader is disabled and enabled at once. */
        FLAP(5),
        /** The leader gives its view back and takes it again. */
        REJOIN(6),
        /** Somebody in the leader's process reads the lock file. */
        READ(8),
        /** Somebody in the leader's process sets the times of the lock file. */
        TOUCH(4),
        /** Somebody in a process that does not lead reads the lock file. */
        READ_FOLLOWER(3),
        /** The lock file is deleted. */
        DELETE(3),
        /** The lock file is replaced by another one. */
        REPLACE(3),
        /** From now on the work of the leader's process, and of one other, is slow to start. */
        SLOW_START(6),
        /** From now on the work of the leader's process, and of one other, is slow to stop. */
        SLOW_STOP(6);

        private final int weight;

        Kind(int weight) {
            this.weight = weight;
        }
    }

    /**
     * One fault.
     *
     * @param atMillis since the begin of the round
     * @param kind     what
     * @param lock     number of the lock
     * @param millis   how long, where that means something
     * @param choice   what decides where "a member chosen by the seed" is meant
     */
    record Fault(int atMillis, Kind kind, int lock, int millis, int choice) {}

    /** What {@code -Drounds.kinds} names, separated by commas; everything by default. For the hunt for one fault. */
    private static List<Kind> allowed() {
        String names = System.getProperty("rounds.kinds", "");
        return names.isBlank()
                ? List.of(Kind.values())
                : Stream.of(names.split(",", -1)).map(Kind::valueOf).toList();
    }

    static RoundsPlan of(long seed, int round, int locks) {
        Random random = new Random(seed * 1_000_003 + round);
        random.nextInt(); // the first numbers of near seeds are alike
        List<Fault> faults = new ArrayList<>();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            Kind kind = kind(random);
            int millis = switch (kind) {
                case PAUSE, PAUSE_FOLLOWER -> 300 + random.nextInt(400);
                case PAUSE_LONG -> 1_000 + random.nextInt(2_500);
                case SLOW_START, SLOW_STOP -> 20 + random.nextInt(150);
                case RESIGN -> random.nextInt(250);
                default -> 0;
            };
            // Half of them fall together within a few milliseconds: that is where the races are.
            int at = random.nextBoolean() ? random.nextInt(6) : random.nextInt(150);
            faults.add(new Fault(at, kind, random.nextInt(locks), millis, random.nextInt(1_000)));
        }
        faults.sort((a, b) -> Integer.compare(a.atMillis, b.atMillis));
        return new RoundsPlan(faults);
    }

    private static Kind kind(Random random) {
        List<Kind> kinds = allowed();
        int left = random.nextInt(kinds.stream().mapToInt(kind -> kind.weight).sum());
        for (Kind kind : kinds) {
            left -= kind.weight;
            if (left < 0) {
                return kind;
            }
        }
        throw new IllegalStateException("unreachable");
    }
}
