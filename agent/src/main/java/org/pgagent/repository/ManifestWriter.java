package org.pgagent.repository;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.postgres.DataPath;

/**
 * Writes a manifest as it comes: entries one by one while the backup runs, then the trailer. Holds one entry at a time.
 * For one thread; the caller owns the stream.
 *
 * <p>The format is in {@code docs/repository-format.md}, "Manifest".
 */
public final class ManifestWriter {
    private final JsonGenerator json;

    /** Begins a manifest; {@code out} gets gzip. */
    public ManifestWriter(OutputStream out) throws IOException {
        json = new JsonFactory().createGenerator(new FastGzip(out), JsonEncoding.UTF8);
        json.writeStartObject();
        json.writeNumberField("format", BackupRecord.FORMAT);
        json.writeArrayFieldStart("entries");
    }

    /** Level 1: hashes do not shrink, and the rest shrinks well enough. */
    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(OutputStream out) throws IOException {
            super(out, 1 << 16);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }

    public void write(ManifestEntry entry) throws IOException {
        json.writeRaw('\n');
        json.writeStartObject();
        writePath("path", entry.path());
        if (entry instanceof ManifestEntry.Directory directory) {
            json.writeStringField("kind", "directory");
            json.writeStringField("mode", Integer.toOctalString(directory.mode()));
        } else if (entry instanceof ManifestEntry.Link link) {
            json.writeStringField("kind", "link");
            writeTarget("target", link.target());
        } else {
            writeFile((ManifestEntry.RegularFile) entry);
        }
        json.writeEndObject();
    }

    private void writeFile(ManifestEntry.RegularFile file) throws IOException {
        json.writeStringField("kind", "file");
        json.writeStringField("mode", Integer.toOctalString(file.mode()));
        json.writeNumberField("size", file.size());
        json.writeStringField("modified_at", file.modifiedAt().toString());
        if (file.crc32c().isPresent()) {
            json.writeStringField(
                    "crc32c", HexFormat.of().toHexDigits(file.crc32c().getAsInt()));
        }
        if (file.linkedTo().isPresent()) {
            writeTarget("linked_to", file.linkedTo().get());
        }
        json.writeArrayFieldStart("content");
        writeContent(file.content().chunks());
        json.writeEndArray();
    }

    /** Chunks that follow one another, in the pack and, unless they say their pages, in the file, share an extent. */
    private void writeContent(List<PlacedChunk> chunks) throws IOException {
        PlacedChunk before = null;
        for (PlacedChunk chunk : chunks) {
            if (before == null || !follows(before, chunk)) {
                if (before != null) {
                    endExtent();
                }
                beginExtent(chunk);
            }
            writeChunk(chunk);
            before = chunk;
        }
        if (before != null) {
            endExtent();
        }
    }

    private static boolean follows(PlacedChunk before, PlacedChunk chunk) {
        return chunk.pack().equals(before.pack())
                && chunk.packOffset() == before.packEnd()
                && chunk.pages().isPresent() == before.pages().isPresent()
                && (chunk.pages().isPresent() || chunk.fileOffset() == before.fileEnd());
    }

    private void beginExtent(PlacedChunk first) throws IOException {
        json.writeStartObject();
        if (first.pages().isEmpty()) {
            json.writeNumberField("at", first.fileOffset());
        }
        json.writeStringField("pack", first.pack().toString());
        json.writeNumberField("offset", first.packOffset());
        json.writeArrayFieldStart("chunks");
    }

    private void endExtent() throws IOException {
        json.writeEndArray();
        json.writeEndObject();
    }

    private void writeChunk(PlacedChunk placed) throws IOException {
        StoredChunk chunk = placed.chunk();
        json.writeStartArray();
        json.writeString(chunk.codec().toString());
        json.writeNumber(chunk.originalSize());
        json.writeNumber(chunk.storedSize());
        json.writeString(HexFormat.of().toHexDigits(chunk.storedCrc32c()));
        json.writeString(chunk.contentHash().toString());
        if (placed.pages().isPresent()) {
            json.writeNumber(placed.fileOffset());
            json.writeString(placed.pages().get().toString());
        }
        json.writeEndArray();
    }

    private void writePath(String field, DataPath path) throws IOException {
        Optional<String> text = path.text();
        if (text.isPresent()) {
            json.writeStringField(field, text.get());
        } else {
            json.writeStringField(field + "_hex", path.hex());
        }
    }

    private void writeTarget(String field, LinkTarget target) throws IOException {
        Optional<String> text = target.text();
        if (text.isPresent()) {
            json.writeStringField(field, text.get());
        } else {
            json.writeStringField(field + "_hex", HexFormat.of().formatHex(target.bytes()));
        }
    }

    /** Writes what comes after the entries and ends the gzip stream; the manifest is whole only then. */
    public void complete(ManifestTrailer trailer) throws IOException {
        json.writeRaw('\n');
        json.writeEndArray();
        json.writeArrayFieldStart("bad_pages");
        for (ManifestTrailer.BadPage page : trailer.badPages()) {
            json.writeStartObject();
            writePath("path", page.file());
            json.writeNumberField("block", page.block());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeStringField("backup_label", trailer.backupLabel());
        json.writeStringField("tablespace_map", trailer.tablespaceMap());
        json.writeFieldName("backup");
        RepositoryJson.mapper().writeValue(json, trailer.record());
        json.writeEndObject();
        json.writeRaw('\n');
        json.close();
    }
}
