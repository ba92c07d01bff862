package io.github.camelmasterlite.master;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The options of one {@code master:} endpoint that are not meant for its delegate. In a URI they carry the prefix {@value #PREFIX}.
 *
 * @param guard   what happens to an exchange that arrives without authority
 * @param headers whether exchanges carry the lock, the term and the fencing token of their tenure
 */
record MasterOptions(MasterGuard guard, boolean headers) {

    /** What the name of each option begins with in a URI. */
    static final String PREFIX = "master.";

    private static final String KNOWN = "master.guard, master.headers";

    /**
     * These options, changed by what a URI says.
     *
     * @param given names without prefix, and values
     * @throws IllegalArgumentException if a name is unknown or a value is none of those allowed
     */
    MasterOptions with(Map<String, Object> given) {
        MasterOptions result = this;
        for (Map.Entry<String, Object> option : given.entrySet()) {
            String value = String.valueOf(option.getValue());
            result = switch (option.getKey().toLowerCase(Locale.ROOT)) {
                case "guard" -> new MasterOptions(parseGuard(value), result.headers);
                case "headers" -> new MasterOptions(result.guard, parseHeaders(value));
                default ->
                    throw new IllegalArgumentException(
                            "Unknown option " + PREFIX + option.getKey() + "; known are: " + KNOWN);
            };
        }
        return result;
    }

    private static MasterGuard parseGuard(String value) {
        for (MasterGuard guard : MasterGuard.values()) {
            if (guard.name().equalsIgnoreCase(value)) {
                return guard;
            }
        }
        String allowed = Arrays.stream(MasterGuard.values())
                .map(guard -> guard.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
        throw new IllegalArgumentException("Option master.guard=" + value + " must be one of: " + allowed);
    }

    private static boolean parseHeaders(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("Option master.headers=" + value + " must be true or false");
        };
    }
}
