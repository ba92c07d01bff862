package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
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
        RequestRates rates = new RequestRates(with, without);
        rates.net()
                .forEach((name, net) -> lines.add(String.format(
                        Locale.ROOT,
                        "| %s | %.2f | %.2f | %.2f |",
                        name,
                        without.getOrDefault(name, 0.0),
                        with.getOrDefault(name, 0.0),
                        net)));
        lines.add(String.format(
                Locale.ROOT,
                "| in all | %.2f | %.2f | %.2f |",
                rates.ownInAll(),
                rates.countedInAll(),
                rates.netInAll()));
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
        long nanos = System.nanoTime() - startNanos;
        return RequestRates.between(before, count(), nanos);
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
