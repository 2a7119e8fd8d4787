package org.pgagent.restore;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.pgagent.chunk.ChunkEncoder;
import org.pgagent.chunk.Codec;
import org.pgagent.chunk.Compression;
import org.pgagent.chunk.ContentHash;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalRange;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupSource;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.FileContent;
import org.pgagent.repository.LinkTarget;
import org.pgagent.repository.ManifestEntry;
import org.pgagent.repository.ManifestSum;
import org.pgagent.repository.ManifestTrailer;
import org.pgagent.repository.ManifestWriter;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/**
 * A backup made from bytes in memory, without a server: chunked and packed as a backup does it, in small chunks and packs.
 * Two packs are filled in turn, as by two workers.
 */
final class SampleBackup {
    static final int CHUNK_BYTES = 16 << 10;
    static final Instant MODIFIED_AT = Instant.parse("2026-11-20T10:11:12.345678Z");

    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    private final BackupId id;
    private final int major;
    private final ChunkEncoder encoder = new ChunkEncoder(Compression.DEFAULT);
    private final List<ByteArrayOutputStream> packs = List.of(new ByteArrayOutputStream(), new ByteArrayOutputStream());
    private final List<ManifestEntry> entries = new ArrayList<>();
    private final Map<String, byte[]> files = new TreeMap<>();
    private String backupLabel = "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\n";
    private String glibc;
    private BackupRecord.Start start;
    private BackupRecord.Stop stop;

    SampleBackup(String id, int major) {
        this.id = new BackupId(id);
        this.major = major;
        spans(1, "0/2000028", "0/2000100", Instant.parse("2026-11-22T06:00:00Z"));
    }

    /** With what every backup has: its directories, PG_VERSION, the control file, and some relations. */
    static SampleBackup usual(String id, int major) throws IOException {
        SampleBackup backup = new SampleBackup(id, major);
        backup.directory("", 0700);
        for (String directory : List.of("base", "base/1", "global", "pg_tblspc", "pg_wal", "pg_xact")) {
            backup.directory(directory, 0700);
        }
        backup.file("PG_VERSION", (major + "\n").getBytes(StandardCharsets.UTF_8));
        backup.file("base/1/PG_VERSION", (major + "\n").getBytes(StandardCharsets.UTF_8));
        backup.file("base/1/1259", bytes(3 * CHUNK_BYTES + 77, 1));
        backup.file("base/1/1259_vm", bytes(CHUNK_BYTES, 2));
        backup.file("base/1/2619", new byte[0]);
        backup.file("pg_xact/0000", bytes(CHUNK_BYTES - 1, 3));
        backup.file("postgresql.conf", "max_connections = 200\n".getBytes(StandardCharsets.UTF_8));
        backup.file("postgresql.auto.conf", "# by hand\nwork_mem = '8MB'\n".getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < 40; i++) {
            backup.file("base/1/" + (20_000 + i), bytes(8192, 100 + i));
        }
        backup.file("global/pg_control", backup.controlFile());
        return backup;
    }

    static byte[] bytes(int length, int seed) {
        byte[] bytes = new byte[length];
        new java.util.Random(seed).nextBytes(bytes);
        java.util.Arrays.fill(bytes, length / 3, length, (byte) seed);
        return bytes;
    }

    byte[] controlFile() throws IOException {
        return Files.readAllBytes(GOLDEN.resolve(major + "/pg_control.primary"));
    }

    SampleBackup spans(int timeline, String startLsn, String stopLsn, Instant stopTime) {
        Timeline on = new Timeline(timeline);
        start = new BackupRecord.Start(stopTime.minusSeconds(60), on, Lsn.parse(startLsn), "fast", "sample");
        stop = new BackupRecord.Stop(
                stopTime,
                on,
                Lsn.parse(stopLsn),
                List.of(new WalRange(on, Lsn.parse(startLsn), Lsn.parse(stopLsn))),
                1000L,
                stopTime.plusSeconds(5));
        return this;
    }

    SampleBackup nextXid(long xid) {
        stop = new BackupRecord.Stop(stop.time(), stop.timeline(), stop.lsn(), stop.wal(), xid, stop.finishedAt());
        return this;
    }

    SampleBackup sortsBy(String glibcVersion) {
        glibc = glibcVersion;
        return this;
    }

    SampleBackup directory(String path, int mode) {
        entries.add(new ManifestEntry.Directory(DataPath.of(path), mode));
        return this;
    }

    SampleBackup link(String path, String target) {
        entries.add(new ManifestEntry.Link(DataPath.of(path), new LinkTarget(target.getBytes(StandardCharsets.UTF_8))));
        return this;
    }

    SampleBackup file(String path, byte[] content) {
        return file(DataPath.of(path), 0600, content, Optional.empty());
    }

    SampleBackup file(DataPath path, int mode, byte[] content, Optional<LinkTarget> linkedTo) {
        files.put(path.toString(), content);
        int pack = entries.size() % packs.size();
        List<PlacedChunk> chunks = new ArrayList<>();
        for (int at = 0; at < content.length; at += CHUNK_BYTES) {
            ByteBuffer original = ByteBuffer.wrap(content, at, Math.min(CHUNK_BYTES, content.length - at));
            ByteBuffer stored = ByteBuffer.allocate(ChunkEncoder.storedSizeMax(CHUNK_BYTES));
            StoredChunk chunk = encoder.encode(original, stored);
            chunks.add(PlacedChunk.stretch(new PackId(id, pack), packs.get(pack).size(), chunk, at));
            packs.get(pack).write(stored.array(), 0, stored.limit());
        }
        CRC32C crc = new CRC32C();
        crc.update(content);
        entries.add(new ManifestEntry.RegularFile(
                path,
                mode,
                MODIFIED_AT,
                OptionalInt.of((int) crc.getValue()),
                new FileContent(content.length, chunks),
                linkedTo));
        return this;
    }

    /** A file of any size, of which nothing is stored but the description of its only chunks, all zeros. */
    SampleBackup sparse(String path, long size) {
        int chunkSize = 1 << 30;
        StoredChunk chunk = new StoredChunk(Codec.NONE, chunkSize, 1, 0, new ContentHash(0, 0));
        List<PlacedChunk> chunks = new ArrayList<>();
        for (int i = 0; i < size / chunkSize; i++) {
            chunks.add(PlacedChunk.stretch(new PackId(id, 0), i, chunk, (long) i * chunkSize));
        }
        entries.add(new ManifestEntry.RegularFile(
                DataPath.of(path),
                0600,
                MODIFIED_AT,
                OptionalInt.of(0),
                new FileContent(chunks.size() * (long) chunkSize, chunks),
                Optional.empty()));
        return this;
    }

    BackupRecord.Stop stop() {
        return stop;
    }

    /** The files by path, as they were in the source. */
    Map<String, byte[]> files() {
        return files;
    }

    BackupId id() {
        return id;
    }

    /** Stores the packs, the manifest and the record, in that order, and returns the record. */
    BackupRecord store(ObjectStore store, ClusterKeys keys) throws IOException {
        for (int i = 0; i < packs.size(); i++) {
            put(store, keys.pack(new PackId(id, i)).value(), packs.get(i).toByteArray());
        }
        BackupRecord record = record();
        ByteArrayOutputStream manifest = new ByteArrayOutputStream();
        ManifestWriter writer = new ManifestWriter(manifest);
        for (ManifestEntry entry : entries) {
            writer.write(entry);
        }
        writer.complete(new ManifestTrailer(record, backupLabel, "", List.of()));
        put(store, keys.manifest(id).value(), manifest.toByteArray());
        record = record.withManifest(new ManifestSum(manifest.size(), sha256(manifest.toByteArray()), null))
                .withState(BackupState.OK, null);
        new BackupRecords(store, keys).create(record);
        return record;
    }

    BackupRecord record() throws IOException {
        ControlFile control = ControlFile.parse(controlFile());
        BackupSource source = new BackupSource(
                control.systemIdentifier(),
                major * 10_000 + 3,
                8192,
                8192,
                16 << 20,
                true,
                false,
                Instant.parse("2026-11-01T00:00:00Z"),
                false,
                Map.of("max_connections", "300", "max_wal_senders", "10", "wal_level", "replica"),
                List.of(),
                Map.of(),
                glibc);
        long size = files.values().stream().mapToLong(content -> content.length).sum();
        return BackupRecord.running(id, BackupKind.FULL, new BackupRecord.Writer("sample", 1, "test"), source)
                .withBounds(start, stop)
                .withContent(
                        new BackupRecord.Totals(
                                files.size(), 1, 0, size, size, packs.get(0).size(), 0, "lz4", CHUNK_BYTES),
                        List.of(
                                new BackupRecord.Pack(0, packs.get(0).size(), "00000000"),
                                new BackupRecord.Pack(1, packs.get(1).size(), "00000000")),
                        null)
                .withState(BackupState.DONE, null);
    }

    private static void put(ObjectStore store, String key, byte[] bytes) throws IOException {
        store.put(new org.pgagent.storage.ObjectKey(key), ByteBuffer.wrap(bytes), WriteCondition.always());
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
