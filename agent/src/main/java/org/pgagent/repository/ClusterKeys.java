package org.pgagent.repository;

import java.util.Optional;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.Timeline;
import org.pgagent.storage.ObjectKey;

/** Where the objects of one cluster lie in the repository. */
public record ClusterKeys(ClusterName cluster) {
    private static final String RECORD_ENDING = ".json";

    private ObjectKey root() {
        return new ObjectKey(cluster.value());
    }

    public ObjectKey description() {
        return root().resolve("cluster.json");
    }

    /** Which data directory may archive. */
    public ObjectKey lease() {
        return root().resolve("lease.json");
    }

    /** What WAL retention has given up. */
    public ObjectKey expiredWal() {
        return root().resolve("wal-expired.json");
    }

    /** What the keys of restore points begin with. */
    public String restorePointsPrefix() {
        return root().resolve("restore-points") + "/";
    }

    ObjectKey restorePoint(RestorePoint point) {
        return root().resolve("restore-points").resolve(point.objectName());
    }

    /** What the keys of pieces of the server's log files begin with. */
    public String serverLogsPrefix() {
        return root().resolve("serverlog") + "/";
    }

    ObjectKey serverLog(LogPiece piece) {
        return root().resolve("serverlog").resolve(piece.objectName());
    }

    /** What the keys of all records begin with. */
    public String recordsPrefix() {
        return root().resolve("records") + "/";
    }

    public ObjectKey backupRecord(BackupId id) {
        return root().resolve("records").resolve(id + RECORD_ENDING);
    }

    /** Whose record a key below {@link #recordsPrefix} is; empty if it is none. */
    static Optional<BackupId> backupOfRecord(ObjectKey key) {
        String name = key.name();
        return name.endsWith(RECORD_ENDING)
                ? BackupId.parse(name.substring(0, name.length() - RECORD_ENDING.length()))
                : Optional.empty();
    }

    /** Copies of many records in one object. */
    ObjectKey recordIndex() {
        return root().resolve("records.jsonl.gz");
    }

    /** What the keys of all that backups consist of begin with. */
    public String backupsPrefix() {
        return root().resolve("backups") + "/";
    }

    /** The manifest that a backup ends with. */
    public ObjectKey manifest(BackupId id) {
        return manifest(id, Optional.empty());
    }

    /** The manifest that a backup has now. */
    public ObjectKey manifest(BackupRecord record) {
        return manifest(record.id(), record.manifest().rewrittenBy());
    }

    /**
     * A manifest of a backup.
     *
     * @param rewrittenBy the compaction that has written it anew, if one has
     */
    public ObjectKey manifest(BackupId id, Optional<BackupId> rewrittenBy) {
        return backup(id)
                .resolve(rewrittenBy
                        .map(compaction -> "manifest-" + compaction + ".json.gz")
                        .orElse("manifest.json.gz"));
    }

    public ObjectKey pack(PackId id) {
        return backup(id.backup()).resolve("data/" + id.number() + ".pack");
    }

    /** What all keys of one backup begin with. */
    public String backupPrefix(BackupId id) {
        return backup(id) + "/";
    }

    /** What all keys of a backup's packs begin with. */
    public String packsPrefix(BackupId id) {
        return backup(id).resolve("data") + "/";
    }

    private ObjectKey backup(BackupId id) {
        return root().resolve("backups").resolve(id.value());
    }

    /** What all keys of archive files begin with. */
    public String walPrefix() {
        return wal() + "/";
    }

    /** What the keys of a timeline's archive files, but for its history, begin with. */
    public String walPrefix(Timeline timeline) {
        return wal().resolve(timeline.hex()) + "/";
    }

    /** The history file of a timeline. */
    public ObjectKey history(Timeline timeline) {
        return wal().resolve(timeline.hex() + ".history");
    }

    /**
     * An archive file whose name begins with a segment's: in a folder per timeline and per 4 GiB of WAL, so that no
     * listing of one folder is long.
     */
    public ObjectKey walFile(String fileName) {
        return wal().resolve(fileName.substring(0, 8))
                .resolve(fileName.substring(8, 16))
                .resolve(fileName);
    }

    /**
     * What the keys of a segment and of those after it begin with: the longest stretch that one prefix can name without
     * naming a folder before the segment's. A segment that is the first in its folder, and whose folder's number ends
     * with zeros, shares it with 16 folders for each zero.
     *
     * @param fileName a segment's, or one that begins with it
     */
    public String walPrefixFrom(String fileName) {
        String key = walFile(fileName).value();
        int folderEnd = key.lastIndexOf('/');
        boolean firstInFolder = fileName.startsWith("00000000", 16);
        if (!firstInFolder) {
            return key.substring(0, folderEnd + 1);
        }
        int timelineEnd = folderEnd - 8;
        int end = folderEnd;
        while (end > timelineEnd && key.charAt(end - 1) == '0') {
            end--;
        }
        return key.substring(0, end == folderEnd ? folderEnd + 1 : end);
    }

    /** What the keys of noted gaps begin with. */
    public String walGapsPrefix() {
        return wal().resolve("gaps") + "/";
    }

    /** The note of a gap. */
    public ObjectKey walGap(SegmentRange missing) {
        return wal().resolve("gaps").resolve(missing + ".json");
    }

    /** An archive file whose name says nothing. */
    public ObjectKey opaqueFile(String fileName) {
        return wal().resolve("other").resolve(fileName);
    }

    private ObjectKey wal() {
        return root().resolve("wal");
    }
}
