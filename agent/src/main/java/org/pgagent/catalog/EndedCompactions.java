package org.pgagent.catalog;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.UnfinishedUpload;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes sure that compactions which came to nothing come to nothing for good. */
final class EndedCompactions {
    private static final Logger LOG = LoggerFactory.getLogger(EndedCompactions.class);
    private static final int ATTEMPTS_MAX = 10;

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final BackupRecords records;

    EndedCompactions(ObjectStore store, ClusterKeys keys) {
        this.store = store;
        this.keys = keys;
        this.records = new BackupRecords(store, keys);
    }

    /**
     * Keeps whoever began a compaction from replacing the records that it may want to replace: each becomes something else. It
     * knows them as they were before it last made sure that the compaction is its own, and that is not any more. Then takes
     * the manifests that it has written and no record names.
     *
     * @param compaction a record that is somebody else's by now; that of a backup, or of a compaction that is complete, is
     *     passed over
     * @param nonce what makes the records something else
     */
    void end(BackupRecord compaction, String nonce) throws IOException {
        if (compaction.rewrites() == null) {
            return;
        }
        for (BackupId target : compaction.rewrites()) {
            Optional<BackupRecord> touched = touch(target, nonce);
            if (touched.isPresent() && !names(touched.get(), compaction.id())) {
                ObjectKey manifest = keys.manifest(target, Optional.of(compaction.id()));
                store.delete(List.of(manifest));
                abortUploads(manifest);
            }
        }
    }

    private void abortUploads(ObjectKey manifest) {
        try {
            for (UnfinishedUpload upload : store.unfinishedUploads(manifest.value())) {
                store.abort(upload);
            }
        } catch (IOException e) {
            LOG.warn(
                    "cannot look for unfinished uploads of a manifest and abort them; a bucket rule can do that key={}",
                    manifest,
                    e);
        }
    }

    /** Empty if it is no complete backup: it has changed since, and if it is put back it is not what it was either. */
    private Optional<BackupRecord> touch(BackupId id, String nonce) throws IOException {
        for (int attempt = 1; ; attempt++) {
            Optional<BackupRecords.Versioned> found = records.read(id);
            if (found.isEmpty() || !found.get().record().isComplete()) {
                return Optional.empty();
            }
            try {
                BackupRecord touched = found.get().record().touched(nonce);
                return Optional.of(records.replace(found.get(), touched).record());
            } catch (ObjectChangedException e) {
                if (attempt == ATTEMPTS_MAX) {
                    throw e;
                }
            }
        }
    }

    private static boolean names(BackupRecord record, BackupId compaction) {
        return compaction.equals(record.manifest().compaction())
                || record.replacedManifests().stream()
                        .anyMatch(old -> compaction.equals(old.manifest().compaction()));
    }
}
