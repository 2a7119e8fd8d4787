package org.pgagent.command;

import java.io.IOException;
import java.util.List;
import org.pgagent.postgres.ClusterState;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.ControlFileReader;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.ServerRun;
import org.pgagent.repository.WriterLease;
import org.pgagent.serve.AgentDirectory;
import org.pgagent.wal.ArchiveHealing;
import org.pgagent.wal.ArchiveStatistics;
import org.pgagent.wal.HealResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an agent sees to in an archive without being asked, as long as the server runs as a primary: its right to archive is
 * renewed, for a primary that writes nothing would look like a dead one, and what the archive has lost is stored again. For
 * one thread.
 */
final class ArchiveUpkeep {
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveUpkeep.class);

    /** The first round heals, and then every so many. */
    private static final int HEAL_EVERY_ROUNDS = 10;

    private final AgentDirectory directory;
    private final WriterLease lease;
    private final ArchiveHealing healing;
    private final ArchiveStatistics statistics;
    private List<SegmentRange> gapsTold = List.of();
    private int roundsToHeal;

    ArchiveUpkeep(AgentDirectory directory, WriterLease lease, ArchiveHealing healing, ArchiveStatistics statistics) {
        this.directory = directory;
        this.lease = lease;
        this.healing = healing;
        this.statistics = statistics;
    }

    /** Does what is due; may wait for the store. A failure is said in the log, and tried again the next time. */
    void run() {
        try {
            ControlFile own =
                    new ControlFileReader().read(directory.dataDirectory()).content();
            boolean runs = ServerRun.of(directory.dataDirectory()).isPresent();
            if (!runs || own.state() != ClusterState.IN_PRODUCTION) {
                return;
            }
            lease.require(own.timeline());
            if (roundsToHeal-- <= 0) {
                tell(healing.heal());
                roundsToHeal = HEAL_EVERY_ROUNDS - 1;
            }
        } catch (IOException e) {
            LOG.warn("the archive could not be looked after, trying again later: {}", e.getMessage());
        }
    }

    private void tell(HealResult result) {
        result.healed().forEach(file -> LOG.warn("the archive had lost a file, stored it again: {}", file));
        result.refused()
                .forEach(file -> LOG.warn(
                        "the archive lacks a file that cannot be stored: {}: {}",
                        file.file(),
                        file.reason().getMessage()));
        statistics.seen(result);
        if (result.looked() && !result.open().equals(gapsTold)) {
            gapsTold = result.open();
            if (!gapsTold.isEmpty()) {
                LOG.warn(
                        "WAL is missing in the archive and in pg_wal, no restore passes it; take a backup now: {}",
                        gapsTold);
            }
        }
    }
}
