package org.pgagent.backup;

import java.io.IOException;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.repository.WalObjectHeader;

/**
 * The {@code pg_wal} of a standby: what it has received whole are the primary's own bytes, and what the primary has archived
 * it does not know.
 *
 * @param acknowledged whether the primary's archive_command has succeeded with a segment, or nobody can say
 */
record StandbyWal(SourceWal received, ServerConnection standby, Acknowledged acknowledged) implements OwnWal {
    /** Says it of a segment. */
    @FunctionalInterface
    interface Acknowledged {
        boolean has(WalSegment segment) throws IOException;
    }

    @Override
    public boolean awaitsArchiving(WalSegment segment) throws IOException {
        return !acknowledged.has(segment);
    }

    @Override
    public boolean canBe(WalSegment segment, WalObjectHeader stored) throws IOException {
        Lsn end = standby.currentWalInsertLsn();
        return end.isBefore(segment.end()) ? received.isOfCluster(segment, stored) : received.canBe(segment, stored);
    }
}
