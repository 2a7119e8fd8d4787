package org.pgagent.backup;

import java.time.Instant;
import java.util.List;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.BackupLabel;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalRange;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.postgres.session.BackupSession;
import org.pgagent.postgres.session.StoppedBackup;
import org.pgagent.repository.BackupRecord;

/** From where to where a backup goes: what the server said at its start and at its stop, and what the control file says. */
final class BackupBounds {
    private final BackupSession session;
    private final StoppedBackup stopped;
    private final List<WalRange> wal;

    private BackupBounds(BackupSession session, StoppedBackup stopped, List<WalRange> wal) {
        this.session = session;
        this.stopped = stopped;
        this.wal = wal;
    }

    /**
     * Compares the three.
     *
     * @param control the control file as it was copied
     * @param history of the timeline that the server said at the stop
     * @throws PgAgentException of kind SQL_FAILED if they are not of one backup, INCOMPATIBLE if the label is none that a
     *     recovery could read
     */
    static BackupBounds of(BackupSession session, StoppedBackup stopped, ControlFile control, TimelineHistory history)
            throws PgAgentException {
        Lsn start = session.startLsn();
        requireLabel(
                stopped.label(), start, session.timeline(), control.checkpoint().location());
        if (!history.contains(session.timeline(), start)) {
            throw new PgAgentException(
                    ErrorKind.SQL_FAILED,
                    "the backup began at " + start + " on timeline " + session.timeline()
                            + ", which is not known to be on the history of timeline " + history.timeline()
                            + ", on which it ended",
                    "Take the backup again.");
        }
        return new BackupBounds(session, stopped, history.ranges(start, stopped.lsn()));
    }

    /**
     * A recovery believes the label, so a label of another backup would begin to replay at the wrong place.
     *
     * @param latestCheckpoint of the copied control file, which is the label's checkpoint or a later one
     */
    static void requireLabel(String text, Lsn start, Timeline timeline, Lsn latestCheckpoint) throws PgAgentException {
        BackupLabel label = BackupLabel.parse(text);
        if (!label.start().equals(start)
                || !label.timeline().equals(timeline)
                || label.checkpoint().isBefore(start)
                || latestCheckpoint.isBefore(label.checkpoint())) {
            throw new PgAgentException(
                    ErrorKind.SQL_FAILED,
                    "the label that the server gave is another backup's: it begins at " + label.start()
                            + " on timeline " + label.timeline() + ", with the checkpoint at " + label.checkpoint()
                            + "; this backup began at " + start + " on timeline " + timeline
                            + ", and the latest checkpoint is at " + latestCheckpoint,
                    "Connect to the server itself, without a connection pooler in between, and take the backup again.");
        }
    }

    /** What a recovery needs to become consistent, by timeline, in the order of replay. */
    List<WalRange> wal() {
        return wal;
    }

    /** The segments with that. */
    List<WalSegment> segments(WalSegmentSize size) {
        return TimelineHistory.along(wal).segments(session.startLsn(), session.timeline(), stopped.lsn(), size);
    }

    BackupRecord.Start start(BackupSettings settings) {
        return new BackupRecord.Start(
                session.startTime(),
                session.timeline(),
                session.startLsn(),
                settings.checkpoint().toString(),
                settings.label());
    }

    BackupRecord.Stop stop(Instant finishedAt) {
        return new BackupRecord.Stop(
                stopped.time(),
                wal.get(wal.size() - 1).timeline(),
                stopped.lsn(),
                wal,
                stopped.nextXid().orElse(null),
                finishedAt);
    }
}
