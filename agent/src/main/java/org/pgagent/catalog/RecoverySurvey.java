package org.pgagent.catalog;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ExpiredWal;
import org.pgagent.repository.ExpiredWalNote;
import org.pgagent.repository.WalArchive;
import org.pgagent.repository.WalGaps;
import org.pgagent.storage.ObjectStore;

/**
 * What a whole archive has, what it lacks, and what can be recovered with it.
 *
 * @param inventory the WAL of each timeline
 * @param noted the gaps that somebody has noted
 * @param gaps all that is missing
 * @param windows what can be recovered from each backup, newest backup first
 * @param withoutWal the backups that cannot be restored, because their own WAL is not there
 */
public record RecoverySurvey(
        WalInventory inventory,
        List<SegmentRange> noted,
        List<SegmentRange> gaps,
        List<RecoveryWindow> windows,
        List<BackupId> withoutWal) {
    public RecoverySurvey {
        noted = List.copyOf(noted);
        gaps = List.copyOf(gaps);
        windows = List.copyOf(windows);
        withoutWal = List.copyOf(withoutWal);
    }

    /**
     * Lists the whole archive: one request for each thousand files.
     *
     * @param backups oldest first
     */
    public static RecoverySurvey make(
            ObjectStore store, ClusterKeys keys, WalSegmentSize size, List<BackupRecord> backups) throws IOException {
        WalInventory inventory = new WalSurvey(new WalArchive(store, keys), size).survey();
        List<SegmentRange> noted = new WalGaps(store, keys).recorded(size);
        ExpiredWal expired = new ExpiredWalNote(store, keys).read();
        List<SegmentRange> gaps = inventory.gaps(noted, expired);
        RecoveryWindows windowsOf = new RecoveryWindows(inventory, gaps, expired);
        List<RecoveryWindow> windows = new ArrayList<>();
        List<BackupId> withoutWal = new ArrayList<>();
        List<BackupRecord> newestFirst = new ArrayList<>(backups);
        Collections.reverse(newestFirst);
        for (BackupRecord backup : newestFirst) {
            List<RecoveryWindow> own = windowsOf.of(backup);
            windows.addAll(own);
            if (own.isEmpty() && backup.restorable()) {
                withoutWal.add(backup.id());
            }
        }
        return new RecoverySurvey(inventory, noted, gaps, windows, withoutWal);
    }
}
