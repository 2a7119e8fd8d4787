package org.pgagent.backup;

import java.io.IOException;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.transfer.WalEnd;

/** Asks the server how far it has written WAL, one worker at a time. */
final class ServerWalEnd implements WalEnd {
    private final ServerConnection connection;
    private volatile Lsn known;

    ServerWalEnd(ServerConnection connection, Lsn start) {
        this.connection = connection;
        this.known = start;
    }

    @Override
    public Lsn known() {
        return known;
    }

    @Override
    public synchronized Lsn now() throws IOException {
        known = connection.currentWalInsertLsn();
        return known;
    }
}
