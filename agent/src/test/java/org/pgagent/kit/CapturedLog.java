package org.pgagent.kit;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** What one class says in the log at level INFO and above, from now until this is closed. Thread-safe. */
public final class CapturedLog implements AutoCloseable {
    private final Events events = new Events();
    private final Logger logger;

    private static final class Events extends AppenderBase<ILoggingEvent> {
        private final List<ILoggingEvent> list = new CopyOnWriteArrayList<>();

        @Override
        protected void append(ILoggingEvent event) {
            list.add(event);
        }
    }

    private CapturedLog(Logger logger) {
        this.logger = logger;
    }

    public static CapturedLog of(Class<?> speaker) {
        CapturedLog log = new CapturedLog((Logger) LoggerFactory.getLogger(speaker));
        log.logger.setLevel(Level.INFO);
        log.logger.setAdditive(false);
        log.logger.addAppender(log.events);
        log.events.start();
        return log;
    }

    /** The lines so far, each with its level in front. */
    public List<String> lines() {
        return events.list.stream()
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .toList();
    }

    @Override
    public void close() {
        logger.detachAppender(events);
        logger.setAdditive(true);
        logger.setLevel(null);
    }
}
