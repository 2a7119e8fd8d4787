package org.pgagent.command;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;
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

    /** The first round heals, or the first one in which that is possible, and then every so many. */
    private static final int HEAL_EVERY_ROUNDS = 10;

    private final AgentDirectory directory;
    private final WriterLease lease;
    private final ArchiveHealing healing;
    private final ArchiveStatistics statistics;
    private Set<SegmentRange> openBefore = Set.of();
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
                HealResult result = healing.heal();
                tell(result);
                roundsToHeal = result.looked() ? HEAL_EVERY_ROUNDS - 1 : 0;
            }
        } catch (IOException e) {
            LOG.warn("the archive could not be looked after, trying again later: {}", e.getMessage());
        }
    }

    private void tell(HealResult result) {
        if (!result.healed().isEmpty()) {
            LOG.warn(
                    "the archive lacked files that pg_wal still has, they are stored again: files={} first={}",
                    result.healed().size(),
                    result.healed().get(0));
        }
        if (!result.refused().isEmpty()) {
            HealResult.Refused first = result.refused().get(0);
            LOG.warn(
                    "the archive lacks files that it does not take: files={} first={} reason='{}'",
                    result.refused().size(),
                    first.file(),
                    first.reason().getMessage());
        }
        statistics.seen(result);
        Set<SegmentRange> untold = new LinkedHashSet<>(result.found());
        result.open().ifPresent(open -> {
            untold.addAll(open);
            untold.removeAll(openBefore);
            openBefore = Set.copyOf(open);
        });
        untold.forEach(gap -> LOG.warn(
                "WAL is missing in the archive and gone from pg_wal, nothing after it can be recovered until the next"
                        + " backup; take one now: first={} last={}",
                gap.first(),
                gap.last()));
    }
}
