package org.pgagent.restore;

import java.util.List;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupRecord;

/**
 * Where a restore comes from: all that can be told of it without a directory to restore into.
 *
 * @param why this backup and no other, for people
 * @param history of the timeline that the recovery will follow
 * @param wal the WAL that the archive has for the recovery
 * @param content what the backup's manifest lists, all of which is there
 * @param warnings what somebody should look at before
 */
public record SourcePlan(
        BackupRecord backup,
        String why,
        RecoveryRequest recovery,
        TimelineHistory history,
        WalCoverage wal,
        RestorePlan.Content content,
        List<String> warnings) {
    public SourcePlan {
        warnings = List.copyOf(warnings);
    }

    /** How many bytes of WAL the server replays at most: all that there is from the backup's start on. */
    public long walBytesMax() {
        WalSegmentSize size = new WalSegmentSize(backup.source().walSegmentSize());
        return wal.end().value() - wal.first().number() * size.bytes();
    }
}
