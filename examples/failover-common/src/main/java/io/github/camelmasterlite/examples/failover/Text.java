package io.github.camelmasterlite.examples.failover;

import java.util.Comparator;
import java.util.Locale;

/** How numbers look to people. */
final class Text {
    /** lock2 before lock10. */
    static final Comparator<String> BY_NUMBER =
            Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder());

    private Text() {}

    static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.1f ms", nanos / 1e6);
    }

    static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%6.2f s", nanos / 1e9);
    }

    static String plural(long count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }
}
