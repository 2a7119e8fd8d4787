package org.pgagent.storage;

import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** The condition of a write did not hold: the object exists already, or is no longer the one that was read. */
public final class ObjectChangedException extends PgAgentException {
    private static final long serialVersionUID = 1L;

    public ObjectChangedException(String where, Throwable cause) {
        super(
                ErrorKind.OBJECT_CHANGED,
                "somebody else has written " + where,
                "Look for a second pgagent that writes to the same repository.",
                cause);
    }
}
