package org.pgagent.wal;

/** How a push ended well. */
public enum PushResult {
    STORED,
    /** The very same bytes were there already. */
    ALREADY_STORED,
    /** A {@code .partial} or {@code .backup} file of this name but with other bytes was there; both are kept now. */
    STORED_BESIDE
}
