package org.pgagent.repository;

import java.util.Locale;

/** How an incremental backup told what had changed, the best way first. */
public enum ChangedBy {
    /** The server's WAL summaries tell, and only what changed is read. */
    SUMMARIES,
    /** Every page is read, and its LSN tells. */
    LSN,
    /** Every chunk is read, and the hash of its content tells. */
    HASH;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
