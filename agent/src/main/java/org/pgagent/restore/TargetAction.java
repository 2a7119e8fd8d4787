package org.pgagent.restore;

import java.util.Locale;

/** What the server does when it has reached its recovery target ({@code recovery_target_action}). */
public enum TargetAction {
    /** Waits, open for reading, until somebody looks and decides. */
    PAUSE,
    /** Becomes an ordinary server on a new timeline. */
    PROMOTE,
    /** Stops, and does so again at every start until the signal file is gone. */
    SHUTDOWN;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
