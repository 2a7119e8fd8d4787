package org.pgagent.storage;

import java.time.Duration;
import org.pgagent.error.PgAgentException;

/** Passes time; {@code Thread::sleep} in earnest, a note in tests. */
@FunctionalInterface
public interface Sleeper {
    /** Sleeps with {@link Thread#sleep(long)}. */
    Sleeper SYSTEM = duration -> Thread.sleep(duration.toMillis());

    /**
     * Returns after the time.
     *
     * @throws PgAgentException of kind INTERRUPTED when the work was told to stop meanwhile
     */
    void sleep(Duration duration) throws InterruptedException, PgAgentException;
}
