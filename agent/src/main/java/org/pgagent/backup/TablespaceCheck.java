package org.pgagent.backup;

import java.util.List;
import java.util.Set;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.session.Tablespace;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a backup has every tablespace that it must have: those that the server had from before the backup to its end. One
 * that was created meanwhile comes back with the WAL, and one that was dropped goes with it.
 *
 * @param before what the server listed before the copy
 * @param copied the oids of those whose directory was found and copied
 */
record TablespaceCheck(List<Tablespace> before, Set<Long> copied) {
    private static final Logger LOG = LoggerFactory.getLogger(TablespaceCheck.class);

    /**
     * Compares.
     *
     * @param after what the server lists after the backup
     * @throws PgAgentException of kind LOCAL_IO if one is not in the backup, as when its file system is not mounted
     */
    void atEnd(List<Tablespace> after) throws PgAgentException {
        for (Tablespace tablespace : after) {
            if (before.contains(tablespace) && !copied.contains(tablespace.oid())) {
                throw new PgAgentException(
                        ErrorKind.LOCAL_IO,
                        "tablespace " + tablespace.oid() + " was not there to be copied: the server lists it at "
                                + tablespace.location() + ", but that has no directory of this cluster",
                        "See that its file system is mounted there and can be read, or drop the tablespace; then take the"
                                + " backup again.");
            }
        }
        List<String> created = after.stream()
                .filter(tablespace -> !before.contains(tablespace))
                .map(Tablespace::location)
                .toList();
        if (!created.isEmpty()) {
            LOG.warn(
                    "tablespaces were created during the backup; a recovery makes them at their original paths, and ends if these"
                            + " directories are missing there={}",
                    created);
        }
    }
}
