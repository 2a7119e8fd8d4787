package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Files;
import org.pgagent.postgres.ClusterState;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.ControlFileReader;
import org.pgagent.repository.WriterLease;
import org.pgagent.serve.AgentDirectory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an agent sees to in an archive without being asked: as long as the server runs as a primary, its right to archive is
 * renewed, for a primary that writes nothing would look like a dead one. For one thread.
 */
final class ArchiveUpkeep {
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveUpkeep.class);

    private final AgentDirectory directory;
    private final WriterLease lease;

    ArchiveUpkeep(AgentDirectory directory, WriterLease lease) {
        this.directory = directory;
        this.lease = lease;
    }

    /** Does what is due; may wait for the store. A failure is said in the log, and tried again the next time. */
    void run() {
        try {
            ControlFile own =
                    new ControlFileReader().read(directory.dataDirectory()).content();
            boolean runs = Files.exists(directory.dataDirectory().resolve("postmaster.pid"));
            if (runs && own.state() == ClusterState.IN_PRODUCTION) {
                lease.require(own.timeline());
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("the archive could not be looked after, trying again later: {}", e.getMessage());
        }
    }
}
