package org.pgagent.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.pgagent.chunk.ChunkDecoder;
import org.pgagent.chunk.Compression;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.RelationFile;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.FileContent;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.FileObjectStore;

/** One file of a relation in one backup after another, uncompressed, in a repository that is a directory. */
final class RelationBackups implements AutoCloseable {
    private static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));

    private final PartSenders senders = new PartSenders(2, PackLimits.DEFAULT.partSizeBytes());
    private final FileObjectStore store;
    private final int chunkBytes;
    private int backups;
    private long storedBytes;

    RelationBackups(Path repository, int chunkBytes) throws IOException {
        this.store = FileObjectStore.open(repository, new Random(1));
        this.chunkBytes = chunkBytes;
    }

    /** @param rate is asked after each read */
    UploadedFile upload(Path from, Predecessor predecessor, ReadRate rate) throws IOException {
        BackupId id = new BackupId(String.format("20261122T0555%02dZ-I", backups++));
        PackSeries packs = new PackSeries(store, KEYS, id, senders, AbandonedChunks.none());
        try (FileUploader uploader = new FileUploader(
                new PackWriter(packs, PackLimits.DEFAULT),
                new FileUploader.ChunkFormat(chunkBytes, Compression.parse("none")),
                new FileUploader.Reading(Optional.empty(), rate),
                TransferProgress.silent())) {
            UploadedFile uploaded = uploader.upload(
                            new FileUploader.Source(from, RelationFile.parse(DataPath.of("base/5/16384"))), predecessor)
                    .orElseThrow();
            uploader.complete();
            storedBytes = uploaded.content().chunks().stream()
                    .filter(chunk -> chunk.pack().backup().equals(id))
                    .mapToLong(chunk -> chunk.chunk().storedSize())
                    .sum();
            return uploaded;
        }
    }

    /** What the last one has of its own. */
    long storedBytes() {
        return storedBytes;
    }

    Predecessor predecessor(UploadedFile before, ChangeRule rule) throws IOException {
        return new Predecessor(before.content(), before.crc32c(), rule, StoredPacks.list(store, KEYS));
    }

    void lose(PackId pack) throws IOException {
        store.delete(List.of(KEYS.pack(pack)));
    }

    byte[] readBack(UploadedFile uploaded) throws IOException {
        byte[] content = new byte[(int) uploaded.content().size()];
        ByteBuffer original = ByteBuffer.allocate(chunkBytes);
        try (ChunkDecoder decoder = new ChunkDecoder()) {
            for (FileContent.NeededChunk needed : uploaded.content().needed()) {
                PlacedChunk chunk = needed.chunk();
                try (InputStream in =
                        store.get(KEYS.pack(chunk.pack()), new ByteRange(chunk.packOffset(), chunk.packEnd()))) {
                    decoder.decode(chunk.chunk(), ByteBuffer.wrap(in.readAllBytes()), original);
                }
                for (FileContent.Piece piece : needed.pieces()) {
                    System.arraycopy(
                            original.array(), piece.chunkOffset(), content, (int) piece.fileOffset(), piece.length());
                }
            }
        }
        return content;
    }

    @Override
    public void close() {
        senders.close();
        store.close();
    }
}
