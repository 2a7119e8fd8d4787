package org.pgagent.catalog;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ManifestEntry;
import org.pgagent.repository.Manifests;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectStore;
import org.pgagent.transfer.LivePack;

/**
 * Finds the packs of deleted backups of which others need little. What the records say of needs leaves out most; the manifests
 * of those who need the rest say which chunks it is. Reads only.
 */
final class CompactionPlanner {
    /** 40 bytes of memory for each: half a TiB in chunks of the usual size. */
    private static final int CHUNKS_MAX = 500_000;

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final BackupHoldings holdings;

    CompactionPlanner(ObjectStore store, ClusterKeys keys, BackupHoldings holdings) {
        this.store = store;
        this.keys = keys;
        this.holdings = holdings;
    }

    /** @param livePercentMax what is needed of a pack, at most, for it to be written anew */
    CompactionPlan plan(int livePercentMax) throws IOException {
        Map<PackId, LivePack> candidates = new TreeMap<>();
        boolean more = false;
        int chunks = 0;
        List<BackupRecord> records = holdings.records();
        Set<PackId> fixed = fixed(records);
        Map<PackId, Long> most = most(records);
        for (BackupRecord record : records) {
            if (record.state() != BackupState.DELETED) {
                continue;
            }
            for (ObjectInfo object : holdings.content(record.id())) {
                Optional<PackId> id = PackId.find(record.id(), object.key());
                if (id.isEmpty()
                        || fixed.contains(id.get())
                        || !most.containsKey(id.get())
                        || !isLittle(most.get(id.get()), object.sizeBytes(), livePercentMax)) {
                    continue;
                }
                if (chunks >= CHUNKS_MAX) {
                    more = true;
                    break;
                }
                Optional<LivePack> pack = LivePack.read(store, keys, id.get(), object.sizeBytes());
                if (pack.isPresent()) {
                    candidates.put(id.get(), pack.get());
                    chunks += pack.get().chunks();
                }
            }
        }
        List<BackupRecords.Versioned> needing = needing(candidates.keySet());
        markNeeded(candidates, needing);
        List<LivePack> packs = candidates.values().stream()
                .filter(pack -> isLittle(pack.liveBytes(), pack.size(), livePercentMax))
                .toList();
        Set<PackId> chosen = new HashSet<>();
        packs.forEach(pack -> chosen.add(pack.id()));
        return new CompactionPlan(packs, needing(chosen), more);
    }

    /** Packs that manifests name which are not written anew now: damaged, replaced, or read by a backup that runs. */
    private Set<PackId> fixed(List<BackupRecord> records) {
        Set<PackId> fixed = new HashSet<>();
        for (BackupRecord record : records) {
            if (!record.restorable() || holdings.isBuiltOn(record.id())) {
                if (record.state() != BackupState.DELETED && record.state() != BackupState.ERROR) {
                    fixed.addAll(record.neededPacks());
                }
            } else {
                record.replacedManifests().forEach(old -> old.packs().forEach(fixed::add));
            }
        }
        return fixed;
    }

    /** Of each pack that is needed, how much the backup needs that needs most of it. */
    private Map<PackId, Long> most(List<BackupRecord> records) {
        Map<PackId, Long> most = new HashMap<>();
        for (BackupRecord record : records) {
            if (record.restorable()) {
                record.needsOfOthers().forEach(need -> most.merge(need.pack(), need.storedBytes(), Math::max));
            }
        }
        return most;
    }

    private static boolean isLittle(long liveBytes, long size, int livePercentMax) {
        return liveBytes <= size * (livePercentMax / 100.0);
    }

    private List<BackupRecords.Versioned> needing(Set<PackId> packs) {
        List<BackupRecords.Versioned> needing = new ArrayList<>();
        for (BackupRecords.Versioned backup : holdings.backups()) {
            BackupRecord record = backup.record();
            if (record.restorable() && record.needsOfOthers().stream().anyMatch(need -> packs.contains(need.pack()))) {
                needing.add(backup);
            }
        }
        return needing;
    }

    private void markNeeded(Map<PackId, LivePack> packs, List<BackupRecords.Versioned> needing) throws IOException {
        Manifests manifests = new Manifests(store, keys);
        for (BackupRecords.Versioned backup : needing) {
            manifests.read(backup.record(), entry -> {
                if (entry instanceof ManifestEntry.RegularFile file) {
                    for (PlacedChunk chunk : file.content().chunks()) {
                        LivePack pack = packs.get(chunk.pack());
                        if (pack != null) {
                            pack.need(chunk);
                        }
                    }
                }
            });
        }
    }
}
