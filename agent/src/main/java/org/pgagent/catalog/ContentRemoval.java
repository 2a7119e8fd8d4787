package org.pgagent.catalog;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.UnfinishedUpload;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes the content of backups that a removal has made its own, with one deletion for each thousand objects of all of them. */
final class ContentRemoval {
    private static final Logger LOG = LoggerFactory.getLogger(ContentRemoval.class);

    /** A thousand uploads each; some stores list one for a while after it was aborted. */
    private static final int ABORT_ROUNDS_MAX = 10;

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final BackupRecords records;

    ContentRemoval(ObjectStore store, ClusterKeys keys, BackupRecords records) {
        this.store = store;
        this.keys = keys;
        this.records = records;
    }

    /**
     * Deletes what nobody needs, then says so in the records.
     *
     * @param backups of state DELETING, by this removal
     * @param holdings what there is since they are
     * @return those of which nothing is left but their records
     */
    Set<BackupId> empty(List<BackupRecords.Versioned> backups, BackupHoldings holdings) throws IOException {
        List<ObjectKey> going = new ArrayList<>();
        Set<ObjectKey> staying = new HashSet<>();
        for (BackupRecords.Versioned backup : backups) {
            for (ObjectInfo object : holdings.content(backup.record().id())) {
                if (holdings.neededBy(object.key(), Set.of()).isEmpty()) {
                    going.add(object.key());
                } else {
                    staying.add(object.key());
                }
            }
        }
        delete(going);
        Set<BackupId> empty = new TreeSet<>();
        for (BackupRecords.Versioned backup : backups) {
            BackupId id = backup.record().id();
            if (tellDeleted(backup, staying)
                    && abortUploads(id)
                    && holdings.content(id).stream().noneMatch(object -> staying.contains(object.key()))) {
                empty.add(id);
            }
        }
        return empty;
    }

    /** Forgets backups of which nothing else is left. */
    void forget(Set<BackupId> empty) throws IOException {
        delete(empty.stream().map(keys::backupRecord).toList());
    }

    private boolean tellDeleted(BackupRecords.Versioned backup, Set<ObjectKey> staying) throws IOException {
        BackupRecord record = backup.record();
        List<BackupRecord.Pack> left = Optional.ofNullable(record.packs()).orElse(List.of()).stream()
                .filter(pack -> staying.contains(keys.pack(pack.of(record.id()))))
                .toList();
        try {
            records.replace(backup, record.deleted(left));
            return true;
        } catch (ObjectChangedException e) {
            LOG.warn("another removal has taken a backup over and is to end what this one began id={}", record.id());
            return false;
        }
    }

    private void delete(List<ObjectKey> going) throws IOException {
        for (int from = 0; from < going.size(); from += ObjectStore.DELETE_MAX_KEYS) {
            store.delete(going.subList(from, Math.min(going.size(), from + ObjectStore.DELETE_MAX_KEYS)));
        }
    }

    /** What cannot be aborted is no reason to keep the rest; returns whether nothing is left. */
    private boolean abortUploads(BackupId id) {
        try {
            for (int round = 0; round < ABORT_ROUNDS_MAX; round++) {
                List<UnfinishedUpload> uploads = store.unfinishedUploads(keys.backupPrefix(id));
                if (uploads.isEmpty()) {
                    return true;
                }
                for (UnfinishedUpload upload : uploads) {
                    store.abort(upload);
                }
            }
        } catch (IOException e) {
            LOG.warn(
                    "cannot look for the unfinished uploads of a backup and abort them; a bucket rule can do that id={}",
                    id,
                    e);
        }
        return false;
    }
}
