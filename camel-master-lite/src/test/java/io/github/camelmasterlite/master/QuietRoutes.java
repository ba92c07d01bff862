package io.github.camelmasterlite.master;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/** Thousands of failures that a test makes on purpose say nothing on the console. */
final class QuietRoutes implements BeforeAllCallback, AfterAllCallback {

    private static final List<String> LOGGERS = List.of("io.github.camelmasterlite", "org.apache.camel");

    private final Map<String, @Nullable Level> before = new HashMap<>();

    @Override
    public void beforeAll(ExtensionContext context) {
        for (String name : LOGGERS) {
            Logger logger = (Logger) LoggerFactory.getLogger(name);
            before.put(name, logger.getLevel());
            logger.setLevel(Level.OFF);
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        before.forEach((name, level) -> ((Logger) LoggerFactory.getLogger(name)).setLevel(level));
    }
}
