package org.pgagent.postgres.session;

import java.util.Locale;

/** How the checkpoint is made with which a backup starts. */
public enum CheckpointMode {
    /** At once, at the price of much I/O. */
    FAST,
    /** At the server's leisure; may take as long as checkpoint_timeout × checkpoint_completion_target. */
    SPREAD;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
