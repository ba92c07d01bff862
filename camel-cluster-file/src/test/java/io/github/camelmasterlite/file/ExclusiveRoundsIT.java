package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Several processes with several services each stand for several locks while seeded faults happen to them; after every round each lock has exactly
 * one leader again, and the whole history keeps every promise.
 *
 * <p>{@code -Drounds.seed} and {@code -Drounds.count} choose what is done; {@code -Drounds.first} begins at a later round.
 */
class ExclusiveRoundsIT {

    /** Independent clusters beside each other: most of a round is waiting. */
    private static final int ARENAS = 2;

    /** For one round, and for as many as there are at least. */
    private static final long LIMIT_MILLIS = 2_400;

    @Test
    @Timeout(value = 1, unit = TimeUnit.DAYS) // the limit depends on the number of rounds
    void neverTwoAtWorkWhateverHappensToTheMembers() {
        int count = Integer.getInteger("rounds.count", 200);
        assertTimeoutPreemptively(
                Duration.ofMillis(LIMIT_MILLIS * Math.max(200, count)),
                () -> run(Long.getLong("rounds.seed", 1), Integer.getInteger("rounds.first", 1), count));
    }

    static void run(long seed, int first, int count) throws Exception {
        long begin = System.nanoTime();
        AtomicInteger next = new AtomicInteger(first);
        List<RoundsArena> arenas = new ArrayList<>();
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        try {
            List<Thread> drivers = new ArrayList<>();
            for (int i = 0; i < Math.min(ARENAS, count); i++) {
                // Not a @TempDir: the logs and the history must outlive a failure.
                Path dir = Files.createTempDirectory("rounds-" + seed + "-");
                RoundsArena arena = new RoundsArena(dir, seed);
                arenas.add(arena);
                drivers.add(new Thread(() -> drive(arena, next, first + count, failures), "arena " + i));
            }
            drivers.forEach(Thread::start);
            for (Thread driver : drivers) {
                driver.join();
            }
        } finally {
            arenas.forEach(RoundsArena::close);
        }
        System.out.println(figures(arenas, seed, count, (System.nanoTime() - begin) / 1_000_000_000));
        if (!failures.isEmpty()) {
            AssertionError all = new AssertionError(failures.get(0).getMessage(), failures.get(0));
            failures.stream().skip(1).forEach(all::addSuppressed);
            throw all;
        }
        for (RoundsArena arena : arenas) {
            arena.forget();
        }
        assertThat(arenas.stream().mapToInt(RoundsArena::tenures).sum()).isGreaterThan(count / 2);
    }

    private static void drive(RoundsArena arena, AtomicInteger next, int end, List<Throwable> failures) {
        try {
            arena.open();
            for (int round = next.getAndIncrement();
                    round < end && failures.isEmpty();
                    round = next.getAndIncrement()) {
                arena.round(round);
            }
        } catch (Throwable t) {
            failures.add(t);
        }
    }

    private static String figures(List<RoundsArena> arenas, long seed, int count, long seconds) {
        Map<RoundsPlan.Kind, Integer> faults = new EnumMap<>(RoundsPlan.Kind.class);
        Map<RoundsPlan.Kind, List<Double>> gaps = new EnumMap<>(RoundsPlan.Kind.class);
        List<String> excused = new ArrayList<>();
        int tenures = 0;
        for (RoundsArena arena : arenas) {
            arena.faults().forEach((kind, n) -> faults.merge(kind, n, Integer::sum));
            arena.leaderless()
                    .forEach((kind, list) ->
                            gaps.computeIfAbsent(kind, k -> new ArrayList<>()).addAll(list));
            excused.addAll(arena.excused());
            tenures += arena.tenures();
        }
        StringBuilder text = new StringBuilder();
        text.append(
                String.format(Locale.ROOT, "seed %d: %d rounds, %d tenures, %d s%n", seed, count, tenures, seconds));
        text.append(String.format(
                Locale.ROOT, "%-20s %6s %6s %10s %10s %10s%n", "fault", "done", "gaps", "p50 ms", "p99 ms", "max ms"));
        faults.forEach((kind, n) -> {
            List<Double> sorted = new ArrayList<>(gaps.getOrDefault(kind, List.of()));
            sorted.sort(null);
            text.append(String.format(
                    Locale.ROOT,
                    "%-20s %6d %6d %10.1f %10.1f %10.1f%n",
                    kind,
                    n,
                    sorted.size(),
                    at(sorted, 0.5),
                    at(sorted, 0.99),
                    at(sorted, 1)));
        });
        text.append("excused by a documented exclusion: ")
                .append(excused.size())
                .append('\n');
        excused.forEach(found -> text.append("  ").append(found).append('\n'));
        return text.toString();
    }

    private static double at(List<Double> sorted, double quantile) {
        return sorted.isEmpty() ? Double.NaN : sorted.get((int) Math.round(quantile * (sorted.size() - 1)));
    }

    /** For many runs without a build: seed, first round, number of rounds. */
    public static void main(String[] args) throws IOException {
        try {
            run(Long.parseLong(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]));
        } catch (Throwable t) {
            System.out.println("FAILED " + t.getMessage());
            System.exit(1);
        }
        System.exit(0);
    }
}
