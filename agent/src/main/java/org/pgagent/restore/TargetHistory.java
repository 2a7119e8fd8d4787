package org.pgagent.restore;

import java.io.IOException;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.stream.Collectors;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ArchiveFile;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.WalArchive;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which timeline a recovery will follow, and whether it can, before the server does (xlogrecovery.c,
 * validateRecoveryParameters and the checks of the checkpoint against the history).
 */
final class TargetHistory {
    private static final Logger LOG = LoggerFactory.getLogger(TargetHistory.class);

    private final WalArchive archive;
    private final RecoveryRequest request;

    TargetHistory(WalArchive archive, RecoveryRequest request) {
        this.archive = archive;
        this.request = request;
    }

    /**
     * The backups among which to choose: all, or those on the way to the timeline that was named.
     *
     * @throws PgAgentException of kind RECOVERY_TARGET if the archive does not know that timeline
     */
    BackupChooser.Branch branch() throws IOException {
        if (!(request.timeline() instanceof TargetTimeline.Numbered numbered)) {
            return backup -> true;
        }
        TimelineHistory history = historyOf(numbered.timeline());
        return backup -> backup.liesOn(history);
    }

    /** A timeline without a history file is the first one, or one whose file is lost. */
    private TimelineHistory historyOf(Timeline timeline) throws IOException {
        Optional<TimelineHistory> history = archive.history(timeline);
        if (history.isEmpty()) {
            NavigableSet<Timeline> known = archive.timelines();
            if (!known.contains(timeline)) {
                throw new PgAgentException(
                        ErrorKind.RECOVERY_TARGET,
                        "the archive does not know timeline " + timeline,
                        "It knows " + known.stream().map(Timeline::toString).collect(Collectors.joining(", "))
                                + "; --target-timeline also takes 'current' and 'latest'.");
            }
        }
        return history.orElse(TimelineHistory.withoutAncestors(timeline));
    }

    /**
     * The history of the timeline that a recovery of this backup will follow.
     *
     * @throws PgAgentException of kind RECOVERY_TARGET if the backup does not lie on it, or nobody can tell which it is
     */
    TimelineHistory of(BackupRecord backup) throws IOException {
        Timeline own = backup.stop().timeline();
        Timeline target = timeline(backup);
        TimelineHistory history = historyOf(target);
        if (!target.equals(own) && !backup.liesOn(history)) {
            throw notOn(history, backup);
        }
        return history;
    }

    private Timeline timeline(BackupRecord backup) throws IOException {
        Timeline own = backup.stop().timeline();
        if (request.timeline() instanceof TargetTimeline.Numbered numbered) {
            return numbered.timeline();
        }
        boolean immediate = request.target() instanceof RecoveryTarget.Immediate;
        return request.timeline() instanceof TargetTimeline.Current || immediate ? own : latest(backup);
    }

    /**
     * What the server would find.
     *
     * @throws PgAgentException of kind RECOVERY_TARGET if that may not be the latest: the cluster would come back without what was
     *     done since. A standby goes on with its primary's, whatever the archive has
     */
    private Timeline latest(BackupRecord backup) throws IOException {
        // Whatever comes into the archive after this is no sign of something missing before it.
        NavigableSet<Timeline> known = archive.timelines();
        Timeline latest = archive.newestTimeline(backup.stop().timeline());
        if (request.role() == CopyRole.STANDBY) {
            return latest;
        }
        for (Timeline younger : known.tailSet(latest, false)) {
            if (mayComeFrom(backup, younger)) {
                throw notTold(latest, younger);
            }
        }
        return latest;
    }

    /** Also if nobody can tell, because its history file is missing or damaged. */
    private boolean mayComeFrom(BackupRecord backup, Timeline younger) throws IOException {
        try {
            Optional<TimelineHistory> history = archive.history(younger);
            return history.isEmpty() || backup.liesOn(history.get());
        } catch (PgAgentException e) {
            if (e.kind() != ErrorKind.CORRUPTED) {
                throw e;
            }
            LOG.warn("a history file is damaged timeline={} reason=\"{}\"", younger, e.getMessage());
            return true;
        }
    }

    private static PgAgentException notTold(Timeline latest, Timeline younger) {
        String missing = new ArchiveFile.History(new Timeline(latest.id() + 1)).fileName();
        return new PgAgentException(
                ErrorKind.RECOVERY_TARGET,
                "the archive lacks " + missing + ", so timeline " + latest
                        + " would be taken for the latest; but the archive has timeline " + younger,
                "If a server still has that file in pg_wal, push it ('pgagent wal-push'); otherwise 'pgagent restore"
                        + " --target-timeline' says which one to follow.");
    }

    private PgAgentException notOn(TimelineHistory history, BackupRecord backup) {
        BackupRecord.Stop stop = backup.stop();
        Optional<Lsn> left = history.switchPoint(stop.timeline());
        String which = "timeline " + history.timeline()
                + (request.timeline() instanceof TargetTimeline.Latest ? ", the latest in the archive," : "");
        String fact = left.isPresent()
                ? which + " left timeline " + stop.timeline() + " at " + left.get() + ", before the end of backup "
                        + backup.id() + " at " + stop.lsn()
                : which + " does not come from timeline " + stop.timeline() + ", on which backup " + backup.id()
                        + " ended at " + stop.lsn();
        return new PgAgentException(
                ErrorKind.RECOVERY_TARGET,
                fact,
                "Use --target-timeline current to go on where that backup was taken, or --target-timeline "
                        + history.timeline() + " without --backup to start from the newest one on the way there.");
    }
}
