package org.pgagent.backup;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.session.ArchiverStatus;
import org.pgagent.postgres.session.BackupSession;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.postgres.session.ServerConnection.LatestCheckpoint;
import org.pgagent.postgres.session.StoppedBackup;
import org.pgagent.repository.WalArchive;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A backup that is started and stopped on a primary, while its standby is copied. What was changed before the start is on the
 * primary's disk when the start call returns; on the standby's only when it has replayed the start's checkpoint, or a later one,
 * and made a restartpoint there.
 */
final class CopyOfStandbyCourse implements BackupCourse {
    private static final Logger LOG = LoggerFactory.getLogger(CopyOfStandbyCourse.class);
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final Duration SWITCH_AFTER = Duration.ofSeconds(2);
    private static final Duration TELL_AFTER = Duration.ofSeconds(30);

    private final ServerConnection primary;
    private final CopiedServer standby;
    private final Context context;
    private final StandbyCheck check;
    private final WalArrival arrival;
    private String lastArchived = "";

    /** What the wait needs. */
    record Context(BackupSettings settings, WalArchive archive, WaitingTime time) {}

    CopyOfStandbyCourse(ServerConnection primary, CopiedServer standby, Context context) {
        this.primary = primary;
        this.standby = standby;
        this.context = context;
        this.check = new StandbyCheck(standby);
        StandbyWal wal = new StandbyWal(standby.wal(), standby.connection(), this::hasArchived);
        this.arrival =
                new WalArrival(context.archive(), wal, () -> Optional.of(primary.archiverStatus()), context.time());
    }

    /** The archiver takes the oldest first; what it has once archived need not be asked again. */
    private boolean hasArchived(WalSegment segment) throws IOException {
        if (!isArchivedBy(lastArchived, segment)) {
            lastArchived = primary.archiverStatus()
                    .lastArchived()
                    .map(ArchiverStatus.Event::fileName)
                    .orElse("");
        }
        return isArchivedBy(lastArchived, segment);
    }

    private static boolean isArchivedBy(String lastArchived, WalSegment segment) {
        int length = segment.fileName().length();
        return lastArchived.length() >= length
                && lastArchived.substring(0, length).compareTo(segment.fileName()) >= 0;
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

    /**
     * Waits until everything from before the start is on the standby's disk. A restartpoint has the values of the checkpoint
     * that it is made at, so one that the primary has had, too, shows that the standby replays this primary's WAL and not that
     * of a copy.
     */
    private void awaitRestartpoint(BackupSession session) throws IOException {
        WaitingTime time = context.time();
        Lsn checkpoint = primary.latestCheckpoint().location();
        Set<LatestCheckpoint> ofPrimary = new HashSet<>();
        Lsn known = Lsn.ZERO;
        long progressed = time.nanos();
        long told = progressed;
        boolean switched = false;
        boolean allowed = true;
        while (true) {
            checkAlive(session);
            ofPrimary.add(primary.latestCheckpoint());
            LatestCheckpoint restartpoint = standby.connection().latestCheckpoint();
            if (!restartpoint.redo().isBefore(session.startLsn()) && ofPrimary.contains(restartpoint)) {
                return;
            }
            Lsn replayed = standby.connection().replay().replayed();
            if (!replayed.equals(known) && !known.isAfter(checkpoint)) {
                progressed = time.nanos();
            }
            known = replayed;
            Duration still = Duration.ofNanos(time.nanos() - progressed);
            if (still.compareTo(context.settings().standbyLagMax()) > 0) {
                throw behind(session, replayed, restartpoint);
            }
            if (allowed && known.isAfter(checkpoint)) {
                allowed = restartpoint(session);
            } else if (!switched && still.compareTo(SWITCH_AFTER) > 0) {
                // A standby that follows by the archive gets nothing of a segment before it is finished.
                primary.switchWal();
                switched = true;
            }
            if (time.nanos() - told > TELL_AFTER.toNanos()) {
                told = time.nanos();
                LOG.warn(
                        "waits for the standby start={} replayed={} restartpoint={}",
                        session.startLsn(),
                        known,
                        restartpoint.redo());
            }
            time.pause(PAUSE);
        }
    }

    private boolean restartpoint(BackupSession session) throws IOException {
        boolean allowed = standby.connection().checkpointIfAllowed();
        if (!allowed) {
            LOG.warn(
                    "the role may not run CHECKPOINT on the standby, so its next restartpoint is waited for, which comes after"
                            + " checkpoint_timeout start={} hint=\"GRANT pg_checkpoint TO the role (PostgreSQL 15 and"
                            + " later), or connect as superuser\"",
                    session.startLsn());
        }
        return allowed;
    }

    private PgAgentException behind(BackupSession session, Lsn replayed, LatestCheckpoint restartpoint) {
        return new PgAgentException(
                ErrorKind.STANDBY_BEHIND,
                "the standby has not come as far as the backup's start at " + session.startLsn()
                        + ": it has replayed up to "
                        + replayed + ", its last restartpoint is at " + restartpoint.redo() + ", and for "
                        + context.settings().standbyLagMax().toSeconds() + " seconds it has come no nearer",
                "See that it follows this very primary, and that nothing holds its replay up (pg_stat_wal_receiver,"
                        + " pg_wal_replay_pause, recovery_min_apply_delay), or give it more time with --standby-lag-max.");
    }

    @Override
    public void awaitReady(BackupSession session) throws IOException {
        awaitRestartpoint(session);
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
        if (!hasArchived(before) && !context.archive().lookup().has(before.fileName())) {
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
