package io.github.camelmasterlite.chaos;

import io.github.camelmasterlite.history.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * A run of several arenas beside each other for a stated time; what comes of it is a table.
 *
 * <p>{@code -Dchaos.minutes} (1), {@code -Dchaos.seed} (1), {@code -Dchaos.arenas} (2) and {@code -Dchaos.only=file|lease|kubernetes} choose; {@code -Dchaos.faults} is for
 * the hunt for one fault, and does only those whose names contain it.
 */
public final class ChaosRun {

    /** Makes an arena. */
    @FunctionalInterface
    public interface Maker {
        ChaosArena make(Path dir, String name, long seed, ChaosTable table) throws Exception;
    }

    private ChaosRun() {}

    /** Whether this kind was asked for. */
    public static boolean isWanted(String kind) {
        String only = System.getProperty("chaos.only", "");
        return only.isBlank() || List.of(only.split(",", -1)).contains(kind);
    }

    /** How long a run that was asked for lasts. */
    public static Duration time() {
        return Duration.ofMillis((long) (Double.parseDouble(System.getProperty("chaos.minutes", "1")) * 60_000));
    }

    public static long seed() {
        return Long.getLong("chaos.seed", 1);
    }

    public static int arenas() {
        return Integer.getInteger("chaos.arenas", 2);
    }

    /**
     * Runs, prints the table, and leaves it in {@code <dir>/<kind>-<seed>-<number>/table.md}; the number differs with each run.
     *
     * @throws AssertionError if a promise was broken, with all that is known about it
     */
    public static ChaosTable run(String kind, Path dir, Duration time, long seed, int arenas, Maker maker)
            throws Exception {
        ChaosTable table = new ChaosTable();
        Path out = Files.createDirectories(dir).resolve(kind + "-" + seed + "-" + System.nanoTime());
        long begin = System.nanoTime();
        List<ChaosArena> made = new ArrayList<>();
        List<Thread> drivers = new ArrayList<>();
        try {
            for (int i = 1; i <= arenas; i++) {
                ChaosArena arena = maker.make(out.resolve("arena-" + i), kind + " " + i, seed * 100 + i, table);
                made.add(arena);
                Thread driver = new Thread(() -> drive(arena, begin + time.toNanos(), table), kind + " " + i);
                driver.start();
                drivers.add(driver);
            }
            for (Thread driver : drivers) {
                driver.join();
            }
        } finally {
            made.forEach(ChaosArena::close);
        }
        int rounds = 0;
        int explained = 0;
        for (ChaosArena arena : made) {
            Verdict verdict = arena.judgeAll();
            verdict.violations().forEach(found -> table.found("in the whole history: " + found));
            explained += verdict.excused().size();
            rounds += arena.rounds();
        }
        String figures = String.format(
                Locale.ROOT,
                "%s: seed %d, %d arenas, %d rounds, %d s; broken promises in the whole history and in the rounds: %d; overlaps explained in the whole history: %d%n%n%s",
                kind,
                seed,
                arenas,
                rounds,
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin),
                table.findings().size(),
                explained,
                table.toMarkdown());
        StringBuilder text = new StringBuilder(figures);
        table.explanations().forEach(overlap -> text.append("\n- ").append(overlap));
        table.findings().forEach(found -> text.append("\n\n").append(found));
        Files.writeString(out.resolve("table.md"), text);
        System.out.println(text);
        if (!table.findings().isEmpty()) {
            throw new AssertionError(text.toString());
        }
        return table;
    }

    private static void drive(ChaosArena arena, long endNanos, ChaosTable table) {
        try {
            arena.open();
            arena.runUntil(endNanos);
        } catch (Exception | AssertionError e) {
            StringBuilder text = new StringBuilder("ended early: " + e);
            for (StackTraceElement element : e.getStackTrace()) {
                text.append("\n    at ").append(element);
            }
            table.found(text.toString());
        }
    }

    /** Uses up what is left of a file system by one file. */
    public static void fill(Path file) throws IOException {
        byte[] page = new byte[4_096];
        try (var out = Files.newOutputStream(file)) {
            for (int i = 0; i < 100_000; i++) {
                out.write(page);
            }
        } catch (IOException full) {
            return;
        }
        throw new IOException(file + ": there is more room than was to be filled");
    }
}
