package org.pgagent.backup;

import java.time.Duration;
import org.pgagent.postgres.session.BackupSession;
import org.pgagent.postgres.session.CheckpointMode;
import org.pgagent.transfer.FileUploader;
import org.pgagent.transfer.PackLimits;

/**
 * How a backup is to be taken.
 *
 * @param label what the server writes into {@code backup_label}; see {@link BackupSession#requireLabel}
 * @param jobs files that are read at the same time
 * @param archiveTimeout how long to wait for WAL to arrive in the repository while none arrives
 */
public record BackupSettings(
        String label,
        CheckpointMode checkpoint,
        FileUploader.ChunkFormat chunks,
        PackLimits packs,
        int jobs,
        Duration archiveTimeout) {
    public static final int JOBS_MAX = 64;

    public BackupSettings {
        if (jobs < 1 || jobs > JOBS_MAX) {
            throw new IllegalArgumentException(jobs + " jobs (1 to " + JOBS_MAX + ")");
        }
        BackupSession.requireLabel(label);
    }
}
