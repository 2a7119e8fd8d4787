package org.pgagent.restore;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.LongAdder;
import org.pgagent.chunk.Codec;
import org.pgagent.chunk.ContentHash;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.PageSet;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.FileContent;
import org.pgagent.repository.ManifestEntry;
import org.pgagent.repository.ManifestReader;
import org.pgagent.repository.ManifestTrailer;
import org.pgagent.repository.ManifestWriter;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PlacedChunk;

/**
 * A process with a small heap that goes through the manifest of the third backup of a TiB of which every window has changed
 * twice, at random: pages of each are in three chunks of three backups. Prints what a restore would need of them.
 */
public final class Tebibyte {
    private static final int MIB = 1 << 20;
    private static final int PAGE = 8192;
    private static final int PAGES_OF_WINDOW = MIB / PAGE;

    /** Segments of 1 GiB. */
    private static final int FILES = 1024;

    private static final int WINDOWS_OF_FILE = 1024;
    private static final List<BackupId> BACKUPS = List.of(
            new BackupId("20261122T055500Z-F"), new BackupId("20261123T055500Z-I"), new BackupId("20261124T055500Z-I"));

    private Tebibyte() {}

    public static void main(String[] arguments) throws IOException {
        Path manifest = Files.createTempFile("manifest", ".json.gz");
        try {
            write(manifest);
            ManifestSurvey survey = new ManifestSurvey();
            read(manifest, survey);
            LongAdder chunks = new LongAdder();
            LongAdder bytes = new LongAdder();
            read(manifest, entry -> {
                for (FileContent.NeededChunk needed :
                        ((ManifestEntry.RegularFile) entry).content().needed()) {
                    chunks.increment();
                    needed.pieces().forEach(piece -> bytes.add(piece.length()));
                }
            });
            System.out.println(survey.files() + " files, " + chunks + " chunks, " + bytes + " bytes, "
                    + survey.packEnds().size() + " packs");
        } finally {
            Files.delete(manifest);
        }
    }

    private static void read(Path manifest, ManifestReader.EntrySink sink) throws IOException {
        try (InputStream in = Files.newInputStream(manifest)) {
            ManifestReader.read(in, manifest, sink);
        }
    }

    private static void write(Path manifest) throws IOException {
        BackupRecord record = BackupRecord.running(
                BACKUPS.get(2), BackupKind.INCREMENTAL, new BackupRecord.Writer("sample", 1, "test"), null);
        try (OutputStream out = Files.newOutputStream(manifest)) {
            ManifestWriter writer = new ManifestWriter(out);
            for (int file = 0; file < FILES; file++) {
                writer.write(new ManifestEntry.RegularFile(
                        DataPath.of("base/16384/16385." + (file + 1)),
                        0600,
                        Instant.EPOCH,
                        OptionalInt.empty(),
                        new FileContent((long) WINDOWS_OF_FILE * MIB, chunks(file)),
                        Optional.empty()));
            }
            writer.complete(new ManifestTrailer(record, "", "", List.of()));
        }
    }

    /** Each backup has a pack for each file. */
    private static List<PlacedChunk> chunks(int file) {
        List<PlacedChunk> chunks = new ArrayList<>();
        for (int backup = 0; backup < BACKUPS.size(); backup++) {
            Optional<PageSet> pages = backup == 0 ? Optional.empty() : Optional.of(pages(backup));
            int size = backup == 0 ? MIB : PAGES_OF_WINDOW / 4 * PAGE;
            for (int window = 0; window < WINDOWS_OF_FILE; window++) {
                StoredChunk chunk = new StoredChunk(
                        Codec.LZ4, size, size / 2, window * 0x9E3779B9, new ContentHash(file * 31L, window * 17L));
                chunks.add(new PlacedChunk(
                        new PackId(BACKUPS.get(backup), file),
                        (long) window * chunk.storedSize(),
                        chunk,
                        (long) window * MIB,
                        pages));
            }
        }
        return chunks;
    }

    /** A quarter of a window: every fourth page. */
    private static PageSet pages(int first) {
        BitSet pages = new BitSet();
        for (int page = first; page < PAGES_OF_WINDOW; page += 4) {
            pages.set(page);
        }
        return PageSet.of(pages);
    }
}
