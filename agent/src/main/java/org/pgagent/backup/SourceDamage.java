package org.pgagent.backup;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;

/**
 * Whether a backup that is complete has something of others that was found damaged while it was taken.
 *
 * <p>Whoever finds damage says so in the record of each backup that has it, also of a failed one, and looks after that whether
 * more backups are complete by now. The one that asks here has said that it is complete, and looks after that: so at least one of
 * both sees the other. That no pack is missing is for its own look to see.
 */
final class SourceDamage {
    private final BackupRecords records;

    SourceDamage(BackupRecords records) {
        this.records = records;
    }

    /** What was found, in a sentence; empty if nothing was. */
    Optional<String> of(BackupRecord backup) throws IOException {
        if (backup.parent() != null) {
            BackupId parent = backup.parent().id();
            Optional<BackupRecord> damaged = find(parent).filter(SourceDamage::wasFoundDamaged);
            if (damaged.isPresent()) {
                return Optional.of("the backup " + parent
                        + ", with which this one was compared, was found damaged meanwhile: "
                        + damaged.get().error());
            }
        }
        for (BackupId failed : Optional.ofNullable(backup.resumes()).orElse(List.of())) {
            if (has(backup, failed)
                    && find(failed).filter(record -> record.damagedAt() != null).isPresent()) {
                return Optional.of("what the failed backup " + failed
                        + " has stored, of which this one has some, was found damaged meanwhile");
            }
        }
        return Optional.empty();
    }

    /** What cannot be read says nothing. */
    private Optional<BackupRecord> find(BackupId id) throws IOException {
        try {
            return records.find(id);
        } catch (PgAgentException e) {
            BackupRecords.unreadable(id, e);
            return Optional.empty();
        }
    }

    /** Also if somebody has begun to delete it since, which keeps what was wrong with it. */
    private static boolean wasFoundDamaged(BackupRecord parent) {
        return switch (parent.state()) {
            case CORRUPT -> !parent.comparable();
            case DELETING -> parent.error() != null && !lacksOnlyPacks(parent);
            case DELETED -> parent.error() != null;
            case RUNNING, DONE, OK, ERROR -> false;
        };
    }

    private static boolean lacksOnlyPacks(BackupRecord parent) {
        return parent.validation() != null
                && Boolean.TRUE.equals(parent.validation().onlyPacksMissing());
    }

    private static boolean has(BackupRecord backup, BackupId failed) {
        return backup.neededPacks().stream().anyMatch(pack -> pack.backup().equals(failed));
    }
}
