package org.pgagent.catalog;

import java.time.Instant;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupRecord;

/**
 * Between which points a backup can be recovered along the history of one timeline: from where the backup is consistent to
 * where the WAL ends.
 *
 * @param timeline the one that the recovery follows
 * @param end the LSN after the last segment that can be reached
 * @param endStoredAt when that segment was stored, by the store's clock: no commit in it is later
 */
public record RecoveryWindow(BackupRecord backup, Timeline timeline, Lsn end, Instant endStoredAt, Then then) {
    /** What follows the end of a window. */
    public enum Then {
        /** Nothing more was archived yet. */
        END,
        /** WAL that retention has given up: the backup is kept for the point at which it was taken. */
        EXPIRED,
        /** WAL that is missing, so that what was archived after it, or will be, cannot be reached. */
        GAP
    }
}
