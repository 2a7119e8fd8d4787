package org.pgagent;

import org.pgagent.command.Console;
import org.pgagent.config.LogFormat;
import org.pgagent.config.LogLevel;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.Failure;
import org.slf4j.LoggerFactory;

/** Tells the operator of a failure: two lines of text, or one line of JSON. */
record FailureReport(Console console, LogFormat format, FailureReport.Causes causes) {
    /** Whether the exceptions behind a failure are told, too. */
    enum Causes {
        LEFT_OUT,
        TOLD;

        static Causes at(LogLevel level) {
            return level == LogLevel.DEBUG ? TOLD : LEFT_OUT;
        }
    }

    void print(Failure failure, Throwable thrown) {
        // A defect may not come back for whoever is asked for its trace later.
        boolean traced = causes == Causes.TOLD || failure.kind() == ErrorKind.BUG;
        switch (format) {
            case TEXT -> {
                console.err().println("pgagent: error: " + failure.message());
                console.err().println("hint: " + failure.hint());
                if (traced) {
                    thrown.printStackTrace(console.err());
                }
            }
            case JSON ->
                LoggerFactory.getLogger(FailureReport.class)
                        .atError()
                        .setMessage(failure.message())
                        .addKeyValue("kind", failure.kind())
                        .addKeyValue("hint", failure.hint())
                        .setCause(traced ? thrown : null)
                        .log();
        }
    }
}
