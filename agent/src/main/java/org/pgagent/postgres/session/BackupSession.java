package org.pgagent.postgres.session;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;

/**
 * A base backup that the server knows to be running, from its start call to its stop call on one connection (manual, Making
 * a Base Backup Using the Low Level API). If the connection ends before, the server aborts the backup; nothing is left
 * behind that would have to be cleaned up.
 *
 * <p>Thread-safe. Closing one that is not stopped closes the connection.
 */
public final class BackupSession implements AutoCloseable {
    private static final int LABEL_MAX_CHARACTERS = 200;
    static final Duration SIGN_OF_LIFE_LIMIT = Duration.ofMinutes(1);

    private final SqlSession session;
    private final boolean standby;
    private final Instant startTime;
    private final Lsn startLsn;
    private final Timeline timeline;
    private boolean stopped;

    private BackupSession(SqlSession session, boolean standby, Instant startTime, Lsn startLsn, Timeline timeline) {
        this.session = session;
        this.standby = standby;
        this.startTime = startTime;
        this.startLsn = startLsn;
        this.timeline = timeline;
    }

    static BackupSession start(SqlSession session, String label, CheckpointMode mode) throws PgAgentException {
        requireLabel(label);
        boolean standby = session.isInRecovery();
        Instant startTime = FactsQuery.clock(session);
        Lsn startLsn = session.one(
                "starting a backup",
                BackupCalls.ofMajor(session.major()).start(),
                row -> row.lsn(1),
                label,
                mode == CheckpointMode.FAST);
        // The start has made a checkpoint, or taken the last restartpoint, so the control file has its timeline.
        Timeline timeline = session.one(
                "asking for the timeline of the backup",
                "SELECT timeline_id FROM pg_control_checkpoint()",
                row -> new Timeline(row.bigint(1)));
        return new BackupSession(session, standby, startTime, startLsn, timeline);
    }

    /**
     * Refuses what is no label: the server puts it into a file that it reads back by a fixed format, and cuts it short
     * (xlogrecovery.c, read_backup_label).
     */
    public static void requireLabel(String label) {
        if (label.isEmpty()
                || label.length() > LABEL_MAX_CHARACTERS
                || !label.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            throw new IllegalArgumentException("not a label: '" + label + "' (1 to " + LABEL_MAX_CHARACTERS
                    + " printable ASCII characters; a good one: nightly)");
        }
    }

    /** The redo LSN of the backup's checkpoint, from which a recovery replays. */
    public Lsn startLsn() {
        return startLsn;
    }

    /** Of the server's clock, before the start. */
    public Instant startTime() {
        return startTime;
    }

    /** The timeline of the start; the label says it once more. */
    public Timeline timeline() {
        return timeline;
    }

    /**
     * Asks the server for a sign of life, to be done every now and then while files are read. Waits a minute at most.
     *
     * @throws PgAgentException of kind SQL_FAILED if the backup is lost, because the connection is or because the standby
     *     was promoted
     */
    public void checkAlive() throws PgAgentException {
        boolean inRecovery;
        try {
            inRecovery = session.isInRecoveryWithin(SIGN_OF_LIFE_LIMIT);
        } catch (PgAgentException e) {
            throw lost(e);
        }
        if (inRecovery != standby) {
            throw new PgAgentException(
                    ErrorKind.SQL_FAILED,
                    "the backup that was started at " + startLsn + " is lost: the standby was promoted",
                    "Take a new backup.");
        }
    }

    /**
     * Stops the backup without waiting for the archive: whoever calls must see to it that all WAL from the start to the
     * stop is there. The connection can be used further on.
     *
     * @throws PgAgentException of kind SQL_FAILED if the backup is lost; a second attempt is impossible
     */
    public synchronized StoppedBackup stop() throws PgAgentException {
        if (stopped) {
            throw new IllegalStateException("stopped already");
        }
        try {
            Given given = session.one(
                    "stopping the backup",
                    BackupCalls.ofMajor(session.major()).stop(),
                    row -> new Given(row.lsn(1), row.utf8(2), row.utf8(3)));
            stopped = true;
            return new StoppedBackup(
                    given.lsn,
                    stopTime(),
                    standby ? FactsQuery.timeline(session) : timeline,
                    nextXid(),
                    given.label,
                    given.tablespaceMap);
        } catch (PgAgentException e) {
            throw lost(e);
        }
    }

    /** On a standby not before the last transaction that it has replayed, which has the time of the primary's clock. */
    private Instant stopTime() throws PgAgentException {
        return session.one(
                "asking for the time",
                "SELECT greatest(clock_timestamp(), pg_last_xact_replay_timestamp())",
                row -> row.time(1));
    }

    private record Given(Lsn lsn, String label, String tablespaceMap) {}

    private Optional<Long> nextXid() throws PgAgentException {
        if (standby) {
            return Optional.empty();
        }
        return Optional.of(session.one(
                "asking for the next transaction id",
                "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
                row -> row.bigint(1)));
    }

    private PgAgentException lost(PgAgentException reason) {
        if (reason.kind() != ErrorKind.SQL_FAILED) {
            return reason;
        }
        return new PgAgentException(
                ErrorKind.SQL_FAILED,
                "the backup that was started at " + startLsn + " is lost: " + reason.getMessage(),
                "Find the cause in the server's log, then take a new backup; there is nothing to clean up at the server.",
                reason);
    }

    /** Aborts the backup if it was not stopped, by closing the connection. */
    @Override
    public synchronized void close() throws PgAgentException {
        if (!stopped) {
            stopped = true;
            session.close();
        }
    }
}
