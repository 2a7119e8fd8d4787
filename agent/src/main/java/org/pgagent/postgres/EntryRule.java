package org.pgagent.postgres;

/**
 * Why an entry of a data directory is copied or not (basebackup.c; the manual's chapter on the base backup protocol).
 */
public enum EntryRule {
    NEEDED(Treatment.COPY, "part of the cluster"),
    UNLOGGED_TEMPLATE(Treatment.COPY, "what an unlogged relation is reset to"),
    REBUILT_CONTENT(Treatment.KEEP_EMPTY, "the server fills this directory anew when it starts"),
    WAL(Treatment.KEEP_EMPTY, "WAL comes from the archive"),
    RUNNING_SERVER(Treatment.SKIP, "belongs to the running server"),
    CACHE(Treatment.SKIP, "a cache that the server makes anew"),
    OTHER_BACKUP(Treatment.SKIP, "belongs to another backup"),
    TEMPORARY(Treatment.SKIP, "temporary data of a session"),
    UNLOGGED(Treatment.SKIP, "an unlogged relation, empty after a recovery"),
    RECOVERY_REQUEST(Treatment.SKIP, "would tell a restored server how to recover"),
    OTHER_VERSION(Treatment.SKIP, "a tablespace's directory of another cluster"),
    SPECIAL_FILE(Treatment.SKIP, "neither a file nor a directory"),
    EXCLUDED(Treatment.SKIP, "excluded by whoever takes the backup"),
    FILE_SYSTEM(Treatment.SKIP, "belongs to the file system, not to PostgreSQL");

    /** What becomes of an entry. */
    public enum Treatment {
        COPY,
        SKIP,
        /** The directory with its mode, nothing that lies in it. */
        KEEP_EMPTY
    }

    private final Treatment treatment;
    private final String reason;

    EntryRule(Treatment treatment, String reason) {
        this.treatment = treatment;
        this.reason = reason;
    }

    public Treatment treatment() {
        return treatment;
    }

    public String reason() {
        return reason;
    }
}
