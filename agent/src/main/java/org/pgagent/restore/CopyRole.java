package org.pgagent.restore;

import java.util.Locale;

/** What the restored cluster is to be. */
public enum CopyRole {
    /** A server of its own, once recovery has ended. */
    PRIMARY("recovery.signal"),
    /** A follower of the archive, and of a primary if one is configured, until somebody promotes it. */
    STANDBY("standby.signal");

    private final String signalFile;

    CopyRole(String signalFile) {
        this.signalFile = signalFile;
    }

    /** The empty file in the data directory that makes the server begin so. */
    String signalFile() {
        return signalFile;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
