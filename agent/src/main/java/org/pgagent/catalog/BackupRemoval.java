package org.pgagent.catalog;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.UnfinishedUpload;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes backups, as pg_rman does in two steps: {@code delete} takes their content and leaves a record of state DELETED,
 * {@code purge} takes such records, and all that backups have left that never became complete.
 *
 * <p>A pack stays as long as a backup needs it that is not deleted. A backup that runs does not say yet what it will need, but
 * which backup it is compared with, and it needs nothing that that one does not need or have. So first the state of what goes
 * is changed, and then all records are read: a backup that begins later does not take such a parent, and one that began
 * before is seen. No clock, and no lock that can be lost, has a part in that.
 *
 * <p>Whatever ends a removal in its middle, the next one of any backup takes it up again.
 */
public final class BackupRemoval {
    private static final Logger LOG = LoggerFactory.getLogger(BackupRemoval.class);

    /** A thousand uploads each; some stores list one for a while after it was aborted. */
    private static final int ABORT_ROUNDS_MAX = 10;

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final BackupRecords records;
    private final Clock clock;
    private final RandomGenerator random;

    /** @param store one that honours conditions */
    public BackupRemoval(ObjectStore store, ClusterKeys keys, Clock clock, RandomGenerator random) {
        this.store = store;
        this.keys = keys;
        this.records = new BackupRecords(store, keys);
        this.clock = clock;
        this.random = random;
    }

    /**
     * What the deletion of some backups would come to. Reads only.
     *
     * @throws PgAgentException of kind NO_BACKUP if one is named that does not exist, ALREADY_RUNNING if one is being taken,
     *     or one that is being taken is compared with it
     */
    public RemovalPlan planDelete(RemovalChoice choice) throws IOException {
        BackupHoldings holdings = look();
        List<BackupRecord> chosen = choice.among(holdings.records(), records.describe());
        Set<BackupId> ids = ids(chosen);
        for (BackupRecord record : holdings.records()) {
            if (record.state() == BackupState.RUNNING && (ids.contains(record.id()) || buildsOn(ids, record))) {
                throw runs(record);
            }
        }
        return RemovalPlan.of(holdings, chosen, emptied(holdings));
    }

    /** What {@link #purge} would come to. Reads only. */
    public RemovalPlan planPurge() throws IOException {
        BackupHoldings holdings = look();
        holdings.withoutRecord()
                .forEach(id -> LOG.warn(
                        "there are objects of a backup that has no record, they stay; if nobody knows of it, remove them"
                                + " by hand prefix={}",
                        keys.backupPrefix(id)));
        List<BackupRecord> running = holdings.records().stream()
                .filter(record -> record.state() == BackupState.RUNNING)
                .toList();
        List<BackupRecord> dead = holdings.records().stream()
                .filter(record -> switch (record.state()) {
                    case ERROR -> running.stream().noneMatch(backup -> backup.buildsOn(record.id()));
                    case DELETING -> true;
                    case DELETED -> holdings.content(record.id()).isEmpty() || mayGo(record, holdings);
                    case RUNNING, DONE, OK, CORRUPT -> false;
                })
                .toList();
        return RemovalPlan.of(holdings, dead, emptied(holdings));
    }

    private BackupHoldings look() throws IOException {
        return BackupHoldings.read(store, keys, clock.instant());
    }

    private static Set<BackupId> ids(List<BackupRecord> backups) {
        return backups.stream().map(BackupRecord::id).collect(Collectors.toCollection(TreeSet::new));
    }

    private static boolean buildsOn(Set<BackupId> others, BackupRecord record) {
        return others.stream().anyMatch(record::buildsOn);
    }

    private PgAgentException runs(BackupRecord backup) {
        return new PgAgentException(
                ErrorKind.ALREADY_RUNNING,
                "the backup " + backup.id() + " is being taken by pgagent on "
                        + backup.writer().host() + " (pid " + backup.writer().pid() + ")"
                        + (backup.parent() == null
                                ? ""
                                : ", and compared with " + backup.parent().id()),
                "Wait for its end. If that process was killed, it counts as dead from " + backup.aliveUntil() + " on.");
    }

    /** Backups that were deleted, or begun to be: more of them may go than could before. */
    private static List<BackupRecord> emptied(BackupHoldings holdings) {
        return holdings.records().stream()
                .filter(record -> record.state() == BackupState.DELETING || record.state() == BackupState.DELETED)
                .toList();
    }

    /**
     * Deletes what a plan names, and what earlier deletions had to leave that nobody needs any more.
     *
     * @return what it came to
     * @throws PgAgentException of kind ALREADY_RUNNING if a backup that is compared with one of them has begun meanwhile, or
     *     OBJECT_CHANGED if one of them has changed since it was planned; nothing is deleted then
     */
    public RemovalPlan delete(RemovalPlan plan) throws IOException {
        BackupHoldings holdings = mark(plan);
        RemovalPlan now = RemovalPlan.of(holdings, deleted(plan), emptied(holdings));
        emptyAll(plan, holdings);
        return now;
    }

    /**
     * Removes what a plan names for good, but for packs that others need and the records of those.
     *
     * @return what it came to
     * @throws PgAgentException of kind OBJECT_CHANGED if one of them has changed since it was planned; nothing is removed then
     */
    public RemovalPlan purge(RemovalPlan plan) throws IOException {
        BackupHoldings holdings = mark(plan);
        RemovalPlan now = RemovalPlan.of(holdings, plan.backups(), emptied(holdings));
        Set<BackupId> empty = emptyAll(plan, holdings);
        empty.retainAll(ids(plan.backups()));
        for (BackupId id : empty) {
            store.delete(List.of(keys.backupRecord(id)));
        }
        return now;
    }

    /** Empties what is to be deleted, and what was before; returns those of which nothing is left but their records. */
    private Set<BackupId> emptyAll(RemovalPlan plan, BackupHoldings holdings) throws IOException {
        Set<BackupId> own = ids(plan.backups());
        Set<BackupId> empty = new TreeSet<>();
        for (BackupRecords.Versioned backup : holdings.backups()) {
            BackupId id = backup.record().id();
            boolean gone = backup.record().state() == BackupState.DELETING
                    || backup.record().state() == BackupState.DELETED;
            boolean leftover = plan.leftovers().contains(id) && mayGo(backup.record(), holdings);
            if (!gone || !(own.contains(id) || leftover)) {
                continue;
            }
            Optional<BackupRecords.Versioned> claimed = claim(backup);
            if (claimed.isPresent() && empty(claimed.get(), holdings)) {
                empty.add(id);
            }
        }
        return empty;
    }

    private static boolean mayGo(BackupRecord backup, BackupHoldings holdings) {
        return backup.state() == BackupState.DELETING
                || holdings.content(backup.id()).stream()
                        .anyMatch(object ->
                                holdings.neededBy(object.key(), Set.of()).isEmpty());
    }

    /**
     * Makes a removal this one's own: from then on, whoever began it can only end it, too, and not put the backup back. Empty if
     * somebody else has been quicker.
     */
    private Optional<BackupRecords.Versioned> claim(BackupRecords.Versioned backup) throws IOException {
        try {
            return Optional.of(records.replace(backup, backup.record().deleting(nonce())));
        } catch (ObjectChangedException e) {
            LOG.info(
                    "somebody else removes a backup as well id={}",
                    backup.record().id());
            return Optional.empty();
        }
    }

    private String nonce() {
        return HexFormat.of().toHexDigits(random.nextLong());
    }

    private static List<BackupRecord> deleted(RemovalPlan plan) {
        return plan.backups().stream()
                .map(backup -> backup.withState(BackupState.DELETED, backup.error()))
                .toList();
    }

    /**
     * From here on nobody takes any of them for a parent, restores it, or completes it.
     *
     * @return what there is after that
     */
    private BackupHoldings mark(RemovalPlan plan) throws IOException {
        List<Marked> marked = new ArrayList<>();
        try {
            for (BackupRecord planned : plan.backups()) {
                if (planned.state() != BackupState.DELETED) {
                    marked.add(mark(planned));
                }
            }
            BackupHoldings holdings = look();
            requireNoChild(plan, holdings);
            return holdings;
        } catch (IOException | RuntimeException e) {
            unmark(marked, e);
            throw e;
        }
    }

    /** @param before what to put back if the removal cannot take place */
    private record Marked(BackupRecord before, BackupRecords.Versioned now) {}

    private Marked mark(BackupRecord planned) throws IOException {
        Optional<BackupRecords.Versioned> found = records.read(planned.id());
        if (found.isEmpty() || !found.get().record().asOf(clock.instant()).equals(planned)) {
            throw new PgAgentException(
                    ErrorKind.OBJECT_CHANGED,
                    "the backup " + planned.id() + " is no longer what it was a moment ago",
                    "Somebody else works on it; look with 'pgagent show', and try again.");
        }
        return new Marked(planned, records.replace(found.get(), planned.deleting(nonce())));
    }

    /**
     * Also none of a backup that an earlier removal has marked, which was killed before it came to this. Its mark was seen when
     * this removal was planned: what began before that mark is among the holdings, which were read later.
     */
    private void requireNoChild(RemovalPlan plan, BackupHoldings holdings) throws IOException {
        Set<BackupId> marked = ids(plan.backups());
        marked.addAll(plan.leftovers());
        for (BackupRecords.Versioned backup : holdings.backups()) {
            BackupRecord now = backup.record().asOf(clock.instant());
            if (backup.record().state() != BackupState.RUNNING || !buildsOn(marked, now)) {
                continue;
            }
            if (now.state() == BackupState.RUNNING) {
                throw runs(now);
            }
            giveUp(backup, now);
        }
    }

    /** A child that was abandoned must not come to life again. */
    private void giveUp(BackupRecords.Versioned backup, BackupRecord abandoned) throws IOException {
        try {
            records.replace(backup, abandoned);
            LOG.warn("a backup was abandoned id={} reason=\"{}\"", abandoned.id(), abandoned.error());
        } catch (ObjectChangedException e) {
            PgAgentException lives = runs(backup.record());
            lives.addSuppressed(e);
            throw lives;
        }
    }

    private void unmark(List<Marked> marked, Exception failure) {
        for (Marked backup : marked) {
            try {
                records.replace(backup.now(), backup.before());
            } catch (IOException e) {
                LOG.warn(
                        "a backup stays marked as to be deleted, and the next 'pgagent delete' takes its content id={}",
                        backup.before().id(),
                        e);
                failure.addSuppressed(e);
            }
        }
    }

    /** Takes what nobody needs; tells whether that is everything. */
    private boolean empty(BackupRecords.Versioned backup, BackupHoldings holdings) throws IOException {
        BackupRecord record = backup.record();
        List<ObjectKey> going = new ArrayList<>();
        Set<ObjectKey> staying = new HashSet<>();
        for (ObjectInfo object : holdings.content(record.id())) {
            boolean needed = !holdings.neededBy(object.key(), Set.of()).isEmpty();
            if (needed) {
                staying.add(object.key());
            } else {
                going.add(object.key());
            }
        }
        for (int from = 0; from < going.size(); from += ObjectStore.DELETE_MAX_KEYS) {
            store.delete(going.subList(from, Math.min(going.size(), from + ObjectStore.DELETE_MAX_KEYS)));
        }
        abortUploads(record.id());
        List<BackupRecord.Pack> left = Optional.ofNullable(record.packs()).orElse(List.of()).stream()
                .filter(pack -> staying.contains(keys.pack(pack.of(record.id()))))
                .toList();
        try {
            records.replace(backup, record.deleted(left));
        } catch (ObjectChangedException e) {
            LOG.info("somebody else removes a backup as well id={}", record.id());
            return false;
        }
        return staying.isEmpty();
    }

    private void abortUploads(BackupId id) throws IOException {
        for (int round = 0; round < ABORT_ROUNDS_MAX; round++) {
            List<UnfinishedUpload> uploads = store.unfinishedUploads(keys.backupPrefix(id));
            if (uploads.isEmpty()) {
                return;
            }
            for (UnfinishedUpload upload : uploads) {
                store.abort(upload);
            }
        }
    }
}
