package org.pgagent.repository;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.ObjectContent;
import org.pgagent.storage.ObjectMissingException;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of the records in one object, a line each, so that whoever wants ten thousand of them need not ask for each. A copy has
 * the ETag of the record that it was made of, and counts only while the store's listing shows that very ETag: an index that is
 * old, damaged or not there costs time and nothing else, and of several that are written at once any may stay.
 *
 * <p>Thread-safe.
 */
final class RecordIndex {
    private static final Logger LOG = LoggerFactory.getLogger(RecordIndex.class);
    private static final int INDEX_MAX_BYTES = ObjectStore.WRITE_MAX_BYTES;

    /** So few records are read one by one. */
    private static final int UNINDEXED_MAX = 4;

    /** So many are held at a time while the index is written. */
    private static final int BATCH = 32;

    private final ObjectStore store;
    private final ClusterKeys keys;

    RecordIndex(ObjectStore store, ClusterKeys keys) {
        this.store = store;
        this.keys = keys;
    }

    /** A line of the index. */
    private record Copy(String etag, BackupRecord record) {}

    /** A line as it is to be copied: also with fields that this program does not know. */
    private record Line(String etag, JsonNode record) {}

    /** Takes what a line says. */
    private interface Taking<T> {
        void take(T line) throws IOException;
    }

    /**
     * The copies that count.
     *
     * @param listed the ETags of all records
     * @param kept what of a record is kept
     */
    Map<BackupId, BackupRecords.Versioned> read(SortedMap<BackupId, String> listed, UnaryOperator<BackupRecord> kept)
            throws IOException {
        Map<BackupId, BackupRecords.Versioned> copies = new HashMap<>();
        if (listed.size() <= UNINDEXED_MAX
                || !forEach(stored(), Copy.class, copy -> {
                    if (copy.etag().equals(listed.get(copy.record().id()))) {
                        copies.put(
                                copy.record().id(),
                                new BackupRecords.Versioned(copy.record(), copy.etag()).keeping(kept));
                    }
                })) {
            return Map.of();
        }
        return copies;
    }

    /**
     * Writes the index anew if more than a few records are not in it.
     *
     * @param listed the ETags of all records
     */
    void refresh(SortedMap<BackupId, String> listed) throws IOException {
        if (listed.size() <= UNINDEXED_MAX) {
            return;
        }
        Optional<byte[]> old = stored();
        Set<BackupId> indexed = new HashSet<>();
        boolean whole = forEach(old, Copy.class, copy -> {
            if (copy.etag().equals(listed.get(copy.record().id()))) {
                indexed.add(copy.record().id());
            }
        });
        if (!whole) {
            indexed.clear();
        }
        List<BackupId> missing = new ArrayList<>(listed.keySet());
        missing.removeAll(indexed);
        if (missing.size() > UNINDEXED_MAX) {
            ByteBuffer written = print(indexed.isEmpty() ? Optional.empty() : old, listed, missing);
            if (written.remaining() > INDEX_MAX_BYTES) {
                LOG.warn("the records are too many for an index, each is read instead bytes={}", written.remaining());
                return;
            }
            store.put(keys.recordIndex(), written, WriteCondition.always());
        }
    }

    private ByteBuffer print(Optional<byte[]> old, SortedMap<BackupId, String> listed, List<BackupId> missing)
            throws IOException {
        Printed bytes = new Printed();
        try (JsonGenerator out = RepositoryJson.mapper().createGenerator(new GZIPOutputStream(bytes))) {
            out.setRootValueSeparator(null);
            forEach(old, Line.class, line -> {
                BackupId id = new BackupId(line.record().path("id").asText());
                if (line.etag().equals(listed.get(id))) {
                    print(line, out);
                }
            });
            for (int at = 0; at < missing.size(); at += BATCH) {
                List<BackupId> some = missing.subList(at, Math.min(missing.size(), at + BATCH));
                for (Optional<Line> line : ReadsAtOnce.of(some, this::line).values()) {
                    if (line.isPresent()) {
                        print(line.get(), out);
                    }
                }
            }
        }
        return bytes.content();
    }

    /** May be large: is not copied once more. */
    private static final class Printed extends ByteArrayOutputStream {
        ByteBuffer content() {
            return ByteBuffer.wrap(buf, 0, count);
        }
    }

    private static void print(Line line, JsonGenerator out) throws IOException {
        out.writeObject(line);
        out.writeRaw('\n');
    }

    /** Empty for a record that cannot be read, and for one that is about to change. */
    private Optional<Line> line(BackupId id) throws IOException {
        try {
            ObjectContent content = store.getSmall(keys.backupRecord(id), BackupRecords.RECORD_MAX_BYTES);
            JsonNode record = RepositoryJson.mapper().readTree(content.bytes());
            BackupState state = RepositoryJson.mapper()
                    .treeToValue(record, BackupRecord.class)
                    .state();
            return state == BackupState.RUNNING || state == BackupState.DELETING
                    ? Optional.empty()
                    : Optional.of(new Line(content.etag(), record));
        } catch (ObjectMissingException | JsonProcessingException e) {
            LOG.debug("a record is not in the index id={}", id, e);
            return Optional.empty();
        }
    }

    private Optional<byte[]> stored() throws IOException {
        try {
            return Optional.of(
                    store.getSmall(keys.recordIndex(), INDEX_MAX_BYTES).bytes());
        } catch (ObjectMissingException e) {
            return Optional.empty();
        } catch (PgAgentException e) {
            if (e.kind() != ErrorKind.CORRUPTED) {
                throw e;
            }
            return Optional.of(new byte[0]);
        }
    }

    /** Returns false if the index is damaged: then what was taken does not count. */
    private <T> boolean forEach(Optional<byte[]> index, Class<T> type, Taking<T> taking) throws IOException {
        if (index.isEmpty()) {
            return true;
        }
        try (MappingIterator<T> lines = RepositoryJson.mapper()
                .readerFor(type)
                .readValues(new GZIPInputStream(new ByteArrayInputStream(index.get())))) {
            while (lines.hasNextValue()) {
                taking.take(lines.nextValue());
            }
            return true;
        } catch (IOException | RuntimeException e) {
            LOG.warn(
                    "the index of the records is damaged, and each record is read instead key={}",
                    keys.recordIndex(),
                    e);
            return false;
        }
    }
}
