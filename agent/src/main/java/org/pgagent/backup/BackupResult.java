package org.pgagent.backup;

import java.time.Duration;
import org.pgagent.repository.BackupRecord;

/**
 * A finished backup.
 *
 * @param record as it lies in the repository
 * @param copied how long the data directory was read
 * @param waitedForWal how long it took, after that, until the repository had all WAL of the backup
 */
public record BackupResult(BackupRecord record, Duration copied, Duration waitedForWal) {}
