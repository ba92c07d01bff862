package io.github.camelmasterlite.cluster;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.camel.TypeConversionException;

/** What can be set on a cluster service, in words for people who tried to set something else. */
final class ServiceOptions {

    /** A name that needs more changes than that is another name. */
    private static final int TYPING_ERRORS = 3;

    private static final Pattern NUMBER = Pattern.compile("[+-]?\\d+|(\\d+\\s*(ms|s|m|h|d)\\s*)+");

    private ServiceOptions() {}

    /**
     * Says which key cannot be set, why, and what can. The value stays out of the message, for it may be a secret, unless the service itself tells it.
     *
     * @param key    as somebody wrote it
     * @param option the name of the option as a setter has it, with the key of a map entry, if any
     * @param cause  what binding it has thrown
     */
    static IllegalArgumentException cannotSet(String key, String option, Class<?> service, Exception cause) {
        String start = "Cannot set " + key + " (option " + option + " of " + service.getName() + "): ";
        String name = option.split("[.\\[]", 2)[0];
        Class<?> type = types(service).get(name.toLowerCase(Locale.ROOT));
        if (type == null) {
            List<String> names = names(service);
            return new IllegalArgumentException(
                    start + "there is no such option" + guess(name, names) + "; there are " + String.join(", ", names));
        }
        Throwable root = cause;
        boolean isOfWrongType = false;
        while (root.getCause() != null && root.getCause() != root) {
            isOfWrongType |= root instanceof TypeConversionException;
            root = root.getCause();
        }
        if (isOfWrongType || root instanceof NumberFormatException) {
            return new IllegalArgumentException(start + "the value must be " + describe(type));
        }
        return new IllegalArgumentException(start + root.getMessage(), root);
    }

    /**
     * Refuses what Camel would take for 0: words where a whole number belongs. Times may be written as {@code 1m30s}, too.
     *
     * @throws NumberFormatException if an option is a whole number and its value is not
     */
    static void requireNumber(Class<?> service, String option, String value) {
        Class<?> type = types(service).get(option.toLowerCase(Locale.ROOT));
        if (type != null && isWholeNumber(type) && !NUMBER.matcher(value.trim()).matches()) {
            throw new NumberFormatException();
        }
    }

    private static boolean isWholeNumber(Class<?> type) {
        return type == long.class || type == Long.class || type == int.class || type == Integer.class;
    }

    /** The type of each option by its name in lower case. */
    private static Map<String, Class<?>> types(Class<?> service) {
        Map<String, Class<?>> options = new TreeMap<>();
        for (Method method : service.getMethods()) {
            if (isSetter(method)) {
                options.put(optionOf(method).toLowerCase(Locale.ROOT), method.getParameterTypes()[0]);
            }
        }
        return options;
    }

    private static List<String> names(Class<?> service) {
        return Arrays.stream(service.getMethods())
                .filter(ServiceOptions::isSetter)
                .map(ServiceOptions::optionOf)
                .distinct()
                .sorted()
                .toList();
    }

    private static boolean isSetter(Method method) {
        return method.getName().length() > 3
                && method.getName().startsWith("set")
                && method.getParameterCount() == 1
                && !method.getName().equals("setCamelContext");
    }

    private static String optionOf(Method setter) {
        return Character.toLowerCase(setter.getName().charAt(3))
                + setter.getName().substring(4);
    }

    private static String guess(String name, List<String> options) {
        return options.stream()
                .min(Comparator.comparingInt(option -> distance(name, option)))
                .filter(option -> distance(name, option) <= TYPING_ERRORS)
                .map(option -> " (did you mean " + option + "?)")
                .orElse("");
    }

    /** How many letters must be changed, added or left out to make one of the other. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int above = row[j];
                int changed = a.charAt(i - 1) == b.charAt(j - 1) ? diagonal : diagonal + 1;
                row[j] = Math.min(changed, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[b.length()];
    }

    private static String describe(Class<?> type) {
        if (type.isEnum()) {
            return "one of " + Arrays.toString(type.getEnumConstants());
        }
        if (isWholeNumber(type)) {
            return "a whole number, for times of milliseconds, or such as 30s";
        }
        return "a " + type.getSimpleName();
    }
}
