package org.pgagent.restore;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.LongAdder;
import org.pgagent.chunk.ChunkEncoder;
import org.pgagent.chunk.Compression;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.postgres.DataPath;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.FileContent;
import org.pgagent.repository.ManifestEntry;
import org.pgagent.repository.ManifestReader;
import org.pgagent.repository.ManifestTrailer;
import org.pgagent.repository.ManifestWriter;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.storage.WriteCondition;
import org.pgagent.transfer.ChunkPlacement;
import org.pgagent.transfer.ChunkSink;
import org.pgagent.transfer.DownloadLimits;
import org.pgagent.transfer.FileDownloader;

/**
 * A process with a small heap that goes through the manifest of a backup of very many small files twice, as a plan and as a
 * restore do, and fetches them all. Prints how many there were and how many GETs that took.
 */
public final class MillionFiles {
    private static final BackupId ID = new BackupId("20261122T055500Z-F");
    private static final int FILES_PER_PACK = 100_000;
    private static final int JOBS = 4;

    private MillionFiles() {}

    public static void main(String[] arguments) throws IOException {
        int files = Integer.parseInt(arguments[0]);
        byte[] content = SampleBackup.bytes(8, 1);
        ByteBuffer stored = ByteBuffer.allocate(ChunkEncoder.storedSizeMax(content.length));
        StoredChunk chunk;
        try (ChunkEncoder encoder = new ChunkEncoder(Compression.parse("none"))) {
            chunk = encoder.encode(ByteBuffer.wrap(content), stored);
        }
        Path manifest = Files.createTempFile("manifest", ".json.gz");
        try {
            write(manifest, files, chunk);
            ManifestSurvey survey = new ManifestSurvey();
            read(manifest, survey);
            LongAdder written = new LongAdder();
            long gets = download(manifest, survey.packEnds().size(), content, written);
            System.out.println(survey.files() + " files, " + written.sum() + " written, "
                    + survey.packEnds().size() + " packs, " + gets + " GETs");
        } finally {
            Files.delete(manifest);
        }
    }

    private static void write(Path manifest, int files, StoredChunk chunk) throws IOException {
        BackupRecord record =
                BackupRecord.running(ID, BackupKind.FULL, new BackupRecord.Writer("sample", 1, "test"), null);
        try (OutputStream out = Files.newOutputStream(manifest)) {
            ManifestWriter writer = new ManifestWriter(out);
            for (int i = 0; i < files; i++) {
                // Four workers fill a pack each.
                int pack = i / (FILES_PER_PACK * JOBS) * JOBS + i % JOBS;
                long offset = (long) (i % (FILES_PER_PACK * JOBS)) / JOBS * chunk.storedSize();
                writer.write(new ManifestEntry.RegularFile(
                        DataPath.of("base/16384/" + (1_000_000 + i)),
                        0600,
                        Instant.EPOCH,
                        OptionalInt.of(0),
                        new FileContent(
                                chunk.originalSize(),
                                List.of(PlacedChunk.stretch(new PackId(ID, pack), offset, chunk, 0))),
                        Optional.empty()));
            }
            writer.complete(new ManifestTrailer(record, "", "", List.of()));
        }
    }

    private static void read(Path manifest, ManifestReader.EntrySink sink) throws IOException {
        try (InputStream in = Files.newInputStream(manifest)) {
            ManifestReader.read(in, manifest, sink);
        }
    }

    private static long download(Path manifest, int packs, byte[] content, LongAdder written) throws IOException {
        ClusterKeys keys = new ClusterKeys(new ClusterName("main"));
        byte[] pack = new byte[FILES_PER_PACK * content.length];
        for (int at = 0; at < pack.length; at += content.length) {
            System.arraycopy(content, 0, pack, at, content.length);
        }
        ChunkSink.Opener<PendingFile> sinks = () -> new ChunkSink<>() {
            @Override
            public void write(PendingFile file, long fileOffset, ByteBuffer original) {
                written.increment();
            }

            @Override
            public void close() {}
        };
        MemoryObjectStore store = new MemoryObjectStore();
        for (int i = 0; i < packs; i++) {
            store.put(keys.pack(new PackId(ID, i)), ByteBuffer.wrap(pack), WriteCondition.always());
        }
        try (store;
                FileDownloader<PendingFile> downloader =
                        FileDownloader.start(store, DownloadLimits.of(JOBS, 1L << 30), sinks, Thread::new)) {
            read(manifest, entry -> {
                ManifestEntry.RegularFile file = (ManifestEntry.RegularFile) entry;
                FileContent.NeededChunk needed = file.content().needed().get(0);
                downloader.add(
                        keys.pack(needed.chunk().pack()),
                        new ChunkPlacement<>(
                                needed, new PendingFile(file.path(), file.size(), file.mode(), file.modifiedAt())));
            });
            return downloader.complete().gets();
        }
    }
}
