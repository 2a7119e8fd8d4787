package org.pgagent.repository;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectContent;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectMissingException;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/** The records of a cluster's backups, {@code backup.json} each. Thread-safe. */
public final class BackupRecords {
    private static final int RECORD_MAX_BYTES = 16 << 20;

    private final ObjectStore store;
    private final ClusterKeys keys;

    public BackupRecords(ObjectStore store, ClusterKeys keys) {
        this.store = store;
        this.keys = keys;
    }

    /** Whose backups these are, and where, such as {@code 'main' in s3://backups}. */
    public String describe() {
        return "'" + keys.cluster() + "' in " + store.describe();
    }

    /** The ids of all backups, oldest first: one request per thousand. Folders that are no backups are passed over. */
    public List<BackupId> ids() throws IOException {
        List<BackupId> ids = new ArrayList<>();
        store.forEachPage(keys.backupsPrefix(), ListDepth.FOLDER, page -> {
            for (ObjectKey folder : page.folders()) {
                BackupId.parse(folder.name()).ifPresent(ids::add);
            }
        });
        return ids;
    }

    /** The records of all backups, oldest first; a backup whose record is gone is left out. */
    public List<BackupRecord> list() throws IOException {
        List<BackupRecord> records = new ArrayList<>();
        for (BackupId id : ids()) {
            find(id).ifPresent(records::add);
        }
        return records;
    }

    public Optional<BackupRecord> find(BackupId id) throws IOException {
        return read(id).map(Versioned::record);
    }

    /** A record together with the ETag that replacing it wants. */
    public record Versioned(BackupRecord record, String etag) {}

    public Optional<Versioned> read(BackupId id) throws IOException {
        ObjectKey key = keys.backupRecord(id);
        try {
            ObjectContent content = store.getSmall(key, RECORD_MAX_BYTES);
            return Optional.of(
                    new Versioned(RepositoryJson.read(content.bytes(), BackupRecord.class, key), content.etag()));
        } catch (ObjectMissingException e) {
            return Optional.empty();
        }
    }

    /**
     * Stores the record of a backup that begins.
     *
     * @return the record with its ETag
     * @throws org.pgagent.storage.ObjectChangedException if there is a backup of this id
     */
    public Versioned create(BackupRecord record) throws IOException {
        return write(record, WriteCondition.ifAbsent());
    }

    /**
     * Replaces a record.
     *
     * @throws org.pgagent.storage.ObjectChangedException if somebody else replaced it since it was read
     */
    public Versioned replace(Versioned old, BackupRecord record) throws IOException {
        return write(record, WriteCondition.ifUnchanged(old.etag()));
    }

    private Versioned write(BackupRecord record, WriteCondition condition) throws IOException {
        ByteBuffer json = ByteBuffer.wrap(RepositoryJson.print(record));
        return new Versioned(
                record,
                store.put(keys.backupRecord(record.id()), json, condition).etag());
    }
}
