package org.pgagent.repository;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HexFormat;
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
        json.writeStringField("crc32c", HexFormat.of().toHexDigits(file.crc32c()));
        if (file.linkedTo().isPresent()) {
            writeTarget("linked_to", file.linkedTo().get());
        }
        json.writeArrayFieldStart("content");
        for (Extent extent : file.content()) {
            writeExtent(extent);
        }
        json.writeEndArray();
    }

    private void writeExtent(Extent extent) throws IOException {
        json.writeStartObject();
        json.writeNumberField("at", extent.fileOffset());
        json.writeStringField("pack", extent.pack().toString());
        json.writeNumberField("offset", extent.packOffset());
        json.writeArrayFieldStart("chunks");
        for (StoredChunk chunk : extent.chunks()) {
            json.writeStartArray();
            json.writeString(chunk.codec().toString());
            json.writeNumber(chunk.originalSize());
            json.writeNumber(chunk.storedSize());
            json.writeString(HexFormat.of().toHexDigits(chunk.storedCrc32c()));
            json.writeString(chunk.contentHash().toString());
            json.writeEndArray();
        }
        json.writeEndArray();
        json.writeEndObject();
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
