package org.pgagent.storage;

import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * What was read is not what the store has a checksum of: damaged on the way here, or, if it stays so, in the store. {@link
 * Retries} finds out which.
 */
public final class ContentMismatchException extends PgAgentException {
    private static final long serialVersionUID = 1L;

    private final String where;

    /** @param where the object and its store */
    public ContentMismatchException(String where, Throwable cause) {
        super(
                ErrorKind.STORE_FAILED,
                where + " was read with another checksum than the store has of it",
                "Run the command again; if it says the same, the object is damaged in the store or on the way from there.",
                cause);
        this.where = where;
    }

    /** The same after several tries. */
    PgAgentException inTheStore(int times) {
        return new PgAgentException(
                ErrorKind.CORRUPTED,
                where + " is damaged: " + times + " times it was read with another checksum than the store has of it",
                "Look into the store for an older version of the object.",
                this);
    }
}
