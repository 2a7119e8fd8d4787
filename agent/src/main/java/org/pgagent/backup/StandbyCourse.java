package org.pgagent.backup;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.session.ArchiveMode;
import org.pgagent.postgres.session.ArchiverStatus;
import org.pgagent.postgres.session.BackupSession;
import org.pgagent.postgres.session.Replay;
import org.pgagent.postgres.session.StoppedBackup;
import org.pgagent.repository.WalArchive;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A backup that is started and stopped on a standby, without a word to its primary. It begins at the standby's last
 * restartpoint, which may be old, and ends at its minimum recovery point, for which the primary must finish a WAL segment:
 * a standby cannot.
 */
final class StandbyCourse implements BackupCourse {
    private static final Logger LOG = LoggerFactory.getLogger(StandbyCourse.class);

    private final CopiedServer standby;
    private final BackupSettings settings;
    private final WalArchive archive;
    private final StandbyCheck check;
    private final WalArrival arrival;

    StandbyCourse(CopiedServer standby, BackupSettings settings, WalArchive archive, WaitingTime time) {
        this.standby = standby;
        this.settings = settings;
        this.archive = archive;
        this.check = new StandbyCheck(standby);
        StandbyWal wal = new StandbyWal(standby.wal(), standby.connection(), segment -> true);
        this.arrival = new WalArrival(archive, wal, this::archiverStatus, time);
    }

    /** A standby's archiver does nothing, unless it archives what it receives. */
    private Optional<ArchiverStatus> archiverStatus() throws IOException {
        return standby.facts().settings().archiveMode() == ArchiveMode.ALWAYS
                ? Optional.of(standby.connection().archiverStatus())
                : Optional.empty();
    }

    @Override
    public BackupSession start() throws IOException {
        requireUpToDate();
        return standby.connection().startBackup(settings.label(), settings.checkpoint());
    }

    /** What it shows may be old only because nothing was written since, as far as it and the archive know. */
    private void requireUpToDate() throws IOException {
        Replay replay = standby.connection().replay();
        Duration age = replay.age();
        if (age.compareTo(settings.standbyLagMax()) <= 0) {
            return;
        }
        WalSegment following = WalSegment.containing(
                        standby.facts().timeline(), replay.replayed(), standby.walSegmentSize())
                .next();
        if (replay.hasMoreToReplay() || archive.lookup().has(following.fileName())) {
            throw new PgAgentException(
                    ErrorKind.STANDBY_BEHIND,
                    "the standby is " + age.toSeconds() + " seconds behind: it has replayed up to " + replay.replayed()
                            + ", and there is more WAL",
                    "Find out why it does not replay, or allow more with --standby-lag-max.");
        }
    }

    /**
     * A start that lies far back may lie before what the archive has. What the primary has finished since must be there now or
     * soon; of a segment that is still being written nothing can be said yet.
     */
    @Override
    public void awaitReady(BackupSession session) throws IOException {
        standby.requireCheckpointSince(session.startLsn());
        if (!archive.timelines().contains(session.timeline())) {
            throw new PgAgentException(
                    ErrorKind.ARCHIVING_FAILED,
                    "the repository has no WAL of timeline " + session.timeline()
                            + ", on which the standby's last restartpoint lies",
                    "See that the primary archives into the same bucket, prefix and cluster ('pgagent check' there tells).");
        }
        Timeline replayed = standby.connection().facts().timeline();
        TimelineHistory history = new ServerHistory(standby.dataDirectory(), archive).of(replayed);
        if (!history.contains(session.timeline(), session.startLsn())) {
            throw new PgAgentException(
                    ErrorKind.INCOMPATIBLE,
                    "the standby's last restartpoint, at " + session.startLsn() + " on timeline " + session.timeline()
                            + ", is not known to be on the history of timeline " + replayed + ", which it replays",
                    "Run CHECKPOINT on the primary, wait until the standby has replayed it, and take the backup again.");
        }
        Lsn end = standby.connection().replay().replayed();
        List<WalSegment> finished = !session.startLsn().isBefore(end)
                ? List.of()
                : history.segments(session.startLsn(), session.timeline(), end, standby.walSegmentSize()).stream()
                        .filter(segment -> !segment.end().isAfter(end))
                        .toList();
        arrival.await(finished, settings.archiveTimeout());
    }

    @Override
    public void checkAlive(BackupSession session) throws IOException {
        session.checkAlive();
    }

    @Override
    public StoppedBackup stop(BackupSession session, ControlFile control) throws IOException {
        StoppedBackup stopped = session.stop();
        check.requireWithin(stopped.lsn(), control);
        check.requireOwnDirectory(stopped.lsn());
        return stopped;
    }

    @Override
    public Duration awaitWal(List<WalSegment> segments) throws IOException {
        WalSegment last = segments.get(segments.size() - 1);
        if (!archive.lookup().has(last.fileName())) {
            LOG.info(
                    "waits until the primary archives the last WAL segment, which it does when that is full, after"
                            + " archive_timeout, or after SELECT pg_switch_wal() there segment={}",
                    last);
        }
        return arrival.await(segments, settings.archiveTimeout());
    }
}
