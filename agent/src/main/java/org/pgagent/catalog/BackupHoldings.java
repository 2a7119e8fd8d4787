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
 * request for each thousand objects, and those of {@link BackupRecords#all}.
 */
final class BackupHoldings {
    private final ClusterKeys keys;
    private final List<BackupRecords.Versioned> backups;
    private final List<BackupRecord> records;
    private final List<BackupRecord> running;
    private final Map<BackupId, List<ObjectInfo>> objects = new HashMap<>();
    private final Map<ObjectKey, List<BackupId>> needs = new HashMap<>();

    private BackupHoldings(ClusterKeys keys, Instant at, String removal, List<BackupRecords.Versioned> backups) {
        this.keys = keys;
        this.backups = backups;
        this.records = backups.stream().map(backup -> backup.record().asOf(at)).toList();
        this.running = records.stream()
                .filter(record -> record.state() == BackupState.RUNNING)
                .toList();
        for (BackupRecord record : records) {
            if (isBuiltOn(record.id()) || needsCount(record, removal)) {
                record.neededPacks()
                        .forEach(pack -> needs.computeIfAbsent(keys.pack(pack), any -> new ArrayList<>())
                                .add(record.id()));
            }
        }
    }

    /**
     * Whether a backup still needs what it needs. A RUNNING one does not say yet: the needs of what it builds on count. One that
     * another removal deletes may be put back.
     */
    private static boolean needsCount(BackupRecord record, String removal) {
        return switch (record.state()) {
            case RUNNING, DONE, OK, CORRUPT -> true;
            case DELETING -> !removal.equals(record.nonce());
            case ERROR, DELETED -> false;
        };
    }

    /**
     * Looks.
     *
     * @param removal the nonce of the removal that looks: what it deletes needs nothing any more
     * @throws PgAgentException of kind CORRUPTED if a record cannot be read, INCOMPATIBLE if one is of a later format
     */
    static BackupHoldings read(ObjectStore store, ClusterKeys keys, Instant now, String removal) throws IOException {
        BackupHoldings holdings = new BackupHoldings(keys, now, removal, records(store, keys));
        store.forEachPage(
                keys.backupsPrefix(), ListDepth.ALL, page -> page.objects().forEach(holdings::add));
        return holdings;
    }

    /**
     * Every record, as {@link BackupRecords#all} has them.
     *
     * @throws PgAgentException of kind CORRUPTED if one cannot be read, INCOMPATIBLE if one is of a later format
     */
    static List<BackupRecords.Versioned> records(ObjectStore store, ClusterKeys keys) throws IOException {
        BackupRecords records = new BackupRecords(store, keys);
        List<BackupRecords.Versioned> all;
        try {
            all = records.all();
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
        if (all.isEmpty()) {
            requireNothingWithoutRecords(records);
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

    /** Somebody has removed the records, or the repository is of a time when they lay elsewhere: nothing says what is needed. */
    private static void requireNothingWithoutRecords(BackupRecords records) throws IOException {
        List<BackupId> content = records.idsWithContent();
        if (!content.isEmpty() && records.idsWithCompactions().isEmpty()) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    "what may be deleted cannot be told: there are objects of " + content.size() + " backups, such as "
                            + content.get(0) + ", and not one record",
                    "Put the objects below 'records/' back; docs/repository-format.md says what they are.");
        }
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
        return records;
    }

    /** The objects of a backup but its record. */
    List<ObjectInfo> content(BackupId id) {
        return objects.getOrDefault(id, List.of());
    }

    /** The backups of which there are objects, besides some. */
    Collection<BackupId> besides(Collection<BackupId> some) {
        TreeSet<BackupId> ids = new TreeSet<>(objects.keySet());
        some.forEach(ids::remove);
        return ids;
    }

    /** Which backups besides some need an object; empty if it is no pack. */
    List<BackupId> neededBy(ObjectKey object, Collection<BackupId> besides) {
        return needs.getOrDefault(object, List.of()).stream()
                .filter(id -> !besides.contains(id))
                .toList();
    }

    /** Whether anything of a backup that is deleted, or begun to be, is left that nobody besides some backups needs. */
    boolean mayGo(BackupRecord backup, Collection<BackupId> besides) {
        return backup.state() == BackupState.DELETING
                || content(backup.id()).stream()
                        .anyMatch(object -> neededBy(object.key(), besides).isEmpty());
    }

    /** Whether a backup that runs builds on another. */
    boolean isBuiltOn(BackupId id) {
        return running.stream().anyMatch(record -> record.buildsOn(id));
    }
}
