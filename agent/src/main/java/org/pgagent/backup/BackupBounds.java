package org.pgagent.backup;

import java.time.Instant;
import java.util.List;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.BackupLabel;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalRange;
import org.pgagent.postgres.session.BackupSession;
import org.pgagent.postgres.session.StoppedBackup;
import org.pgagent.repository.BackupRecord;

/** From where to where a backup goes: what the server said at its start and at its stop, and what the control file says. */
final class BackupBounds {
    private final Instant startTime;
    private final StoppedBackup stopped;
    private final WalRange wal;

    private BackupBounds(Instant startTime, StoppedBackup stopped, WalRange wal) {
        this.startTime = startTime;
        this.stopped = stopped;
        this.wal = wal;
    }

    /**
     * Compares the three.
     *
     * @param control the control file as it was copied
     * @throws PgAgentException of kind SQL_FAILED if they are not of one backup, INCOMPATIBLE if the label is none that a
     *     recovery could read
     */
    static BackupBounds of(BackupSession session, StoppedBackup stopped, ControlFile control) throws PgAgentException {
        Timeline timeline = control.checkpoint().timeline();
        if (!timeline.equals(session.timeline())) {
            throw new PgAgentException(
                    ErrorKind.SQL_FAILED,
                    "the timeline changed from " + session.timeline() + " to " + timeline + " during the backup",
                    "Take the backup again.");
        }
        requireLabel(
                stopped.label(),
                session.startLsn(),
                timeline,
                control.checkpoint().location());
        return new BackupBounds(
                session.startTime(), stopped, new WalRange(timeline, session.startLsn(), stopped.lsn()));
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

    WalRange wal() {
        return wal;
    }

    BackupRecord.Start start(BackupSettings settings) {
        return new BackupRecord.Start(
                startTime, wal.timeline(), wal.start(), settings.checkpoint().toString(), settings.label());
    }

    BackupRecord.Stop stop(Instant finishedAt) {
        return new BackupRecord.Stop(
                stopped.time(),
                wal.timeline(),
                wal.end(),
                List.of(wal),
                stopped.nextXid().orElse(null),
                finishedAt);
    }
}
