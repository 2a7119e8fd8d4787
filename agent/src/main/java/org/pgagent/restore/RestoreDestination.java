package org.pgagent.restore;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a cluster is put, as asked for.
 *
 * @param dataDirectory absolute
 * @param walDirectory absolute; {@code pg_wal} becomes a link to it. Empty: {@code pg_wal} is a directory
 * @param owner to whom the files shall belong; empty: to the user that pgagent runs as
 */
public record RestoreDestination(
        Path dataDirectory, TablespaceMapping tablespaces, Optional<Path> walDirectory, Optional<FileOwner> owner) {
    public RestoreDestination {
        dataDirectory = absolute(dataDirectory);
        walDirectory = walDirectory.map(RestoreDestination::absolute);
    }

    private static Path absolute(Path path) {
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException("not an absolute path: '" + path + "' (a good one: /srv/pgdata)");
        }
        return path.normalize();
    }
}
