package org.pgagent.catalog;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.PackId;
import org.pgagent.transfer.LivePack;

/**
 * What a compaction comes to.
 *
 * @param packs what is to be written anew, with the chunks that somebody needs, in the order of their names
 * @param targets the backups whose manifests name them, oldest first
 * @param more whether there are further packs, for another compaction
 */
public record CompactionPlan(List<LivePack> packs, List<BackupRecords.Versioned> targets, boolean more) {
    public CompactionPlan {
        packs = List.copyOf(packs);
        targets = List.copyOf(targets);
    }

    /** Bytes that the packs have now. */
    public long storedBytes() {
        return packs.stream().mapToLong(LivePack::size).sum();
    }

    /** Bytes of it that somebody needs. */
    public long liveBytes() {
        return packs.stream().mapToLong(LivePack::liveBytes).sum();
    }

    /** The backups whose manifests are written anew. */
    public List<BackupRecord> backups() {
        return targets.stream().map(BackupRecords.Versioned::record).toList();
    }

    Map<PackId, LivePack> byId() {
        return packs.stream().collect(Collectors.toMap(LivePack::id, pack -> pack));
    }
}
