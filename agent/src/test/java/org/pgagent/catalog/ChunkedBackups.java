package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.pgagent.chunk.ChunkDecoder;
import org.pgagent.chunk.ChunkEncoder;
import org.pgagent.chunk.Compression;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalRange;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupSource;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.FileContent;
import org.pgagent.repository.ManifestEntry;
import org.pgagent.repository.ManifestTrailer;
import org.pgagent.repository.ManifestWriter;
import org.pgagent.repository.Manifests;
import org.pgagent.repository.PackNeeds;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ObjectStore;
import org.pgagent.transfer.AbandonedChunks;
import org.pgagent.transfer.ObjectSink;
import org.pgagent.transfer.PackLimits;
import org.pgagent.transfer.PackSeries;
import org.pgagent.transfer.PackWriter;
import org.pgagent.transfer.PartSenders;

/** Backups with real packs and manifests of files of one chunk each, and what must come back of them. */
final class ChunkedBackups {
    private final ClusterKeys keys;
    private final int chunkBytes;
    private final Random random = new Random(7);
    private BackupSource source;
    private WalRange wal;

    /** Of each backup its files by name, each as it is in the source. */
    private final Map<BackupId, Map<String, byte[]>> contents = new HashMap<>();

    ChunkedBackups(ClusterKeys keys, int chunkBytes) {
        this.keys = keys;
        this.chunkBytes = chunkBytes;
    }

    /** Backups of this cluster, which need this WAL. */
    ChunkedBackups of(BackupSource cluster, WalRange needed) {
        source = cluster;
        wal = needed;
        return this;
    }

    /** What a manifest says of the chunks of some files. */
    static Map<String, PlacedChunk> chunks(ObjectStore store, ClusterKeys keys, BackupRecord record)
            throws IOException {
        Map<String, PlacedChunk> chunks = new LinkedHashMap<>();
        new Manifests(store, keys).read(record, entry -> {
            ManifestEntry.RegularFile file = (ManifestEntry.RegularFile) entry;
            chunks.put(file.path().toString(), file.content().chunks().get(0));
        });
        return chunks;
    }

    /**
     * Ends a backup whose record is there.
     *
     * @param parent its files, where they are; those that are not new stay there
     * @param fresh the files that are stored anew
     */
    void finish(ObjectStore store, BackupRecords.Versioned own, Map<String, PlacedChunk> parent, List<String> fresh)
            throws IOException {
        BackupId id = own.record().id();
        Map<String, byte[]> content = new LinkedHashMap<>();
        Optional.ofNullable(own.record().parent()).ifPresent(from -> content.putAll(contents.get(from.id())));
        try (PartSenders senders = new PartSenders(2, PackLimits.DEFAULT.partSizeBytes())) {
            PackSeries series = new PackSeries(store, keys, id, senders, AbandonedChunks.none());
            Map<String, PlacedChunk> chunks = new LinkedHashMap<>(parent);
            try (PackWriter packs = new PackWriter(series, PackLimits.DEFAULT)) {
                for (String file : fresh) {
                    byte[] bytes = new byte[chunkBytes];
                    random.nextBytes(bytes);
                    content.put(file, bytes);
                    chunks.put(file, write(packs, bytes));
                }
                packs.complete();
            }
            contents.put(id, content);
            publish(store, own, chunks, series.stored(), senders);
        }
    }

    private static PlacedChunk write(PackWriter packs, byte[] bytes) throws IOException {
        try (ChunkEncoder encoder = new ChunkEncoder(Compression.parse("lz4"))) {
            ByteBuffer stored = ByteBuffer.allocate(ChunkEncoder.storedSizeMax(bytes.length));
            StoredChunk chunk = encoder.encode(ByteBuffer.wrap(bytes), stored);
            PackWriter.Position position =
                    packs.append(chunk, stored.position(0).limit(chunk.storedSize()));
            return PlacedChunk.stretch(position.pack(), position.offset(), chunk, 0);
        }
    }

    private void publish(
            ObjectStore store,
            BackupRecords.Versioned own,
            Map<String, PlacedChunk> chunks,
            List<BackupRecord.Pack> packs,
            PartSenders senders)
            throws IOException {
        BackupId id = own.record().id();
        PackNeeds needs = new PackNeeds(id);
        chunks.values().forEach(needs::add);
        BackupRecord complete = needing(RemovalTestCase.complete(own.record(), new Timeline(1), 0))
                .withContent(null, packs, needs.list());
        ObjectSink object = new ObjectSink(store, keys.manifest(id), senders);
        ManifestWriter manifest = new ManifestWriter(object);
        for (Map.Entry<String, PlacedChunk> file : chunks.entrySet()) {
            manifest.write(new ManifestEntry.RegularFile(
                    DataPath.of(file.getKey()),
                    0600,
                    Instant.EPOCH,
                    OptionalInt.empty(),
                    new FileContent(file.getValue().chunk().originalSize(), List.of(file.getValue())),
                    Optional.empty()));
        }
        manifest.complete(new ManifestTrailer(complete, "label", "", List.of()));
        new BackupRecords(store, keys).replace(own, complete.withManifest(object.complete()));
    }

    private BackupRecord needing(BackupRecord record) {
        BackupRecord.Stop stop = record.stop();
        return wal == null
                ? record
                : record.withBounds(
                        new BackupRecord.Start(record.start().time(), wal.timeline(), wal.start(), "fast", "test"),
                        new BackupRecord.Stop(
                                stop.time(), wal.timeline(), wal.end(), List.of(wal), 1L, stop.finishedAt()));
    }

    private BackupRecord begun(BackupId id, BackupId parent) {
        BackupRecord begun = RemovalTestCase.running(id, parent);
        return source == null
                ? begun
                : BackupRecord.running(id, begun.kind(), begun.writer(), source).withParent(begun.parent());
    }

    /** Begins and ends a backup. */
    void store(ObjectStore store, BackupId id, BackupId parent, List<String> fresh) throws IOException {
        BackupRecords records = new BackupRecords(store, keys);
        Map<String, PlacedChunk> from = parent == null
                ? Map.of()
                : chunks(store, keys, records.find(parent).orElseThrow());
        finish(store, records.create(begun(id, parent)), from, fresh);
    }

    /** Every complete backup has every byte of every file. Returns how many there are. */
    int requireEveryByte(ObjectStore store, String when) throws IOException {
        int complete = 0;
        for (BackupRecords.Versioned backup : new BackupRecords(store, keys).all()) {
            if (!backup.record().isComplete()) {
                continue;
            }
            complete++;
            Map<String, byte[]> wanted = contents.get(backup.record().id());
            Map<String, PlacedChunk> chunks = chunks(store, keys, backup.record());
            assertThat(chunks.keySet()).as(when).isEqualTo(wanted.keySet());
            for (Map.Entry<String, PlacedChunk> file : chunks.entrySet()) {
                assertThat(read(store, file.getValue()))
                        .as("%s of %s, %s", file.getKey(), backup.record().id(), when)
                        .isEqualTo(wanted.get(file.getKey()));
            }
            PackNeeds needs = new PackNeeds(backup.record().id());
            chunks.values().forEach(needs::add);
            assertThat(backup.record().needs()).isEqualTo(needs.list());
        }
        return complete;
    }

    private byte[] read(ObjectStore store, PlacedChunk chunk) throws IOException {
        byte[] stored;
        try (InputStream in = store.get(keys.pack(chunk.pack()), new ByteRange(chunk.packOffset(), chunk.packEnd()))) {
            stored = new ByteArrayInputStream(in.readAllBytes()).readAllBytes();
        }
        ByteBuffer original = ByteBuffer.allocate(chunk.chunk().originalSize());
        try (ChunkDecoder decoder = new ChunkDecoder()) {
            decoder.decode(chunk.chunk(), ByteBuffer.wrap(stored), original);
        }
        return original.array();
    }

    /** Names for files, such as {@code base/3}. */
    static List<String> files(int from, int to) {
        List<String> names = new ArrayList<>();
        for (int i = from; i < to; i++) {
            names.add("base/" + i);
        }
        return names;
    }
}
