package org.pgagent.backup;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ServerVersion;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupSource;
import org.pgagent.repository.Manifests;

/**
 * Looks for the backup that an incremental one can be compared with: the newest one that is whole but for missing packs, of the
 * same cluster, and on the history of the server as it is now.
 */
final class ParentSearch {
    private static final int TRIES_MAX = 3;

    private final BackupRecords records;
    private final Manifests manifests;

    ParentSearch(BackupRecords records, Manifests manifests) {
        this.records = records;
        this.manifests = manifests;
    }

    /**
     * What was found.
     *
     * @param passedOver newer backups that cannot be the parent, and why, newest first
     */
    record Found(Optional<BackupRecord> parent, List<String> passedOver) {
        /** Why there is no parent, in a few words. */
        String reason() {
            return passedOver.isEmpty() ? "there is no backup yet" : String.join("; ", passedOver);
        }
    }

    /**
     * Searches, newest first; the manifest of what is found has been read from end to end.
     *
     * @param history of the server's timeline
     */
    Found find(BackupSource source, TimelineHistory history) throws IOException {
        List<BackupId> ids = records.ids();
        Collections.reverse(ids);
        List<String> passedOver = new ArrayList<>();
        for (BackupId id : ids) {
            try {
                Optional<BackupRecord> record = records.find(id);
                if (record.isEmpty()) {
                    continue;
                }
                Optional<String> obstacle = obstacle(record.get(), source, history);
                if (obstacle.isEmpty()) {
                    return new Found(Optional.of(verified(record.get())), passedOver);
                }
                passedOver.add(id + " " + obstacle.get());
            } catch (PgAgentException e) {
                if (e.kind() != ErrorKind.CORRUPTED) {
                    throw e;
                }
                passedOver.add(id + " is damaged: " + e.getMessage());
            }
        }
        return new Found(Optional.empty(), passedOver);
    }

    /** The record whose manifest was read from end to end: a compaction may replace that meanwhile. */
    private BackupRecord verified(BackupRecord found) throws IOException {
        BackupRecord record = found;
        for (int tries = 1; ; tries++) {
            try {
                manifests.verify(record);
                return record;
            } catch (PgAgentException e) {
                Optional<BackupRecord> now = records.find(record.id()).filter(BackupRecord::comparable);
                if (e.kind() != ErrorKind.CORRUPTED
                        || tries == TRIES_MAX
                        || now.isEmpty()
                        || now.get().manifest().equals(record.manifest())) {
                    throw e;
                }
                record = now.get();
            }
        }
    }

    private static Optional<String> obstacle(BackupRecord record, BackupSource source, TimelineHistory history) {
        if (record.format() != BackupRecord.FORMAT) {
            return Optional.of("has the format " + record.format());
        }
        if (!record.comparable()) {
            return Optional.of("is " + record.state());
        }
        BackupSource parent = record.source();
        if (!parent.systemIdentifier().equals(source.systemIdentifier())) {
            return Optional.of("is of another cluster");
        }
        if (new ServerVersion(parent.version()).major() != new ServerVersion(source.version()).major()
                || parent.pageSize() != source.pageSize()) {
            return Optional.of("is of another version or page size");
        }
        return record.liesOn(history)
                ? Optional.empty()
                : Optional.of("is not on the history of timeline " + history.timeline());
    }
}
