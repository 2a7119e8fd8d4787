package org.pgagent.wal;

import java.io.IOException;
import java.nio.file.Path;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The spool of an agent, a part for each repository, for in two of them files of one name may have other bytes. Made when the
 * first part is asked for: storing WAL needs none, and must go on where the file system has no room for one. Thread-safe.
 */
public final class SpoolParts {
    private static final Logger LOG = LoggerFactory.getLogger(SpoolParts.class);

    private final Path directory;
    private Spool whole;
    private int parts;

    /** Removes what an earlier process has left in the directory, which only one may use. */
    public SpoolParts(Path directory) {
        this.directory = directory;
        try {
            Spool.clear(directory);
        } catch (IOException e) {
            LOG.warn("what is left of an earlier spool cannot be removed: {}", FileSystemReason.of(e));
        }
    }

    /** One that is empty, and nobody else's. */
    public synchronized Spool next() throws PgAgentException {
        if (whole == null) {
            whole = Spool.open(directory);
        }
        Spool part = Spool.open(whole.file(Integer.toString(parts)));
        parts++;
        return part;
    }
}
