package org.pgagent.catalog;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;

/**
 * What a repository has of a cluster's backups at one moment: every record, every object, and who needs which pack. One
 * request for each backup, and one for each thousand objects.
 */
final class BackupHoldings {
    private final ClusterKeys keys;
    private final Instant at;
    private final List<BackupRecords.Versioned> backups;
    private final Map<BackupId, List<ObjectInfo>> objects = new HashMap<>();
    private final Map<ObjectKey, List<BackupId>> needs = new HashMap<>();

    private BackupHoldings(ClusterKeys keys, Instant at, List<BackupRecords.Versioned> backups) {
        this.keys = keys;
        this.at = at;
        this.backups = backups;
        for (BackupRecord record : records()) {
            if (isNeeded(record.state())) {
                record.needsOfOthers()
                        .forEach(need -> needs.computeIfAbsent(keys.pack(need.pack()), pack -> new ArrayList<>())
                                .add(record.id()));
            }
        }
    }

    /** Whether a backup in that state still needs what it needs. A RUNNING one does not say yet: its parent's needs do. */
    private static boolean isNeeded(BackupState state) {
        return switch (state) {
            case RUNNING, DONE, OK, CORRUPT -> true;
            case ERROR, DELETING, DELETED -> false;
        };
    }

    /**
     * Looks.
     *
     * @throws PgAgentException of kind CORRUPTED if a record cannot be read, INCOMPATIBLE if one is of a later format
     */
    static BackupHoldings read(ObjectStore store, ClusterKeys keys, Instant now) throws IOException {
        BackupHoldings holdings = new BackupHoldings(keys, now, records(store, keys));
        store.forEachPage(
                keys.backupsPrefix(), ListDepth.ALL, page -> page.objects().forEach(holdings::add));
        return holdings;
    }

    private static List<BackupRecords.Versioned> records(ObjectStore store, ClusterKeys keys) throws IOException {
        List<BackupRecords.Versioned> all;
        try {
            all = new BackupRecords(store, keys).all();
        } catch (PgAgentException e) {
            if (e.kind() != ErrorKind.CORRUPTED) {
                throw e;
            }
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    "what may be deleted cannot be told, because the record of a backup is damaged: " + e.getMessage(),
                    "Put an older version of that object back, or remove all of that backup from the store by hand.",
                    e);
        }
        for (BackupRecords.Versioned backup : all) {
            if (backup.record().format() != BackupRecord.FORMAT) {
                throw new PgAgentException(
                        ErrorKind.INCOMPATIBLE,
                        "the backup " + backup.record().id() + " has the format "
                                + backup.record().format() + "; this pgagent knows " + BackupRecord.FORMAT,
                        "Install a newer pgagent.");
            }
        }
        return all;
    }

    private void add(ObjectInfo object) {
        String path = object.key().value().substring(keys.backupsPrefix().length());
        int slash = path.indexOf('/');
        Optional<BackupId> backup = slash < 0 ? Optional.empty() : BackupId.parse(path.substring(0, slash));
        backup.ifPresent(
                id -> objects.computeIfAbsent(id, any -> new ArrayList<>()).add(object));
    }

    /** Every backup, oldest first, as it is stored. */
    List<BackupRecords.Versioned> backups() {
        return backups;
    }

    /** What is true of every backup at this moment, oldest first. */
    List<BackupRecord> records() {
        return backups.stream().map(backup -> backup.record().asOf(at)).toList();
    }

    /** The objects of a backup but its record. */
    List<ObjectInfo> content(BackupId id) {
        return objects.getOrDefault(id, List.of()).stream()
                .filter(object -> !object.key().equals(keys.backupRecord(id)))
                .toList();
    }

    /** The backups of which there are objects, and no record. */
    Collection<BackupId> withoutRecord() {
        TreeSet<BackupId> ids = new TreeSet<>(objects.keySet());
        backups.forEach(backup -> ids.remove(backup.record().id()));
        return ids;
    }

    /** Which backups besides some need an object; empty if it is no pack. */
    List<BackupId> neededBy(ObjectKey object, Collection<BackupId> besides) {
        return needs.getOrDefault(object, List.of()).stream()
                .filter(id -> !besides.contains(id))
                .toList();
    }
}
