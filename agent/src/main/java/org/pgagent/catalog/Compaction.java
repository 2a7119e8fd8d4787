package org.pgagent.catalog;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.pgagent.error.Cancellation;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupSource;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.OwnRecord;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectStore;
import org.pgagent.transfer.AbandonedChunks;
import org.pgagent.transfer.LivePack;
import org.pgagent.transfer.ManifestRewriter;
import org.pgagent.transfer.PackCompactor;
import org.pgagent.transfer.PackLimits;
import org.pgagent.transfer.PackSeries;
import org.pgagent.transfer.PartSenders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frees what nobody needs of packs of which somebody needs a little: copies that into new packs, writes the manifests that name
 * it anew, and lets each backup's record name the new manifest. Only then the old ones may go. No backup is changed that
 * somebody else changes meanwhile, and none is without a whole manifest at any moment.
 *
 * <p>Decision 21 has the order, and why a compaction that was killed or slept can do no harm.
 */
public final class Compaction {
    private static final Logger LOG = LoggerFactory.getLogger(Compaction.class);
    private static final int ID_ATTEMPTS_MAX = 10;

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final BackupRecords records;
    private final BackupRemoval removal;
    private final Around around;

    /** What a compaction finds around it. */
    public record Around(Clock clock, Cancellation cancellation) {}

    /** @param store one that honours conditions */
    public Compaction(ObjectStore store, ClusterKeys keys, BackupRemoval removal, Around around) {
        this.store = store;
        this.keys = keys;
        this.records = new BackupRecords(store, keys);
        this.removal = removal;
        this.around = around;
    }

    /**
     * What a compaction would come to. Reads only: each manifest that names a pack which may be written anew, too.
     *
     * @param livePercentMax what is needed of a pack, at most, for it to be written anew
     * @throws PgAgentException of kind ALREADY_RUNNING if another compaction is at work, CORRUPTED if a pack or a manifest is
     *     damaged
     */
    public CompactionPlan plan(int livePercentMax) throws IOException {
        BackupHoldings holdings =
                BackupHoldings.read(store, keys, around.clock().instant(), "");
        for (BackupRecord record : holdings.records()) {
            if (!record.id().isBackup() && record.state() == BackupState.RUNNING) {
                throw RunningChildren.runs(record);
            }
        }
        return new CompactionPlanner(store, keys, holdings, around.cancellation()).plan(livePercentMax);
    }

    /**
     * Compacts, and removes what nobody needs any more then, also what earlier compactions and deletions had to leave.
     *
     * @throws PgAgentException as {@link #plan}; every backup is as whole as it was, whatever the reason
     */
    public Result run(int livePercentMax, BackupRecord.Writer writer) throws IOException {
        removal.forgetReplaced();
        CompactionPlan plan = plan(livePercentMax);
        List<BackupId> rewritten = plan.packs().isEmpty() ? List.of() : rewrite(plan, writer);
        removal.forgetReplaced();
        return new Result(plan, rewritten, removal.purge(removal.planTidying()).freedBytes());
    }

    /**
     * What a compaction came to.
     *
     * @param rewritten the backups whose manifests were written anew
     * @param freedBytes what was removed
     */
    public record Result(CompactionPlan plan, List<BackupId> rewritten, long freedBytes) {}

    private List<BackupId> rewrite(CompactionPlan plan, BackupRecord.Writer writer) throws IOException {
        try (OwnRecord own = create(plan, writer)) {
            LOG.info(
                    "compaction started id={} packs={}",
                    own.record().id(),
                    plan.packs().size());
            try {
                List<BackupRecord.Pack> packs = movePacks(plan, own);
                own.replace(own.record().withPacks(packs));
                List<BackupId> rewritten = switchOver(rewriteManifests(plan, own), plan, own);
                forgetSkipped(own.record(), rewritten);
                own.replace(own.record().withState(BackupState.DELETED, null).withRewrites(List.of()));
                return rewritten;
            } catch (IOException | RuntimeException e) {
                own.fail(e);
                throw e;
            }
        }
    }

    /** What was written for backups that somebody else has changed is of no use. */
    private void forgetSkipped(BackupRecord own, List<BackupId> rewritten) throws IOException {
        List<BackupId> skipped = new ArrayList<>(own.rewrites());
        skipped.removeAll(rewritten);
        new EndedCompactions(store, keys)
                .end(own.withRewrites(skipped), own.id().toString());
    }

    private OwnRecord create(CompactionPlan plan, BackupRecord.Writer writer) throws IOException {
        List<BackupRecord> targets = plan.backups();
        BackupSource source = targets.get(targets.size() - 1).source();
        Instant now = around.clock().instant();
        for (int attempt = 0; ; attempt++) {
            BackupId id = BackupId.of(now.plusSeconds(attempt), BackupKind.COMPACTION);
            BackupRecord begun = BackupRecord.running(id, BackupKind.COMPACTION, writer, source)
                    .withRewrites(targets.stream().map(BackupRecord::id).toList());
            try {
                return OwnRecord.create(records, begun, around.clock());
            } catch (ObjectChangedException e) {
                if (attempt == ID_ATTEMPTS_MAX) {
                    throw e;
                }
            }
        }
    }

    private void check(OwnRecord own) throws IOException {
        around.cancellation().check();
        own.requireOwn();
    }

    private List<BackupRecord.Pack> movePacks(CompactionPlan plan, OwnRecord own) throws IOException {
        try (PartSenders senders = senders()) {
            PackSeries series = new PackSeries(store, keys, own.record().id(), senders, AbandonedChunks.none());
            try (PackCompactor compactor = new PackCompactor(store, series, PackLimits.DEFAULT, () -> check(own))) {
                for (LivePack pack : plan.packs()) {
                    compactor.move(pack);
                }
                compactor.complete();
                return series.stored();
            }
        }
    }

    private static PartSenders senders() {
        return new PartSenders(1, PackLimits.DEFAULT.partSizeBytes());
    }

    /** Each target's record as it will be. */
    private List<BackupRecord> rewriteManifests(CompactionPlan plan, OwnRecord own) throws IOException {
        try (PartSenders senders = senders()) {
            ManifestRewriter rewriter = new ManifestRewriter(store, keys, plan.byId(), senders);
            List<BackupRecord> next = new ArrayList<>();
            for (BackupRecord target : plan.backups()) {
                check(own);
                next.add(rewriter.rewrite(target, own.record().id()));
            }
            return next;
        }
    }

    /**
     * The targets were read before this compaction makes sure once more that nobody has given it up. Whoever gives it up later
     * changes their records after that, so that none can be replaced here any more.
     */
    private List<BackupId> switchOver(List<BackupRecord> next, CompactionPlan plan, OwnRecord own) throws IOException {
        own.replace(own.record());
        List<BackupId> rewritten = new ArrayList<>();
        for (int i = 0; i < next.size(); i++) {
            BackupRecords.Versioned before = plan.targets().get(i);
            try {
                records.replace(before, next.get(i));
                rewritten.add(next.get(i).id());
            } catch (ObjectChangedException e) {
                LOG.info(
                        "somebody else works on a backup, its manifest stays as it is id={}",
                        next.get(i).id());
            }
        }
        return rewritten;
    }
}
