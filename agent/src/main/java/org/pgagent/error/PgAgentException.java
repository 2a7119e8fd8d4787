package org.pgagent.error;

import java.io.IOException;
import java.util.Objects;

/**
 * The one exception for everything that can go wrong outside of pgagent: a message that states a fact with its values, and
 * a hint that says what to do next. It is translated from the SDK's, JDBC's and the file system's exceptions once, at the
 * edge, with the cause kept.
 */
public class PgAgentException extends IOException {
    private static final long serialVersionUID = 1L;

    private final ErrorKind kind;
    private final String hint;

    public PgAgentException(ErrorKind kind, String message, String hint) {
        this(kind, message, hint, null);
    }

    public PgAgentException(ErrorKind kind, String message, String hint, Throwable cause) {
        super(message, cause);
        this.kind = Objects.requireNonNull(kind);
        this.hint = Objects.requireNonNull(hint);
    }

    public final ErrorKind kind() {
        return kind;
    }

    /** What the operator should do next; never empty. */
    public final String hint() {
        return hint;
    }
}
