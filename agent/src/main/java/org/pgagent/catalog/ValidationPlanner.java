package org.pgagent.catalog;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectStore;
import org.pgagent.transfer.StoredPacks;

/**
 * Decides what a validation has to look at. Reads the records, and lists the packs once if the proof of any is to be trusted: what
 * is missing by now is no matter of trust.
 */
final class ValidationPlanner {
    private final ObjectStore store;
    private final ClusterKeys keys;
    private final BackupRecords records;
    private final ValidationChoice choice;
    private final List<BackupRecord> targets = new ArrayList<>();
    private final List<BackupRecord> lacking = new ArrayList<>();
    private final List<BackupRecord> trusted = new ArrayList<>();
    private final List<BackupRecord> leftovers = new ArrayList<>();
    private final List<BackupRecord> atWork = new ArrayList<>();
    private StoredPacks packs;

    ValidationPlanner(ObjectStore store, ClusterKeys keys, ValidationChoice choice) {
        this.store = store;
        this.keys = keys;
        this.records = new BackupRecords(store, keys);
        this.choice = choice;
    }

    /**
     * Plans.
     *
     * @throws PgAgentException of kind NO_BACKUP if something is named that is no complete backup, ALREADY_RUNNING if one is
     *     named that is being taken
     */
    ValidationPlan plan(Instant now) throws IOException {
        Set<BackupId> ids = new HashSet<>(records.idsWithContent());
        BackupRecords.Listed listed = records.list();
        listed.records().forEach(record -> ids.add(record.id()));
        listed.unreadable().forEach(backup -> ids.add(backup.id()));
        ids.removeIf(id -> !id.isBackup());
        requireKnown(ids);
        List<BackupRecord> newestFirst = new ArrayList<>(listed.records());
        Collections.reverse(newestFirst);
        for (BackupRecord record : newestFirst) {
            if (choice.selects(record.id())) {
                sort(record, now);
            }
        }
        List<BackupId> unreadable = new ArrayList<>(unrecorded(ids, listed));
        listed.unreadable().stream()
                .map(BackupRecords.Unreadable::id)
                .filter(choice::selects)
                .forEach(unreadable::add);
        unreadable.sort(Collections.reverseOrder());
        return new ValidationPlan(choice, targets, lacking, trusted, leftovers, atWork, unreadable, newestFirst);
    }

    private void requireKnown(Set<BackupId> ids) throws PgAgentException {
        for (BackupSelector selector : choice.named()) {
            if (ids.stream().noneMatch(selector::selects)) {
                throw new PgAgentException(
                        ErrorKind.NO_BACKUP,
                        "there is no backup " + selector + " of " + records.describe(),
                        "Run 'pgagent show' to see those that are there.");
            }
        }
    }

    private List<BackupRecord> listOf(BackupRecord complete, Instant now) throws IOException {
        if (complete.format() != BackupRecord.FORMAT || !choice.trusts(complete, now)) {
            return targets;
        }
        if (packs == null) {
            packs = StoredPacks.list(store, keys);
        }
        return packs.haveAll(complete) ? trusted : lacking;
    }

    private void sort(BackupRecord record, Instant now) throws IOException {
        switch (record.state()) {
            case DONE, OK, CORRUPT -> listOf(record, now).add(record);
            case RUNNING -> {
                if (record.asOf(now).state() == BackupState.ERROR) {
                    leftovers.add(record);
                } else if (choice.names(record.id())) {
                    throw RunningChildren.runs(record);
                } else {
                    atWork.add(record);
                }
            }
            case DELETING -> (AbandonedDeletion.of(record, now).isPresent() ? leftovers : atWork).add(record);
            case ERROR, DELETED -> {
                if (choice.names(record.id())) {
                    throw new PgAgentException(
                            ErrorKind.NO_BACKUP,
                            "the backup " + record.id() + " is " + record.state() + ", so there is nothing to validate",
                            "Run 'pgagent show' to see those that are complete.");
                }
            }
        }
    }

    /** Backups of which there is something, but no record; of one that somebody purges there is soon nothing. */
    private Set<BackupId> unrecorded(Set<BackupId> ids, BackupRecords.Listed listed) throws IOException {
        Set<BackupId> without = new HashSet<>(ids);
        listed.records().forEach(record -> without.remove(record.id()));
        listed.unreadable().forEach(backup -> without.remove(backup.id()));
        without.removeIf(id -> !choice.selects(id));
        Set<BackupId> unrecorded = new HashSet<>();
        for (BackupId id : without) {
            boolean something = !store.list(keys.backupPrefix(id), ListDepth.ALL, Optional.empty())
                    .objects()
                    .isEmpty();
            if (something && records.find(id).isEmpty()) {
                unrecorded.add(id);
            }
        }
        return unrecorded;
    }
}
