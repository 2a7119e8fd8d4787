package org.pgagent.backup;

import java.time.Duration;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.transfer.PassingTime;

/** Time as it passes for a backup that waits. */
interface WaitingTime extends PassingTime {
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
                            ErrorKind.INTERRUPTED, "interrupted while waiting", "Take the backup again.", e);
                }
            }
        };
    }
}
