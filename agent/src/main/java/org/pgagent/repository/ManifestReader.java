package org.pgagent.repository;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.CharConversionException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.pgagent.postgres.DataPath;

/**
 * Reads a manifest as it comes, one entry at a time. The format is in {@code docs/repository-format.md}, "Manifest". For one
 * thread.
 */
public final class ManifestReader implements Closeable {
    /** Takes the entries in the order in which the manifest has them. */
    @FunctionalInterface
    public interface EntrySink {
        void accept(ManifestEntry entry) throws IOException;
    }

    private final JsonParser json;
    private final Object where;
    private final List<ManifestTrailer.BadPage> badPages = new ArrayList<>();
    private String backupLabel;
    private String tablespaceMap;
    private BackupRecord record;
    private boolean ended;

    private ManifestReader(JsonParser json, Object where) {
        this.json = json;
        this.where = where;
    }

    /** What reading JSON takes; bad JSON is the manifest's fault. */
    private interface Step<T> {
        T read() throws IOException;
    }

    /**
     * Begins to read a manifest.
     *
     * @param gzip the manifest object's bytes; the caller's to close
     * @param where the object's name, for messages
     * @throws org.pgagent.error.PgAgentException of kind CORRUPTED if it is no manifest, as from each later call
     */
    public static ManifestReader begin(InputStream gzip, Object where) throws IOException {
        try {
            JsonParser json = new JsonFactory()
                    .disable(JsonParser.Feature.AUTO_CLOSE_SOURCE)
                    .createParser(new GZIPInputStream(gzip, 1 << 16));
            json.setCodec(RepositoryJson.mapper());
            ManifestReader reader = new ManifestReader(json, where);
            reader.expect(json.nextToken(), JsonToken.START_OBJECT);
            reader.readFields();
            return reader;
        } catch (JsonProcessingException | ZipException | EOFException | CharConversionException e) {
            throw RepositoryJson.unreadable(where, e);
        }
    }

    /**
     * Reads a whole manifest.
     *
     * @throws org.pgagent.error.PgAgentException of kind CORRUPTED if it is no manifest, or not a whole one; entries may
     *     have been handed to the sink before
     */
    public static ManifestTrailer read(InputStream gzip, Object where, EntrySink sink) throws IOException {
        try (ManifestReader reader = begin(gzip, where)) {
            for (Optional<ManifestEntry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                sink.accept(entry.get());
            }
            return reader.trailer();
        }
    }

    /** The next entry; empty when there are no more. */
    public Optional<ManifestEntry> next() throws IOException {
        return step(() -> {
            if (ended) {
                return Optional.empty();
            }
            if (json.nextToken() == JsonToken.START_OBJECT) {
                return Optional.of(new ManifestEntryParser(json).parse());
            }
            expect(json.currentToken(), JsonToken.END_ARRAY);
            ended = true;
            readFields();
            return Optional.empty();
        });
    }

    /** What comes after the entries; to be asked for after the last one. */
    public ManifestTrailer trailer() throws IOException {
        return step(() -> {
            expect(json.currentToken(), JsonToken.END_OBJECT);
            if (json.nextToken() != null || backupLabel == null || tablespaceMap == null || record == null) {
                throw new JsonParseException(json, "the manifest is not whole");
            }
            return new ManifestTrailer(record, backupLabel, tablespaceMap, badPages);
        });
    }

    private <T> T step(Step<T> step) throws IOException {
        try {
            return step.read();
        } catch (JsonProcessingException | ZipException | EOFException | CharConversionException e) {
            throw RepositoryJson.unreadable(where, e);
        }
    }

    @Override
    public void close() throws IOException {
        json.close();
    }

    /** Reads fields of the manifest up to its end, or to where the entries begin. */
    private void readFields() throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "format" -> readFormat();
                case "bad_pages" -> readBadPages();
                case "backup_label" -> backupLabel = text();
                case "tablespace_map" -> tablespaceMap = text();
                case "backup" -> record = json.readValueAs(BackupRecord.class);
                case "entries" -> {
                    expect(json.currentToken(), JsonToken.START_ARRAY);
                    return;
                }
                default -> json.skipChildren();
            }
        }
    }

    private void readFormat() throws IOException {
        if (json.getIntValue() != BackupRecord.FORMAT) {
            throw new JsonParseException(json, "format " + json.getIntValue() + " is newer than this pgagent");
        }
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
                    case "path" -> path = path(() -> DataPath.ofBytes(text().getBytes(StandardCharsets.UTF_8)));
                    case "path_hex" -> path = path(() -> DataPath.ofHex(text()));
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

    private DataPath path(Step<DataPath> step) throws IOException {
        try {
            return step.read();
        } catch (IllegalArgumentException e) {
            throw new JsonParseException(json, "not a path: " + e.getMessage(), e);
        }
    }

    private String text() throws IOException {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            throw new JsonParseException(json, "found " + json.currentToken() + " where a text should be");
        }
        return json.getText();
    }

    private void expect(JsonToken found, JsonToken wanted) throws IOException {
        if (found != wanted) {
            throw new JsonParseException(json, "found " + found + " where " + wanted + " should be");
        }
    }
}
