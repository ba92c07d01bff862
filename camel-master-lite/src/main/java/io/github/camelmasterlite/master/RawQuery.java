package io.github.camelmasterlite.master;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The query of a URI as it was written, cut into its parameters without decoding anything, so that what goes on to the delegate is encoded
 * exactly as often as it was.
 *
 * <p>It is cut as Camel's own parser cuts it: a value that begins with {@code RAW(} or <code>RAW{</code> ends where its closing bracket is
 * followed by {@code &} or by the end, so that a password may contain {@code &master.x=}.
 */
final class RawQuery {

    private record Parameter(String key, String text) {}

    private final List<Parameter> parameters;

    private RawQuery(List<Parameter> parameters) {
        this.parameters = parameters;
    }

    /** The query of {@code uri}, which is empty if it has none. */
    static RawQuery of(String uri) {
        List<Parameter> parameters = new ArrayList<>();
        int mark = uri.indexOf('?');
        int start = mark < 0 ? uri.length() : mark + 1;
        while (start < uri.length()) {
            int end = endOfParameter(uri, start);
            if (end > start) {
                String text = uri.substring(start, end);
                int equals = text.indexOf('=');
                String key = equals < 0 ? text : text.substring(0, equals);
                parameters.add(new Parameter(decoded(key), text));
            }
            start = end + 1;
        }
        return new RawQuery(parameters);
    }

    /** The decoded names of all parameters. */
    Set<String> keys() {
        return parameters.stream().map(Parameter::key).collect(Collectors.toSet());
    }

    /** The text of the query without the parameters whose decoded name is {@code unwanted}; empty if none is left. */
    String without(Predicate<String> unwanted) {
        return parameters.stream()
                .filter(parameter -> !unwanted.test(parameter.key()))
                .map(Parameter::text)
                .collect(Collectors.joining("&"));
    }

    private static int endOfParameter(String uri, int start) {
        int and = uri.indexOf('&', start);
        int end = and < 0 ? uri.length() : and;
        int value = uri.indexOf('=', start) + 1;
        if (value == 0 || value > end) {
            return end;
        }
        if (uri.startsWith("RAW(", value)) {
            return endOfRaw(uri, value, ')');
        }
        if (uri.startsWith("RAW{", value)) {
            return endOfRaw(uri, value, '}');
        }
        return end;
    }

    private static int endOfRaw(String uri, int value, char bracket) {
        for (int close = uri.indexOf(bracket, value); close >= 0; close = uri.indexOf(bracket, close + 1)) {
            int next = close + 1;
            if (next == uri.length() || uri.charAt(next) == '&') {
                return next;
            }
        }
        return uri.length();
    }

    private static String decoded(String key) {
        try {
            return URLDecoder.decode(key, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return key; // a stray percent sign: not a name of ours, and the delegate's own parser will speak up
        }
    }
}
