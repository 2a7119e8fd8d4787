package org.pgagent.repository;

import java.util.Locale;

/** What the packs of a backup's folder hold. */
public enum BackupKind {
    /** A base backup of everything. */
    FULL,
    /** What has changed since another backup, and where all the rest is. */
    INCREMENTAL,
    /** No backup: what others still need of packs of which most is not needed any more. */
    COMPACTION;

    /** The last letter of a backup id. */
    char letter() {
        return name().charAt(0);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
