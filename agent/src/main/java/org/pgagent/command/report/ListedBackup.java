package org.pgagent.command.report;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;

/**
 * A backup as a line of a list.
 *
 * @param record empty if it cannot be read
 */
record ListedBackup(BackupId id, Optional<BackupRecord> record, Condition condition) {
    /**
     * All of them, oldest first.
     *
     * @param withoutWal the backups whose own WAL is not there
     */
    static List<ListedBackup> of(BackupRecords.Listed listed, Set<BackupId> withoutWal) {
        List<ListedBackup> backups = new ArrayList<>();
        listed.records()
                .forEach(record -> backups.add(new ListedBackup(
                        record.id(),
                        Optional.of(record),
                        withoutWal.contains(record.id()) ? Condition.NO_WAL : Condition.of(record.state()))));
        listed.unreadable()
                .forEach(backup -> backups.add(new ListedBackup(backup.id(), Optional.empty(), Condition.UNREADABLE)));
        backups.sort(Comparator.comparing(ListedBackup::id));
        return backups;
    }

    BackupKind kind() {
        return record.map(BackupRecord::kind)
                .orElseGet(() -> id.value().endsWith("F") ? BackupKind.FULL : BackupKind.INCREMENTAL);
    }

    boolean isFull() {
        return kind() == BackupKind.FULL;
    }

    /** When it was started. */
    Optional<Instant> startedAt() {
        return record.map(BackupRecord::start).map(BackupRecord.Start::time).or(id::startedAt);
    }

    /** When it was consistent; of one that is not complete, when it was started. */
    Optional<Instant> at() {
        return record.map(BackupRecord::stop).map(BackupRecord.Stop::time).or(this::startedAt);
    }

    /** The timeline on which it is consistent, as far as that is known. */
    Optional<Timeline> timeline() {
        return record.map(BackupRecord::stop)
                .map(BackupRecord.Stop::timeline)
                .or(() -> record.map(BackupRecord::start).map(BackupRecord.Start::timeline));
    }
}
