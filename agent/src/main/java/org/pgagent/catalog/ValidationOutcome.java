package org.pgagent.catalog;

import java.util.List;
import java.util.Optional;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupState;

/**
 * What came of one backup.
 *
 * @param record as it is now; empty if it cannot be read
 * @param before its state when it was looked at first; null if it cannot be read
 * @param untold how often something was found damaged besides what is listed
 * @param note what else is to be said, for people; null if nothing
 */
public record ValidationOutcome(
        BackupId id,
        Optional<BackupRecord> record,
        BackupState before,
        Verdict verdict,
        List<Damage> damages,
        long untold,
        String note) {
    /** What is known of a backup now. */
    public enum Verdict {
        WHOLE,
        DAMAGED,
        /** It was found whole not long ago. */
        TRUSTED,
        /** Whoever took or deleted it is dead; it is ERROR now. */
        ABANDONED,
        /** Somebody takes or deletes it. */
        AT_WORK,
        /** Somebody has deleted it meanwhile. */
        GONE,
        /** Nothing is known of it: the store did not answer, or somebody has changed it again and again. */
        NOT_CHECKED
    }

    public ValidationOutcome {
        damages = List.copyOf(damages);
    }

    static ValidationOutcome of(BackupRecord record, Verdict verdict, String note) {
        return new ValidationOutcome(record.id(), Optional.of(record), record.state(), verdict, List.of(), 0, note);
    }

    static ValidationOutcome notChecked(BackupId id) {
        return new ValidationOutcome(id, Optional.empty(), null, Verdict.NOT_CHECKED, List.of(), 0, null);
    }
}
