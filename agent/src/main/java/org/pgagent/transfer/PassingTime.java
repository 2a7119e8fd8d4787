package org.pgagent.transfer;

import java.time.Duration;
import org.pgagent.error.PgAgentException;

/** Time as it passes for somebody who waits and looks again and again. Thread-safe. */
public interface PassingTime {
    /** Since some fixed moment; goes on evenly, whatever is done to the host's clock. */
    long nanos();

    /**
     * Lets time pass.
     *
     * @throws PgAgentException of kind INTERRUPTED if the wait is to end
     */
    void pause(Duration duration) throws PgAgentException;
}
