package org.pgagent.repository;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.pgagent.chunk.Codec;
import org.pgagent.chunk.ContentHash;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.PageSet;

/** Reads one entry of a manifest, from behind its opening brace to its closing one. Used once. */
final class ManifestEntryParser {
    private final JsonParser json;
    private final List<PlacedChunk> content = new ArrayList<>();
    private DataPath path;
    private String kind;
    private int mode;
    private long size;
    private Instant modifiedAt;
    private OptionalInt crc32c = OptionalInt.empty();
    private LinkTarget target;
    private LinkTarget linkedTo;

    ManifestEntryParser(JsonParser json) {
        this.json = json;
    }

    /** Reads the entry; anything that makes no sense is a {@link JsonParseException}. */
    ManifestEntry parse() throws IOException {
        try {
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                json.nextToken();
                readField(field);
            }
            return entry();
        } catch (IllegalArgumentException | DateTimeException | NullPointerException e) {
            throw new JsonParseException(json, "entry of '" + path + "': " + e.getMessage(), e);
        }
    }

    private void readField(String field) throws IOException {
        switch (field) {
            case "path" -> path = DataPath.ofBytes(json.getText().getBytes(StandardCharsets.UTF_8));
            case "path_hex" -> path = DataPath.ofHex(json.getText());
            case "kind" -> kind = json.getText();
            case "mode" -> mode = Integer.parseInt(json.getText(), 8);
            case "size" -> size = json.getLongValue();
            case "modified_at" -> modifiedAt = Instant.parse(json.getText());
            case "crc32c" -> crc32c = OptionalInt.of(HexFormat.fromHexDigits(json.getText()));
            case "target" -> target = new LinkTarget(json.getText().getBytes(StandardCharsets.UTF_8));
            case "target_hex" -> target = new LinkTarget(HexFormat.of().parseHex(json.getText()));
            case "linked_to" -> linkedTo = new LinkTarget(json.getText().getBytes(StandardCharsets.UTF_8));
            case "linked_to_hex" -> linkedTo = new LinkTarget(HexFormat.of().parseHex(json.getText()));
            case "content" -> readContent();
            default -> json.skipChildren();
        }
    }

    private ManifestEntry entry() {
        Objects.requireNonNull(path, "no path");
        return switch (kind) {
            case "directory" -> new ManifestEntry.Directory(path, mode);
            case "link" -> new ManifestEntry.Link(path, Objects.requireNonNull(target, "no target"));
            case "file" ->
                new ManifestEntry.RegularFile(
                        path,
                        mode,
                        Objects.requireNonNull(modifiedAt, "no modified_at"),
                        crc32c,
                        new FileContent(size, content),
                        Optional.ofNullable(linkedTo));
            default -> throw new IllegalArgumentException("unknown kind '" + kind + "'");
        };
    }

    private void readContent() throws IOException {
        while (json.nextToken() == JsonToken.START_OBJECT) {
            readExtent();
        }
    }

    private void readExtent() throws IOException {
        long at = -1;
        PackId pack = null;
        long offset = -1;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "at" -> at = json.getLongValue();
                case "pack" -> pack = PackId.parse(json.getText());
                case "offset" -> offset = json.getLongValue();
                case "chunks" -> readChunks(Objects.requireNonNull(pack, "no pack before the chunks"), offset, at);
                default -> json.skipChildren();
            }
        }
    }

    private void readChunks(PackId pack, long firstPackOffset, long firstFileOffset) throws IOException {
        long packOffset = firstPackOffset;
        long fileOffset = firstFileOffset;
        while (json.nextToken() == JsonToken.START_ARRAY) {
            PlacedChunk placed = readChunk(pack, packOffset, fileOffset);
            content.add(placed);
            packOffset = placed.packEnd();
            fileOffset = placed.pages().isPresent() ? fileOffset : placed.fileEnd();
        }
    }

    private PlacedChunk readChunk(PackId pack, long packOffset, long fileOffset) throws IOException {
        Codec codec = Codec.parse(json.nextTextValue());
        int originalSize = json.nextIntValue(-1);
        int storedSize = json.nextIntValue(-1);
        int crc = HexFormat.fromHexDigits(json.nextTextValue());
        ContentHash hash = ContentHash.parse(json.nextTextValue());
        StoredChunk chunk = new StoredChunk(codec, originalSize, storedSize, crc, hash);
        if (json.nextToken() == JsonToken.END_ARRAY) {
            return PlacedChunk.stretch(pack, packOffset, chunk, fileOffset);
        }
        long at = json.getLongValue();
        PageSet pages = PageSet.parse(json.nextTextValue());
        if (json.nextToken() != JsonToken.END_ARRAY) {
            throw new JsonParseException(json, "a chunk has five values, or seven");
        }
        return new PlacedChunk(pack, packOffset, chunk, at, Optional.of(pages));
    }
}
