package io.github.camelmasterlite.observe;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Lengths of time as people read them. */
final class Spans {

    private Spans() {}

    /** In seconds, with one decimal. */
    static String seconds(Duration span) {
        return String.format(Locale.ROOT, "%.1f s", span.toMillis() / 1000.0);
    }

    static @Nullable Long millis(@Nullable Duration span) {
        return span == null ? null : span.toMillis();
    }
}
