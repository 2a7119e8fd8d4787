package org.pgagent.error;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Tells work that goes on for long that it should stop. Thread-safe.
 *
 * <p>A flag and not an interrupt, because an interrupt closes the file channel that a thread happens to use. Whoever works
 * calls {@link #check} between two pieces of work that each take seconds at most, and cleans up as after any failure.
 */
public final class Cancellation {
    private final CountDownLatch requested = new CountDownLatch(1);

    /** Asks the work to stop; from now on {@link #check} throws. */
    public void request() {
        requested.countDown();
    }

    public boolean requested() {
        return requested.getCount() == 0;
    }

    /**
     * Does nothing until {@link #request} was called.
     *
     * @throws PgAgentException of kind INTERRUPTED afterwards
     */
    public void check() throws PgAgentException {
        if (requested()) {
            throw new PgAgentException(
                    ErrorKind.INTERRUPTED,
                    "stopped by a signal before the work was done",
                    "Run the same command again.");
        }
    }

    /**
     * Lets time pass, until {@link #request} is called at most.
     *
     * @throws PgAgentException of kind INTERRUPTED if it is called, or was before
     */
    public void sleep(Duration duration) throws InterruptedException, PgAgentException {
        if (requested.await(duration.toMillis(), TimeUnit.MILLISECONDS)) {
            check();
        }
    }
}
