package io.github.camelmasterlite.examples.benchmark;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Requests a second by verb and resource, and how many of them the API server makes on its own account, with no member running.
 *
 * @param counted by the server while members ran
 * @param own     by the server while none did
 */
record RequestRates(Map<String, Double> counted, Map<String, Double> own) {
    RequestRates {
        counted = Map.copyOf(counted);
        own = Map.copyOf(own);
    }

    /** What came in between two counts. */
    static Map<String, Double> between(Map<String, Double> before, Map<String, Double> after, long nanos) {
        Map<String, Double> rates = new TreeMap<>();
        after.forEach((name, count) -> rates.put(name, (count - before.getOrDefault(name, 0.0)) * 1e9 / nanos));
        rates.values().removeIf(rate -> rate == 0);
        return rates;
    }

    double countedInAll() {
        return sum(counted);
    }

    double ownInAll() {
        return sum(own);
    }

    /** What members cause. Below zero by what the server happens to do less while they run. */
    Map<String, Double> net() {
        Map<String, Double> net = new TreeMap<>();
        TreeSet<String> names = new TreeSet<>(counted.keySet());
        names.addAll(own.keySet());
        names.forEach(name -> net.put(name, netOf(name)));
        return net;
    }

    double netOf(String name) {
        return counted.getOrDefault(name, 0.0) - own.getOrDefault(name, 0.0);
    }

    double netInAll() {
        return countedInAll() - ownInAll();
    }

    /** Net, by name: "GET leases 0.80, PUT leases 0.60". */
    String netByName() {
        return net().entrySet().stream()
                .map(entry -> String.format(Locale.ROOT, "%s %.2f", entry.getKey(), entry.getValue()))
                .filter(text -> !text.endsWith(" 0.00") && !text.endsWith(" -0.00"))
                .collect(Collectors.joining(", "));
    }

    private static double sum(Map<String, Double> rates) {
        return rates.values().stream().mapToDouble(rate -> rate).sum();
    }
}
