package org.pgagent.backup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.postgres.session.ServerFacts;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupSource;
import org.pgagent.repository.ChangedBy;
import org.pgagent.repository.Manifests;
import org.pgagent.repository.WalArchive;
import org.pgagent.transfer.StoredPacks;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides what a backup is compared with, and how: before it starts which parent, after that by which rule. */
final class ParentChoice {
    private static final Logger LOG = LoggerFactory.getLogger(ParentChoice.class);

    private final BaseBackup.Destination destination;
    private final BackupSettings settings;
    private final WalArchive archive;
    private final ServerHistory histories;
    private final Manifests manifests;

    /** @param dataDirectory of the server that is backed up */
    ParentChoice(BaseBackup.Destination destination, BackupSettings settings, Path dataDirectory) {
        this.destination = destination;
        this.settings = settings;
        this.archive = new WalArchive(destination.store(), destination.keys());
        this.histories = new ServerHistory(dataDirectory, archive);
        this.manifests = new Manifests(destination.store(), destination.keys());
    }

    /**
     * With what a backup is compared.
     *
     * @param parent empty if it is a full one
     * @param why that is so, in a few words
     */
    record Choice(Optional<BackupRecord> parent, String why) {}

    /**
     * The parent of a backup of this cluster; if it is to be a full one, or not with the newest parent, that is logged with the
     * reason.
     *
     * @throws PgAgentException of kind INCOMPATIBLE if an incremental backup is asked for and there is no parent
     */
    Choice parent(BackupSource source, Timeline timeline) throws IOException {
        if (settings.type() == BackupType.FULL) {
            return new Choice(Optional.empty(), "a full one is asked for");
        }
        BackupRecords records = new BackupRecords(destination.store(), destination.keys());
        ParentSearch.Found found = new ParentSearch(records, manifests).find(source, histories.of(timeline));
        if (found.parent().isEmpty() && settings.type() == BackupType.INCREMENTAL) {
            throw new PgAgentException(
                    ErrorKind.INCOMPATIBLE,
                    "no backup can be the parent of an incremental one: " + found.reason(),
                    "Take a full backup, or leave --type out: then a backup is full where it has to be.");
        }
        if (found.parent().isEmpty()) {
            LOG.info("the backup is full reason=\"{}\"", found.reason());
        } else if (!found.passedOver().isEmpty()) {
            LOG.warn(
                    "newer backups cannot be the parent parent={} reason=\"{}\"",
                    found.parent().get().id(),
                    found.reason());
        }
        Optional<BackupRecord> lacking = found.parent().filter(parent -> !parent.restorable());
        lacking.ifPresent(parent -> LOG.warn(
                "the parent lacks packs, and what was in them is stored anew parent={} damage=\"{}\"",
                parent.id(),
                parent.error()));
        String newest = lacking.isEmpty()
                ? "the newest whole backup on this server's history"
                : "the newest backup on this server's history; what its missing packs had is stored anew";
        return new Choice(
                found.parent(), found.parent().isEmpty() || !found.passedOver().isEmpty() ? found.reason() : newest);
    }

    /**
     * A backup that has started.
     *
     * @param start its LSN
     */
    record Started(
            ServerConnection connection,
            ServerFacts server,
            BackupSource source,
            ControlFile.Layout layout,
            Timeline timeline,
            Lsn start) {}

    /**
     * What a backup is compared with, and how.
     *
     * @param changes what the WAL summaries list, if that is how
     */
    record Comparison(BackupRecord.Parent parent, Optional<SummarizedChanges> changes) {}

    /**
     * How to tell what has changed since the parent: the best way that is safe, or the one that is asked for.
     *
     * @throws PgAgentException of kind INCOMPATIBLE if the way that is asked for is not safe
     */
    Comparison compare(BackupRecord parent, Started backup, WaitingTime time) throws IOException {
        List<String> reasons = new ArrayList<>();
        for (ChangedBy way : ChangedBy.values()) {
            if (settings.changedBy().isPresent() && settings.changedBy().get() != way) {
                continue;
            }
            WalSummaries.Found found = attempt(way, parent, backup, time);
            if (found.obstacle().isEmpty()) {
                LOG.info("compares with the parent parent={} changed_by={} reasons={}", parent.id(), way, reasons);
                return new Comparison(new BackupRecord.Parent(parent.id(), way, reasons), found.changes());
            }
            if (settings.changedBy().isPresent()) {
                throw new PgAgentException(
                        ErrorKind.INCOMPATIBLE,
                        "what has changed cannot be told by " + way + ": " + found.obstacle(),
                        "Leave --changed-by out: then the best way that is safe is taken.");
            }
            reasons.add(way + ": " + found.obstacle());
        }
        throw new IllegalStateException("nothing is in the way of comparing content");
    }

    private WalSummaries.Found attempt(ChangedBy way, BackupRecord parent, Started backup, WaitingTime time)
            throws IOException {
        TimelineHistory history = histories.of(backup.timeline());
        if (way != ChangedBy.HASH && !parent.liesOn(history)) {
            return WalSummaries.Found.onlyIf(Optional.of("the parent is not on the history of timeline "
                    + backup.timeline() + ", on which the backup begins"));
        }
        return switch (way) {
            case SUMMARIES -> new WalSummaries(backup.connection(), time).find(parent, backup, history);
            case LSN ->
                WalSummaries.Found.onlyIf(
                        new PageLsnCondition(parent, backup.source()).obstacle(backup.start(), history, archive));
            case HASH -> WalSummaries.Found.onlyIf(Optional.empty());
        };
    }

    /**
     * Begins to read the parent of a backup that has started.
     *
     * @param databases as {@link org.pgagent.postgres.session.ServerFacts#databases} has them, asked for after the start
     */
    Parent open(BackupRecord parent, BackupSource source, Comparison comparison, Map<Long, Long> databases)
            throws IOException {
        StoredPacks packs = StoredPacks.list(destination.store(), destination.keys());
        return new Parent(parent, new Parent.Told(source, comparison, databases), packs, manifests);
    }
}
