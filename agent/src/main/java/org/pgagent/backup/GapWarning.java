package org.pgagent.backup;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.WalArchive;
import org.pgagent.repository.WalGaps;
import org.pgagent.storage.ObjectStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells before a backup that the archive has a gap, for which this backup is the cure. */
final class GapWarning {
    private static final Logger LOG = LoggerFactory.getLogger(GapWarning.class);

    private final BackupRecords records;
    private final WalArchive archive;
    private final WalGaps gaps;

    GapWarning(ObjectStore store, ClusterKeys keys) {
        this.records = new BackupRecords(store, keys);
        this.archive = new WalArchive(store, keys);
        this.gaps = new WalGaps(store, keys);
    }

    /** Looks for noted gaps after the newest backup on the server's history. */
    void tell(Timeline timeline, WalSegmentSize size) throws IOException {
        TimelineHistory history = archive.history(timeline).orElse(TimelineHistory.withoutAncestors(timeline));
        List<BackupId> ids = records.ids();
        Collections.reverse(ids);
        Optional<BackupRecord> newest = records.first(ids, backup -> backup.restorable() && backup.liesOn(history));
        if (newest.isEmpty()) {
            return;
        }
        List<SegmentRange> open = gaps.openSince(newest.get().start().lsn(), history, size);
        if (!open.isEmpty()) {
            LOG.warn(
                    "WAL is missing in the archive after the newest backup: this backup begins a new recovery window, and"
                            + " restores to points from the gap to its end are not possible newest_backup={}"
                            + " gap_begins={} first_missing={} last_missing={}",
                    newest.get().id(),
                    open.get(0).first().start(),
                    open.get(0).first(),
                    open.get(open.size() - 1).last());
        }
    }
}
