package org.pgagent.transfer;

import java.io.IOException;
import org.pgagent.postgres.Lsn;

/** How far the running server has written WAL. Thread-safe. */
public interface WalEnd {
    /** A position that was reached some time ago; costs nothing. */
    Lsn known();

    /** Asks the server. */
    Lsn now() throws IOException;
}
