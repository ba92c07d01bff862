package io.github.camelmasterlite.master;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.camel.util.TimeUtils;

/**
 * The options of one {@code master:} endpoint that are not meant for its delegate. In a URI they carry the prefix {@value #PREFIX}.
 *
 * @param guard            what happens to an exchange that arrives without authority
 * @param headers          whether exchanges carry the lock, the term and the fencing token of their tenure
 * @param warmStandby      whether a member that follows makes and initialises the delegate in advance
 * @param onSuspend        what becomes of the lock while the route is suspended
 * @param yieldWhenDownFor how long the health check of a running delegate may be down without a break before the lock is given up; zero is
 *                         never; not negative
 */
record MasterOptions(
        MasterGuard guard, boolean headers, boolean warmStandby, MasterOnSuspend onSuspend, Duration yieldWhenDownFor) {

    /** What the name of each option begins with in a URI. */
    static final String PREFIX = "master.";

    private static final String KNOWN =
            "master.guard, master.headers, master.onSuspend, master.warmStandby, master.yieldWhenDownFor";

    /** What Camel takes for a duration; its own parser reads some other texts as nothing at all. */
    private static final Pattern DURATION =
            Pattern.compile("\\d{1,15}|(?=\\d)(\\d{1,9}d)?(\\d{1,9}h)?(\\d{1,9}m)?(\\d{1,9}s)?(\\d{1,9}ms)?");

    /** With the defaults of all other options. */
    MasterOptions(MasterGuard guard, boolean headers) {
        this(guard, headers, false, MasterOnSuspend.KEEP, Duration.ZERO);
    }

    /**
     * These options, changed by what a URI says.
     *
     * @param given names without prefix, and values
     * @throws IllegalArgumentException if a name is unknown or a value is none of those allowed
     */
    MasterOptions with(Map<String, Object> given) {
        MasterOptions result = this;
        for (Map.Entry<String, Object> option : given.entrySet()) {
            result = result.with(option.getKey(), String.valueOf(option.getValue()));
        }
        return result;
    }

    private MasterOptions with(String name, String value) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "guard" ->
                new MasterOptions(
                        parse("guard", value, MasterGuard.class), headers, warmStandby, onSuspend, yieldWhenDownFor);
            case "headers" ->
                new MasterOptions(guard, parse("headers", value), warmStandby, onSuspend, yieldWhenDownFor);
            case "warmstandby" ->
                new MasterOptions(guard, headers, parse("warmStandby", value), onSuspend, yieldWhenDownFor);
            case "onsuspend" ->
                new MasterOptions(
                        guard,
                        headers,
                        warmStandby,
                        parse("onSuspend", value, MasterOnSuspend.class),
                        yieldWhenDownFor);
            case "yieldwhendownfor" ->
                new MasterOptions(guard, headers, warmStandby, onSuspend, parseDuration("yieldWhenDownFor", value));
            default -> throw new IllegalArgumentException("Unknown option " + PREFIX + name + "; known are: " + KNOWN);
        };
    }

    private static <E extends Enum<E>> E parse(String name, String value, Class<E> type) {
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equalsIgnoreCase(value)) {
                return constant;
            }
        }
        String allowed = Arrays.stream(type.getEnumConstants())
                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
        throw wrong(name, value, "must be one of: " + allowed);
    }

    private static boolean parse(String name, String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw wrong(name, value, "must be true or false");
        };
    }

    private static Duration parseDuration(String name, String value) {
        String allowed = "must be a duration of 0 (off) or more, such as 30s, 1m30s, 500ms or 30000 (milliseconds)";
        String text = value.toLowerCase(Locale.ROOT);
        if (!DURATION.matcher(text).matches()) {
            throw wrong(name, value, allowed);
        }
        return TimeUtils.toDuration(text);
    }

    private static IllegalArgumentException wrong(String name, String value, String allowed) {
        return new IllegalArgumentException("Option " + PREFIX + name + "=" + value + " " + allowed);
    }
}
