package io.github.camelmasterlite.cluster;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.camel.TypeConversionException;
import org.jspecify.annotations.Nullable;

/** What can be set on a cluster service, in words for people who tried to set something else. */
final class ServiceOptions {

    /** A name that needs more changes than that is another name. */
    private static final int TYPING_ERRORS = 3;

    private static final Pattern NUMBER = Pattern.compile("[+-]?\\d+");

    private static final Pattern TIME_WITH_UNIT = Pattern.compile("(\\d+\\s*(ms|s|m|h|d)\\s*)+");

    private ServiceOptions() {}

    /** Whether it is a time such as 1m30s. */
    static boolean isTimeWithUnit(String value) {
        return TIME_WITH_UNIT.matcher(value.trim()).matches();
    }

    /**
     * The option that names the unit in which another one counts.
     *
     * @return null if there is none
     */
    static @Nullable String unitOption(Class<?> service, String option) {
        String unit = option + "Unit";
        return types(service).get(unit.toLowerCase(Locale.ROOT)) == TimeUnit.class ? unit : null;
    }

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
            return new IllegalArgumentException(start + "the value must be " + describe(service, name, type));
        }
        return new IllegalArgumentException(start + root.getMessage(), root);
    }

    /**
     * Refuses what Camel would take for 0: words where a whole number belongs. Times of milliseconds may be written as {@code 1m30s}, too; what is no time may not,
     * for Camel would make milliseconds of it.
     *
     * @throws NumberFormatException if an option is a whole number and its value is not
     */
    static void requireNumber(Class<?> service, String option, String value) {
        Class<?> type = types(service).get(option.toLowerCase(Locale.ROOT));
        boolean isTime = option.toLowerCase(Locale.ROOT).endsWith("millis") && isTimeWithUnit(value);
        if (type != null
                && isWholeNumber(type)
                && !isTime
                && !NUMBER.matcher(value.trim()).matches()) {
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
                .min(Comparator.comparingInt(option -> OptionNames.distance(name, option)))
                .filter(option -> OptionNames.distance(name, option) <= TYPING_ERRORS)
                .map(option -> " (did you mean " + option + "?)")
                .orElse("");
    }

    private static String describe(Class<?> service, String option, Class<?> type) {
        if (type.isEnum()) {
            return "one of " + Arrays.toString(type.getEnumConstants());
        }
        if (isWholeNumber(type)) {
            String unit = unitOption(service, option);
            if (unit != null) {
                return "a whole number, of seconds unless " + unit + " says otherwise, or a time such as 30s";
            }
            return option.toLowerCase(Locale.ROOT).endsWith("millis")
                    ? "a whole number of milliseconds, or a time such as 30s"
                    : "a whole number";
        }
        return "a " + type.getSimpleName();
    }
}
