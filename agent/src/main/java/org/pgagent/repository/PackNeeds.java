package org.pgagent.repository;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Adds up what a backup needs of other backups' packs. Not thread-safe. */
public final class PackNeeds {
    private final BackupId backup;
    private final Map<PackId, BackupRecord.Need> needs = new HashMap<>();

    /** @param backup whose own packs do not count */
    public PackNeeds(BackupId backup) {
        this.backup = backup;
    }

    public void add(PlacedChunk chunk) {
        if (!chunk.pack().backup().equals(backup)) {
            long bytes = chunk.chunk().storedSize();
            needs.merge(
                    chunk.pack(), new BackupRecord.Need(chunk.pack(), bytes, chunk.packEnd()), BackupRecord.Need::and);
        }
    }

    /** As a record says it: in the order of the packs; null if that is nothing. */
    public List<BackupRecord.Need> list() {
        return needs.isEmpty()
                ? null
                : needs.values().stream()
                        .sorted(Comparator.comparing(BackupRecord.Need::pack))
                        .toList();
    }
}
