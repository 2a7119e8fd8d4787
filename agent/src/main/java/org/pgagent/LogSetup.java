package org.pgagent;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.pgagent.command.Console;
import org.pgagent.config.LogFormat;
import org.pgagent.config.LogLevel;
import org.slf4j.LoggerFactory;

/**
 * Sets logging up, in code, because reading an XML file would double the time that logging takes to start. Logback finds
 * this class as a service and gets a silent configuration from it; {@link #to} says what is wanted.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {
    private static final String TEXT_PATTERN =
            "%d{yyyy-MM-dd'T'HH:mm:ss'Z',UTC} %-5level %replace(%msg %kvp{NONE}){'\\s+$',''}%n";

    /** Back to the first column, and clear the line: a progress bar may stand there, and will be drawn again below. */
    private static final String OVER_THE_BAR = "\r\u001B[K";

    /** Libraries that talk much; their DEBUG level would also tell request headers, signatures included. */
    private static final Map<String, Level> QUIET = Map.of(
            "software.amazon.awssdk", Level.WARN,
            "org.apache.hc", Level.WARN,
            "org.postgresql", Level.WARN);

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** From now on, everything of this level and graver goes to the console's standard error. */
    static void to(Console console, LogLevel level, LogFormat format) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        Encoder<ILoggingEvent> encoder = switch (format) {
            case TEXT -> textEncoder(level, console.terminal());
            case JSON -> new JsonLogEncoder();
        };
        encoder.setContext(context);
        encoder.start();
        OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
        appender.setContext(context);
        appender.setEncoder(encoder);
        appender.setOutputStream(new UnclosedStream(console.err()));
        appender.start();
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        root.setLevel(Level.toLevel(level.name()));
        QUIET.forEach((name, quiet) -> context.getLogger(name).setLevel(quiet));
    }

    private static Encoder<ILoggingEvent> textEncoder(LogLevel level, boolean terminal) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setPattern(
                (terminal ? OVER_THE_BAR : "") + TEXT_PATTERN + (level == LogLevel.DEBUG ? "%ex" : "%nopex"));
        return encoder;
    }

    /** Standard error outlives the logging. */
    private static final class UnclosedStream extends FilterOutputStream {
        UnclosedStream(OutputStream stream) {
            super(stream);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
