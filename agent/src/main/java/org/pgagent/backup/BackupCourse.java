package org.pgagent.backup;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.session.BackupSession;
import org.pgagent.postgres.session.StoppedBackup;

/**
 * What servers do for a backup, from its start to the arrival of its WAL: on a primary ({@link PrimaryCourse}), on a standby
 * alone ({@link StandbyCourse}), or on a primary while its standby is copied ({@link CopyOfStandbyCourse}). For one backup.
 */
interface BackupCourse {
    /**
     * Starts the backup.
     *
     * @return to be closed by the caller
     */
    BackupSession start() throws IOException;

    /**
     * Waits until the copy can begin: all that was changed before the start LSN is in the files of the data directory then, which
     * is the server's own, and everything later will be in the WAL, each page as a whole first. Makes sure, as far as can be, that
     * WAL arrives in the repository.
     */
    void awaitReady(BackupSession session) throws IOException;

    /**
     * To be asked every now and then while files are read.
     *
     * @throws PgAgentException if what is copied is worth nothing any more
     */
    void checkAlive(BackupSession session) throws IOException;

    /**
     * Stops the backup, of which everything was copied.
     *
     * @param control the control file as it was copied, after all else
     * @throws PgAgentException if the backup is void
     */
    StoppedBackup stop(BackupSession session, ControlFile control) throws IOException;

    /** Waits until this WAL is in the repository; see {@link WalArrival#await}. */
    Duration awaitWal(List<WalSegment> segments) throws IOException;
}
