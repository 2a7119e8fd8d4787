package org.pgagent.storage;

import java.time.Duration;
import org.pgagent.error.PgAgentException;

/** Passes time; {@link org.pgagent.error.Cancellation#sleep} in earnest, a note in tests. */
@FunctionalInterface
public interface Sleeper {
    /**
     * Returns after the time.
     *
     * @throws PgAgentException of kind INTERRUPTED when the work was told to stop meanwhile
     */
    void sleep(Duration duration) throws InterruptedException, PgAgentException;
}
