package org.pgagent.restore.drill;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** How long a drill waits: until its time is over, or somebody wants it to stop. */
final class Patience {
    private static final long LOOK_MILLIS = 100;

    /** A signal to the whole group of processes may reach a server before this process. */
    private static final long SIGNAL_MILLIS = 500;

    private final Cancellation cancellation;
    private final Duration timeMax;
    private final long end;

    Patience(Cancellation cancellation, Duration timeMax) {
        this.cancellation = cancellation;
        this.timeMax = timeMax;
        this.end = System.nanoTime() + timeMax.toNanos();
    }

    /**
     * Goes on, or does not.
     *
     * @throws PgAgentException of kind INTERRUPTED if somebody wants it to stop
     * @throws DrillFailedException if the time is over
     */
    void check() throws PgAgentException {
        cancellation.check();
        if (System.nanoTime() - end > 0) {
            throw new DrillFailedException("it took longer than " + timeMax.toMinutes() + " minutes (--time-limit)");
        }
    }

    /** Waits a moment for the end of a process, and tells whether it came. */
    boolean sawTheEnd(Process process) throws PgAgentException {
        try {
            boolean ended = process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            if (!ended) {
                check();
            }
            return ended;
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Waits for a signal that may have ended another process, if that failed, and may be under way to this one. */
    void checkForSignal(int exitStatus) throws PgAgentException {
        if (exitStatus == 0) {
            cancellation.check();
            return;
        }
        try {
            TimeUnit.MILLISECONDS.sleep(SIGNAL_MILLIS);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        cancellation.check();
    }

    private static PgAgentException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new PgAgentException(ErrorKind.INTERRUPTED, "the drill was interrupted", "Run it again.", e);
    }
}
