package io.github.camelmasterlite.springboot;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them in keys: {@code 1000} (milliseconds), {@code 1s}, {@code 1h30m}, {@code 500ms}, {@code 2 minutes}, {@code PT1S}. */
public final class Millis {

    private static final Pattern PARTS = Pattern.compile(
            "(?:(\\d+)\\s*d(?:ays?)?)?\\s*(?:(\\d+)\\s*h(?:ours?)?)?\\s*(?:(\\d+)\\s*m(?:in(?:utes?)?)?)?\\s*(?:(\\d+)\\s*s(?:ec(?:onds?)?)?)?\\s*(?:(\\d+)\\s*(?:ms|millis|milliseconds?))?",
            Pattern.CASE_INSENSITIVE);

    private static final long[] UNITS = {
        Duration.ofDays(1).toMillis(),
        Duration.ofHours(1).toMillis(),
        Duration.ofMinutes(1).toMillis(),
        Duration.ofSeconds(1).toMillis(),
        1
    };

    private Millis() {}

    /**
     * The number of milliseconds.
     *
     * @throws IllegalArgumentException if it is no duration; says how to write one
     */
    public static long parse(String written) {
        String text = written.strip();
        try {
            if (text.matches("-?\\d+")) {
                return Long.parseLong(text);
            }
            if (text.toUpperCase(Locale.ROOT).startsWith("P")) {
                return Duration.parse(text).toMillis();
            }
            Matcher parts = PARTS.matcher(text);
            if (!text.isEmpty() && parts.matches()) {
                long sum = 0;
                for (int i = 0; i < UNITS.length; i++) {
                    String part = parts.group(i + 1);
                    if (part != null) {
                        sum = Math.addExact(sum, Math.multiplyExact(Long.parseLong(part), UNITS[i]));
                    }
                }
                return sum;
            }
        } catch (DateTimeParseException | ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException(notDuration(written), e);
        }
        throw new IllegalArgumentException(notDuration(written));
    }

    private static String notDuration(String written) {
        return "'" + written + "' is no duration; write one as 1s, 1h30m, 500ms, or 1000 for milliseconds";
    }
}
