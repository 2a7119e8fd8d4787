package org.pgagent.catalog;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
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
import org.pgagent.repository.WalArchive;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes backups, as pg_rman does in two steps: {@code delete} takes their content and leaves a record of state DELETED,
 * {@code purge} takes such records, and all that backups have left that never became complete.
 *
 * <p>A pack stays as long as a backup needs it that is not deleted. A backup that runs does not say yet what it will need, but
 * which backups it builds on, and it needs nothing that those do not need or have. So first the state of what goes is changed,
 * under a nonce of this removal, and then all records are read: a backup that begins later does not build on any of it, and
 * one that began before is seen. What another removal has marked may be put back, so its needs count, until this one has
 * taken it over. No clock, and no lock that can be lost, has a part in that.
 *
 * <p>Whatever ends a removal in its middle, the next one of any backup takes it up again.
 */
public final class BackupRemoval {
    private static final Logger LOG = LoggerFactory.getLogger(BackupRemoval.class);

    private static final Duration MARK_TERM = Duration.ofHours(1); // far longer than to mark and to look

    /** What becomes of the last backup that can be restored. */
    public enum TheLast {
        STAYS,
        MAY_GO
    }

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final BackupRecords records;
    private final Clock clock;
    private final RandomGenerator random;
    private final RunningChildren children;
    private final ReplacedManifests replaced;
    private final EndedCompactions compactions;
    private final ContentRemoval content;
    private final AbandonedUploads abandoned;

    /** @param store one that honours conditions */
    public BackupRemoval(ObjectStore store, ClusterKeys keys, Clock clock, RandomGenerator random) {
        this.store = store;
        this.keys = keys;
        this.records = new BackupRecords(store, keys);
        this.clock = clock;
        this.random = random;
        this.children = new RunningChildren(records, clock);
        this.replaced = new ReplacedManifests(store, keys, children);
        this.compactions = new EndedCompactions(store, keys);
        this.content = new ContentRemoval(store, keys, records);
        this.abandoned = new AbandonedUploads(store, keys, clock);
    }

    /**
     * What the deletion of some backups would come to. Reads only.
     *
     * @throws PgAgentException of kind NO_BACKUP if one is named that does not exist, ALREADY_RUNNING if one is being taken,
     *     or one that is being taken is compared with it
     */
    public RemovalPlan planDelete(RemovalChoice choice) throws IOException {
        BackupHoldings holdings = look();
        List<BackupRecord> chosen = chosen(choice, holdings);
        Set<BackupId> ids = ids(chosen);
        for (BackupRecord record : holdings.records()) {
            if (record.state() == BackupState.RUNNING
                    && (ids.contains(record.id()) || RunningChildren.buildsOn(record, ids))) {
                throw RunningChildren.runs(record);
            }
        }
        return RemovalPlan.of(holdings, chosen, emptied(holdings));
    }

    private List<BackupRecord> chosen(RemovalChoice choice, BackupHoldings holdings) throws IOException {
        Set<BackupId> ids = ids(choice.named(holdings.records(), records.describe()));
        if (choice.before().isPresent()) {
            ArchivedTimelines timelines = ArchivedTimelines.read(new WalArchive(store, keys));
            ids.addAll(ids(new WindowBases(timelines, clock.instant())
                    .notNeededSince(choice.before().get(), holdings.records())));
        }
        return holdings.records().stream()
                .filter(record -> ids.contains(record.id()))
                .toList();
    }

    /** What {@link #purge} would come to. Reads only. */
    public RemovalPlan planPurge() throws IOException {
        BackupHoldings holdings = look();
        holdings.besides(records.idsWithCompactions())
                .forEach(id -> LOG.warn(
                        "there are objects of a backup that has no record, they stay; if nobody knows of it, remove them"
                                + " by hand prefix={}",
                        keys.backupPrefix(id)));
        List<BackupRecord> dead = holdings.records().stream()
                .filter(record -> switch (record.state()) {
                    case ERROR, DELETING -> !holdings.isBuiltOn(record.id());
                    case DELETED -> holdings.content(record.id()).isEmpty() || holdings.mayGo(record, Set.of());
                    case RUNNING, DONE, OK, CORRUPT -> false;
                })
                .toList();
        abandoned.tell();
        return RemovalPlan.of(holdings, dead, emptied(holdings));
    }

    /**
     * What there is to do after compactions: what those have left that came to nothing, and what nobody needs any more. Reads
     * only.
     */
    public RemovalPlan planTidying() throws IOException {
        BackupHoldings holdings = look();
        List<BackupRecord> dead = holdings.records().stream()
                .filter(record -> !record.id().isBackup() && record.state() != BackupState.RUNNING)
                .filter(record -> record.state() != BackupState.DELETED
                        || holdings.content(record.id()).isEmpty()
                        || holdings.mayGo(record, Set.of()))
                .toList();
        return RemovalPlan.of(holdings, dead, emptied(holdings));
    }

    private BackupHoldings look() throws IOException {
        return look("");
    }

    /** @param removal its nonce */
    private BackupHoldings look(String removal) throws IOException {
        return BackupHoldings.read(store, keys, clock.instant(), removal);
    }

    private static Set<BackupId> ids(List<BackupRecord> backups) {
        return backups.stream().map(BackupRecord::id).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Backups that were deleted, or begun to be: more of them may go than could before. */
    private static List<BackupRecord> emptied(BackupHoldings holdings) {
        return holdings.records().stream()
                .filter(record -> record.state() == BackupState.DELETING || record.state() == BackupState.DELETED)
                .toList();
    }

    /**
     * Forgets the manifests that compactions have replaced and that nobody can be reading for a backup that builds on them.
     * After that, others can be removed of what they needed.
     */
    public void forgetReplaced() throws IOException {
        replaced.forget(look());
    }

    /** The removal has taken place by then, so a failure is not one of it. */
    private void forgetReplaced(BackupHoldings holdings) {
        try {
            replaced.forget(holdings);
        } catch (IOException e) {
            LOG.warn("manifests that a compaction has replaced stay, with what they need, until the next removal", e);
        }
    }

    /**
     * Deletes what a plan names, and what earlier deletions had to leave that nobody needs any more.
     *
     * @return what it came to
     * @throws PgAgentException of kind ALREADY_RUNNING if a backup that is compared with one of them has begun meanwhile,
     *     OBJECT_CHANGED if one of them has changed since it was planned, NO_BACKUP if the last one would go; nothing is
     *     deleted then
     */
    public RemovalPlan delete(RemovalPlan plan, TheLast last) throws IOException {
        RemovalPlan done = empty(plan, last);
        records.refreshIndex();
        return done;
    }

    /** Of very many backups there is not memory for what it looks at and for the index at the same time. */
    private RemovalPlan empty(RemovalPlan plan, TheLast last) throws IOException {
        Claimed claimed = claim(plan, last);
        RemovalPlan now = RemovalPlan.of(claimed.holdings(), deleted(plan), emptied(claimed.holdings()));
        content.empty(claimed.backups(), claimed.holdings());
        forgetReplaced(claimed.holdings());
        return now;
    }

    /**
     * Removes what a plan names for good, but for packs that others need and the records of those; and what killed processes
     * have under way of WAL.
     *
     * @return what it came to
     * @throws PgAgentException as {@link #delete}
     */
    public RemovalPlan purge(RemovalPlan plan) throws IOException {
        RemovalPlan done = forget(plan);
        abandoned.abort();
        records.refreshIndex();
        return done;
    }

    private RemovalPlan forget(RemovalPlan plan) throws IOException {
        Claimed claimed = claim(plan, TheLast.MAY_GO);
        RemovalPlan now = RemovalPlan.of(claimed.holdings(), plan.backups(), emptied(claimed.holdings()));
        Set<BackupId> empty = content.empty(claimed.backups(), claimed.holdings());
        empty.retainAll(ids(plan.backups()));
        content.forget(empty);
        forgetReplaced(claimed.holdings());
        return now;
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
     * What a removal has made its own.
     *
     * @param holdings what there is after that
     */
    private record Claimed(List<BackupRecords.Versioned> backups, BackupHoldings holdings) {}

    /** @param before what to put back if the removal cannot take place */
    private record Marked(BackupRecord before, BackupRecords.Versioned now) {}

    /**
     * Marks what a plan names and what earlier removals have left: from here on nobody takes any of that for a parent, restores
     * it, completes it, or puts it back.
     */
    private Claimed claim(RemovalPlan plan, TheLast last) throws IOException {
        String nonce = nonce();
        List<Marked> marked = new ArrayList<>();
        try {
            for (BackupRecord planned : plan.backups()) {
                marked.add(mark(planned, nonce));
            }
            List<Marked> leftovers = markLeftovers(plan, nonce);
            marked.addAll(leftovers);
            for (Marked backup : marked) {
                compactions.end(backup.before(), nonce);
            }
            BackupHoldings holdings = look(nonce);
            if (last == TheLast.STAYS) {
                RemovalPlan.of(holdings, plan.backups(), List.of()).requireOneLeft();
            }
            List<BackupRecord> living = children.living(ids(plan.backups()), holdings);
            if (!living.isEmpty()) {
                throw RunningChildren.runs(living.get(0));
            }
            List<Marked> builtOn = leftovers.stream()
                    .filter(leftover -> holdings.isBuiltOn(leftover.before().id()))
                    .toList();
            marked.removeAll(builtOn);
            unmark(builtOn);
            return new Claimed(marked.stream().map(Marked::now).toList(), holdings);
        } catch (IOException | RuntimeException e) {
            unmark(marked);
            throw e;
        }
    }

    private Marked mark(BackupRecord planned, String nonce) throws IOException {
        Optional<BackupRecords.Versioned> found = records.read(planned.id());
        if (found.isEmpty() || !found.get().record().asOf(clock.instant()).equals(planned)) {
            throw new PgAgentException(
                    ErrorKind.OBJECT_CHANGED,
                    "the backup " + planned.id() + " is no longer what it was a moment ago",
                    "Somebody else works on it; look with 'pgagent show', and try again.");
        }
        return new Marked(
                planned,
                replace(found.get(), planned.deleting(nonce, clock.instant().plus(MARK_TERM))));
    }

    /** What cannot be marked is another removal's to end. */
    private List<Marked> markLeftovers(RemovalPlan plan, String nonce) throws IOException {
        List<Marked> marked = new ArrayList<>();
        for (BackupRecord leftover : plan.leftovers()) {
            try {
                marked.add(mark(leftover, nonce));
            } catch (PgAgentException e) {
                if (e.kind() != ErrorKind.OBJECT_CHANGED) {
                    unmark(marked);
                    throw e;
                }
                LOG.info("somebody else removes a backup as well id={}", leftover.id());
            }
        }
        return marked;
    }

    /** A write of which the store did not say that it took place is put back if it did. */
    private BackupRecords.Versioned replace(BackupRecords.Versioned old, BackupRecord next) throws IOException {
        try {
            return records.replace(old, next);
        } catch (ObjectChangedException e) {
            throw e;
        } catch (IOException e) {
            try {
                Optional<BackupRecords.Versioned> there = records.read(next.id());
                if (there.isPresent() && there.get().record().equals(next)) {
                    unmark(List.of(new Marked(old.record().asOf(clock.instant()), there.get())));
                }
            } catch (IOException unknown) {
                e.addSuppressed(unknown);
            }
            throw e;
        }
    }

    private void unmark(List<Marked> marked) {
        for (Marked backup : marked) {
            try {
                records.replace(
                        backup.now(),
                        backup.before().touched(backup.now().record().nonce()));
            } catch (IOException e) {
                LOG.warn(
                        "a backup stays marked as to be deleted, and the next 'pgagent delete' takes its content id={}",
                        backup.before().id(),
                        e);
            }
        }
    }
}
