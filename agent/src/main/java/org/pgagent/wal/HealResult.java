package org.pgagent.wal;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.SegmentRange;

/**
 * What a round of healing came to.
 *
 * @param looked whether the archive was looked at: not where this server has no say in it, nor as long as nothing in {@code
 *     pg_wal} shows that its timeline is archived
 * @param healed the files that the archive lacked and has now
 * @param refused the files that it lacks still although the server has them
 * @param found the gaps that were noted in this round
 * @param open what is missing after the start of the newest backup: the archive has no window up to now until the next backup;
 *     empty where that cannot be judged, for the archive has another server's WAL on this timeline
 * @param lastBackup when the newest backup on the server's history was complete; empty if there is none
 */
public record HealResult(
        boolean looked,
        List<String> healed,
        List<Refused> refused,
        List<SegmentRange> found,
        Optional<List<SegmentRange>> open,
        Optional<Instant> lastBackup) {
    static final HealResult NOT_LOOKED =
            new HealResult(false, List.of(), List.of(), List.of(), Optional.empty(), Optional.empty());

    /** A file that could not be stored, and why. */
    public record Refused(String file, PgAgentException reason) {}

    public HealResult {
        healed = List.copyOf(healed);
        refused = List.copyOf(refused);
        found = List.copyOf(found);
        open = open.map(List::copyOf);
    }
}
