package org.pgagent.catalog;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.SegmentRanges;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalRange;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.WalArchive;

/**
 * Whether the archive still has the WAL without which a backup cannot become consistent. A record says what was so when the
 * backup ended; somebody may have deleted WAL since.
 */
public final class BackupWal {
    private final WalArchive archive;

    public BackupWal(WalArchive archive) {
        this.archive = archive;
    }

    /**
     * The first segment that is missing, by a fresh listing; empty also for a backup that is not complete itself. One request
     * for up to a thousand segments.
     */
    public Optional<WalSegment> firstMissing(BackupRecord backup) throws IOException {
        return backup.restorable() ? archive.firstMissing(segments(backup)) : Optional.empty();
    }

    /** The segments that are missing, as {@link #firstMissing} finds the first one; of any backup that was ever complete. */
    List<SegmentRange> missing(BackupRecord backup) throws IOException {
        WalArchive.Lookup lookup = archive.lookup();
        SegmentRanges missing = new SegmentRanges();
        for (WalSegment segment : segments(backup)) {
            if (!lookup.has(segment.fileName())) {
                missing.add(segment);
            }
        }
        return missing.all();
    }

    /** The segments that a recovery has to replay before the backup is consistent. */
    static List<WalSegment> segments(BackupRecord backup) {
        List<WalRange> wal = backup.stop().wal();
        if (wal.isEmpty()) {
            return List.of();
        }
        BackupRecord.Start start = backup.start();
        return TimelineHistory.along(wal)
                .segments(
                        start.lsn(),
                        start.timeline(),
                        backup.stop().lsn(),
                        new WalSegmentSize(backup.source().walSegmentSize()));
    }
}
