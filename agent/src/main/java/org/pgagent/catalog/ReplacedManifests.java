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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Manifests that compactions have replaced. A backup that began before that may still read one, and take packs from it for its
 * own, so they stay while one runs that builds on theirs. One that begins later looks after it has said so, and finds the new
 * manifest.
 */
final class ReplacedManifests {
    private static final Logger LOG = LoggerFactory.getLogger(ReplacedManifests.class);

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final RunningChildren children;

    ReplacedManifests(ObjectStore store, ClusterKeys keys, RunningChildren children) {
        this.store = store;
        this.keys = keys;
        this.children = children;
    }

    /** @param holdings looked at after they were replaced */
    void forget(BackupHoldings holdings) throws IOException {
        BackupRecords records = new BackupRecords(store, keys);
        List<BackupRecords.Versioned> rewritten = holdings.backups().stream()
                .filter(backup -> backup.record().isComplete()
                        && !backup.record().replacedManifests().isEmpty())
                .toList();
        List<BackupId> ids =
                rewritten.stream().map(backup -> backup.record().id()).toList();
        List<BackupRecord> living = children.living(ids, holdings);
        for (BackupRecords.Versioned backup : rewritten) {
            BackupRecord record = backup.record();
            if (living.stream().noneMatch(child -> child.buildsOn(record.id()))) {
                store.delete(objects(record));
                try {
                    records.replace(backup, record.withoutReplaced());
                } catch (ObjectChangedException e) {
                    LOG.info(
                            "somebody else works on a backup, its older manifests are forgotten later id={}",
                            record.id());
                }
            }
        }
    }

    private List<ObjectKey> objects(BackupRecord record) {
        return record.replacedManifests().stream()
                .map(old -> keys.manifest(
                        record.id(), Optional.ofNullable(old.manifest().compaction())))
                .toList();
    }
}
