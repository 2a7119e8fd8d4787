package org.pgagent.catalog;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.pgagent.error.Cancellation;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the packs of deleted backups of which others need little. What the records say of needs leaves out most; the manifests
 * of those who need the rest say which chunks it is. Reads only.
 */
final class CompactionPlanner {
    /** 40 bytes of memory for each: half a TiB in chunks of the usual size. */
    private static final int CHUNKS_MAX = 500_000;

    private static final Logger LOG = LoggerFactory.getLogger(CompactionPlanner.class);

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final BackupHoldings holdings;
    private final Cancellation cancellation;

    CompactionPlanner(ObjectStore store, ClusterKeys keys, BackupHoldings holdings, Cancellation cancellation) {
        this.store = store;
        this.keys = keys;
        this.holdings = holdings;
        this.cancellation = cancellation;
    }

    /** @param livePercentMax what is needed of a pack, at most, for it to be written anew */
    CompactionPlan plan(int livePercentMax) throws IOException {
        Iterator<Candidate> candidates = candidates(livePercentMax).iterator();
        List<LivePack> chosen = List.of();
        while (chosen.isEmpty() && candidates.hasNext()) {
            Map<PackId, LivePack> packs = read(candidates);
            markNeeded(packs, needing(packs.keySet()));
            chosen = packs.values().stream()
                    .filter(pack -> isLittle(pack.liveBytes(), pack.size(), livePercentMax))
                    .toList();
        }
        Set<PackId> ids = chosen.stream().map(LivePack::id).collect(Collectors.toSet());
        return new CompactionPlan(chosen, needing(ids), candidates.hasNext());
    }

    /** A pack of which each backup that needs it needs little. */
    private record Candidate(PackId id, long size) {}

    private List<Candidate> candidates(int livePercentMax) {
        List<BackupRecord> records = holdings.records();
        Set<PackId> fixed = fixed(records);
        Map<PackId, Long> most = most(records);
        List<Candidate> candidates = new ArrayList<>();
        for (BackupRecord record : records) {
            if (record.state() == BackupState.DELETED) {
                for (ObjectInfo object : holdings.content(record.id())) {
                    PackId.find(record.id(), object.key())
                            .filter(id -> most.containsKey(id) && !fixed.contains(id))
                            .filter(id -> isLittle(most.get(id), object.sizeBytes(), livePercentMax))
                            .ifPresent(id -> candidates.add(new Candidate(id, object.sizeBytes())));
                }
            }
        }
        return candidates;
    }

    /** Reads what the next ones have, as many as memory allows. */
    private Map<PackId, LivePack> read(Iterator<Candidate> candidates) throws IOException {
        Map<PackId, LivePack> packs = new TreeMap<>();
        for (int chunks = 0; chunks < CHUNKS_MAX && candidates.hasNext(); ) {
            Candidate next = candidates.next();
            Optional<LivePack> pack = LivePack.read(store, keys, next.id(), next.size());
            if (pack.isPresent()) {
                packs.put(next.id(), pack.get());
                chunks += pack.get().chunks();
            }
        }
        return packs;
    }

    /** Packs that manifests name which are not written anew now: damaged, replaced, or read by a backup that runs. */
    private Set<PackId> fixed(List<BackupRecord> records) {
        Set<PackId> fixed = new HashSet<>();
        for (BackupRecord record : records) {
            if (!isTarget(record) || holdings.isBuiltOn(record.id())) {
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
            if (isTarget(record)) {
                record.needsOfOthers().forEach(need -> most.merge(need.pack(), need.storedBytes(), Math::max));
            }
        }
        return most;
    }

    /** One that is not validated yet is still its writer's to change. */
    private static boolean isTarget(BackupRecord record) {
        return record.state() == BackupState.OK;
    }

    private static boolean isLittle(long liveBytes, long size, int livePercentMax) {
        return liveBytes <= size * (livePercentMax / 100.0);
    }

    private List<BackupRecords.Versioned> needing(Set<PackId> packs) {
        List<BackupRecords.Versioned> needing = new ArrayList<>();
        for (BackupRecords.Versioned backup : holdings.backups()) {
            BackupRecord record = backup.record();
            if (isTarget(record) && record.needsOfOthers().stream().anyMatch(need -> packs.contains(need.pack()))) {
                needing.add(backup);
            }
        }
        return needing;
    }

    private void markNeeded(Map<PackId, LivePack> packs, List<BackupRecords.Versioned> needing) throws IOException {
        Manifests manifests = new Manifests(store, keys);
        for (BackupRecords.Versioned backup : needing) {
            manifests.read(backup.record(), entry -> {
                cancellation.check();
                if (entry instanceof ManifestEntry.RegularFile file) {
                    for (PlacedChunk chunk : file.content().chunks()) {
                        LivePack pack = packs.get(chunk.pack());
                        if (pack != null && !pack.need(chunk)) {
                            LOG.warn(
                                    "a pack is left as it is: it does not say that it has what a backup needs of it pack={} backup={}",
                                    pack.id(),
                                    backup.record().id());
                            packs.remove(pack.id());
                        }
                    }
                }
            });
        }
    }
}
