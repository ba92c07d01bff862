package io.github.camelmasterlite.examples.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;

/**
 * Live Java threads that a member has and the routes alone do not have, by name; what the JVM itself does with threads (compiler, collector) is not counted. Those of the HTTP
 * client are told apart: they are there once for each client, and are not this project's.
 */
final class MoreThreads {
    /** Names that vert.x, Netty and the JDK's client give their threads. */
    private static final Pattern HTTP_CLIENT =
            Pattern.compile("(?i)(vert\\.?x|netty|HttpClient|globalEventExecutor).*");

    private final Map<String, ThreadCount> without;
    private final Map<String, ThreadCount> with;

    /**
     * @param without of a member with the same routes that stand for nothing
     */
    MoreThreads(Map<String, ThreadCount> without, Map<String, ThreadCount> with) {
        this.without = Map.copyOf(without);
        this.with = Map.copyOf(with);
    }

    static boolean isOfHttpClient(String name) {
        return HTTP_CLIENT.matcher(name).matches();
    }

    /** More at rest, of a name. */
    int now(String name) {
        return more(name, ThreadCount::now);
    }

    /** More at most, of a name. */
    int peak(String name) {
        return more(name, ThreadCount::peak);
    }

    private int more(String name, ToIntFunction<ThreadCount> count) {
        ThreadCount none = new ThreadCount(0, 0, 0);
        return Math.max(
                0,
                count.applyAsInt(with.getOrDefault(name, none)) - count.applyAsInt(without.getOrDefault(name, none)));
    }

    /** More at rest, of all names that are the HTTP client's, or of all that are not. */
    int atRest(boolean isOfHttpClient) {
        return with.keySet().stream()
                .filter(name -> isOfHttpClient(name) == isOfHttpClient)
                .mapToInt(this::now)
                .sum();
    }

    /** Rows of a leader and a follower: those of the HTTP client last, and sums. */
    static List<String> table(MoreThreads leader, MoreThreads follower, int locks) {
        List<String> lines = new ArrayList<>(List.of(
                "| threads that the routes alone do not have, %d locks | of | leader at rest | at most | follower at rest | at most |"
                        .formatted(locks),
                "|---|---|---:|---:|---:|---:|"));
        TreeSet<String> names = new TreeSet<>(leader.with.keySet());
        names.addAll(follower.with.keySet());
        for (boolean isOfHttpClient : new boolean[] {false, true}) {
            String whose = isOfHttpClient ? "HTTP client" : "service, master: and Camel";
            names.stream()
                    .filter(name -> isOfHttpClient(name) == isOfHttpClient)
                    .filter(name -> leader.peak(name) > 0 || follower.peak(name) > 0)
                    .forEach(name -> lines.add("| %s | %s | %d | %d | %d | %d |"
                            .formatted(
                                    name,
                                    whose,
                                    leader.now(name),
                                    leader.peak(name),
                                    follower.now(name),
                                    follower.peak(name))));
            lines.add("| in all | %s | %d | | %d | |"
                    .formatted(whose, leader.atRest(isOfHttpClient), follower.atRest(isOfHttpClient)));
        }
        return lines;
    }
}
