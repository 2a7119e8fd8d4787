package org.pgagent.backup;

import java.io.IOException;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.postgres.session.BackupSession;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ExpiredWal;
import org.pgagent.repository.ExpiredWalNote;
import org.pgagent.repository.OwnRecord;

/**
 * Says in the repository where a backup begins, so that nobody expires WAL from there on. Whoever expires WAL first says what,
 * and then looks for running backups; this looks in the other order, so at least one of both sees the other.
 */
final class BackupBeginning {
    private final ExpiredWalNote expired;
    private final BackupSettings settings;

    BackupBeginning(ExpiredWalNote expired, BackupSettings settings) {
        this.expired = expired;
        this.settings = settings;
    }

    /**
     * Says it.
     *
     * @param history of the timeline that the server is on: a standby may begin on an older one
     * @throws PgAgentException of kind ARCHIVING_FAILED if WAL was given up that this backup needs
     */
    void tell(OwnRecord own, BackupSession session, TimelineHistory history, WalSegmentSize size) throws IOException {
        BackupRecord.Start start = new BackupRecord.Start(
                session.startTime(),
                session.timeline(),
                session.startLsn(),
                settings.checkpoint().toString(),
                settings.label());
        own.replace(own.record().withBounds(start, null));
        ExpiredWal givenUp = expired.read();
        WalSegment first = WalSegment.containing(start.timeline(), start.lsn(), size);
        if (history.beginnings(first).stream().anyMatch(givenUp::has)) {
            throw new PgAgentException(
                    ErrorKind.ARCHIVING_FAILED,
                    "the backup begins with " + first + ", and 'pgagent expire' has given up WAL from after it",
                    "Take the backup again. If a standby is backed up that is far behind, wait until it has caught up.");
        }
    }
}
