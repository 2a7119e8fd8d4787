package org.pgagent.repository;

/** The state of a backup, as in pg_rman. */
public enum BackupState {
    /** Being taken. */
    RUNNING,
    /** Stored, with its manifest, and not validated yet. */
    DONE,
    /** Validated: everything it needs was found in the repository. May be restored, as may DONE. */
    OK,
    /** Validated and found damaged. */
    CORRUPT,
    /** Ended without being complete. */
    ERROR,
    DELETING,
    DELETED
}
