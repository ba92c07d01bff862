package io.github.camelmasterlite.chaos;

import io.github.camelmasterlite.history.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * A run of several arenas beside each other; what comes of it is a table.
 *
 * <p>{@code -Dchaos.minutes} (1, counted from when all locks have leaders), {@code -Dchaos.seed} (1), {@code -Dchaos.arenas} (2) and {@code -Dchaos.only=file|lease|kubernetes} choose; {@code -Dchaos.faults} is for
 * the hunt for one fault, and does only those whose names contain it.
 */
public final class ChaosRun {

    /** What can be asked for. */
    private static final Set<String> KINDS = Set.of("file", "lease", "kubernetes");

    /** How long a driver may take to end when it is interrupted. */
    private static final Duration END = Duration.ofSeconds(30);

    /** So often a release is looked for once more: with locks of the operating system it can be seen for milliseconds. */
    private static final int MORE_STOPS = 8;

    /** What is done to an arena once its members lead. */
    @FunctionalInterface
    public interface Plan {
        void carryOut(ChaosArena arena) throws Exception;
    }

    /** Makes an arena. */
    @FunctionalInterface
    public interface Maker {
        ChaosArena make(Path dir, String name, long seed, ChaosTable table) throws Exception;
    }

    private ChaosRun() {}

    /**
     * Whether this kind was asked for.
     *
     * @throws IllegalArgumentException if something was asked for that there is not
     */
    public static boolean isWanted(String kind) {
        return isWanted(kind, System.getProperty("chaos.only", ""));
    }

    static boolean isWanted(String kind, String only) {
        if (only.isBlank()) {
            return true;
        }
        List<String> wanted = List.of(only.split(",", -1));
        if (!KINDS.containsAll(wanted)) {
            throw new IllegalArgumentException("chaos.only=" + only + ": there are only " + new TreeSet<>(KINDS));
        }
        return wanted.contains(kind);
    }

    /** Faults as they are drawn, for so long. */
    public static Plan lasting(Duration time) {
        return arena -> arena.runUntil(System.nanoTime() + time.toNanos());
    }

    /** Each of these faults once; and until a release was seen, {@code graceful} a few times more. */
    public static Plan each(Set<String> names, String graceful) {
        return arena -> {
            arena.runEach(names);
            for (int i = 0; i < MORE_STOPS && arena.releases() == 0; i++) {
                arena.round(arena.fault(graceful));
            }
        };
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
    public static ChaosTable run(String kind, Path dir, Plan plan, long seed, int arenas, Maker maker)
            throws Exception {
        ChaosTable table = new ChaosTable();
        Path out = Files.createDirectories(dir).resolve(kind + "-" + seed + "-" + System.nanoTime());
        long begin = System.nanoTime();
        List<ChaosArena> made = new ArrayList<>();
        List<Thread> drivers = new ArrayList<>();
        try {
            for (int i = 1; i <= arenas; i++) {
                made.add(maker.make(out.resolve("arena-" + i), kind + " " + i, seed * 100 + i, table));
            }
            for (ChaosArena arena : made) {
                Thread driver = new Thread(() -> drive(arena, plan, table), kind + " " + (drivers.size() + 1));
                drivers.add(driver);
                driver.start();
            }
            for (Thread driver : drivers) {
                driver.join();
            }
        } finally {
            end(made, drivers, table);
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
                "%s: seed %d, %d arenas, %d rounds, %d s; broken promises in the whole history and in the rounds: %d; overlaps explained in the whole history: %d; releases seen: %d%n%s%n%s",
                kind,
                seed,
                arenas,
                rounds,
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin),
                table.findings().size(),
                explained,
                made.stream().mapToInt(ChaosArena::releases).sum(),
                table.circumstances(),
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

    /** No driver is left behind that would start processes in an arena that is closed. */
    private static void end(List<ChaosArena> arenas, List<Thread> drivers, ChaosTable table)
            throws InterruptedException {
        arenas.forEach(ChaosArena::stop);
        boolean wasInterrupted = Thread.interrupted();
        for (Thread driver : drivers) {
            driver.interrupt();
            driver.join(END.toMillis());
            if (driver.isAlive()) {
                table.found(driver.getName() + ": its driver has not ended within " + END);
            }
        }
        arenas.forEach(ChaosArena::close);
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void drive(ChaosArena arena, Plan plan, ChaosTable table) {
        try {
            arena.open();
            plan.carryOut(arena);
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
