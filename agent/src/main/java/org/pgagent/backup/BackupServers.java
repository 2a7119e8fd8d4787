package org.pgagent.backup;

import java.nio.file.Path;
import java.util.Optional;
import org.pgagent.postgres.session.ServerConnection;

/**
 * The servers of a backup. If a connection breaks, the backup is void.
 *
 * @param copied whose data directory is read: a primary, or a standby
 * @param dataDirectory its own, on this host
 * @param primary where the backup is started and stopped, if that is not {@code copied} itself but the primary of that
 */
public record BackupServers(ServerConnection copied, Path dataDirectory, Optional<ServerConnection> primary) {
    /** One server does it all. */
    public static BackupServers alone(ServerConnection server, Path dataDirectory) {
        return new BackupServers(server, dataDirectory, Optional.empty());
    }
}
