package org.pgagent.backup;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.session.BackupSession;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.postgres.session.StoppedBackup;
import org.pgagent.repository.WalArchive;

/**
 * A backup that is started and stopped on a primary, while its standby is copied. What was changed before the start is on the
 * primary's disk when the start call returns; on the standby's only when it has replayed the start's checkpoint, or a later one,
 * and made a restartpoint there.
 */
final class CopyOfStandbyCourse implements BackupCourse {
    private final ServerConnection primary;
    private final CopiedServer standby;
    private final Context context;
    private final StandbyCheck check;
    private final WalArrival arrival;
    private final ArchiverView archiver;

    /** What the wait needs. */
    record Context(BackupSettings settings, WalArchive archive, WaitingTime time) {}

    CopyOfStandbyCourse(ServerConnection primary, CopiedServer standby, Context context) {
        this.primary = primary;
        this.standby = standby;
        this.context = context;
        this.check = new StandbyCheck(standby);
        this.archiver = new ArchiverView(asked(primary), context.time());
        StandbyWal wal = new StandbyWal(standby.wal(), standby.connection(), archiver::hasArchived);
        this.arrival =
                new WalArrival(context.archive(), wal, () -> Optional.of(primary.archiverStatus()), context.time());
    }

    private static ArchiverView.Primary asked(ServerConnection primary) {
        return new ArchiverView.Primary() {
            @Override
            public String lastArchived() throws IOException {
                return ArchiverView.lastArchived(primary.archiverStatus());
            }

            @Override
            public void finishSegment() throws IOException {
                primary.createRestorePoint(
                        "pgagent: the end of a backup"); // a segment without anything is not finished
                primary.switchWal();
            }
        };
    }

    @Override
    public BackupSession start() throws IOException {
        Lsn replayed = standby.connection().replay().replayed();
        Lsn written = primary.currentWalInsertLsn();
        if (replayed.isAfter(written)) {
            throw new PgAgentException(
                    ErrorKind.INCOMPATIBLE,
                    "the standby has replayed up to " + replayed + ", and the primary has written only up to " + written
                            + ": it follows another server",
                    "Check -h and -p, which are the primary's, and --standby-host and --standby-port.");
        }
        return primary.startBackup(
                context.settings().label(), context.settings().checkpoint());
    }

    @Override
    public void awaitReady(BackupSession session) throws IOException {
        new RestartpointWait(session, primary, standby.connection(), context).run();
        standby.requireCheckpointSince(session.startLsn());
        requireArchiving(session);
    }

    /** As on a primary, but that only the archive tells whether the segment before the start was archived. */
    private void requireArchiving(BackupSession session) throws IOException {
        WalSegment first = WalSegment.containing(session.timeline(), session.startLsn(), standby.walSegmentSize());
        if (first.number() == 0) {
            return;
        }
        WalSegment before = new WalSegment(first.timeline(), first.number() - 1, first.size());
        if (!archiver.hasArchived(before) && !context.archive().lookup().has(before.fileName())) {
            arrival.await(List.of(before), context.settings().archiveTimeout());
        }
    }

    @Override
    public void checkAlive(BackupSession session) throws IOException {
        session.checkAlive();
        check.requireStandby();
    }

    @Override
    public StoppedBackup stop(BackupSession session, ControlFile control) throws IOException {
        check.requireStandby();
        PrimaryCourse.requireTimeline(session, control);
        check.requireOwnDirectory(standby.connection().replay().minimumRecoveryPoint());
        StoppedBackup stopped = session.stop();
        check.requireWithin(stopped.lsn(), control);
        return stopped;
    }

    @Override
    public Duration awaitWal(List<WalSegment> segments) throws IOException {
        return arrival.await(segments, context.settings().archiveTimeout());
    }
}
