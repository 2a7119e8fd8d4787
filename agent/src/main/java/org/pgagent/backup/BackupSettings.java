package org.pgagent.backup;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.pgagent.postgres.Exclusions;
import org.pgagent.postgres.session.BackupSession;
import org.pgagent.postgres.session.CheckpointMode;
import org.pgagent.repository.Annotations;
import org.pgagent.repository.ChangedBy;
import org.pgagent.transfer.FileUploader;
import org.pgagent.transfer.PackLimits;

/**
 * How a backup is to be taken.
 *
 * @param type what to copy
 * @param changedBy the one way in which an incremental backup is to tell what has changed; empty to take the best one
 * @param label what the server writes into {@code backup_label}; see {@link BackupSession#requireLabel}
 * @param annotations what whoever takes the backup wants to know of it later
 * @param exclusions what to leave out of the data directory
 * @param bytesPerSecondMax how fast to read; empty for as fast as possible
 * @param jobs files that are read at the same time
 * @param archiveTimeout how long to wait for WAL to arrive in the repository while none arrives
 * @param standbyLagMax how far a standby that is copied may be behind, or for how long it may stand still while it is waited for
 */
public record BackupSettings(
        BackupType type,
        Optional<ChangedBy> changedBy,
        String label,
        Annotations annotations,
        Exclusions exclusions,
        CheckpointMode checkpoint,
        FileUploader.ChunkFormat chunks,
        PackLimits packs,
        OptionalLong bytesPerSecondMax,
        int jobs,
        Duration archiveTimeout,
        Duration standbyLagMax) {
    public static final int JOBS_MAX = 64;

    public BackupSettings {
        if (jobs < 1 || jobs > JOBS_MAX) {
            throw new IllegalArgumentException(jobs + " jobs (1 to " + JOBS_MAX + ")");
        }
        if (type == BackupType.ARCHIVE) {
            throw new IllegalArgumentException("a base backup has files; for type archive there is ArchiveBackup");
        }
        BackupSession.requireLabel(label);
    }

    /** The same with chunks of another size. */
    BackupSettings withChunkSize(int sizeBytes) {
        FileUploader.ChunkFormat format = new FileUploader.ChunkFormat(sizeBytes, chunks.compression());
        return new BackupSettings(
                type,
                changedBy,
                label,
                annotations,
                exclusions,
                checkpoint,
                format,
                packs,
                bytesPerSecondMax,
                jobs,
                archiveTimeout,
                standbyLagMax);
    }
}
