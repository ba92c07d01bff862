package io.github.camelmasterlite.chaos;

import io.github.camelmasterlite.history.Work;
import java.time.Duration;
import java.util.Random;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * One thing that can be done to a cluster.
 *
 * @param name      what, as it stands in the table
 * @param isAlone   whether nothing else may be done at the same time
 * @param isGraceful whether a member that leads, if there is one, gives its lock back by it
 * @param recovery  how long it may take after its end until each lock has one leader again
 * @param injection how
 */
public record ChaosFault(String name, boolean isAlone, boolean isGraceful, Duration recovery, Injection injection) {

    /** Begins a fault. */
    @FunctionalInterface
    public interface Injection {
        Injected inject(ChaosArena arena, Scene scene) throws Exception;
    }

    /** Ends a fault. */
    @FunctionalInterface
    public interface Ending {
        void end() throws Exception;
    }

    /**
     * To whom it is done.
     *
     * @param lock    the lock, by its number
     * @param leader  the member that leads it, or one chosen by the seed if nobody does
     * @param leading the process of that member
     * @param other   another process
     * @param random  of this fault
     */
    public record Scene(int lock, String leader, MemberProcess leading, MemberProcess other, Random random) {

        /** The name of the service in the process of the leader. */
        String context() {
            return leader.substring(leading.name().length());
        }
    }

    /**
     * A fault that has begun.
     *
     * @param lasts        until it is ended
     * @param ending       ends it
     * @param takesLock    whether a member that is stopped meanwhile may have lost its lock
     * @param exclusion    the name of the case that docs/guarantees.md excludes; null if it excludes nothing here
     * @param excluded     the overlaps of earlier and later work that this case explains
     */
    public record Injected(
            Duration lasts,
            Ending ending,
            BiPredicate<ChaosArena, Work> takesLock,
            @Nullable String exclusion,
            BiPredicate<Work, Work> excluded) {

        /** One that is over at once. */
        public static Injected atOnce() {
            return lasting(Duration.ZERO, () -> {});
        }

        public static Injected lasting(Duration time, Ending ending) {
            return new Injected(time, ending, (arena, work) -> false, null, (earlier, later) -> false);
        }

        /** The same, for one that takes the lock from these members. */
        public Injected taking(BiPredicate<ChaosArena, Work> members) {
            return new Injected(lasts, ending, members, exclusion, excluded);
        }

        /** The same, for one whose overlaps of this kind are excluded. */
        public Injected excluding(String what, BiPredicate<Work, Work> overlaps) {
            return new Injected(lasts, ending, takesLock, what, overlaps);
        }
    }

    public static ChaosFault of(String name, Duration recovery, Injection injection) {
        return new ChaosFault(name, false, false, recovery, injection);
    }

    public static ChaosFault graceful(String name, Duration recovery, Injection injection) {
        return new ChaosFault(name, false, true, recovery, injection);
    }

    public static ChaosFault alone(String name, Duration recovery, Injection injection) {
        return new ChaosFault(name, true, false, recovery, injection);
    }
}
