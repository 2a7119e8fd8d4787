package org.pgagent.catalog;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;

/**
 * Which backups to delete.
 *
 * @param ids those that are named
 * @param before besides, all that were complete by then and without which every point from then on can be recovered as before:
 *     on each timeline the newest of them that can be restored stays, and the newest without bad pages; pinned ones are not chosen
 */
public record RemovalChoice(Set<BackupId> ids, Optional<Instant> before) {
    public RemovalChoice {
        ids = Set.copyOf(ids);
    }

    /**
     * Those that are named.
     *
     * @param where whose backups they are, and where, for messages
     */
    List<BackupRecord> named(List<BackupRecord> all, String where) throws PgAgentException {
        Set<BackupId> unknown = new TreeSet<>(ids);
        all.forEach(backup -> unknown.remove(backup.id()));
        if (!unknown.isEmpty()) {
            throw new PgAgentException(
                    ErrorKind.NO_BACKUP,
                    "there is no backup " + unknown.iterator().next() + " of " + where,
                    "Run 'pgagent show' to see those that are there.");
        }
        return all.stream().filter(backup -> ids.contains(backup.id())).toList();
    }
}
