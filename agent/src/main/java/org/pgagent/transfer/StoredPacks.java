package org.pgagent.transfer;

import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectStore;

/** The packs of a cluster's backups that are in the store, and their sizes, as a listing found them. Never changes. */
public final class StoredPacks {
    private final ClusterKeys keys;
    private final Map<String, ObjectInfo> packs = new HashMap<>();

    private StoredPacks(ClusterKeys keys) {
        this.keys = keys;
    }

    /** Lists the packs of all backups: one request for each thousand. */
    public static StoredPacks list(ObjectStore store, ClusterKeys keys) throws IOException {
        return list(store, keys, keys.backupsPrefix());
    }

    /** Lists the packs of one backup. */
    public static StoredPacks list(ObjectStore store, ClusterKeys keys, BackupId backup) throws IOException {
        return list(store, keys, keys.packsPrefix(backup));
    }

    private static StoredPacks list(ObjectStore store, ClusterKeys keys, String prefix) throws IOException {
        StoredPacks stored = new StoredPacks(keys);
        store.forEachPage(
                prefix,
                ListDepth.ALL,
                page -> page.objects().stream()
                        .filter(object -> object.key().value().endsWith(".pack"))
                        .forEach(object -> stored.packs.put(object.key().value(), object)));
        return stored;
    }

    /** None at all. */
    public static StoredPacks none() {
        return new StoredPacks(new ClusterKeys(new ClusterName("none")));
    }

    /** The size of a pack in bytes; empty if there is none. */
    public OptionalLong size(PackId pack) {
        ObjectInfo object = packs.get(keys.pack(pack).value());
        return object == null ? OptionalLong.empty() : OptionalLong.of(object.sizeBytes());
    }

    /** Whether all that a complete backup needs is there with its size, its own packs and those of others. */
    public boolean haveAll(BackupRecord record) {
        return record.packs().stream()
                        .allMatch(pack -> size(pack.of(record.id())).orElse(-1) == pack.size())
                && record.needsOfOthers().stream()
                        .allMatch(need -> size(need.pack()).orElse(-1) >= need.end());
    }

    /** All of them, in the order of their keys. */
    List<ObjectInfo> objects() {
        return packs.values().stream()
                .sorted(Comparator.comparing(object -> object.key().value()))
                .toList();
    }

    /** Whether all of a chunk lies within a pack that is there. */
    boolean have(PlacedChunk chunk) {
        return chunk.packEnd() <= size(chunk.pack()).orElse(-1);
    }
}
