package io.github.camelmasterlite.kubernetes;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What an API server has counted, read from the text of its {@code /metrics}. */
record KubeMetrics(List<Sample> samples) {

    private static final Pattern LINE =
            Pattern.compile("(?<name>[a-zA-Z_:][\\w:]*)(\\{(?<labels>.*)})? (?<value>\\S+)");
    private static final Pattern LABEL = Pattern.compile("(?<key>\\w+)=\"(?<value>(\\\\.|[^\"\\\\])*)\"");

    record Sample(String name, Map<String, String> labels, double value) {}

    static KubeMetrics parse(String text) {
        List<Sample> samples = new ArrayList<>();
        text.lines().map(LINE::matcher).filter(Matcher::matches).forEach(line -> {
            Map<String, String> labels = new HashMap<>();
            if (line.group("labels") != null) {
                Matcher label = LABEL.matcher(line.group("labels"));
                while (label.find()) {
                    labels.put(label.group("key"), label.group("value"));
                }
            }
            double value = Double.parseDouble(line.group("value").replace("Inf", "Infinity"));
            samples.add(new Sample(line.group("name"), Map.copyOf(labels), value));
        });
        return new KubeMetrics(List.copyOf(samples));
    }

    /** The sum of all samples of that name that have these labels among theirs. */
    double sum(String name, Map<String, String> labels) {
        return samples.stream()
                .filter(sample ->
                        sample.name().equals(name) && sample.labels().entrySet().containsAll(labels.entrySet()))
                .mapToDouble(Sample::value)
                .sum();
    }

    /**
     * Requests that have been answered; a watch counts when it ends.
     *
     * @param verb     GET, LIST, PUT, POST, PATCH, DELETE, WATCH
     * @param resource as in {@code leases}
     */
    long requests(String verb, String resource) {
        return Math.round(sum("apiserver_request_total", Map.of("verb", verb, "resource", resource)));
    }
}
