package org.pgagent.catalog;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
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
        if (!backup.restorable()) {
            return Optional.empty();
        }
        return archive.firstMissing(segments(backup));
    }

    /** The segments, each under the timeline whose file a recovery reads. */
    private List<WalSegment> segments(BackupRecord backup) throws IOException {
        List<WalRange> ranges = backup.stop().wal();
        if (ranges.isEmpty()) {
            return List.of();
        }
        WalRange first = ranges.get(0);
        WalRange last = ranges.get(ranges.size() - 1);
        TimelineHistory unknown = TimelineHistory.withoutAncestors(last.timeline());
        TimelineHistory history = first.timeline().equals(last.timeline())
                ? unknown
                : archive.history(last.timeline()).orElse(unknown);
        if (!history.contains(first.timeline(), first.start())) {
            history = TimelineHistory.withoutAncestors(first.timeline()); // what is known to be missing will be told
        }
        return history.segments(
                first.start(),
                first.timeline(),
                last.end(),
                new WalSegmentSize(backup.source().walSegmentSize()));
    }
}
