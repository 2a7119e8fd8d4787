package org.pgagent.restore.drill;

import java.util.List;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** The drill came to its end, and what it shows is that the restore does not serve. Everything else is this host's trouble. */
final class DrillFailedException extends PgAgentException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> lines;

    DrillFailedException(String message, Throwable cause) {
        super(ErrorKind.CORRUPTED, message, DrillFailure.HINT, cause);
        this.lines = List.of();
    }

    /** @param lines the end of what a tool printed */
    DrillFailedException(String message, List<String> lines) {
        super(ErrorKind.CORRUPTED, message, DrillFailure.HINT);
        this.lines = List.copyOf(lines);
    }

    DrillFailedException(String message) {
        this(message, List.of());
    }

    /** The end of what a tool printed; empty if it is the server that knows more. */
    List<String> lines() {
        return lines;
    }
}
