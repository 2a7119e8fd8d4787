package org.pgagent.repository;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectContent;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectMissingException;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The records of a cluster's backups, an object each. Thread-safe. */
public final class BackupRecords {
    private static final Logger LOG = LoggerFactory.getLogger(BackupRecords.class);
    static final int RECORD_MAX_BYTES = 16 << 20;

    /** Others change a record of a complete backup rarely, and once each. */
    private static final int ATTEMPTS_MAX = 10;

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final RecordIndex index;

    public BackupRecords(ObjectStore store, ClusterKeys keys) {
        this.store = store;
        this.keys = keys;
        this.index = new RecordIndex(store, keys);
    }

    /** Whose backups these are, and where, such as {@code 'main' in s3://backups}. */
    public String describe() {
        return "'" + keys.cluster() + "' in " + store.describe();
    }

    /** The ids of all backups, oldest first, in a list of the caller's own: one request per thousand. */
    public List<BackupId> ids() throws IOException {
        List<BackupId> ids = idsWithCompactions();
        ids.removeIf(id -> !id.isBackup());
        return ids;
    }

    /** The ids of all backups and compactions, as {@link #ids} has those of backups. */
    public List<BackupId> idsWithCompactions() throws IOException {
        return new ArrayList<>(listed().keySet());
    }

    /** The ids of all backups and compactions, with the ETags that their records have at this moment. */
    private SortedMap<BackupId, String> listed() throws IOException {
        SortedMap<BackupId, String> etags = new TreeMap<>();
        store.forEachPage(keys.recordsPrefix(), ListDepth.FOLDER, page -> {
            for (ObjectInfo object : page.objects()) {
                ClusterKeys.backupOfRecord(object.key()).ifPresent(id -> etags.put(id, object.etag()));
            }
        });
        return etags;
    }

    /** The ids of the backups of which something besides a record is there, as {@link #ids} has them. */
    public List<BackupId> idsWithContent() throws IOException {
        List<BackupId> ids = new ArrayList<>();
        store.forEachPage(keys.backupsPrefix(), ListDepth.FOLDER, page -> {
            for (ObjectKey folder : page.folders()) {
                BackupId.parse(folder.name()).filter(BackupId::isBackup).ifPresent(ids::add);
            }
        });
        return ids;
    }

    /** The first of some backups that fits, reading no more records than it takes; damaged ones are passed over. */
    public Optional<BackupRecord> first(Iterable<BackupId> ids, Predicate<BackupRecord> fits) throws IOException {
        for (BackupId id : ids) {
            try {
                Optional<BackupRecord> found = find(id).filter(fits);
                if (found.isPresent()) {
                    return found;
                }
            } catch (PgAgentException e) {
                unreadable(id, e);
            }
        }
        return Optional.empty();
    }

    /** Every backup, oldest first each: those whose record can be read, and those of which only the id is known. */
    public record Listed(List<BackupRecord> records, List<Unreadable> unreadable) {
        public Listed {
            records = List.copyOf(records);
            unreadable = List.copyOf(unreadable);
        }

        /** Those that are backups, and not deleted. */
        public Listed backups() {
            return new Listed(
                    records.stream()
                            .filter(record -> record.id().isBackup() && record.state() != BackupState.DELETED)
                            .toList(),
                    unreadable);
        }

        public boolean isEmpty() {
            return records.isEmpty() && unreadable.isEmpty();
        }

        /** Those that were started then. */
        public Listed of(BackupDate date) {
            return new Listed(
                    records.stream().filter(record -> date.has(record.id())).toList(),
                    unreadable.stream().filter(backup -> date.has(backup.id())).toList());
        }

        /** What is true of them at a time, as {@link BackupRecord#asOf} has it. */
        public Listed asOf(Instant now) {
            return new Listed(records.stream().map(record -> record.asOf(now)).toList(), unreadable);
        }
    }

    /** A backup whose record is not what was stored, and how that shows. */
    public record Unreadable(BackupId id, PgAgentException reason) {}

    /** What reading one record has come to. */
    private record Reading(Optional<Versioned> found, Optional<Unreadable> unreadable) {
        Reading keeping(UnaryOperator<BackupRecord> kept) {
            return new Reading(found.map(backup -> backup.keeping(kept)), unreadable);
        }
    }

    /**
     * The records of all backups and compactions; one whose record is gone is left out, one that is damaged does not hide the
     * others. One request for a thousand of them, one for the index, and one for each that is not in that.
     */
    public Listed list() throws IOException {
        return list(new SharedValues()::in);
    }

    /** As {@link #list}, but no record says what the backup needs of others' packs: of many backups, that is most of it all. */
    public Listed listWithoutNeeds() throws IOException {
        SharedValues shared = new SharedValues();
        return list(record -> shared.in(record.withNeeds(null)));
    }

    private Listed list(UnaryOperator<BackupRecord> kept) throws IOException {
        List<BackupRecord> records = new ArrayList<>();
        List<Unreadable> unreadable = new ArrayList<>();
        SortedMap<BackupId, String> listed = listed();
        for (Reading reading : readings(listed, index.read(listed, kept), kept).values()) {
            reading.found().map(Versioned::record).ifPresent(records::add);
            reading.unreadable().ifPresent(unreadable::add);
        }
        return new Listed(records, unreadable);
    }

    /**
     * The records of all backups and compactions, oldest first, for whoever has to know of every one: also of one that begins while the others
     * are read, and of what one needs that ends meanwhile: whoever was seen running is looked at again last.
     *
     * @throws PgAgentException of kind CORRUPTED if one cannot be read
     */
    public List<Versioned> all() throws IOException {
        SortedMap<BackupId, Optional<Versioned>> all = new TreeMap<>();
        SortedMap<BackupId, String> unread = listed();
        UnaryOperator<BackupRecord> kept = new SharedValues()::in;
        Map<BackupId, Versioned> known = index.read(unread, kept);
        while (!unread.isEmpty()) {
            for (Map.Entry<BackupId, Reading> reading :
                    readings(unread, known, kept).entrySet()) {
                if (reading.getValue().unreadable().isPresent()) {
                    throw reading.getValue().unreadable().get().reason();
                }
                all.put(reading.getKey(), reading.getValue().found());
            }
            unread = listed();
            unread.keySet().removeAll(all.keySet());
        }
        for (Versioned running : all.values().stream().flatMap(Optional::stream).toList()) {
            if (running.record().state() == BackupState.RUNNING) {
                all.put(running.record().id(), read(running.record().id()));
            }
        }
        return all.values().stream().flatMap(Optional::stream).toList();
    }

    /**
     * Those that are known as they are, and the others from their objects.
     *
     * @param kept what of a record is kept
     */
    private SortedMap<BackupId, Reading> readings(
            SortedMap<BackupId, String> listed, Map<BackupId, Versioned> known, UnaryOperator<BackupRecord> kept)
            throws IOException {
        SortedMap<BackupId, Reading> readings = new TreeMap<>();
        List<BackupId> others = new ArrayList<>();
        listed.forEach((id, etag) -> {
            Versioned copy = known.get(id);
            if (copy != null && copy.etag().equals(etag)) {
                readings.put(id, new Reading(Optional.of(copy), Optional.empty()));
            } else {
                others.add(id);
            }
        });
        readings.putAll(ReadsAtOnce.of(others, id -> reading(id).keeping(kept)));
        return readings;
    }

    private Reading reading(BackupId id) throws IOException {
        try {
            return new Reading(read(id), Optional.empty());
        } catch (PgAgentException e) {
            return new Reading(Optional.empty(), Optional.of(unreadable(id, e)));
        }
    }

    /**
     * Writes the index anew if it lacks more than a few records. For whoever has changed some; if it fails, everything is as
     * it was, and whoever wants all records reads more of them one by one.
     */
    public void refreshIndex() {
        try {
            index.refresh(listed());
        } catch (IOException e) {
            LOG.warn(
                    "the index of the records could not be written, 'pgagent show' is slower without: {}",
                    e.getMessage());
        }
    }

    /**
     * What a failure to read one record says about that backup.
     *
     * @throws PgAgentException the failure, if it is the store's and would meet the other records as well
     */
    public static Unreadable unreadable(BackupId id, PgAgentException failure) throws PgAgentException {
        if (failure.kind() != ErrorKind.CORRUPTED) {
            throw failure;
        }
        return new Unreadable(id, failure);
    }

    /**
     * The record of a backup; empty if there is none.
     *
     * @throws PgAgentException of kind CORRUPTED if it is not a record
     */
    public Optional<BackupRecord> find(BackupId id) throws IOException {
        return read(id).map(Versioned::record);
    }

    /** A record together with the ETag that replacing it wants. */
    public record Versioned(BackupRecord record, String etag) {
        Versioned keeping(UnaryOperator<BackupRecord> kept) {
            return new Versioned(kept.apply(record), etag);
        }
    }

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
     * Changes the record of a backup, whoever else does so at the same time.
     *
     * @return the record as it is now; empty if there is none
     */
    public Optional<BackupRecord> change(BackupId id, UnaryOperator<BackupRecord> change) throws IOException {
        for (int attempt = 1; ; attempt++) {
            Optional<Versioned> found = read(id);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            BackupRecord wanted = change.apply(found.get().record());
            if (wanted.equals(found.get().record())) {
                return Optional.of(wanted);
            }
            try {
                return Optional.of(replace(found.get(), wanted).record());
            } catch (ObjectChangedException e) {
                if (attempt == ATTEMPTS_MAX) {
                    throw e;
                }
            }
        }
    }

    /**
     * Replaces a record.
     *
     * @throws org.pgagent.storage.ObjectChangedException if somebody else replaced it since it was read
     */
    public Versioned replace(Versioned old, BackupRecord record) throws IOException {
        return write(record, WriteCondition.ifUnchanged(old.etag()));
    }

    /**
     * Says in the repository that a backup was abandoned, so that nothing can make it complete any more.
     *
     * @param abandoned what is true of it
     * @return false if its record has changed since it was read
     */
    public boolean giveUp(Versioned backup, BackupRecord abandoned) throws IOException {
        try {
            replace(backup, abandoned);
        } catch (ObjectChangedException e) {
            LOG.debug("a backup that was taken for abandoned has changed id={}", abandoned.id(), e);
            return false;
        }
        LOG.warn("a backup was abandoned id={} reason=\"{}\"", abandoned.id(), abandoned.error());
        return true;
    }

    private Versioned write(BackupRecord record, WriteCondition condition) throws IOException {
        ByteBuffer json = ByteBuffer.wrap(RepositoryJson.print(record));
        return new Versioned(
                record,
                store.put(keys.backupRecord(record.id()), json, condition).etag());
    }
}
