package org.pgagent.command;

import java.util.Locale;

/** What a backup is asked to copy. */
enum BackupType {
    /** Incremental where that is possible, else full. */
    AUTO,
    FULL,
    INCREMENTAL;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
