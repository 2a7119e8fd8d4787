package org.pgagent.backup;

import java.io.IOException;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ClusterState;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.Lsn;

/** Whether a standby that is copied is still one, and the data directory still its own. */
record StandbyCheck(CopiedServer standby) {
    /**
     * To be asked while files are read, and after the last one.
     *
     * @throws PgAgentException of kind SQL_FAILED if it was promoted, was started anew or is gone
     */
    void requireStandby() throws IOException {
        if (!standby.connection().isInRecovery()) {
            throw promoted();
        }
    }

    /**
     * Looks at the control file that was copied, after all else: the server lets no page come to disk before it has noted there
     * that WAL must be replayed as far as the page's LSN, so that this bounds every page that was copied (xlog.c,
     * UpdateMinRecoveryPoint).
     *
     * @param stop the end of the backup
     */
    void requireWithin(Lsn stop, ControlFile copied) throws IOException {
        if (copied.state() != ClusterState.IN_ARCHIVE_RECOVERY) {
            throw promoted();
        }
        Lsn minimum = copied.recovery().minimumRecoveryPoint();
        if (minimum.isAfter(stop)) {
            throw new PgAgentException(
                    ErrorKind.SQL_FAILED,
                    "the standby has replayed WAL up to " + minimum + ", and the backup ends before, at " + stop
                            + ": they are not of one history",
                    "See that the standby follows the very server that the backup was started on, and take the backup"
                            + " again.");
        }
    }

    /**
     * Makes sure that the data directory that was read is not a copy that was left behind.
     *
     * @param minimum the standby's own minimum recovery point some time ago
     */
    void requireOwnDirectory(Lsn minimum) throws IOException {
        ControlFile now = standby.readControlFile().content();
        boolean recovers = now.state() == ClusterState.IN_ARCHIVE_RECOVERY;
        if (recovers && now.recovery().minimumRecoveryPoint().isBefore(minimum)) {
            throw new SourceCheck(standby.facts(), standby.dataDirectory())
                    .notItsOwn("its minimum recovery point is " + now.recovery().minimumRecoveryPoint()
                            + ", and the standby's was " + minimum + " before");
        }
    }

    static PgAgentException promoted() {
        return new PgAgentException(
                ErrorKind.SQL_FAILED,
                "the backup is lost: the standby was promoted while it was copied",
                "Take a new backup; there is nothing to clean up at the servers.");
    }
}
