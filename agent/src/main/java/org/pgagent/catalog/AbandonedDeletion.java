package org.pgagent.catalog;

import java.time.Instant;
import java.util.Optional;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupState;

/** A deletion that somebody has begun and not ended. */
final class AbandonedDeletion {
    private AbandonedDeletion() {}

    /**
     * What a backup is whose deletion came to no end, if that is so at a time. It cannot be put back any more, and keeps its
     * nonce: what is left of it is of no use to others, who knows what was deleted.
     */
    static Optional<BackupRecord> of(BackupRecord record, Instant now) {
        boolean alive = record.aliveUntil() != null && now.isBefore(record.aliveUntil());
        return record.state() != BackupState.DELETING || alive
                ? Optional.empty()
                : Optional.of(record.withState(BackupState.ERROR, "its deletion was begun and did not come to its end")
                        .touched(record.nonce()));
    }
}
