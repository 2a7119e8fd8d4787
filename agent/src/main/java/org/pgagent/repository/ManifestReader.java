package org.pgagent.repository;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.pgagent.postgres.DataPath;

/** Reads a manifest as it comes, one entry at a time. The format is in {@code docs/repository-format.md}, "Manifest". */
public final class ManifestReader {
    /** Takes the entries in the order in which the manifest has them. */
    @FunctionalInterface
    public interface EntrySink {
        void accept(ManifestEntry entry) throws IOException;
    }

    private final JsonParser json;
    private final EntrySink sink;
    private final List<ManifestTrailer.BadPage> badPages = new ArrayList<>();
    private String backupLabel;
    private String tablespaceMap;
    private BackupRecord record;

    private ManifestReader(JsonParser json, EntrySink sink) {
        this.json = json;
        this.sink = sink;
    }

    /**
     * Reads a whole manifest. The caller owns the stream.
     *
     * @param gzip the manifest object's bytes
     * @param where the object's name, for messages
     * @throws org.pgagent.error.PgAgentException of kind CORRUPTED if it is no manifest, or not a whole one; entries may
     *     have been handed to the sink before
     */
    public static ManifestTrailer read(InputStream gzip, Object where, EntrySink sink) throws IOException {
        try (JsonParser json = new JsonFactory()
                .disable(JsonParser.Feature.AUTO_CLOSE_SOURCE)
                .createParser(new GZIPInputStream(gzip, 1 << 16))) {
            json.setCodec(RepositoryJson.mapper());
            return new ManifestReader(json, sink).read();
        } catch (JsonProcessingException | ZipException | EOFException e) {
            throw RepositoryJson.unreadable(where, e);
        }
    }

    private ManifestTrailer read() throws IOException {
        expect(json.nextToken(), JsonToken.START_OBJECT);
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "format" -> readFormat();
                case "entries" -> readEntries();
                case "bad_pages" -> readBadPages();
                case "backup_label" -> backupLabel = json.getText();
                case "tablespace_map" -> tablespaceMap = json.getText();
                case "backup" -> record = json.readValueAs(BackupRecord.class);
                default -> json.skipChildren();
            }
        }
        expect(json.currentToken(), JsonToken.END_OBJECT);
        if (json.nextToken() != null || backupLabel == null || tablespaceMap == null || record == null) {
            throw new JsonParseException(json, "the manifest is not whole");
        }
        return new ManifestTrailer(record, backupLabel, tablespaceMap, badPages);
    }

    private void readFormat() throws IOException {
        if (json.getIntValue() != BackupRecord.FORMAT) {
            throw new JsonParseException(json, "format " + json.getIntValue() + " is newer than this pgagent");
        }
    }

    private void readEntries() throws IOException {
        expect(json.currentToken(), JsonToken.START_ARRAY);
        while (json.nextToken() == JsonToken.START_OBJECT) {
            ManifestEntryParser parser = new ManifestEntryParser(json);
            sink.accept(parser.parse());
        }
        expect(json.currentToken(), JsonToken.END_ARRAY);
    }

    private void readBadPages() throws IOException {
        expect(json.currentToken(), JsonToken.START_ARRAY);
        while (json.nextToken() == JsonToken.START_OBJECT) {
            DataPath path = null;
            long block = -1;
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                json.nextToken();
                switch (field) {
                    case "path" -> path = DataPath.ofBytes(json.getText().getBytes(StandardCharsets.UTF_8));
                    case "path_hex" -> path = pathOfHex(json.getText());
                    case "block" -> block = json.getLongValue();
                    default -> json.skipChildren();
                }
            }
            if (path == null || block < 0) {
                throw new JsonParseException(json, "a bad page has a path and a block");
            }
            badPages.add(new ManifestTrailer.BadPage(path, block));
        }
    }

    private DataPath pathOfHex(String digits) throws JsonParseException {
        try {
            return DataPath.ofHex(digits);
        } catch (IllegalArgumentException e) {
            throw new JsonParseException(json, "not a path: " + digits, e);
        }
    }

    private void expect(JsonToken found, JsonToken wanted) throws IOException {
        if (found != wanted) {
            throw new JsonParseException(json, "found " + found + " where " + wanted + " should be");
        }
    }
}
