package org.pgagent.config;

/** How fast the checkpoint at the start of a backup is. */
public enum CheckpointPace {
    /** At once, with all the I/O that the server can do. */
    FAST,
    /** Spread out, as the server's own checkpoints are; the backup waits for it. */
    SPREAD
}
