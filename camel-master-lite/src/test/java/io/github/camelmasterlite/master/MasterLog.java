package io.github.camelmasterlite.master;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** What the classes of this package log while it is open. */
final class MasterLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {

    private final Logger logger;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    MasterLog() {
        logger = (Logger) LoggerFactory.getLogger(MasterLog.class.getPackageName());
        setContext(logger.getLoggerContext());
        start();
        logger.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        lines.add(event.getLevel() + " " + event.getFormattedMessage());
    }

    /** The lines of a level that contain all these words. */
    List<String> lines(String level, String... words) {
        return lines.stream()
                .filter(line -> line.startsWith(level + " ") && Stream.of(words).allMatch(line::contains))
                .toList();
    }

    @Override
    public void close() {
        logger.detachAppender(this);
        stop();
    }
}
