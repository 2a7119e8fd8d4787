package org.pgagent.backup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.TimelineHistoryFile;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
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
    private final Path dataDirectory;
    private final WalArchive archive;
    private final Manifests manifests;

    /** @param dataDirectory of the server that is backed up */
    ParentChoice(BaseBackup.Destination destination, BackupSettings settings, Path dataDirectory) {
        this.dataDirectory = dataDirectory;
        this.destination = destination;
        this.settings = settings;
        this.archive = new WalArchive(destination.store(), destination.keys());
        this.manifests = new Manifests(destination.store(), destination.keys());
    }

    /**
     * The parent of a backup of this cluster; empty if it is to be a full one, which is logged with the reason.
     *
     * @throws PgAgentException of kind INCOMPATIBLE if an incremental backup is asked for and there is no parent
     */
    Optional<BackupRecord> parent(BackupRecord.Source source, Timeline timeline) throws IOException {
        if (settings.type() == BackupType.FULL) {
            return Optional.empty();
        }
        BackupRecords records = new BackupRecords(destination.store(), destination.keys());
        ParentSearch.Found found = new ParentSearch(records, manifests).find(source, history(timeline));
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
        return found.parent();
    }

    /**
     * How to tell what has changed since the parent: the best way that is safe, or the one that is asked for.
     *
     * @param start where the backup began
     * @throws PgAgentException of kind INCOMPATIBLE if the way that is asked for is not safe
     */
    BackupRecord.Parent changedBy(BackupRecord parent, BackupRecord.Source source, Timeline timeline, Lsn start)
            throws IOException {
        List<String> reasons = new ArrayList<>();
        ChangedBy way = settings.changedBy().orElse(ChangedBy.LSN);
        if (way == ChangedBy.LSN) {
            Optional<String> obstacle =
                    new PageLsnCondition(parent, source).obstacle(start, history(timeline), archive);
            if (obstacle.isPresent() && settings.changedBy().isPresent()) {
                throw new PgAgentException(
                        ErrorKind.INCOMPATIBLE,
                        "what has changed cannot be told by the LSNs of pages: " + obstacle.get(),
                        "Leave --changed-by out: then the best way that is safe is taken.");
            }
            if (obstacle.isPresent()) {
                reasons.add(ChangedBy.LSN + ": " + obstacle.get());
                way = ChangedBy.HASH;
            }
        }
        LOG.info("compares with the parent parent={} changed_by={} reasons={}", parent.id(), way, reasons);
        return new BackupRecord.Parent(parent.id(), way, reasons);
    }

    /**
     * Begins to read the parent of a backup that has started.
     *
     * @param databases as {@link org.pgagent.postgres.session.ServerFacts#databases} has them, asked for after the start
     */
    Parent open(BackupRecord parent, BackupRecord backup, Map<Long, Long> databases) throws IOException {
        StoredPacks packs = StoredPacks.list(destination.store(), destination.keys());
        return new Parent(parent, backup, databases, packs, manifests);
    }

    /** The server's own file: after a promotion, the archive has it only when the archiver has come round to it. */
    private TimelineHistory history(Timeline timeline) throws IOException {
        Optional<TimelineHistory> own = TimelineHistoryFile.find(dataDirectory, timeline);
        return own.isPresent() ? own.get() : archived(timeline);
    }

    private TimelineHistory archived(Timeline timeline) throws IOException {
        return archive.history(timeline).orElse(TimelineHistory.withoutAncestors(timeline));
    }
}
