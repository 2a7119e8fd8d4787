package org.pgagent.transfer;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectStore;

/** The packs of a cluster's backups that are in the store, and their sizes, as a listing found them. Never changes. */
public final class StoredPacks {
    private final ClusterKeys keys;
    private final Map<String, Long> sizes = new HashMap<>();

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
                        .forEach(object -> stored.sizes.put(object.key().value(), object.sizeBytes())));
        return stored;
    }

    /** None at all. */
    public static StoredPacks none() {
        return new StoredPacks(new ClusterKeys(new ClusterName("none")));
    }

    /** The size of a pack in bytes; empty if there is none. */
    public OptionalLong size(PackId pack) {
        Long size = sizes.get(keys.pack(pack).value());
        return size == null ? OptionalLong.empty() : OptionalLong.of(size);
    }

    /** Whether all that a complete backup needs is there with its size, its own packs and those of others. */
    public boolean haveAll(BackupRecord record) {
        return record.packs().stream()
                        .allMatch(pack -> size(pack.of(record.id())).orElse(-1) == pack.size())
                && record.needsOfOthers().stream()
                        .allMatch(need -> size(need.pack()).orElse(-1) >= need.end());
    }

    /** The sizes of all of them, in the order of their keys. */
    SortedMap<String, Long> inOrder() {
        return new TreeMap<>(sizes);
    }

    /** Whether all of a chunk lies within a pack that is there. */
    boolean have(PlacedChunk chunk) {
        return chunk.packEnd() <= size(chunk.pack()).orElse(-1);
    }
}
