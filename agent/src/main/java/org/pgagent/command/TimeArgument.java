package org.pgagent.command;

import java.time.Instant;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.restore.RecoveryTarget;

/** A time that an option gives, written as a recovery target is. */
final class TimeArgument {
    private TimeArgument() {}

    /**
     * Reads one.
     *
     * @param verb whose option it is
     * @throws PgAgentException of kind USAGE with a good example if the text is malformed
     */
    static Instant parse(String text, String verb) throws PgAgentException {
        try {
            return RecoveryTarget.AtTime.parse(text, RecoveryTarget.Edge.INCLUSIVE)
                    .time();
        } catch (IllegalArgumentException e) {
            throw new PgAgentException(ErrorKind.USAGE, e.getMessage(), "Try: pgagent " + verb + " --help", e);
        }
    }
}
