package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.pgagent.chunk.ChunkDecoder;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.postgres.DataPath;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.FileContent;
import org.pgagent.repository.ManifestEntry;
import org.pgagent.repository.ManifestReader;
import org.pgagent.repository.ManifestSum;
import org.pgagent.repository.ManifestTrailer;
import org.pgagent.repository.PackId;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectStore;

/** A backup as it lies in the repository, read without the code that restores. For small ones: packs are held whole. */
final class StoredBackup {
    private static final int OBJECT_MAX_BYTES = 1 << 30;

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final BackupRecord record;
    private final Map<DataPath, ManifestEntry> entries = new TreeMap<>();
    private final ManifestTrailer trailer;
    private final Map<PackId, byte[]> packs = new HashMap<>();

    private StoredBackup(ObjectStore store, ClusterKeys keys, BackupId id) throws IOException {
        this.store = store;
        this.keys = keys;
        this.record = new BackupRecords(store, keys).find(id).orElseThrow(() -> new AssertionError("no backup " + id));
        byte[] manifest = store.getSmall(keys.manifest(id), OBJECT_MAX_BYTES).bytes();
        assertThat(record.manifest()).isEqualTo(new ManifestSum(manifest.length, sha256(manifest), null));
        this.trailer = ManifestReader.read(
                new ByteArrayInputStream(manifest),
                keys.manifest(id),
                entry -> assertThat(entries.put(entry.path(), entry))
                        .as("named once")
                        .isNull());
    }

    /** How many whole packs some backups have. */
    static long packs(ObjectStore store, ClusterKeys keys, Set<BackupId> backups) throws IOException {
        AtomicLong count = new AtomicLong();
        for (BackupId id : backups) {
            store.forEachPage(
                    keys.packsPrefix(id),
                    ListDepth.ALL,
                    page -> count.addAndGet(page.objects().size()));
        }
        return count.get();
    }

    static StoredBackup read(ObjectStore store, ClusterKeys keys, BackupId id) {
        try {
            return new StoredBackup(store, keys, id);
        } catch (IOException e) {
            throw new AssertionError("cannot read backup " + id, e);
        }
    }

    BackupId id() {
        return record.id();
    }

    BackupRecord record() {
        return record;
    }

    ManifestTrailer trailer() {
        return trailer;
    }

    /** Everything that a restore makes, by path. */
    Map<DataPath, ManifestEntry> entries() {
        return entries;
    }

    /** Fails unless everything is there: the packs with their sums, and the chunks of every file with theirs. */
    void requireComplete() {
        assertThat(record.packs()).isNotEmpty();
        for (BackupRecord.Pack pack : record.packs()) {
            byte[] bytes = pack(new PackId(id(), pack.number()));
            assertThat(new BackupRecord.Pack(pack.number(), bytes.length, hex(crc32c(bytes))))
                    .isEqualTo(pack);
        }
        long files = 0;
        for (ManifestEntry entry : entries.values()) {
            if (entry instanceof ManifestEntry.RegularFile file) {
                content(file.path());
                files++;
            }
        }
        assertThat(files).isEqualTo(record.totals().files());
        for (String needed : List.of("PG_VERSION", "global/pg_control", "global/pg_filenode.map", "pg_xact/0000")) {
            assertThat(entries.containsKey(DataPath.of(needed))).as(needed).isTrue();
        }
    }

    /** The original bytes of a file, which must have the sum that the manifest says. */
    byte[] content(DataPath path) {
        ManifestEntry.RegularFile file = (ManifestEntry.RegularFile) entries.get(path);
        ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(file.size()));
        try (ChunkDecoder decoder = new ChunkDecoder()) {
            for (FileContent.NeededChunk needed : file.content().needed()) {
                StoredChunk chunk = needed.chunk().chunk();
                byte[] pack = pack(needed.chunk().pack());
                int offset = Math.toIntExact(needed.chunk().packOffset());
                ByteBuffer original = ByteBuffer.allocate(chunk.originalSize());
                decoder.decode(chunk, ByteBuffer.wrap(pack, offset, chunk.storedSize()), original);
                for (FileContent.Piece piece : needed.pieces()) {
                    content.put(
                            Math.toIntExact(piece.fileOffset()), original.array(), piece.chunkOffset(), piece.length());
                }
            }
        } catch (IOException e) {
            throw new AssertionError("cannot read " + path + " of backup " + id(), e);
        }
        file.crc32c()
                .ifPresent(crc -> assertThat(hex(crc32c(content.array())))
                        .as(path.toString())
                        .isEqualTo(hex(crc)));
        return content.array();
    }

    private byte[] pack(PackId id) {
        return packs.computeIfAbsent(id, this::fetch);
    }

    private byte[] fetch(PackId id) {
        try {
            long size = store.head(keys.pack(id)).orElseThrow().sizeBytes();
            try (InputStream content = store.get(keys.pack(id), new ByteRange(0, size))) {
                return content.readAllBytes();
            }
        } catch (IOException e) {
            throw new AssertionError("cannot read pack " + id, e);
        }
    }

    private static int crc32c(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private static String hex(int value) {
        return HexFormat.of().toHexDigits(value);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
