package io.github.camelmasterlite.springboot;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.camel.util.StringHelper;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;

/**
 * Has an application say by which key to mend what a cluster service complained of when it was started: times that break the law, a directory that is missing or cannot be written. Services speak of options,
 * as they do not know who configured them.
 */
public abstract class OptionFailureAnalyzer implements FailureAnalyzer {

    /** What durations in milliseconds are called in messages goes without it. */
    private static final String UNIT = "Millis";

    private final OptionKeys<?> keys;
    private final String throwers;

    /**
     * @param keys    the keys of the service
     * @param service the class of the service; what it or its package throws is its complaint
     */
    protected OptionFailureAnalyzer(OptionKeys<?> keys, Class<?> service) {
        this.keys = keys;
        this.throwers = service.getPackageName() + ".";
    }

    @Override
    public @Nullable FailureAnalysis analyze(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage();
            if (message != null && isThrownByService(cause)) {
                List<String> mentioned = mentioned(message);
                if (!mentioned.isEmpty()) {
                    return new FailureAnalysis(
                            message,
                            "Set " + String.join(", ", mentioned)
                                    + ", or mend what the message above says. Options that a bean sets are mended there",
                            cause);
                }
            }
        }
        return null;
    }

    private boolean isThrownByService(Throwable cause) {
        return !(cause instanceof WrongKeyException)
                && Arrays.stream(cause.getStackTrace())
                        .anyMatch(frame -> frame.getClassName().startsWith(throwers));
    }

    private List<String> mentioned(String message) {
        List<String> mentioned = new ArrayList<>();
        for (String option : keys.options()) {
            String name = StringHelper.dashToCamelCase(option);
            String stem = name.endsWith(UNIT) ? name.substring(0, name.length() - UNIT.length()) : name;
            if (Pattern.compile("\\b" + stem + "(" + UNIT + ")?\\b")
                    .matcher(message)
                    .find()) {
                mentioned.add(keys.describe(option));
            }
        }
        return mentioned;
    }
}
