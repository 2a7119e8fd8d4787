package org.pgagent.backup;

import java.util.Locale;

/** What a backup is asked to copy. */
public enum BackupType {
    /** Incremental where that is possible, else full. */
    AUTO,
    FULL,
    INCREMENTAL;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
