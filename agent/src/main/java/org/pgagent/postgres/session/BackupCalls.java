package org.pgagent.postgres.session;

/**
 * The functions that start and stop a base backup, by version; always the non-exclusive form, never waiting for the
 * archive (xlogfuncs.c).
 *
 * @param start takes label and whether the checkpoint is to be fast; gives the start LSN
 * @param stop gives LSN, label and tablespace map
 */
record BackupCalls(String start, String stop) {
    private static final String STOP_COLUMNS =
            "SELECT lsn, " + SqlSession.asBytes("labelfile") + ", " + SqlSession.asBytes("spcmapfile") + " FROM ";

    static BackupCalls ofMajor(int major) {
        return major < 15
                ? new BackupCalls("SELECT pg_start_backup(?, ?, false)", STOP_COLUMNS + "pg_stop_backup(false, false)")
                : new BackupCalls("SELECT pg_backup_start(?, ?)", STOP_COLUMNS + "pg_backup_stop(false)");
    }
}
