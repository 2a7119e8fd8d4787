package org.pgagent.backup;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;

/** The backups of a cluster that are being taken, and those that were until pgagent was killed. */
final class RunningBackups {
    /** Each is a listing, and two requests for each of its packs. */
    private static final int FAILED_MAX = 10;

    private final BackupRecords records;

    RunningBackups(BackupRecords records) {
        this.records = records;
    }

    /**
     * Makes sure that no backup is being taken.
     *
     * @param own one that does not count, and no newer one does
     * @return those that were abandoned
     * @throws PgAgentException of kind ALREADY_RUNNING if one is
     */
    List<BackupRecords.Versioned> requireNone(Optional<BackupId> own, Instant now) throws IOException {
        List<BackupRecords.Versioned> abandoned = new ArrayList<>();
        for (BackupRecords.Versioned running : sinceTheLastComplete(own, BackupState.RUNNING)) {
            BackupRecord record = running.record();
            if (record.asOf(now).state() == BackupState.RUNNING) {
                throw new PgAgentException(
                        ErrorKind.ALREADY_RUNNING,
                        "a backup of " + records.describe() + " is being taken: " + record.id() + " by pgagent on "
                                + record.writer().host() + " (pid "
                                + record.writer().pid() + ")",
                        "Wait for its end. If that process was killed, it counts as dead from " + record.aliveUntil()
                                + " on.");
            }
            abandoned.add(running);
        }
        return abandoned;
    }

    /**
     * The backups that came to nothing since the last complete one, newest first, not all if there are many. What they have
     * stored is of use, but for one that a removal had its hands on, or of which something was found damaged.
     */
    List<BackupId> failed(SystemIdentifier cluster) throws IOException {
        return sinceTheLastComplete(Optional.empty(), BackupState.ERROR).stream()
                .map(BackupRecords.Versioned::record)
                .filter(record ->
                        record.resumable() && record.source().systemIdentifier().equals(cluster))
                .map(BackupRecord::id)
                .limit(FAILED_MAX)
                .toList();
    }

    /** Newest first; one that is older than a complete backup is in nobody's way. */
    private List<BackupRecords.Versioned> sinceTheLastComplete(Optional<BackupId> own, BackupState state)
            throws IOException {
        List<BackupId> ids = records.ids();
        Collections.reverse(ids);
        List<BackupRecords.Versioned> since = new ArrayList<>();
        for (BackupId id : ids) {
            if (own.isPresent() && id.compareTo(own.get()) >= 0) {
                continue;
            }
            Optional<BackupRecords.Versioned> found = read(id);
            if (found.isPresent() && found.get().record().restorable()) {
                break;
            }
            found.filter(backup -> backup.record().state() == state).ifPresent(since::add);
        }
        return since;
    }

    private Optional<BackupRecords.Versioned> read(BackupId id) throws IOException {
        try {
            return records.read(id);
        } catch (PgAgentException e) {
            BackupRecords.unreadable(id, e);
            return Optional.empty();
        }
    }

    /** Says in the repository that backups were abandoned, so that nothing can make them complete any more. */
    void giveUp(List<BackupRecords.Versioned> abandoned, Instant now) throws IOException {
        for (BackupRecords.Versioned backup : abandoned) {
            if (!records.giveUp(backup, backup.record().asOf(now))) {
                throw new PgAgentException(
                        ErrorKind.ALREADY_RUNNING,
                        "the backup " + backup.record().id() + " was taken for abandoned, and lives: its record has"
                                + " changed at this moment",
                        "Try again; see whether the clocks of the hosts are right.");
            }
        }
    }
}
