package org.pgagent.restore;

import java.time.Instant;
import org.pgagent.postgres.DataPath;

/**
 * A file that is being restored: what it shall be, and how much of it is still to come. Thread-safe.
 *
 * <p>Small, because there are as many as there are chunks on their way.
 */
final class PendingFile {
    private final DataPath path;
    private final long size;
    private final int mode;
    private final Instant modifiedAt;
    private long remaining;
    private boolean created;

    PendingFile(DataPath path, long size, int mode, Instant modifiedAt) {
        this.path = path;
        this.size = size;
        this.mode = mode;
        this.modifiedAt = modifiedAt;
        this.remaining = size;
    }

    DataPath path() {
        return path;
    }

    long size() {
        return size;
    }

    int mode() {
        return mode;
    }

    Instant modifiedAt() {
        return modifiedAt;
    }

    /** True for the first caller, who makes the file; later ones open what is there. Called under this file's monitor. */
    boolean toBeCreated() {
        boolean first = !created;
        created = true;
        return first;
    }

    /** Counts bytes as written; true if these were the last. */
    synchronized boolean written(int bytes) {
        remaining -= bytes;
        return remaining == 0;
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
