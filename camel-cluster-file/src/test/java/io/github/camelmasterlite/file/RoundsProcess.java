package io.github.camelmasterlite.file;

import io.github.camelmasterlite.chaos.MemberProcess;
import io.github.camelmasterlite.history.History.Event;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A child process that runs {@link RoundsMember}. */
final class RoundsProcess extends MemberProcess {

    /**
     * @param dir    where its log goes
     * @param name   its name; the ids of its members begin with it
     * @param events told of everything it writes, on one thread
     */
    RoundsProcess(Path dir, Path root, String name, long stopBudgetMillis, List<String> locks, Consumer<Event> events)
            throws IOException {
        this(dir, root, name, stopBudgetMillis, locks, List.of(), Map.of(), events);
    }

    /** As above, with further options of the JVM. */
    RoundsProcess(
            Path dir,
            Path root,
            String name,
            long stopBudgetMillis,
            List<String> locks,
            List<String> options,
            Consumer<Event> events)
            throws IOException {
        this(dir, root, name, stopBudgetMillis, locks, options, Map.of(), events);
    }

    /** As above, with more in its environment. */
    RoundsProcess(
            Path dir,
            Path root,
            String name,
            long stopBudgetMillis,
            List<String> locks,
            List<String> options,
            Map<String, String> environment,
            Consumer<Event> events)
            throws IOException {
        super(
                name,
                java(RoundsMember.class, options, arguments(root, name, stopBudgetMillis, locks)),
                environment,
                dir.resolve(name + ".log"),
                events);
    }

    private static List<String> arguments(Path root, String name, long stopBudgetMillis, List<String> locks) {
        List<String> arguments = new ArrayList<>(List.of(root.toString(), name, Long.toString(stopBudgetMillis)));
        arguments.addAll(locks);
        return arguments;
    }
}
