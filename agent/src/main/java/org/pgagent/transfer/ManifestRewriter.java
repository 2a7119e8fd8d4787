package org.pgagent.transfer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.FileContent;
import org.pgagent.repository.ManifestEntry;
import org.pgagent.repository.ManifestSum;
import org.pgagent.repository.ManifestTrailer;
import org.pgagent.repository.ManifestWriter;
import org.pgagent.repository.Manifests;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PackNeeds;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.storage.ObjectStore;

/** Writes manifests anew in which chunks have moved from some packs into others; nothing else in them changes. */
public final class ManifestRewriter {
    private final ObjectStore store;
    private final ClusterKeys keys;
    private final Manifests manifests;
    private final Map<PackId, LivePack> moved;
    private final PartSenders senders;

    /** @param senders the caller's */
    public ManifestRewriter(ObjectStore store, ClusterKeys keys, Map<PackId, LivePack> moved, PartSenders senders) {
        this.store = store;
        this.keys = keys;
        this.manifests = new Manifests(store, keys);
        this.moved = Map.copyOf(moved);
        this.senders = senders;
    }

    /**
     * Writes the manifest of a backup beside the one that it has.
     *
     * @param compaction gives the object its name
     * @return what the backup's record will be when it names the new one
     */
    public BackupRecord rewrite(BackupRecord record, BackupId compaction) throws IOException {
        PackNeeds needs = new PackNeeds(record.id());
        ObjectSink object = new ObjectSink(store, keys.manifest(record.id(), Optional.of(compaction)), senders);
        try (Manifests.Open old = manifests.open(record)) {
            ManifestWriter manifest = new ManifestWriter(object);
            for (Optional<ManifestEntry> entry = old.next(); entry.isPresent(); entry = old.next()) {
                manifest.write(moved(entry.get(), needs));
            }
            ManifestTrailer trailer = old.trailer();
            BackupRecord then = trailer.record();
            manifest.complete(new ManifestTrailer(
                    then.withContent(then.totals(), then.packs(), needs.list()),
                    trailer.backupLabel(),
                    trailer.tablespaceMap(),
                    trailer.badPages()));
            ManifestSum sum = object.complete();
            return record.rewritten(new ManifestSum(sum.size(), sum.sha256(), compaction), needs.list());
        } finally {
            object.abort();
        }
    }

    private ManifestEntry moved(ManifestEntry entry, PackNeeds needs) throws IOException {
        if (!(entry instanceof ManifestEntry.RegularFile file)) {
            return entry;
        }
        List<PlacedChunk> chunks = new ArrayList<>();
        for (PlacedChunk chunk : file.content().chunks()) {
            LivePack pack = moved.get(chunk.pack());
            PlacedChunk now = pack == null ? chunk : pack.moved(chunk);
            needs.add(now);
            chunks.add(now);
        }
        return new ManifestEntry.RegularFile(
                file.path(),
                file.mode(),
                file.modifiedAt(),
                file.crc32c(),
                new FileContent(file.size(), chunks),
                file.linkedTo());
    }
}
