package org.pgagent.catalog;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ExpiredWal;
import org.pgagent.repository.ExpiredWalNote;
import org.pgagent.repository.RestorePoints;
import org.pgagent.repository.WalArchive;
import org.pgagent.storage.ObjectStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the backups that a retention policy does not keep, and then the WAL that no backup needs which is left.
 *
 * <p>A backup that begins meanwhile may need WAL that is about to go, if it begins behind the newest one, as one from a standby
 * can. So this says first, durably, what WAL it gives up, and then looks for running backups; a backup says first where it
 * begins, and then looks what was given up. At least one of both sees the other, and leaves it.
 *
 * <p>Whatever ends an expiry in its middle, the next one goes on with what is left.
 */
public final class Expiry {
    private static final Logger LOG = LoggerFactory.getLogger(Expiry.class);
    private static final int ATTEMPTS_MAX = 5;

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final BackupRemoval removal;
    private final Clock clock;
    private final WalArchive archive;
    private final RunningChildren running;
    private final ExpiredWalNote note;
    private final RestorePoints points;

    /** @param store one that honours conditions */
    public Expiry(ObjectStore store, ClusterKeys keys, BackupRemoval removal, Clock clock) {
        this.store = store;
        this.keys = keys;
        this.removal = removal;
        this.clock = clock;
        this.archive = new WalArchive(store, keys);
        this.running = new RunningChildren(new BackupRecords(store, keys), clock);
        this.note = new ExpiredWalNote(store, keys);
        this.points = new RestorePoints(store, keys);
    }

    /**
     * What an expiry comes to.
     *
     * @param backups what goes of the backups, and what stays
     * @param keptFor why, for each backup that stays
     * @param heldBy why nothing goes by some rule, in words
     * @param pointsFrom since when every point is kept that could be reached before
     * @param walFiles how many archive files go
     * @param walBytes what they take in the repository
     * @param walHeldBy why no WAL goes; empty if that is not so
     * @param restorePoints how many go, because the WAL around them goes
     */
    public record Outcome(
            RemovalPlan backups,
            Map<BackupId, KeptFor> keptFor,
            Optional<String> heldBy,
            Optional<Instant> pointsFrom,
            long walFiles,
            long walBytes,
            Optional<String> walHeldBy,
            long restorePoints) {}

    /**
     * What {@link #run} would come to. Reads only: what {@link BackupRecords#all} asks for, a few requests for
     * each timeline, and one for each thousand archive files that would go.
     *
     * @param size the cluster's
     */
    public Outcome plan(RetentionPolicy policy, WalSegmentSize size) throws IOException {
        Looked looked = look(policy);
        RemovalPlan plan = removal.planDelete(choice(looked.decision()));
        Optional<String> held = heldBy(looked.records(), size);
        Gone gone = Gone.NOTHING;
        if (held.isEmpty()) {
            WalRemoval unneeded = looked.unneeded(size);
            ExpiredWal expired = note.read().with(unneeded.firstKept());
            gone = new Gone(unneeded.count(), points.countExpired(expired, size));
        }
        return outcome(plan, looked.decision(), gone, held);
    }

    /**
     * Does it. If somebody changes a backup meanwhile, such as by pinning it, it is decided anew.
     *
     * @throws PgAgentException as {@link BackupRemoval#delete}; of kind CORRUPTED if the record of a backup or a history file
     *     is damaged, so that nobody can tell what is needed; nothing is deleted then
     */
    public Outcome run(RetentionPolicy policy, WalSegmentSize size) throws IOException {
        for (int attempt = 1; ; attempt++) {
            Looked looked = look(policy);
            RemovalPlan deleted;
            try {
                deleted = delete(looked);
            } catch (PgAgentException e) {
                if (e.kind() != ErrorKind.OBJECT_CHANGED || attempt == ATTEMPTS_MAX) {
                    throw e;
                }
                LOG.info("somebody changes backups meanwhile, looks again reason=\"{}\"", e.getMessage());
                continue;
            }
            Looked left = looked.deletesNothing() ? looked : look(policy);
            return removeWal(deleted, left, size);
        }
    }

    private RemovalPlan delete(Looked looked) throws IOException {
        if (looked.deletesNothing()) {
            return RemovalPlan.ofNothing(looked.records());
        }
        RemovalPlan plan = removal.planDelete(choice(looked.decision()));
        if (!withoutNeeds(plan.backups().stream()).equals(looked.decision().expired())) {
            throw new PgAgentException(
                    ErrorKind.OBJECT_CHANGED,
                    "a backup that is to be deleted is no longer what it was a moment ago",
                    "Somebody else works on it; try again.");
        }
        return removal.delete(plan, BackupRemoval.TheLast.STAYS);
    }

    private Outcome removeWal(RemovalPlan deleted, Looked left, WalSegmentSize size) throws IOException {
        Optional<String> held = heldBy(left.records(), size);
        Gone gone = Gone.NOTHING;
        if (held.isEmpty()) {
            WalRemoval unneeded = left.unneeded(size);
            ExpiredWal expired = note.add(unneeded.firstKept());
            held = heldNow(unneeded, size);
            if (held.isEmpty()) {
                gone = new Gone(unneeded.remove(), points.removeExpired(expired, size));
            }
        }
        held.ifPresent(reason -> LOG.info("no WAL is expired this time reason=\"{}\"", reason));
        left.decision().heldBy().ifPresent(reason -> LOG.warn("the policy lets less go than it could: {}", reason));
        return outcome(deleted, left.decision(), gone, held);
    }

    /** What goes besides backups. */
    private record Gone(WalRemoval.Sum wal, long restorePoints) {
        static final Gone NOTHING = new Gone(WalRemoval.Sum.NOTHING, 0);
    }

    /** Whether a backup has begun meanwhile that needs what would go. Whoever was taken for dead is, after this. */
    private Optional<String> heldNow(WalRemoval unneeded, WalSegmentSize size) throws IOException {
        List<BackupRecord> now = new ArrayList<>();
        for (BackupRecords.Versioned backup : BackupHoldings.records(store, keys)) {
            try {
                now.add(running.settled(backup));
            } catch (PgAgentException e) {
                if (e.kind() != ErrorKind.ALREADY_RUNNING) {
                    throw e;
                }
                return Optional.of(e.getMessage());
            }
        }
        return heldBy(now, size).or(() -> leftOut(now, unneeded));
    }

    private final class Looked {
        private final List<BackupRecord> records;
        private final ArchivedTimelines timelines;
        private final Retention.Decision decision;

        private Looked(List<BackupRecord> records, ArchivedTimelines timelines, Retention.Decision decision) {
            this.records = records;
            this.timelines = timelines;
            this.decision = decision;
        }

        List<BackupRecord> records() {
            return records;
        }

        Retention.Decision decision() {
            return decision;
        }

        /** And nobody else has begun to. */
        boolean deletesNothing() {
            return decision.expired().isEmpty()
                    && records.stream().noneMatch(record -> record.state() == BackupState.DELETING);
        }

        WalRemoval unneeded(WalSegmentSize size) {
            return new WalRemoval(store, keys, size, decision.walNeeds(timelines, size)).among(timelines);
        }
    }

    private Looked look(RetentionPolicy policy) throws IOException {
        List<BackupRecord> records = withoutNeeds(BackupHoldings.records(store, keys).stream()
                .map(backup -> backup.record().asOf(clock.instant())));
        ArchivedTimelines timelines = ArchivedTimelines.read(archive);
        return new Looked(records, timelines, Retention.decide(policy, records, timelines, clock.instant()));
    }

    /** What each needs of others' packs is for the removal to look at, which has all records besides these. */
    private static List<BackupRecord> withoutNeeds(Stream<BackupRecord> records) {
        return records.map(record -> record.withNeeds(null)).toList();
    }

    private static RemovalChoice choice(Retention.Decision decision) {
        return new RemovalChoice(
                decision.expired().stream().map(BackupRecord::id).collect(Collectors.toSet()), Optional.empty());
    }

    /** Why nobody can tell what WAL is needed; empty if that can be told. */
    private static Optional<String> heldBy(List<BackupRecord> records, WalSegmentSize size) {
        for (BackupRecord record : records) {
            if (record.id().isBackup() && record.state() == BackupState.RUNNING && record.start() == null) {
                return Optional.of(
                        "the backup " + record.id() + " is being taken and does not say yet where it begins");
            }
            if (record.isComplete() && record.source().walSegmentSize() != size.bytes()) {
                return Optional.of("the backup " + record.id() + " has WAL segments of "
                        + record.source().walSegmentSize() + " bytes, not of " + size.bytes());
            }
        }
        return Optional.empty();
    }

    /** Whether a backup begins before what would be kept, because it was not known when that was decided. */
    private static Optional<String> leftOut(List<BackupRecord> records, WalRemoval unneeded) {
        return records.stream()
                .filter(record -> record.start() != null
                        && (record.state() == BackupState.RUNNING || record.isComplete())
                        && !unneeded.keepsWalOf(record))
                .map(record -> "the backup " + record.id() + " has begun meanwhile, in what would go")
                .findFirst();
    }

    private Outcome outcome(RemovalPlan plan, Retention.Decision decision, Gone gone, Optional<String> held) {
        return new Outcome(
                plan,
                decision.kept(),
                decision.heldBy(),
                Optional.of(decision.pointsFrom()).filter(from -> from.isAfter(Instant.MIN)),
                gone.wal().files(),
                gone.wal().bytes(),
                held,
                gone.restorePoints());
    }
}
