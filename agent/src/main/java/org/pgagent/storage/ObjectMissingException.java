package org.pgagent.storage;

import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** The store said that there is no such object. Never thrown on doubt. */
public final class ObjectMissingException extends PgAgentException {
    private static final long serialVersionUID = 1L;

    public ObjectMissingException(String where, Throwable cause) {
        super(
                ErrorKind.OBJECT_MISSING,
                "there is no object " + where,
                "Run 'pgagent show' to see what the repository has.",
                cause);
    }
}
