package org.pgagent.backup;

import java.util.Locale;

/** What a backup is asked to copy. */
public enum BackupType {
    /** Incremental where that is possible, else full. */
    AUTO,
    FULL,
    INCREMENTAL,
    /** No files: the WAL up to a restore point. */
    ARCHIVE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
