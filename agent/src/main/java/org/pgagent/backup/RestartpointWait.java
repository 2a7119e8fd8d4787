package org.pgagent.backup;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.session.BackupSession;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.postgres.session.ServerConnection.LatestCheckpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until everything from before the start of a backup is on a standby's disk: until it has replayed the checkpoint with which
 * the backup began, or a later one, and has made a restartpoint there. One that has only replayed it has pages in memory that are
 * older on its disk, and nothing would bring them back.
 *
 * <p>A restartpoint has the values of the checkpoint that it is made at. So one that the primary has had, too, shows that the
 * standby replays this primary's WAL and not that of a copy.
 */
final class RestartpointWait {
    private static final Logger LOG = LoggerFactory.getLogger(RestartpointWait.class);
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final Duration SWITCH_AFTER = Duration.ofSeconds(2);
    private static final Duration TELL_AFTER = Duration.ofSeconds(30);

    private final BackupSession session;
    private final ServerConnection primary;
    private final ServerConnection standby;
    private final CopyOfStandbyCourse.Context context;

    private final Set<LatestCheckpoint> ofPrimary = new HashSet<>();
    private Lsn replayed = Lsn.ZERO;
    private boolean switched;
    private boolean mayCheckpoint = true;

    RestartpointWait(
            BackupSession session,
            ServerConnection primary,
            ServerConnection standby,
            CopyOfStandbyCourse.Context context) {
        this.session = session;
        this.primary = primary;
        this.standby = standby;
        this.context = context;
    }

    /**
     * Waits.
     *
     * @throws PgAgentException of kind STANDBY_BEHIND if the standby comes no nearer for as long as it may, SQL_FAILED if the
     *     backup is lost
     */
    void run() throws IOException {
        WaitingTime time = context.time();
        Lsn checkpoint = primary.latestCheckpoint().location();
        long nearer = time.nanos();
        long told = nearer;
        while (!isThere()) {
            Lsn before = replayed;
            replayed = standby.replay().replayed();
            if (!replayed.equals(before) && !before.isAfter(checkpoint)) {
                nearer = time.nanos();
            }
            Duration still = Duration.ofNanos(time.nanos() - nearer);
            if (still.compareTo(context.settings().standbyLagMax()) > 0) {
                throw behind();
            }
            if (replayed.isAfter(checkpoint)) {
                makeRestartpoint();
            } else if (still.compareTo(SWITCH_AFTER) > 0) {
                finishSegment();
            }
            if (time.nanos() - told > TELL_AFTER.toNanos()) {
                told = time.nanos();
                LOG.warn("waits for the standby start={} replayed={}", session.startLsn(), replayed);
            }
            time.pause(PAUSE);
        }
    }

    private boolean isThere() throws IOException {
        session.checkAlive();
        if (!standby.isInRecovery()) {
            throw StandbyCheck.promoted();
        }
        ofPrimary.add(primary.latestCheckpoint());
        LatestCheckpoint restartpoint = standby.latestCheckpoint();
        return !restartpoint.redo().isBefore(session.startLsn()) && ofPrimary.contains(restartpoint);
    }

    private void makeRestartpoint() throws IOException {
        if (mayCheckpoint && !standby.checkpointIfAllowed()) {
            mayCheckpoint = false;
            LOG.warn(
                    "the role may not run CHECKPOINT on the standby, so its next restartpoint is waited for, which comes after"
                            + " checkpoint_timeout start={} hint=\"GRANT pg_checkpoint TO the role (PostgreSQL 15 and"
                            + " later), or connect as superuser\"",
                    session.startLsn());
        }
    }

    /** A standby that follows by the archive gets nothing of a segment before it is finished. */
    private void finishSegment() throws IOException {
        if (!switched) {
            primary.switchWal();
            switched = true;
        }
    }

    private PgAgentException behind() throws IOException {
        return new PgAgentException(
                ErrorKind.STANDBY_BEHIND,
                "the standby has not come as far as the backup's start at " + session.startLsn()
                        + ": it has replayed up to "
                        + replayed + ", its last restartpoint is at "
                        + standby.latestCheckpoint().redo() + ", and for "
                        + context.settings().standbyLagMax().toSeconds() + " seconds it has come no nearer",
                "See that it follows this very primary, and that nothing holds its replay up (pg_stat_wal_receiver,"
                        + " pg_wal_replay_pause, recovery_min_apply_delay), or give it more time with --standby-lag-max.");
    }
}
