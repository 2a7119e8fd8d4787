package org.pgagent.postgres.session;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.pgagent.postgres.Lsn;

/**
 * How far a standby has come at one moment.
 *
 * @param replayed the end of the last record that was replayed
 * @param received up to where WAL was streamed to it and is on its disk; empty without streaming, and not always further
 * @param minimumRecoveryPoint no page on its disk has a later LSN
 * @param lastTransaction when the last transaction that was replayed ended, by the primary's clock; empty if none was
 * @param clock the standby's
 */
public record Replay(
        Lsn replayed,
        Optional<Lsn> received,
        Lsn minimumRecoveryPoint,
        Optional<Instant> lastTransaction,
        Instant clock) {
    /** Whether WAL was received that was not replayed. */
    public boolean hasMoreToReplay() {
        return received.filter(replayed::isBefore).isPresent();
    }

    /** How old what it shows is: its lag, unless nothing was written since. */
    public Duration age() {
        return lastTransaction.map(time -> Duration.between(time, clock)).orElse(Duration.ZERO);
    }
}
