package org.pgagent.backup;

import java.time.Duration;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** Time as it passes for somebody who waits and looks again and again. */
interface WaitingTime {
    /** Since some fixed moment; goes on evenly, whatever is done to the host's clock. */
    long nanos();

    /**
     * Lets time pass.
     *
     * @throws PgAgentException of kind INTERRUPTED if the wait is to end
     */
    void pause(Duration duration) throws PgAgentException;

    /** The host's, in which a cancellation ends the wait. */
    static WaitingTime of(Cancellation cancellation) {
        return new WaitingTime() {
            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public void pause(Duration duration) throws PgAgentException {
                cancellation.check();
                try {
                    Thread.sleep(duration.toMillis());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new PgAgentException(
                            ErrorKind.INTERRUPTED, "interrupted while waiting for WAL", "Take the backup again.", e);
                }
            }
        };
    }
}
