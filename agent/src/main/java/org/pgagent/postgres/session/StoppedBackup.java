package org.pgagent.postgres.session;

import java.time.Instant;
import java.util.Optional;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;

/**
 * What the server gave when a backup was stopped.
 *
 * @param lsn up to where WAL must be replayed: the end of the backup-end record on a primary, the minimum recovery point on
 *     a standby
 * @param time of the server's clock, after the stop; on a standby not before the last transaction that it had replayed
 * @param timeline of {@code lsn}, or, on a standby, one that it has followed to meanwhile
 * @param nextXid the next transaction id, 64 bits; empty on a standby
 * @param label the content of {@code backup_label}, to be kept as it is
 * @param tablespaceMap the content of {@code tablespace_map}; empty if there must be none
 */
public record StoppedBackup(
        Lsn lsn, Instant time, Timeline timeline, Optional<Long> nextXid, String label, String tablespaceMap) {}
