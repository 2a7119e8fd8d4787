package org.pgagent.repository;

import java.util.Locale;

/** What a base backup copies. */
public enum BackupKind {
    FULL,
    /** What has changed since another backup, and where all the rest is. */
    INCREMENTAL;

    /** The last letter of a backup id. */
    char letter() {
        return name().charAt(0);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
