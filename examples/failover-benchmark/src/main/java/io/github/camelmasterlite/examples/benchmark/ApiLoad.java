package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many requests members make that have nothing to do, by the server's own count. */
final class ApiLoad {
    private static final int LOCKS = 20;
    private static final Duration QUIET = Duration.ofSeconds(10);
    private static final Pattern REQUESTS = Pattern.compile(
            "apiserver_request_total\\{(?<labels>[^}]*resource=\"(leases|configmaps|pods)\"[^}]*)} (?<count>\\S+)");
    private static final Pattern LABEL = Pattern.compile("(?<name>\\w+)=\"(?<value>[^\"]*)\"");

    private final Setup setup;
    private final LeaseApi api;

    ApiLoad(Setup setup, LeaseApi api) {
        this.setup = setup;
        this.api = api;
    }

    List<String> measure() throws BenchmarkException, IOException, InterruptedException {
        Cluster cluster = setup.cluster("load", LOCKS);
        System.err.println("  load, without members");
        Map<String, Double> without = watch(cluster);
        cluster.join(setup.members());
        cluster.awaitAllLed();
        cluster.settle(QUIET);
        System.err.printf("  load, %d members, %d locks%n", setup.members(), LOCKS);
        Map<String, Double> with = watch(cluster);
        long leaders = cluster.starts().values().stream()
                .map(Cluster.Start::member)
                .distinct()
                .count();
        cluster.end();

        List<String> lines = new ArrayList<>();
        lines.add("| requests/s | without members | with | caused by members |");
        lines.add("|---|---:|---:|---:|");
        TreeSet<String> names = new TreeSet<>(with.keySet());
        names.addAll(without.keySet());
        double sum = 0;
        for (String name : names) {
            double before = without.getOrDefault(name, 0.0);
            double after = with.getOrDefault(name, 0.0);
            sum += after - before;
            lines.add(String.format(Locale.ROOT, "| %s | %.2f | %.2f | %.2f |", name, before, after, after - before));
        }
        lines.add(String.format(Locale.ROOT, "| in all | | | %.2f |", sum));
        lines.add("");
        lines.add(
                "%d of the %d members led locks. Only who leads a lock renews it (PUT); a watch is counted when it ends."
                        .formatted(leaders, setup.members()));
        return lines;
    }

    private Map<String, Double> watch(Cluster cluster) throws BenchmarkException, InterruptedException {
        Map<String, Double> before = count();
        long startNanos = System.nanoTime();
        cluster.settle(setup.idle());
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        Map<String, Double> rates = new TreeMap<>();
        count().forEach((name, count) -> rates.put(name, (count - before.getOrDefault(name, 0.0)) / seconds));
        rates.values().removeIf(rate -> rate == 0);
        return rates;
    }

    private Map<String, Double> count() {
        return count(api);
    }

    /** By verb and resource, as in {@code PUT leases}, how many requests the server has answered; a watch counts when it ends. */
    static Map<String, Double> count(LeaseApi api) {
        Map<String, Double> counts = new TreeMap<>();
        api.metrics().lines().map(REQUESTS::matcher).filter(Matcher::matches).forEach(line -> {
            Map<String, String> labels = new TreeMap<>();
            Matcher label = LABEL.matcher(line.group("labels"));
            while (label.find()) {
                labels.put(label.group("name"), label.group("value"));
            }
            counts.merge(
                    labels.get("verb") + " " + labels.get("resource"),
                    Double.parseDouble(line.group("count")),
                    Double::sum);
        });
        return counts;
    }
}
