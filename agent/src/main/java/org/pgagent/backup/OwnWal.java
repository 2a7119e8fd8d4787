package org.pgagent.backup;

import java.io.IOException;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.WalObjectHeader;

/** What can be told of the WAL segments of the server that is backed up, to know them from another server's. */
interface OwnWal {
    /** Whether somebody has finished a segment and is not known to have archived it yet. */
    boolean awaitsArchiving(WalSegment segment) throws IOException;

    /** Whether an archive file can be this server's segment; certain only as long as the server has the whole segment. */
    boolean canBe(WalSegment segment, WalObjectHeader stored) throws IOException;
}
